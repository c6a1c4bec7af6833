//! 002 · Import templates.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TEMPLATE_VERSIONS_IMPORT)
}
