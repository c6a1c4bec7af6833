//! Sending and rendering, in the dialect of Communicator (001), and rendering single versions (002).

mod file;
mod message;
pub mod preview;
pub mod preview_free_form_email;
pub mod receive;
pub mod render;
pub mod render_to_document;
pub mod resend;
pub mod send;
pub mod send_batch;
pub mod send_confirmation_code;
pub mod send_free_form_email;
mod sent;

use domain::{
    Error,
    id::{self, Id, Ref},
    shape::{self, given},
    template::{Descriptor, Fallback, Size},
    update::Faults,
    vocabulary::{Channel, CommunicatorChannel},
};
pub(crate) use file::{Format, attachment, describe as describe_file};
use platform::{
    app::App,
    http::Request,
    needs::Need,
    pipeline::{
        compose::{self, Composed},
        resolve::{About, Chosen, Wording, resolve},
    },
};
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Declares a request to render, with what all of them say: about what, with which variables.
macro_rules! render_request {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* $field: $type,)*
            /// The loan it is about; the borrower's only one by default.
            #[serde(default)]
            loan_id: Option<domain::id::Ref<domain::id::Loan>>,
            /// More loans it is about.
            #[serde(default)]
            #[schemars(length(max = $crate::communicator::MAX_LOANS))]
            loan_ids: Vec<domain::id::Ref<domain::id::Loan>>,
            /// The case it belongs to.
            #[serde(default)]
            case_id: Option<domain::id::Ref<domain::id::Case>>,
            /// The statement it is about.
            #[serde(default)]
            statement_id: Option<domain::id::Ref<domain::id::Statement>>,
            /// Variables of your own. What is on record under the same name stands, unless your settings allow it.
            #[serde(default)]
            context: serde_json::Map<String, serde_json::Value>,
            /// Whether a variable the template uses and nobody defines is an error.
            #[serde(default)]
            strict_undefined: bool,
        }

        impl $name {
            /// Renders these words for this person.
            async fn render(
                self,
                app: &platform::app::App,
                request: &platform::http::Request,
                wording: platform::pipeline::resolve::Wording,
                person: Option<domain::id::Ref<domain::id::Person>>,
            ) -> Result<$crate::communicator::Page, domain::Error> {
                $crate::communicator::check_loans(&self.loan_ids)?;
                let about = platform::pipeline::resolve::About {
                    person,
                    loans: self.loan_id.into_iter().chain(self.loan_ids).collect(),
                    case: self.case_id,
                    statement: self.statement_id,
                    ..Default::default()
                };
                $crate::communicator::render(app, request, wording, about, &self.context, self.strict_undefined).await
            }
        }
    };
}
pub(crate) use render_request;

/// A template rendered.
pub(crate) struct Page {
    pub composed: Composed,
    pub chosen: Chosen,
}

impl Page {
    /// What the template is for.
    pub fn descriptor(&self) -> &Descriptor {
        &self.chosen.template.descriptor
    }
}

/// What [`render`] needs of AWS, choosing by subject apart.
pub(crate) const RENDER: &[Need] = &[Need::All(compose::PREVIEW)];

/// Renders these words.
pub(crate) async fn render(
    app: &App,
    request: &Request,
    wording: Wording,
    about: About,
    context: &Map<String, Value>,
    strict_undefined: bool,
) -> Result<Page, Error> {
    check_person(&about)?;
    let resolved = resolve(app, request.tenant()?, about, &wording).await?;
    let composed = compose::preview(app, &resolved, context, strict_undefined).await?;
    Ok(Page { composed, chosen: resolved.chosen })
}

/// The most loans that a text is rendered about.
pub(crate) const MAX_LOANS: usize = 100;

/// That there are not more loans than a text is rendered about.
pub(crate) fn check_loans(ids: &[Ref<id::Loan>]) -> Result<(), Error> {
    let mut faults = Faults::default();
    faults.expect(ids.len() <= MAX_LOANS, "/loanIds", &format!("must have at most {MAX_LOANS} entries"));
    faults.none()
}

