//! 002 · Create a template descriptor.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TEMPLATE_DESCRIPTORS_CREATE)
}
