//! Accepting a message: from what was asked for to a frozen, durable message with its place in the person's ledger, or to
//! the guard's refusal with every reason.

use domain::{
    Error,
    compliance::{self, Circumstances, Decision, Facts},
    error::Conflict,
    id::{self, ExternalId, Id, Ref},
    interaction::{Attachment, Content, ExternalIds, Interaction, Origin, Outline, Trigger, Unmasked},
    ledger::LedgerEntry,
    letter::Letter,
    person::Person,
    template::Source,
    update::Faults,
    vocabulary::{Channel, Direction},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{
    compose, holders, letters,
    rate::Paced,
    resolve::{self, Matter, Resolved},
    writer::{self, New},
};
use crate::{
    app::{App, Lender},
    links,
    needs::{Bodies, Items, Need},
    race::{Race, Turn},
    store::{interactions::Beside, people::Known},
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

/// The farthest a message may be scheduled ahead (001, `sendAt`).
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 7);
/// The farthest it may lie in the past: callers' clocks differ, and requests travel.
const MAX_PAST: SignedDuration = SignedDuration::from_mins(5);
/// The longest jitter, in seconds: a day.
pub const MAX_JITTER: u32 = 86_400;

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

/// A message in the making: what of it depends on its person, who may change while it is accepted.
pub(super) trait Composition: Sync {
    /// The message to this person, neither worded nor judged. It is the same one whenever it is asked for.
    fn message(&self, person: &Person, now: Timestamp) -> Result<Interaction, Error>;

    /// Its words, kept.
    fn words(
        &self,
        app: &App,
        person: &Person,
        now: Timestamp,
    ) -> impl Future<Output = Result<Words, Error>> + Send;

    /// When it is to leave.
    fn timing(&self) -> Timing;

    /// What is written beside it, or not at all.
    fn beside(&self) -> Beside<'_> {
        Beside::default()
    }
}

/// What a message says, kept.
#[derive(Debug, Clone)]
pub(super) struct Words {
    /// As everybody may see it.
    pub content: Content,
    /// With its secret.
    pub unmasked: Option<Unmasked>,
    /// On paper, if it is a letter.
    pub letter: Option<Letter>,
}

impl Words {
    /// What everybody may read, on no paper.
    pub fn plain(content: Content) -> Self {
        Self { content, unmasked: None, letter: None }
    }
}

/// When a message is to leave.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Timing {
    /// Not before this instant. If it is left open and only the hour is wrong, the next right one is taken.
    pub send_at: Option<Timestamp>,
    /// So much later than now, if that is left open.
    pub delay: SignedDuration,
    /// Up to this many seconds later.
    pub jitter: u32,
    /// When its turn comes, if it is one of many.
    pub paced: Option<Paced>,
}

