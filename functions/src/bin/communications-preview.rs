//! Render without sending.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::COMMUNICATIONS_PREVIEW)
}
