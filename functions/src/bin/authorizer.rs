//! Establishes who is calling.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::AUTHORIZER)
}