/// What hangs on a person cannot be named without one.
fn check_person(about: &About) -> Result<(), Error> {
    let mut faults = Faults::default();
    let mut needs = |pointer, is_given: bool| {
        faults.expect(about.person.is_some() || !is_given, pointer, "must come with personId");
    };
    needs("/loanId", !about.loans.is_empty());
    needs("/caseId", about.case.is_some());
    needs("/statementId", about.statement.is_some());
    faults.none()
}

/// In schemas: the same, where a person may be left out.
pub(crate) fn needs_person(schema: &mut Schema) {
    let hangs = json!({ "anyOf": [
        given("loanId"),
        given("caseId"),
        given("statementId"),
        { "required": ["loanIds"], "properties": { "loanIds": { "minItems": 1 } } },
    ] });
    shape::hold(schema, json!([{ "if": hangs, "then": given("personId") }]));
}

/// The rendered parts as 001 and 002 show them.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenderedView {
    subject_line: Option<String>,
    content_html: Option<String>,
    content_text: Option<String>,
    /// Which template it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<TemplateUsed>,
    /// What the template looks up and this message does not have, such as `advice` or `borrower.frist_name`.
    undefined_variables: Vec<String>,
    /// Variables of your context that did not count, because they are named like something on record.
    ignored_variables: Vec<String>,
    size: Size,
}

/// The template that was rendered.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateUsed {
    /// Null if you have none of your own and ours was used.
    descriptor_id: Option<Id<id::Descriptor>>,
    version_id: Option<Id<id::Version>>,
    language: String,
    product_id: Option<String>,
    /// In what it is not quite what was asked for: it is in your language instead of the borrower's, or for all
    /// products instead of the loan's.
    fallbacks: Vec<Fallback>,
}

impl RenderedView {
    fn of(composed: Composed, channel: Channel, template: Option<TemplateUsed>) -> Self {
        let Composed { rendered, undefined, ignored, replacement, .. } = composed;
        Self {
            size: Size::of(&rendered, channel, replacement),
            subject_line: rendered.subject_line,
            content_html: rendered.content_html,
            content_text: rendered.content_text,
            template,
            undefined_variables: undefined,
            ignored_variables: ignored,
        }
    }
}

impl From<Page> for RenderedView {
    fn from(page: Page) -> Self {
        let channel = page.descriptor().channel;
        Self::of(page.composed, channel, Some(TemplateUsed::from(&page.chosen)))
    }
}

impl From<&Chosen> for TemplateUsed {
    fn from(chosen: &Chosen) -> Self {
        let descriptor = &chosen.template.descriptor;
        Self {
            descriptor_id: chosen.descriptor_id(),
            version_id: chosen.version_id(),
            language: descriptor.language.clone(),
            product_id: descriptor.product_id.clone(),
            fallbacks: chosen.fallbacks.clone(),
        }
    }
}

/// The channel of a request to render to a file.
///
/// # Errors
/// 400 for one that has no files (001).
fn rendered_channel(channel: CommunicatorChannel) -> Result<Channel, Error> {
    let channel = Channel::from(channel);
    if Channel::RENDERED.contains(&channel) {
        return Ok(channel);
    }
    let names: Vec<_> = Channel::RENDERED.iter().map(|channel| channel.as_str()).collect();
    Err(Error::invalid("/channel", format!("must be one of {} here", names.join(", "))))
}

/// The document's example of a request.
pub(crate) fn example_request() -> Value {
    json!({
        "subject": "annualPrivacyPolicyNotice",
        "channel": "email",
        "personId": "ext-john",
        "loanId": "ext-LN-0001",
        "caseId": "CS-AAAA-BBBB",
        "context": { "lenderName": "Peachy Lender" },
    })
}

/// The document's example of an answer.
pub(crate) fn example_view() -> Value {
    json!({
        "subjectLine": "string",
        "contentHtml": "string",
        "contentText": "string",
        "template": {
            "descriptorId": "TD-AAAA-BBBB",
            "versionId": "TV-AAAA-BBBB",
            "language": "en",
            "productId": null,
            "fallbacks": [],
        },
        "undefinedVariables": ["advice"],
        "ignoredVariables": [],
        "size": { "bytes": 18 },
    })
}
