//! Dispatching a message: from the queue to the provider, once.
//!
//! Each step below [`dispatch`] either hands the message on to the next or has written why it goes no further.

use std::{
    ops::ControlFlow::{self, Break, Continue},
    time::Duration,
};

use domain::{
    Error,
    account::Account,
    batch::BatchStatus,
    compliance::{self, Decision},
    delivery::{About, ContactEffect, Refusal, Retry, SendOutcome},
    interaction::{Claim, Interaction, Unmasked},
    template::Source,
    vocabulary::{Channel, Direction, FailureReason, ProviderName, SendingChannel},
    webhook_endpoint::Telling,
};
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, timeout_at};

use super::{
    accept, attach, backoff,
    circuit::{self, Passage},
    endpoints,
    fan_out::Fate,
    holders,
    rate::{self, Slot},
    writer,
};
use crate::{
    app::{App, Lender},
    needs::{Bodies, Items, List, Need},
    providers::{Carrier, Outgoing},
    race::Race,
    store::{interactions::Taken, people::Known},
    telemetry::Metric,
};

/// A step's result: the message as it goes on, or nothing if it does not go further.
pub(super) type Step<T> = Result<ControlFlow<(), T>, Error>;

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::Batches),
    Need::Read(Items::AddressBook),
    Need::Fetch(Bodies::Contents),
    Need::List(List::InteractionByReference),
    Need::All(writer::LEARN),
];

/// What it needs besides if the provider is outside: the account there may be out of order, or have a rate, and then messages
/// go back to their queue.
pub const OUTSIDE: &[Need] = &[Need::Dispatch, Need::All(circuit::NEEDS), Need::All(rate::NEEDS)];

/// Dispatches one message as it came from the queue.
///
/// Safe to repeat: a message that moved since it was queued is left alone. An error means nothing is known to have
/// happened; the queue brings the message back.
pub async fn dispatch(app: &App, queued: Interaction) -> Result<(), Error> {
    let lender = app.lender(&queued.tenant).await?;
    let Continue(current) = unless_stale(app, &lender, queued).await? else { return Ok(()) };
    let Continue(waiting) = unless_batch_called_off(app, current).await? else { return Ok(()) };
    let Continue(waiting) = unless_forbidden(app, &lender, waiting).await? else { return Ok(()) };
    let Continue(way) = way(app, &lender, &waiting).await? else { return Ok(()) };
    let Continue((mut claimed, place)) = claim_in_turn(app, &lender, way.as_ref(), waiting.clone()).await?
    else {
        return match way.filter(|way| way.probes) {
            Some(way) => way.give_back(app, &waiting).await,
            None => Ok(()),
        };
    };
    let Some(way) = way else { return unserved(app, &lender, claimed).await };
    let outcome = hand_out(app, &lender, way.carrier, &mut claimed, place).await?;
    tell(app, &lender, &way, claimed, outcome).await
}

/// The same for a sender who waits to hear what becomes of the message.
///
/// # Errors
/// As there: then nobody knows yet, and the message must go by its queue.
pub async fn answer(app: &App, awaited: Interaction) -> Result<Fate, Error> {
    let (tenant, id) = (awaited.tenant.clone(), awaited.id.clone());
    dispatch(app, awaited).await?;
    let mut message = app.store.interaction(&tenant, &id).await?;
    if message.is_ready(app.now()) {
        // The account at its first provider is out of order; there is a second.
        dispatch(app, message).await?;
        message = app.store.interaction(&tenant, &id).await?;
    }
    Ok(Fate::of(&message))
}

/// Ends a message that says what no longer counts.
async fn unless_stale(app: &App, lender: &Lender, mut queued: Interaction) -> Step<Interaction> {
    let now = app.now();
    if queued.due_at.is_none() || !queued.is_stale(now) {
        return Ok(Continue(queued));
    }
    if queued.leased_until.is_some() {
        // Whoever took it last may have sent it.
        let Continue(leased) = lease(app, None, &queued, now).await? else { return Ok(Break(())) };
        let Continue(()) = unless_already_sent(app, lender, &leased).await? else { return Ok(Break(())) };
    }
    queued.call_off_for_good(Some("its code ended"), now);
    writer::ended(app, &mut queued, None).await?;
    Ok(Break(()))
}

