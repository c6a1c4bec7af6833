//! Add or change a loan.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::LOANS_UPSERT)
}
