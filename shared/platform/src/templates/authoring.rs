//! Authoring templates, the same for every dialect and for imports: nothing is saved that could not be rendered.

use std::{collections::BTreeSet, sync::Arc};

use domain::{
    Error,
    error::Conflict,
    id::{self, Id, Names},
    template::{
        Descriptor, DescriptorStatus, Source, Version, VersionStatus,
        shared::{SharedName, SharedTemplate, SharedTemplates},
    },
    tenant::TenantId,
};
use rendering::Library;

use super::{
    jobs::{apart, fault},
    shelf::{self, Shelf, library},
};
use crate::{
    app::App,
    needs::{Items, List, Need},
    pipeline::context,
    race::Race,
    store::{Edge, templates::Template},
};

/// A wording to be saved.
pub struct Wording {
    /// The id of the version it becomes: fresh, or derived so that a repetition meets the first.
    pub id: Id<id::Version>,
    /// The parts in Jinja.
    pub source: Source,
    /// Who wrote it.
    pub by: String,
}

/// What compiling a wording needs of AWS.
pub const COMPILE: &[Need] = &[Need::Read(Items::SharedTemplates), Need::Render];

/// What saving a wording needs, in use or not.
pub const SAVE: &[Need] = &[Need::Write(Items::Templates), Need::Write(Items::Versions), Need::All(COMPILE)];

/// What a change of shared templates needs, which must leave every template whole.
pub const CHANGE_SHARED: &[Need] = &[
    Need::Read(Items::Versions),
    Need::List(List::Templates),
    Need::Write(Items::SharedTemplates),
    Need::All(COMPILE),
];

/// Compiles a source against the tenant's shared templates as they are now.
///
/// # Errors
/// [`Error::Template`] if it cannot be rendered.
pub async fn compile(app: &App, tenant: &TenantId, source: &Source) -> Result<rendering::Version, Error> {
    Ok(compile_now(app, tenant, source).await?.version)
}

/// A source compiled, with the revision of the shared templates it was compiled with.
struct Compiled {
    version: rendering::Version,
    shared_revision: u64,
}

async fn compile_now(app: &App, tenant: &TenantId, source: &Source) -> Result<Compiled, Error> {
    let shelf = Shelf::read(&app.store, tenant).await?;
    let version = compile_with(&shelf.library, source).await?;
    Ok(Compiled { version, shared_revision: shelf.revision })
}

async fn compile_with(library: &Library, source: &Source) -> Result<rendering::Version, Error> {
    let (library, source) = (library.clone(), source.clone());
    apart(move || rendering::Version::compile(&source, &library)).await?.map_err(fault)
}

/// Stores a descriptor, new or changed, with a wording that is in use at once. What was in use is retired.
///
/// # Errors
/// [`Error::Template`], and as [`Store::save_template`].
pub async fn publish(
    app: &App,
    tenant: &TenantId,
    descriptor: &mut Descriptor,
    wording: Wording,
) -> Result<Version, Error> {
    let compiled = compile_now(app, tenant, &wording.source).await?;
    let mut previous = match &descriptor.active_version_id {
        Some(active) => Some(app.store.version(tenant, active).await?),
        None => None,
    };
    let mut version = new_version(app, descriptor, wording, &compiled);
    version.status = VersionStatus::Active;
    descriptor.active_version_id = Some(version.id.clone());
    save(app, tenant, descriptor, &mut version, previous.as_mut()).await?;
    Ok(version)
}

