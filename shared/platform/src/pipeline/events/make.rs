//! One message of an event: made, or kept as the failure it is.

use std::sync::Arc;

use domain::{
    Error,
    compliance::Circumstances,
    id::{self, Id, Ref},
    interaction::{Content, ExternalIds, Interaction, Origin, Outline},
    notification_rule::NotificationRule,
    occurrence::Occurrence,
    person::{Loan, Person},
    task::{Task, TaskType},
    template::Source,
    vocabulary::{AnyEvent, Channel, Direction, FailureReason, MessageType, SendingChannel, Theme},
    webhook_endpoint::Telling,
};
use serde_json::{Map, Value, json};

use super::{super::writer, loan_of, told, trigger};
use crate::{
    app::{App, Lender},
    http::problem,
    pipeline::{
        accept::{self, Request},
        compose,
        rate::{Paced, Way},
        resolve::{self, About, Resolved, Wording},
    },
    store::{interactions::Beside, people::Known},
};

/// What became of a message that was to be made.
#[derive(Clone)]
pub struct Outcome {
    /// It, as it stands.
    pub message: Interaction,
    /// Whether a dispatcher is to have it: it is stored by now, and leaves by a provider.
    pub to_hand_over: bool,
}

/// A message that failed while it was made, and is made again.
#[derive(Clone, Copy)]
pub struct Again<'a> {
    /// As it failed.
    pub failed: &'a Interaction,
    /// What asks for it.
    pub by: &'a str,
}

/// A message that a rule asks for.
pub(super) struct Wanted<'a> {
    pub app: &'a App,
    pub lender: &'a Arc<Lender>,
    pub occurrence: &'a Occurrence,
    pub rule: &'a NotificationRule,
    pub again: Option<Again<'a>>,
    pub trace_id: &'a str,
}

