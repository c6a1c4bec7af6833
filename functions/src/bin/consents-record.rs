//! Record a consent or a revocation.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::CONSENTS_RECORD)
}
