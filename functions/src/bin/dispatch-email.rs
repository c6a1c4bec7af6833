//! Sends e-mail.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::DISPATCH_EMAIL)
}
