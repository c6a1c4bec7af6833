//! JSON as templates see it.

use serde_json::Value;

/// The same, with numbers as numbers: serde hands those of JSON on as text in a map, to keep their digits.
pub(super) fn of(value: Value) -> tera::Value {
    match value {
        Value::Null => tera::Value::none(),
        Value::Bool(value) => value.into(),
        Value::String(text) => text.into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(number)) => number.into(),
            (None, None) => number.to_string().into(),
        },
        Value::Array(entries) => entries.into_iter().map(of).collect::<Vec<_>>().into(),
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| (name, of(value)));
            members.collect::<std::collections::HashMap<_, _>>().into()
        }
    }
}
