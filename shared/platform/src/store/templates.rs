//! Templates: a descriptor, its versions, and the switch between them.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    Error,
    error::Conflict,
    id::{self, Id},
    template::{Descriptor, Version},
    tenant::TenantId,
};

use super::{
    Item, Page, Position, Refused, Store, item,
    keys::{self, BY_ALIAS, BY_OWNER},
    number,
};

/// A descriptor with its active version.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// What for.
    pub descriptor: Descriptor,
    /// The wording in use; none until the first is activated.
    pub active: Option<Version>,
}

impl Store {
    /// A template with its active version.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn template(&self, tenant: &TenantId, id: &Id<id::Descriptor>) -> Result<Template, Error> {
        let descriptor: Option<Descriptor> = self.get(keys::descriptor(tenant, id)).await?;
        self.with_active(tenant, descriptor.ok_or_else(|| Error::not_found("template", id))?).await
    }

    /// A tenant's templates with their active versions, newest first.
    pub async fn templates(
        &self,
        tenant: &TenantId,
        limit: i32,
        after: Option<Position>,
    ) -> Result<Page<Template>, Error> {
        let partition = keys::of_tenant(tenant, "TEMPLATES");
        let page: Page<Descriptor> = self.list(BY_OWNER, &partition, None, limit, after).await?;
        let entries = page.entries.into_iter().map(|descriptor| self.with_active(tenant, descriptor));
        Ok(Page { entries: futures::future::try_join_all(entries).await?, next: page.next })
    }

    async fn with_active(&self, tenant: &TenantId, descriptor: Descriptor) -> Result<Template, Error> {
        let active = match &descriptor.active_version_id {
            Some(version) => self.get(keys::version(tenant, version)).await?,
            None => None,
        };
        Ok(Template { descriptor, active })
    }

    /// Stores a template, together with a new version where there is one. `descriptor.revision` is the revision the
    /// change was made on, 0 for a new template; it moves here.
    ///
    /// # Errors
    /// [`Conflict::DuplicateExternalId`] for a new template that exists, [`Conflict::EditConflict`] for one that moved.
    pub async fn save_template(
        &self,
        tenant: &TenantId,
        descriptor: &mut Descriptor,
        version: Option<&Version>,
    ) -> Result<(), Error> {
        let before = descriptor.revision;
        descriptor.revision += 1;
        let put = self.put_of(descriptor_item(tenant, descriptor)?);
        let put = if before == 0 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("#d.revision = :before")
                .expression_attribute_names("#d", "data")
                .expression_attribute_values(":before", number(before))
        };
        let built = put.build().map_err(|e| Error::Internal(e.to_string()))?;
        let mut actions = vec![TransactWriteItem::builder().put(built).build()];
        if let Some(version) = version {
            let indexes =
                [(BY_OWNER, keys::of_descriptor(tenant, &descriptor.id), format!("{:08}", version.number))];
            let item = item(keys::version(tenant, &version.id), "version", &indexes, version)?;
            let put = self.put_of(item).build().map_err(|e| Error::Internal(e.to_string()))?;
            actions.push(TransactWriteItem::builder().put(put).build());
        }
        self.transact(actions).await.map_err(|refused| match refused {
            Refused::Condition(_) if before == 0 => Error::conflict(
                Conflict::DuplicateExternalId,
                "A template with this id exists already; update it instead.",
            ),
            Refused::Condition(_) => Error::conflict(
                Conflict::EditConflict,
                "The template changed meanwhile; read it again and repeat the change.",
            ),
            Refused::Other(error) => error,
        })
    }
}

fn descriptor_item(tenant: &TenantId, descriptor: &Descriptor) -> Result<Item, Error> {
    let id = descriptor.id.as_str();
    let product = descriptor.product_id.as_deref().unwrap_or("*");
    let indexes = [
        (BY_OWNER, keys::of_tenant(tenant, "TEMPLATES"), keys::moment(descriptor.created_at, id)),
        (
            BY_ALIAS,
            keys::selection(tenant, &descriptor.subject, descriptor.channel),
            format!("{}#{product}#{id}", descriptor.language),
        ),
    ];
    item(keys::descriptor(tenant, &descriptor.id), "descriptor", &indexes, descriptor)
}
