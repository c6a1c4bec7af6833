//! Create a person under an id of ours.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::PEOPLE_CREATE)
}
