//! 002 · Import exported templates. Adds what is missing, tells what conflicts; the same import again does nothing.

use std::collections::BTreeSet;

use domain::{
    Error,
    error::{Conflict, TemplateFault, Violation},
    id::{self, Id},
    template::{
        Descriptor, DescriptorStatus, Source, Version,
        shared::{SharedName, SharedTemplates},
        transfer::{Entry, Outcome, Plan, SharedEntry, TemplateEntry},
    },
    tenant::TenantId,
};
use futures::{StreamExt, TryStreamExt, stream};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    authoring::{self, Wording},
    http::{Request, json},
    idempotency::digest,
    store::Edge,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{check, export};
use crate::{catalog::Answer, openapi::Operation, template_descriptors};

/// Templates imported at the same time.
const AT_ONCE: usize = 8;

/// What became of an entry of the import, in its order.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// The template's name, or the shared template's.
    name: String,
    /// The template here; absent for a shared template, and for one that a dry run would create.
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptor_id: Option<Id<id::Descriptor>>,
    outcome: Outcome,
    /// How many versions were added.
    versions_created: usize,
    /// Whether another version is in use now.
    activated: bool,
    /// What is different here and there, and stayed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conflicts: Vec<String>,
}

/// How to import.
struct Options {
    dry_run: bool,
    replace: bool,
    by: String,
}

/// Imports. Everything is checked before anything is written.
pub async fn handle(app: &App, request: &Request) -> Answer {
    request.expect_query(&["dryRun", "onConflict"])?;
    let entries: Vec<Entry> = request.json()?;
    let replace = match request.query::<String>("onConflict")?.as_deref() {
        None | Some("keep") => false,
        Some("replace") => true,
        Some(_) => return Err(Error::invalid("?onConflict", "is keep or replace")),
    };
    let dry_run = request.query::<bool>("dryRun")?.unwrap_or(false);
    let options = Options { dry_run, replace, by: request.caller()?.subject.clone() };
    let tenant = request.tenant()?;

    let existing = descriptors(app, tenant).await?;
    let (before, after) = shared_templates(app, tenant, &entries, &options).await?;
    well_formed(&entries)?;
    let library = authoring::checked_library(&after).await?;
    authoring::check_all(&library, sources(&entries)).await.map_err(|(place, fault)| at(place, fault))?;
    let changed: BTreeSet<SharedName> = after
        .templates
        .keys()
        .filter(|name| before.templates.get(*name) != after.templates.get(*name))
        .cloned()
        .collect();
    if !dry_run && !changed.is_empty() {
        authoring::change_shared(app, tenant, &changed, |shared| {
            for name in &changed {
                shared
                    .templates
                    .extend(after.templates.get_key_value(name).map(|(k, v)| (k.clone(), v.clone())));
            }
            Ok(())
        })
        .await?;
    }
    let work: Vec<_> =
        entries.iter().map(|entry| one(app, tenant, entry, &existing, &before, &options)).collect();
    let imported: Vec<Imported> = stream::iter(work).buffered(AT_ONCE).try_collect().await?;
    json(StatusCode::OK, &imported)
}

async fn one(
    app: &App,
    tenant: &TenantId,
    entry: &Entry,
    existing: &[Descriptor],
    before: &SharedTemplates,
    options: &Options,
) -> Result<Imported, Error> {
    match entry {
        Entry::SharedTemplate(entry) => Ok(shared_outcome(entry, before, options.replace)),
        Entry::Template(entry) => template(app, tenant, entry, existing, options).await,
    }
}

/// A tenant's descriptors.
async fn descriptors(app: &App, tenant: &TenantId) -> Result<Vec<Descriptor>, Error> {
    let (mut all, mut edge) = (Vec::new(), None);
    loop {
        let page = app.store.descriptors(tenant, 100, edge).await?;
        all.extend(page.entries);
        match page.next {
            Some(next) => edge = Some(Edge::After(next)),
            None => return Ok(all),
        }
    }
}

