//! A person's loans.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::LOANS_LIST)
}
