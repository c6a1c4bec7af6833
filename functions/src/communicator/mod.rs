//! Rendering without sending, in the dialect of Communicator (001) and for single versions (002).

mod file;
pub mod preview;
pub mod preview_free_form_email;
pub mod render;
pub mod render_to_document;

use std::sync::Arc;

use domain::{
    Error,
    error::Violation,
    id::{self, Id, Ref},
    person::Person,
    statement::Statement,
    template::{Descriptor, Fallback, Size, Version},
    tenant::TenantId,
    vocabulary::{Channel, CommunicatorChannel, Subject},
};
pub(crate) use file::{Format, attachment, describe as describe_file};
use platform::{
    app::App,
    authoring,
    http::{Request, reference},
    pipeline::{
        compose::{self, Composed},
        context::Occasion,
    },
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Declares a request to render, with what all of them say: for whom, about what, with which variables.
macro_rules! render_request {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_meta])* $field: $type,)*
            /// The loan it is about; the borrower's only one where absent.
            #[serde(default)]
            loan_id: Option<String>,
            /// More loans it is about.
            #[serde(default)]
            loan_ids: Vec<String>,
            /// The case it belongs to.
            #[serde(default)]
            case_id: Option<String>,
            /// The statement it is about.
            #[serde(default)]
            statement_id: Option<String>,
            /// Variables of your own. What is on record under the same name stands, unless your settings allow it.
            #[serde(default)]
            context: serde_json::Map<String, serde_json::Value>,
            /// Whether a variable the template uses and nobody defines is an error.
            #[serde(default)]
            strict_undefined: bool,
        }

        impl $name {
            /// For whom, about what and with which variables.
            fn about<'a>(&'a self, person_id: Option<&'a str>) -> $crate::communicator::About<'a> {
                $crate::communicator::About {
                    person_id,
                    loan_id: self.loan_id.as_deref(),
                    loan_ids: &self.loan_ids,
                    case_id: self.case_id.as_deref(),
                    statement_id: self.statement_id.as_deref(),
                    context: &self.context,
                    strict_undefined: self.strict_undefined,
                }
            }
        }
    };
}
pub(crate) use render_request;

/// For whom, about what and with which variables a template is rendered.
pub(crate) struct About<'a> {
    pub person_id: Option<&'a str>,
    pub loan_id: Option<&'a str>,
    pub loan_ids: &'a [String],
    pub case_id: Option<&'a str>,
    pub statement_id: Option<&'a str>,
    pub context: &'a Map<String, Value>,
    pub strict_undefined: bool,
}

