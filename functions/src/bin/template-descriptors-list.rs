//! 002 · List template descriptors.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TEMPLATE_DESCRIPTORS_LIST)
}
