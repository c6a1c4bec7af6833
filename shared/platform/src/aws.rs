//! AWS clients, and the [`App`] on top of them.

use std::{sync::Arc, time::Duration};

use aws_config::{BehaviorVersion, SdkConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{Builder, tls};
use domain::Error;

use crate::{
    app::{App, Services},
    bus::Bus,
    clock::{Clock, SystemClock},
    config::Config,
    invoke::Invoker,
    objects::Objects,
    outbound::Outbound,
    providers::{
        Providers,
        sns::{Sns, SnsOverHttps},
    },
    queues::Queues,
    secrets::SecretsManager,
    store::Store,
};

/// Configuration of all clients, from the environment of a Lambda. One HTTPS stack: rustls with ring, whose first
/// random number costs nothing, unlike AWS-LC's (76 ms measured).
pub async fn sdk_config() -> SdkConfig {
    let https = Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(https)
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(3))
                .operation_timeout(Duration::from_secs(15))
                .build(),
        )
        .load()
        .await
}

/// The app of a Lambda.
///
/// # Errors
/// Where the environment does not say what [`Config`] needs.
pub async fn app() -> Result<App, Error> {
    let sdk = sdk_config().await;
    let outbound = Outbound::new()?;
    let sns = Arc::new(SnsOverHttps::new(outbound.clone()));
    assemble(Config::from_env()?, &sdk, outbound, sns, Arc::new(SystemClock))
}

/// An app over any AWS configuration, and any SNS.
///
/// # Errors
/// Where the configuration has an address that is none.
pub fn assemble(
    config: Config,
    sdk: &SdkConfig,
    outbound: Outbound,
    sns: Arc<dyn Sns>,
    clock: Arc<dyn Clock>,
) -> Result<App, Error> {
    let secrets = SecretsManager::new(aws_sdk_secretsmanager::Client::new(sdk));
    let providers = Providers::new(&config, sdk, &outbound, secrets.clone(), sns, clock.clone())?;
    let services = Services {
        store: Store::new(aws_sdk_dynamodb::Client::new(sdk), config.table.clone()),
        queues: Queues::new(aws_sdk_sqs::Client::new(sdk), config.queues.clone(), config.aside_queue.clone()),
        bus: Bus::new(aws_sdk_eventbridge::Client::new(sdk), config.bus.clone()),
        invoker: Invoker::new(sdk, config.function_prefix.clone()),
        objects: Objects::new(sdk, config.bucket.clone()),
        secrets,
    };
    Ok(App::new(config, services, providers, outbound, clock))
}
