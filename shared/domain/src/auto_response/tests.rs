//! Rules as tables: what may be said of one, and which one answers.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::tenant::TenantId;

fn tenant() -> TenantId {
    "demo".parse().unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_625_200 + second).unwrap()
}

fn update(json: Value) -> AutoResponseUpdate {
    serde_json::from_value(json).unwrap()
}

/// What every rule needs, with more of it or something else.
fn with(more: Value) -> Value {
    let mut body = json!({ "name": "Rule", "channel": "sms", "trigger": "any", "reply_text": "Hello" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn made(name: &str, second: i64, more: Value) -> AutoResponse {
    AutoResponse::new(Id::external("demo", name), &tenant(), &update(with(more)), at(second)).unwrap()
}

fn faults(refused: Result<AutoResponse, Error>) -> Vec<String> {
    match refused {
        Ok(_) => Vec::new(),
        Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect(),
        Err(error) => panic!("{error}"),
    }
}

fn rules(all: impl IntoIterator<Item = AutoResponse>) -> AutoResponses {
    let mut rules = AutoResponses::default();
    for rule in all {
        rules.put(rule).unwrap();
    }
    rules
}

fn text(text: &str) -> Incoming<'_> {
    Incoming { channel: Channel::Text, text, is_unmonitored: false, is_outside_hours: false }
}

fn is_answered(trigger: Value, incoming: &Incoming<'_>) -> bool {
    let more = match incoming.channel {
        Channel::Email => json!({ "channel": "email" }),
        _ => json!({}),
    };
    let mut rule = with(more);
    rule.as_object_mut().unwrap().extend(trigger.as_object().unwrap().clone());
    rules([made("rule", 0, rule)]).matching(incoming).next().is_some()
}

#[test]
fn a_new_rule_is_enabled_with_the_priority_and_the_cooldown_of_its_trigger() {
    for (more, minutes) in [
        (json!({ "trigger": "keyword", "keyword": "hours" }), 0),
        (json!({ "trigger": "pattern", "pattern": "hours" }), 0),
        (json!({ "trigger": "any" }), 1_440),
        (json!({ "trigger": "outside_hours" }), 1_440),
        (json!({ "trigger": "unmonitored_address", "channel": "email" }), 1_440),
        (json!({ "trigger": "any", "cooldown_minutes": 0 }), 0),
    ] {
        let rule = made("rule", 0, more);
        assert_eq!((rule.enabled, rule.priority, rule.revision), (true, 100, 1));
        assert_eq!(rule.cooldown(), SignedDuration::from_mins(minutes), "{rule:?}");
    }
}

#[test]
fn every_fault_of_a_rule_is_told_at_its_place() {
    let keyword = |words: Value| json!({ "trigger": "keyword", "keywords": words });
    let pattern = |text: &str| json!({ "trigger": "pattern", "pattern": text });
    for (more, expected) in [
        (json!({}), &[][..]),
        (json!({ "name": " " }), &["/name"]),
        (json!({ "name": "x".repeat(101) }), &["/name"]),
        (
            json!({ "name": null, "channel": null, "trigger": null, "reply_text": null }),
            &["/name", "/channel", "/trigger", "/reply_text"],
        ),
        (json!({ "trigger": "unmonitored_address" }), &["/trigger"]),
        (json!({ "trigger": "keyword" }), &["/keywords"]),
        (json!({ "trigger": "pattern" }), &["/pattern"]),
        (json!({ "trigger": "any", "keywords": ["a"], "pattern": "b" }), &["/keywords", "/pattern"]),
        (json!({ "trigger": "outside_hours", "keyword": "a" }), &["/keyword"]),
        (json!({ "trigger": "keyword", "keywords": ["a"], "pattern": "b" }), &["/pattern"]),
        (json!({ "trigger": "pattern", "keyword": "a", "pattern": "b" }), &["/keyword"]),
        (json!({ "trigger": "keyword", "keyword": "a", "keywords": ["b"] }), &["/keyword"]),
        (json!({ "trigger": "any", "keywords": null, "pattern": null }), &[]),
        (keyword(json!([])), &["/keywords"]),
        (keyword(json!(vec!["x"; 50])), &[]),
        (keyword(json!(vec!["x"; 51])), &["/keywords"]),
        (
            keyword(json!(["ok", "", "x".repeat(101), "!?", "a\nb"])),
            &["/keywords/1", "/keywords/2", "/keywords/3", "/keywords/4"],
        ),
        (
            keyword(json!(["Stop!", "OPT-OUT", "opt out", "Start", "help", "stop it"])),
            &["/keywords/0", "/keywords/1", "/keywords/2", "/keywords/3", "/keywords/4"],
        ),
        (json!({ "trigger": "keyword", "keyword": "ＳＴＯＰ" }), &["/keyword"]),
        (pattern(""), &["/pattern"]),
        (pattern(&"x".repeat(200)), &[]),
        (pattern(&"x".repeat(201)), &["/pattern"]),
        (pattern("("), &["/pattern"]),
        (pattern(r"(a)\1"), &["/pattern"]),
        (pattern("(?=a)"), &["/pattern"]),
        (pattern(r"\w{1000}{1000}"), &["/pattern"]),
        (pattern("((a{100}){100}){100}"), &["/pattern"]),
        (pattern(r"\bpay(ment|ing)?\s+off\b|\$?\d+(\.\d\d)?"), &[]),
        (pattern(r"\w+@\w+\.(com|org)"), &[]),
        (json!({ "reply_text": " " }), &["/reply_text"]),
        (json!({ "reply_text": "é".repeat(1_600) }), &[]),
        (json!({ "reply_text": "é".repeat(1_601) }), &["/reply_text"]),
        (json!({ "channel": "email", "reply_text": "é".repeat(10_000) }), &[]),
        (json!({ "channel": "email", "reply_text": "é".repeat(10_001) }), &["/reply_text"]),
        (json!({ "reply_text": null, "template_id": "ext-hours" }), &[]),
        (json!({ "template_id": "ext-hours" }), &["/template_id"]),
        (json!({ "reply_subject": "Hours" }), &["/reply_subject"]),
        (json!({ "channel": "email", "reply_subject": "a\nb" }), &["/reply_subject"]),
        (json!({ "channel": "email", "reply_subject": "x".repeat(201) }), &["/reply_subject"]),
        (
            json!({ "channel": "email", "reply_text": null, "template_id": "ext-a", "reply_subject": "x", "language": "en" }),
            &["/reply_subject", "/language"],
        ),
        (json!({ "language": "english" }), &["/language"]),
        (json!({ "priority": 10_001 }), &["/priority"]),
        (json!({ "cooldown_minutes": 43_200, "priority": 0 }), &[]),
        (json!({ "cooldown_minutes": 43_201 }), &["/cooldown_minutes"]),
        (json!({ "id": 7, "created_at": "once", "updated_at": null }), &[]),
    ] {
        let new = AutoResponse::new(Id::external("demo", "a"), &tenant(), &update(with(more.clone())), at(0));
        assert_eq!(faults(new), expected, "{more}");
    }
}

#[test]
fn a_trigger_with_what_belongs_to_another_names_both_and_a_pattern_that_does_not_work_itself() {
    for (more, says) in [
        (
            json!({ "trigger": "any", "pattern": "x" }),
            "must be left out with the trigger any; it belongs to pattern",
        ),
        (json!({ "trigger": "pattern", "pattern": "(" }), "must be a regular expression: unclosed group"),
        (
            json!({ "trigger": "pattern", "pattern": r"\w{1000}{1000}" }),
            "must be smaller with its repetitions written out",
        ),
        (json!({ "trigger": "keyword", "keyword": "Opt out" }), "must not be a word to stop"),
    ] {
        let refused = AutoResponse::new(Id::external("demo", "a"), &tenant(), &update(with(more)), at(0));
        let message = refused.unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn what_is_left_out_stays_and_what_gives_way_to_something_else_goes() {
    let keyword = made("rule", 0, json!({ "trigger": "keyword", "keywords": ["a", "b"], "priority": 7 }));
    let changed = |rule: &AutoResponse, json: Value| rule.with(&tenant(), &update(json), at(9)).unwrap();

    let same = changed(&keyword, json!({}));
    assert_eq!(same, AutoResponse { revision: 2, updated_at: at(9), ..keyword.clone() });
    let named = changed(&keyword, json!({ "name": "Other", "enabled": false, "cooldown_minutes": 5 }));
    assert_eq!((named.name.as_str(), named.enabled, named.cooldown_minutes), ("Other", false, Some(5)));
    assert_eq!(changed(&named, json!({ "cooldown_minutes": null })).cooldown(), SignedDuration::ZERO);
    assert_eq!(changed(&keyword, json!({ "trigger": "keyword" })).trigger, keyword.trigger);
    let one = changed(&keyword, json!({ "keyword": "c" }));
    assert_eq!(one.trigger, Trigger::Keyword { keywords: vec!["c".into()] });

    let pattern = changed(&keyword, json!({ "trigger": "pattern", "pattern": "x" }));
    assert_eq!(pattern.trigger, Trigger::Pattern { pattern: Pattern::new("x").unwrap() });
    assert_eq!(
        faults(pattern.with(&tenant(), &update(json!({ "trigger": "keyword" })), at(9))),
        ["/keywords"]
    );
    assert_eq!(faults(pattern.with(&tenant(), &update(json!({ "pattern": null })), at(9))), ["/pattern"]);

    let mail = made("m", 0, json!({ "channel": "email", "reply_subject": "Hours", "language": "es" }));
    let template = changed(&mail, json!({ "template_id": "ext-t" }));
    assert_eq!(template.reply, Reply::Template { id: Id::external("demo", "t") });
    assert_eq!(
        faults(template.with(&tenant(), &update(json!({ "template_id": null })), at(9))),
        ["/reply_text"]
    );
    let text = changed(&template, json!({ "reply_text": "Hi" }));
    assert_eq!(text.reply, Reply::Text { text: "Hi".into(), subject_line: None, language: None });
    let sms = changed(&mail, json!({ "channel": "sms" }));
    assert_eq!(
        sms.reply,
        Reply::Text { text: "Hello".into(), subject_line: None, language: Some("es".into()) }
    );
    let long = changed(&mail, json!({ "reply_text": "x".repeat(2_000) }));
    assert_eq!(faults(long.with(&tenant(), &update(json!({ "channel": "sms" })), at(9))), ["/reply_text"]);

    let own = made("own", 0, json!({ "external_id": "own" }));
    assert_eq!(changed(&own, json!({ "external_id": "own" })).external_id, own.external_id);
    for (rule, name) in [(&own, "other"), (&keyword, "new")] {
        let refused = rule.with(&tenant(), &update(json!({ "external_id": name })), at(9));
        assert_eq!(faults(refused), ["/external_id"]);
    }
}

#[test]
fn a_keyword_is_the_whole_message_whatever_its_capitals_blanks_and_punctuation() {
    for (keyword, message, expected) in [
        ("payoff", "PayOff", true),
        ("payoff", "  pay-off!! ", true),
        ("Pay off", "payoff?", true),
        ("payoff", "payoff please", false),
        ("payoff", "pay", false),
        ("payoff", "", false),
        ("payoff", "ｐａｙｏｆｆ", true),
        ("straße", "STRASSE", true),
        ("ΟΔΟΣ", "οδος", true),
        ("café", "CAFE\u{301}", true),
        ("cafe", "café", false),
        ("número", "¡Número!", true),
        ("помощь", "ПОМОЩЬ.", true),
        ("1", "1)", true),
        ("1", "11", false),
    ] {
        let trigger = json!({ "trigger": "keyword", "keywords": ["other", keyword] });
        assert_eq!(is_answered(trigger, &text(message)), expected, "{keyword} {message}");
    }
}

#[test]
fn a_pattern_is_anywhere_in_the_beginning_of_a_message_in_any_capitals() {
    let far = |blanks: usize| format!("{}when", "x ".repeat(blanks));
    for (pattern, message, expected) in [
        ("due date", "What is my DUE DATE?", true),
        (r"^\s*hours\b", " Hours today?", true),
        (r"^\s*hours\b", "what hours", false),
        (r"\bfällig\b", "wann FÄLLIG?", true),
        ("when", &far(998), true),
        ("when", &far(1_000), false),
        ("^$", "", true),
    ] {
        let trigger = json!({ "trigger": "pattern", "pattern": pattern });
        assert_eq!(is_answered(trigger, &text(message)), expected, "{pattern} {message}");
    }
}

#[test]
fn other_triggers_ask_for_when_and_where_a_message_came() {
    let late = Incoming { is_outside_hours: true, ..text("hi") };
    let mail = Incoming { channel: Channel::Email, is_unmonitored: true, ..text("hi") };
    for (trigger, incoming, expected) in [
        ("any", text(""), true),
        ("outside_hours", late, true),
        ("outside_hours", text("hi"), false),
        ("unmonitored_address", mail, true),
        ("unmonitored_address", Incoming { is_unmonitored: false, ..mail }, false),
    ] {
        assert_eq!(is_answered(json!({ "trigger": trigger }), &incoming), expected, "{trigger}");
    }
}

#[test]
fn rules_are_asked_by_priority_then_the_older_first_and_only_enabled_ones_of_the_channel() {
    let all = rules([
        made("late", 9, json!({})),
        made("early", 1, json!({})),
        made("first", 5, json!({ "priority": 1 })),
        made("off", 0, json!({ "priority": 0, "enabled": false })),
        made("mail", 0, json!({ "priority": 0, "channel": "email" })),
        made("other", 0, json!({ "priority": 0, "trigger": "keyword", "keyword": "other" })),
    ]);
    let message = text("hi");
    let asked: Vec<_> = all.matching(&message).map(|rule| rule.id.clone()).collect();
    assert_eq!(asked, ["first", "early", "late"].map(|name| Id::external("demo", name)));

    let mut moved = all.clone();
    moved.put(made("late", 9, json!({ "priority": 0 }))).unwrap();
    assert_eq!(moved.matching(&message).next().unwrap().id, Id::external("demo", "late"));
    assert_eq!(moved.all().len(), all.all().len());
    assert!(moved.remove(&Id::external("demo", "late")) && !moved.remove(&Id::external("demo", "late")));
}

#[test]
fn as_many_rules_as_there_can_be_fit_one_storage_item_and_no_more_are_taken() {
    let is_full = |error: Error| matches!(error, Error::Conflict { conflict: Conflict::LimitReached, .. });
    let mut many = rules((0..200).map(|n| made(&n.to_string(), n, json!({}))));
    assert!(is_full(many.clone().put(made("one more", 0, json!({}))).unwrap_err()));
    many.put(made("7", 7, json!({ "name": "Other" }))).unwrap();

    let pattern = |n: i64| made(&n.to_string(), n, json!({ "trigger": "pattern", "pattern": "x" }));
    let mut looking = rules((0..50).map(pattern));
    looking.put(pattern(7)).unwrap();
    assert!(is_full(looking.put(pattern(50)).unwrap_err()));

    let long = json!({ "channel": "email", "reply_text": "𝕏".repeat(10_000) });
    let mut large = rules((0..8).map(|n| made(&n.to_string(), n, long.clone())));
    assert!(is_full(large.put(made("8", 8, long)).unwrap_err()));
}

#[test]
fn what_is_stored_reads_back_and_answers_as_before() {
    let pattern = made("p", 0, json!({ "trigger": "pattern", "pattern": "hours" }));
    let before = rules([pattern, made("k", 1, json!({ "trigger": "keyword", "keyword": "hours" }))]);
    let after: AutoResponses = serde_json::from_str(&serde_json::to_string(&before).unwrap()).unwrap();
    assert_eq!(after, before);
    assert_eq!(after.matching(&text("Hours")).count(), 2);
}

#[test]
fn a_hostile_pattern_and_message_are_done_with_in_linear_time() {
    let message = "a".repeat(1_000_000);
    for pattern in ["(a*)*b", "(a|aa)+$b", "(.*)(.*)(.*)(.*)(.*)x", "(?:a?){30}a{30}b"] {
        let started = std::time::Instant::now();
        assert!(!Pattern::new(pattern).unwrap().is_in(&message), "{pattern}");
        assert!(started.elapsed().as_secs() < 5, "{pattern}: {:?}", started.elapsed());
    }
}

proptest! {
    #[test]
    fn capitals_blanks_and_punctuation_make_no_difference(word in "[a-zà-ö0-9]{1,20}", blanks in "[ \t.,!?¡-]{0,5}") {
        let text = format!("{blanks}{}{blanks}", word.to_uppercase());
        prop_assert!(folded(&text).eq(folded(&word)));
    }

    #[test]
    fn any_pattern_is_taken_or_refused_and_any_message_looked_at(pattern in ".{0,60}", message in ".{0,200}") {
        if let Ok(pattern) = Pattern::new(&pattern) {
            pattern.is_in(&message);
        }
    }
}
