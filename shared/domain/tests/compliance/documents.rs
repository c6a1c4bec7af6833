//! The rules file, its schema and `docs/compliance.md`, held to each other. What is generated is written by
//! `UPDATE=1 cargo test -p domain --test compliance documents`.

#[path = "../../examples/decide/question.rs"]
pub mod question;
mod table;

use std::{collections::BTreeSet, fmt::Write as _, fs, path::PathBuf};

use domain::compliance::{
    rule::{Confidence, Jurisdiction, Rule},
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
    let mut ids = BTreeSet::new();
    for rule in &law().rules {
        let id = &rule.id;
        assert!(ids.insert(id), "{id} twice");
        assert!(!rule.title.is_empty() && !rule.text.is_empty() && !rule.citation.is_empty(), "{id}");
        assert!(!rule.source.is_empty(), "{id} says where it was read");
        assert_ne!(rule.confidence.as_str(), "own", "{id} says how sure it is");
        let is_of_house = rule.citation.starts_with("House rule");
        assert_eq!(is_of_house, rule.confidence.as_str() == "house", "{id} is called what it is");
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
    let document = filled(&read(DOCUMENT), "rules", &table::of(&law().rules));
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
        (
            r#"{"person": {}, "channel": "fog", "at": "2026-11-10T12:00:00Z"}"#,
            "/channel",
            "must be one of voice",
        ),
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

#[test]
fn the_document_names_every_rule_whose_text_nobody_read() {
    let document = read(DOCUMENT);
    let (_, rest) = document.split_once("## Texts that nobody could read\n").unwrap();
    let (section, _) = rest.split_once("\n## ").unwrap();
    let named: BTreeSet<_> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" |"))
        .flat_map(|(ids, _)| ids.split(", "))
        .filter(|id| *id != "rule")
        .collect();
    let is_unread = |rule: &&Rule| {
        let text = format!("{} {}", rule.text, rule.source);
        rule.confidence == Confidence::Unverified || text.contains("not read") || text.contains("be read")
    };
    let unread: BTreeSet<_> = law().rules.iter().filter(is_unread).map(|rule| rule.id.as_str()).collect();
    assert_eq!(named, unread);
}

#[test]
fn every_rule_that_the_document_names_is_known() {
    let document = read(DOCUMENT);
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    let named = document.split(|c| !is_part(c)).filter(|word| {
        let whose = word.split_once('-').map_or("", |(whose, _)| whose);
        Jurisdiction::parse(whose).is_some() && whose != "OWN"
    });
    let named: BTreeSet<_> = named.collect();
    assert!(named.contains("US-REGF-7IN7-EXCL") && named.len() > 50, "{named:?}");
    let known: BTreeSet<_> = law().rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(named.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new());
}
