//! Templates in the dialect of the Communications API (000): a descriptor and its active version seen as one resource.

pub mod archive;
pub mod create;
pub mod get;
pub mod list;
pub mod update;

use domain::{
    Error,
    error::Violation,
    formats,
    id::{self, ExternalId, Id},
    shape,
    template::{DescriptorStatus, Source},
    tenant::TenantId,
    vocabulary::{CommunicationsApiChannel, Subject},
};
use jiff::Timestamp;
use platform::{
    app::App,
    store::templates::Template,
    templates::authoring::{self, Wording},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A template as 000 writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateBody {
    /// A name for people to read.
    #[schemars(with = "shape::Line<200>")]
    name: String,
    /// What type of message it is; suppression counts messages of the same type.
    template_type: Subject,
    /// By which channel it goes.
    channel: CommunicationsApiChannel,
    /// ISO 639-1; the tenant's by default.
    #[serde(default)]
    #[schemars(with = "Option<shape::Language>")]
    language: Option<String>,
    /// The loan program it is for; all by default.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<255>>")]
    program_id: Option<String>,
    /// Subject line, in Jinja. E-mail needs one.
    #[serde(default)]
    #[schemars(with = "Option<shape::Source<998>>")]
    subject: Option<String>,
    /// The text, in Jinja.
    #[schemars(with = "shape::Source<{ 256 * 1024 }>")]
    body: String,
    /// The same in HTML, for e-mail and letters. Values are escaped.
    #[serde(default)]
    #[schemars(with = "Option<shape::Any<{ 256 * 1024 }>>")]
    body_html: Option<String>,
    /// Your id for the template. On creation only.
    #[serde(default)]
    external_id: Option<ExternalId>,
}

/// A template as 000 shows it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TemplateView {
    id: Id<id::Descriptor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<ExternalId>,
    name: String,
    template_type: String,
    channel: Option<CommunicationsApiChannel>,
    language: String,
    program_id: Option<String>,
    subject: Option<String>,
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_html: Option<String>,
    status: TemplateStatus,
    /// Counts the wordings, from 1.
    version: u32,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// Attributes it uses that our objects do not have, such as `borrower.frist_name`; reported when it is saved. Of a
    /// loan, case or statement it may be an attribute of your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    undefined_variables: Option<Vec<String>>,
}

impl TemplateView {
    /// A template that was saved.
    async fn saved(app: &App, tenant: &TenantId, template: Template) -> Result<Self, Error> {
        let undefined = match &template.active {
            Some(version) => authoring::unknown_attributes(app, tenant, version).await?,
            None => Vec::new(),
        };
        Ok(Self { undefined_variables: Some(undefined), ..Self::from(template) })
    }
}

/// Whether a template may be used, as 000 shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TemplateStatus {
    /// Yes.
    Active,
    /// Not for now.
    Disabled,
    /// No longer.
    Archived,
}

impl From<DescriptorStatus> for TemplateStatus {
    fn from(status: DescriptorStatus) -> Self {
        match status {
            DescriptorStatus::Enabled => Self::Active,
            DescriptorStatus::Disabled => Self::Disabled,
            DescriptorStatus::Archived => Self::Archived,
        }
    }
}

impl std::str::FromStr for TemplateStatus {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "active" => Ok(Self::Active),
            "disabled" => Ok(Self::Disabled),
            "archived" => Ok(Self::Archived),
            _ => Err("must be one of active, disabled, archived"),
        }
    }
}

impl From<Template> for TemplateView {
    fn from(Template { descriptor, active }: Template) -> Self {
        let version = active.as_ref().map_or(0, |version| version.number);
        let source = active.map(|version| version.source.clone()).unwrap_or_default();
        Self {
            id: descriptor.id,
            external_id: descriptor.external_id,
            name: descriptor.name,
            template_type: descriptor.subject.template_type(),
            channel: CommunicationsApiChannel::try_from(descriptor.channel).ok(),
            language: descriptor.language,
            program_id: descriptor.product_id,
            subject: source.subject_line,
            body: source.content_text,
            body_html: source.content_html,
            status: descriptor.status.into(),
            version,
            created_at: descriptor.created_at,
            updated_at: descriptor.updated_at,
            undefined_variables: None,
        }
    }
}

impl TemplateBody {
    /// Everything wrong with it but its Jinja.
    fn check(&self) -> Result<(), Error> {
        let mut violations = Vec::new();
        let mut expect = |holds: bool, pointer: &str, message: &str| {
            if !holds {
                violations.push(Violation::new(pointer, message));
            }
        };
        let is_line = formats::line(self.name.trim(), 200).is_ok();
        expect(is_line, "/name", "must be one line of 1 to 200 characters");
        let language = self.language.as_deref().unwrap_or("en");
        let is_iso = language.len() == 2 && language.bytes().all(|b| b.is_ascii_lowercase());
        expect(is_iso, "/language", "must be an ISO 639-1 code of two small letters, such as en");
        let is_program = self.program_id.as_deref().is_none_or(|program| formats::line(program, 255).is_ok());
        expect(is_program, "/program_id", "must be one line of 1 to 255 characters");
        let is_email = self.channel == CommunicationsApiChannel::Email;
        let has_subject = self.subject.as_deref().is_some_and(|subject| !subject.trim().is_empty());
        expect(!is_email || has_subject, "/subject", "must be given for e-mail");
        expect(!self.body.trim().is_empty(), "/body", "must not be empty");
        if violations.is_empty() { Ok(()) } else { Err(Error::Invalid(violations)) }
    }

    /// The wording, which is checked when it is saved.
    fn wording(&self, id: Id<id::Version>, by: &str) -> Wording {
        let source = Source {
            subject_line: self.subject.clone(),
            content_text: Some(self.body.clone()),
            content_html: self.body_html.clone(),
        };
        Wording { id, source, by: by.to_owned() }
    }
}

/// The document's example.
fn example_body() -> Value {
    json!({
        "name": "Payment Reminder",
        "template_type": "payment_reminder",
        "channel": "email",
        "language": "en",
        "program_id": "661f9511-f3ac-52e5-b827-557766551111",
        "subject": "Payment Due - {{ loan.loan_number }}",
        "body": "Dear {{ borrower.first_name }},\n\nYour payment of {{ payment_amount | currency(locale) }} is due on {{ due_date | date(locale) }}.\n\nThank you,\n{{ tenant.name }}",
    })
}

/// The same as an answer.
fn example_view() -> Value {
    let mut view = example_body();
    if let Value::Object(members) = &mut view {
        let more = [
            ("id", json!("TD-01JD3V9K2M-8ZQ4T6WX1N3F5G7H")),
            ("status", json!("active")),
            ("version", json!(1)),
            ("created_at", json!("2026-01-05T15:00:00Z")),
            ("updated_at", json!("2026-01-05T15:00:00Z")),
        ];
        members.extend(more.map(|(name, value)| (name.to_owned(), value)));
    }
    view
}
