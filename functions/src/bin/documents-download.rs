//! Download what a document holds.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::DOCUMENTS_DOWNLOAD)
}
