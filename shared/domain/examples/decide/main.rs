//! Asks the guard what-if questions: one JSON object a line in, one decision a line out (`docs/compliance.md`).
//!
//! `cargo run -q -p domain --example decide -- FACTS.jsonl`, or `-` for standard input, or `--schema` for the JSON Schema
//! of a line. Lines that cannot be answered give an error with the line, the field and the remedy; the others are
//! answered all the same, and the exit code is 1.

mod question;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    process::ExitCode,
};

use domain::error::Violation;
use question::{Question, answer};
use serde::Serialize;

/// Why a line has no answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Fault {
    /// Which line, from 1.
    line: usize,
    /// What is wrong where, and what would be right.
    error: Vec<Violation>,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let outcome = match (arguments.next().as_deref(), arguments.next()) {
        (Some("--schema"), None) => schema(),
        (Some("-"), None) => answer_all(io::stdin()),
        (Some(path), None) => File::open(path)
            .map_err(|error| io::Error::new(error.kind(), format!("{path}: {error}")))
            .and_then(answer_all),
        (None, _) | (Some(_), Some(_)) => {
            eprintln!("usage: decide FACTS.jsonl | - | --schema");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever reads the answers has had enough of them.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("decide: {error}");
            ExitCode::from(2)
        }
    }
}

fn schema() -> io::Result<bool> {
    let schema = schemars::schema_for!(Question);
    writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&schema)?)?;
    Ok(true)
}

/// Returns whether every line had an answer.
fn answer_all(input: impl Read) -> io::Result<bool> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut is_all = true;
    for (n, line) in BufReader::new(input).lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        match answer(&line) {
            Ok(answer) => serde_json::to_writer(&mut out, &answer)?,
            Err(error) => {
                is_all = false;
                serde_json::to_writer(&mut out, &Fault { line: n + 1, error })?;
            }
        }
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(is_all)
}
