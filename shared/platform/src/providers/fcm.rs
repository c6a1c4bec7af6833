//! Push notifications through Firebase Cloud Messaging, HTTP v1.

use async_trait::async_trait;
use domain::{Error, tenant::Tenant, vocabulary::ProviderName};

use super::{Provider, WebhookCall};

/// See the module documentation.
pub struct Fcm;

#[async_trait]
impl Provider for Fcm {
    fn name(&self) -> ProviderName {
        ProviderName::Fcm
    }

    fn recognizes(&self, _: &WebhookCall<'_>) -> bool {
        false
    }

    async fn verify(&self, _: &Tenant, _: &WebhookCall<'_>) -> Result<Option<Vec<u8>>, Error> {
        Err(Error::Unauthenticated)
    }
}
