//! The rules file, its schema and `docs/compliance.md`, held to each other. What is generated is written by
//! `UPDATE=1 cargo test -p domain --test compliance documents`.

#[path = "../../examples/decide/question.rs"]
mod question;

use std::{fmt::Write as _, fs, path::PathBuf};

use domain::compliance::{
    rule::{Counts, Enforcement, Period, Rule, Scope},
    rules::{Law, law},
};
use serde_json::Value;

const DOCUMENT: &str = "../../docs/compliance.md";

fn path(of: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(of)
}

fn read(file: &str) -> String {
    fs::read_to_string(path(file)).unwrap_or_default()
}

/// Compares a file with what it should be, or writes it.
fn hold(file: &str, expected: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path(file), expected).unwrap();
    }
    assert!(
        read(file) == expected,
        "{file} is out of date: UPDATE=1 cargo test -p domain --test compliance documents"
    );
}

fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

#[test]
fn the_rules_file_fits_its_schema() {
    let schema = schemars::schema_for!(Law);
    hold("data/rules.schema.json", &pretty(&schema));
    let file: Value = toml::from_str(&read("data/rules.toml")).unwrap();
    let validator = jsonschema::validator_for(schema.as_value()).unwrap();
    let faults: Vec<_> =
        validator.iter_errors(&file).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn each_rule_is_complete_and_asks_for_something_exactly_when_it_is_enforced() {
    let mut ids = std::collections::BTreeSet::new();
    for rule in &law().rules {
        let id = &rule.id;
        assert!(ids.insert(id), "{id} twice");
        assert!(!rule.title.is_empty() && !rule.text.is_empty() && !rule.citation.is_empty(), "{id}");
        assert!(!rule.source.is_empty(), "{id} says where it was read");
        assert_ne!(rule.confidence.as_str(), "own", "{id} says how sure it is");
        let asks = rule.hours.is_some()
            || !rule.caps.is_empty()
            || rule.consent.is_some()
            || !rule.forbids.is_empty();
        assert_eq!(asks, rule.enforcement.is_enforced(), "{id}");
        let whole = id.split('-').next().unwrap();
        assert_eq!(whole, rule.jurisdiction.as_str(), "{id} is named after its jurisdiction");
    }
}

/// The text between two markers replaced.
fn filled(document: &str, marker: &str, with: &str) -> String {
    let (begin, end) = (format!("<!-- {marker} -->\n"), format!("<!-- end of {marker} -->"));
    let (head, rest) = document.split_once(&begin).unwrap_or_else(|| panic!("no {begin}"));
    let (_, tail) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end}"));
    format!("{head}{begin}{with}{end}{tail}")
}

#[test]
fn the_document_lists_every_rule_and_answers_its_own_questions() {
    let document = filled(&read(DOCUMENT), "rules", &table());
    hold(DOCUMENT, &answered(&document));
}

/// The document with the answer below each question.
fn answered(document: &str) -> String {
    let (question, answer, end) = ("```jsonl\n", "```json\n", "```\n");
    let mut parts = document.split(question);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    let mut count = 0;
    for part in parts {
        let (asked, rest) = part.split_once(end).unwrap();
        let (between, rest) = rest.split_once(answer).unwrap();
        let (_, rest) = rest.split_once(end).unwrap();
        let given = question::answer(asked.trim()).unwrap_or_else(|faults| panic!("{asked}: {faults:?}"));
        let _ = write!(whole, "{question}{asked}{end}{between}{answer}{}{end}{rest}", pretty(&given));
        count += 1;
    }
    assert_eq!(count, 10, "worked examples");
    whole
}

