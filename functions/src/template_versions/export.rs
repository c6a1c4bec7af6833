//! 002 · Export all template descriptors, template versions and shared templates.

use domain::{
    Error,
    error::Conflict,
    id::{self, Id},
    shape,
    template::{
        Descriptor, DescriptorStatus, Version,
        transfer::{Entry, SharedEntry, TemplateEntry},
    },
    tenant::TenantId,
    vocabulary::{Channel, Subject},
};
use futures::{StreamExt, TryStreamExt, stream};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{MAX_LARGE_BODY, Request, json_within},
    needs::{Items, List, Need},
    store::Edge,
};
use serde_json::{Value, json};

use crate::{catalog::Answer, openapi::Operation};

/// Templates whose versions are read at the same time.
const AT_ONCE: usize = 8;

const TOO_LARGE: &str =
    "The export is larger than one answer holds; export in parts with ?subject=, ?channel= or ?language=.";

/// Shows all of it, shared templates first: what an import takes as it is.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = request.tenant()?;
    let (subject, channel) = (request.query::<Subject>("subject")?, request.query::<Channel>("channel")?);
    let language = request.query::<String>("language")?;

    let shared = app.store.shared_templates(tenant).await?;
    let mut bytes = shared.size();
    let mut entries: Vec<Entry> = shared
        .templates
        .into_iter()
        .map(|(name, shared)| Entry::SharedTemplate(SharedEntry { name, content: shared.content }))
        .collect();
    let mut edge = None;
    loop {
        let page = app.store.descriptors(tenant, 100, edge).await?;
        let wanted = page.entries.into_iter().filter(|descriptor| {
            descriptor.status != DescriptorStatus::Archived
                && subject.as_ref().is_none_or(|subject| *subject == descriptor.subject)
                && channel.is_none_or(|channel| channel == descriptor.channel)
                && language.as_ref().is_none_or(|language| *language == descriptor.language)
        });
        let reads: Vec<_> = wanted.map(|descriptor| with_versions(app, tenant, descriptor)).collect();
        let templates: Vec<_> = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
        for (descriptor, versions) in &templates {
            bytes += versions.iter().map(|version| version.source.bytes()).sum::<usize>();
            entries.push(Entry::Template(Box::new(TemplateEntry::of(descriptor, versions))));
        }
        if bytes > MAX_LARGE_BODY {
            return Err(Error::conflict(Conflict::LimitReached, TOO_LARGE));
        }
        match page.next {
            Some(next) => edge = Some(Edge::After(next)),
            None => return json_within(StatusCode::OK, &entries, TOO_LARGE),
        }
    }
}

async fn with_versions(
    app: &App,
    tenant: &TenantId,
    descriptor: Descriptor,
) -> Result<(Descriptor, Vec<Version>), Error> {
    let versions = versions_of(app, tenant, &descriptor.id).await?;
    Ok((descriptor, versions))
}

/// All versions of a template.
pub(super) async fn versions_of(
    app: &App,
    tenant: &TenantId,
    descriptor: &Id<id::Descriptor>,
) -> Result<Vec<Version>, Error> {
    let (mut all, mut edge) = (Vec::new(), None);
    loop {
        let page = app.store.versions_of(tenant, descriptor, 100, edge).await?;
        all.extend(page.entries);
        match page.next {
            Some(next) => edge = Some(Edge::After(next)),
            None => return Ok(all),
        }
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::List(List::Templates), Need::List(List::VersionsOfTemplate), Need::Read(Items::SharedTemplates)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "Export templates")
        .about("Archived templates stay behind. The answer is what the import takes.")
        .query_as::<Subject>("subject", "Only templates for this subject.")
        .query_as::<Channel>("channel", "Only templates for this channel.")
        .query_as::<shape::Language>("language", "Only templates in this language.")
        .answer::<Vec<Entry>>(200, "Shared templates, then templates with all their versions", example())
        .problems(&[409])
}

pub(super) fn example() -> Value {
    json!([
        { "kind": "sharedTemplate", "name": "footer.html", "content": "<p>{{ company.name }}</p>" },
        {
            "kind": "template",
            "externalId": "payment-reminder",
            "subject": "paymentReminder",
            "channel": "email",
            "language": "en",
            "sensitive": false,
            "enabled": true,
            "name": "Payment reminder",
            "versions": [{
                "status": "active",
                "subjectLineTemplate": "Hello {{foobar}}",
                "contentTextTemplate": "Hello {{foobar}}",
                "contentHtmlTemplate": "Hello,<br/><p>{{foobar}}</p>{% include 'footer.html' %}",
            }],
        },
    ])
}
