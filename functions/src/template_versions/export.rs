//! 002 · Export all template descriptors, template versions and shared templates.

use domain::{
    Error,
    error::Conflict,
    shape,
    template::{
        Descriptor, DescriptorStatus, Version,
        transfer::{Entry, SharedEntry, TemplateEntry},
    },
    vocabulary::{Channel, Subject},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{MAX_LARGE_BODY, Request, json_within},
    needs::{Items, Need},
};
use serde_json::{Value, json};

use super::reading;
use crate::{catalog::Answer, openapi::Operation};

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
    let wanted = |descriptor: &Descriptor| {
        descriptor.status != DescriptorStatus::Archived
            && subject.as_ref().is_none_or(|subject| *subject == descriptor.subject)
            && channel.is_none_or(|channel| channel == descriptor.channel)
            && language.as_ref().is_none_or(|language| *language == descriptor.language)
    };
    let check = |versions: &[Version]| {
        bytes += versions.iter().map(|version| version.source.bytes()).sum::<usize>();
        let fits = bytes <= MAX_LARGE_BODY;
        if fits { Ok(()) } else { Err(Error::conflict(Conflict::LimitReached, TOO_LARGE)) }
    };
    let descriptors = reading::descriptors(app, tenant).await?;
    let mut versions = reading::versions(app, tenant, &descriptors, wanted, check).await?;
    entries.extend(descriptors.iter().filter_map(|descriptor| {
        let versions = versions.remove(&descriptor.id)?;
        Some(Entry::Template(Box::new(TemplateEntry::of(descriptor, &versions))))
    }));
    json_within(StatusCode::OK, &entries, TOO_LARGE)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(reading::NEEDS), Need::Read(Items::SharedTemplates)];

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
