//! What the console says, from one table in both languages.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use tera::{Kwargs, State, TeraResult};

use super::of_page;

const TABLE: &str = include_str!("words.toml");
const TITLES: &str = include_str!("rule_titles.toml");

/// One thing said, in each language. `{name}` stands for an argument.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    pub(super) en: String,
    pub(super) es: String,
}

/// Everything that is said, by group and key.
type Table = BTreeMap<String, BTreeMap<String, Said>>;

pub(super) static WORDS: LazyLock<Result<Table, toml::de::Error>> = LazyLock::new(|| toml::from_str(TABLE));

static SPANISH_TITLES: LazyLock<Result<BTreeMap<String, String>, toml::de::Error>> =
    LazyLock::new(|| toml::from_str(TITLES));

/// What the title of a rule of ours is in Spanish. That of the rule about repetitions tells how many hours a lender chose.
pub fn spanish_title(title: &str) -> Option<String> {
    let titles = SPANISH_TITLES.as_ref().ok()?;
    titles.get(title).cloned().or_else(|| {
        let hours = title.split(' ').find(|word| word.bytes().all(|byte| byte.is_ascii_digit()))?;
        let said = titles.get(&title.replace(hours, "{hours}"))?;
        Some(said.replace("{hours}", hours))
    })
}

/// `rule_title(of=rule.title)`: the title of a rule of the law; nothing on a Spanish page if it has none in Spanish.
pub(super) fn rule_title(arguments: Kwargs, state: &State) -> TeraResult<String> {
    let title: &str = arguments.must_get("of")?;
    let own = match of_page(state, "language")?.as_str() {
        "es" => spanish_title(title).unwrap_or_default(),
        _ => title.to_owned(),
    };
    Ok(own)
}

pub(super) fn said(group: &str, key: &str) -> Option<&'static Said> {
    WORDS.as_ref().ok()?.get(group)?.get(key)
}

/// What is said under `messages.title`.
pub(super) fn of_key(key: &str) -> Option<&'static Said> {
    let (group, name) = key.split_once('.')?;
    said(group, name)
}

/// Whether there are words for a value of a group, such as a status.
pub fn has_word(group: &str, value: &str) -> bool {
    said(group, value).is_some()
}

/// `t(key="messages.title", count=3)`: what is said, with its arguments.
pub(super) fn t(arguments: Kwargs, state: &State) -> TeraResult<String> {
    let key: &str = arguments.must_get("key")?;
    let said = of_key(key).ok_or_else(|| tera::Error::message(format!("no words {key}")))?;
    let mut text = in_language(said, &of_page(state, "language")?).to_owned();
    for (name, value) in arguments.iter() {
        let written = match value.as_i64() {
            Some(count) => rendering::locale::whole(count, &of_page(state, "locale")?),
            None => value.to_string(),
        };
        text = text.replace(&format!("{{{name}}}"), &written);
    }
    Ok(text)
}

/// `word(of="status", value=message.status)`: what a value of the API's means; the value itself, if it is one of tomorrow's.
pub(super) fn word(arguments: Kwargs, state: &State) -> TeraResult<String> {
    let (of, value): (&str, &str) = (arguments.must_get("of")?, arguments.must_get("value")?);
    let language = of_page(state, "language")?;
    Ok(said(of, value).map_or_else(|| humane(value), |said| in_language(said, &language).to_owned()))
}

pub(super) fn in_language<'s>(said: &'s Said, language: &str) -> &'s str {
    match language {
        "es" => &said.es,
        _ => &said.en,
    }
}

/// What kind of fault the API's words tell of, by how they begin: a key of `fault`.
pub(super) fn kind_of_fault(message: &str) -> &'static str {
    let begins = |beginnings: &[&str]| beginnings.iter().any(|begins| message.starts_with(begins));
    if message.ends_with("leave it out") || message.contains("left out") {
        "unwanted"
    } else if begins(&["must be given", "must not be empty", "must say", "must name"]) {
        "missing"
    } else if begins(&["must be one of"]) {
        "choice"
    } else if begins(&["must have"]) {
        "size"
    } else {
        "other"
    }
}

/// `payment_reminder` and `paymentReminder` as people write: `Payment reminder`.
pub(super) fn humane(value: &str) -> String {
    let mut words = String::with_capacity(value.len() + 8);
    for letter in value.chars() {
        match letter {
            '_' | '-' => words.push(' '),
            letter if words.is_empty() => words.extend(letter.to_uppercase()),
            letter if letter.is_uppercase() && words.ends_with(char::is_lowercase) => {
                words.push(' ');
                words.extend(letter.to_lowercase());
            }
            letter => words.push(letter),
        }
    }
    words
}
