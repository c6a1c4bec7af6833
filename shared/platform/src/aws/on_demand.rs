//! Clients of AWS services, each made when it is first asked for anything.

use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
};

use aws_config::SdkConfig;

/// A client of an AWS service, made from the configuration of all when it is first used. So a process makes no client in vain,
/// and a program holds the code of those alone that its handler reaches: the linker drops the others.
#[derive(Debug, Clone)]
pub struct OnDemand<C> {
    sdk: SdkConfig,
    client: Arc<OnceLock<C>>,
}

/// How a service's client is made from the configuration of all.
pub trait Client {
    /// The client.
    fn of(sdk: &SdkConfig) -> Self;
}

impl<C> OnDemand<C> {
    /// Of this configuration.
    pub fn new(sdk: &SdkConfig) -> Self {
        Self { sdk: sdk.clone(), client: Arc::default() }
    }
}

impl<C: Client> Deref for OnDemand<C> {
    type Target = C;

    fn deref(&self) -> &C {
        self.client.get_or_init(|| C::of(&self.sdk))
    }
}

/// One that is made already.
impl<C> From<C> for OnDemand<C> {
    fn from(client: C) -> Self {
        Self { sdk: SdkConfig::builder().build(), client: Arc::new(OnceLock::from(client)) }
    }
}

impl Client for aws_sdk_dynamodb::Client {
    fn of(sdk: &SdkConfig) -> Self {
        Self::new(sdk)
    }
}

impl Client for aws_sdk_eventbridge::Client {
    fn of(sdk: &SdkConfig) -> Self {
        Self::new(sdk)
    }
}

impl Client for aws_sdk_secretsmanager::Client {
    fn of(sdk: &SdkConfig) -> Self {
        Self::new(sdk)
    }
}

impl Client for aws_sdk_sesv2::Client {
    fn of(sdk: &SdkConfig) -> Self {
        Self::new(sdk)
    }
}

impl Client for aws_sdk_sqs::Client {
    fn of(sdk: &SdkConfig) -> Self {
        Self::new(sdk)
    }
}

/// Path style, because emulators have no host name per bucket.
impl Client for aws_sdk_s3::Client {
    fn of(sdk: &SdkConfig) -> Self {
        Self::from_conf(aws_sdk_s3::config::Builder::from(sdk).force_path_style(true).build())
    }
}
