//! Get a log entry.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::LOGS_GET)
}
