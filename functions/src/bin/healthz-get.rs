//! Whether the system is there.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::HEALTHZ_GET)
}