/// The tenant's shared templates before and after.
async fn shared_templates(
    app: &App,
    tenant: &TenantId,
    entries: &[Entry],
    options: &Options,
) -> Result<(SharedTemplates, SharedTemplates), Error> {
    let before = app.store.shared_templates(tenant).await?;
    let mut after = before.clone();
    for entry in entries {
        let Entry::SharedTemplate(SharedEntry { name, content }) = entry else { continue };
        let stays =
            before.templates.get(name).is_some_and(|known| known.content == *content || !options.replace);
        if !stays {
            let shared = authoring::shared_template(app, content.clone(), &options.by);
            after.templates.insert(name.clone(), shared);
        }
    }
    Ok((before, after))
}

fn shared_outcome(entry: &SharedEntry, before: &SharedTemplates, replace: bool) -> Imported {
    let (outcome, conflicts) = match before.templates.get(&entry.name) {
        None => (Outcome::Created, Vec::new()),
        Some(known) if known.content == entry.content => (Outcome::Unchanged, Vec::new()),
        Some(_) if replace => (Outcome::Updated, Vec::new()),
        Some(_) => (Outcome::Conflicting, vec!["the content is different".to_owned()]),
    };
    let name = entry.name.to_string();
    Imported { name, descriptor_id: None, outcome, versions_created: 0, activated: false, conflicts }
}

/// Every wording with the place of its entry and version.
fn sources(entries: &[Entry]) -> Vec<((usize, usize), Source)> {
    let templates = entries.iter().enumerate().filter_map(|(place, entry)| match entry {
        Entry::Template(entry) => Some((place, entry)),
        Entry::SharedTemplate(_) => None,
    });
    templates
        .flat_map(|(place, entry)| {
            let versions = entry.versions.iter().enumerate();
            versions.map(move |(number, version)| ((place, number), version.source()))
        })
        .collect()
}

