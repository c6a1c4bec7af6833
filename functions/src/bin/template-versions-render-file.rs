//! 002 · Render a template version to a file.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TEMPLATE_VERSIONS_RENDER_FILE)
}
