//! 003 · Sends a communication message by hand.

use domain::{
    Error, formats,
    id::{self, Ref},
    interaction::EventKeys,
    shape::{self, given, left_out, when},
    template::Source,
    update::{Faults, Ignored},
    vocabulary::{Event, MessageType, Theme},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Bodies, Need},
    pipeline::events::{self, ByHand, Payload},
    public_address::check_url,
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::json;

use super::{MessageView, example};
use crate::{catalog::Answer, openapi::Operation, webhook_endpoints};

/// Characters of a subject (RFC 5322, section 2.1.1), and of a body.
const MAX_SUBJECT: usize = 998;
const MAX_BODY: usize = 262_144;

/// A message to be sent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "NewCommunicationMessage", transform = conditions)]
pub struct NewMessage {
    /// The type of the message.
    #[serde(rename = "type")]
    message_type: MessageType,
    /// What it says, in up to 262,144 characters. Of a WEB_HOOK or EVENT_STREAM: JSON. Needed if templateKey is absent.
    #[serde(default)]
    #[schemars(with = "Option<shape::Text<{ MAX_BODY }>>")]
    body: Option<String>,
    /// The template that says it, of a message to a client, group or user.
    #[serde(default)]
    template_key: Option<Ref<id::Descriptor>>,
    /// The subject line of an e-mail; up to 998 characters.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ MAX_SUBJECT }>>")]
    subject: Option<String>,
    /// Where it goes: an e-mail address, a number in E.164, a public https URL. The recipient's best contact by default; a WEB_HOOK
    /// needs it.
    #[serde(default)]
    #[schemars(with = "Option<shape::Any<2_000>>")]
    destination: Option<String>,
    /// The client it goes to, or is about: by your own id, by ours, or by your own with ext- in front.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ EventKeys::LONGEST }>>")]
    client_key: Option<String>,
    /// The group it goes to, if no client is named.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ EventKeys::LONGEST }>>")]
    group_key: Option<String>,
    /// The user it goes to, if no client and no group is named.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ EventKeys::LONGEST }>>")]
    user_key: Option<String>,
    /// The loan it is about.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ EventKeys::LONGEST }>>")]
    loan_account_key: Option<String>,
    /// The deposit account it is about.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ EventKeys::LONGEST }>>")]
    deposit_account_key: Option<String>,
    /// The repayment it is about.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ EventKeys::LONGEST }>>")]
    repayment_key: Option<String>,
    /// MANUAL, or absent: send other events to POST /communications/events.
    #[serde(default)]
    #[schemars(extend("enum" = ["MANUAL", null]))]
    event: Option<Event>,
    /// You: the id of your API key, or your token's subject.
    #[serde(default)]
    #[schemars(with = "Option<shape::Any<255>>")]
    sender_key: Option<String>,
    /// Why it is sent; opsServicing by default.
    #[serde(default)]
    theme: Option<Theme>,
    /// As answers show it.
    #[serde(default)]
    pub creation_date: Ignored,
    /// As answers show it.
    #[serde(default)]
    pub encoded_key: Ignored,
    /// As answers show it.
    #[serde(default)]
    pub failure_cause: Ignored,
    /// As answers show it.
    #[serde(default)]
    pub failure_reason: Ignored,
    /// As answers show it.
    #[serde(default)]
    pub num_retries: Ignored,
    /// As answers show it.
    #[serde(default)]
    pub reference_id: Ignored,
    /// As answers show it.
    #[serde(default)]
    pub send_date: Ignored,
    /// As answers show it.
    #[serde(default)]
    pub state: Ignored,
}

