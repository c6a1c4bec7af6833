//! Adds, tightens or disables an outreach rule.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::COMPLIANCE_RULES_PUT)
}
