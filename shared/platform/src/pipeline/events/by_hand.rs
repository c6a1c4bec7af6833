//! Messages that somebody sends by hand (003, `MANUAL`): made, or kept as the failures they are.

use std::sync::Arc;

use domain::{
    Error,
    compliance::Circumstances,
    error::Conflict,
    id::{self, Id, Ref},
    interaction::{Content, EventKeys, ExternalIds, Interaction, Origin, Outline, Trigger},
    person::{BookAddress, Person},
    task::{Task, TaskType},
    template::Source,
    tenant::TenantId,
    vocabulary::{AnyEvent, Channel, Direction, Event, FailureReason, MessageType, Theme},
    webhook_endpoint::Telling,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{super::writer, loan_of};
use crate::{
    app::{App, Lender},
    http::problem,
    pipeline::{
        accept::{self, Composition, Outcome, Request, Timing, Words},
        holders,
        resolve::{self, About, Wording},
        tell::{self, News, Sink},
    },
    store::{interactions::Beside, people::Known},
};

/// A message as somebody asks for it.
#[derive(Debug, Clone)]
pub struct ByHand {
    /// Under which id.
    pub id: Id<id::Interaction>,
    /// What it is.
    pub message_type: MessageType,
    /// Where it goes; the recipient's best contact if absent.
    pub destination: Option<String>,
    /// What it says.
    pub payload: Payload,
    /// What it is about, and to whom it goes: the client, else the group, else the user.
    pub keys: EventKeys,
    /// Who sends it.
    pub sender_key: Option<String>,
    /// Whether that is an agent, who sends only subjects that agents may.
    pub is_agent: bool,
    /// Why.
    pub theme: Option<Theme>,
    /// Joins logs from request to webhook.
    pub trace_id: String,
}

/// What a message says.
#[derive(Debug, Clone)]
pub enum Payload {
    /// This.
    Words(Source),
    /// What a program is told.
    Data(Value),
    /// What a template makes of it.
    Template(Ref<id::Descriptor>),
}

/// Makes it and hands it over.
///
/// # Errors
/// Ours only: what is wrong with the message stands with the message.
pub async fn send(app: &App, lender: &Arc<Lender>, asked: &ByHand) -> Result<Interaction, Error> {
    let making = Making { app, lender, asked };
    let made = match making.make().await {
        Err(error) if error.is_ours() => return Err(error),
        Err(error) => {
            let reason = FailureReason::of_error(&error, making.channel());
            return making.failed(reason, problem::detail(&error)).await;
        }
        Ok(made) => made,
    };
    match made {
        Outcome::Accepted(message) => {
            accept::hand_over(app, std::slice::from_ref(&message)).await;
            Ok(message)
        }
        Outcome::Repeated(message) => Ok(message),
        Outcome::Blocked(blocked) => Ok(blocked.record),
    }
}

/// To whom a message by hand goes, if its keys name anybody: the client, else the group, else the user.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn named(app: &App, tenant: &TenantId, keys: &EventKeys) -> Result<Option<Known>, Error> {
    let EventKeys { client_key, group_key, user_key, .. } = keys;
    let Some(key) = client_key.as_ref().or(group_key.as_ref()).or(user_key.as_ref()) else { return Ok(None) };
    let named = EventKeys::person(key).ok_or_else(|| Error::not_found("person", key))?;
    app.store.person(tenant, &named).await.map(Some)
}

struct Making<'a> {
    app: &'a App,
    lender: &'a Arc<Lender>,
    asked: &'a ByHand,
}

