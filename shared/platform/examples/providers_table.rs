//! Prints what every provider's words mean, `docs/providers.md`: `make openapi`.

use std::{
    collections::BTreeMap,
    error::Error,
    io::{Write, stdout},
    sync::Arc,
};

use aws_config::{BehaviorVersion, SdkConfig};
use platform::{
    clock::SystemClock,
    config::Config,
    outbound::Outbound,
    providers::{EVERY_ADAPTER, Given, Providers, mapping::document::document},
    secrets::NoSecrets,
};

/// Nobody is called: providers only tell what they know.
fn main() -> Result<(), Box<dyn Error>> {
    let config = Config {
        table: String::new(),
        bucket: String::new(),
        queues: BTreeMap::new(),
        function_prefix: String::new(),
        bus: String::new(),
        aside_queue: String::new(),
        public_webhook_url: "https://hooks.example".into(),
        public_url: None,
        secret_prefix: String::new(),
        ses_max_per_second: None,
        endpoints: BTreeMap::new(),
    };
    let sdk = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
    let outbound = Outbound::new();
    let given = Given {
        config: &config,
        sdk: &sdk,
        outbound: &outbound,
        secrets: Arc::new(NoSecrets),
        sns: None,
        clock: Arc::new(SystemClock),
    };
    let providers = Providers::new(&given, &EVERY_ADAPTER)?;
    write!(stdout(), "{}", document(&providers)?)?;
    Ok(())
}
