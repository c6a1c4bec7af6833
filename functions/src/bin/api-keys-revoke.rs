//! Switch an API key off.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::API_KEYS_REVOKE)
}