/// Messages younger than this leave without asking whether their batch goes on: calling a batch off is not that fast.
const FRESH: SignedDuration = SignedDuration::from_secs(10);

/// Ends a message whose batch was called off before anybody took the message.
async fn unless_batch_called_off(app: &App, mut queued: Interaction) -> Step<Interaction> {
    let Some(batch) = &queued.batch_id else { return Ok(Continue(queued)) };
    let is_fresh = app.now().duration_since(queued.created_at) <= FRESH;
    if queued.attempts > 0
        || is_fresh
        || app.batch_status(&queued.tenant, batch).await? != BatchStatus::Canceled
    {
        return Ok(Continue(queued));
    }
    if queued.cancel("batch canceled", app.now()) {
        writer::ended(app, &mut queued, None).await?;
    }
    Ok(Break(()))
}

/// Ends a message to nobody we know, or with copies, that is forbidden by anybody who has one of its addresses.
async fn unless_forbidden(app: &App, lender: &Lender, mut waiting: Interaction) -> Step<Interaction> {
    let is_waiting = waiting.due_at.is_some() && waiting.leased_until.is_none();
    let Some(decision) = (if is_waiting { holders::forbid(app, lender, &waiting).await? } else { None })
    else {
        return Ok(Continue(waiting));
    };
    waiting.blocked(&decision, app.now());
    app.metrics.count(Metric::Blocked, &waiting.tenant, waiting.channel);
    writer::ended(app, &mut waiting, None).await?;
    Ok(Break(()))
}

/// By whom a message leaves.
struct Way<'a> {
    carrier: &'a dyn Carrier,
    /// Absent if the tenant's sender was taken away, and only what was attempted there is asked for.
    account: Option<Account>,
    /// Whether another provider takes the message than its own.
    takes_over: bool,
    /// Whether the message took the probe of the account's circuit just now.
    probes: bool,
}

impl Way<'_> {
    async fn give_back(&self, app: &App, message: &Interaction) -> Result<(), Error> {
        match &self.account {
            Some(account) => circuit::give_back(app, account, message).await,
            None => Ok(()),
        }
    }
}

/// By whom the message leaves now: by its own provider, or by the second if the account at the first is out of order. One in
/// doubt never changes its provider. If no account is in order, the message waits. Nobody if the tenant has no sender.
async fn way<'a>(app: &'a App, lender: &Lender, waiting: &Interaction) -> Step<Option<Way<'a>>> {
    if !waiting.is_ready(app.now()) {
        return Ok(Break(()));
    }
    let is_in_doubt = waiting.is_in_doubt();
    let Ok(own) = provider_of(app, lender, waiting, is_in_doubt) else { return Ok(Continue(None)) };
    let second = second(app, lender, waiting)?.filter(|_| !is_in_doubt);
    let mut blocked = None::<(Timestamp, Refusal)>;
    for (carrier, takes_over) in [(Some(own), false), (second, true)] {
        let Some(carrier) = carrier else { continue };
        let account = lender.tenant.senders.account(carrier.name(), &waiting.to);
        let passage = match &account {
            Some(account) => circuit::pass(app, account, waiting).await?,
            None if takes_over => continue,
            None => Passage::Free { probes: false },
        };
        match passage {
            Passage::Free { probes } => {
                return Ok(Continue(Some(Way { carrier, account, takes_over, probes })));
            }
            Passage::Blocked(at, why) => {
                blocked = Some(match blocked {
                    Some((before, first)) => (at.min(before), first),
                    None => (at, why),
                });
            }
        }
    }
    if let Some((at, why)) = blocked {
        let mut waiting = waiting.clone();
        let over = waiting.wait(at, &why, app.now());
        held(app, &mut waiting, over).await?;
    }
    Ok(Break(()))
}

/// Who takes the message if its own provider cannot.
fn second<'a>(
    app: &'a App,
    lender: &Lender,
    message: &Interaction,
) -> Result<Option<&'a dyn Carrier>, Error> {
    let channel = message.channel.sending();
    let second = channel.and_then(|channel| lender.tenant.senders.fallback(channel, message.transactional));
    second.map(|second| app.providers.named(second)).transpose()
}

/// Keeps a message that is held back, and hands it to the queue again if its turn is near; or the end it came to by waiting.
async fn held(app: &App, interaction: &mut Interaction, over: bool) -> Result<(), Error> {
    if over {
        app.metrics.count(Metric::Failed, &interaction.tenant, interaction.channel);
        return writer::ended(app, interaction, None).await;
    }
    hold(app, interaction).await
}