/// Judges, words and stores a message to a person with its place in the ledger; or keeps the guard's refusal. Words are
/// made once for the person as known; again only if the person changed. Those to one person are stored one after the
/// other: of many at once, each lost race would cost the table two calls.
pub(super) async fn admit(
    app: &App,
    lender: &Lender,
    mut known: Known,
    composition: &impl Composition,
) -> Result<Outcome, Error> {
    let Timing { send_at, delay, jitter, paced } = composition.timing();
    let is_spread = jitter > 0;
    let jitter = SignedDuration::from_millis(rand::random_range(0..=i64::from(jitter) * 1000));
    let (mut worded, mut race, mut turn) = (None::<(Person, Words)>, Race::begin(), None::<Turn<Known>>);
    // The revision of the message that is stored already, although its place in the ledger was lost to another.
    let mut kept = None::<u64>;
    loop {
        let Known { person, mut ledger, revision } = known;
        let (now, before) = (app.now(), ledger.version);
        let (of, mut message) = (person.id.clone(), composition.message(&person, now)?);
        message.revision = kept.map_or(message.revision, |kept| kept + 1);
        if message.channel == Channel::Text {
            Attachment::fit_text(&message.attachments, &message.to)?;
        }
        let facts = message.facts(&lender.rules, &person, &ledger);
        let (mut decision, untimely) = decide(&facts, send_at, now + delay, jitter);
        let is_no_contact = message.contact_id.is_none() && !message.to.is_empty();
        if decision.allowed && (is_no_contact || !message.copies.is_empty()) {
            decision = holders::forbid(app, lender, &message).await?.unwrap_or(decision);
        }
        if !decision.allowed {
            return match kept {
                None => refused(app, message, decision, ledger.version).await,
                Some(_) => refused_after_all(app, message, decision, ledger.version).await,
            };
        }
        let entry = facts.entry(message.theme, decision.evaluated_at);
        let words = match worded.take().filter(|(known, _)| *known == person) {
            Some((_, words)) => words,
            None => composition.words(app, &person, now).await?,
        };
        let Words { content, unmasked, letter } = words.clone();
        (message.content, message.unmasked, message.letter) = (content, unmasked, letter);
        worded = Some((person, words));
        if turn.is_none() {
            let first = writer::turn(app, &message, &of, &mut race).await?;
            let first = turn.insert(first);
            // Taken in any case: what we do not use is older than what we read.
            let left = first.take();
            if first.waited {
                known = match left {
                    Some(left) => left,
                    None => writer::again(app, &message.tenant, &of).await?,
                };
                continue;
            }
        }
        message.let_go(decision, ledger.version + 1, now);
        if let Some(paced) = paced {
            paced.apply(&mut message, is_spread, now);
        }
        let at = message.leaves_at().map_or(entry.at, |at| at.max(entry.at));
        ledger.enter(message.id.clone(), LedgerEntry { at, ..entry }, now);
        message.earlier_decisions.extend(untimely);
        match writer::new(app, &message, composition.beside(), &mut ledger, before, &mut race).await? {
            New::Stored => {
                if let (Some(turn), Some((person, _))) = (&mut turn, worded) {
                    turn.leave(Known { person, ledger, revision });
                }
                return Ok(Outcome::Accepted(accepted(app, message)));
            }
            // What the guard refused may be asked for again.
            New::Existing(refused) if refused.was_refused_as(&message) => {
                kept = Some(refused.revision);
                known = writer::again(app, &message.tenant, &of).await?;
            }
            New::Existing(existing) => {
                return writer::repeated(message.external_id.as_ref(), *existing).map(Outcome::Repeated);
            }
            New::Again { known: changed, kept: is_kept } => {
                known = *changed;
                if is_kept {
                    kept = Some(message.revision);
                }
            }
        }
    }
}

/// The guard's refusal of a message that was stored, and then lost its place in the ledger: it ends as refused.
async fn refused_after_all(
    app: &App,
    message: Interaction,
    decision: Decision,
    ledger_version: u64,
) -> Result<Outcome, Error> {
    let id = message.id.clone();
    let mut record = message.refused_by_guard(id, decision.clone(), ledger_version, app.now());
    record.revision -= 1;
    if !app.store.save_interaction(&mut record).await? {
        // Somebody took it meanwhile, and decides for itself.
        let existing = app.store.interaction(&record.tenant, &record.id).await?;
        return writer::repeated(record.external_id.as_ref(), existing).map(Outcome::Repeated);
    }
    Ok(blocked(app, record, decision))
}

/// Stores a message to nobody we know, with what is written beside it, unless somebody who has its address forbids it.
pub(super) async fn admit_unbound(
    app: &App,
    lender: &Lender,
    mut message: Interaction,
    beside: Beside<'_>,
) -> Result<Outcome, Error> {
    if let Some(decision) = holders::forbid(app, lender, &message).await? {
        return refused(app, message, decision, 0).await;
    }
    message.let_go_unasked(app.now());
    match writer::unbound(app, &message, beside).await? {
        None => Ok(Outcome::Accepted(accepted(app, message))),
        Some(existing) => writer::repeated(message.external_id.as_ref(), existing).map(Outcome::Repeated),
    }
}

fn accepted(app: &App, message: Interaction) -> Interaction {
    app.metrics.count(Metric::Accepted, &message.tenant, message.channel);
    tracing::info!(interaction = %message.id, trace = message.trace_id, "accepted");
    message
}

