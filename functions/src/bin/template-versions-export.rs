//! 002 · Export templates.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TEMPLATE_VERSIONS_EXPORT)
}
