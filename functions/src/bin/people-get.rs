//! Get a person with all facts.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::PEOPLE_GET)
}
