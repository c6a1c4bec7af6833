//! May this borrower be contacted?

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::COMMUNICATIONS_CAN_INTERACT)
}
