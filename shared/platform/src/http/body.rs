//! Request bodies: from JSON to types, with every fault named by its place.

use domain::{Error, error::Violation};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Faults listed in one answer.
const MOST: usize = 50;

/// Reads a body. Unknown and mistyped fields are all reported, each with its JSON Pointer.
///
/// serde stops at the first fault, so a faulty member is noted, taken out, and the rest read again.
///
/// # Errors
/// [`Error::Invalid`].
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    // serde would take an array for an object, member by member.
    match parse(bytes)? {
        object @ Value::Object(_) => fields(object),
        _ => Err(Error::invalid("", "the body is not a JSON object")),
    }
}

/// The same where the body is a list.
///
/// # Errors
/// [`Error::Invalid`].
pub fn read_list<T: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<T>, Error> {
    parse(bytes).and_then(fields)
}

fn parse(bytes: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(bytes).map_err(|e| Error::invalid("", format!("the body is not valid JSON: {e}")))
}

/// The same of what is JSON already.
pub(super) fn fields<T: DeserializeOwned>(mut value: Value) -> Result<T, Error> {
    let mut violations: Vec<Violation> = Vec::new();
    while violations.len() < MOST {
        let fault = match serde_path_to_error::deserialize::<_, T>(&value) {
            Ok(read) if violations.is_empty() => return Ok(read),
            Ok(_) => break,
            Err(fault) => fault,
        };
        let (pointer, message) = describe(&fault);
        // A member taken out for being mistyped may be missed next; it was reported already.
        if violations.iter().any(|known| known.pointer == pointer) {
            break;
        }
        violations.push(Violation::new(&pointer, message));
        if !remove(&mut value, &pointer) {
            break;
        }
    }
    Err(Error::Invalid(violations))
}

/// The pointer and the message of serde's fault. A missing or unknown member is reported at its own place.
fn describe(fault: &serde_path_to_error::Error<serde_json::Error>) -> (String, String) {
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
        return (format!("{pointer}/{name}"), "is required".into());
    }
    if let Some(name) = named("unknown field `") {
        if !pointer.ends_with(&format!("/{name}")) {
            pointer = format!("{pointer}/{name}");
        }
        let allowed = message.split_once("expected ").map_or("", |(_, allowed)| allowed);
        return (pointer, format!("is not a known field; expected {}", allowed.replace('`', "")));
    }
    (pointer, message.replace('`', ""))
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Takes out what a pointer names. Returns whether there was something to take out.
fn remove(value: &mut Value, pointer: &str) -> bool {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return false };
    match value.pointer_mut(parent) {
        Some(Value::Object(members)) => members.remove(&name.replace("~1", "/").replace("~0", "~")).is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    #[allow(dead_code, reason = "only read through serde")]
    struct Sample {
        name: String,
        count: Option<u32>,
        #[serde(default)]
        items: Vec<Item>,
    }

    #[derive(Debug, Deserialize)]
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
            (r#"{}"#, vec!["/name"]),
            (r#"{"name": 1}"#, vec!["/name"]),
            (r#"{"name": "a", "count": "x"}"#, vec!["/count"]),
            (r#"{"name": "a", "count": -1, "colour": 1, "a/b": 2}"#, vec!["/a~1b", "/colour", "/count"]),
            (r#"{"name": "a", "items": [{"price": "x"}]}"#, vec!["/items/0/price"]),
            (r#"{"name": "a", "items": [{"price": 1}, {"price": 1, "tax": 2}]}"#, vec!["/items/1/tax"]),
        ] {
            let mut found = pointers(json);
            found.sort();
            assert_eq!(found, expected, "{json}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_always_says_something(json in ".{0,80}") {
            if let Err(Error::Invalid(violations)) = read::<Sample>(json.as_bytes()) {
                prop_assert!(!violations.is_empty());
            }
        }
    }
}
