//! List templates.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TEMPLATES_LIST)
}