/// Which template is rendered.
pub(crate) enum Which<'a> {
    /// The best for a subject on a channel.
    For(&'a Subject, Channel),
    /// This version, in use or not.
    Version(&'a Id<id::Version>),
}

/// A template rendered.
pub(crate) struct Page {
    pub composed: Composed,
    pub descriptor: Descriptor,
    pub version: Version,
    pub fallbacks: Vec<Fallback>,
}

/// Renders.
pub(crate) async fn render(
    app: &App,
    request: &Request,
    which: Which<'_>,
    about: &About<'_>,
) -> Result<Page, Error> {
    let tenant = app.tenant(request.tenant()?).await?;
    let person = match about.person_id {
        None => None,
        Some(named) => {
            let id = reference::<id::Person>("/personId", named)?.resolve(tenant.id.as_str());
            let known = app.store.find_person(&tenant.id, &id).await?;
            Some(known.ok_or_else(|| Error::not_found("person", named))?.person)
        }
    };
    let (loans, case) = match &person {
        Some(person) => {
            let first = about.loan_id.map(|loan| reference("/loanId", loan));
            let more = about.loan_ids.iter().enumerate();
            let more = more.map(|(place, loan)| reference(&format!("/loanIds/{place}"), loan));
            let named = first.into_iter().chain(more).collect::<Result<Vec<Ref<_>>, _>>()?;
            let loans = compose::loans(&tenant, person, &named)?;
            let case = about.case_id.map(|case| reference("/caseId", case)).transpose()?;
            (loans, case.map(|case| compose::case(&tenant, person, &case)).transpose()?)
        }
        None => {
            needs_person(about)?;
            (Vec::new(), None)
        }
    };
    let statement = match (&person, about.statement_id) {
        (Some(person), Some(named)) => Some(statement(app, person, &tenant.id, named).await?),
        _ => None,
    };
    let (descriptor, version, fallbacks) = match (which, &person) {
        (Which::For(subject, channel), Some(person)) => {
            let loan = loans.first().copied();
            let chosen = compose::choose(app, &tenant, subject, channel, person, loan).await?;
            let template = Arc::unwrap_or_clone(chosen.template);
            let version = compose::usable(&template, channel)?.clone();
            (template.descriptor, version, chosen.fallbacks)
        }
        (Which::For(..), None) => return Err(Error::invalid("/personId", "is required")),
        (Which::Version(id), _) => {
            let version = app.store.version(&tenant.id, id).await?;
            let descriptor = app.store.descriptor(&tenant.id, &version.descriptor_id).await?;
            (descriptor, version, Vec::new())
        }
    };
    let occasion = Occasion {
        tenant: &tenant,
        person: person.as_ref(),
        channel: descriptor.channel,
        language: &descriptor.language,
        loans: &loans,
        case,
        statement: statement.as_ref(),
        now: app.now(),
    };
    let compiled = authoring::compiled(app, &tenant.id, &version).await?;
    let composed = compose::compose(compiled, &occasion, about.context, about.strict_undefined).await?;
    Ok(Page { composed, descriptor, version, fallbacks })
}

async fn statement(app: &App, person: &Person, tenant: &TenantId, named: &str) -> Result<Statement, Error> {
    let id = reference::<id::Statement>("/statementId", named)?.resolve(tenant.as_str());
    let statement = app.store.find_statement(tenant, &id).await?;
    let own = statement.filter(|statement| statement.person_id == person.id);
    own.ok_or_else(|| Error::not_found("statement", named))
}

/// What hangs on a person cannot be named without one.
fn needs_person(about: &About<'_>) -> Result<(), Error> {
    let given = [
        ("/loanId", about.loan_id.is_some()),
        ("/loanIds", !about.loan_ids.is_empty()),
        ("/caseId", about.case_id.is_some()),
        ("/statementId", about.statement_id.is_some()),
    ];
    let faults: Vec<_> = given
        .into_iter()
        .filter(|(_, given)| *given)
        .map(|(pointer, _)| Violation::new(pointer, "needs personId"))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
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
    /// What the template may look up and nobody defines, such as `loan.balance`.
    undefined_variables: Vec<String>,
    /// Variables of your context that did not count, because they are named like something on record.
    ignored_variables: Vec<String>,
    size: Size,
}

/// The template that was rendered.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateUsed {
    descriptor_id: Id<id::Descriptor>,
    version_id: Id<id::Version>,
    language: String,
    product_id: Option<String>,
    /// In what it is not quite what was asked for: it is in your language instead of the borrower's, or for all
    /// products instead of the loan's.
    fallbacks: Vec<Fallback>,
}

impl RenderedView {
    fn of(composed: Composed, channel: Channel, template: Option<TemplateUsed>) -> Self {
        let Composed { rendered, undefined, ignored, .. } = composed;
        Self {
            size: Size::of(&rendered, channel),
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
        let template = TemplateUsed {
            descriptor_id: page.descriptor.id,
            version_id: page.version.id,
            language: page.descriptor.language,
            product_id: page.descriptor.product_id,
            fallbacks: page.fallbacks,
        };
        Self::of(page.composed, page.descriptor.channel, Some(template))
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
    Err(Error::invalid("/channel", format!("is one of {} here", names.join(", "))))
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
        "undefinedVariables": ["loan.balance"],
        "ignoredVariables": [],
        "size": { "bytes": 18 },
    })
}