/// The guard's refusal, which is kept. A repetition of what was accepted already is answered as before, not blocked by
/// itself.
async fn refused(
    app: &App,
    message: Interaction,
    decision: Decision,
    ledger_version: u64,
) -> Result<Outcome, Error> {
    let existing = app.store.find_interaction(&message.tenant, &message.id).await?;
    if let Some(existing) = existing.filter(|existing| existing.revision >= message.revision) {
        return writer::repeated(message.external_id.as_ref(), existing).map(Outcome::Repeated);
    }
    // A request may come again when it is right, hence not under the message's id. An event happens once.
    let id = match message.trigger.as_ref().is_some_and(|trigger| trigger.event_id.is_some()) {
        true => message.id.clone(),
        false => {
            let attempt = format!("refused in {}", message.trace_id);
            Id::keyed(message.tenant.as_str(), message.id.as_str(), &attempt)
        }
    };
    let record = message.refused_by_guard(id, decision.clone(), ledger_version, app.now());
    writer::refused(app, &record).await?;
    Ok(blocked(app, record, decision))
}

fn blocked(app: &App, record: Interaction, decision: Decision) -> Outcome {
    app.metrics.count(Metric::Blocked, &record.tenant, record.channel);
    Outcome::Blocked(Box::new(Blocked { decision, record }))
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

/// Asks the guard about the instant the message is to leave, after the jitter or as much of it as is right. If the
/// caller left that open and only the hour is wrong, about the next right one (001, `sendAt`): then, what was decided
/// about the first comes second.
fn decide(
    facts: &Facts<'_>,
    send_at: Option<Timestamp>,
    soonest: Timestamp,
    jitter: SignedDuration,
) -> (Decision, Option<Decision>) {
    let first = decide_after(facts, send_at.map_or(soonest, |at| at.max(soonest)), jitter);
    match first.next_right_hour().filter(|_| send_at.is_none()) {
        None => (first, None),
        Some(next) => match decide_after(facts, next, jitter) {
            later if later.allowed => (later, Some(first)),
            _ => (first, None),
        },
    }
}

/// The decision about `at` after the jitter; if that is too late, after less of it or none. What is refused in any
/// case is refused as of `at`.
fn decide_after(facts: &Facts<'_>, at: Timestamp, jitter: SignedDuration) -> Decision {
    let shares = [jitter, jitter / 2, jitter / 4, jitter / 8].into_iter().filter(|share| !share.is_zero());
    shares
        .map(|share| compliance::decide_on_record(facts, at + share))
        .find(|decision| decision.allowed)
        .unwrap_or_else(|| compliance::decide_on_record(facts, at))
}

/// Notes a time too far ahead or past; `pointer` is what the dialect calls the field.
pub fn check_send_at(faults: &mut Faults, send_at: Option<Timestamp>, now: Timestamp, pointer: &str) {
    let Some(at) = send_at else { return };
    let ahead = at.duration_since(now);
    faults.expect(ahead <= MAX_AHEAD, pointer, "must be at most 7 days ahead");
    faults.expect(
        ahead >= -MAX_PAST,
        pointer,
        "must be at most 5 minutes in the past; leave it out to send now",
    );
}

/// Notes a jitter that is too long; `pointer` is what the dialect calls the field.
pub fn check_jitter(faults: &mut Faults, seconds: u32, pointer: &str) {
    faults.expect(seconds <= MAX_JITTER, pointer, &format!("must be at most {MAX_JITTER} seconds"));
}

/// A message in a template's words: everything resolved, nothing stored.
struct FromTemplate<'a> {
    resolved: Resolved,
    request: &'a Request,
    paced: Option<Paced>,
    beside: Beside<'a>,
}

/// What of the person's a message is about. Of a loan that is named, more than the name must be known.
fn matter<'p>(resolved: &Resolved, person: &'p Person) -> Result<Matter<'p>, Error> {
    let matter = resolved.matter(Some(person))?;
    let is_named = !resolved.about.loans.is_empty();
    match matter.loans.iter().find(|loan| is_named && loan.is_a_name_only()) {
        None => Ok(matter),
        Some(bare) => {
            let tenant = resolved.lender.tenant.id.as_str();
            let is_it = |named: &&Ref<id::Loan>| named.resolve(tenant) == bare.id;
            let named =
                resolved.about.loans.iter().find(is_it).map_or_else(String::new, |named| format!(" {named}"));
            let detail = format!(
                "Of the loan{named} nothing but its id is known; push its details before writing about it."
            );
            Err(Error::conflict(Conflict::LoanIncomplete, detail))
        }
    }
}

