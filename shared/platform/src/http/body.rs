//! Request bodies: from JSON to types, with every fault named by its place.

mod sample;
mod strict;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use domain::{Error, error::Violation};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub(super) use self::sample::Samples;
use self::sample::has_fraction;

/// Faults listed in one answer.
const MOST: usize = 50;

/// Reads a body. Unknown, mistyped and missing members are all reported, each with its JSON Pointer.
///
/// serde stops at the first fault, so what is faulty is noted and taken out, what is missing is noted and made up, and the
/// rest is read again. What was made up is never handed on.
///
/// # Errors
/// [`Error::Invalid`].
pub fn read<T: DeserializeOwned + JsonSchema>(bytes: &[u8]) -> Result<T, Error> {
    read_checked(bytes, |_| Ok(()))
}

/// The same, with what `check` has against the values: told together with what is mistyped or missing elsewhere.
///
/// # Errors
/// [`Error::Invalid`].
pub fn read_checked<T: DeserializeOwned + JsonSchema>(
    bytes: &[u8],
    check: impl Fn(&T) -> Result<(), Error>,
) -> Result<T, Error> {
    match strict::parse(bytes)? {
        object @ Value::Object(_) => fields(object, check),
        other => Err(Error::invalid("", format!("must be a JSON object; {} was sent", kind_of(&other)))),
    }
}

/// The same if the body is a list.
///
/// # Errors
/// [`Error::Invalid`].
pub fn read_list<T: DeserializeOwned + JsonSchema>(bytes: &[u8]) -> Result<Vec<T>, Error> {
    match strict::parse(bytes)? {
        list @ Value::Array(_) => fields(list, |_| Ok(())),
        other => Err(Error::invalid("", format!("must be a JSON array; {} was sent", kind_of(&other)))),
    }
}

/// What is left of a body some of whose members were read apart.
///
/// # Errors
/// [`Error::Invalid`] with every fault.
pub fn read_members<T: DeserializeOwned + JsonSchema>(members: Map<String, Value>) -> Result<T, Error> {
    fields(Value::Object(members), |_| Ok(()))
}

