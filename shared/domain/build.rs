//! What a function would otherwise make at its start, or when it first needs it. People keep the rules of law and the holidays in
//! TOML and the places in CSV; a function reads JSON in a fraction of TOML's time, and looks places up in tables.

use std::{env, error::Error, fmt::Write, fs, path::Path};

use sha2::{Digest, Sha256, digest::common::hazmat::SerializableState};

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    let mut of_law = Sha256::new();
    for name in ["rules", "holidays"] {
        let text = read(&format!("data/{name}.toml"))?;
        let value: serde_json::Value = toml::from_str(&text)?;
        fs::write(out.join(format!("{name}.json")), value.to_string())?;
        of_law.update(text);
    }
    fs::write(out.join("of_law.sha256"), of_law.serialize())?;
    let places = [
        table("AREA_CODES", &read("data/area_codes.csv")?, true)?,
        table("STATES", &read("data/states.csv")?, true)?,
        table("ZIP_PREFIXES", &read("data/zip_prefixes.csv")?, false)?,
    ];
    fs::write(out.join("places.rs"), places.concat())?;
    Ok(())
}

fn read(file: &str) -> Result<String, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={file}");
    Ok(fs::read_to_string(file)?)
}

/// A table, `#` beginning a comment: its rows, by their first cells or as they stand, each with as many trimmed cells.
fn table(name: &str, text: &str, is_sorted: bool) -> Result<String, std::fmt::Error> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').map(str::trim).collect()).collect();
    let most = rows.iter().map(Vec::len).max().unwrap_or_default();
    rows.iter_mut().for_each(|row| row.resize(most, ""));
    if is_sorted {
        rows.sort_unstable();
    }
    let mut table = format!("static {name}: [Row<{most}>; {}] = [\n", rows.len());
    for row in rows {
        writeln!(table, "    Row::new({row:?}),")?;
    }
    table.push_str("];\n");
    Ok(table)
}
