//! Create a template.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TEMPLATES_CREATE)
}
