//! Remove a shared template.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::SHARED_TEMPLATES_DELETE)
}
