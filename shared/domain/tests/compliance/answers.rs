//! Questions as a lender asks them, each with the only right answer: what the guard must let through, and what not.

use crate::documents::question::answer;

/// The ids of the rules that block, of one question.
fn blocked_by(question: &str) -> Vec<String> {
    let answer = answer(question).unwrap_or_else(|faults| panic!("{question}: {faults:?}"));
    answer.decision.reasons.into_iter().map(|reason| reason.rule_id).collect()
}

/// Calls about a loan at 11 a.m. in New York on these days of June 2026.
fn calls(loan: &str, days: std::ops::RangeInclusive<u8>) -> String {
    let call = |day| {
        format!(r#"{{"at": "2026-06-{day:02}T15:00:00Z", "channel": "voice", "loans": ["ext-{loan}"]}}"#)
    };
    days.map(call).collect::<Vec<_>>().join(", ")
}

/// Wednesday, 2 p.m. in New York.
const AFTERNOON: &str = r#""at": "2026-06-10T18:00:00Z""#;

#[test]
fn a_message_that_names_no_loan_is_judged_for_each_debt_and_not_for_all_added_up() {
    // 12 CFR 1006.14(b)(2)(i): seven times "in connection with the collection of a particular debt".
    for (of_first, of_second, expected) in [
        (6..=9, 7..=9, &[][..]),
        (4..=9, 4..=9, &[]),
        (4..=10, 9..=9, &["US-REGF-7IN7"]),
        (9..=9, 4..=10, &["US-REGF-7IN7"]),
    ] {
        let question = format!(
            r#"{{"tenant": {{"party": "collector"}}, "channel": "voice", "theme": "opsCollDebt", {AFTERNOON},
            "person": {{"timeZone": "America/New_York", "contacts": [{{"contactType": "phone", "value": "+18025550123"}}],
            "loans": [{{"externalId": "L1"}}, {{"externalId": "L2"}}]}}, "history": [{}, {}]}}"#,
            calls("L1", of_first.clone()),
            calls("L2", of_second.clone()),
        );
        assert_eq!(blocked_by(&question), expected, "{of_first:?} {of_second:?}");
    }
}

#[test]
fn a_message_without_a_subject_is_judged_for_each_and_not_for_all_added_up() {
    // Fla. Stat. 501.616(6)(b): three calls "on the same subject matter or issue".
    let call = |hour: u8, subject: &str| {
        format!(
            r#"{{"at": "2026-06-10T{hour}:00:00Z", "channel": "voice", "subject": "{subject}", "purpose": "marketing"}}"#
        )
    };
    for (subjects, expected) in [(["one", "one", "two"], &[][..]), (["one", "one", "one"], &["FL-MKT"])] {
        let history = [14, 15, 16].into_iter().zip(subjects).map(|(hour, subject)| call(hour, subject));
        let question = format!(
            r#"{{"channel": "voice", "theme": "opsServicing", "purpose": "marketing", {AFTERNOON}, "history": [{}],
            "person": {{"timeZone": "America/New_York", "contacts": [{{"contactType": "phone", "value": "+13055550123"}}]}}}}"#,
            history.collect::<Vec<_>>().join(", "),
        );
        assert_eq!(blocked_by(&question), expected, "{subjects:?}");
    }
}

#[test]
fn of_several_debts_only_those_past_due_enough_count() {
    // D.C. Code 28-3814 speaks of debts more than 30 days past due.
    for (first, second, named, expected) in [
        ("10", "90", true, &[][..]),
        ("10", "90", false, &[]),
        ("31", "90", true, &["DC-CALLS"]),
        ("31", "90", false, &["DC-CALLS"]),
        ("null", "90", true, &["DC-CALLS"]),
        ("10", "10", true, &[]),
    ] {
        let loans = if named { r#""loans": ["ext-L1", "ext-L2"], "# } else { "" };
        let question = format!(
            r#"{{"tenant": {{"party": "creditor", "firstPartyAsCollector": false}}, "channel": "voice",
            "theme": "opsCollDebt", {loans}{AFTERNOON}, "history": [{}],
            "person": {{"contacts": [{{"contactType": "phone", "value": "+12025550123"}}], "loans": [
            {{"externalId": "L1", "daysPastDue": {first}}}, {{"externalId": "L2", "daysPastDue": {second}}}]}}}}"#,
            calls("L1", 6..=9),
        );
        assert_eq!(blocked_by(&question), expected, "{first} {second} {named}");
    }
}

