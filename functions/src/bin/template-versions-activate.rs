//! 002 · Put a template version into use.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TEMPLATE_VERSIONS_ACTIVATE)
}
