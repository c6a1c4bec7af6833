//! Add or change a statement.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::STATEMENTS_UPSERT)
}
