//! One version of a template: its wording, what it looks up, and what it says to a borrower.

mod faults;

use domain::{
    Error,
    error::Ours as _,
    id,
    template::{Descriptor, Source, Version, VersionStatus},
    tenant::Settings,
    update::Faults,
};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{
    app::App,
    http::{Request, body, etag},
    needs::{Items, List, Need},
    templates::authoring,
};
use serde_json::{Map, Value, json};

use super::{
    template::{ACTIVATE, PARTS},
    template_new, templates,
};
use crate::{
    catalog::{self, Function},
    console::{
        Form, NAMES, Problem, Shown, Stop, VISIT, Visit,
        address::{named, parameter},
    },
    template_descriptors::{self, DescriptorView},
    template_versions::{self, VersionView},
};

pub(super) const CREATE: Function = catalog::named("template-versions-create");
pub(super) const SAVE: Function = catalog::named("template-versions-update");
pub(super) const RENDER: Function = catalog::named("template-versions-render");

/// What stands in the path in the place of a version that is yet to be written.
pub(super) const NEW: &str = "new";

/// Shows it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None).await
}

/// The page, with a form that was refused.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, refused: Option<(Form, Problem)>) -> Shown {
    let (tenant, request) = (&visit.lender.id, visit.request);
    let (descriptor, version) = read(visit).await?;
    let source = match (&version, asked(request, "starter").and_then(template_new::starter)) {
        (Some(version), _) => version.source.clone(),
        (None, Some(starter)) => starter.source,
        (None, None) => begun(visit, &descriptor).await?,
    };
    let (looked_up, names) = match &version {
        Some(version) => futures::try_join!(looked_up(visit, version), visit.names())?,
        None => Default::default(),
    };
    let preview = match &version {
        Some(version) if asked(request, "preview").is_some() => preview(visit, version, &descriptor).await?,
        Some(_) | None => Value::Null,
    };
    let typed = |name: &str| match &refused {
        Some((form, _)) => form.text(name).to_owned(),
        None => asked(request, name).unwrap_or_default().to_owned(),
    };
    let values: Map<_, _> = TRIED.iter().map(|name| ((*name).to_owned(), typed(name).into())).collect();
    let no_faults = json!({});
    let faults = preview.get("faults").unwrap_or(&no_faults);
    let tried = json!({ "action": "", "values": values, "faults": faults });
    let is_open = !matches!(descriptor.status, domain::template::DescriptorStatus::Archived);
    let is_in_use = version.as_ref().is_some_and(|version| version.status == VersionStatus::Active);
    let mut page = vec![
        (
            "offers",
            json!({ "save": is_open && visit.may(&SAVE), "activate": is_open && !is_in_use && visit.may(&ACTIVATE) }),
        ),
        ("parts", parts(&source, &descriptor)),
        // Whose activation it would take the place of.
        ("was", json!(etag(descriptor.revision))),
        ("etag", json!(version.as_ref().map(|version| etag(version.revision)))),
        ("template", serde_json::to_value(DescriptorView::of(tenant, descriptor)).internal()?),
        ("version", serde_json::to_value(version.map(VersionView::from)).internal()?),
        ("looked_up", looked_up),
        ("names", names),
        ("known", json!(Settings::ON_RECORD)),
        ("preview", preview),
        ("tried", tried),
        ("starter", json!(asked(request, "starter"))),
    ];
    page.extend(refused.map(|(form, problem)| ("form", faults::shown(&form, &problem))));
    visit.page(status, "version.html", shown(page))
}

/// The template and the version of it that the path names; no version, if one is yet to be written.
pub(super) async fn read(visit: &Visit<'_>) -> Result<(Descriptor, Option<Version>), Error> {
    let (store, tenant, request) = (&visit.app.store, &visit.lender.id, visit.request);
    let template = request.path_ref("id")?;
    let descriptor = store.descriptor(tenant, &template);
    match request.path("version") {
        NEW => Ok((descriptor.await?, None)),
        _ => {
            let named = request.path_ref("version")?;
            let (descriptor, version) = futures::try_join!(descriptor, store.version(tenant, &named))?;
            if version.descriptor_id != descriptor.id {
                return Err(Error::not_found("template version", named));
            }
            Ok((descriptor, Some(version)))
        }
    }
}

/// A parameter of the page's address that says something.
pub(super) fn asked<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    Some(parameter(request, name)).filter(|value| !value.is_empty())
}

/// What a new version of a template begins with: what the one in use says, else the newest.
async fn begun(visit: &Visit<'_>, descriptor: &Descriptor) -> Result<Source, Error> {
    let (store, tenant) = (&visit.app.store, &visit.lender.id);
    if let Some(in_use) = &descriptor.active_version_id {
        return Ok(store.version(tenant, in_use).await?.source);
    }
    let versions = store.versions_of(tenant, &descriptor.id, 1, None).await?;
    Ok(versions.entries.into_iter().next().map(|version| version.source).unwrap_or_default())
}

