//! A person's contacts.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::CONTACTS_LIST)
}
