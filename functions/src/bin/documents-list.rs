//! A person's documents.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::DOCUMENTS_LIST)
}