#[test]
fn a_limit_of_a_lender_on_late_debts_counts_contacts_about_those_only() {
    let rule = r#"{"id": "OWN-LATE", "title": "x", "citation": "x", "overDaysPastDue": 30,
        "caps": [{"most": 1, "period": {"hours": 24}}]}"#;
    for (about, expected) in [("L1", &[][..]), ("L2", &["OWN-LATE"])] {
        let question = format!(
            r#"{{"tenant": {{"rules": [{rule}]}}, "channel": "email", "loans": ["ext-L2"], {AFTERNOON},
            "history": [{{"at": "2026-06-10T15:00:00Z", "channel": "email", "loans": ["ext-{about}"]}}],
            "person": {{"contacts": [{{"contactType": "email", "value": "john@example.com"}}], "loans": [
            {{"externalId": "L1", "daysPastDue": 10}}, {{"externalId": "L2", "daysPastDue": 90}}]}}}}"#,
        );
        assert_eq!(blocked_by(&question), expected, "{about}");
    }
}

#[test]
fn a_letter_needs_no_clock_and_a_rule_that_holds_elsewhere_none_either() {
    let letter = |address: &str, more: &str| {
        format!(
            r#"{{"channel": "mail", "theme": "opsCollDebt", {AFTERNOON}{more}, "person": {{"contacts": [
            {{"contactType": "address", "address": {{"addressLine1": "1 Main St", {address}}}}}]}}}}"#
        )
    };
    let weekly = r#", "tenant": {"rules": [{"id": "OWN-WEEK", "title": "x", "citation": "x",
        "caps": [{"most": 1, "period": {"days": 7}}]}]}"#;
    let last = r#", "history": [{"at": "2026-06-09T15:00:00Z", "channel": "mail", "theme": "opsCollDebt"}]"#;
    for address in [
        r#""city": "APO", "state": "AE", "postalCode": "09012""#,
        r#""city": "FPO", "state": "AP", "postalCode": "96349""#,
        r#""city": "Berlin", "postalCode": "10115", "country": "DE""#,
    ] {
        assert_eq!(blocked_by(&letter(address, "")), [""; 0], "{address}");
        assert_eq!(blocked_by(&letter(address, weekly)), [""; 0], "{address}, at most one a week");
        assert_eq!(blocked_by(&letter(address, &format!("{weekly}{last}"))), ["OWN-WEEK"], "{address}");
    }
}

#[test]
fn a_rule_that_could_have_nothing_against_a_message_asks_for_no_place() {
    let email = |purpose: &str, more: &str| {
        format!(
            r#"{{"channel": "email", "theme": "opsServicing", "purpose": "{purpose}", {AFTERNOON},
            "person": {{"contacts": [{{"contactType": "email", "value": "john@example.com"}}]{more}}}}}"#
        )
    };
    // Cal. Civ. Code 1788.17 forbids marketing during a ceaseCommunication case only.
    let cease = r#", "cases": [{"externalId": "C", "caseType": "ceaseCommunication"}]"#;
    let bankruptcy = r#", "cases": [{"externalId": "C", "caseType": "bankruptcy"}]"#;
    for (purpose, more, expected) in [
        ("marketing", "", &[][..]),
        ("marketing", bankruptcy, &[]),
        ("marketing", cease, &["stop.location_unknown", "US-REGF-CEASE"]),
        ("collections", "", &["stop.location_unknown"]),
    ] {
        assert_eq!(blocked_by(&email(purpose, more)), expected, "{purpose}{more}");
    }
}

