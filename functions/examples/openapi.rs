//! Prints the OpenAPI document: `make openapi`.

use std::io::{Write, stdout};

fn main() -> std::io::Result<()> {
    writeln!(stdout(), "{:#}", functions::openapi::document())
}
