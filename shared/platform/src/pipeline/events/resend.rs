//! Sending again what failed (003): a message as it was, or, if it failed before it said anything, what its event makes now.

mod many;

use std::sync::Arc;

use domain::{
    Error,
    error::Conflict,
    id::{self, Ref},
    interaction::Interaction,
    person::Loan,
    vocabulary::SendingChannel,
};

pub use self::many::{BEGIN, WORK, begin, from_day};
pub(in crate::pipeline) use self::many::{go_on, work};
use super::{
    by_hand, loan_of,
    make::{Again, Outcome, Wanted},
    recipient,
};
use crate::{
    app::{App, Lender},
    needs::{Items, Need},
    pipeline::{accept, holders, rate::Paced, writer},
    store::people::Known,
};

/// What sending one again needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::NotificationRules),
    Need::Read(Items::Occurrences),
    Need::Read(Items::AddressBook),
    Need::All(super::MESSAGE),
];

/// Sends one again. `by` names what asks for it. Returns it as it stands then.
///
/// # Errors
/// [`Error::NotFound`]; as [`Interaction::may_be_resent`]; [`Conflict::CannotBeRepeated`]; [`Conflict::StatusCannotChange`] if it
/// changed meanwhile; ours.
pub async fn resend(
    app: &App,
    lender: &Arc<Lender>,
    named: &Ref<id::Interaction>,
    by: &str,
    trace_id: &str,
) -> Result<Interaction, Error> {
    let found = find(app, lender, named).await?;
    let sent = Resending { app, lender, by, trace_id }.send(found, None).await?;
    if sent.to_hand_over {
        accept::hand_over(app, std::slice::from_ref(&sent.message)).await;
    }
    Ok(sent.message)
}

/// What [`retry`] needs of AWS.
pub const RETRY: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::People),
    Need::Read(Items::AddressBook),
    Need::Read(Items::Interactions),
    Need::Write(Items::Interactions),
    Need::Dispatch,
];

/// Sends a message of any kind again that failed, as it is. One that was sent again so and is under way, or arrived, stays as it
/// is: asked for twice, it goes once.
///
/// # Errors
/// As [`resend`]; [`Conflict::CannotBeRepeated`] also for one that failed before it said anything.
pub async fn retry(
    app: &App,
    lender: &Arc<Lender>,
    named: &Ref<id::Interaction>,
    by: &str,
    trace_id: &str,
) -> Result<Interaction, Error> {
    let found = app.store.interaction(&lender.tenant.id, named).await?;
    if found.was_retried() || found.was_let_go_by(by).is_some() {
        return Ok(found);
    }
    found.may_be_resent()?;
    let resending = Resending { app, lender, by, trace_id };
    if !may_go_as_it_is(&found) {
        let detail = "The message had no words; correct its template or rule and send it again with messages:resend, or send it \
                      anew.";
        return Err(Error::conflict(Conflict::CannotBeRepeated, detail));
    }
    let sent = resending.as_it_is(resending.addressed(found).await?, None).await?;
    accept::hand_over(app, std::slice::from_ref(&sent.message)).await;
    Ok(sent.message)
}

async fn find(app: &App, lender: &Lender, named: &Ref<id::Interaction>) -> Result<Interaction, Error> {
    let found = app.store.interaction(&lender.tenant.id, named).await?;
    found.message_type().map(|_| found).ok_or_else(|| named.not_found())
}

/// Whether it says something, and a dispatcher takes it.
fn may_go_as_it_is(found: &Interaction) -> bool {
    !found.says_nothing() && SendingChannel::try_from(found.channel).is_ok()
}

/// Sending again, as somebody asks for it.
#[derive(Clone, Copy)]
struct Resending<'a> {
    app: &'a App,
    lender: &'a Arc<Lender>,
    by: &'a str,
    trace_id: &'a str,
}

impl Resending<'_> {
    /// Everything but the queue. What this sent again before stays as it is.
    async fn send(&self, found: Interaction, paced: Option<Paced>) -> Result<Outcome, Error> {
        if found.was_let_go_by(self.by).is_some() {
            return Ok(Outcome { message: found, to_hand_over: false });
        }
        found.may_be_resent()?;
        match may_go_as_it_is(&found) {
            true => self.as_it_is(self.addressed(found).await?, paced).await,
            false => self.anew(&found, paced).await,
        }
    }

    /// The message with its recipient as known by now, if none, or no address, was known when it failed.
    async fn addressed(&self, mut message: Interaction) -> Result<Interaction, Error> {
        if !message.lacks_recipient() {
            return Ok(message);
        }
        let (tenant, keys) =
            (&self.lender.tenant.id, message.trigger.as_ref().map(|trigger| trigger.keys.clone()));
        let keys = keys.unwrap_or_default();
        let known = match &message.person_id {
            Some(person) => Some(self.app.store.person(tenant, person).await?),
            None => by_hand::named(self.app, tenant, &keys).await?,
        };
        if let Some(Known { person, .. }) = &known {
            let named = loan_of(tenant, &keys, Some(person));
            let loans: Vec<&Loan> = message.loan_ids.iter().filter_map(|loan| person.loan(loan)).collect();
            let loans = if loans.is_empty() { named.into_iter().collect() } else { loans };
            message.goes_to_person(person, &loans)?;
        }
        Ok(message)
    }

    async fn as_it_is(&self, mut message: Interaction, paced: Option<Paced>) -> Result<Outcome, Error> {
        let Self { app, lender, .. } = *self;
        app.providers.serving(&lender.tenant, message.channel, message.transactional)?;
        // Of a person the guard is asked when it leaves; of an address that is nobody's, those who have it by now.
        if message.person_id.is_none()
            && let Some(decision) = holders::forbid(app, lender, &message).await?
        {
            return Err(Error::conflict(Conflict::CannotBeRepeated, decision.detail()));
        }
        message.send_again(self.by, app.now())?;
        if let Some(paced) = paced {
            paced.apply(&mut message, false, app.now());
        }
        if !writer::noted(app, &mut message).await? {
            let detail = "The message has changed meanwhile; read it again.";
            return Err(Error::conflict(Conflict::StatusCannotChange, detail));
        }
        Ok(Outcome { message, to_hand_over: true })
    }

    async fn anew(&self, failed: &Interaction, paced: Option<Paced>) -> Result<Outcome, Error> {
        let Self { app, lender, by, trace_id } = *self;
        let tenant = &lender.tenant.id;
        let refuse = |detail: &str| Error::conflict(Conflict::CannotBeRepeated, detail);
        let trigger = failed.trigger.as_ref();
        let (Some(event), Some(rule)) = (
            trigger.and_then(|trigger| trigger.event_id.as_deref()),
            trigger.and_then(|trigger| trigger.rule_id.as_ref()),
        ) else {
            return Err(refuse("The message had no words; send it anew."));
        };
        let mut kept = app.store.occurrences(tenant, &[event]).await?;
        let taken = kept
            .remove(event)
            .ok_or_else(|| refuse("Its event is older than 30 days; tell it again under another eventId."))?;
        let rules = app.notification_rules(tenant).await?;
        let rule = rules
            .find(rule)
            .ok_or_else(|| refuse("Its notification rule was deleted; send the message anew."))?;
        let known = match recipient(tenant, &taken.occurrence, rule) {
            Some(person) => app.store.find_person(tenant, &person).await?,
            None => None,
        };
        let again = Some(Again { failed, by });
        let wanted = Wanted { app, lender, occurrence: &taken.occurrence, rule, again, trace_id };
        wanted.make(known, paced).await
    }
}
