//! How long a decision holds, what it rests on, and what it is kept as.

use proptest::prelude::*;

use super::{
    super::{
        Circumstances, Facts, Nature, Profile, RuleSet, Scrutiny, decide, decide_on_record,
        rule::{Hours, Period, Rule},
        tests::{consent, decide_for, hours, john, ledger_with, now, reminder},
    },
    *,
};
use crate::{
    id::Id,
    ledger::Ledger,
    person::{ConsentStatus, DoNotContact, Person, PersonStatus},
    schedule::{Span, TimeOfDay},
    tenant::Settings,
    vocabulary::{Channel, Direction, Theme},
};

#[test]
fn equal_facts_have_one_digest_and_others_another() {
    let (rules, person, ledger) = (RuleSet::for_tenant(&Settings::default()), john(), Ledger::default());
    let facts = Facts::new(&rules, &person, Channel::Text, &ledger);
    assert_eq!(facts.digest(), Facts { ..facts }.digest());
    assert_eq!(facts.digest().len(), 64);
    let other_rules = RuleSet::for_tenant(&Settings { suppression_hours: 1, ..Settings::default() });
    let other_ledger = ledger_with("welcome", now(), Direction::Outbound);
    let autodialed = Circumstances { autodialed: true, ..Circumstances::default() };
    let other_person = Person { time_zone: Some("America/New_York".into()), ..person.clone() };
    for other in [
        Facts { rules: &other_rules, ..facts },
        Facts { ledger: &other_ledger, ..facts },
        Facts { person: &other_person, ..facts },
        Facts { contact: None, ..facts },
        Facts { circumstances: &autodialed, ..facts },
        Facts { assume_noon: true, ..facts },
        Facts { theme: Some(Theme::OpsCollDebt), ..facts },
    ] {
        assert_ne!(other.digest(), facts.digest());
    }
    let kept = decide_on_record(&facts, now());
    let read: Decision = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
    assert_eq!(read, kept);
    assert_eq!(read.facts_digest, Some(facts.digest()));
}

#[test]
fn only_what_time_heals_may_wait() {
    let ledger = ledger_with("payment_reminder", now(), Direction::Outbound);
    let ask = |person: &Person| decide_for(person, Channel::Email, &ledger, &Settings::default(), now());
    let mut person = john();
    assert!(ask(&person).next_right_time().is_some());
    person.do_not_contact = Some(DoNotContact { until: Some(now() + hours(1)), reason: None });
    assert_eq!(
        ask(&person).next_right_time(),
        None,
        "an order is not about the time of a message, though it ends"
    );
    let allowed = decide_for(&john(), Channel::Email, &Ledger::default(), &Settings::default(), now());
    assert_eq!(allowed.next_right_time(), None);
}

#[test]
fn a_decision_holds_under_its_rules_for_as_long_as_hours_keep_free_before_their_end() {
    let settings = Settings::default();
    let rules = RuleSet::for_tenant(&settings);
    let decision = decide_for(&john(), Channel::Email, &Ledger::default(), &settings, now());
    for (minutes, holds) in [(-1, false), (0, true), (5, true), (6, false)] {
        assert_eq!(decision.holds(&rules, now() + SignedDuration::from_mins(minutes)), holds, "{minutes}");
    }
    let other = RuleSet::for_tenant(&Settings { suppression_hours: 1, ..settings });
    assert!(!decision.holds(&other, now()));
}

