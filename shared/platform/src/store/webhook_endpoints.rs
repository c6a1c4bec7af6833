//! Which URLs of a lender's hear of events.

use domain::{Error, tenant::TenantId, webhook_endpoint::WebhookEndpoints};

use super::{Store, item, keys};

/// The type of an item that holds endpoints.
pub(super) const ENDPOINTS: &str = "webhook-endpoints";

impl Store {
    /// A tenant's webhook endpoints; none if it never made any.
    pub async fn webhook_endpoints(&self, tenant: &TenantId) -> Result<WebhookEndpoints, Error> {
        Ok(self.get(keys::webhook_endpoints(tenant)).await?.unwrap_or_default())
    }

    /// Writes a tenant's webhook endpoints. `endpoints.revision` is the one the change was made on; it moves here.
    ///
    /// # Errors
    /// [`EditConflict`](domain::error::Conflict::EditConflict) when somebody else wrote meanwhile.
    pub async fn save_webhook_endpoints(
        &self,
        tenant: &TenantId,
        endpoints: &mut WebhookEndpoints,
    ) -> Result<(), Error> {
        let before = endpoints.revision;
        endpoints.revision += 1;
        let item = item(keys::webhook_endpoints(tenant), ENDPOINTS, &[], endpoints)?;
        self.put(self.put_after(before, item)?).await.map_err(|refused| refused.changed("webhook endpoints"))
    }
}
