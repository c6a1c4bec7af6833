//! List the communication log.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::LOGS_LIST)
}
