//! 002 · Get a template descriptor.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TEMPLATE_DESCRIPTORS_GET)
}
