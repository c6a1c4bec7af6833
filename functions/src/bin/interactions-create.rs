//! Records an interaction others had.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::INTERACTIONS_CREATE)
}
