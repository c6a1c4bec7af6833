//! Add a contact.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::CONTACTS_CREATE)
}
