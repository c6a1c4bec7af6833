//! A person's consents and revocations.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::CONSENTS_LIST)
}
