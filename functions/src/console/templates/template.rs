//! One template: its versions, which is in use, and how two of them differ.

mod differences;

use domain::id::{self, Ref};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{
    app::App,
    http::Request,
    needs::{Items, List, Need},
};
use serde_json::{Value, json};

use crate::{
    catalog::{self, Function},
    console::{NAMES, Shown, VISIT, Visit, address::parameter, tagged},
    template_descriptors::DescriptorView,
    template_versions::VersionView,
};

pub(super) const UPDATE: Function = catalog::named("template-descriptors-update");
pub(super) const ACTIVATE: Function = catalog::named("template-versions-activate");
pub(super) const ARCHIVE: Function = catalog::named("communication-templates-archive");
pub(super) const ADD: Function = catalog::named("template-versions-create");

/// Versions of one page, the newest: each comes with all of its wording.
const MOST: i32 = 50;

/// Shows it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None).await
}

/// The page, with a form that was refused.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>) -> Shown {
    let (store, tenant) = (&visit.app.store, &visit.lender.id);
    // The API's list of versions reads the template too, and only then the list: these are read at the same time.
    let named: Ref<id::Descriptor> = visit.request.path_ref("id")?;
    let id = named.resolve(tenant.as_str());
    let (descriptor, listed, names) = futures::try_join!(
        store.descriptor(tenant, &named),
        store.versions_of(tenant, &id, MOST, None),
        visit.names()
    )?;
    let is_all = listed.next.is_none();
    let versions = listed.entries.into_iter().map(|version| {
        let revision = version.revision;
        tagged(&VersionView::from(version), revision)
    });
    let versions = versions.collect::<Result<Value, _>>()?;
    let revision = descriptor.revision;
    let template = tagged(&DescriptorView::of(tenant, descriptor), revision)?;
    let pair = pair(&versions, |name| parameter(visit.request, name));
    let differences = pair.map(
        |(from, to)| json!({ "from": brief(from), "to": brief(to), "parts": differences::of(from, to) }),
    );
    let all = versions.as_array().into_iter().flatten();
    let is_open = template["archived"] == false;
    let mut page = vec![
        ("versions", all.map(brief).collect()),
        ("is_all", json!(is_all)),
        ("names", names),
        ("differences", json!(differences)),
        (
            "offers",
            json!({
                "edit": is_open && visit.may(&ADD),
                "activate": is_open && visit.may(&ACTIVATE),
                "settings": is_open && visit.may(&UPDATE),
                "archive": is_open && visit.may(&ARCHIVE),
            }),
        ),
        ("template", template),
    ];
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "template.html", shown(page))
}

/// A version without its wording.
fn brief(version: &Value) -> Value {
    let part = |name: &str| version[name].as_str().map_or(0, str::len);
    let bytes: usize = PARTS.iter().map(|(name, _)| part(name)).sum();
    json!({
        "id": version["id"], "number": version["number"], "status": version["status"],
        "created_at": version["createdAt"], "created_by": version["createdBy"], "bytes": bytes,
        "etag": version["etag"],
    })
}

/// The parts of a wording: as versions name them, and as what is rendered names them.
pub(super) const PARTS: [(&str, &str); 3] = [
    ("subjectLineTemplate", "subjectLine"),
    ("contentTextTemplate", "contentText"),
    ("contentHtmlTemplate", "contentHtml"),
];

/// The two versions to compare: those asked for; else the newest with the one in use, or with the one before it.
fn pair<'v>(versions: &'v Value, asked: impl Fn(&str) -> &'v str) -> Option<(&'v Value, &'v Value)> {
    let all = versions.as_array()?;
    let of = |id: &str| all.iter().find(|version| version["id"] == id);
    let to = of(asked("to")).or_else(|| all.first())?;
    let in_use = || all.iter().find(|version| version["status"] == "active" && version["id"] != to["id"]);
    let before = || {
        let mut others = all.iter().skip_while(|version| version["id"] != to["id"]).skip(1);
        others.next().or_else(|| all.iter().find(|version| version["id"] != to["id"]))
    };
    let from = of(asked("from")).or_else(in_use).or_else(before)?;
    Some((from, to))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(VISIT),
    Need::All(NAMES),
    Need::Read(Items::Templates),
    Need::Read(Items::Versions),
    Need::List(List::VersionsOfTemplate),
];
