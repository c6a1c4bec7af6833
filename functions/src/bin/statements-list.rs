//! A person's statements.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::STATEMENTS_LIST)
}
