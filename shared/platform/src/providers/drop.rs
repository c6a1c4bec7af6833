//! Letters put where a print house fetches them.

use async_trait::async_trait;
use domain::{Error, tenant::Tenant, vocabulary::ProviderName};

use super::{Provider, WebhookCall};

/// See the module documentation.
pub struct Drop;

#[async_trait]
impl Provider for Drop {
    fn name(&self) -> ProviderName {
        ProviderName::Drop
    }

    fn recognizes(&self, _: &WebhookCall<'_>) -> bool {
        false
    }

    async fn verify(&self, _: &Tenant, _: &WebhookCall<'_>) -> Result<Option<Vec<u8>>, Error> {
        Err(Error::Unauthenticated)
    }
}