/// A body as all say it who mean the same: the members of JSON objects by their names, and nothing between them.
pub(super) fn canonical(bytes: &[u8]) -> String {
    match strict::parse(bytes) {
        Ok(mut value) => {
            value.sort_all_objects();
            value.to_string()
        }
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// What a value is, for whoever sent it.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The same of what is JSON already.
fn fields<T: DeserializeOwned + JsonSchema>(
    mut value: Value,
    check: impl Fn(&T) -> Result<(), Error>,
) -> Result<T, Error> {
    if has_fractions(&value) {
        Samples::of_type::<T>().settle_integers(&mut value);
    }
    let misplaced = misplaced::<T>(&value);
    match serde_path_to_error::deserialize::<_, T>(&value) {
        Ok(read) if misplaced.is_empty() => check(&read).map(|()| read),
        read => Err(Error::Invalid(faults::<T>(value, misplaced, read.err(), check))),
    }
}

/// Whether there is a number within that is not written as an integer.
fn has_fractions(value: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(has_fractions),
        Value::Object(members) => members.values().any(has_fractions),
        Value::Number(number) => has_fraction(number),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// The places of what a parser would take for something else: serde a list for an object, member by member, and jiff an instant of
/// which RFC 3339 knows nothing.
pub(super) fn misplaced<T: JsonSchema>(value: &Value) -> Vec<String> {
    match has_suspects(value) {
        true => Samples::of_type::<T>().misplaced(value),
        false => Vec::new(),
    }
}

/// Whether there is something within that may be [`Samples::misplaced`].
fn has_suspects(value: &Value) -> bool {
    let suspect = |one: &Value| one.is_array() || has_suspects(one);
    match value {
        Value::Array(elements) => elements.iter().any(suspect),
        Value::Object(members) => members.values().any(suspect),
        Value::String(text) => is_odd_instant(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a text would be read as an instant and is none of RFC 3339 (section 5.6): in another year than one of four digits, with a
/// zone's name, or with an offset of a day and more, which would move it to another day than it says.
fn is_odd_instant(text: &str) -> bool {
    let Some((day, time)) = text.split_once(['T', 't', ' ']) else { return false };
    let offset =
        time.find(['+', '-']).and_then(|at| time.get(at + 1..at + 3)).and_then(|hours| hours.parse().ok());
    day.starts_with(['+', '-']) || time.ends_with(']') || offset.is_some_and(|hours: u8| hours > 23)
}

/// Every fault of a body, from the first on.
fn faults<T: DeserializeOwned + JsonSchema>(
    value: Value,
    misplaced: Vec<String>,
    first: Option<serde_path_to_error::Error<serde_json::Error>>,
    check: impl Fn(&T) -> Result<(), Error>,
) -> Vec<Violation> {
    let mut body = Mended { value, dropped: BTreeMap::new(), made_up: BTreeSet::new() };
    let (mut violations, samples) = (Vec::<Violation>::new(), Samples::of_type::<T>());
    let mut next = first;
    // The last first, so that the places of the others stay.
    for place in misplaced.iter().rev().take(MOST) {
        let requirement = samples.requirement(place, body.value.pointer(place));
        body.take_out(place);
        violations.insert(0, Violation::new(place.clone(), requirement));
        next = serde_path_to_error::deserialize::<_, T>(&body.value).err();
    }
    // Each round takes something out or makes something up; twice as many as faults are told is enough for both.
    for _ in 0..2 * MOST {
        let Some(fault) = next.take() else { break };
        let (pointer, message) = describe(&fault, &samples, &body.value);
        let is_missing = message == MISSING;
        let place = body.place(&pointer);
        // What was taken out is missed next, and what was made up may not do: neither is the caller's fault.
        let is_ours = body.is_made_up(&pointer) || violations.iter().any(|known| known.pointer == place);
        if !is_ours && violations.len() < MOST {
            violations.push(Violation::new(place, message));
        }
        let is_mended = match is_missing && !body.is_made_up(&pointer) {
            true => body.make_up(&pointer, samples.at(&pointer)),
            false => body.take_out(&pointer),
        };
        if !is_mended && !pointer.rsplit_once('/').is_some_and(|(parent, _)| body.take_out(parent)) {
            break;
        }
        next = serde_path_to_error::deserialize::<_, T>(&body.value).err();
    }
    let read = serde_path_to_error::deserialize::<_, T>(&body.value).ok();
    if let Some(Err(Error::Invalid(more))) = read.map(|read| check(&read)) {
        for fault in more {
            // What is told of a member is not told again of what it stands in, or of what stands in it.
            let place = body.place(&fault.pointer);
            let is_within =
                |one: &str, other: &str| one.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'));
            let is_told = violations.iter().any(|known| {
                known.pointer == place
                    || is_within(&known.pointer, &place)
                    || is_within(&place, &known.pointer)
            });
            if !is_told && !body.is_made_up(&fault.pointer) && violations.len() < MOST {
                violations.push(Violation::new(place, fault.message));
            }
        }
    }
    violations
}

/// A body without what is faulty, and with what it misses.
struct Mended {
    value: Value,
    /// Elements taken out of lists, by the lists' places in the body as it came.
    dropped: BTreeMap<String, BTreeSet<usize>>,
    /// Places of what it missed.
    made_up: BTreeSet<String>,
}

impl Mended {
    /// Where something stood in the body as it came.
    fn place(&self, pointer: &str) -> String {
        let mut place = String::new();
        for segment in pointer.split('/').skip(1) {
            let at = self.dropped.get(&place).zip(segment.parse::<usize>().ok()).map(|(dropped, at)| {
                (0..).filter(|n| !dropped.contains(n)).nth(at).unwrap_or(at).to_string()
            });
            place.push('/');
            place.push_str(at.as_deref().unwrap_or(segment));
        }
        place
    }

    /// Whether it stands in something that was made up.
    fn is_made_up(&self, pointer: &str) -> bool {
        let place = self.place(pointer);
        self.made_up.iter().any(|made| place == *made || place.starts_with(&format!("{made}/")))
    }

    /// Puts a value where one is missing. Returns whether there was one, and a place for it.
    fn make_up(&mut self, pointer: &str, value: Option<Value>) -> bool {
        let (Some(value), Some((parent, name))) = (value, pointer.rsplit_once('/')) else { return false };
        let place = self.place(pointer);
        match self.value.pointer_mut(parent) {
            Some(Value::Object(members)) => {
                members.insert(unescaped(name), value);
                self.made_up.insert(place)
            }
            _ => false,
        }
    }

    /// Takes out what a pointer names. Returns whether there was something to take out.
    fn take_out(&mut self, pointer: &str) -> bool {
        let Some((parent, name)) = pointer.rsplit_once('/') else { return false };
        let (list, at) = (self.place(parent), self.place(pointer));
        match self.value.pointer_mut(parent) {
            Some(Value::Object(members)) => members.remove(&unescaped(name)).is_some(),
            Some(Value::Array(elements)) => match name.parse::<usize>() {
                Ok(index) if index < elements.len() => {
                    elements.remove(index);
                    let original = at.rsplit_once('/').and_then(|(_, index)| index.parse().ok());
                    self.dropped.entry(list).or_default().insert(original.unwrap_or(index))
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// What is said of a missing member.
const MISSING: &str = "must be given";

/// The pointer and the message of serde's fault. A missing or unknown member is reported at its own place.
///
/// Our own types say what must be; what serde and other parsers say is put in the words of the schema.
fn describe(
    fault: &serde_path_to_error::Error<serde_json::Error>,
    schema: &Samples,
    body: &Value,
) -> (String, String) {
    let mut pointer = String::new();
    for segment in fault.path() {
        use serde_path_to_error::Segment;
        pointer.push('/');
        match segment {
            Segment::Seq { index } => pointer.push_str(&index.to_string()),
            Segment::Map { key } => pointer.push_str(&escape(key)),
            Segment::Enum { variant } => pointer.push_str(&escape(variant)),
            Segment::Unknown => pointer.push('?'),
        }
    }
    let message = fault.inner().to_string();
    let named = |prefix: &str| {
        let rest = message.strip_prefix(prefix)?;
        rest.split_once('`').map(|(name, _)| escape(name))
    };
    if let Some(name) = named("missing field `") {
        return (format!("{pointer}/{name}"), MISSING.into());
    }
    if let Some(name) = named("duplicate field `") {
        return (format!("{pointer}/{name}"), "must be given once; it has two names here".into());
    }
    let quoted = || message.split('`').skip(3).step_by(2).collect::<Vec<_>>();
    if let Some(name) = named("unknown field `") {
        if !pointer.ends_with(&format!("/{name}")) {
            pointer = format!("{pointer}/{name}");
        }
        let remedy = match &quoted()[..] {
            [] => "it must be left out, as there are no fields here".into(),
            [one] => format!("a field here must be {one}"),
            known => format!("a field here must be one of {}", known.join(", ")),
        };
        return (pointer, format!("is not a known field; {remedy}"));
    }
    if message.starts_with("unknown variant `") && body.pointer(&pointer).is_some_and(Value::is_object) {
        // serde reports at the object that it is another kind than its tag can say. Without a tag, the name of its one member says
        // which kind it is.
        if let Some(tag) = schema.tag(&pointer) {
            return (format!("{pointer}/{}", escape(tag)), format!("must be one of {}", quoted().join(", ")));
        }
    }
    match message.starts_with("must ") {
        true => (pointer, message),
        false => {
            let requirement = schema.requirement(&pointer, body.pointer(&pointer));
            (pointer, requirement)
        }
    }
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn unescaped(name: &str) -> String {
    name.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    #[allow(dead_code, reason = "only read through serde")]
    struct Sample {
        name: String,
        count: Option<u32>,
        #[serde(default)]
        items: Vec<Item>,
        kind: Kind,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    #[allow(dead_code, reason = "only read through serde")]
    enum Kind {
        Large,
        Small,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only read through serde")]
    struct Item {
        price: i64,
    }

    fn pointers(json: &str) -> Vec<String> {
        match read::<Sample>(json.as_bytes()) {
            Err(Error::Invalid(violations)) => violations.into_iter().map(|v| v.pointer).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_fault_is_named_by_its_place() {
        for (json, expected) in [
            (r#"{"#, vec![""]),
            (r#"[]"#, vec![""]),
            (r#"{}"#, vec!["/kind", "/name"]),
            (r#"{"name": 1}"#, vec!["/kind", "/name"]),
            (r#"{"kind": "huge"}"#, vec!["/kind", "/name"]),
            (r#"{"name": "a", "kind": "large", "count": "x"}"#, vec!["/count"]),
            (
                r#"{"name": "a", "kind": 7, "count": -1, "colour": 1, "a/b": 2}"#,
                vec!["/a~1b", "/colour", "/count", "/kind"],
            ),
            (r#"{"kind": "small", "items": [{"price": "x"}]}"#, vec!["/items/0/price", "/name"]),
            (
                r#"{"name": "a", "kind": "small", "items": [{"price": 1}, {"price": 1, "tax": 2}]}"#,
                vec!["/items/1/tax"],
            ),
            (
                r#"{"name": "a", "kind": "small", "items": [{}, 7, {"price": 1}, {"tax": 2}, {"price": "x"}, null, {"price": 2, "tax": 1}]}"#,
                vec![
                    "/items/0/price",
                    "/items/1",
                    "/items/3/price",
                    "/items/3/tax",
                    "/items/4/price",
                    "/items/5",
                    "/items/6/tax",
                ],
            ),
        ] {
            let mut found = pointers(json);
            found.sort();
            assert_eq!(found, expected, "{json}");
        }
    }

    #[test]
    fn an_instant_is_one_of_rfc_3339() {
        #[derive(Debug, serde::Deserialize, JsonSchema)]
        struct Timed {
            at: jiff::Timestamp,
            #[serde(default)]
            others: Vec<Option<jiff::Timestamp>>,
            #[serde(default)]
            words: String,
        }
        let read = |json: Value| read::<Timed>(json.to_string().as_bytes());
        for at in ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00-23:59", "2026-01-01t00:00:00.5+14:00"] {
            let words = "2026-01-01T00:00:00+25:00";
            let read = read(json!({ "at": at, "others": [null], "words": words })).unwrap();
            assert_eq!((read.at, read.others, read.words.as_str()), (at.parse().unwrap(), vec![None], words));
        }
        for at in [
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00-25:59",
            "-000001-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z[UTC]",
        ] {
            let Err(Error::Invalid(faults)) = read(json!({ "at": at, "others": [null, at] })) else {
                panic!("{at}")
            };
            let told: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
            assert_eq!(told, ["/at", "/others/1"], "{at}");
            assert!(faults.iter().all(|fault| fault.message.contains("a time such as 2026")), "{faults:?}");
        }
    }

    #[test]
    fn a_whole_number_is_an_integer_however_it_is_written() {
        for (count, expected) in
            [("5", Some(5)), ("5.0", Some(5)), ("5.00", Some(5)), ("5e2", Some(500)), ("-0.0", Some(0))]
        {
            let json =
                format!(r#"{{"name": "a", "kind": "small", "count": {count}, "items": [{{"price": 2.0}}]}}"#);
            let read: Sample = read(json.as_bytes()).unwrap();
            assert_eq!((read.count, read.items[0].price), (expected, 2), "{count}");
        }
        for count in ["5.5", "1e-1", "4294967296.0", "-5.0", "1e40"] {
            let json = format!(r#"{{"name": "a", "kind": "small", "count": {count}}}"#);
            assert_eq!(pointers(&json), ["/count"], "{count}");
        }
    }

    #[test]
    fn wrong_values_are_told_with_wrong_types_but_not_of_what_was_made_up() {
        let check = |sample: &Sample| {
            let mut faults = domain::update::Faults::default();
            faults.expect(sample.name.len() > 3, "/name", "must be long");
            for (at, item) in sample.items.iter().enumerate() {
                faults.expect(item.price > 0, &format!("/items/{at}/price"), "must be more than 0");
            }
            faults.none()
        };
        for (json, expected) in [
            (r#"{"kind": "small"}"#, vec!["/name"]),
            (r#"{"name": "ab", "kind": "huge"}"#, vec!["/kind", "/name"]),
            (
                r#"{"name": "abcd", "kind": 1, "items": [7, {"price": -1}, {"price": "x"}, {"price": 0}]}"#,
                vec!["/items/0", "/items/1/price", "/items/2/price", "/items/3/price", "/kind"],
            ),
        ] {
            let Err(Error::Invalid(faults)) = read_checked(json.as_bytes(), check) else { panic!("{json}") };
            let mut found: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{json}: {faults:?}");
        }
    }

    proptest! {
        #[test]
        fn every_place_is_in_the_body_or_misses_there(
            name in prop_oneof![Just(json!(null)), Just(json!("a")), Just(json!(1))],
            prices in prop::collection::vec(
                prop_oneof![Just(json!({})), Just(json!({"price": 1})), Just(json!({"price": "x", "tax": 1})), Just(json!([]))],
                0..6,
            ),
        ) {
            let body = json!({ "name": name, "items": prices, "kind": "small" });
            if let Err(Error::Invalid(violations)) = read::<Sample>(body.to_string().as_bytes()) {
                let wrong = prices.iter().filter(|price| **price != json!({"price": 1})).count();
                let told = violations.iter().filter(|v| v.pointer.starts_with("/items/")).count();
                prop_assert!(told >= wrong, "{violations:?}");
                for violation in violations {
                    let is_there = body.pointer(&violation.pointer).is_some();
                    prop_assert!(is_there || violation.message == MISSING, "{violation:?}");
                }
            } else {
                let is_right = prices.iter().all(|price| *price == json!({"price": 1})) && name.is_string();
                prop_assert!(is_right);
            }
        }

        #[test]
        fn reading_never_panics_and_always_says_something(json in ".{0,80}") {
            if let Err(Error::Invalid(violations)) = read::<Sample>(json.as_bytes()) {
                prop_assert!(!violations.is_empty());
            }
        }
    }
}