/// Keeps a message that is held back, and hands it to the queue again if its turn is near.
pub(super) async fn hold(app: &App, interaction: &mut Interaction) -> Result<(), Error> {
    if writer::noted(app, interaction).await? {
        tracing::info!(interaction = %interaction.id, trace = interaction.trace_id, turn = ?interaction.turn, "held back");
        accept::hand_over(app, std::slice::from_ref(interaction)).await;
    }
    Ok(())
}

/// Takes the message, with its place in line to leave.
async fn claim_in_turn(
    app: &App,
    lender: &Lender,
    way: Option<&Way<'_>>,
    mut waiting: Interaction,
) -> Step<(Interaction, Option<Slot>)> {
    let mut place = None;
    if let Some((account, provider)) = way.and_then(|way| Some((way.account.as_ref()?, way.carrier.name()))) {
        let most = lender.tenant.senders.max_per_second(provider);
        let Continue(placed) = rate::leave(app, account, most, waiting).await? else {
            return Ok(Break(()));
        };
        (waiting, place) = placed;
    }
    let claimed = claim(app, lender, way, waiting).await?;
    Ok(claimed.map_continue(|claimed| (claimed, place)))
}

/// Takes the message, after the guard's second look where its first no longer holds.
async fn claim(app: &App, lender: &Lender, way: Option<&Way<'_>>, waiting: Interaction) -> Step<Interaction> {
    let mut race = Race::begin();
    let mut person_changed = false;
    loop {
        let now = app.now();
        let Continue(mut leased) = lease(app, way, &waiting, now).await? else {
            return Ok(Break(()));
        };
        let holds = |decision: &Decision| !person_changed && decision.holds(&lender.rules, now);
        // Of nobody we know there is nothing to look at.
        let is_settled = waiting.person_id.is_none() || waiting.decision.as_ref().is_some_and(holds);
        let taken = if is_settled {
            writer::taken(app, &mut leased).await?
        } else {
            let looked = look_again(app, lender, &waiting, leased, now).await?;
            let Continue((looked, taken)) = looked else { return Ok(Break(())) };
            leased = looked;
            taken
        };
        match taken {
            Taken::Ours => return Ok(Continue(leased)),
            Taken::Moved => return Ok(Break(())),
            Taken::PersonChanged => person_changed = true,
        }
        race.lost(format!("person of {}", waiting.id)).await?;
    }
}

/// The message with our lease on it, not yet written; unless another has it, its time has not come, or it is over.
async fn lease(app: &App, way: Option<&Way<'_>>, waiting: &Interaction, now: Timestamp) -> Step<Interaction> {
    let mut leased = waiting.clone();
    match leased.claim(now) {
        Claim::Taken => {
            if let Some(way) = way {
                leased.asks(way.carrier.name(), way.account.clone());
                if way.takes_over {
                    leased.taken_over(way.carrier.name(), now);
                }
            }
            return Ok(Continue(leased));
        }
        Claim::Done | Claim::NotBefore(_) => {}
        Claim::Spent => {
            app.metrics.count(Metric::Failed, &leased.tenant, leased.channel);
            writer::ended(app, &mut leased, None).await?;
        }
    }
    Ok(Break(()))
}

