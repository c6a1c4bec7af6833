//! Taking a message to send it: in its turn, after the guard's second look, by one dispatcher only.

use std::ops::ControlFlow::{Break, Continue};

use domain::{
    Error,
    compliance::{self, Decision},
    interaction::{Claim, Interaction},
};
use jiff::Timestamp;

use super::{
    Step,
    attempt::{found, words},
    outcome::answered,
    way::{Way, provider_of},
};
use crate::{
    app::{App, Lender},
    pipeline::{
        rate::{self, Slot},
        writer,
    },
    providers::Outgoing,
    race::Race,
    store::{interactions::Taken, people::Known},
    telemetry::Metric,
};

/// Takes the message, with its place in line to leave.
pub(super) async fn claim_in_turn(
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
pub(super) async fn lease(
    app: &App,
    way: Option<&Way<'_>>,
    waiting: &Interaction,
    now: Timestamp,
) -> Step<Interaction> {
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
pub(super) async fn unless_already_sent(app: &App, lender: &Lender, leased: &Interaction) -> Step<()> {
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
