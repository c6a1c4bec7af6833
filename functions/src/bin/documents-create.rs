//! Make a document that holds nothing yet.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::DOCUMENTS_CREATE)
}
