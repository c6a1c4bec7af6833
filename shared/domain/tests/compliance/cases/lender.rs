//! What a lender is, and what it says about the rules.

use domain::{
    compliance::{
        Profile,
        profile::{Disabled, Override, Tightened},
        rule::{Cap, Counts, Exemption, Hours, Jurisdiction, Licence, Party, Period, Rule, Scope},
        rules::law,
    },
    schedule::{Span, TimeOfDay},
};
use jiff::civil::Date;
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::{LABELS, PURPOSES, REACHING, Target, Whereabouts, one_of, span};
use crate::naive::What;

const PARTIES: [Party; 4] = [Party::Creditor, Party::Collector, Party::Servicer, Party::DebtBuyer];
pub const OWN: &str = "OWN-DRAWN";

/// A lender, and how it meets the rule in question.
#[derive(Debug, Clone)]
pub struct Lender {
    party: Party,
    as_collector: bool,
    has_licence: bool,
    margin: u16,
    /// Whether all other rules about time are switched off, so that the rule in question decides alone.
    alone: bool,
    tightened: Option<Tightening>,
    /// How many contacts there are, less the most allowed: one less, as many, one more.
    contacts: usize,
}

/// How a rule of the law is made stricter.
#[derive(Debug, Clone)]
struct Tightening {
    /// Hours later and earlier.
    hours: Option<(u16, u16)>,
    closed_in: Option<i64>,
    /// Hundredths of the most allowed.
    most: Option<u32>,
}

pub fn lender(target: &Target) -> impl Strategy<Value = Lender> + use<> {
    (
        one_of(&target.rule.parties, &PARTIES),
        any::<bool>(),
        prop::bool::weighted(0.9),
        select(vec![0, 0, 0, 5, 5, 30]),
        prop::bool::weighted(0.4),
        option::weighted(if target.yields() { 0.6 } else { 0.25 }, tightening()),
        0..3usize,
    )
        .prop_map(|(party, as_collector, has_licence, margin, alone, tightened, contacts)| Lender {
            party,
            as_collector,
            has_licence,
            margin,
            alone,
            tightened,
            contacts,
        })
}

fn tightening() -> impl Strategy<Value = Tightening> {
    (option::of((0..3u16, 0..3u16)), option::of(0..4i64), option::of(1..100u32))
        .prop_map(|(hours, closed_in, most)| Tightening { hours, closed_in, most })
}

impl Tightening {
    /// As far as the rule has what is made stricter; nothing where it has not.
    fn of(&self, rule: &Rule, today: Date) -> Option<Tightened> {
        let spans = rule.hours.iter().flat_map(|hours| &hours.spans);
        let shorter = |span: &Span, (later, earlier)| Span {
            days: span.days.clone(),
            from: span.from + 60 * later,
            to: TimeOfDay::MIDNIGHT + span.to.minutes().saturating_sub(60 * earlier),
        };
        let narrower = self.hours.filter(|by| *by != (0, 0));
        let closed_in = self.closed_in.filter(|_| rule.hours.is_some());
        let largest = rule.caps.iter().map(|cap| cap.most).max();
        let tightened = Tightened {
            hours: narrower.map(|by| spans.map(|span| shorter(span, by)).collect()).unwrap_or_default(),
            closed_on: closed_in.map(|closed_in| today.saturating_add(days(closed_in))).into_iter().collect(),
            most: largest
                .filter(|largest| *largest > 1)
                .zip(self.most)
                .map(|(largest, of)| (largest * of / 100).max(1)),
        };
        (tightened != Tightened::default()).then_some(tightened)
    }
}

fn days(days: i64) -> jiff::Span {
    jiff::Span::new().days(days)
}

impl Lender {
    pub fn profile(&self, target: &Target, place: &Whereabouts, today: Date) -> Profile {
        let rule = &target.rule;
        let is_own = rule.id == OWN;
        let mut profile = Profile {
            party: self.party,
            first_party_as_collector: self.as_collector,
            licences: self.has_licence.then_some(Licence::SmallLoan).into_iter().collect(),
            safety_margin_minutes: self.margin,
            rules: is_own.then(|| rule.clone()).into_iter().collect(),
            ..Profile::default()
        };
        let about_time = |other: &&Rule| other.hours.is_some() || !other.caps.is_empty();
        if self.alone {
            let whose = place.jurisdictions();
            let enforced = law().rules.iter().filter(|other| other.enforcement.is_enforced());
            let here = enforced.filter(|other| whose.contains(&other.jurisdiction.as_str()));
            for other in here.filter(about_time).filter(|other| other.id != rule.id) {
                let disabled =
                    Disabled { reason: "alone".into(), by: "jane".into(), at: jiff::Timestamp::UNIX_EPOCH };
                profile
                    .overrides
                    .insert(other.id.clone(), Override { disabled: Some(disabled), tightened: None });
            }
        }
        if let Some(tightened) = self.tightened(target, today) {
            let change = Override { disabled: None, tightened: Some(tightened) };
            profile.overrides.insert(rule.id.clone(), change);
        }
        profile
    }

