//! The AWS of this machine: where it is, clients for it, and the resources in it.

mod calls;
mod permissions;
mod resources;
mod units;

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::Builder;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

pub use self::calls::{Calls, Watch, watched};
pub use self::permissions::Permissions;
pub use self::resources::{Resources, deploy};
pub use self::units::{Units, Used};

/// The region everything is in.
pub const REGION: &str = "us-east-1";

/// What every account signs with. Ministack looks at it in presigned addresses only.
pub const SECRET: &str = "local";

/// What the names of all secrets begin with: the default of `template.yaml`.
pub const SECRET_PREFIX: &str = "postrider/";

/// An account in a ministack.
#[derive(Debug, Clone)]
pub struct Aws {
    /// Where ministack listens: `http://127.0.0.1:4566`.
    pub endpoint: String,
    /// Twelve digits. To ministack the access key id is the account, and accounts see nothing of each other.
    pub account: String,
}

impl Aws {
    /// The account that `make run` lives in.
    pub fn account_of_its_own(endpoint: String) -> Self {
        Self { endpoint, account: "100000000000".into() }
    }

    /// An account nobody used before.
    pub fn fresh_account(endpoint: String) -> Self {
        Self {
            endpoint,
            account: format!("{:012}", rand::random_range(200_000_000_000_u64..1_000_000_000_000)),
        }
    }

    /// Clients' configuration with the time-outs of a Lambda's.
    pub(crate) fn sdk_config(&self, http: SharedHttpClient) -> SdkConfig {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(3))
            .operation_timeout(Duration::from_secs(15))
            .build();
        let credentials = Credentials::new(&self.account, SECRET, None, None, "local");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static(REGION))
            .endpoint_url(&self.endpoint)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http)
            .timeout_config(timeouts)
            .build()
    }

    /// The same for what AWS itself does, which is neither counted nor disturbed.
    pub fn own_config(&self) -> SdkConfig {
        self.sdk_config(plain_http())
    }
}

/// An HTTP client for this machine.
pub(crate) fn plain_http() -> SharedHttpClient {
    Builder::new().build_http()
}

/// The configuration of the app's clients: their calls are watched. Lambda is this system itself, at `lambda`.
pub(crate) fn app_config(aws: &Aws, watch: &Watch, lambda: String) -> SdkConfig {
    let sdk = aws.sdk_config(watched(plain_http(), watch.clone()));
    sdk.into_builder().service_config(LambdaAt(lambda)).build()
}

/// Lambda elsewhere than the other services, as `AWS_ENDPOINT_URL_LAMBDA` says in an environment.
#[derive(Debug)]
struct LambdaAt(String);

impl LoadServiceConfig for LambdaAt {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        (key.service_id() == "Lambda" && key.env() == "AWS_ENDPOINT_URL").then(|| self.0.clone())
    }
}
