//! Lists the outreach rules.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::COMPLIANCE_RULES_LIST)
}
