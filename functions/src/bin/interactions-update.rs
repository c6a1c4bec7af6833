//! Update an interaction.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::INTERACTIONS_UPDATE)
}
