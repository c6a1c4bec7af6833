//! 002 · List the context variables of a template version.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TEMPLATE_VERSIONS_CONTEXT_VARIABLES)
}
