//! Accepting a message: from what was asked for to a frozen, durable message with its place in the person's ledger, or to
//! the guard's refusal with every reason.

use domain::{
    Error,
    compliance::{self, Circumstances, Decision, Facts},
    error::Conflict,
    id::{self, ExternalId, Id},
    interaction::{Content, Interaction, Origin, Outline},
    person::Person,
    vocabulary::Direction,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{
    compose,
    resolve::{self, Matter, Resolved},
    writer::{self, New},
};
use crate::{
    app::App,
    needs::{Bodies, Items, Need},
    race::Race,
    store::people::Known,
    telemetry::Metric,
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
    /// Not before this instant. Where it is left open and only the hour is wrong, the next right one is taken.
    pub send_at: Option<Timestamp>,
    /// Up to this many seconds later.
    pub send_jitter: u32,
    /// Part of which batch.
    pub batch: Option<Id<id::Batch>>,
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

/// The farthest a message may be scheduled ahead (001, `sendAt`).
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 7);

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(resolve::NAMED), Need::All(STORE)];

/// The same where everything that is named was found already.
pub const STORE: &[Need] = &[
    Need::Read(Items::Interactions),
    Need::Write(Items::Interactions),
    Need::Write(Items::People),
    Need::Keep(Bodies::Contents),
    Need::Dispatch,
    Need::All(crate::templates::authoring::COMPILE),
];

/// Accepts a message to one person and hands it to the queue.
pub async fn accept(app: &App, resolved: Resolved, request: &Request) -> Result<Outcome, Error> {
    let outcome = store(app, resolved, request).await?;
    if let Outcome::Accepted(interaction) = &outcome {
        hand_over(app, std::slice::from_ref(interaction)).await;
    }
    Ok(outcome)
}

/// Everything but the queue.
pub(super) async fn store(app: &App, resolved: Resolved, request: &Request) -> Result<Outcome, Error> {
    let mut draft = Draft { resolved, request };
    let known = draft.resolved.known.take();
    let mut known = known.ok_or_else(|| Error::Internal("nobody to send to".into()))?;
    let lender = draft.resolved.lender.clone();
    let channel = draft.resolved.chosen.template.descriptor.channel;
    app.providers.serving(&lender.tenant, channel, request.transactional)?;
    let jitter = jitter(request);
    let (mut words, mut race) = (Words::default(), Race::begin());
    loop {
        let Known { person, mut ledger } = known;
        let (now, before) = (app.now(), ledger.version);
        let matter = draft.matter(&person)?;
        let mut message = draft.message(&person, &matter, now);
        let facts = message.facts(&lender.rules, &person, &ledger);
        let (decision, untimely) = decide(&facts, request.send_at, jitter, now);
        if !decision.allowed {
            return refused(app, &draft, message, decision, ledger.version).await;
        }
        let entry = facts.entry(message.theme, decision.evaluated_at);
        message.content = words.frozen(app, &draft, &person, &matter, now).await?;
        ledger.record(message.id.clone(), entry, now);
        message.let_go(decision, ledger.version, now);
        message.earlier_decisions.extend(untimely);
        match writer::new(app, &message, &ledger, before, &mut race).await? {
            New::Stored => {
                app.metrics.count(Metric::Accepted, &message.tenant, message.channel);
                tracing::info!(interaction = %message.id, trace = message.trace_id, "accepted");
                return Ok(Outcome::Accepted(message));
            }
            New::Existing(existing) => {
                return writer::repeated(request.external_id.as_ref(), *existing).map(Outcome::Repeated);
            }
            New::Again(changed) => known = *changed,
        }
    }
}

/// The guard's refusal, which is kept. A repetition of what was accepted already is answered as before, not blocked by
/// itself.
async fn refused(
    app: &App,
    draft: &Draft<'_>,
    message: Interaction,
    decision: Decision,
    ledger_version: u64,
) -> Result<Outcome, Error> {
    if let Some(existing) = app.store.find_interaction(&message.tenant, &message.id).await? {
        return writer::repeated(draft.request.external_id.as_ref(), existing).map(Outcome::Repeated);
    }
    let record = message.refused_by_guard(draft.refusal_id(), decision.clone(), ledger_version, app.now());
    writer::refused(app, &record).await?;
    app.metrics.count(Metric::Blocked, &record.tenant, record.channel);
    Ok(Outcome::Blocked(Box::new(Blocked { decision, record })))
}

/// Enqueues accepted messages whose time is near. One that does not get into the queue now is found by the sweep.
pub(super) async fn hand_over(app: &App, interactions: &[Interaction]) {
    let now = app.now();
    let near: Vec<Interaction> = interactions.iter().filter(|i| i.leaves_soon(now)).cloned().collect();
    if let Err(error) = app.queues.dispatch(&near, now).await {
        tracing::warn!(%error, "left to the sweep");
    }
}

/// The message's share of the jitter.
fn jitter(request: &Request) -> SignedDuration {
    SignedDuration::from_millis(rand::random_range(0..=i64::from(request.send_jitter) * 1000))
}

