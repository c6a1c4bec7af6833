//! 002 · List template versions by pages.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TEMPLATE_VERSIONS_LIST)
}
