//! Forbid contact with a person.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::DO_NOT_CONTACT_SET)
}
