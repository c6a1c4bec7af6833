//! Allow contact with a person again.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::DO_NOT_CONTACT_CLEAR)
}
