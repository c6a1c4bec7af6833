//! A lender's templates with all their versions, read in few calls.

use std::collections::HashMap;

use domain::{
    Error,
    id::{self, Id},
    template::{Descriptor, Version},
    tenant::TenantId,
};
use futures::{StreamExt, TryStreamExt, stream};
use platform::{
    app::App,
    needs::{List, Need},
    store::Edge,
};

/// Templates whose versions are read at the same time.
const AT_ONCE: usize = 8;
/// Entries read in one call.
const PAGE: i32 = 100;

/// What it needs of AWS.
pub(super) const NEEDS: &[Need] =
    &[Need::List(List::Templates), Need::List(List::Versions), Need::List(List::VersionsOfTemplate)];

/// Versions by their template.
pub(super) type Versions = HashMap<Id<id::Descriptor>, Vec<Version>>;

/// A lender's descriptors, newest first.
pub(super) async fn descriptors(app: &App, tenant: &TenantId) -> Result<Vec<Descriptor>, Error> {
    let (mut all, mut edge) = (Vec::new(), None);
    loop {
        let page = app.store.descriptors(tenant, PAGE, edge).await?;
        all.extend(page.entries);
        match page.next {
            Some(next) => edge = Some(Edge::After(next)),
            None => return Ok(all),
        }
    }
}

/// The versions of the templates that `wanted` chooses of `all` the lender has, each read by itself or with those of all the
/// others, whichever takes fewer calls. Each page, and all of them so far, pass a check.
pub(super) async fn versions(
    app: &App,
    tenant: &TenantId,
    all: &[Descriptor],
    wanted: impl Fn(&Descriptor) -> bool,
    mut check: impl FnMut(&[Version]) -> Result<(), Error>,
) -> Result<Versions, Error> {
    let few: Vec<_> = all.iter().filter(|descriptor| wanted(descriptor)).map(|one| one.id.clone()).collect();
    let mut found: Versions = few.iter().map(|id| (id.clone(), Vec::new())).collect();
    let every: u64 = all.iter().map(|descriptor| u64::from(descriptor.versions)).sum();
    if few.len() as u64 <= every / u64::from(PAGE.unsigned_abs()) {
        let reads: Vec<_> = few.into_iter().map(|id| versions_of(app, tenant, id)).collect();
        let mut reads = stream::iter(reads).buffered(AT_ONCE);
        while let Some((id, versions)) = reads.try_next().await? {
            check(&versions)?;
            found.insert(id, versions);
        }
        return Ok(found);
    }
    let mut edge = None;
    loop {
        let page = app.store.versions(tenant, PAGE, edge).await?;
        let is_wanted = |version: &Version| found.contains_key(&version.descriptor_id);
        let some: Vec<Version> = page.entries.into_iter().filter(is_wanted).collect();
        check(&some)?;
        for version in some {
            found.entry(version.descriptor_id.clone()).or_default().push(version);
        }
        match page.next {
            Some(next) => edge = Some(Edge::After(next)),
            None => return Ok(found),
        }
    }
}

async fn versions_of(
    app: &App,
    tenant: &TenantId,
    id: Id<id::Descriptor>,
) -> Result<(Id<id::Descriptor>, Vec<Version>), Error> {
    let (mut all, mut edge) = (Vec::new(), None);
    loop {
        let page = app.store.versions_of(tenant, &id, PAGE, edge).await?;
        all.extend(page.entries);
        match page.next {
            Some(next) => edge = Some(Edge::After(next)),
            None => return Ok((id, all)),
        }
    }
}
