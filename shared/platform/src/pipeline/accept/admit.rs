//! From a message in the making to one that is stored, or to the guard's refusal, which is kept.

use domain::{
    Error,
    compliance::Decision,
    id::Id,
    interaction::{Attachment, Content, Interaction, Unmasked},
    ledger::LedgerEntry,
    letter::Letter,
    person::Person,
    vocabulary::Channel,
};
use jiff::{SignedDuration, Timestamp};

use super::{
    Blocked, Outcome,
    timing::{Timing, decide},
};
use crate::{
    app::{App, Lender},
    pipeline::{
        holders,
        writer::{self, New},
    },
    race::{Race, Turn},
    store::{interactions::Beside, people::Known},
    telemetry::Metric,
};

/// A message in the making: what of it depends on its person, who may change while it is accepted.
pub(in crate::pipeline) trait Composition: Sync {
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
pub(in crate::pipeline) struct Words {
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

/// Judges, words and stores a message to a person with its place in the ledger; or keeps the guard's refusal. Words are
/// made once for the person as known; again only if the person changed. Those to one person are stored one after the
/// other: of many at once, each lost race would cost the table two calls.
pub(in crate::pipeline) async fn admit(
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
pub(in crate::pipeline) async fn admit_unbound(
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