/// The guard's second look, at the person as it is now and the instant the message would leave. Goes on with the message
/// and whether it was written, if it leaves now or the look was lost to another change.
async fn look_again(
    app: &App,
    lender: &Lender,
    waiting: &Interaction,
    mut leased: Interaction,
    now: Timestamp,
) -> Step<(Interaction, Taken)> {
    let id = waiting.person_id.as_ref().ok_or_else(|| Error::Internal("nobody to look at".into()))?;
    // To an erased person nothing leaves; what waits is called off with the rest.
    let Some(Known { person, mut ledger, .. }) = app.store.find_person(&waiting.tenant, id).await? else {
        return Ok(Break(()));
    };
    let before = ledger.version;
    let facts = waiting.facts(&lender.rules, &person, &ledger);
    let decision = compliance::decide_on_record(&facts, now);
    let Some(ruling) = decision.ruling() else {
        if ledger.says(&leased.id, now) {
            leased.judged(decision, before);
            let taken = writer::written(app, &mut leased).await?;
            return Ok(Continue((leased, taken)));
        }
        let entry = facts.entry(waiting.theme, now);
        ledger.enter(leased.id.clone(), entry, now);
        leased.judged(decision, ledger.version);
        let taken = writer::placed(app, &mut leased, &mut ledger, before).await?;
        return Ok(Continue((leased, taken)));
    };
    let rule_id = Some(ruling.rule_id.clone());
    let later = decision.next_right_time();
    let later =
        later.map(|at| (at, facts.entry(waiting.theme, at), compliance::decide_on_record(&facts, at)));
    let Continue(()) = unless_already_sent(app, lender, &leased).await? else { return Ok(Break(())) };
    let mut message = waiting.clone();
    let Some((later, entry, then)) = later else {
        message.blocked(&decision, now);
        message.judged(decision, before);
        app.metrics.count(Metric::Blocked, &message.tenant, message.channel);
        writer::ended(app, &mut message, None).await?;
        return Ok(Break(()));
    };
    message.postponed(later, rule_id, now);
    ledger.enter(message.id.clone(), entry, now);
    message.judged(decision, before);
    message.judged(then, ledger.version);
    match writer::placed(app, &mut message, &mut ledger, before).await? {
        Taken::Ours => {
            tracing::info!(interaction = %message.id, trace = message.trace_id, "postponed");
            Ok(Break(()))
        }
        lost @ (Taken::Moved | Taken::PersonChanged) => Ok(Continue((message, lost))),
    }
}

/// What has left is not called off: if an earlier dispatcher sent the message before it vanished, as far as the provider
/// can tell, that is recorded.
async fn unless_already_sent(app: &App, lender: &Lender, leased: &Interaction) -> Step<()> {
    let Ok(provider) = provider_of(app, lender, leased, true) else { return Ok(Continue(())) };
    if !leased.may_have_left() {
        return Ok(Continue(()));
    }
    let (content, _) = words(app, leased).await?;
    let message = Outgoing {
        tenant: &lender.tenant,
        interaction: leased,
        content: &content,
        attachments: &[],
        media: &[],
        unsubscribe: None,
        answers: None,
        destination: None,
        telling: None,
    };
    match found(app, provider, &message).await? {
        None => Ok(Continue(())),
        Some(outcome) => answered(app, provider.name(), leased.clone(), outcome).await.map(Break),
    }
}

/// Who takes the message away: who may have it already, if nobody knows what became of the last attempt, else whom the
/// tenant chose.
fn provider_of<'a>(
    app: &'a App,
    lender: &Lender,
    message: &Interaction,
    in_doubt: bool,
) -> Result<&'a dyn Carrier, Error> {
    let attempted = message.provider.as_deref().filter(|_| in_doubt);
    let name = match attempted.and_then(|name| name.parse().ok()) {
        Some(attempted) => attempted,
        None => app.providers.serving(&lender.tenant, message.channel, message.transactional)?,
    };
    app.providers.named(name)
}

/// The end of a message whose tenant's sender was taken away after it was accepted.
async fn unserved(app: &App, lender: &Lender, mut claimed: Interaction) -> Result<(), Error> {
    match app.providers.serving(&lender.tenant, claimed.channel, claimed.transactional) {
        // It came back just now; the message is tried again when its lease ends.
        Ok(_) => Ok(()),
        Err(error) => {
            let refusal = no_sender(&claimed, crate::http::problem::detail(&error));
            refused(app, &mut claimed, &refusal).await
        }
    }
}

fn no_sender(interaction: &Interaction, description: String) -> Refusal {
    let sending = interaction.channel.sending();
    let reason = sending.map_or(FailureReason::Other, SendingChannel::not_enabled);
    Refusal::new(About::Us, reason, Retry::Never, description)
}

/// How long providers are waited for in one attempt. Its function has 60 s, and still has to write what became of the message:
/// one that is cut off leaves all it has at once in doubt.
const LONGEST: Duration = Duration::from_secs(40);

