//! 002 · List all template versions at once (deprecated).

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TEMPLATE_VERSIONS_LIST_ALL)
}
