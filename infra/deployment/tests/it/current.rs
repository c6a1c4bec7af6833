//! What is checked in is what the catalogue says.

use std::{collections::BTreeSet, fs, path::Path};

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn every_file_is_current() {
    for (path, content) in deployment::files().unwrap() {
        let checked_in = fs::read_to_string(root().join(&path)).unwrap_or_default();
        assert!(checked_in == content, "{path} is out of date: run `make template`");
    }
}

#[test]
fn every_main_is_a_programs() {
    let files = deployment::files().unwrap();
    let files: BTreeSet<&Path> = files.iter().map(|(path, _)| Path::new(path)).collect();
    for folder in deployment::MAINS.map(Path::new) {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let main = folder.join(entry.unwrap().file_name());
            assert!(files.contains(&*main), "{} is no program's: run `make template`", main.display());
        }
    }
}
