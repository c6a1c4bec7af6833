//! Letters through Lob's Print & Mail API.

use async_trait::async_trait;
use domain::{Error, tenant::Tenant, vocabulary::ProviderName};

use super::{Provider, WebhookCall};

/// See the module documentation.
pub struct Lob;

#[async_trait]
impl Provider for Lob {
    fn name(&self) -> ProviderName {
        ProviderName::Lob
    }

    fn recognizes(&self, _: &WebhookCall<'_>) -> bool {
        false
    }

    async fn verify(&self, _: &Tenant, _: &WebhookCall<'_>) -> Result<Option<Vec<u8>>, Error> {
        Err(Error::Unauthenticated)
    }
}
