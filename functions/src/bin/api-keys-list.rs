//! The tenant's API keys.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::API_KEYS_LIST)
}
