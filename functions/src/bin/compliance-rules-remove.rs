//! Removes an outreach rule, or what was changed about it.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::COMPLIANCE_RULES_REMOVE)
}
