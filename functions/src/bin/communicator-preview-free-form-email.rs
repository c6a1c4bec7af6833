//! 001 · Preview a free-form e-mail.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::COMMUNICATOR_PREVIEW_FREE_FORM_EMAIL)
}
