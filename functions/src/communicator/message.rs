//! What 001 says of a message to send: its twenty fields, and the edited text that subjects with `previewOnly` need.

use std::borrow::Cow;

use domain::{
    Error,
    id::{self, ExternalId, Ref},
    interaction::Attachment,
    shape::{self, given},
    template::Source,
    update::Faults,
    vocabulary::{Channel, MessageChannel, Subject, Theme},
};
use jiff::Timestamp;
use platform::pipeline::{accept, resolve::About};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value, json};

/// What to send, and to which person.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(transform = conditions)]
pub struct SendMessage {
    /// What it is about.
    pub subject: Subject,
    /// By which channel; by default, by the one the borrower likes best of those that have a template and a contact.
    #[serde(default)]
    pub channel: Option<MessageChannel>,
    /// Why. Required if the subject implies none.
    #[serde(default)]
    pub theme: Option<Theme>,
    /// The person (borrower) who gets the message.
    pub person_id: Ref<id::Person>,
    /// The contact to use; the borrower's best one by default.
    #[serde(default)]
    pub contact_id: Option<Ref<id::Contact>>,
    /// The loan it is about; the borrower's only one by default.
    #[serde(default)]
    pub loan_id: Option<Ref<id::Loan>>,
    /// More loans it is about, up to 100.
    #[serde(default)]
    #[schemars(length(max = Self::MAX_LOANS))]
    pub loan_ids: Vec<Ref<id::Loan>>,
    /// The case it belongs to. If the subject has `caseTypes`, the borrower's only open case of these if absent.
    #[serde(default)]
    pub case_id: Option<Ref<id::Case>>,
    /// The statement it is about.
    #[serde(default)]
    pub statement_id: Option<Ref<id::Statement>>,
    /// Variables of your own. What is on record under the same name stands, unless your settings allow it.
    #[serde(default)]
    pub context: Map<String, Value>,
    /// Documents of the borrower that go with it: up to 10, 7 MiB together.
    #[serde(default)]
    #[schemars(length(max = Attachment::MOST), extend("uniqueItems" = true))]
    pub attachments: Vec<Ref<id::Document>>,
    /// Your bulk operation over cases that it belongs to: up to 255 characters.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<255>>")]
    pub supercase_bulk_operation_id: Option<String>,
    /// The interaction this follows. If that is what the borrower wrote or said within the last 24 hours, this is a reply.
    #[serde(default)]
    pub previous_interaction_id: Option<Ref<id::Interaction>>,
    /// Whether a system sends this in response to an event. Decides From and Reply-To. True by default.
    #[serde(default = "yes")]
    pub is_transactional: bool,
    /// False, with the channel mail alone, if the attachments are all there is to send. True by default.
    #[serde(default = "yes")]
    pub use_template: bool,
    /// Your id for the message. A second send with the same one is refused.
    #[serde(default)]
    pub interaction_external_id: Option<ExternalId>,
    /// When to send it, at most 7 days ahead. Null: at once, or when the hour is right. An instant named is never moved:
    /// `now` is refused at night.
    #[serde(default)]
    pub send_at: Option<When>,
    /// Up to this many seconds later, at random; at most a day.
    #[serde(default)]
    #[schemars(range(max = accept::MAX_JITTER))]
    pub send_jitter: u32,
    /// Whether a variable the template uses and nobody defines is an error.
    #[serde(default)]
    pub strict_undefined: bool,
    /// What it says instead of what the template says, which it does under some subjects (`previewOnly`).
    #[serde(default)]
    pub edited_content: Option<EditedContent>,
}

/// In schemas: which channels carry files, and what there is to send without a template.
fn conditions(schema: &mut Schema) {
    let some = json!({ "properties": { "attachments": { "minItems": 1 } }, "required": ["attachments"] });
    let carriers = json!({ "properties": { "channel": { "enum": ["email", "text", "mail", null] } } });
    let by_mail = json!({
        "required": ["channel", "attachments"],
        "properties": {
            "channel": { "const": "mail" },
            "attachments": { "minItems": 1 },
            "editedContent": { "type": "null" },
        },
    });
    let without = json!({ "properties": { "useTemplate": { "const": false } }, "required": ["useTemplate"] });
    shape::hold(schema, json!([{ "if": some, "then": carriers }, { "if": without, "then": by_mail }]));
}

/// In schemas: that there is a text, or HTML.
fn text_or_html(schema: &mut Schema) {
    shape::hold(schema, json!([{ "if": given("contentText"), "else": given("contentHtml") }]));
}

fn yes() -> bool {
    true
}

