//! 002 · List the versions of a template.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TEMPLATE_DESCRIPTORS_VERSIONS)
}
