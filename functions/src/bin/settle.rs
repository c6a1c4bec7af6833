//! Takes providers' reports in.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::SETTLE)
}
