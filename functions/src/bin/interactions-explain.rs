//! The guard's decision about a message.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::INTERACTIONS_EXPLAIN)
}
