//! What somebody intends to send, before anything is sent: what every way to ask the guard has in common.

use domain::{
    Error,
    compliance::{
        self, Circumstances, Decision, Facts, RuleSet,
        limits::{LimitUse, limits},
        week::{Week, week},
    },
    id::{self, Id, Kind, Ref},
    ledger::Ledger,
    person::Person,
    tenant::TenantId,
    vocabulary::{Channel, Subject, Theme},
};
use jiff::Timestamp;
use platform::{
    app::{App, Lender},
    pipeline::resolve::Matter,
    store::people::Known,
};

/// People asked about at once.
pub(crate) const MOST: usize = 1_000;

/// See the module documentation.
pub(crate) struct Intent {
    /// The channel that messages are sent by.
    pub channel: Channel,
    /// What about. Suppression is asked about only when it is known.
    pub subject: Option<Subject>,
    /// The theme of the message: why it is sent.
    pub theme: Option<Theme>,
    /// What the sender says besides.
    pub circumstances: Circumstances,
    /// Whether the time of day is taken to be noon.
    pub assume_noon: bool,
    /// When it happened.
    pub at: Timestamp,
}

impl Intent {
    /// What the guard says to it, for one person: at this contact or the best one, about these loans.
    pub fn judge(&self, lender: &Lender, person: &Person, ledger: &Ledger, matter: &Matter<'_>) -> Decision {
        self.about(&lender.rules, person, ledger, matter, |facts| compliance::decide(facts, self.at))
    }

    /// How much of each limit on it is used, for the same.
    pub fn limits(
        &self,
        lender: &Lender,
        person: &Person,
        ledger: &Ledger,
        matter: &Matter<'_>,
    ) -> Vec<LimitUse> {
        self.about(&lender.rules, person, ledger, matter, |facts| limits(facts, self.at))
    }

    /// What the guard says to it by these rules, for one person at the best contact, about all loans; and in which hours of a week
    /// from then on rules allow it.
    pub fn judge_by(&self, rules: &RuleSet, Known { person, ledger, .. }: &Known) -> (Decision, Week) {
        let all = Matter::default();
        self.about(rules, person, ledger, &all, |facts| {
            (compliance::decide(facts, self.at), week(facts, self.at))
        })
    }

    /// What something makes of the facts.
    fn about<T>(
        &self,
        rules: &RuleSet,
        person: &Person,
        ledger: &Ledger,
        matter: &Matter<'_>,
        ask: impl FnOnce(&Facts<'_>) -> T,
    ) -> T {
        let facts = Facts::new(rules, person, self.channel, ledger);
        let loans: Vec<_> = matter.loans.iter().map(|loan| loan.id.clone()).collect();
        ask(&Facts {
            contact: matter.contact.or(facts.contact),
            subject: self.subject.as_ref(),
            theme: self.theme,
            circumstances: &self.circumstances,
            loans: &loans,
            assume_noon: self.assume_noon,
            ..facts
        })
    }

    /// The same for each of these people by id, at their best contacts, about all their loans. `None` for an id that
    /// names nobody.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `pointer` for no ids or more than [`MOST`].
    pub async fn judge_each(
        &self,
        app: &App,
        lender: &Lender,
        pointer: &str,
        ids: &[String],
    ) -> Result<Vec<Option<Decision>>, Error> {
        if !(1..=MOST).contains(&ids.len()) {
            return Err(Error::invalid(pointer, format!("must have 1 to {MOST} entries")));
        }
        let all = Matter::default();
        let judge = |Known { person, ledger, .. }: Known| self.judge(lender, &person, &ledger, &all);
        let known = people(app, &lender.tenant.id, ids).await?;
        Ok(known.into_iter().map(|known| known.map(judge)).collect())
    }
}

/// People by their ids in a request, in its order. `None` for an id that names nobody.
pub(crate) async fn people(
    app: &App,
    tenant: &TenantId,
    ids: &[String],
) -> Result<Vec<Option<Known>>, Error> {
    let ids: Vec<Option<Id<id::Person>>> = ids.iter().map(|text| named(tenant, text)).collect();
    let asked: Vec<_> = ids.iter().flatten().cloned().collect();
    let mut known = app.store.people(tenant, &asked).await?.into_iter();
    Ok(ids.iter().map(|id| id.as_ref().and_then(|_| known.next().flatten())).collect())
}

/// The thing an id names, if it is one.
pub(crate) fn named<K: Kind>(tenant: &TenantId, text: &str) -> Option<Id<K>> {
    Some(text.parse::<Ref<K>>().ok()?.resolve(tenant.as_str()))
}