/// The parts that a channel has, with their words.
fn parts(source: &Source, descriptor: &Descriptor) -> Value {
    use domain::vocabulary::Channel::{Email, Mail, Push, Text};
    let words = [&source.subject_line, &source.content_text, &source.content_html];
    let has = |name: &str| match descriptor.channel {
        Text => name == "contentTextTemplate",
        Push => name != "contentHtmlTemplate",
        Email | Mail => true,
        _ => true,
    };
    let part = |((name, _), words): (&(&str, &str), &Option<String>)| {
        let words = words.as_deref().unwrap_or_default();
        let rows = match *name {
            "subjectLineTemplate" => 1,
            _ => words.lines().count().clamp(8, 28),
        };
        json!({ "name": name, "words": words, "rows": rows })
    };
    let parts = PARTS.iter().zip(words).filter(|((name, _), words)| has(name) || words.is_some());
    parts.map(part).collect()
}

/// The variables that a version looks up; null, if it does not compile any more because a shared template changed.
async fn looked_up(visit: &Visit<'_>, version: &Version) -> Result<Value, Error> {
    // As the route of the context variables has them, from memory where it is there.
    let compiled = match authoring::compiled(visit.app, &visit.lender.id, version).await {
        Ok(compiled) => compiled,
        Err(error) if error.is_ours() => return Err(error),
        Err(_) => return Ok(Value::Null),
    };
    let unknown = authoring::unknown_attributes(visit.app, &visit.lender.id, version).await?;
    let others = ["payment_amount", "due_date", "locale"];
    let is_ours = |name: &str| Settings::ON_RECORD.contains(&name) || others.contains(&name);
    let variables = compiled.demands().variables.iter();
    let given: Vec<_> = variables.clone().filter(|name| !is_ours(name.as_ref())).collect();
    let variables: Vec<_> =
        variables.map(|name| json!({ "name": name, "is_ours": is_ours(name.as_ref()) })).collect();
    Ok(json!({ "variables": variables, "given": given, "unknown": unknown }))
}

/// The fields of the form that says for whom and with what it is rendered.
pub(super) const TRIED: [&str; 3] = ["person", "loan", "context"];

/// What the API is asked to render it for.
///
/// # Errors
/// [`Error::Invalid`] if the lender's own variables are no JSON object.
pub(super) fn for_whom(request: &Request) -> Result<Value, Error> {
    let mut asks = Map::new();
    if let Some(person) = asked(request, "person") {
        asks.insert("personId".into(), json!(named::<id::Person>(person)));
    }
    if let Some(loan) = asked(request, "loan") {
        asks.insert("loanId".into(), json!(named::<id::Loan>(loan)));
    }
    if let Some(context) = asked(request, "context") {
        let context = body::read::<Map<String, Value>>(context.as_bytes()).or_else(|error| {
            let mut faults = Faults::default();
            faults.take("/context", error);
            faults.none().map(|()| Map::new())
        })?;
        asks.insert("context".into(), context.into());
    }
    Ok(asks.into())
}

/// What is wrong with that, at the fields of [`TRIED`].
fn at_its_field(problem: &Problem) -> Value {
    let faults = problem.faults().into_iter().map(|(name, fault)| {
        let name = name.split('.').next().unwrap_or_default();
        (name.strip_suffix("Id").unwrap_or(name).to_owned(), fault)
    });
    faults.collect::<Map<_, _>>().into()
}

/// What it says to whom it is to be tried on, and which other languages can be tried on them. This runs what sending runs, and takes
/// its calls.
async fn preview(visit: &Visit<'_>, version: &Version, descriptor: &Descriptor) -> Result<Value, Error> {
    let id = version.id.to_string();
    let path = [("id", id.as_str())];
    let rendered = async {
        match for_whom(visit.request) {
            Ok(body) => visit.ask_about(&RENDER, &path, &body).await,
            Err(error) => visit.told(Err(error)),
        }
    };
    let (told, all) = futures::join!(rendered, templates::all(visit));
    let rendered = match told {
        Ok(Ok(rendered)) => json!({ "rendered": rendered }),
        Ok(Err(problem)) => {
            json!({
                "problem": problem.members, "slug": problem.slug(), "fault": faults::place(&problem),
                "faults": at_its_field(&problem),
            })
        }
        Err(Stop::Error(error)) => return Err(error),
        Err(Stop::Answer(_)) => return Err(Error::Internal("a preview answered with a page".into())),
    };
    let all = all?;
    let others = all.iter().filter(|other| {
        other["subject"] == descriptor.subject.as_str()
            && other["channel"] == descriptor.channel.as_str()
            && other["language"] != descriptor.language.as_str()
            && templates::is_in_use(other)
    });
    let others: Vec<_> = others
        .map(|other| json!({ "language": other["language"], "id": other["id"], "version": other["activeVersionId"] }))
        .collect();
    let mut preview = rendered;
    preview["others"] = json!(others);
    preview["query"] = json!(visit.request.raw_query);
    Ok(preview)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(VISIT),
    Need::Read(Items::Templates),
    Need::Read(Items::Versions),
    Need::List(List::VersionsOfTemplate),
    Need::All(NAMES),
    Need::All(authoring::COMPILE),
    Need::All(template_versions::render::NEEDS),
    Need::All(template_descriptors::list::NEEDS),
];
