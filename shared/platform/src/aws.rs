//! AWS clients, and the [`App`] on top of them.

use std::{sync::Arc, time::Duration};

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{Builder, tls};
use domain::Error;

use crate::{
    app::{App, Clock, Providers, Services, SystemClock},
    config::Config,
    objects::Objects,
    outbound::Outbound,
    providers::{ses::Ses, twilio::Twilio},
    queues::Queues,
    secrets::SecretsManager,
    store::Store,
};

/// The path of the webhook that providers report deliveries to, below [`Config::public_webhook_url`].
pub const DELIVERY_STATUS: &str = "/api/v1/communications/webhooks/delivery-status";

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
    assemble(Config::from_env()?, &sdk, &sdk, Arc::new(SystemClock))
}

/// An app over any AWS configuration; mail goes out through a configuration of its own, which may point elsewhere.
pub fn assemble(
    config: Config,
    sdk: &SdkConfig,
    mail: &SdkConfig,
    clock: Arc<dyn Clock>,
) -> Result<App, Error> {
    let outbound = Outbound::new()?;
    let secrets = SecretsManager::new(aws_sdk_secretsmanager::Client::new(sdk));
    // A send must be tried once: whether a second is safe, the pipeline knows and the SDK does not.
    let once = aws_sdk_sesv2::config::Builder::from(mail).retry_config(RetryConfig::disabled()).build();
    let callback_url = format!("{}{DELIVERY_STATUS}", config.public_webhook_url);
    let providers = Providers {
        email: Arc::new(Ses::new(aws_sdk_sesv2::Client::from_conf(once), clock.clone())),
        text: Arc::new(Twilio::new(outbound.clone(), &config.twilio_url, &callback_url, secrets.clone())?),
    };
    // Path style, because emulators have no host name per bucket.
    let s3 = aws_sdk_s3::config::Builder::from(sdk).force_path_style(true).build();
    let services = Services {
        store: Store::new(aws_sdk_dynamodb::Client::new(sdk), config.table.clone()),
        queues: Queues::new(aws_sdk_sqs::Client::new(sdk), config.queues.clone()),
        objects: Objects::new(aws_sdk_s3::Client::from_conf(s3), config.bucket.clone()),
        secrets,
    };
    Ok(App::new(config, services, providers, outbound, clock))
}