/// Adds a wording to a template, as a draft.
///
/// # Errors
/// [`Error::NotFound`], [`Conflict::TemplateDisabled`] for an archived template, [`Error::Template`].
pub async fn add_draft(
    app: &App,
    tenant: &TenantId,
    descriptor: &impl Names<id::Descriptor>,
    wording: impl Fn() -> Wording,
) -> Result<Version, Error> {
    let compiled = compile_now(app, tenant, &wording().source).await?;
    let mut race = Race::begin();
    loop {
        let mut descriptor = app.store.descriptor(tenant, descriptor).await?;
        not_archived(&descriptor)?;
        let mut version = new_version(app, &mut descriptor, wording(), &compiled);
        descriptor.updated_at = app.now();
        match app.store.save_template(tenant, &mut descriptor, &mut [&mut version]).await {
            Ok(()) => {
                app.forget_template(tenant, &descriptor);
                return Ok(version);
            }
            Err(error) if error.is_edit_conflict() => {
                // This very request, sent again after a crash, made it already.
                if let Ok(existing) = app.store.version(tenant, &version.id).await {
                    return Ok(existing);
                }
                race.lost(format!("template {}", descriptor.id)).await?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Changes a wording. A draft is changed in place; of one that is or was in use, which stays as it is, a new draft is
/// made.
///
/// # Errors
/// As [`add_draft`], and [`Conflict::EditConflict`] if somebody else changed the draft meanwhile.
pub async fn edit(
    app: &App,
    tenant: &TenantId,
    mut version: Version,
    wording: impl Fn() -> Wording,
) -> Result<Version, Error> {
    match version.status {
        VersionStatus::Active | VersionStatus::Retired => {
            add_draft(app, tenant, &version.descriptor_id, wording).await
        }
        VersionStatus::Draft => {
            let Wording { source, by, id: _ } = wording();
            compile_now(app, tenant, &source).await?.note(&mut version);
            version.source = source;
            version.created_by = by;
            app.store.save_draft(tenant, &mut version).await?;
            Ok(version)
        }
    }
}

/// Puts a version into use instead of the one that is, in one transaction. Doing it twice is as good as once.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Template`] if it cannot be rendered any more, [`Conflict::TemplateDisabled`] for an
/// archived template.
pub async fn activate(
    app: &App,
    tenant: &TenantId,
    named: &impl Names<id::Version>,
    expected: impl Fn(&Version) -> Result<(), Error>,
) -> Result<Template, Error> {
    let mut race = Race::begin();
    loop {
        let mut version = app.store.version(tenant, named).await?;
        let mut descriptor = app.store.descriptor(tenant, &version.descriptor_id).await?;
        if descriptor.active_version_id.as_ref() == Some(&version.id) {
            return Ok(Template { descriptor, active: Some(Arc::new(version)) });
        }
        expected(&version)?;
        not_archived(&descriptor)?;
        fits_channel(&version.source, &descriptor)?;
        compile_now(app, tenant, &version.source).await?.note(&mut version);
        version.status = VersionStatus::Active;
        let mut previous = match descriptor.active_version_id.replace(version.id.clone()) {
            Some(active) => Some(app.store.version(tenant, &active).await?),
            None => None,
        };
        descriptor.updated_at = app.now();
        match save(app, tenant, &mut descriptor, &mut version, previous.as_mut()).await {
            Ok(()) => return Ok(Template { descriptor, active: Some(Arc::new(version)) }),
            Err(error) if error.is_edit_conflict() => race.lost(format!("template version {named}")).await?,
            Err(error) => return Err(error),
        }
    }
}

/// Changes a tenant's shared templates called `names`; every shared template and every version in use must still compile
/// afterwards.
///
/// # Errors
/// What `change` says, [`Error::Template`], [`Conflict::SharedTemplateInUse`], [`Conflict::LimitReached`],
/// [`Conflict::EditConflict`].
pub async fn change_shared(
    app: &App,
    tenant: &TenantId,
    names: &BTreeSet<SharedName>,
    change: impl FnOnce(&mut SharedTemplates) -> Result<(), Error>,
) -> Result<SharedTemplates, Error> {
    let mut shared = app.store.shared_templates(tenant).await?;
    change(&mut shared)?;
    let library = checked_library(&shared).await.map_err(|error| match error {
        // What a removal leaves without its parent is told of what was removed.
        Error::Template(fault) if !names.iter().any(|name| shared.templates.contains_key(name)) => {
            in_use(names, &[format!("the shared template {}", fault.part)])
        }
        error => error,
    })?;
    breaks_nothing(app, tenant, names, &library, &BTreeSet::new()).await?;
    save_shared(app, tenant, shared).await
}

/// Shared templates ready for use, each of them checked.
///
/// # Errors
/// [`Conflict::LimitReached`], [`Error::Template`] for the first that could not be used.
pub async fn checked_library(shared: &SharedTemplates) -> Result<Library, Error> {
    within_limits(shared)?;
    let library = library(shared).await?;
    let checked = library.clone();
    apart(move || checked.check()).await?.map_err(shelf::fault)?;
    Ok(library)
}

/// Whether each of many sources compiles, in their order.
pub async fn check_each(library: &Library, sources: Vec<Source>) -> Result<Vec<Result<(), Error>>, Error> {
    let library = library.clone();
    let check = move |source: &Source| rendering::Version::compile(source, &library).map(drop).map_err(fault);
    apart(move || sources.iter().map(check).collect()).await
}

/// Stores a tenant's shared templates as they were changed and checked.
///
/// # Errors
/// [`Conflict::EditConflict`] when they moved meanwhile.
pub async fn save_shared(
    app: &App,
    tenant: &TenantId,
    mut shared: SharedTemplates,
) -> Result<SharedTemplates, Error> {
    app.store.save_shared_templates(tenant, &mut shared).await?;
    app.forget_shelf(tenant);
    Ok(shared)
}

/// A shared template as it is stored.
pub fn shared_template(app: &App, content: String, by: &str) -> SharedTemplate {
    SharedTemplate { content, updated_at: app.now(), updated_by: by.to_owned() }
}

fn within_limits(shared: &SharedTemplates) -> Result<(), Error> {
    if shared.templates.len() > SharedTemplates::MAX_TEMPLATES || shared.size() > SharedTemplates::MAX_BYTES {
        return Err(Error::conflict(
            Conflict::LimitReached,
            format!(
                "There may be {} shared templates with {} bytes together; remove some first.",
                SharedTemplates::MAX_TEMPLATES,
                SharedTemplates::MAX_BYTES
            ),
        ));
    }
    Ok(())
}

/// Whether every version in use that takes from the shared templates called `names` compiles with `library`, but for those
/// of the templates `except`.
///
/// # Errors
/// [`Conflict::SharedTemplateInUse`], naming a few.
pub async fn breaks_nothing(
    app: &App,
    tenant: &TenantId,
    names: &BTreeSet<SharedName>,
    library: &Library,
    except: &BTreeSet<Id<id::Descriptor>>,
) -> Result<(), Error> {
    const TOLD: usize = 5;
    let (mut broken, mut edge) = (Vec::new(), None);
    loop {
        let page = app.store.templates(tenant, 100, edge).await?;
        for Template { descriptor, active } in page.entries {
            let uses =
                |active: &Arc<Version>| !active.shared.is_disjoint(names) && !except.contains(&descriptor.id);
            let Some(active) = active.filter(uses) else { continue };
            if let Err(Error::Template(fault)) = compile_with(library, &active.source).await {
                broken.push(format!("the template {} ({})", descriptor.name, fault.message));
            }
        }
        match page.next {
            Some(next) if broken.len() < TOLD => edge = Some(Edge::After(next)),
            _ if broken.is_empty() => return Ok(()),
            _ => {
                broken.truncate(TOLD);
                return Err(in_use(names, &broken));
            }
        }
    }
}

fn in_use(names: &BTreeSet<SharedName>, users: &[String]) -> Error {
    let names: Vec<_> = names.iter().map(SharedName::as_str).collect();
    Error::conflict(
        Conflict::SharedTemplateInUse,
        format!("{} is used by {}; change what uses it first.", names.join(", "), users.join(", ")),
    )
}

async fn save(
    app: &App,
    tenant: &TenantId,
    descriptor: &mut Descriptor,
    version: &mut Version,
    previous: Option<&mut Version>,
) -> Result<(), Error> {
    match previous {
        Some(previous) => {
            previous.status = VersionStatus::Retired;
            app.store.save_template(tenant, descriptor, &mut [version, previous]).await?;
        }
        None => app.store.save_template(tenant, descriptor, &mut [version]).await?,
    }
    app.forget_template(tenant, descriptor);
    Ok(())
}

fn new_version(app: &App, descriptor: &mut Descriptor, wording: Wording, compiled: &Compiled) -> Version {
    descriptor.versions += 1;
    let mut version = Version {
        id: wording.id,
        descriptor_id: descriptor.id.clone(),
        number: descriptor.versions,
        status: VersionStatus::Draft,
        source: wording.source,
        shared: BTreeSet::new(),
        shared_revision: 0,
        revision: 0,
        created_at: app.now(),
        created_by: wording.by,
    };
    compiled.note(&mut version);
    version
}

impl Compiled {
    /// Writes down what a version takes from. Postrider's own shared templates never change.
    fn note(&self, version: &mut Version) {
        let names = self.version.demands().templates.iter();
        version.shared = names.filter_map(|name| name.parse().ok()).collect();
        version.shared_revision = self.shared_revision;
    }
}

/// Whether a wording can be in use on its template's channel.
///
/// # Errors
/// [`Conflict::PartMissing`].
pub fn fits_channel(source: &Source, descriptor: &Descriptor) -> Result<(), Error> {
    let lacking = source.lacks(descriptor.channel);
    let Some(first) = lacking.first() else { return Ok(()) };
    let part = first.pointer.trim_start_matches('/');
    Err(Error::conflict(
        Conflict::PartMissing,
        format!("{part} {}; add it to the version first.", first.message),
    ))
}

/// Archived templates are kept for history only.
///
/// # Errors
/// [`Conflict::TemplateDisabled`].
pub fn not_archived(descriptor: &Descriptor) -> Result<(), Error> {
    match descriptor.status {
        DescriptorStatus::Enabled | DescriptorStatus::Disabled => Ok(()),
        DescriptorStatus::Archived => {
            Err(Error::conflict(Conflict::TemplateDisabled, "The template is archived; create a new one."))
        }
    }
}

/// The compiled form of a version, from memory if it is there; never with shared templates older than those it was
/// saved with.
pub async fn compiled(app: &App, tenant: &TenantId, version: &Version) -> Result<rendering::Version, Error> {
    let mut shelf = app.shelf(tenant).await?;
    if shelf.revision < version.shared_revision {
        app.forget_shelf(tenant);
        shelf = app.shelf(tenant).await?;
    }
    compile_once(app, version, &shelf).await
}

/// What a version looks up in objects of ours and they do not have.
pub async fn unknown_attributes(
    app: &App,
    tenant: &TenantId,
    version: &Version,
) -> Result<Vec<String>, Error> {
    Ok(context::unknown(compiled(app, tenant, version).await?.demands().paths.iter()))
}

async fn compile_once(app: &App, version: &Version, shelf: &Shelf) -> Result<rendering::Version, Error> {
    let name = format!("{}/{}/{}", version.id, version.revision, shelf.revision);
    let (compiled, source, library) =
        (Arc::clone(&app.compiled), version.source.clone(), shelf.library.clone());
    apart(move || compiled.get_or_compile(&name, &source, &library)).await?.map_err(fault)
}
