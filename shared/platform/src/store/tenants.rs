//! Tenants.

use domain::{
    Error,
    tenant::{Tenant, TenantId, TokenIssuer},
};

use super::{Store, item, keys};

impl Store {
    /// A tenant.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn tenant(&self, id: &TenantId) -> Result<Tenant, Error> {
        self.get(keys::tenant(id)).await?.ok_or_else(|| Error::not_found("tenant", id))
    }

    /// Writes a tenant, and makes its token issuers speak for it.
    pub async fn save_tenant(&self, tenant: &Tenant) -> Result<(), Error> {
        for issuer in &tenant.issuers {
            let entry = (&tenant.id, issuer);
            let put =
                self.put_of(item(keys::issuer(&issuer.issuer), "issuer", &[], &IssuerEntry::from(entry))?);
            // An issuer speaks for one tenant; another tenant cannot take it over.
            let put = put
                .condition_expression("attribute_not_exists(pk) OR #d.tenant = :tenant")
                .expression_attribute_names("#d", "data")
                .expression_attribute_values(":tenant", super::text(tenant.id.as_str()));
            let put = put.build().map_err(|e| Error::Internal(e.to_string()))?;
            self.put(put).await.map_err(|refused| match refused {
                super::Refused::Condition(_) => Error::invalid(
                    "/issuers",
                    format!("the issuer {} speaks for another tenant", issuer.issuer),
                ),
                super::Refused::Other(error) => error,
            })?;
        }
        let put = self.put_of(item(keys::tenant(&tenant.id), "tenant", &[], tenant)?);
        self.put(put.build().map_err(|e| Error::Internal(e.to_string()))?)
            .await
            .map_err(super::Refused::unexpected)
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

#[derive(serde::Serialize, serde::Deserialize)]
struct IssuerEntry {
    tenant: TenantId,
    issuer: TokenIssuer,
}

impl From<(&TenantId, &TokenIssuer)> for IssuerEntry {
    fn from((tenant, issuer): (&TenantId, &TokenIssuer)) -> Self {
        Self { tenant: tenant.clone(), issuer: issuer.clone() }
    }
}
