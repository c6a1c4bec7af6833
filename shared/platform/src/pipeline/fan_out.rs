//! One message on several channels at once, whose sender waits to hear what becomes of each (004).
//!
//! Each channel's message is accepted like any other and then given to its channel's dispatcher directly rather than by the
//! queue. It is due all the while: what nobody answers for is found by the sweep.

use std::time::Duration;

use domain::{
    Error,
    compliance::{Circumstances, Decision, ReasonCode},
    id::{self, Id},
    interaction::{Content, ExternalIds, Interaction, Origin, Outline},
    person::{BookAddress, Person},
    template::Source,
    vocabulary::{Channel, Direction, InteractionStatus, SendingChannel, Theme},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

use super::{
    accept::{self, Composition, Outcome, Timing, Words},
    holders,
};
use crate::{
    app::{App, Lender},
    invoke::Callee,
    needs::{Bodies, Items, Need},
    store::{interactions::Beside, people::Known},
};

/// How long the sender waits. API Gateway waits 30 s for everything, acceptance included.
const PATIENCE: Duration = Duration::from_secs(10);

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::AddressBook),
    Need::Keep(Bodies::Contents),
    Need::All(accept::UNWORDED),
    Need::Invoke(Callee::Dispatcher(SendingChannel::Email)),
    Need::Invoke(Callee::Dispatcher(SendingChannel::Text)),
    Need::Invoke(Callee::Dispatcher(SendingChannel::Gui)),
    Need::Invoke(Callee::Dispatcher(SendingChannel::Push)),
    Need::Invoke(Callee::Dispatcher(SendingChannel::Webhook)),
];

/// A message on one channel.
#[derive(Debug, Clone)]
pub struct Addressed {
    /// Under which id.
    pub id: Id<id::Interaction>,
    /// By which channel.
    pub channel: Channel,
    /// To which address, number, token or URL.
    pub to: Recipient,
    /// What it says.
    pub content: Source,
    /// Joins logs from request to webhook.
    pub trace_id: String,
}

/// Whom a message goes to.
#[derive(Debug, Clone)]
pub enum Recipient {
    /// Whoever has this address.
    Address(String),
    /// A person, within the lender's own application.
    Person(Box<Known>),
}

/// How far a message is, for whoever waits to hear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fate {
    /// It left.
    Left,
    /// It is being sent, or will be.
    UnderWay,
    /// The guard says no, because the recipient does not want such messages.
    OptedOut,
    /// It did not leave and will not, because of this.
    Ended(String),
}

impl Fate {
    /// How far a message is as it stands.
    pub fn of(message: &Interaction) -> Self {
        match message.state.status {
            Some(InteractionStatus::Failed | InteractionStatus::Canceled) => {
                let why = message.failure.as_ref().map(|failure| failure.description.clone());
                Self::Ended(why.unwrap_or_else(|| "The message was canceled.".into()))
            }
            None
            | Some(
                InteractionStatus::Scheduled
                | InteractionStatus::InProgress
                | InteractionStatus::Attempted
                | InteractionStatus::Succeeded,
            ) => match message.due_at {
                None => Self::Left,
                Some(_) => Self::UnderWay,
            },
        }
    }

    fn forbidden(decision: &Decision) -> Self {
        match decision.ruling().map(|reason| reason.code) {
            Some(ReasonCode::ConsentRevoked | ReasonCode::ChannelOptedOut) => Self::OptedOut,
            _ => Self::Ended(decision.detail()),
        }
    }
}

/// What a dispatcher is invoked with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The message as a queue would bring it.
    pub dispatch: Interaction,
}

/// Until when the sender of a message that begins now waits, on all its channels.
pub fn patience() -> Instant {
    Instant::now() + PATIENCE
}

/// Sends one and waits for what becomes of it.
///
/// # Errors
/// [`Conflict::ChannelNotConfigured`](domain::error::Conflict::ChannelNotConfigured); [`Error::Unavailable`] if it could not be stored.
pub async fn send(app: &App, lender: &Lender, one: Addressed, until: Instant) -> Result<Fate, Error> {
    let accepted = timeout_at(until, accept(app, lender, one)).await;
    let late = || Error::Unavailable("a message was not stored while its sender waited".into());
    let message = match accepted.map_err(|_| late())?? {
        Outcome::Accepted(message) | Outcome::Repeated(message) => message,
        Outcome::Blocked(blocked) => return Ok(Fate::forbidden(&blocked.decision)),
    };
    match Fate::of(&message) {
        Fate::UnderWay => Ok(hand_over(app, message, until).await),
        fate @ (Fate::Left | Fate::OptedOut | Fate::Ended(_)) => Ok(fate),
    }
}

