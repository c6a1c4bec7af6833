//! Call a batch off.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::BATCHES_CANCEL)
}
