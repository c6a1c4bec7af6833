//! 001 · Preview free-form email: any content within the lender's branded e-mail.

use domain::vocabulary::{Channel, KnownSubject, Subject};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, List, Need},
    pipeline::{best, compose, context::Occasion},
    templates::authoring,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::{RenderedView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// What the e-mail says.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FreeFormEmail {
    /// The subject line.
    subject_line: Option<String>,
    /// The content in HTML.
    content_html: Option<String>,
    /// The content in plain text.
    content_plain: Option<String>,
}

/// Renders it with the lender's template for `freeFormBranded`, or with ours where there is none.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: FreeFormEmail = request.json()?;
    let tenant = app.tenant(request.tenant()?).await?;
    let subject = Subject::from(KnownSubject::FreeFormBranded);
    let chosen = best::in_language(app, &tenant, &subject, Channel::Email, None, None).await?;
    let parts = [
        ("subjectLine", body.subject_line),
        ("contentHtml", body.content_html),
        ("contentText", body.content_plain),
    ];
    let given = parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), json!(part?))));
    let own: Map<_, _> = given.collect();
    let occasion = Occasion {
        tenant: &tenant,
        person: None,
        channel: Channel::Email,
        language: &chosen.template.descriptor.language,
        loans: &[],
        case: None,
        statement: None,
        now: app.now(),
    };
    let composed = compose::compose(app, &chosen, &occasion, &own, false).await?;
    json(StatusCode::OK, &RenderedView::of(composed, Channel::Email, None))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::Templates),
    Need::Read(Items::Versions),
    Need::List(List::Candidates),
    Need::All(authoring::COMPILE),
];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let mut example = example_view();
    if let Some(members) = example.as_object_mut() {
        members.remove("template");
    }
    Operation::new("Communicator", "Preview a free-form e-mail")
        .about("Uses your template for the subject freeFormBranded, or a built-in one.")
        .body::<FreeFormEmail>(
            json!({ "subjectLine": "string", "contentHtml": "string", "contentPlain": "string" }),
        )
        .answer::<RenderedView>(200, "The rendered parts", example)
        .problems(&[409, 422])
}
