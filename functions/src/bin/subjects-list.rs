//! List subject descriptors.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::SUBJECTS_LIST)
}
