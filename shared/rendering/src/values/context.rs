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
    walk(json, None, 0, &mut 0)
}

/// The value at `path`; the context itself, and what is in a list, has none.
fn walk(json: &Json, path: Option<&Path>, depth: usize, nodes: &mut usize) -> Result<Value, Problem> {
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
        Json::Number(number) => digits(number.as_str()),
        Json::Array(entries) => {
            let mut list = Vec::with_capacity(entries.len());
            for entry in entries {
                list.push(walk(entry, None, depth + 1, nodes)?);
            }
            Value::from(list)
        }
        Json::Object(entries) => {
            let mut pairs = Vec::with_capacity(entries.len());
            for (key, entry) in entries {
                let within = Path { object: path, member: key };
                let within = (depth == 0 || path.is_some()).then_some(&within);
                pairs.push((Value::from(key.as_str()), walk(entry, within, depth + 1, nodes)?));
            }
            let object = Value::from_pairs(pairs);
            aliases::answering(|known| path.is_some_and(|path| path.is(known)), object)
        }
    })
}

/// Where a value is in the context. It is never written out: few are asked for theirs.
struct Path<'a> {
    object: Option<&'a Path<'a>>,
    member: &'a str,
}

impl Path<'_> {
    fn is(&self, written: &str) -> bool {
        match (self.object, written.rsplit_once('.')) {
            (Some(object), Some((before, member))) => member == self.member && object.is(before),
            (None, None) => written == self.member,
            _ => false,
        }
    }
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
