//! Send to many borrowers.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::COMMUNICATIONS_SEND_BATCH)
}
