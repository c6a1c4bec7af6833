//! The choice of who takes a message away.

use std::ops::ControlFlow::{Break, Continue};

use domain::{Error, account::Account, delivery::Refusal, interaction::Interaction};
use jiff::Timestamp;

use super::{Step, held};
use crate::{
    app::{App, Lender},
    pipeline::circuit::{self, Passage},
    providers::Carrier,
};

/// By whom a message leaves.
pub(super) struct Way<'a> {
    pub(super) carrier: &'a dyn Carrier,
    /// Absent if the tenant's sender was taken away, and only what was attempted there is asked for.
    pub(super) account: Option<Account>,
    /// Whether another provider takes the message than its own.
    pub(super) takes_over: bool,
    /// Whether the message took the probe of the account's circuit just now.
    pub(super) probes: bool,
}

impl Way<'_> {
    pub(super) async fn give_back(&self, app: &App, message: &Interaction) -> Result<(), Error> {
        match &self.account {
            Some(account) => circuit::give_back(app, account, message).await,
            None => Ok(()),
        }
    }
}

/// By whom the message leaves now: by its own provider, or by the second if the account at the first is out of order. One in
/// doubt never changes its provider. If no account is in order, the message waits. Nobody if the tenant has no sender.
pub(super) async fn way<'a>(app: &'a App, lender: &Lender, waiting: &Interaction) -> Step<Option<Way<'a>>> {
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
pub(super) fn second<'a>(
    app: &'a App,
    lender: &Lender,
    message: &Interaction,
) -> Result<Option<&'a dyn Carrier>, Error> {
    let channel = message.channel.sending();
    let second = channel.and_then(|channel| lender.tenant.senders.fallback(channel, message.transactional));
    second.map(|second| app.providers.named(second)).transpose()
}

/// Who takes the message away: who may have it already, if nobody knows what became of the last attempt, else whom the
/// tenant chose.
pub(super) fn provider_of<'a>(
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
