//! Create or change a tenant, with its senders and token issuers.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::TENANTS_PROVISION)
}
