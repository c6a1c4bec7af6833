//! Circuits of accounts at providers: checked before a message leaves, updated with the result.
//!
//! What is known of an account is read at most once in a few seconds in each process, and written only when it changes. Failures
//! are counted in the process; it shares what it concludes from them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{
    Error,
    account::Account,
    circuit::{Circuit, Pass, Trouble},
    delivery::{About, Refusal, Retry, SendOutcome},
    id::{self, Id},
    interaction::Interaction,
    tenant::TenantId,
    vocabulary::FailureReason,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    app::App,
    cache::Cache,
    needs::{Items, Need},
    race::Race,
};

/// What asking and telling need of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Circuits), Need::Write(Items::Circuits)];

/// How long a process takes an account to be as it was: the longest its messages still leave, or wait, after that changed.
const MEMORY: Duration = Duration::from_secs(3);
/// Accounts that a process has in mind at the same time; beyond, it begins anew.
const COUNTED: usize = 1_000;

/// Whose account.
type Key = (TenantId, Account);

/// What a process knows of accounts.
pub struct Circuits {
    known: Cache<Key, Circuit>,
    seen: Mutex<BTreeMap<Key, Seen>>,
}

/// How a process saw an account do.
#[derive(Debug, Default, Clone)]
struct Seen {
    /// Messages in a row that failed.
    failures: u32,
    /// The last of them, and when.
    last: Option<(Id<id::Interaction>, Timestamp)>,
    /// When one was last looked at.
    worked_at: Option<Timestamp>,
}

impl Seen {
    /// One more fails, of an account that was in order at `since` as far as others know. How many in a row that makes: of
    /// messages, or of attempts of this one, if nothing else came through since its first. What fails for one message alone
    /// so stops the others once at most.
    fn failed(&mut self, message: &Interaction, since: Timestamp, now: Timestamp) -> u32 {
        let is_same = match &self.last {
            Some((_, at)) if *at < since => {
                self.failures = 0;
                false
            }
            Some((last, _)) => *last == message.id,
            None => false,
        };
        if !is_same {
            self.failures = self.failures.saturating_add(1);
        }
        self.last = Some((message.id.clone(), now));
        let came_through = self.worked_at.map_or(since, |at| at.max(since));
        let is_alone = message.first_claimed_at().is_none_or(|first| came_through < first);
        if is_alone { self.failures.max(message.attempts) } else { self.failures }
    }

    fn works(&mut self, now: Timestamp) {
        *self = Self { worked_at: Some(now), ..Self::default() };
    }
}

impl Default for Circuits {
    fn default() -> Self {
        Self { known: Cache::new(MEMORY), seen: Mutex::default() }
    }
}

impl Circuits {
    /// Notes what was seen of an account.
    fn see<T>(&self, key: &Key, note: impl FnOnce(&mut Seen) -> T) -> T {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= COUNTED && !seen.contains_key(key) {
            seen.clear();
        }
        note(seen.entry(key.clone()).or_default())
    }
}

/// Whether a message may leave by an account now.
pub(super) enum Passage {
    /// Yes. `probes` if it took the probe just now.
    Free {
        /// Whether it took the probe just now.
        probes: bool,
    },
    /// Not before this instant, for this reason.
    Blocked(Timestamp, Refusal),
}

/// Asks whether a message may leave by an account, and takes the probe for it if one is due.
pub(super) async fn pass(app: &App, account: &Account, message: &Interaction) -> Result<Passage, Error> {
    let key = (message.tenant.clone(), account.clone());
    let mut race = Race::begin();
    loop {
        let (known, now) = (known(app, &key).await?, app.now());
        match known.passes(&message.id, now) {
            Pass::Freely => return Ok(Passage::Free { probes: false }),
            Pass::NotBefore(at) => return Ok(blocked(&known, at)),
            Pass::AsProbe if known.is_probed_by(&message.id) => return Ok(Passage::Free { probes: false }),
            Pass::AsProbe => {
                let mut circuit = (*known).clone();
                circuit.probe(&message.id, now);
                let is_ours = app.store.save_circuit(&key.0, &mut circuit).await?;
                app.circuits.known.forget(&key);
                if is_ours {
                    tracing::info!(%account, interaction = %message.id, "probes");
                    return Ok(Passage::Free { probes: true });
                }
            }
        }
        race.lost(format!("the probe of {account}")).await?;
    }
}