#[test]
fn a_line_that_cannot_be_answered_is_told_field_and_remedy() {
    let person =
        r#""person": {"timeZone": "America/New_York"}, "channel": "email", "at": "2026-11-10T12:00:00Z""#;
    for (line, pointer, words) in [
        ("{", "", "EOF"),
        ("{}", "", "missing field `person`"),
        (r#"{"person": {}, "channel": "fog", "at": "2026-11-10T12:00:00Z"}"#, "/channel", "allowed: voice"),
        (r#"{"person": {"status": "gone"}}"#, "/person/status", "expected one of"),
        (
            r#"{"person": {"timeZone": "Mars"}, "channel": "email", "at": "2026-11-10T12:00:00Z"}"#,
            "/person/timeZone",
            "IANA",
        ),
        (&format!(r#"{{{person}, "loans": ["ext-L1"]}}"#), "/loans/0", "list it in /person/loans"),
        (&format!(r#"{{{person}, "contact": "ext-c"}}"#), "/contact", "list it in /person/contacts"),
        (&format!(r#"{{{person}, "replyTo": "m"}}"#), "/replyTo", "no entry in /history"),
        (
            &format!(r#"{{{person}, "tenant": {{"safetyMarginMinutes": 90}}}}"#),
            "/tenant/safetyMarginMinutes",
            "at most 60",
        ),
        (&format!(r#"{{{person}, "tentant": {{}}}}"#), "", "unknown field `tentant`"),
    ] {
        let faults = question::answer(line).unwrap_err();
        assert!(faults[0].pointer.starts_with(pointer), "{line}: {faults:?}");
        assert!(faults[0].message.contains(words), "{line}: {faults:?}");
    }
}

fn table() -> String {
    let mut table = String::from(
        "| id | what it asks for | purpose | binds | channels | hours | limit | in force | confidence | citation |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for rule in &law().rules {
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            rule.id,
            rule.text.replace('|', "\\|"),
            names(&rule.purposes, "all"),
            names(&rule.parties, "everyone"),
            names(&rule.channels, "all"),
            hours(rule),
            caps(rule),
            in_force(rule),
            rule.confidence.as_str(),
            rule.citation,
        );
    }
    table
}

/// A list in the words of the file.
fn names(list: &[impl serde::Serialize], none: &str) -> String {
    let words: Vec<_> = list.iter().map(word).collect();
    if words.is_empty() { none.into() } else { words.join(", ") }
}

fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap_or_default().to_owned()
}

fn hours(rule: &Rule) -> String {
    let Some(hours) = &rule.hours else { return "–".into() };
    let spans: Vec<_> = hours.spans.iter().map(ToString::to_string).collect();
    let holidays = if hours.closed_on_holidays { "; not on legal holidays" } else { "" };
    format!("{}{holidays}", spans.join("; "))
}

fn caps(rule: &Rule) -> String {
    let one = |cap: &domain::compliance::rule::Cap| {
        let period = match cap.period {
            Period::Minutes(minutes) => format!("{minutes} min"),
            Period::Hours(hours) => format!("{hours} h"),
            Period::Days(days) => format!("{days} days"),
        };
        let counts = match cap.counts {
            Counts::Attempts if cap.most == 1 => "attempt",
            Counts::Attempts => "attempts",
            Counts::Placed => "sent or placed",
            Counts::Connected => "connected",
            Counts::Conversations => "conversations",
        };
        let scope = match cap.scope {
            Scope::Person => "person",
            Scope::Debt => "debt",
            Scope::Number => "number",
            Scope::Subject => "subject",
        };
        let without = if cap.without_consent { ", without consent" } else { "" };
        format!("{} {counts} in {period} per {scope}{without}", cap.most)
    };
    let all: Vec<_> = rule.caps.iter().map(one).collect();
    if all.is_empty() { "–".into() } else { all.join("; ") }
}

fn in_force(rule: &Rule) -> String {
    let how = match &rule.enforcement {
        Enforcement::Enforced => String::new(),
        Enforcement::Stop(stop) => format!("by `{stop}`"),
        Enforcement::PartOf(other) => format!("in {other}"),
        Enforcement::Informational => "not enforced".into(),
    };
    let when = match (rule.from, rule.until) {
        (None, None) => String::new(),
        (Some(from), None) => format!("from {from}"),
        (None, Some(until)) => format!("until {until}"),
        (Some(from), Some(until)) => format!("{from} to {until}"),
    };
    let both: Vec<_> = [how, when].into_iter().filter(|part| !part.is_empty()).collect();
    if both.is_empty() { "yes".into() } else { both.join(", ") }
}
