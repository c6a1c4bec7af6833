//! Create or change up to 500 people.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::PEOPLE_BULK_UPSERT)
}
