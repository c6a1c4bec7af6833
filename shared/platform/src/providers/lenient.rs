//! Members of providers' reports that may come in another type than is documented. What is of use but not needed must not cost
//! the rest of the report: what cannot be read is as if it were absent.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// A text, or a number as it is written.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

/// Whole seconds, as a number or in digits.
pub fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let written = text(deserializer)?;
    Ok(written.and_then(|written| written.trim().split('.').next()?.parse().ok()))
}

/// A flag; not set if it says nothing that can be read.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(flag) => flag,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        Value::Number(number) => number.as_i64() == Some(1),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    })
}

/// Whatever it is; its default if it cannot be read.
pub fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

/// What can be read of events that came together. How many cannot is logged, and nothing of what they say.
pub fn readable<T: DeserializeOwned>(
    events: Vec<Value>,
    provider: &str,
    tenant: &str,
) -> impl Iterator<Item = T> {
    let (read, unreadable): (Vec<_>, Vec<_>) =
        events.into_iter().map(serde_json::from_value).partition(Result::is_ok);
    if !unreadable.is_empty() {
        tracing::warn!(provider, tenant, count = unreadable.len(), "events that cannot be read are left out");
    }
    read.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Told {
        #[serde(default, deserialize_with = "text")]
        text: Option<String>,
        #[serde(default, deserialize_with = "seconds")]
        seconds: Option<i64>,
        #[serde(default, deserialize_with = "flag")]
        flag: bool,
        #[serde(default, deserialize_with = "or_default")]
        list: Vec<u8>,
    }

    #[test]
    fn a_member_of_another_type_is_read_as_far_as_it_says_something() {
        let text = |text: &str| Told { text: Some(text.into()), ..Told::default() };
        let seconds = |seconds| Told { seconds: Some(seconds), ..Told::default() };
        let flag = || Told { flag: true, ..Told::default() };
        for (member, value, expected) in [
            ("text", json!("5.1"), text("5.1")),
            ("text", json!(5.1), text("5.1")),
            ("text", json!(["5.1"]), Told::default()),
            ("text", json!(true), Told::default()),
            ("seconds", json!(1_767_718_976), seconds(1_767_718_976)),
            ("seconds", json!("1767718976"), seconds(1_767_718_976)),
            ("seconds", json!(1_767_718_976.25), seconds(1_767_718_976)),
            ("seconds", json!("yesterday"), Told::default()),
            ("seconds", json!(1e300), Told::default()),
            ("flag", json!(true), flag()),
            ("flag", json!("True"), flag()),
            ("flag", json!(1), flag()),
            ("flag", json!("no"), Told::default()),
            ("list", json!([1, 2]), Told { list: vec![1, 2], ..Told::default() }),
            ("list", json!([1, "2"]), Told::default()),
            ("list", json!({}), Told::default()),
        ] {
            let told: Told = serde_json::from_value(json!({ member: value })).unwrap();
            assert_eq!(told, expected, "{member} {value}");
        }
        for member in ["text", "seconds", "flag", "list"] {
            let told: Told = serde_json::from_value(json!({ member: null })).unwrap();
            assert_eq!(told, Told::default(), "{member}");
        }
    }
}
