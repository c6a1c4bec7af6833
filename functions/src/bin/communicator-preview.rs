//! 001 · Render the template for a subject as JSON.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::COMMUNICATOR_PREVIEW)
}
