//! Which events make which messages, with each tenant.

use domain::{Error, notification_rule::NotificationRules, tenant::TenantId};

use super::{Store, item, keys};

impl Store {
    /// A tenant's notification rules; none if it never made any.
    pub async fn notification_rules(&self, tenant: &TenantId) -> Result<NotificationRules, Error> {
        Ok(self.get(keys::notification_rules(tenant)).await?.unwrap_or_default())
    }

    /// Writes a tenant's notification rules. `rules.revision` is the one the change was made on; it moves here.
    ///
    /// # Errors
    /// [`EditConflict`](domain::error::Conflict::EditConflict) when somebody else wrote meanwhile.
    pub async fn save_notification_rules(
        &self,
        tenant: &TenantId,
        rules: &mut NotificationRules,
    ) -> Result<(), Error> {
        let before = rules.revision;
        rules.revision += 1;
        let item = item(keys::notification_rules(tenant), "notification-rules", &[], rules)?;
        self.put(self.put_after(before, item)?).await.map_err(|refused| refused.changed("notification rules"))
    }
}
