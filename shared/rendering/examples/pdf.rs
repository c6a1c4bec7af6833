//! Prints HTML as PDF: `cargo run -q -p rendering --example pdf -- IN.html OUT.pdf`.

use std::{env, error::Error, fs, process::ExitCode};

use rendering::pdf;

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
        return Err("usage: pdf IN.html OUT.pdf".into());
    };
    let html = fs::read_to_string(&html).map_err(|error| format!("{html}: {error}"))?;
    let bytes = pdf::render(&html, &pdf::Options::default())?;
    fs::write(&out, &bytes).map_err(|error| format!("{out}: {error}"))?;
    Ok(pdf::page_count(&bytes)?)
}
