//! AWS clients, and the [`App`] on top of them.

mod https;
mod on_demand;

use std::{sync::Arc, time::Duration};

use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider,
    timeout::TimeoutConfig,
};
use aws_types::{
    sdk_config::SharedCredentialsProvider,
    service_config::{LoadServiceConfig, ServiceConfigKey},
};
use domain::Error;

pub use self::on_demand::{Client, OnDemand};
use crate::{
    app::{App, Services},
    bus::Bus,
    clock::{Clock, SystemClock},
    config::{Config, required},
    invoke::Invoker,
    objects::Objects,
    outbound::Outbound,
    parts::Parts,
    providers::{Given, Providers, sns::Sns},
    queues::Queues,
    store::Store,
};

/// A service that takes longer to accept a connection is asked again.
const CONNECT: Duration = Duration::from_secs(3);

/// All attempts of one call together.
const TOTAL: Duration = Duration::from_secs(15);

/// Configuration of all clients, from the environment of a Lambda and from nothing else: the SDK's own loader looks for files,
/// profiles and other sources of credentials besides, none of which a Lambda has.
///
/// # Errors
/// Where the environment has no region, or names roots that cannot be read.
pub fn sdk_config() -> Result<SdkConfig, Error> {
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(TOTAL).build();
    let mut sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(required("AWS_REGION")?))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .http_client(https::client(CONNECT)?)
        .timeout_config(timeouts)
        .service_config(FromEnvironment);
    sdk.set_endpoint_url(std::env::var("AWS_ENDPOINT_URL").ok());
    Ok(sdk.build())
}

/// What the environment says of one service, such as `AWS_ENDPOINT_URL_SQS`.
#[derive(Debug)]
struct FromEnvironment;

impl LoadServiceConfig for FromEnvironment {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        std::env::var(format!("{}_{service}", key.env())).ok()
    }
}

/// The app of a Lambda.
///
/// # Errors
/// Where the environment does not say what [`Config`] needs.
pub fn app(parts: &Parts) -> Result<App, Error> {
    assemble(Config::from_env()?, &sdk_config()?, Outbound::new(), None, Arc::new(SystemClock), parts)
}

/// An app over any AWS configuration, and any SNS in place of the real one.
///
/// # Errors
/// Where the configuration has an address that is none.
pub fn assemble(
    config: Config,
    sdk: &SdkConfig,
    outbound: Outbound,
    sns: Option<Arc<dyn Sns>>,
    clock: Arc<dyn Clock>,
    parts: &Parts,
) -> Result<App, Error> {
    let secrets = parts.secrets(sdk);
    let given = Given {
        config: &config,
        sdk,
        outbound: &outbound,
        secrets: secrets.clone(),
        sns,
        clock: clock.clone(),
    };
    let providers = Providers::new(&given, &parts.adapters)?;
    let services = Services {
        store: Store::new(OnDemand::new(sdk), config.table.clone()),
        queues: Queues::new(OnDemand::new(sdk), config.queues.clone(), config.aside_queue.clone()),
        bus: Bus::new(OnDemand::new(sdk), config.bus.clone()),
        invoker: Invoker::new(OnDemand::new(sdk), config.function_prefix.clone()),
        objects: Objects::new(OnDemand::new(sdk), config.bucket.clone()),
        secrets,
    };
    Ok(App::new(config, services, providers, outbound, clock))
}