/// The message to a person, neither worded nor judged.
fn message(
    resolved: &Resolved,
    request: &Request,
    person: &Person,
    now: Timestamp,
) -> Result<Interaction, Error> {
    let matter = matter(resolved, person)?;
    let descriptor = &resolved.chosen.template.descriptor;
    let contact = match &resolved.about.contact {
        Some(_) => matter.contact,
        None => person.select_contact(descriptor.channel),
    };
    let outline = Outline {
        id: request.id.clone(),
        tenant: resolved.lender.tenant.id.clone(),
        person_id: Some(person.id.clone()),
        channel: descriptor.channel,
        direction: Direction::Outbound,
        theme: resolved.theme.unwrap_or_default(),
        trace_id: request.trace_id.clone(),
    };
    let message = Interaction {
        external_id: request.external_id.clone(),
        contact_id: contact.map(|contact| contact.id.clone()),
        to: contact.map(|contact| contact.destination().into_owned()).unwrap_or_default(),
        external_ids: ExternalIds::of(person, contact, &matter.loans),
        subject: Some(descriptor.subject.clone()),
        circumstances: Circumstances { reply_to: resolved.previous.clone(), ..request.circumstances.clone() },
        transactional: request.transactional,
        loan_ids: matter.loans.iter().map(|loan| loan.id.clone()).collect(),
        case_id: matter.case.map(|case| case.id.clone()),
        statement_id: resolved.statement.as_ref().map(|statement| statement.id.clone()),
        descriptor_id: resolved.chosen.descriptor_id(),
        version_id: resolved.chosen.version_id(),
        batch_id: request.batch.clone(),
        supercase_bulk_operation_id: request.supercase_bulk_operation.clone(),
        attachments: request.attachments.clone(),
        sensitive: descriptor.sensitive,
        trigger: request.trigger.clone(),
        ..Interaction::begin(outline, Origin::Sent, now)
    };
    Ok(match &request.instead_of {
        Some((failed, by)) => message.instead_of(failed, by, now),
        None => message,
    })
}

impl Composition for FromTemplate<'_> {
    fn message(&self, person: &Person, now: Timestamp) -> Result<Interaction, Error> {
        message(&self.resolved, self.request, person, now)
    }

    async fn words(&self, app: &App, person: &Person, now: Timestamp) -> Result<Words, Error> {
        let (Self { resolved, request, paced: _, beside: _ }, matter) =
            (self, matter(&self.resolved, person)?);
        let message = self.message(person, now)?;
        let unsubscribe = app.links.unsubscribe(&message).await?;
        let occasion = resolved.occasion(Some(person), &matter, unsubscribe.as_deref(), now);
        let (own, strict) = (&request.context, request.strict_undefined);
        let mut composed = compose::compose(app, &resolved.chosen, &occasion, own, strict).await?;
        if let Some(edited) = &request.edited {
            let settings = &occasion.tenant.settings;
            composed.rendered = compose::edited(composed.rendered, edited, occasion.channel, settings)?;
        }
        let letter = match occasion.channel {
            Channel::Mail => Some(letters::print(app, occasion.tenant, &message, person, &composed).await?),
            _ => None,
        };
        compose::fits(&composed.rendered, occasion.channel, !request.attachments.is_empty())?;
        let content = app.objects.keep(&occasion.tenant.id, &request.id, composed.rendered.into()).await?;
        Ok(Words { letter, ..Words::plain(content) })
    }

    fn timing(&self) -> Timing {
        let Request { send_at, delay, send_jitter, .. } = *self.request;
        Timing { send_at, delay, jitter: send_jitter, paced: self.paced }
    }

    fn beside(&self) -> Beside<'_> {
        self.beside
    }
}