/// In schemas: what a message of each type needs, and has no use for.
fn conditions(schema: &mut Schema) {
    let to =
        |shape: Schema| json!({ "properties": { "destination": { "anyOf": [shape, { "type": "null" }] } } });
    let mut generator = SchemaGenerator::default();
    let (email, phone, url) = (
        shape::Email::json_schema(&mut generator),
        shape::Phone::json_schema(&mut generator),
        shape::HttpsUrl::json_schema(&mut generator),
    );
    let is_named = json!({ "anyOf": [given("clientKey"), given("groupKey"), given("userKey")] });
    let addressed =
        json!({ "if": is_named, "else": { "allOf": [given("destination"), left_out(&["templateKey"])] } });
    let worded = json!({ "if": given("templateKey"), "then": left_out(&["body"]), "else": given("body") });
    let data = json!({ "properties": { "body": { "contentMediaType": "application/json", "pattern": r#"^("[0-9A-Za-z .,]*"|[1-9][0-9]{0,8}|true|false|null|\{.*\}|\[.*\])$"# } } });
    shape::hold(
        schema,
        json!([
            worded,
            when("type", &["EMAIL", "SMS"], addressed),
            when("type", &["EMAIL"], to(email)),
            when("type", &["SMS"], to(phone)),
            when("type", &["WEB_HOOK"], to(url)),
            when("type", &["WEB_HOOK"], given("destination")),
            when("type", &["WEB_HOOK", "EVENT_STREAM"], data),
            when("type", &["EVENT_STREAM", "TASK"], left_out(&["destination"])),
            when("type", &["WEB_HOOK", "EVENT_STREAM", "TASK"], left_out(&["templateKey"])),
        ]),
    );
}

impl NewMessage {
    fn check(&self) -> Result<(), Error> {
        let mut faults = Faults::default();
        let message_type = self.message_type;
        let is_to_person = matches!(message_type, MessageType::Email | MessageType::Sms);
        faults.value("/body", self.body.as_deref(), |text| formats::text(text, MAX_BODY));
        faults.line("/subject", self.subject.as_deref(), MAX_SUBJECT);
        self.keys().check(&mut faults, "");
        let is_worded = self.body.is_some() != self.template_key.is_some();
        faults.expect(is_worded, "/body", "must be given where templateKey is not, and left out where it is");
        let may_have_template = is_to_person || self.template_key.is_none();
        faults.expect(may_have_template, "/templateKey", "must be left out except for EMAIL and SMS");
        let is_manual = self.event.is_none_or(|event| event == Event::Manual);
        faults.expect(
            is_manual,
            "/event",
            "must be MANUAL or left out; tell other events to POST /communications/events",
        );
        let is_program = matches!(message_type, MessageType::WebHook | MessageType::EventStream);
        let is_json =
            self.body.as_deref().is_none_or(|body| serde_json::from_str::<serde_json::Value>(body).is_ok());
        faults.expect(!is_program || is_json, "/body", &format!("must be JSON for {message_type}"));
        faults.value("/destination", self.destination.as_deref(), |to| match message_type {
            MessageType::Email => formats::email(to),
            MessageType::Sms => formats::phone(to),
            MessageType::WebHook => check_url(to).map(drop).map_err(|why| why.to_string()),
            MessageType::EventStream | MessageType::Task => {
                Err(format!("must be left out for {message_type}, which goes to no address"))
            }
        });
        let needs_url = message_type == MessageType::WebHook;
        faults.expect(!needs_url || self.destination.is_some(), "/destination", "must be given for WEB_HOOK");
        let is_named = [&self.client_key, &self.group_key, &self.user_key].into_iter().any(Option::is_some);
        let has_recipient = is_named || (self.destination.is_some() && self.template_key.is_none());
        faults.expect(
            !is_to_person || has_recipient,
            "/clientKey",
            "must be given, or groupKey or userKey; or a destination if body has the words",
        );
        faults.none()
    }

    fn keys(&self) -> EventKeys {
        EventKeys {
            client_key: self.client_key.clone(),
            group_key: self.group_key.clone(),
            user_key: self.user_key.clone(),
            loan_account_key: self.loan_account_key.clone(),
            deposit_account_key: self.deposit_account_key.clone(),
            repayment_key: self.repayment_key.clone(),
        }
    }

    fn payload(&self) -> Payload {
        let body = self.body.clone().unwrap_or_default();
        match (&self.template_key, self.message_type) {
            (Some(template), _) => Payload::Template(template.clone()),
            (None, MessageType::WebHook | MessageType::EventStream) => {
                Payload::Data(serde_json::from_str(&body).unwrap_or_default())
            }
            (None, MessageType::Email | MessageType::Sms | MessageType::Task) => Payload::Words(Source {
                subject_line: self.subject.clone(),
                content_text: Some(body),
                content_html: None,
            }),
        }
    }
}

/// Makes it.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: NewMessage = request.json_checked(NewMessage::check)?;
    let caller = request.caller()?;
    if body.sender_key.as_ref().is_some_and(|sender| *sender != caller.subject) {
        let message = "must be the key you send with, as GET /me names it, or left out";
        return Err(Error::invalid("/senderKey", message));
    }
    if let Some(url) = body.destination.as_deref().filter(|_| body.message_type == MessageType::WebHook) {
        webhook_endpoints::check_url(app, "/destination", url).await?;
    }
    let lender = app.lender(&caller.tenant).await?;
    let asked = ByHand {
        id: request.new_id(app)?,
        message_type: body.message_type,
        payload: body.payload(),
        keys: body.keys(),
        destination: body.destination,
        is_agent: caller.agent,
        sender_key: Some(body.sender_key.unwrap_or_else(|| caller.subject.clone())),
        theme: body.theme,
        trace_id: request.trace_id.clone(),
    };
    let message = events::send(app, &lender, &asked).await?;
    let view = MessageView::of(app, caller, &message).await?;
    json(StatusCode::CREATED, &view)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Fetch(Bodies::Contents), Need::All(events::BY_HAND)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let mut answer = example();
    answer["event"] = json!("MANUAL");
    answer["state"] = json!("QUEUED");
    for unknown in ["referenceId", "sendDate", "repaymentKey", "templateKey"] {
        answer.as_object_mut().map(|members| members.remove(unknown));
    }
    Operation::new("Communication messages", "Send a communication message")
        .about(
            "Makes a message by hand, in your words or a template's. The guard is asked as for any other. A message that cannot go is \
             kept as FAILED with its reason and still answered with 201.",
        )
        .body::<NewMessage>(json!({
            "type": "EMAIL",
            "clientKey": "john",
            "subject": "We have received your payment",
            "body": "Dear John, we have received your payment of $312.50.",
        }))
        .answer::<MessageView>(201, "The message as it is stored", answer)
}
