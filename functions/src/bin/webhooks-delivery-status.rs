//! Delivery reports of providers; the provider is told by its signature header.

fn main() -> std::process::ExitCode {
    functions::serve::run(functions::catalog::WEBHOOKS_DELIVERY_STATUS)
}
