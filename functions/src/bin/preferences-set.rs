//! Set which channels a person wants.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::PREFERENCES_SET)
}
