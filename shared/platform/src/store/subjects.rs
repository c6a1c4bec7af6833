//! What a lender's messages are about.

use domain::{Error, compliance::changes::RuleChange, subjects::Subjects, tenant::TenantId};

use super::{Store, item, keys};

impl Store {
    /// A tenant's subjects; those as they came if it never changed any.
    pub async fn subjects(&self, tenant: &TenantId) -> Result<Subjects, Error> {
        Ok(self.get(keys::subjects(tenant)).await?.unwrap_or_default())
    }

    /// Writes a tenant's subjects, with the record of what that does to its outreach rules, both or neither.
    /// `subjects.revision` is the one the change was made on; it moves here.
    ///
    /// # Errors
    /// [`EditConflict`](domain::error::Conflict::EditConflict) when somebody else wrote meanwhile.
    pub async fn save_subjects(
        &self,
        tenant: &TenantId,
        subjects: &mut Subjects,
        change: Option<&RuleChange>,
    ) -> Result<(), Error> {
        let before = subjects.revision;
        subjects.revision += 1;
        let put = self.put_after(before, item(keys::subjects(tenant), "subjects", &[], subjects)?)?;
        self.put_on_record(tenant, put, change, Vec::new())
            .await
            .map_err(|refused| refused.changed("subjects"))
    }
}
