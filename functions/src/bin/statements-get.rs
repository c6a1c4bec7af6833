//! Get a statement.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::STATEMENTS_GET)
}
