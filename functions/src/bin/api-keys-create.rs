//! Make an API key; its secret is shown once.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::API_KEYS_CREATE)
}
