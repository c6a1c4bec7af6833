//! Send to one borrower.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::COMMUNICATIONS_SEND)
}