/// Where it stands in the way: until when, and some more at random, so that those who wait together leave spread out.
fn blocked(circuit: &Circuit, at: Timestamp) -> Passage {
    let Some(outage) = circuit.outage() else { return Passage::Free { probes: false } };
    let most = i64::try_from(outage.pause().as_millis() / 2).unwrap_or(0);
    let later = SignedDuration::from_millis(rand::random_range(0..=most.max(0)));
    Passage::Blocked(at + later, outage.refusal.clone())
}

/// A message that took the probe is not sent after all: another may take it at once.
pub(super) async fn give_back(app: &App, account: &Account, message: &Interaction) -> Result<(), Error> {
    change(app, account, message, |circuit, now| circuit.give_back(&message.id, now)).await.map(drop)
}

/// The provider took a message.
pub(super) async fn taken(app: &App, account: &Account, message: &Interaction) -> Result<(), Error> {
    app.circuits.see(&(message.tenant.clone(), account.clone()), |seen| seen.works(app.now()));
    change(app, account, message, |circuit, now| circuit.taken(&message.id, now)).await.map(drop)
}

/// The provider reports that a message arrived.
pub(super) async fn arrived(app: &App, account: &Account, message: &Interaction) -> Result<(), Error> {
    change(app, account, message, |circuit, now| circuit.arrived(&message.id, now)).await.map(drop)
}

/// The provider did not take a message, or nobody knows. If that is trouble, and enough of it, the account's circuit opens.
/// Tells whether the message must wait, as [`pass`] does.
pub(super) async fn not_taken(
    app: &App,
    account: &Account,
    message: &Interaction,
    outcome: &SendOutcome,
) -> Result<Passage, Error> {
    let unanswered;
    let refusal = match outcome {
        SendOutcome::Sent(_) | SendOutcome::Delivered(_) => return Ok(Passage::Free { probes: false }),
        SendOutcome::Refused(refusal) => refusal,
        SendOutcome::Unknown { .. } => {
            unanswered = no_answer(message);
            &unanswered
        }
    };
    let key = (message.tenant.clone(), account.clone());
    if refusal.about == About::Us {
        give_back(app, account, message).await?;
        return Ok(Passage::Free { probes: false });
    }
    let Some(trouble) = Trouble::of(refusal) else {
        // It is there, and looked at the message.
        app.circuits.see(&key, |seen| seen.works(app.now()));
        change(app, account, message, |circuit, now| circuit.answered(&message.id, now)).await?;
        return Ok(Passage::Free { probes: false });
    };
    let known = known(app, &key).await?;
    let in_a_row = app.circuits.see(&key, |seen| seen.failed(message, known.since, app.now()));
    let is_enough = trouble == Trouble::Lasting || in_a_row >= Circuit::FAILURES || known.outage().is_some();
    if !is_enough {
        return Ok(Passage::Free { probes: false });
    }
    let circuit = failed(app, account, message, refusal, false).await?;
    let now = app.now();
    Ok(match circuit.passes(&message.id, now) {
        Pass::NotBefore(at) => blocked(&circuit, at),
        Pass::AsProbe => blocked(&circuit, now),
        Pass::Freely => Passage::Free { probes: false },
    })
}

/// A report of the provider indicates trouble with the account.
pub(super) async fn reported(
    app: &App,
    account: &Account,
    message: &Interaction,
    refusal: &Refusal,
) -> Result<(), Error> {
    failed(app, account, message, refusal, true).await.map(drop)
}

async fn failed(
    app: &App,
    account: &Account,
    message: &Interaction,
    refusal: &Refusal,
    reported: bool,
) -> Result<Circuit, Error> {
    let left = message.last_claimed_at().unwrap_or(message.created_at);
    let step = |circuit: &mut Circuit, now| circuit.failed(&message.id, left, refusal, reported, now);
    let circuit = change(app, account, message, step).await?;
    if circuit.outage().is_some() {
        app.metrics.account_out_of_order(&message.tenant, account.provider());
    }
    Ok(circuit)
}

