//! Mails as real programs make them, under `mails/`, and what `mails.toml` expects of each.

mod bounds;
mod mails;
mod mutations;
mod put_together;
mod quotes;
mod unruly;

use std::{fs, path::Path};

/// A mail's name and its bytes, its lines ended by a line feed alone.
fn mails() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails");
    let mut mails: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|file| file.expect("a file").path())
        .map(|path| {
            (
                path.file_stem().expect("a name").to_string_lossy().into_owned(),
                fs::read(&path).expect("a mail"),
            )
        })
        .collect();
    mails.sort();
    mails
}

/// The same as it stands on the wire.
fn on_the_wire(raw: &[u8]) -> Vec<u8> {
    raw.iter().flat_map(|byte| if *byte == b'\n' { b"\r\n".to_vec() } else { vec![*byte] }).collect()
}
