//! 002 · Import exported templates. Adds what is missing and reports conflicts; repeating an import changes nothing.

use std::{
    collections::{BTreeSet, HashSet},
    str::FromStr,
};

use domain::{
    Error,
    error::{Conflict, TemplateFault, Violation},
    id::{self, Id},
    template::{
        Descriptor, DescriptorStatus, Source, Version, VersionStatus,
        counterparts::{Shelved, counterparts, own_id, which_of_its_like},
        shared::{SharedName, SharedTemplates},
        transfer::{Entry, ImportOutcome, Plan, SharedEntry, TemplateEntry},
    },
    tenant::TenantId,
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::SignedDuration;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    digest::digest,
    http::{Request, json, problem},
    needs::{Items, Need},
    templates::authoring::{self, Wording},
};
use rendering::Library;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{check, export, reading};
use crate::{catalog::Answer, openapi::Operation, template_descriptors};

/// Templates imported at the same time.
const AT_ONCE: usize = 8;

/// What became of an entry of the import, in its order.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// The template's name, or the shared template's.
    name: String,
    /// The template here; absent for a shared template.
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptor_id: Option<Id<id::Descriptor>>,
    outcome: ImportOutcome,
    /// How many versions were added.
    versions_created: usize,
    /// Whether another version is in use now.
    activated: bool,
    /// What is different here and there, and stayed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conflicts: Vec<String>,
}

/// What becomes of what is different here and there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum OnConflict {
    /// It stays.
    Keep,
    /// It becomes what is imported.
    Replace,
}

impl FromStr for OnConflict {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "keep" => Ok(Self::Keep),
            "replace" => Ok(Self::Replace),
            _ => Err("is keep or replace"),
        }
    }
}

/// Imports. Everything is checked before anything is written.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let entries: Vec<Entry> = request.json_list()?;
    let replace = request.query::<OnConflict>("onConflict")? == Some(OnConflict::Replace);
    let dry_run = request.query::<bool>("dryRun")?.unwrap_or(false);
    let by = &request.caller()?.subject;
    well_formed(&entries)?;
    let tenant = request.tenant()?;

    let before = app.store.shared_templates(tenant).await?;
    let after = shared_after(app, &before, &entries, replace, by);
    let library = authoring::checked_library(&after).await?;
    let mut steps = plan(app, tenant, templates(&entries).collect(), replace).await?;
    check_wordings(&library, &mut steps).await?;
    let changed = |name: &&SharedName| before.templates.get(*name) != after.templates.get(*name);
    let changed: BTreeSet<SharedName> = after.templates.keys().filter(changed).cloned().collect();
    let switched =
        steps.iter().filter(|step| step.plan.activate.is_some()).map(|step| step.descriptor.id.clone());
    authoring::breaks_nothing(app, tenant, &changed, &library, &switched.collect()).await?;
    if !dry_run {
        if !changed.is_empty() {
            authoring::save_shared(app, tenant, after).await?;
        }
        let work: Vec<_> = steps.iter().map(|step| carry_out(app, tenant, step, by)).collect();
        stream::iter(work).buffered(AT_ONCE).try_collect::<Vec<()>>().await?;
    }
    let mut steps = steps.into_iter();
    let imported = entries.iter().filter_map(|entry| match entry {
        Entry::SharedTemplate(entry) => Some(shared_outcome(entry, &before, replace)),
        Entry::Template(_) => steps.next().map(Imported::from),
    });
    json(StatusCode::OK, &imported.collect::<Vec<_>>())
}

/// What is done with one template.
struct Step<'a> {
    /// Where it stands in the import.
    place: usize,
    entry: &'a TemplateEntry,
    /// Its counterpart, or what becomes it.
    descriptor: Descriptor,
    /// The counterpart's versions.
    versions: Vec<Version>,
    plan: Plan,
}

impl From<Step<'_>> for Imported {
    fn from(step: Step<'_>) -> Self {
        Self {
            name: step.entry.name.clone(),
            descriptor_id: Some(step.descriptor.id),
            outcome: step.plan.outcome,
            versions_created: step.plan.drafts.len(),
            activated: step.plan.activate.is_some(),
            conflicts: step.plan.conflicts,
        }
    }
}

fn templates(entries: &[Entry]) -> impl Iterator<Item = (usize, &TemplateEntry)> {
    entries.iter().enumerate().filter_map(|(place, entry)| match entry {
        Entry::Template(entry) => Some((place, &**entry)),
        Entry::SharedTemplate(_) => None,
    })
}