/// Asks the guard about the instant the message is to leave, after the jitter or as much of it as is right. Where the
/// caller left that open and only the hour is wrong, about the next right one (001, `sendAt`): then, what was decided
/// about the first comes second.
fn decide(
    facts: &Facts<'_>,
    send_at: Option<Timestamp>,
    jitter: SignedDuration,
    now: Timestamp,
) -> (Decision, Option<Decision>) {
    let first = decide_after(facts, send_at.unwrap_or(now).max(now), jitter);
    match first.next_right_hour().filter(|_| send_at.is_none()) {
        None => (first, None),
        Some(next) => match decide_after(facts, next, jitter) {
            later if later.allowed => (later, Some(first)),
            _ => (first, None),
        },
    }
}

/// The decision about `at` after the jitter; where that is too late, after less of it or none. What is refused in any
/// case is refused as of `at`.
fn decide_after(facts: &Facts<'_>, at: Timestamp, jitter: SignedDuration) -> Decision {
    let shares = [jitter, jitter / 2, jitter / 4, jitter / 8].into_iter().filter(|share| !share.is_zero());
    shares
        .map(|share| compliance::decide_on_record(facts, at + share))
        .find(|decision| decision.allowed)
        .unwrap_or_else(|| compliance::decide_on_record(facts, at))
}

/// Refuses a time too far ahead; `pointer` is what the dialect calls the field.
pub fn check_send_at(send_at: Option<Timestamp>, now: Timestamp, pointer: &str) -> Result<(), Error> {
    if send_at.is_some_and(|at| at.duration_since(now) > MAX_AHEAD) {
        return Err(Error::invalid(pointer, "lies more than 7 days ahead"));
    }
    Ok(())
}

/// A message in the making: everything resolved, nothing stored.
struct Draft<'a> {
    resolved: Resolved,
    request: &'a Request,
}

impl Draft<'_> {
    /// What of the person's it is about. Of a loan that is named, more than the name must be known.
    fn matter<'p>(&self, person: &'p Person) -> Result<Matter<'p>, Error> {
        let matter = self.resolved.matter(Some(person))?;
        let is_named = !self.resolved.about.loans.is_empty();
        match matter.loans.iter().find(|loan| is_named && loan.is_a_name_only()) {
            None => Ok(matter),
            Some(bare) => Err(Error::conflict(
                Conflict::LoanIncomplete,
                format!(
                    "Of the loan {} nothing but its id is known; push its details before writing about it.",
                    bare.id
                ),
            )),
        }
    }

    /// The message without its words, not yet judged.
    fn message(&self, person: &Person, matter: &Matter<'_>, now: Timestamp) -> Interaction {
        let (request, resolved) = (self.request, &self.resolved);
        let descriptor = &resolved.chosen.template.descriptor;
        let contact = match &resolved.about.contact {
            Some(_) => matter.contact,
            None => person.select_contact(descriptor.channel),
        };
        let outline = Outline {
            id: request.id.clone(),
            tenant: resolved.lender.tenant.id.clone(),
            person_id: person.id.clone(),
            channel: descriptor.channel,
            direction: Direction::Outbound,
            theme: resolved.theme.unwrap_or_default(),
            trace_id: request.trace_id.clone(),
        };
        Interaction {
            external_id: request.external_id.clone(),
            contact_id: contact.map(|contact| contact.id.clone()),
            to: contact.map(|contact| contact.value.clone()).unwrap_or_default(),
            subject: Some(descriptor.subject.clone()),
            circumstances: Circumstances {
                reply_to: resolved.previous.clone(),
                ..request.circumstances.clone()
            },
            transactional: request.transactional,
            loan_ids: matter.loans.iter().map(|loan| loan.id.clone()).collect(),
            case_id: matter.case.map(|case| case.id.clone()),
            statement_id: resolved.statement.as_ref().map(|statement| statement.id.clone()),
            descriptor_id: Some(descriptor.id.clone()),
            version_id: Some(resolved.chosen.version.id.clone()),
            batch_id: request.batch.clone(),
            sensitive: descriptor.sensitive,
            ..Interaction::begin(outline, Origin::Sent, now)
        }
    }

    /// What a refusal is kept under. The request may come again when it is right, hence not under the message's id.
    fn refusal_id(&self) -> Id<id::Interaction> {
        let (message, tenant) = (&self.request.id, &self.resolved.lender.tenant.id);
        Id::keyed(tenant.as_str(), message.as_str(), &format!("refused in {}", self.request.trace_id))
    }
}

/// The words of a message, rendered once for its person as known; again only where the person changed.
#[derive(Default)]
struct Words(Option<(Person, Content)>);

impl Words {
    async fn frozen(
        &mut self,
        app: &App,
        draft: &Draft<'_>,
        person: &Person,
        matter: &Matter<'_>,
        now: Timestamp,
    ) -> Result<Content, Error> {
        if let Some((known, content)) = &self.0
            && known == person
        {
            return Ok(content.clone());
        }
        let Draft { resolved, request } = draft;
        let occasion = resolved.occasion(Some(person), matter, now);
        let (own, strict) = (&request.context, request.strict_undefined);
        let rendered = compose::compose(app, &resolved.chosen, &occasion, own, strict).await?.rendered;
        let content = app.objects.keep(&occasion.tenant.id, &request.id, rendered.into()).await?;
        self.0 = Some((person.clone(), content.clone()));
        Ok(content)
    }
}
