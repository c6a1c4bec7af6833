//! Prints HTML as PDF: `cargo run -q -p letters --example print -- IN.html OUT.pdf`.

use domain::letter::Sheet;
use std::{env, error::Error, fs, process::ExitCode};

fn main() -> ExitCode {
    match run() {
        Ok(pages) => {
            println!("{pages} pages");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<usize, Box<dyn Error>> {
    let (Some(html), Some(out)) = (env::args().nth(1), env::args().nth(2)) else {
        return Err("usage: print IN.html OUT.pdf".into());
    };
    let html = fs::read_to_string(&html).map_err(|error| format!("{html}: {error}"))?;
    let bytes = letters::print(&html, &Sheet::default())?;
    fs::write(&out, &bytes).map_err(|error| format!("{out}: {error}"))?;
    Ok(letters::page_count(&bytes)?)
}
