//! A person's interactions.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::INTERACTIONS_LIST)
}
