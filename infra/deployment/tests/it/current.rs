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
fn every_main_is_a_functions() {
    let files = deployment::files().unwrap();
    let mains: BTreeSet<&str> = files
        .iter()
        .filter_map(|(path, _)| path.strip_prefix(deployment::MAINS)?.strip_prefix('/'))
        .collect();
    for entry in fs::read_dir(root().join(deployment::MAINS)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(mains.contains(name.as_str()), "{name} is no function: run `make template`");
    }
}