impl Making<'_> {
    fn channel(&self) -> Channel {
        self.asked.message_type.into()
    }

    async fn make(&self) -> Result<Outcome, Error> {
        match (self.asked.message_type, &self.asked.payload) {
            (MessageType::Email | MessageType::Sms, Payload::Template(template)) => {
                self.worded(template.clone()).await
            }
            (MessageType::Email | MessageType::Sms, payload) => {
                let words = match payload {
                    Payload::Words(words) => words.clone(),
                    Payload::Data(_) | Payload::Template(_) => Source::default(),
                };
                self.given(words).await
            }
            (MessageType::WebHook, payload) => {
                let event = AnyEvent::Business(Event::Manual);
                let content = Telling { event, timestamp: self.app.now(), data: data(payload) }.content();
                let mut message = self.begun(None, self.app.now());
                message.content = self.app.objects.keep(&message.tenant, &message.id, content).await?;
                message.let_go_unasked(self.app.now());
                self.kept(message, Beside::default()).await
            }
            (MessageType::EventStream, payload) => {
                let mut message = self.begun(None, self.app.now());
                let content = Map::from_iter([("data".to_owned(), data(payload))]);
                message.content = self.app.objects.keep(&message.tenant, &message.id, content).await?;
                let made = self.kept(message, Beside::default()).await?;
                if let Outcome::Accepted(message) | Outcome::Repeated(message) = &made {
                    let news = News {
                        id: message.id.to_string(),
                        event: AnyEvent::Business(Event::Manual),
                        sink: Sink::Log(message.id.clone()),
                        at: message.created_at,
                        data: data(payload),
                    };
                    tell::tell(self.app, &message.tenant, &[news]).await?;
                }
                Ok(made)
            }
            (MessageType::Task, payload) => {
                let words = match payload {
                    Payload::Words(words) => words.clone(),
                    Payload::Data(_) | Payload::Template(_) => Source::default(),
                };
                let known = self.recipient().await?;
                let mut message = self.begun(known.as_ref().map(|known| &known.person), self.app.now());
                let note = words.content_text.clone();
                message.content = self.app.objects.keep(&message.tenant, &message.id, words.into()).await?;
                message.stands(self.app.now());
                let task = Task { note, ..Task::about(&message, TaskType::FollowUpEvent, self.app.now()) };
                self.kept(message, Beside { tasks: &[task], reply: None }).await
            }
        }
    }

    /// To whom it goes, if anybody is named.
    async fn recipient(&self) -> Result<Option<Known>, Error> {
        let tenant = &self.lender.tenant.id;
        let Some(known) = named(self.app, tenant, &self.asked.keys).await? else {
            let address = self.asked.destination.as_deref();
            let address = address.and_then(|to| BookAddress::on(self.channel(), to));
            return match address {
                Some(address) => holders::only_one(self.app, tenant, &address).await,
                None => Ok(None),
            };
        };
        Ok(Some(known))
    }

    /// The contact that the destination is, if one is given.
    fn contact(&self, person: &Person) -> Result<Option<Ref<id::Contact>>, Error> {
        let Some(to) = self.asked.destination.as_deref() else { return Ok(None) };
        match person.contact_on(self.channel(), to) {
            Some(contact) => Ok(Some(Ref::Id(contact.id.clone()))),
            None => {
                let detail = "The destination is not a contact of the person: leave it out, add it to the person, or name nobody.";
                Err(Error::conflict(Conflict::ContactNotOfPerson, detail))
            }
        }
    }

    /// In a template's words.
    async fn worded(&self, template: Ref<id::Descriptor>) -> Result<Outcome, Error> {
        let known =
            self.recipient().await?.ok_or_else(|| Error::not_found("person", "that the message names"))?;
        let contact = self.contact(&known.person)?;
        let loan = loan_of(&self.lender.tenant.id, &self.asked.keys, Some(&known.person));
        let about = About {
            contact,
            loans: loan.map(|loan| Ref::Id(loan.id.clone())).into_iter().collect(),
            theme: self.asked.theme,
            ..About::default()
        };
        let wording = Wording::Template(template, Some(self.channel()));
        let resolved =
            resolve::resolve_known(self.app, self.lender.clone(), about, Some(known), &wording).await?;
        let subjects = self.app.subjects(&self.lender.tenant.id).await?;
        let subject = subjects.descriptor(&resolved.chosen.template.descriptor.subject);
        subject.may_be_sent_by(self.asked.is_agent)?;
        subject.may_say(false)?;
        let request = Request {
            id: self.asked.id.clone(),
            external_id: None,
            circumstances: Circumstances::default(),
            context: Map::new(),
            transactional: true,
            strict_undefined: false,
            send_at: None,
            send_jitter: 0,
            batch: None,
            supercase_bulk_operation: None,
            attachments: Vec::new(),
            edited: None,
            trigger: Some(self.trigger()),
            delay: jiff::SignedDuration::ZERO,
            instead_of: None,
            trace_id: self.asked.trace_id.clone(),
        };
        accept::store(self.app, resolved, &request, None, Beside::default()).await
    }

    /// In the words that were given.
    async fn given(&self, words: Source) -> Result<Outcome, Error> {
        self.app.providers.serving(&self.lender.tenant, self.channel(), true)?;
        let known = self.recipient().await?;
        let (words, _) = words.put_together(self.channel(), &self.lender.tenant.settings);
        let content = self.app.objects.keep(&self.lender.tenant.id, &self.asked.id, words.into()).await?;
        let composition = Given { making: self, content };
        if let Some(known) = &known {
            self.contact(&known.person)?;
        }
        match known {
            Some(known) => accept::admit(self.app, self.lender, known, &composition).await,
            None if self.asked.destination.is_some() => {
                let message =
                    Interaction { content: composition.content, ..self.begun(None, self.app.now()) };
                accept::admit_unbound(self.app, self.lender, message, Beside::default()).await
            }
            None => Err(Error::not_found("person", "that the message names")),
        }
    }

    async fn failed(&self, reason: FailureReason, description: String) -> Result<Interaction, Error> {
        let mut message = self.begun(None, self.app.now()).stillborn(reason, description, self.app.now());
        tracing::warn!(interaction = %message.id, trace = self.asked.trace_id, %reason, "could not be made");
        if let Payload::Words(words) = &self.asked.payload {
            message.content =
                self.app.objects.keep(&message.tenant, &message.id, words.clone().into()).await?;
        }
        writer::refused(self.app, &message).await?;
        Ok(message)
    }

    async fn kept(&self, message: Interaction, beside: Beside<'_>) -> Result<Outcome, Error> {
        Ok(match writer::unbound(self.app, &message, beside).await? {
            None => Outcome::Accepted(message),
            Some(existing) => Outcome::Repeated(existing),
        })
    }

    fn trigger(&self) -> Trigger {
        let template_key = match &self.asked.payload {
            Payload::Template(named) => Some(named.to_string()),
            Payload::Words(_) | Payload::Data(_) => None,
        };
        let url = self.asked.destination.clone().filter(|_| self.channel() == Channel::Webhook);
        Trigger {
            sender_key: self.asked.sender_key.clone(),
            template_key,
            url,
            ..Trigger::by_hand(self.asked.keys.clone())
        }
    }

    fn begun(&self, person: Option<&Person>, now: Timestamp) -> Interaction {
        let channel = self.channel();
        let to = self.asked.destination.clone().unwrap_or_default();
        let contact = person.and_then(|person| match to.is_empty() {
            true => person.select_contact(channel),
            false => person.contact_on(channel, &to),
        });
        let outline = Outline {
            id: self.asked.id.clone(),
            tenant: self.lender.tenant.id.clone(),
            person_id: person.map(|person| person.id.clone()),
            channel,
            direction: Direction::Outbound,
            theme: self.asked.theme.unwrap_or_default(),
            trace_id: self.asked.trace_id.clone(),
        };
        let loan = loan_of(&self.lender.tenant.id, &self.asked.keys, person);
        let loans = loan.as_slice();
        Interaction {
            contact_id: contact.map(|contact| contact.id.clone()),
            to: contact.map_or(to, |contact| contact.destination().into_owned()),
            external_ids: person.map(|person| ExternalIds::of(person, contact, loans)).unwrap_or_default(),
            loan_ids: loans.iter().map(|loan| loan.id.clone()).collect(),
            transactional: true,
            trigger: Some(self.trigger()),
            ..Interaction::begin(outline, Origin::Sent, now)
        }
    }
}

/// A message in the making, its words made already.
struct Given<'a> {
    making: &'a Making<'a>,
    content: Content,
}

impl Composition for Given<'_> {
    fn message(&self, person: &Person, now: Timestamp) -> Result<Interaction, Error> {
        Ok(Interaction { content: self.content.clone(), ..self.making.begun(Some(person), now) })
    }

    async fn words(&self, _: &App, _: &Person, _: Timestamp) -> Result<Words, Error> {
        Ok(Words::plain(self.content.clone()))
    }

    fn timing(&self) -> Timing {
        Timing::default()
    }
}

fn data(payload: &Payload) -> Value {
    match payload {
        Payload::Data(data) => data.clone(),
        Payload::Words(words) => json!(words.content_text),
        Payload::Template(_) => Value::Null,
    }
}
