//! Writes what follows from the catalogue: `make template`.

use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for mains in deployment::MAINS {
        for entry in fs::read_dir(root.join(mains))? {
            fs::remove_file(entry?.path())?;
        }
    }
    for (path, content) in deployment::files()? {
        fs::write(root.join(path), content)?;
    }
    Ok(())
}