fn no_answer(message: &Interaction) -> Refusal {
    let reason = FailureReason::no_answer_on(message.channel);
    Refusal::new(About::Server, reason, Retry::WhileAllowed, "The provider does not answer.")
}

async fn known(app: &App, key: &Key) -> Result<Arc<Circuit>, Error> {
    app.circuits.known.get_or_load(key.clone(), || app.store.circuit(&key.0, &key.1)).await
}

/// Applies a step and writes what it changed. Of an account that is in order, what the process remembers will do.
async fn change(
    app: &App,
    account: &Account,
    message: &Interaction,
    step: impl Fn(&mut Circuit, Timestamp) -> bool,
) -> Result<Circuit, Error> {
    let key = (message.tenant.clone(), account.clone());
    let mut circuit = (*known(app, &key).await?).clone();
    if circuit.outage().is_some() {
        circuit = app.store.circuit(&key.0, account).await?;
    }
    let mut race = Race::begin();
    while step(&mut circuit, app.now()) {
        let is_written = app.store.save_circuit(&key.0, &mut circuit).await?;
        app.circuits.known.forget(&key);
        if is_written {
            tracing::warn!(%account, state = ?circuit.state, trace = message.trace_id, "circuit changed");
            break;
        }
        race.lost(format!("the circuit of {account}")).await?;
        circuit = app.store.circuit(&key.0, account).await?;
    }
    Ok(circuit)
}

#[cfg(test)]
mod tests {
    use domain::{
        interaction::{Origin, Outline},
        vocabulary::{Channel, Direction, Theme},
    };

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        "2026-01-05T15:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
    }

    /// Whose first attempt was made at an instant, and which attempt it makes now.
    fn message(number: u8, first: i64, attempts: u32) -> Interaction {
        let outline = Outline {
            id: Id::new(1, [number; 10]),
            tenant: "demo".parse().unwrap(),
            person_id: None,
            channel: Channel::Text,
            direction: Direction::Outbound,
            theme: Theme::OpsServicing,
            trace_id: "1-0-0".into(),
        };
        let mut message = Interaction::begin(outline, Origin::Sent, at(first));
        message.let_go_unasked(at(first));
        message.claim(at(first));
        Interaction { attempts, ..message }
    }

    #[test]
    fn messages_that_fail_one_after_another_count_until_one_comes_through() {
        let mut seen = Seen::default();
        let fail = |seen: &mut Seen, number| seen.failed(&message(number, 0, 1), at(-9), at(number.into()));
        assert_eq!([1, 2, 3].map(|number| fail(&mut seen, number)), [1, 2, 3]);
        assert_eq!(fail(&mut seen, 3), 3, "the same again is no other");
        seen.works(at(4));
        assert_eq!(fail(&mut seen, 5), 1);
    }

    #[test]
    fn one_message_that_always_fails_counts_by_its_attempts_only_while_nothing_else_comes_through() {
        let poisoned = |attempts| message(1, 0, attempts);
        let mut alone = Seen::default();
        assert_eq!([1, 2, 3, 4, 5].map(|nth| alone.failed(&poisoned(nth), at(-9), at(1))), [1, 2, 3, 4, 5]);

        let mut beside = Seen::default();
        beside.works(at(30));
        assert_eq!([3, 4, 5, 8].map(|nth| beside.failed(&poisoned(nth), at(-9), at(60))), [1; 4]);

        // Another came through elsewhere, and closed the circuit.
        let mut elsewhere = Seen::default();
        assert_eq!([5, 6, 7, 8].map(|nth| elsewhere.failed(&poisoned(nth), at(30), at(60))), [1; 4]);
    }

    #[test]
    fn what_failed_before_the_circuit_closed_counts_no_more() {
        let mut seen = Seen::default();
        for number in 1..=5 {
            seen.failed(&message(number, 0, 1), at(-9), at(1));
        }
        assert_eq!(seen.failed(&message(6, 40, 1), at(30), at(41)), 1);
    }
}
