//! What became of each borrower of a batch.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::BATCHES_RESULTS)
}
