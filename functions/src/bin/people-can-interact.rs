//! May this person be contacted?

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::PEOPLE_CAN_INTERACT)
}
