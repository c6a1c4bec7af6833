//! Update a subject descriptor.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::SUBJECTS_UPDATE)
}
