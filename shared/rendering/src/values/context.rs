//! JSON contexts as template values: integers stay integers, decimals keep their digits, nothing passes
//! through binary fractions.

use minijinja::Value;
use serde_json::Value as Json;

use super::{aliases, amount};
use crate::{
    error::{ErrorKind, Problem},
    limits,
};

/// The template value of a context.
///
/// # Errors
/// When it is not an object, or nested more deeply or larger than [`limits`] allow.
pub(crate) fn context(json: &Json) -> Result<Value, Problem> {
    if !json.is_object() {
        return Err(Problem::new(ErrorKind::Runtime, "the context is not a JSON object"));
    }
    let mut nodes = 0;
    walk(json, "", 0, &mut nodes)
}

/// The value at `path`; what is in a list has none.
fn walk(json: &Json, path: &str, depth: usize, nodes: &mut usize) -> Result<Value, Problem> {
    *nodes += 1;
    if depth > limits::CONTEXT_DEPTH {
        let message = format!("the context is nested more than {} levels deep", limits::CONTEXT_DEPTH);
        return Err(Problem::new(ErrorKind::Limit, message));
    }
    if *nodes > limits::CONTEXT_NODES {
        let message = format!("the context has more than {} values", limits::CONTEXT_NODES);
        return Err(Problem::new(ErrorKind::Limit, message));
    }
    Ok(match json {
        Json::Null => Value::from(()),
        Json::Bool(yes) => Value::from(*yes),
        Json::String(text) => Value::from(text.as_str()),
        Json::Number(number) => digits(&number.to_string()),
        Json::Array(entries) => Value::from(
            entries.iter().map(|entry| walk(entry, "[]", depth + 1, nodes)).collect::<Result<Vec<_>, _>>()?,
        ),
        Json::Object(entries) => {
            let entry = |(key, entry): (&String, &Json)| {
                let within = if depth == 0 { key.clone() } else { format!("{path}.{key}") };
                Ok((Value::from(key.as_str()), walk(entry, &within, depth + 1, nodes)?))
            };
            let object = Value::from_pairs(entries.iter().map(entry).collect::<Result<Vec<_>, Problem>>()?);
            aliases::answering(path, object)
        }
    })
}

/// A number by its digits. One that no exact type holds stays the text it was written as.
fn digits(digits: &str) -> Value {
    if let Ok(integer) = digits.parse::<i64>() {
        return Value::from(integer);
    }
    if let Ok(integer) = digits.parse::<i128>() {
        return Value::from(integer);
    }
    amount::parse(digits).map_or_else(|| Value::from(digits), amount::value)
}
