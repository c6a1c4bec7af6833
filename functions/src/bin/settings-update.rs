//! Change the tenant's settings.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::SETTINGS_UPDATE)
}
