//! Get a document.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::DOCUMENTS_GET)
}