#[test]
fn the_theme_that_a_subject_implies_is_its_historys_too() {
    // 12 CFR 1006.14(b)(2)(i)(B)
    let question = |why: &str| {
        format!(
            r#"{{"tenant": {{"party": "collector"}}, "channel": "voice", {why}, {AFTERNOON},
            "person": {{"contacts": [{{"contactType": "phone", "value": "+18025550123"}}]}},
            "history": [{{"at": "2026-06-09T15:00:00Z", "channel": "voice", "outcome": "conversation"}}]}}"#
        )
    };
    for (why, expected) in [
        (r#""subject": "loanOverdueFirstNotice""#, &["US-REGF-AFTERCONV"][..]),
        (r#""theme": "opsCollDebt""#, &["US-REGF-AFTERCONV"]),
        (r#""subject": "loanOverdueFirstNotice", "theme": "opsServicing""#, &[]),
    ] {
        assert_eq!(blocked_by(&question(why)), expected, "{why}");
    }
}

#[test]
fn the_safety_margin_is_time_that_passes_before_hours_end_for_good() {
    let spans = |spans: &[(&str, &str)]| {
        let span = |(from, to): &(&str, &str)| format!(r#"{{"from": "{from}", "to": "{to}"}}"#);
        spans.iter().map(span).collect::<Vec<_>>().join(", ")
    };
    let meeting = spans(&[("08:00", "12:00"), ("12:00", "20:00")]);
    let crossing = spans(&[("08:00", "12:30"), ("12:00", "20:00")]);
    let apart = spans(&[("08:00", "12:00"), ("12:01", "20:00")]);
    let night = spans(&[("01:00", "03:00")]);
    let early = spans(&[("00:00", "02:00")]);
    for (spans, at, is_open) in [
        (&meeting, "2026-06-10T15:57:00Z", true),
        (&crossing, "2026-06-10T16:28:00Z", true),
        (&apart, "2026-06-10T15:57:00Z", false),
        (&meeting, "2026-06-10T23:54:59Z", true),
        (&meeting, "2026-06-10T23:55:00Z", false),
        // New York, 2026-03-08: a second after 01:59:59 it is 03:00.
        (&night, "2026-03-08T06:54:59Z", true),
        (&night, "2026-03-08T06:55:00Z", false),
        (&night, "2026-03-08T06:59:59Z", false),
        // 2026-11-01: at 02:00 it is 01:00 again.
        (&early, "2026-11-01T05:57:00Z", true),
        (&early, "2026-11-01T06:54:59Z", true),
        (&early, "2026-11-01T06:57:00Z", false),
    ] {
        let question = format!(
            r#"{{"tenant": {{"rules": [{{"id": "OWN-X", "title": "x", "citation": "x", "hours": {{"spans": [{spans}]}}}}]}},
            "person": {{"timeZone": "America/New_York", "contacts": [{{"contactType": "email", "value": "john@example.com"}}]}},
            "channel": "email", "at": "{at}"}}"#
        );
        assert_eq!(blocked_by(&question), if is_open { &[][..] } else { &["OWN-X"] }, "{at} {spans}");
    }
}

#[test]
fn the_safety_margin_holds_for_the_persons_own_times_alike() {
    for (times, at, is_open) in [
        (
            r#""convenient": [{"from": "08:00", "to": "12:00"}, {"from": "12:00", "to": "20:00"}]"#,
            "15:57",
            true,
        ),
        (r#""convenient": [{"from": "08:00", "to": "12:00"}]"#, "15:57", false),
        (r#""inconvenient": [{"from": "12:00", "to": "13:00"}]"#, "15:54", true),
        (r#""inconvenient": [{"from": "12:00", "to": "13:00"}]"#, "15:55", false),
        (r#""inconvenient": [{"from": "12:00", "to": "13:00"}]"#, "17:00", true),
    ] {
        let question = format!(
            r#"{{"person": {{"timeZone": "America/New_York", "contactTimes": {{{times}}},
            "contacts": [{{"contactType": "email", "value": "john@example.com"}}]}},
            "channel": "email", "at": "2026-06-10T{at}:00Z"}}"#
        );
        let expected = if is_open { &[][..] } else { &["stop.inconvenient_time"] };
        assert_eq!(blocked_by(&question), expected, "{times} {at}");
    }
}
