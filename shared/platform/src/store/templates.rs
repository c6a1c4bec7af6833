//! Templates: descriptors, their versions, the switch between them, and the shared templates they take from.

use std::sync::Arc;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    Error,
    error::Conflict,
    id::{self, Id, Kind, Names},
    template::{Descriptor, DescriptorStatus, Version, shared::SharedTemplates},
    tenant::TenantId,
    vocabulary::{Channel, Subject},
};

use super::{
    Edge, Item, Page, Position, Refused, Store, item,
    keys::{self, BY_ALIAS, BY_OWNER},
};

/// A descriptor with its active version.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// What for.
    pub descriptor: Descriptor,
    /// The wording in use; none until the first is activated.
    pub active: Option<Arc<Version>>,
}

impl Store {
    /// A template with its active version.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn template(
        &self,
        tenant: &TenantId,
        named: &impl Names<id::Descriptor>,
    ) -> Result<Template, Error> {
        let descriptor = self.descriptor(tenant, named).await?;
        self.with_active(tenant, descriptor).await
    }

    /// What a template is for.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn descriptor(
        &self,
        tenant: &TenantId,
        named: &impl Names<id::Descriptor>,
    ) -> Result<Descriptor, Error> {
        let descriptor = self.get(keys::descriptor(tenant, &named.id_within(tenant.as_str()))).await?;
        descriptor.ok_or_else(|| Error::not_found(id::Descriptor::NAME, named))
    }

    /// One wording of a template.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn version(
        &self,
        tenant: &TenantId,
        named: &impl Names<id::Version>,
    ) -> Result<Version, Error> {
        let version = self.get(keys::version(tenant, &named.id_within(tenant.as_str()))).await?;
        version.ok_or_else(|| Error::not_found(id::Version::NAME, named))
    }

    /// A tenant's descriptors, newest first.
    pub async fn descriptors(
        &self,
        tenant: &TenantId,
        limit: i32,
        edge: Option<Edge>,
    ) -> Result<Page<Descriptor>, Error> {
        self.list(BY_OWNER, &keys::of_tenant(tenant, TEMPLATES), None, limit, edge).await
    }

    /// A tenant's templates with their active versions, newest first.
    pub async fn templates(
        &self,
        tenant: &TenantId,
        limit: i32,
        edge: Option<Edge>,
    ) -> Result<Page<Template>, Error> {
        let page = self.descriptors(tenant, limit, edge).await?;
        let entries = page.entries.into_iter().map(|descriptor| self.with_active(tenant, descriptor));
        Ok(Page { entries: futures::future::try_join_all(entries).await?, next: page.next })
    }

    /// A template's versions, newest first.
    pub async fn versions_of(
        &self,
        tenant: &TenantId,
        descriptor: &Id<id::Descriptor>,
        limit: i32,
        edge: Option<Edge>,
    ) -> Result<Page<Version>, Error> {
        self.list(BY_OWNER, &keys::of_descriptor(tenant, descriptor), None, limit, edge).await
    }

    /// All versions of all templates of a tenant, newest first.
    pub async fn versions(
        &self,
        tenant: &TenantId,
        limit: i32,
        edge: Option<Edge>,
    ) -> Result<Page<Version>, Error> {
        self.list(BY_ALIAS, &keys::of_tenant(tenant, VERSIONS), None, limit, edge).await
    }

    /// All descriptors for a subject on a channel, but for archived ones.
    pub async fn candidates(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        channel: Channel,
    ) -> Result<Vec<Descriptor>, Error> {
        let partition = keys::selection(tenant, subject, channel);
        let (mut all, mut edge) = (Vec::new(), None);
        loop {
            let page = self.list(BY_ALIAS, &partition, None, i32::MAX, edge).await?;
            all.extend(page.entries);
            match page.next {
                Some(next) => edge = Some(Edge::After(next)),
                None => return Ok(all),
            }
        }
    }

    async fn with_active(&self, tenant: &TenantId, descriptor: Descriptor) -> Result<Template, Error> {
        let active = match &descriptor.active_version_id {
            Some(version) => self.get(keys::version(tenant, version)).await?.map(Arc::new),
            None => None,
        };
        Ok(Template { descriptor, active })
    }

    /// Stores a descriptor together with versions of its that are new or changed, all or nothing. The revision of each
    /// is the one the change was made on, 0 for what is new; it moves here.
    ///
    /// # Errors
    /// [`Conflict::DuplicateExternalId`] for a new descriptor that exists, [`Conflict::EditConflict`] for anything that
    /// moved meanwhile.
    pub async fn save_template(
        &self,
        tenant: &TenantId,
        descriptor: &mut Descriptor,
        versions: &mut [&mut Version],
    ) -> Result<(), Error> {
        let is_new = descriptor.revision == 0;
        descriptor.revision += 1;
        let mut puts = vec![self.put_after(descriptor.revision - 1, descriptor_item(tenant, descriptor)?)?];
        for version in versions {
            version.revision += 1;
            puts.push(self.put_after(version.revision - 1, version_item(tenant, version)?)?);
        }
        let actions = puts.into_iter().map(|put| TransactWriteItem::builder().put(put).build()).collect();
        self.transact(actions).await.map_err(|refused| match refused {
            Refused::Condition(places) if is_new && places.contains(&0) => Error::conflict(
                Conflict::DuplicateExternalId,
                "A template with this id exists already; update it instead.",
            ),
            refused => refused.changed("template"),
        })
    }

    /// Stores a draft that was edited; its revision is the one it was edited on, and moves here.
    ///
    /// # Errors
    /// [`Conflict::EditConflict`] when it moved meanwhile, as when it was activated.
    pub async fn save_draft(&self, tenant: &TenantId, version: &mut Version) -> Result<(), Error> {
        version.revision += 1;
        let put = self.put_after(version.revision - 1, version_item(tenant, version)?)?;
        self.put(put).await.map_err(|refused| refused.changed("template version"))
    }

    /// A tenant's shared templates.
    pub async fn shared_templates(&self, tenant: &TenantId) -> Result<SharedTemplates, Error> {
        Ok(self.get(keys::shared_templates(tenant)).await?.unwrap_or_default())
    }

    /// Stores a tenant's shared templates; the revision is the one the change was made on, and moves here.
    ///
    /// # Errors
    /// [`Conflict::EditConflict`] when they moved meanwhile.
    pub async fn save_shared_templates(
        &self,
        tenant: &TenantId,
        shared: &mut SharedTemplates,
    ) -> Result<(), Error> {
        shared.revision += 1;
        let item = item(keys::shared_templates(tenant), "shared templates", &[], shared)?;
        let put = self.put_after(shared.revision - 1, item)?;
        self.put(put).await.map_err(|refused| refused.changed("shared templates"))
    }
}