/// Whether every template has what its channel needs, and at most one active version.
fn well_formed(entries: &[Entry]) -> Result<(), Error> {
    use domain::template::VersionStatus::Active;
    let mut faults = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let Entry::Template(entry) = entry else { continue };
        let mut found = |below: String, result: Result<(), Error>| {
            if let Err(Error::Invalid(violations)) = result {
                let moved = |v: Violation| Violation::new(format!("/{place}{below}{}", v.pointer), v.message);
                faults.extend(violations.into_iter().map(moved));
            }
        };
        let product = entry.product_id.as_deref();
        found(String::new(), template_descriptors::check(&entry.name, &entry.language, product));
        for (number, version) in entry.versions.iter().enumerate() {
            found(format!("/versions/{number}"), check(&version.source(), entry.channel));
        }
        if entry.versions.iter().filter(|version| version.status == Active).count() > 1 {
            let message = "has more than one active version";
            faults.push(Violation::new(format!("/{place}/versions"), message));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// A fault with its place in the import.
fn at(place: Option<(usize, usize)>, fault: Error) -> Error {
    match (fault, place) {
        (Error::Template(TemplateFault { part, line, column, message }), Some((place, number))) => {
            let part = format!("/{place}/versions/{number}/{part}");
            Error::Template(TemplateFault { part, line, column, message })
        }
        (other, _) => other,
    }
}

/// Imports one template.
async fn template(
    app: &App,
    tenant: &TenantId,
    entry: &TemplateEntry,
    existing: &[Descriptor],
    options: &Options,
) -> Result<Imported, Error> {
    let is_archived = |descriptor: &&Descriptor| descriptor.status == DescriptorStatus::Archived;
    let known = existing.iter().find(|descriptor| !is_archived(descriptor) && entry.is(descriptor));
    let own = new_descriptor(app, tenant, entry);
    if known.is_none() && existing.iter().filter(is_archived).any(|descriptor| descriptor.id == own.id) {
        return Ok(Imported {
            name: entry.name.clone(),
            descriptor_id: Some(own.id),
            outcome: Outcome::Conflicting,
            versions_created: 0,
            activated: false,
            conflicts: vec!["it is archived here".to_owned()],
        });
    }
    let versions: Vec<Version> = match known {
        Some(descriptor) => export::versions_of(app, tenant, &descriptor.id).await?,
        None => Vec::new(),
    };
    let plan = entry.plan(known.map(|descriptor| (descriptor, &versions[..])), options.replace);
    let mut descriptor_id = known.map(|descriptor| descriptor.id.clone());
    if !options.dry_run {
        descriptor_id = Some(
            carry_out(app, tenant, entry, known.cloned().unwrap_or(own), &versions, &plan, &options.by)
                .await?,
        );
    }
    Ok(Imported {
        name: entry.name.clone(),
        descriptor_id,
        outcome: plan.outcome,
        versions_created: plan.drafts.len(),
        activated: plan.activate.is_some(),
        conflicts: plan.conflicts,
    })
}

/// Does what is planned. Ids follow from what is imported, so that a repetition after a crash goes on where it ended.
async fn carry_out(
    app: &App,
    tenant: &TenantId,
    entry: &TemplateEntry,
    mut descriptor: Descriptor,
    versions: &[Version],
    plan: &Plan,
    by: &str,
) -> Result<Id<id::Descriptor>, Error> {
    let id = descriptor.id.clone();
    if plan.settings {
        app.forget_template(tenant, &descriptor);
        descriptor.subject = entry.subject.clone();
        descriptor.channel = entry.channel;
        descriptor.language = entry.language.clone();
        descriptor.product_id = entry.product_id.clone();
        descriptor.sensitive = entry.sensitive;
        descriptor.status = template_descriptors::status(entry.enabled);
        descriptor.name = entry.name.clone();
        descriptor.updated_at = app.now();
        match app.store.save_template(tenant, &mut descriptor, &mut []).await {
            // The same import at the same time made it.
            Err(Error::Conflict { conflict: Conflict::DuplicateExternalId, .. }) => {}
            outcome => outcome?,
        }
        app.forget_template(tenant, &descriptor);
    }
    let id_of = |source: &Source| {
        let stored =
            versions.iter().find(|version| version.source == *source).map(|version| version.id.clone());
        stored.unwrap_or_else(|| Id::keyed(tenant.as_str(), "import", &version_name(&id, source)))
    };
    for source in &plan.drafts {
        let wording = || Wording { id: id_of(source), source: source.clone(), by: by.to_owned() };
        authoring::add_draft(app, tenant, &id, wording).await?;
    }
    if let Some(source) = &plan.activate {
        authoring::activate(app, tenant, &id_of(source), |_| Ok(())).await?;
    }
    Ok(id)
}

fn version_name(descriptor: &Id<id::Descriptor>, source: &Source) -> String {
    let part = |part: &Option<String>| part.as_deref().map_or(String::new(), |text| format!("+{text}"));
    let parts = [part(&source.subject_line), part(&source.content_text), part(&source.content_html)];
    digest(&[descriptor.as_str(), &parts[0], &parts[1], &parts[2]])
}

fn new_descriptor(app: &App, tenant: &TenantId, entry: &TemplateEntry) -> Descriptor {
    let now = app.now();
    Descriptor {
        id: match &entry.external_id {
            Some(external) => Id::external(tenant.as_str(), external.as_str()),
            None => Id::keyed(tenant.as_str(), "import", &entry.identity()),
        },
        external_id: entry.external_id.clone(),
        name: entry.name.clone(),
        subject: entry.subject.clone(),
        channel: entry.channel,
        language: entry.language.clone(),
        product_id: entry.product_id.clone(),
        sensitive: entry.sensitive,
        status: DescriptorStatus::Enabled,
        active_version_id: None,
        versions: 0,
        revision: 0,
        created_at: now,
        updated_at: now,
    }
}

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let outcome = json!([
        { "name": "footer.html", "outcome": "unchanged", "versionsCreated": 0, "activated": false },
        {
            "name": "Payment reminder",
            "descriptorId": "TD-AAAA-BBBB",
            "outcome": "created",
            "versionsCreated": 1,
            "activated": true,
        },
    ]);
    Operation::new("Templates", "Import templates")
        .about(
            "Takes what the export gave, here or elsewhere. A template is known again by its externalId, else by subject, \
             channel, language, product and name; a version by its wording. What is missing is added; the version active \
             in the export is put into use where the one in use here is older or there is none. What was changed here on \
             its own stays and is told as conflicting. Nothing is written unless everything compiles, and the same import \
             again does nothing.",
        )
        .query_as::<bool>("dryRun", "Only tell what would happen.")
        .query("onConflict", "keep (the default), or replace what conflicts with what is imported.")
        .body::<Vec<Entry>>(export::example())
        .answer::<Vec<Imported>>(200, "What became of each entry, in their order", outcome)
        .problems(&[409, 422])
}