#[test]
fn a_decision_holds_no_longer_than_the_exemption_it_rests_on() {
    let rules = RuleSet::for_tenant(&Settings::default());
    let minutes = SignedDuration::from_mins;
    let (sent, mut ledger) = (now(), ledger_with("payment_reminder", now(), Direction::Outbound));
    let theirs = Id::external("demo", "theirs");
    let inbound = ledger_with("payment_reminder", sent, Direction::Inbound).contacts.into_values();
    ledger.contacts.extend(inbound.map(|entry| (theirs.clone(), entry)));
    let (person, subject) = (john(), reminder());
    let base = Facts::new(&rules, &person, Channel::Email, &ledger);
    let circumstances = Circumstances { reply_to: Some(theirs), ..Circumstances::default() };
    let reply = Facts { subject: Some(&subject), circumstances: &circumstances, ..base };
    for (asked, held) in
        [(sent, sent + minutes(5)), (sent + hours(24) - minutes(2), sent + hours(24) - minutes(1))]
    {
        assert!(decide(&reply, asked).holds(&rules, held), "{held}");
    }
    let late = decide(&reply, sent + hours(24) - minutes(2));
    assert!(late.allowed && !late.holds(&rules, sent + hours(24)), "no reply any more");

    let mut revoked = john();
    revoked.consents = vec![consent(None, ConsentStatus::Revoked, 0)];
    let empty = Ledger::default();
    let circumstances =
        Circumstances { nature: Some(Nature::OptOutConfirmation), ..Circumstances::default() };
    let confirmation =
        Facts { circumstances: &circumstances, ..Facts::new(&rules, &revoked, Channel::Text, &empty) };
    let confirmed = decide(&confirmation, now() + minutes(4));
    assert!(confirmed.allowed && confirmed.holds(&rules, now() + minutes(4)));
    assert!(!confirmed.holds(&rules, now() + minutes(5)), "47 CFR 64.1200(a)(12)");
}

#[test]
fn a_decision_does_not_hold_past_the_first_or_last_day_of_a_rule() {
    let rules = RuleSet::for_tenant(&Settings::default());
    let (person, ledger) = (john(), Ledger::default());
    let facts = Facts::new(&rules, &person, Channel::Text, &ledger);
    // US-TCPA-REVOKEALL, about texts and calls, begins at midnight in Washington.
    let begins: Timestamp = "2027-01-31T05:00:00Z".parse().unwrap();
    let decision = decide(&facts, begins - SignedDuration::from_mins(2));
    assert!(decision.holds(&rules, begins - SignedDuration::from_mins(1)));
    assert!(!decision.holds(&rules, begins));
    let after = decide(&facts, begins);
    assert!(after.holds(&rules, begins + SignedDuration::from_mins(5)));
    for (channel, expires_at) in
        [(Channel::Text, Some(begins)), (Channel::Email, None), (Channel::Document, None)]
    {
        let facts = Facts::new(&rules, &person, channel, &ledger);
        let decision = decide(&facts, begins - SignedDuration::from_mins(2));
        assert_eq!((decision.allowed, decision.expires_at), (true, expires_at), "{channel}");
    }
}

#[test]
fn a_kept_decision_names_the_rules_that_spoke_of_the_message() {
    let (person, ledger, subject) = (john(), Ledger::default(), reminder());
    let rules = RuleSet::for_tenant(&Settings::default());
    let facts = |theme| Facts {
        subject: Some(&subject),
        theme: Some(theme),
        ..Facts::new(&rules, &person, Channel::Email, &ledger)
    };
    let named = |theme| decide_on_record(&facts(theme), now()).rules;
    assert_eq!(named(Theme::OpsServicing), ["tenant.suppression"]);
    assert!(named(Theme::OpsCollDebt).contains(&"US-REGF-TIME".to_owned()));
    assert_eq!(named(Theme::AgentNotification), ["tenant.suppression"], "it reaches the person all the same");
}

/// What was sent again, or in spite of a stop, was not asked about hours, and its record does not say so.
#[test]
fn a_kept_decision_names_no_rule_that_was_not_asked() {
    let (person, ledger) = (john(), Ledger::default());
    let rules = RuleSet::for_tenant(&Settings::default());
    let named = |scrutiny| {
        let circumstances = Circumstances { scrutiny, ..Circumstances::default() };
        let facts = Facts {
            theme: Some(Theme::OpsCollDebt),
            circumstances: &circumstances,
            ..Facts::new(&rules, &person, Channel::Text, &ledger)
        };
        decide_on_record(&facts, now()).rules
    };
    let has = |named: &[String], id: &str| named.iter().any(|one| one == id);
    let (full, stops) = (named(Scrutiny::Full), named(Scrutiny::Stops));
    assert!(has(&full, "US-REGF-TIME") && has(&full, "US-BK"), "{full:?}");
    assert!(!has(&stops, "US-REGF-TIME") && has(&stops, "US-BK"), "{stops:?}");
    for scrutiny in [Scrutiny::Requested, Scrutiny::Overridden] {
        assert_eq!(named(scrutiny), <[String; 0]>::default(), "{scrutiny:?}");
    }
}

