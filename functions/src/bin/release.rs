//! Hands out what is due: scheduled, to be retried, or orphaned by a crash.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::RELEASE)
}