/// Gives the message to its provider, or finds that an earlier dispatcher already did.
async fn hand_out(
    app: &App,
    lender: &Lender,
    provider: &dyn Carrier,
    claimed: &mut Interaction,
    place: Option<Slot>,
) -> Result<SendOutcome, Error> {
    let until = Instant::now() + LONGEST;
    let (content, telling) = words(app, claimed).await?;
    let (files, media) = match claimed.channel {
        Channel::Text => (Vec::new(), attach::addresses(app, claimed).await?),
        _ => (attach::files(app, claimed).await?, Vec::new()),
    };
    let thread = thread(app, claimed).await?;
    let unsubscribe = match claimed.channel {
        Channel::Email => app.links.unsubscribe(claimed).await?,
        // It stands in the words, if anywhere.
        _ => None,
    };
    let destination = match claimed.channel {
        Channel::Webhook => match endpoints::destination(app, claimed).await? {
            Ok(destination) => {
                claimed.goes_to(&destination.url);
                Some(destination)
            }
            Err(refusal) => return Ok(SendOutcome::Refused(refusal)),
        },
        _ => None,
    };
    let message = Outgoing {
        tenant: &lender.tenant,
        interaction: claimed,
        content: &content,
        attachments: &files,
        media: &media,
        unsubscribe: unsubscribe.as_deref(),
        answers: thread.as_deref(),
        destination: destination.as_ref(),
        telling: telling.as_ref(),
    };
    if claimed.may_have_left() {
        match timeout_at(until, found(app, provider, &message)).await {
            Err(_) => return Ok(unfinished()),
            Ok(found) => {
                if let Some(outcome) = found? {
                    return Ok(outcome);
                }
            }
        }
        if !provider.can_be_asked() && !provider.knows_repeats() {
            app.metrics.count(Metric::PossiblySentTwice, &claimed.tenant, claimed.channel);
        }
        tracing::warn!(interaction = %claimed.id, trace = claimed.trace_id, "sent again: its first dispatcher vanished");
    }
    if let Some(place) = place {
        place.comes(app).await;
    }
    let outcome = in_time(until, provider.send(&message)).await;
    if let Some(destination) = &destination {
        endpoints::called(app, claimed, destination, &outcome).await;
    }
    Ok(outcome)
}

/// What becomes of an attempt by then. One that goes on longer may have sent the message or may not.
async fn in_time(until: Instant, attempt: impl Future<Output = SendOutcome>) -> SendOutcome {
    timeout_at(until, attempt).await.unwrap_or_else(|_| unfinished())
}

fn unfinished() -> SendOutcome {
    SendOutcome::Unknown { description: format!("not finished within {} s", LONGEST.as_secs()) }
}

/// The Message-ID of the mail that a mail answers, so that it stands in its thread.
async fn thread(app: &App, message: &Interaction) -> Result<Option<String>, Error> {
    let Some(theirs) = message.circumstances.reply_to.as_ref().filter(|_| message.channel == Channel::Email)
    else {
        return Ok(None);
    };
    let theirs = app.store.find_interaction(&message.tenant, theirs).await?;
    Ok(theirs.filter(|theirs| theirs.direction == Direction::Inbound).and_then(|theirs| theirs.reference))
}

/// What the message says, with its secret if it has one; and what it tells of instead.
async fn words(app: &App, message: &Interaction) -> Result<(Source, Option<Telling>), Error> {
    if let Some(Unmasked(words)) = &message.unmasked {
        return Ok((words.clone(), None));
    }
    let content = app.objects.content(&message.content).await?;
    let telling = Telling::read(&content).filter(|_| message.channel == Channel::Webhook);
    Ok((Source::from(content), telling))
}

/// What the provider knows of an earlier attempt: `Sent` if it has the message, `Unknown` if it does not answer,
/// `None` if it has none that is not another's. Two messages may say the same to the same number.
async fn found(
    app: &App,
    provider: &dyn Carrier,
    message: &Outgoing<'_>,
) -> Result<Option<SendOutcome>, Error> {
    let interaction = message.interaction;
    let since = interaction.first_claimed_at().unwrap_or(interaction.created_at);
    let candidates = match provider.find(message, since).await {
        Ok(candidates) => candidates,
        Err(description) => return Ok(Some(SendOutcome::Unknown { description })),
    };
    for receipt in candidates {
        let owner =
            app.store.interaction_by_reference(&interaction.tenant, provider.name(), &receipt.reference);
        if owner.await?.is_none_or(|owner| owner.id == interaction.id) {
            return Ok(Some(SendOutcome::Sent(receipt)));
        }
    }
    Ok(None)
}

