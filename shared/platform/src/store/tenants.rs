//! Tenants.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::{
    Error,
    compliance::{changes::RuleChange, sign_off::SignOff},
    error::Ours as _,
    tenant::{Settings, Tenant, TenantId, TokenIssuer},
};

use super::{
    Edge, Page, Position, Refused, Store, item,
    keys::{self, BY_OWNER},
    number,
};

/// What changes of a tenant's outreach rules stand under.
const RULE_CHANGES: &str = "RULE-CHANGES";
/// What sign-offs of them stand under.
const SIGN_OFFS: &str = "SIGN-OFFS";

impl Store {
    /// A tenant.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn tenant(&self, id: &TenantId) -> Result<Tenant, Error> {
        self.get(keys::tenant(id)).await?.ok_or_else(|| Error::not_found("tenant", id))
    }

    /// Makes a tenant's token issuers speak for it, and writes the tenant as [`Self::save_settings`] does; a new one has
    /// revision 0 and had the default settings.
    ///
    /// # Errors
    /// As there, and [`Error::Invalid`] for an issuer of another tenant.
    pub async fn save_tenant(
        &self,
        tenant: &mut Tenant,
        before: &Settings,
        change: Option<&RuleChange>,
    ) -> Result<(), Error> {
        for issuer in &tenant.issuers {
            let entry = (&tenant.id, issuer);
            let put =
                self.put_of(item(keys::issuer(&issuer.issuer), "issuer", &[], &IssuerEntry::from(entry))?);
            // An issuer speaks for one tenant; another tenant cannot take it over.
            let put = put
                .condition_expression("attribute_not_exists(pk) OR #d.tenant = :tenant")
                .expression_attribute_names("#d", "data")
                .expression_attribute_values(":tenant", super::text(tenant.id.as_str()));
            let put = put.build().internal()?;
            self.put(put).await.map_err(|refused| match refused {
                Refused::Condition(_) => Error::invalid(
                    "/issuers",
                    format!("must not have an issuer of another tenant; {} speaks for one", issuer.issuer),
                ),
                Refused::Other(error) => error,
            })?;
        }
        self.save_settings(tenant, before, change).await
    }

    /// Writes a tenant whose settings changed, with the record of what that did to its outreach rules and the origins it lists, all
    /// or nothing. `tenant.revision` is the one the change was made on; it moves here.
    ///
    /// # Errors
    /// [`EditConflict`](domain::error::Conflict::EditConflict) when somebody else wrote meanwhile.
    pub async fn save_settings(
        &self,
        tenant: &mut Tenant,
        before: &Settings,
        change: Option<&RuleChange>,
    ) -> Result<(), Error> {
        let (then, now) = (&before.allowed_origins, &tenant.settings.allowed_origins);
        let origins = self.origin_writes(&tenant.id, then, now)?;
        let put = self.changed_tenant(tenant)?;
        let written = self.put_on_record(&tenant.id, put, change, origins).await;
        written.map_err(|refused| refused.changed("settings"))
    }

    /// Writes a tenant whose counsel signed its rules off, with the record of that, both or neither.
    ///
    /// # Errors
    /// As [`Self::save_settings`].
    pub async fn save_sign_off(&self, tenant: &mut Tenant, sign_off: &SignOff) -> Result<(), Error> {
        let key = keys::sign_off(&tenant.id, sign_off.at, &sign_off.trace_id);
        let by_time = (BY_OWNER, keys::of_tenant(&tenant.id, SIGN_OFFS), key.sk.clone());
        let record = self.put_after(0, item(key, "sign-off", &[by_time], sign_off)?)?;
        let record = TransactWriteItem::builder().put(record).build();
        let put = self.changed_tenant(tenant)?;
        let written = self.put_on_record(&tenant.id, put, None, vec![record]).await;
        written.map_err(|refused| refused.changed("settings"))
    }

    /// The sign-offs of a tenant's outreach rules, newest first.
    pub async fn sign_offs(
        &self,
        tenant: &TenantId,
        limit: i32,
        after: Option<Position>,
    ) -> Result<Page<SignOff>, Error> {
        self.list(BY_OWNER, &keys::of_tenant(tenant, SIGN_OFFS), None, limit, after.map(Edge::After)).await
    }

    /// A tenant's next revision, if nobody wrote another meanwhile.
    fn changed_tenant(&self, tenant: &mut Tenant) -> Result<Put, Error> {
        let before = tenant.revision;
        tenant.revision += 1;
        let put = self
            .put_of(item(keys::tenant(&tenant.id), "tenant", &[], tenant)?)
            .condition_expression("attribute_not_exists(pk) OR revision = :before")
            .expression_attribute_values(":before", number(before));
        put.build().internal()
    }

    /// Writes something, the record of what that does to a tenant's outreach rules, and more; all or nothing.
    pub(super) async fn put_on_record(
        &self,
        tenant: &TenantId,
        put: Put,
        change: Option<&RuleChange>,
        more: Vec<TransactWriteItem>,
    ) -> Result<(), Refused> {
        let mut puts = vec![put];
        if let Some(change) = change {
            let key = keys::rule_change(tenant, change.at, &change.trace_id);
            let by_time = (BY_OWNER, keys::of_tenant(tenant, RULE_CHANGES), key.sk.clone());
            let record = item(key, "rule change", &[by_time], change).map_err(Refused::Other)?;
            puts.push(self.put_after(0, record).map_err(Refused::Other)?);
        }
        let actions = puts.into_iter().map(|put| TransactWriteItem::builder().put(put).build());
        self.transact(actions.chain(more).collect()).await
    }

    /// The changes of a tenant's outreach rules, newest first.
    pub async fn rule_changes(
        &self,
        tenant: &TenantId,
        limit: i32,
        after: Option<Position>,
    ) -> Result<Page<RuleChange>, Error> {
        self.list(BY_OWNER, &keys::of_tenant(tenant, RULE_CHANGES), None, limit, after.map(Edge::After)).await
    }

    /// Takes away from a token issuer that it speaks for a tenant.
    pub async fn drop_issuer(&self, tenant: &TenantId, issuer: &str) -> Result<(), Error> {
        // Meanwhile it may speak for another tenant, which is not to be touched.
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(keys::issuer(issuer).into_item()))
            .condition_expression("attribute_not_exists(pk) OR #d.tenant = :tenant")
            .expression_attribute_names("#d", "data")
            .expression_attribute_values(":tenant", super::text(tenant.as_str()));
        match request.send().await {
            Ok(_) => Ok(()),
            Err(e) if e.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(())
            }
            Err(e) => Err(super::unavailable(e)),
        }
    }

    /// The tenant a token issuer speaks for, and how its tokens are checked.
    pub async fn issuer(&self, issuer: &str) -> Result<Option<(TenantId, TokenIssuer)>, Error> {
        let entry: Option<IssuerEntry> = self.get(keys::issuer(issuer)).await?;
        Ok(entry.map(|entry| (entry.tenant, entry.issuer)))
    }
}

/// An issuer, and for whom it speaks.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct IssuerEntry {
    pub(super) tenant: TenantId,
    issuer: TokenIssuer,
}

impl From<(&TenantId, &TokenIssuer)> for IssuerEntry {
    fn from((tenant, issuer): (&TenantId, &TokenIssuer)) -> Self {
        Self { tenant: tenant.clone(), issuer: issuer.clone() }
    }
}
