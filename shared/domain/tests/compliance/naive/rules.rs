//! Which rules speak of a message.

use domain::{
    compliance::{
        Exemption,
        rule::{Cap, Counts, Party, Period, Rule, Scope},
        rules::{SUPPRESSION, law},
    },
    id::{self, Id},
    vocabulary::{Channel, Purpose, Theme},
};
use jiff::{civil::Date, tz::TimeZone};

use super::{Known, Opening, counting::is_label, openings};
use crate::world::World;

/// A rule with what a lender said about it.
pub struct Asked {
    pub rule: Rule,
    /// One after the other must be open.
    pub openings: Vec<Vec<Opening>>,
    pub closed_on: Vec<Date>,
    pub named: Option<TimeZone>,
    /// What the lender tightened every limit to.
    pub most: u32,
}

/// The law's rules but for those switched off, the lender's own, and suppression.
pub fn asked(world: &World) -> Vec<Asked> {
    let of_law = law().rules.iter().filter(|rule| rule.enforcement.is_enforced());
    let own = world.profile.rules.iter().cloned().chain(suppression(world));
    let mut asked = Vec::new();
    for rule in of_law.cloned().chain(own) {
        let changed = world.profile.overrides.get(&rule.id);
        if changed.is_some_and(|changed| changed.disabled.is_some()) {
            continue;
        }
        let hours = rule.hours.clone().unwrap_or_default();
        let mut one = Asked {
            named: hours.time_zone.as_deref().map(|name| TimeZone::get(name).unwrap()),
            openings: vec![openings(&hours.spans)],
            closed_on: hours.closed_on.clone(),
            most: u32::MAX,
            rule,
        };
        if let Some(tightened) = changed.and_then(|changed| changed.tightened.as_ref()) {
            let is_narrower = !tightened.hours.is_empty() && tightened.hours != hours.spans;
            one.openings.extend(is_narrower.then(|| openings(&tightened.hours)));
            one.closed_on.extend(&tightened.closed_on);
            one.most = tightened.most.unwrap_or(u32::MAX);
        }
        asked.push(one);
    }
    asked
}

/// 000: no second message of the same type, through whatever channel, within so many hours.
fn suppression(world: &World) -> Option<Rule> {
    let cap = Cap {
        most: 1,
        period: Period::Hours(world.suppression_hours),
        scope: Scope::Subject,
        counts: Counts::Placed,
        labels: vec![],
        automated: false,
        without_consent: false,
    };
    let exempt = vec![Exemption::OneTimeCode, Exemption::OptOutConfirmation, Exemption::Reply];
    let rule = Rule { id: SUPPRESSION.into(), caps: vec![cap], exempt, ..Rule::default() };
    (world.suppression_hours > 0 && world.subject.is_some()).then_some(rule)
}

/// Whether a rule speaks of the message, wherever the person is and whenever it leaves.
pub fn speaks(rule: &Rule, world: &World, known: &Known) -> bool {
    let profile = &world.profile;
    let is_party = match profile.party {
        Party::Creditor if profile.first_party_as_collector => {
            rule.parties.contains(&Party::Creditor) || rule.parties.contains(&Party::Collector)
        }
        party => rule.parties.contains(&party),
    };
    let contact = known.contact.map(|n| &world.person.contacts[n]);
    let is_past = |days| {
        let known = world.person.loans.iter().map(|loan| &loan.id);
        let about: Vec<_> =
            if world.loans.is_empty() { known.collect() } else { world.loans.iter().collect() };
        about.is_empty() || about.into_iter().any(|loan| is_late(world, loan, days))
    };
    world.channel.reaches_person()
        && (rule.parties.is_empty() || is_party)
        && rule.licence.is_none_or(|licence| profile.licences.contains(&licence))
        && serves(&rule.purposes, purposes_of(world))
        && (rule.channels.is_empty() || rule.channels.contains(&world.channel))
        && is_label(&rule.labels, world.channel, contact.map(|contact| contact.label))
        && (!rule.automated || is_automated(world))
        && (!rule.autodialed || world.autodialed)
        && rule.over_days_past_due.is_none_or(is_past)
}

/// Whether a debt is more days past due, as far as anybody knows.
pub fn is_late(world: &World, loan: &Id<id::Loan>, days: u32) -> bool {
    let known = world.person.loans.iter().find(|known| known.id == *loan);
    let past = known.map(|known| known.days_past_due);
    !matches!(past, Some(Some(past)) if past <= days)
}

/// What a theme and the sender's word say a message or contact is for. Who only notes or hears something, services; but
/// an answer about a debt or its payment collects.
pub fn purposes(theme: Theme, given: Option<Purpose>) -> Vec<Purpose> {
    let of_theme = match theme.as_str() {
        "opsAccountCredentials" => Purpose::Credentials,
        name if name.starts_with("opsColl") => Purpose::Collections,
        "inbCollections" | "inbPayments" => Purpose::Collections,
        _ => Purpose::Servicing,
    };
    let given = given.map(|given| match given {
        Purpose::Agent | Purpose::Inbound => Purpose::Servicing,
        given => given,
    });
    given.into_iter().chain([of_theme]).collect()
}

pub fn purposes_of(world: &World) -> Vec<Purpose> {
    purposes(world.theme.unwrap_or(Theme::OpsServicing), Some(world.purpose))
}

/// Whether a rule for some purposes, or for all, is for one of these.
pub fn serves(rule: &[Purpose], purposes: Vec<Purpose>) -> bool {
    rule.is_empty() || purposes.iter().any(|purpose| rule.contains(purpose))
}

pub fn is_automated(world: &World) -> bool {
    world.channel == Channel::Text || (world.channel == Channel::Voice && world.autodialed)
}