/// Where a descriptor stands in [`Store::descriptors`].
pub fn position_of_descriptor(tenant: &TenantId, descriptor: &Descriptor) -> Position {
    let place = keys::moment(descriptor.created_at, descriptor.id.as_str());
    Position::of(&keys::of_tenant(tenant, TEMPLATES), place)
}

/// Where a version stands in [`Store::versions_of`] its descriptor.
pub fn position_among_its_own(tenant: &TenantId, version: &Version) -> Position {
    let of_descriptor = keys::of_descriptor(tenant, &version.descriptor_id);
    Position::of(&of_descriptor, place_of(version))
}

/// Where a version stands in [`Store::versions`].
pub fn position_of_version(tenant: &TenantId, version: &Version) -> Position {
    let place = keys::moment(version.created_at, version.id.as_str());
    Position::of(&keys::of_tenant(tenant, VERSIONS), place)
}

fn place_of(version: &Version) -> String {
    format!("{:08}", version.number)
}

const TEMPLATES: &str = "TEMPLATES";
const VERSIONS: &str = "VERSIONS";

fn descriptor_item(tenant: &TenantId, descriptor: &Descriptor) -> Result<Item, Error> {
    let id = descriptor.id.as_str();
    let product = descriptor.product_id.as_deref().unwrap_or("*");
    let mut indexes =
        vec![(BY_OWNER, keys::of_tenant(tenant, TEMPLATES), keys::moment(descriptor.created_at, id))];
    if descriptor.status != DescriptorStatus::Archived {
        let partition = keys::selection(tenant, &descriptor.subject, descriptor.channel);
        indexes.push((BY_ALIAS, partition, format!("{}#{product}#{id}", descriptor.language)));
    }
    item(keys::descriptor(tenant, &descriptor.id), "descriptor", &indexes, descriptor)
}

fn version_item(tenant: &TenantId, version: &Version) -> Result<Item, Error> {
    let of_descriptor = keys::of_descriptor(tenant, &version.descriptor_id);
    let indexes = [
        (BY_OWNER, of_descriptor, place_of(version)),
        (BY_ALIAS, keys::of_tenant(tenant, VERSIONS), keys::moment(version.created_at, version.id.as_str())),
    ];
    item(keys::version(tenant, &version.id), "version", &indexes, version)
}