#[test]
fn the_rule_that_decides_is_the_first_that_time_does_not_satisfy() {
    let mut person = john();
    person.status = PersonStatus::Inactive;
    let ledger = ledger_with("payment_reminder", now(), Direction::Outbound);
    let both = decide_for(&person, Channel::Email, &ledger, &Settings::default(), now());
    assert_eq!(both.ruling().map(|reason| reason.code), Some(ReasonCode::PersonInactive));
    let often = decide_for(&john(), Channel::Email, &ledger, &Settings::default(), now());
    assert_eq!(often.ruling().map(|reason| reason.code), Some(ReasonCode::RecentlyContacted));
    assert!(often.next_right_time().is_some());
    assert_eq!(often.next_right_hour(), None, "the hour is right");
}

#[test]
fn a_limit_decides_before_the_hour_does() {
    let mut person = john();
    let night = Span { days: vec![], from: "00:00".parse().unwrap(), to: "00:15".parse().unwrap() };
    person.time_zone = Some("America/New_York".into());
    person.contact_times.convenient = vec![night];
    let ask = |ledger: &Ledger| decide_for(&person, Channel::Email, ledger, &Settings::default(), now());
    let early = ask(&Ledger::default());
    assert_eq!(early.ruling().map(|reason| reason.code), Some(ReasonCode::InconvenientTime));
    let both = ask(&ledger_with("payment_reminder", now(), Direction::Outbound));
    assert_eq!(both.reasons[0].code, ReasonCode::InconvenientTime);
    assert_eq!(both.ruling().map(|reason| reason.code), Some(ReasonCode::RecentlyContacted));
}

/// Minutes from the message to another, mostly about a day.
fn apart() -> impl Strategy<Value = i64> {
    prop_oneof![-1470i64..-1410, 1410i64..1470, -3000i64..3000]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn what_holds_is_allowed_still_but_for_the_minutes_that_hours_keep_free(
        others in proptest::collection::vec((apart(), 0i64..60), 0..5),
        most in 1u32..4,
        per_day in any::<bool>(),
        (asked, closes_after, margin, seconds) in (0u16..600, 0u16..60, 0u16..30, 0i64..1800),
    ) {
        let period = if per_day { Period::Days(1) } else { Period::Hours(24) };
        let cap = serde_json::json!({ "most": most, "period": period });
        // In Chicago, where John's number is, it is 9 a.m. now.
        let closes = TimeOfDay::MIDNIGHT + (9 * 60 + asked + closes_after);
        let span = Span { days: vec![], from: TimeOfDay::MIDNIGHT, to: closes };
        let rule = Rule {
            id: "OWN-BOTH".into(),
            caps: vec![serde_json::from_value(cap).unwrap()],
            hours: Some(Hours { spans: vec![span], ..Hours::default() }),
            ..Rule::default()
        };
        let settings = |safety_margin_minutes| Settings {
            suppression_hours: 0,
            compliance: Profile { safety_margin_minutes, rules: vec![rule.clone()], ..Profile::default() },
            ..Settings::default()
        };
        let at = now() + SignedDuration::from_mins(asked.into());
        let mut ledger = Ledger::default();
        for (n, (minutes, seconds)) in others.iter().enumerate() {
            let then = at + SignedDuration::from_mins(*minutes) + SignedDuration::from_secs(*seconds);
            let entry = ledger_with("another", then, Direction::Outbound).contacts.into_values().next().unwrap();
            ledger.enter(Id::external("demo", &n.to_string()), entry, at);
        }
        let later = at + SignedDuration::from_secs(seconds);
        let rules = RuleSet::for_tenant(&settings(margin));
        let decision = decide_for(&john(), Channel::Email, &ledger, &settings(margin), at);
        if decision.allowed && decision.holds(&rules, later) {
            let then = decide_for(&john(), Channel::Email, &ledger, &settings(0), later);
            prop_assert!(then.allowed, "{then}");
        }
    }
}
