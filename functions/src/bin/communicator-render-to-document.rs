//! 001 · Render the template for a subject into a document.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::COMMUNICATOR_RENDER_TO_DOCUMENT)
}
