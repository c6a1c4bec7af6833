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
    providers::{Providers, mapping::document::document, sns::SnsOverHttps},
    secrets::SecretsManager,
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
    let outbound = Outbound::new()?;
    let secrets = SecretsManager::new(aws_sdk_secretsmanager::Client::new(&sdk));
    let sns = Arc::new(SnsOverHttps::new(outbound.clone()));
    let providers = Providers::new(&config, &sdk, &outbound, secrets, sns, Arc::new(SystemClock))?;
    write!(stdout(), "{}", document(&providers)?)?;
    Ok(())
}
