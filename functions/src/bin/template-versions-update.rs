//! 002 · Update a template version.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TEMPLATE_VERSIONS_UPDATE)
}
