//! 001 · Render the template for a subject to a file.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::COMMUNICATOR_RENDER)
}
