//! Circuits of accounts at providers: asked before a message leaves, told what came of it.
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
/// Accounts whose failures a process counts at the same time; beyond, it begins anew.
const COUNTED: usize = 1_000;

/// Whose account.
type Key = (TenantId, Account);

/// What a process knows of accounts.
pub struct Circuits {
    known: Cache<Key, Circuit>,
    failures: Mutex<BTreeMap<Key, u32>>,
}

impl Default for Circuits {
    fn default() -> Self {
        Self { known: Cache::new(MEMORY), failures: Mutex::default() }
    }
}

impl Circuits {
    /// One more in a row; how many that makes.
    fn failed_again(&self, key: &Key) -> u32 {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= COUNTED && !failures.contains_key(key) {
            failures.clear();
        }
        let count = failures.entry(key.clone()).or_default();
        *count = count.saturating_add(1);
        *count
    }

    fn works(&self, key: &Key) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// Whether a message may leave by an account now.
pub(super) enum Passage {
    /// Yes. `probes` where it took the probe just now.
    Free {
        /// Whether it took the probe just now.
        probes: bool,
    },
    /// Not before this instant, for this reason.
    Blocked(Timestamp, Refusal),
}

/// Asks whether a message may leave by an account, and takes the probe for it where one is due.
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
    app.circuits.works(&(message.tenant.clone(), account.clone()));
    change(app, account, message, |circuit, now| circuit.taken(&message.id, now)).await.map(drop)
}

/// The provider reports that a message arrived.
pub(super) async fn arrived(app: &App, account: &Account, message: &Interaction) -> Result<(), Error> {
    change(app, account, message, |circuit, now| circuit.arrived(&message.id, now)).await.map(drop)
}

/// The provider did not take a message, or nobody knows. Where that is trouble, and enough of it, the account's circuit opens.
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
    let Some(trouble) = Trouble::of(refusal) else {
        // It is there, and looked at the message.
        app.circuits.works(&key);
        change(app, account, message, |circuit, now| circuit.answered(&message.id, now)).await?;
        return Ok(Passage::Free { probes: false });
    };
    let in_a_row = app.circuits.failed_again(&key).max(message.attempts);
    let is_enough = trouble == Trouble::Lasting
        || in_a_row >= Circuit::FAILURES
        || known(app, &key).await?.outage().is_some();
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

/// A report of the provider tells of trouble with the account.
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
    change(app, account, message, step).await
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
