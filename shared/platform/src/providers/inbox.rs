//! Notices kept for the lender's own application.

use async_trait::async_trait;
use domain::{Error, tenant::Tenant, vocabulary::ProviderName};

use super::{Provider, WebhookCall};

/// See the module documentation.
pub struct Inbox;

#[async_trait]
impl Provider for Inbox {
    fn name(&self) -> ProviderName {
        ProviderName::Inbox
    }

    fn recognizes(&self, _: &WebhookCall<'_>) -> bool {
        false
    }

    async fn verify(&self, _: &Tenant, _: &WebhookCall<'_>) -> Result<Option<Vec<u8>>, Error> {
        Err(Error::Unauthenticated)
    }
}