async fn accept(app: &App, lender: &Lender, one: Addressed) -> Result<Outcome, Error> {
    let tenant = &lender.tenant.id;
    app.providers.serving(&lender.tenant, one.channel, true)?;
    let (to, known) = match one.to {
        Recipient::Person(known) => (String::new(), Some(*known)),
        Recipient::Address(address) => {
            let known = match BookAddress::on(one.channel, &address) {
                Some(read) => holders::only_one(app, tenant, &read).await?,
                None => None,
            };
            (address, known)
        }
    };
    let content = match one.channel {
        // A program is told what the caller said, as it was said.
        Channel::Webhook => one.content,
        channel => one.content.put_together(channel, &lender.tenant.settings).0,
    };
    let content = app.objects.keep(tenant, &one.id, content.into()).await?;
    let (channel, trace_id, now) = (one.channel, one.trace_id, app.now());
    let composition = Waiting { lender, id: one.id, channel, to, content, trace_id, now };
    match known {
        Some(known) => accept::admit(app, lender, known, &composition).await,
        None => accept::admit_unbound(app, lender, composition.begun(None, now), Beside::default()).await,
    }
}

/// Gives a message to its dispatcher, and to the queue if that does not answer for it. Both may have it: whoever takes
/// it first is the one.
async fn hand_over(app: &App, message: Interaction, until: Instant) -> Fate {
    let Some(channel) = message.channel.sending() else { return Fate::UnderWay };
    let call = Call { dispatch: message };
    let invocation = app.invoker.invoke(Callee::Dispatcher(channel), &call);
    let (id, trace) = (&call.dispatch.id, &call.dispatch.trace_id);
    match timeout_at(until, invocation).await {
        Ok(Ok(fate)) => fate,
        Ok(Err(error)) => {
            tracing::warn!(interaction = %id, trace, %error, "its dispatcher gives no answer");
            accept::hand_over(app, std::slice::from_ref(&call.dispatch)).await;
            Fate::UnderWay
        }
        Err(_) => {
            tracing::warn!(interaction = %id, trace, "nobody waits for it any longer");
            Fate::UnderWay
        }
    }
}

/// A message in the making, its words made already.
struct Waiting<'a> {
    lender: &'a Lender,
    id: Id<id::Interaction>,
    channel: Channel,
    to: String,
    content: Content,
    trace_id: String,
    now: Timestamp,
}

impl Waiting<'_> {
    fn begun(&self, person: Option<&Person>, now: Timestamp) -> Interaction {
        let contact = person.and_then(|person| person.contact_on(self.channel, &self.to));
        let outline = Outline {
            id: self.id.clone(),
            tenant: self.lender.tenant.id.clone(),
            person_id: person.map(|person| person.id.clone()),
            channel: self.channel,
            direction: Direction::Outbound,
            theme: Theme::OpsServicing,
            trace_id: self.trace_id.clone(),
        };
        Interaction {
            contact_id: contact.map(|contact| contact.id.clone()),
            // As it is on record, which may be in other capitals.
            to: contact.map_or(&self.to, |contact| &contact.value).clone(),
            external_ids: person.map(|person| ExternalIds::of(person, contact, &[])).unwrap_or_default(),
            circumstances: Circumstances::default(),
            transactional: true,
            content: self.content.clone(),
            awaited_until: Some(self.now + SignedDuration::from_secs(PATIENCE.as_secs().cast_signed())),
            ..Interaction::begin(outline, Origin::Sent, now)
        }
    }
}

impl Composition for Waiting<'_> {
    fn message(&self, person: &Person, now: Timestamp) -> Result<Interaction, Error> {
        Ok(self.begun(Some(person), now))
    }

    async fn words(&self, _: &App, _: &Person, _: Timestamp) -> Result<Words, Error> {
        Ok(Words::plain(self.content.clone()))
    }

    /// Now or not at all: its sender waits.
    fn timing(&self) -> Timing {
        Timing { send_at: Some(self.now), ..Timing::default() }
    }
}

#[cfg(test)]
mod tests;
