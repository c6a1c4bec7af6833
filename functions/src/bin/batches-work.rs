//! Works batches off.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::BATCHES_WORK)
}
