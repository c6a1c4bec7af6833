//! Tries the auto-response rules on a message: which one would answer it, and in which words. Nothing is sent.

use domain::{
    Error,
    auto_response::{AutoResponse, TriggerKind},
    compliance::{Circumstances, Decision},
    formats,
    heard::{Asks, Heard, heard},
    id::{self, Id, Ref},
    ledger::{LedgerEntry, Outcome},
    person::BookAddress,
    shape,
    template::Source,
    update::Faults,
    vocabulary::{Channel, Direction, InboundChannel, Subject, Theme},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::{App, Lender},
    http::{Request, json},
    needs::{Items, Need},
    pipeline::{
        auto_response::{self, Message},
        holders,
        resolve::Matter,
    },
    store::people::Known,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{AutoResponseView, example_view};
use crate::{catalog::Answer, intent::Intent, openapi::Operation};

/// The most characters of a message tried.
const MAX_BODY: usize = 10_000;

/// A message as it might come in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TryOut {
    /// The channel that messages are sent by.
    channel: InboundChannel,
    /// What it says. 1 to 10,000 characters.
    #[schemars(with = "shape::Text<{ MAX_BODY }>")]
    body: String,
    /// The subject line of an e-mail.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<998>>")]
    subject: Option<String>,
    /// The sender's address or number.
    #[serde(default)]
    #[schemars(with = "Option<shape::Any<254>>")]
    from: Option<String>,
    /// The address or number of yours that it comes to.
    #[serde(default)]
    #[schemars(with = "Option<shape::Any<254>>")]
    to: Option<String>,
    /// When it comes; now by default.
    #[serde(default)]
    at: Option<Timestamp>,
    /// Whose message it is; by default that of the one borrower who has the sender's address, if there is one.
    #[serde(default)]
    borrower_id: Option<Ref<id::Person>>,
}

/// What would be heard and answered.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TriedOut {
    /// What the message asks of you, which is applied before any rule is asked; null if it asks nothing.
    heard: Option<HeardView>,
    /// The rule that would answer.
    matched: Option<AutoResponseView>,
    /// What it would say.
    reply: Option<ReplyView>,
    /// What the compliance guard would say to the reply; null if there is none, or nobody says whose message it is.
    guard: Option<GuardView>,
    /// Why this rule, or none.
    why: String,
}

/// What a message asks, before any rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeardView {
    /// To stop, by a word and nothing else.
    OptOut,
    /// To stop, in words of the sender's own: somebody must review it.
    ProbableOptOut,
    /// To go on.
    OptIn,
    /// For help.
    Help,
    /// Nothing: the sender is not whom you take them for.
    WrongPerson,
}

impl HeardView {
    fn of(heard: Heard, channel: Channel) -> Option<Self> {
        match heard.asks {
            Asks::OptOut => Some(Self::OptOut),
            Asks::ProbableOptOut => Some(Self::ProbableOptOut),
            Asks::OptIn => Some(Self::OptIn),
            Asks::Nothing | Asks::Help if heard.wrong_person => Some(Self::WrongPerson),
            Asks::Help if channel == Channel::Text => Some(Self::Help),
            Asks::Nothing | Asks::Help => None,
        }
    }

    fn why(self) -> &'static str {
        match self {
            Self::OptOut => "It is an opt-out, which is heeded at once; no rule is asked.",
            Self::ProbableOptOut => {
                "It asks to stop in the sender's own words: contact stops, and a task asks somebody to review it; no rule is \
                 asked."
            }
            Self::OptIn => "It asks to go on, which is heeded at once; no rule is asked.",
            Self::Help => "It asks for help, which is answered with helpText; no rule is asked.",
            Self::WrongPerson => {
                "The sender is somebody else: the contact is marked invalid, and a task asks somebody to review it; no rule is \
                 asked."
            }
        }
    }
}

/// What the guard would say to a reply.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GuardView {
    /// Whether it would be sent. What is refused is left out and not sent later.
    allowed: bool,
    /// What is in the way.
    rule_ids: Vec<String>,
    /// The same in words.
    detail: String,
}

impl From<Decision> for GuardView {
    fn from(decision: Decision) -> Self {
        let rule_ids = decision.reasons.iter().map(|reason| reason.rule_id.clone()).collect();
        Self { allowed: decision.allowed, rule_ids, detail: decision.detail() }
    }
}

/// The reply that would be sent.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReplyView {
    /// Its language, by ISO 639-1.
    language: String,
    /// Of an e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_html: Option<String>,
}

impl From<auto_response::Answer> for ReplyView {
    fn from(answer: auto_response::Answer) -> Self {
        let Source { subject_line, content_text, content_html } = answer.words;
        Self {
            language: answer.language,
            subject: subject_line,
            body: content_text.unwrap_or_default(),
            body_html: content_html,
        }
    }
}

impl TryOut {
    fn check(&self) -> Result<(), Error> {
        let mut faults = Faults::default();
        faults.value("/body", Some(&self.body), |text| formats::text(text, MAX_BODY));
        faults.line("/subject", self.subject.as_ref(), 998);
        let address = |text: &str| match self.channel {
            InboundChannel::Sms => formats::phone(text),
            InboundChannel::Email => formats::email(text),
        };
        faults.value("/from", self.from.as_ref(), address);
        faults.value("/to", self.to.as_ref(), address);
        faults.none()
    }

