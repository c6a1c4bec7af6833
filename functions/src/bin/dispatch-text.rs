//! Sends texts.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::DISPATCH_TEXT)
}
