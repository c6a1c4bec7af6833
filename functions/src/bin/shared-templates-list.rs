//! List shared templates.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::SHARED_TEMPLATES_LIST)
}