/// Records what became of an attempt, and what that tells of the account. A refusal that is trouble with the account is no
/// attempt spent: the message waits, or the second provider takes it.
async fn tell(
    app: &App,
    lender: &Lender,
    way: &Way<'_>,
    mut interaction: Interaction,
    outcome: SendOutcome,
) -> Result<(), Error> {
    let provider = way.carrier.name();
    let Some(account) = &way.account else { return answered(app, provider, interaction, outcome).await };
    // The message first: what became of it is known to nobody else.
    if let SendOutcome::Sent(_) | SendOutcome::Delivered(_) = outcome {
        answered(app, provider, interaction.clone(), outcome).await?;
        return circuit::taken(app, account, &interaction).await.or_else(|error| {
            tracing::warn!(%error, %account, "not told that it works");
            Ok(())
        });
    }
    let told = circuit::not_taken(app, account, &interaction, &outcome).await;
    let told = told.inspect_err(|error| tracing::warn!(%error, %account, "not told of a failure"));
    match (outcome, told) {
        (SendOutcome::Refused(refusal), Ok(Passage::Blocked(at, _))) => {
            let (now, id) = (app.now(), &interaction.id);
            tracing::warn!(interaction = %id, trace = interaction.trace_id, code = refusal.code, "account out of order");
            if way.takes_over || second(app, lender, &interaction)?.is_none() {
                let over = interaction.wait_again(at, &refusal, now);
                return held(app, &mut interaction, over).await;
            }
            interaction.give_way(&refusal, now);
            match interaction.is_awaited(now) {
                // Whoever waits has it sent.
                true => writer::noted(app, &mut interaction).await.map(drop),
                false => hold(app, &mut interaction).await,
            }
        }
        (outcome, _) => answered(app, provider, interaction, outcome).await,
    }
}

/// Records what became of an attempt.
async fn answered(
    app: &App,
    provider: ProviderName,
    mut interaction: Interaction,
    outcome: SendOutcome,
) -> Result<(), Error> {
    match outcome {
        SendOutcome::Sent(receipt) => {
            interaction.sent(provider, receipt, app.now());
            count_sent(app, &interaction);
            tracing::info!(interaction = %interaction.id, trace = interaction.trace_id, "sent");
            writer::noted(app, &mut interaction).await.map(drop)
        }
        SendOutcome::Delivered(receipt) => {
            interaction.delivered(provider, receipt, app.now());
            count_sent(app, &interaction);
            tracing::info!(interaction = %interaction.id, trace = interaction.trace_id, "delivered");
            writer::noted(app, &mut interaction).await.map(drop)
        }
        SendOutcome::Refused(refusal) => {
            tracing::warn!(interaction = %interaction.id, trace = interaction.trace_id, code = refusal.code, "refused");
            refused(app, &mut interaction, &refusal).await
        }
        SendOutcome::Unknown { description } => {
            tracing::warn!(interaction = %interaction.id, trace = interaction.trace_id, description, "unanswered");
            let over = interaction.unanswered(&description, app.now());
            close(app, &mut interaction, over, None).await
        }
    }
}

/// Counts a message that was taken, with how long after its time that was: after it was accepted, or later where it was to wait.
fn count_sent(app: &App, interaction: &Interaction) {
    let due = interaction.send_at.map_or(interaction.created_at, |at| at.max(interaction.created_at));
    app.metrics.sent(&interaction.tenant, interaction.channel, app.now().duration_since(due));
}

async fn refused(app: &App, interaction: &mut Interaction, refusal: &Refusal) -> Result<(), Error> {
    let over = interaction.refused(refusal, backoff(interaction.channel, interaction.attempts), app.now());
    close(app, interaction, over, refusal.effect).await
}

/// Records an attempt that did not succeed, or the end the message came to by it.
async fn close(
    app: &App,
    interaction: &mut Interaction,
    over: bool,
    effect: Option<ContactEffect>,
) -> Result<(), Error> {
    if over {
        app.metrics.count(Metric::Failed, &interaction.tenant, interaction.channel);
        writer::ended(app, interaction, effect).await
    } else {
        app.metrics.count(Metric::Retried, &interaction.tenant, interaction.channel);
        writer::noted(app, interaction).await.map(drop)
    }
}

#[cfg(test)]
mod tests;