/// The tenant's shared templates with those of the import.
fn shared_after(
    app: &App,
    before: &SharedTemplates,
    entries: &[Entry],
    replace: bool,
    by: &str,
) -> SharedTemplates {
    let mut after = before.clone();
    for entry in entries {
        let Entry::SharedTemplate(SharedEntry { name, content }) = entry else { continue };
        let stays = before.templates.get(name).is_some_and(|known| known.content == *content || !replace);
        if !stays {
            after.templates.insert(name.clone(), authoring::shared_template(app, content.clone(), by));
        }
    }
    after
}

fn shared_outcome(entry: &SharedEntry, before: &SharedTemplates, replace: bool) -> Imported {
    let (outcome, conflicts) = match before.templates.get(&entry.name) {
        None => (ImportOutcome::Created, Vec::new()),
        Some(known) if known.content == entry.content => (ImportOutcome::Unchanged, Vec::new()),
        Some(_) if replace => (ImportOutcome::Updated, Vec::new()),
        Some(_) => (ImportOutcome::Conflicting, vec!["the content is different".to_owned()]),
    };
    let name = entry.name.to_string();
    Imported { name, descriptor_id: None, outcome, versions_created: 0, activated: false, conflicts }
}

/// Whether every template has what its channel needs in use, at most one active version, and an id of its own.
fn well_formed(entries: &[Entry]) -> Result<(), Error> {
    let (mut faults, mut known) = (Vec::new(), BTreeSet::new());
    for (place, entry) in templates(entries) {
        let mut found = |below: String, result: Result<(), Error>| {
            if let Err(Error::Invalid(violations)) = result {
                let moved = |v: Violation| Violation::new(format!("/{place}{below}{}", v.pointer), v.message);
                faults.extend(violations.into_iter().map(moved));
            }
        };
        let product = entry.product_id.as_deref();
        found(String::new(), template_descriptors::check(&entry.name, &entry.language, product));
        for (number, version) in entry.versions.iter().enumerate() {
            let is_active = version.status == VersionStatus::Active;
            found(
                format!("/versions/{number}"),
                check(&version.source(), is_active.then_some(entry.channel)),
            );
        }
        let active = entry.versions.iter().filter(|version| version.status == VersionStatus::Active);
        if active.count() > 1 {
            let message = "must have at most one active version";
            faults.push(Violation::new(format!("/{place}/versions"), message));
        }
        if entry.external_id.as_ref().is_some_and(|external| !known.insert(external)) {
            let message = "must not have the externalId of another in the import";
            faults.push(Violation::new(format!("/{place}/externalId"), message));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// What importing each template means here.
async fn plan<'a>(
    app: &App,
    tenant: &TenantId,
    templates: Vec<(usize, &'a TemplateEntry)>,
    replace: bool,
) -> Result<Vec<Step<'a>>, Error> {
    let entries: Vec<_> = templates.iter().map(|(_, entry)| *entry).collect();
    let all = reading::descriptors(app, tenant).await?;
    let which = which_of_its_like(&entries);
    let own: Vec<_> =
        entries.iter().zip(&which).map(|(entry, which)| own_id(tenant, entry, *which)).collect();
    let named: HashSet<_> = own.iter().collect();
    let alike: HashSet<String> = entries.iter().map(|entry| entry.identity()).collect();
    let may_be = |descriptor: &Descriptor| {
        let is_alike = alike.contains(&TemplateEntry::of(descriptor, &[]).identity());
        descriptor.status != DescriptorStatus::Archived && (is_alike || named.contains(&descriptor.id))
    };
    let mut versions = reading::versions(app, tenant, &all, may_be, |_| Ok(())).await?;
    let here = all.iter().filter_map(|one| Some((one.clone(), versions.remove(&one.id)?)));
    let here: Vec<Shelved> = here.collect();
    let found = counterparts(tenant, &entries, &here);

    let mut ids: HashSet<_> = all.iter().map(|descriptor| descriptor.id.clone()).collect();
    let mut steps = Vec::with_capacity(entries.len());
    for (((place, entry), found), (which, own)) in
        templates.into_iter().zip(found).zip(which.into_iter().zip(own))
    {
        if let Some((descriptor, versions)) = found.and_then(|found| here.get(found)).cloned() {
            let plan = entry.plan(Some((&descriptor, &versions)), replace);
            steps.push(Step { place, entry, descriptor, versions, plan });
            continue;
        }
        let is_archived = |one: &Descriptor| one.status == DescriptorStatus::Archived && one.id == own;
        let (id, plan) = if all.iter().any(is_archived) {
            let conflicts = vec!["it is archived here".to_owned()];
            let outcome = ImportOutcome::Conflicting;
            (own, Plan { outcome, settings: false, drafts: Vec::new(), activate: None, conflicts })
        } else {
            // Another of its like, known by its words, may have the id already.
            let mut next =
                (which..).map(|which| own_id(tenant, entry, which)).take(entries.len() + all.len() + 1);
            (next.find(|id| ids.insert(id.clone())).unwrap_or(own), entry.plan(None, replace))
        };
        let descriptor = new_descriptor(app, id, which, entry);
        steps.push(Step { place, entry, descriptor, versions: Vec::new(), plan });
    }
    Ok(steps)
}

/// Compiles what is added and put into use. Of an older wording that no longer compiles, as when the macro it called is
/// gone, is told; the others are imported.
async fn check_wordings(library: &Library, steps: &mut [Step<'_>]) -> Result<(), Error> {
    let of_step =
        |step: &Step<'_>| step.plan.drafts.iter().chain(&step.plan.activate).cloned().collect::<Vec<_>>();
    let sources = steps.iter().flat_map(of_step).collect();
    let mut checked = authoring::check_each(library, sources).await?.into_iter();
    for step in steps {
        let mut compiles = Vec::new();
        for source in std::mem::take(&mut step.plan.drafts) {
            match checked.next().unwrap_or(Ok(())) {
                Ok(()) => compiles.push(source),
                Err(fault) if step.plan.activate.as_ref() == Some(&source) => {
                    return Err(at(step, &source, fault));
                }
                Err(fault) => {
                    step.plan.conflicts.push(format!("a version is left out: {}", problem::detail(&fault)))
                }
            }
        }
        step.plan.drafts = compiles;
        if let Some(source) = &step.plan.activate {
            checked.next().unwrap_or(Ok(())).map_err(|fault| at(step, source, fault))?;
        }
    }
    Ok(())
}

/// A fault with its place in the import.
fn at(step: &Step<'_>, source: &Source, fault: Error) -> Error {
    let number = step.entry.versions.iter().position(|version| version.source() == *source).unwrap_or(0);
    match fault {
        Error::Template(TemplateFault { part, line, column, message }) => {
            let part = format!("/{}/versions/{number}/{part}", step.place);
            Error::Template(TemplateFault { part, line, column, message })
        }
        other => other,
    }
}

/// Does what is planned. Ids follow from what is imported, so that a repetition after a crash goes on if it ended.
async fn carry_out(app: &App, tenant: &TenantId, step: &Step<'_>, by: &str) -> Result<(), Error> {
    let Step { entry, versions, plan, .. } = step;
    let mut descriptor = step.descriptor.clone();
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
    Ok(())
}

fn version_name(descriptor: &Id<id::Descriptor>, source: &Source) -> String {
    let part = |part: &Option<String>| part.as_deref().map_or(String::new(), |text| format!("+{text}"));
    let parts = [part(&source.subject_line), part(&source.content_text), part(&source.content_html)];
    digest(&[descriptor.as_str(), &parts[0], &parts[1], &parts[2]])
}

/// The template that an entry makes. The export has the newest first, and of templates alike the newest is sent: so those
/// after the first are older.
fn new_descriptor(app: &App, id: Id<id::Descriptor>, which: usize, entry: &TemplateEntry) -> Descriptor {
    let now = app.now() - SignedDuration::from_millis(i64::try_from(which).unwrap_or(0));
    Descriptor {
        id,
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

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Templates),
    Need::Read(Items::Versions),
    Need::All(reading::NEEDS),
    Need::Write(Items::SharedTemplates),
    Need::All(authoring::SAVE),
];

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
             channel, language, product and name, and of several alike by its wordings; a version by its wording. What is missing is added; the version active \
             in the export is put into use where the one in use here is older or there is none. What was changed here on \
             its own stays and is told as conflicting. Nothing is written unless everything compiles, and the same import \
             again does nothing.",
        )
        .query_as::<bool>("dryRun", "Only tell what would happen.")
        .query_as::<OnConflict>("onConflict", "keep (the default), or replace what conflicts with what is imported.")
        .body::<Vec<Entry>>(export::example())
        .answer::<Vec<Imported>>(200, "What became of each entry, in their order", outcome)
        .problems(&[409, 422])
}
