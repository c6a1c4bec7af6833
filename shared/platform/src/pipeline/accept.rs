//! Accepting a message: from what was asked for to a frozen, durable message with its place in the person's ledger, or to
//! the guard's refusal with every reason.

mod admit;
mod from_template;
mod timing;

use domain::{
    Error,
    compliance::{Circumstances, Decision},
    error::Conflict,
    id::{self, ExternalId, Id},
    interaction::{Attachment, Interaction, Trigger},
    template::Source,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

pub use self::timing::{MAX_JITTER, check_jitter, check_send_at};
pub(super) use self::{
    admit::{Composition, Words, admit, admit_unbound},
    timing::Timing,
};
use self::{
    from_template::{FromTemplate, message},
    timing::decide,
};
use super::{
    compose, letters,
    rate::Paced,
    resolve::{self, Resolved},
};
use crate::{
    app::App,
    links,
    needs::{Bodies, Items, Need},
    store::{interactions::Beside, people::Known},
};

/// What every dialect asks for when it sends, beside what the message is about and in which words.
#[derive(Debug, Clone)]
pub struct Request {
    /// The message's id: fresh, or derived so that a repetition meets the first.
    pub id: Id<id::Interaction>,
    /// The lender's id for it.
    pub external_id: Option<ExternalId>,
    /// What its sender says of it besides; what it follows is what it is about.
    pub circumstances: Circumstances,
    /// The caller's variables.
    pub context: Map<String, Value>,
    /// 001's distinction.
    pub transactional: bool,
    /// Whether an undefined variable is an error.
    pub strict_undefined: bool,
    /// Not before this instant. If it is left open and only the hour is wrong, the next right one is taken.
    pub send_at: Option<Timestamp>,
    /// Up to this many seconds later.
    pub send_jitter: u32,
    /// The batch it is part of.
    pub batch: Option<Id<id::Batch>>,
    /// The lender's bulk operation it is part of (001).
    pub supercase_bulk_operation: Option<String>,
    /// What goes with it.
    pub attachments: Vec<Attachment>,
    /// What it says instead of what its template says, if somebody edited that.
    pub edited: Option<Source>,
    /// The event that triggered it, if one did.
    pub trigger: Option<Trigger>,
    /// How much later it leaves, at the first right hour then.
    pub delay: SignedDuration,
    /// The message that failed while it was made, whose place it takes, and what asks for that.
    pub instead_of: Option<(Box<Interaction>, String)>,
    /// Joins logs from request to webhook.
    pub trace_id: String,
}

/// What became of a request to send.
#[derive(Debug)]
pub enum Outcome {
    /// The message is stored and cannot be lost.
    Accepted(Interaction),
    /// This very request was accepted before: its message, as it stands by now.
    Repeated(Interaction),
    /// The guard says no.
    Blocked(Box<Blocked>),
}

/// A message the guard forbids.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocked {
    /// Why, and when it would not.
    pub decision: Decision,
    /// What is kept of it, under an id of its own.
    pub record: Interaction,
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(resolve::NAMED), Need::All(FOUND)];

/// The same if everything that is named was found already.
pub const FOUND: &[Need] = &[Need::All(LINKED), Need::All(letters::ACCEPT)];

/// The same by another way than mail.
pub const LINKED: &[Need] = &[Need::All(links::NEEDS), Need::All(STORE)];

/// The same for transactional messages, from which nobody unsubscribes.
pub const STORE: &[Need] =
    &[Need::Keep(Bodies::Contents), Need::All(crate::templates::authoring::COMPILE), Need::All(UNWORDED)];

/// The same if the words are there already.
pub const UNWORDED: &[Need] = &[
    Need::Read(Items::Interactions),
    Need::Write(Items::Interactions),
    Need::Read(Items::People),
    Need::Write(Items::People),
    Need::Dispatch,
];

/// Accepts a message to one person and hands it to the queue.
pub async fn accept(app: &App, resolved: Resolved, request: &Request) -> Result<Outcome, Error> {
    let outcome = store(app, resolved, request, None, Beside::default()).await?;
    if let Outcome::Accepted(interaction) = &outcome {
        hand_over(app, std::slice::from_ref(interaction)).await;
    }
    Ok(outcome)
}

/// Everything but the queue, with what is written beside the message. It leaves when its turn comes, if it has one.
pub(super) async fn store(
    app: &App,
    mut resolved: Resolved,
    request: &Request,
    paced: Option<Paced>,
    beside: Beside<'_>,
) -> Result<Outcome, Error> {
    let known = resolved.known.take().ok_or_else(|| Error::Internal("nobody to send to".into()))?;
    let lender = resolved.lender.clone();
    let channel = resolved.chosen.template.descriptor.channel;
    app.providers.serving(&lender.tenant, channel, request.transactional)?;
    if !channel.reaches_person() {
        let name = &resolved.chosen.template.descriptor.name;
        let detail =
            format!("The template {name} is for the channel {channel}, by which nothing goes to a person.");
        return Err(Error::conflict(Conflict::ChannelMismatch, detail));
    }
    admit(app, &lender, known, &FromTemplate { resolved, request, paced, beside }).await
}

/// A message as it would be accepted now.
pub(super) struct Rehearsed {
    /// Where it would go.
    pub to: String,
    /// What it would say.
    pub rendered: Source,
    /// What the guard would decide.
    pub decision: Decision,
    /// Its person, with its place in the ledger if it would be accepted.
    pub known: Known,
}

/// What would be accepted now, without accepting it.
pub(super) async fn rehearse(app: &App, resolved: &Resolved, request: &Request) -> Result<Rehearsed, Error> {
    let Some(mut known) = resolved.known.clone() else {
        return Err(Error::Internal("nobody to send to".into()));
    };
    let Known { person, ledger, .. } = &mut known;
    let (lender, now) = (&resolved.lender, app.now());
    app.providers.serving(
        &lender.tenant,
        resolved.chosen.template.descriptor.channel,
        request.transactional,
    )?;
    let message = message(resolved, request, person, now)?;
    let facts = message.facts(&lender.rules, person, ledger);
    let (decision, _) = decide(&facts, request.send_at, now + request.delay, SignedDuration::ZERO);
    let rendered =
        compose::preview(app, resolved, &request.context, request.strict_undefined).await?.rendered;
    if decision.allowed {
        compose::fits(&rendered, message.channel, !request.attachments.is_empty())?;
        let entry = facts.entry(message.theme, decision.evaluated_at);
        ledger.enter(message.id.clone(), entry, now);
    }
    Ok(Rehearsed { to: message.to, rendered, decision, known })
}

/// Enqueues accepted messages whose time is near. One that does not get into the queue now is found by the sweep.
pub async fn hand_over(app: &App, interactions: &[Interaction]) {
    let now = app.now();
    let near: Vec<Interaction> = interactions.iter().filter(|i| i.leaves_soon(now)).cloned().collect();
    if let Err(error) = app.queues.dispatch(&near, now).await {
        tracing::warn!(%error, "left to the sweep");
    }
}
