//! Compares us with cases recorded from Jinja2: `cargo run -q -p rendering --example jinja_cases --
//! FILE.json`.
//!
//! Prints passed/total for each kind of case and the ids of those in which we differ; how, with `-v` after
//! the file.

#[path = "../tests/cases/mod.rs"]
mod cases;

use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = env::args().nth(1).ok_or("which FILE.json?")?;
    let report = cases::Report::of(&cases::Case::read(&fs::read_to_string(file)?)?);
    println!("{report}");
    if env::args().nth(2).as_deref() == Some("-v") {
        for (id, difference) in &report.differences {
            println!("{id}: {difference}");
        }
    }
    Ok(())
}
