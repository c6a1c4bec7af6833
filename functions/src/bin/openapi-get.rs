//! The OpenAPI document.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::OPENAPI_GET)
}
