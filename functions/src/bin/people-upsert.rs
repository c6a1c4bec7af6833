//! Create a person, or change what is known of one.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::PEOPLE_UPSERT)
}