    /// The sender's address, if it is given.
    fn sender(&self) -> Option<BookAddress> {
        let from = self.from.as_deref()?;
        match self.channel {
            InboundChannel::Sms => BookAddress::phone(from).ok(),
            InboundChannel::Email => BookAddress::email(from).ok(),
        }
    }
}

/// Asks the rules as they are stored: a change is seen at once.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: TryOut = request.json_checked(TryOut::check)?;
    let tenant = request.tenant()?;
    let lender = app.lender(tenant).await?;
    let known = match (&body.borrower_id, body.sender()) {
        (Some(named), _) => Some(app.store.person(tenant, named).await?),
        (None, Some(address)) => holders::only_one(app, tenant, &address).await?,
        (None, None) => None,
    };
    let person = known.as_ref().map(|known| &known.person);
    let rules = app.store.auto_responses(tenant).await?;
    let message = Message {
        channel: Channel::from(body.channel),
        from: body.from.as_deref(),
        to: body.to.as_deref(),
        subject_line: body.subject.as_deref(),
        text: &body.body,
        at: body.at.unwrap_or_else(|| app.now()),
    };
    let incoming = message.incoming(&lender.tenant);
    let heard = HeardView::of(heard(&body.body), message.channel);
    let matched = rules.matching(&incoming).next().filter(|_| heard.is_none());
    let reply = match matched {
        Some(rule) => Some(auto_response::reply(app, &lender, rule, &message, person).await?),
        None => None,
    };
    let guard = reply.as_ref().zip(known.as_ref());
    let guard = guard.map(|(reply, known)| {
        guard_of(&lender, &message, body.sender().as_ref(), &reply.subject, known).into()
    });
    let tried = TriedOut {
        heard,
        matched: matched.map(AutoResponseView::from),
        reply: reply.map(ReplyView::from),
        guard,
        why: match (heard, matched) {
            (Some(heard), _) => heard.why().to_owned(),
            (None, Some(rule)) => why(rule),
            (None, None) => format!("No enabled rule for {} fits.", body.channel),
        },
    };
    json(StatusCode::OK, &tried)
}

/// What the guard says to a reply to this message, as if it had come in.
fn guard_of(
    lender: &Lender,
    message: &Message<'_>,
    from: Option<&BookAddress>,
    subject: &Subject,
    known: &Known,
) -> Decision {
    let Known { person, mut ledger, .. } = known.clone();
    let id: Id<id::Interaction> = Id::keyed(lender.tenant.id.as_str(), "try-out", "");
    let contact = from.and_then(|from| person.contact_with(from));
    let came = LedgerEntry {
        at: message.at,
        channel: message.channel,
        direction: Direction::Inbound,
        subject: None,
        theme: Theme::InbServicing,
        purpose: None,
        loans: Vec::new(),
        contact: contact.map(|contact| contact.id.clone()),
        label: contact.map(|contact| contact.label),
        outcome: Outcome::Conversation,
        exempt: Vec::new(),
    };
    ledger.contacts.insert(id.clone(), came);
    let intent = Intent {
        channel: message.channel,
        subject: Some(subject.clone()),
        theme: Some(Theme::OpsServicing),
        circumstances: Circumstances { reply_to: Some(id), automatic: true, ..Circumstances::default() },
        assume_noon: false,
        at: message.at,
    };
    intent.judge(lender, &person, &ledger, &Matter { contact, ..Matter::default() })
}

fn why(rule: &AutoResponse) -> String {
    let reason = match rule.trigger.kind() {
        TriggerKind::Keyword => "the whole message is one of its keywords",
        TriggerKind::Pattern => "its pattern is found in the message",
        TriggerKind::Any => "it answers every message",
        TriggerKind::OutsideHours => "the message comes outside office hours",
        TriggerKind::UnmonitoredAddress => "nobody reads the address that the message comes to",
    };
    let limit = match rule.cooldown().as_mins() {
        0 => String::new(),
        minutes => format!(" It answers one sender once in {minutes} minutes."),
    };
    format!("{} is the first rule that fits: {reason}.{limit}", rule.name)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::People),
    Need::Read(Items::AddressBook),
    Need::All(auto_response::REPLY),
];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Auto-responses", "Try auto-response rules on a message")
        .about("Nothing is sent, and no cooldown begins or is asked.")
        .body::<TryOut>(json!({ "channel": "sms", "body": "Pay off?", "from": "+13125550142", "borrower_id": "ext-john" }))
        .answer::<TriedOut>(
            200,
            "What would be answered",
            json!({
                "heard": null,
                "matched": example_view(),
                "reply": {
                    "language": "en",
                    "body": "Acme Lending: you find your payoff amount in your account. We are here Monday to Friday 9:00 AM to 5:00 PM.",
                },
                "guard": { "allowed": true, "rule_ids": [], "detail": "" },
                "why": "Payoff quotes is the first rule that fits: the whole message is one of its keywords.",
            }),
        )
        .problems(&[404, 409, 422])
}
