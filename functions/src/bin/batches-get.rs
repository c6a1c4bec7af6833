//! Progress of a batch.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::BATCHES_GET)
}