impl Wanted<'_> {
    /// Makes it: to this person, where it goes to one, and in its turn, if it is one of many.
    pub async fn make(&self, known: Option<Known>, paced: Option<Paced>) -> Result<Outcome, Error> {
        let made = match self.rule.message_type {
            MessageType::Email | MessageType::Sms => match known.clone() {
                Some(known) => self.to_person(known, paced).await,
                None => return self.failed(None, self.nobody()).await,
            },
            MessageType::WebHook => self.webhook(known.clone()).await,
            MessageType::EventStream => self.stream(known.as_ref()).await,
            MessageType::Task => self.task(known.clone()).await,
        };
        match made {
            Err(error) if error.is_ours() => Err(error),
            Err(error) => {
                let reason = FailureReason::of_error(&error, self.channel());
                let person = known.as_ref().map(|known| &known.person);
                self.failed(person, (reason, problem::detail(&error))).await
            }
            made => made,
        }
    }

    /// By which provider it leaves, where it goes to a person.
    pub fn way(&self) -> Option<Way> {
        let channel = match self.rule.message_type {
            MessageType::Email => SendingChannel::Email,
            MessageType::Sms => SendingChannel::Text,
            MessageType::WebHook | MessageType::EventStream | MessageType::Task => return None,
        };
        Some((channel, self.lender.tenant.senders.provider(channel, true)?))
    }

    pub fn channel(&self) -> Channel {
        self.rule.message_type.into()
    }

    fn id(&self) -> Id<id::Interaction> {
        let about = format!("event {}", self.occurrence.event_id);
        Id::keyed(self.lender.tenant.id.as_str(), &about, self.rule.id.as_str())
    }

    /// Why there is nobody to send to.
    pub fn nobody(&self) -> (FailureReason, String) {
        let kind = serde_json::to_value(self.rule.recipient).unwrap_or_default();
        let kind = kind.as_str().unwrap_or_default().to_owned();
        let detail = match self.rule.recipient_key(&self.occurrence.keys) {
            Some(key) => format!("There is no person {key}. Push the person, then send the message again."),
            None => {
                format!("The event names no {kind}, to whom the message was to go. Name it as {kind}Key.")
            }
        };
        (FailureReason::no_recipient(self.channel()), detail)
    }

    async fn to_person(&self, known: Known, paced: Option<Paced>) -> Result<Outcome, Error> {
        let resolved = self.resolved(Some(known)).await?;
        let accepted = accept::store(self.app, resolved, &self.request(), paced, Beside::default()).await?;
        Ok(match accepted {
            accept::Outcome::Accepted(message) => Outcome { message, to_hand_over: true },
            accept::Outcome::Repeated(message) => Outcome { message, to_hand_over: false },
            accept::Outcome::Blocked(blocked) => Outcome { message: blocked.record, to_hand_over: false },
        })
    }

    fn loan<'p>(&self, person: Option<&'p Person>) -> Option<&'p Loan> {
        loan_of(&self.lender.tenant.id, &self.occurrence.keys, person)
    }

    /// Everything it names, found.
    pub async fn resolved(&self, known: Option<Known>) -> Result<Resolved, Error> {
        let loan = self.loan(known.as_ref().map(|known| &known.person));
        let loans = loan.map(|loan| Ref::Id(loan.id.clone())).into_iter().collect();
        let about = About { loans, theme: Some(self.rule.theme()), ..About::default() };
        let template = self
            .rule
            .template_key
            .clone()
            .ok_or_else(|| Error::not_found("template", "that the rule names"))?;
        let channel = match self.rule.message_type {
            // Its text is what somebody at the lender's is to do, whatever else it was written for.
            MessageType::Task => None,
            _ => Some(self.channel()),
        };
        let wording = Wording::Template(template, channel);
        resolve::resolve_known(self.app, self.lender.clone(), about, known, &wording).await
    }

    pub fn request(&self) -> Request {
        Request {
            id: self.id(),
            external_id: None,
            circumstances: Circumstances { of_event: true, ..Circumstances::default() },
            context: self.context(),
            transactional: true,
            strict_undefined: false,
            send_at: None,
            send_jitter: 0,
            batch: None,
            supercase_bulk_operation: None,
            attachments: Vec::new(),
            edited: None,
            trigger: Some(trigger(self.occurrence, self.rule)),
            delay: self.rule.delay(),
            instead_of: self.again.map(|again| (Box::new(again.failed.clone()), again.by.to_owned())),
            trace_id: self.trace_id.to_owned(),
        }
    }

    /// What templates see of the event: its context, and the event itself as `event`.
    pub fn context(&self) -> Map<String, Value> {
        let mut context = self.occurrence.context.clone();
        context.insert("event".into(), told(self.occurrence));
        context
    }

    /// What the rule's template says, if it has one, and whether that is sensitive.
    pub async fn rendered(&self, known: Option<Known>) -> Result<Option<(Source, bool)>, Error> {
        if self.rule.template_key.is_none() {
            return Ok(None);
        }
        let resolved = self.resolved(known).await?;
        let composed = compose::preview(self.app, &resolved, &self.context(), false).await?;
        Ok(Some((composed.rendered, resolved.chosen.template.descriptor.sensitive)))
    }

    /// What a webhook says: the event, or what the rule's template makes of it, which must be JSON; and whether that is
    /// sensitive.
    pub async fn payload(&self, known: Option<Known>) -> Result<(Map<String, Value>, bool), Error> {
        let (data, is_sensitive) = match self.rendered(known).await? {
            None => (told(self.occurrence), self.tells_credentials()),
            Some((rendered, is_sensitive)) => {
                let text = rendered.content_text.unwrap_or_default();
                let data = serde_json::from_str(&text).map_err(|error| {
                    Error::Template(domain::error::TemplateFault {
                        part: "contentText".into(),
                        line: Some(error.line()),
                        column: Some(error.column()),
                        message: format!("renders to what is not JSON: {error}"),
                    })
                })?;
                (data, is_sensitive)
            }
        };
        let event = AnyEvent::Business(self.occurrence.event);
        let telling = Telling { event, timestamp: self.occurrence.taken_at, data };
        Ok((telling.fitting()?.content(), is_sensitive))
    }

    /// Whether the event itself may hold what opens an account, such as the code that resets a password.
    fn tells_credentials(&self) -> bool {
        self.occurrence.event.theme() == Theme::OpsAccountCredentials
    }

    async fn webhook(&self, known: Option<Known>) -> Result<Outcome, Error> {
        self.app.providers.serving(&self.lender.tenant, Channel::Webhook, true)?;
        let person = known.as_ref().map(|known| known.person.clone());
        let (payload, sensitive) = self.payload(known).await?;
        let to = self.rule.endpoint_id.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut message = Interaction { to, sensitive, ..self.begun(person.as_ref()) };
        if let Some(trigger) = &mut message.trigger {
            trigger.person_id = person.map(|person| person.id);
        }
        message.content = self.app.objects.keep(&message.tenant, &message.id, payload).await?;
        message.let_go_later(self.rule.delay(), self.app.now());
        self.kept(message, Beside::default()).await
    }

    async fn stream(&self, known: Option<&Known>) -> Result<Outcome, Error> {
        let content = json!({ "data": told(self.occurrence) });
        let mut message = self.begun_with(known.map(|known| &known.person));
        message.sensitive = self.tells_credentials();
        message.content = Content::Inline(content.as_object().cloned().unwrap_or_default());
        let outcome = self.kept(message, Beside::default()).await?;
        Ok(Outcome { to_hand_over: false, ..outcome })
    }

    async fn task(&self, known: Option<Known>) -> Result<Outcome, Error> {
        let person = known.as_ref().map(|known| known.person.clone());
        let (rendered, sensitive) = self.rendered(known).await?.unwrap_or_default();
        let mut message = Interaction { sensitive, ..self.begun_with(person.as_ref()) };
        // Whoever may see tasks sees their notes; what is sensitive stands with the message.
        let note =
            rendered.content_text.clone().or_else(|| rendered.subject_line.clone()).filter(|_| !sensitive);
        message.content = self.app.objects.keep(&message.tenant, &message.id, rendered.into()).await?;
        message.stands(self.app.now());
        let task = Task { note, ..Task::about(&message, TaskType::FollowUpEvent, self.app.now()) };
        let outcome = self.kept(message, Beside { tasks: &[task], reply: None }).await?;
        Ok(Outcome { to_hand_over: false, ..outcome })
    }

    async fn failed(
        &self,
        person: Option<&Person>,
        (reason, description): (FailureReason, String),
    ) -> Result<Outcome, Error> {
        let message = self.begun_with(person).stillborn(reason, description, self.app.now());
        tracing::warn!(interaction = %message.id, trace = self.trace_id, %reason, "could not be made");
        writer::refused(self.app, &message).await?;
        Ok(Outcome { message, to_hand_over: false })
    }

    async fn kept(&self, message: Interaction, beside: Beside<'_>) -> Result<Outcome, Error> {
        Ok(match writer::unbound(self.app, &message, beside).await? {
            None => Outcome { message, to_hand_over: true },
            Some(message) => Outcome { message, to_hand_over: false },
        })
    }

    /// The message among the person's. Only one that is judged, or goes nowhere, stands there: what moves has a place in the ledger.
    fn begun_with(&self, person: Option<&Person>) -> Interaction {
        Interaction { person_id: person.map(|person| person.id.clone()), ..self.begun(person) }
    }

    /// The message, of which nothing is known but what the event and the rule say.
    fn begun(&self, person: Option<&Person>) -> Interaction {
        let outline = Outline {
            id: self.id(),
            tenant: self.lender.tenant.id.clone(),
            person_id: None,
            channel: self.channel(),
            direction: Direction::Outbound,
            theme: self.rule.theme(),
            trace_id: self.trace_id.to_owned(),
        };
        let (now, loan) = (self.app.now(), self.loan(person));
        let loans = loan.as_slice();
        let message = Interaction {
            external_ids: person.map(|person| ExternalIds::of(person, None, loans)).unwrap_or_default(),
            loan_ids: loans.iter().map(|loan| loan.id.clone()).collect(),
            transactional: true,
            trigger: Some(trigger(self.occurrence, self.rule)),
            ..Interaction::begin(outline, Origin::Sent, now)
        };
        match self.again {
            Some(again) => message.instead_of(again.failed, again.by, now),
            None => message,
        }
    }
}
