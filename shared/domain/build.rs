//! The rules of law and the holidays in JSON, which a function reads at its start in a fraction of TOML's time. People keep them in
//! TOML.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    for name in ["rules", "holidays"] {
        let file = format!("data/{name}.toml");
        println!("cargo::rerun-if-changed={file}");
        let value: serde_json::Value = toml::from_str(&fs::read_to_string(&file)?)?;
        fs::write(Path::new(&out).join(format!("{name}.json")), value.to_string())?;
    }
    Ok(())
}
