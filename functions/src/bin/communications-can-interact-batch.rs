//! May these borrowers be contacted?

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::COMMUNICATIONS_CAN_INTERACT_BATCH)
}