/// The parts of a message as somebody edited them. Parts left out: the subject line stays the template's; of text and
/// HTML, only what is given here is sent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(transform = text_or_html)]
pub struct EditedContent {
    /// The subject line of an e-mail.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ SendMessage::MAX_SUBJECT_LINE }>>")]
    subject_line: Option<String>,
    /// The edited text of the message.
    #[serde(default)]
    #[schemars(with = "Option<shape::Any<262_144>>")]
    content_text: Option<String>,
    /// The edited HTML of an e-mail.
    #[serde(default)]
    #[schemars(with = "Option<shape::Any<262_144>>")]
    content_html: Option<String>,
}

impl From<EditedContent> for Source {
    fn from(EditedContent { subject_line, content_text, content_html }: EditedContent) -> Self {
        Self { subject_line, content_text, content_html }
    }
}

/// When to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Now and not later: "to bypass auto-rescheduling, input the current time" (001).
    Now,
    /// Then.
    At(Timestamp),
}

impl When {
    /// The instant.
    pub fn instant(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Now => now,
            Self::At(at) => at,
        }
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "now" {
            return Ok(Self::Now);
        }
        let wanted = "must be a time, such as 2026-01-05T15:00:00Z, or now";
        text.parse().map(Self::At).map_err(|_| de::Error::custom(wanted))
    }
}

impl JsonSchema for When {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SendTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "anyOf": [{ "format": "date-time" }, { "const": "now" }] })
    }
}

impl SendMessage {
    /// Loans one message may name.
    const MAX_LOANS: usize = 100;
    /// Characters of a subject line: of a line of a header (RFC 5322, section 2.1.1).
    const MAX_SUBJECT_LINE: usize = 998;

    /// Whether it can be sent, as far as that can be told without looking anything up.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn check(&self, now: Timestamp) -> Result<(), Error> {
        let mut faults = Faults::default();
        faults.expect(self.loan_ids.len() <= Self::MAX_LOANS, "/loanIds", "must have at most 100 entries");
        faults.expect(
            self.attachments.len() <= Attachment::MOST,
            "/attachments",
            "must have at most 10 entries",
        );
        for (at, document) in self.attachments.iter().enumerate() {
            let is_first = !self.attachments[..at].contains(document);
            faults.expect(is_first, &format!("/attachments/{at}"), "must be in the list once");
        }
        let carries = self.channel.is_none_or(|channel| {
            matches!(Channel::from(channel), Channel::Email | Channel::Text | Channel::Mail)
        });
        faults.expect(
            carries || self.attachments.is_empty(),
            "/attachments",
            "must be left out unless the channel is email, text or mail: no other carries files",
        );
        let is_mail = self.channel == Some(MessageChannel::Mail);
        faults.expect(
            self.use_template || is_mail,
            "/useTemplate",
            "must be true or left out, except with the channel mail",
        );
        faults.expect(
            self.use_template || !self.attachments.is_empty(),
            "/attachments",
            "must name what to send where useTemplate is false",
        );
        faults.expect(
            self.use_template || self.edited_content.is_none(),
            "/editedContent",
            "must be left out where useTemplate is false: the documents are all there is to send",
        );
        faults.line("/supercaseBulkOperationId", self.supercase_bulk_operation_id.as_ref(), 255);
        if let Some(edited) = &self.edited_content {
            faults.line("/editedContent/subjectLine", edited.subject_line.as_ref(), Self::MAX_SUBJECT_LINE);
            let is_any = edited.content_text.is_some() || edited.content_html.is_some();
            faults.expect(
                is_any || !self.use_template,
                "/editedContent",
                "must have contentText, contentHtml or both",
            );
        }
        accept::check_jitter(&mut faults, self.send_jitter, "/sendJitter");
        accept::check_send_at(&mut faults, self.send_at(now), now, "/sendAt");
        faults.none()
    }

    /// When to send, if the caller does not leave it to us.
    pub fn send_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.send_at.map(|when| when.instant(now))
    }

    /// By which channel, if the caller does not leave it to us; files go by e-mail.
    pub fn wanted_channel(&self) -> Option<Channel> {
        self.channel.map(Channel::from).or((!self.attachments.is_empty()).then_some(Channel::Email))
    }

    /// What it is about.
    pub fn about(&self, theme: Theme) -> About {
        About {
            person: Some(self.person_id.clone()),
            contact: self.contact_id.clone(),
            loans: self.loan_id.iter().chain(&self.loan_ids).cloned().collect(),
            case: self.case_id.clone(),
            statement: self.statement_id.clone(),
            previous: self.previous_interaction_id.clone(),
            theme: Some(theme),
        }
    }
}

/// A request as a lender writes it.
pub fn example() -> Value {
    json!({
        "subject": "loanOverdueFirstNotice",
        "channel": "email",
        "personId": "ext-john",
        "loanId": "ext-LN-0001",
        "context": { "lenderName": "Peachy Lender" },
        "isTransactional": true,
        "interactionExternalId": "john-first-notice",
        "sendAt": null,
        "sendJitter": 0,
        "strictUndefined": false,
    })
}
