//! May these people be contacted?

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::PEOPLE_CAN_INTERACT_BATCH)
}
