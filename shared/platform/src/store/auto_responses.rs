//! By which rules a lender answers what borrowers write.

use domain::{Error, auto_response::AutoResponses, tenant::TenantId};

use super::{Store, item, keys};

impl Store {
    /// A tenant's auto-response rules; none if it never made any.
    pub async fn auto_responses(&self, tenant: &TenantId) -> Result<AutoResponses, Error> {
        Ok(self.get(keys::auto_responses(tenant)).await?.unwrap_or_default())
    }

    /// Writes a tenant's auto-response rules. `rules.revision` is the one the change was made on; it moves here.
    ///
    /// # Errors
    /// [`EditConflict`](domain::error::Conflict::EditConflict) when somebody else wrote meanwhile.
    pub async fn save_auto_responses(
        &self,
        tenant: &TenantId,
        rules: &mut AutoResponses,
    ) -> Result<(), Error> {
        let before = rules.revision;
        rules.revision += 1;
        let item = item(keys::auto_responses(tenant), "auto-responses", &[], rules)?;
        self.put(self.put_after(before, item)?)
            .await
            .map_err(|refused| refused.changed("auto-response rules"))
    }
}