    fn tightened(&self, target: &Target, today: Date) -> Option<Tightened> {
        self.tightened.as_ref().filter(|_| target.rule.id != OWN).and_then(|how| how.of(&target.rule, today))
    }

    /// How many contacts to draw around the limit.
    pub fn contacts(&self, target: &Target) -> usize {
        let What::Cap(n) = target.asks else { return 0 };
        let lawful = target.rule.caps[n].most;
        let tightened = self.tightened(target, super::FIRST).and_then(|tightened| tightened.most);
        let most = tightened.map_or(lawful, |tightened| tightened.min(lawful));
        usize::try_from(most).unwrap() + self.contacts - 1
    }
}

/// A rule of the lender's own about hours, a limit, or both.
pub fn own_rule() -> impl Strategy<Value = Rule> {
    let hours = (
        vec(span(), 1..3),
        any::<bool>(),
        option::weighted(0.2, Just("America/Chicago".to_owned())),
        prop::bool::weighted(0.3),
    );
    let hours = hours.prop_map(|(spans, closed_on_holidays, time_zone, yields_to_stated_times)| Hours {
        spans,
        closed_on_holidays,
        time_zone,
        yields_to_stated_times,
        ..Hours::default()
    });
    let period = prop_oneof![
        (1..300u32).prop_map(Period::Minutes),
        (1..72u32).prop_map(Period::Hours),
        (1..15u32).prop_map(Period::Days),
    ];
    let scope = select(vec![Scope::Person, Scope::Debt, Scope::Number, Scope::Subject]);
    let counts = select(vec![Counts::Attempts, Counts::Placed, Counts::Connected, Counts::Conversations]);
    let caps = (1..5u32, period, scope, counts, any::<bool>()).prop_map(
        |(most, period, scope, counts, automated)| {
            vec![Cap { most, period, scope, counts, labels: vec![], automated, without_consent: false }]
        },
    );
    let asks = (hours, caps, 0..3).prop_map(|(hours, caps, which)| match which {
        0 => (Some(hours), vec![]),
        1 => (None, caps),
        _ => (Some(hours), caps),
    });
    let exempt = [
        Exemption::Reply,
        Exemption::PriorConsent,
        Exemption::RequiredNotice,
        Exemption::UnusualTimeConsent,
        Exemption::BusinessRelationship,
    ];
    let of_whom = (
        select(vec!["US", "US", "TX", "NYC"]),
        proptest::sample::subsequence(PURPOSES[..3].to_vec(), 0..2),
        proptest::sample::subsequence(REACHING.to_vec(), 0..5),
        proptest::sample::subsequence(LABELS.to_vec(), 0..3),
        proptest::sample::subsequence(exempt.to_vec(), 0..2),
        option::weighted(0.2, 0..40i64),
    );
    (asks, of_whom).prop_map(|((hours, caps), (whose, purposes, channels, labels, exempt, until))| Rule {
        id: OWN.into(),
        title: "Drawn".into(),
        citation: "Policy".into(),
        jurisdiction: Jurisdiction::parse(whose).unwrap(),
        purposes,
        channels,
        labels,
        exempt,
        hours,
        caps,
        until: until.map(|until| super::FIRST.saturating_add(days(until))),
        ..Rule::default()
    })
}

/// One thing that makes a profile stricter.
#[derive(Debug, Clone)]
pub struct Stricter {
    added: Option<Rule>,
    tightened: Tightening,
}

pub fn stricter() -> impl Strategy<Value = Stricter> {
    (option::of(own_rule()), tightening()).prop_map(|(added, tightened)| Stricter { added, tightened })
}

impl Stricter {
    /// A rule more; or else the rule in question tightened, where it is the law's and stands as it is.
    pub fn after(&self, mut profile: Profile, target: &Target, today: Date) -> Profile {
        let id = &target.rule.id;
        match &self.added {
            Some(rule) => profile.rules.push(Rule { id: "OWN-MORE".into(), ..rule.clone() }),
            None if id != OWN && !profile.overrides.contains_key(id) => {
                let change = self.tightened.of(&target.rule, today);
                let change = change.map(|tightened| Override { disabled: None, tightened: Some(tightened) });
                profile.overrides.extend(change.map(|change| (id.clone(), change)));
            }
            None => {}
        }
        profile
    }
}
