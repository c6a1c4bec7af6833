//! Requests to URLs of the lender's, as Standard Webhooks has them.

use async_trait::async_trait;
use domain::{Error, tenant::Tenant, vocabulary::ProviderName};

use super::{Provider, WebhookCall};

/// See the module documentation.
pub struct Endpoint;

#[async_trait]
impl Provider for Endpoint {
    fn name(&self) -> ProviderName {
        ProviderName::Endpoint
    }

    fn recognizes(&self, _: &WebhookCall<'_>) -> bool {
        false
    }

    async fn verify(&self, _: &Tenant, _: &WebhookCall<'_>) -> Result<Option<Vec<u8>>, Error> {
        Err(Error::Unauthenticated)
    }
}
