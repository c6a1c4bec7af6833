//! Update a template: a new active version.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TEMPLATES_UPDATE)
}
