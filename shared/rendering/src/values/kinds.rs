//! What a value is, and what is in it.

use std::cell::Cell;

use minijinja::{Error, ErrorKind, Value, value::ValueKind};

use super::amount;
use crate::limits;

/// What does not go with a value.
pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

thread_local! {
    /// Whether the render of this thread refuses what is undefined.
    static STRICT: Cell<bool> = const { Cell::new(false) };
}

/// Says for the render that this thread begins whether using an undefined value is an error.
pub(crate) fn set_strict(strict: bool) {
    STRICT.set(strict);
}

/// Refuses a value that is undefined if the render is strict. Whatever looks at a value asks here, but for what asks
/// whether it is there.
pub(crate) fn used(value: &Value) -> Result<(), Error> {
    if value.is_undefined() && STRICT.get() { defined(&[value]) } else { Ok(()) }
}

/// Refuses undefined operands, as arithmetic does.
pub(crate) fn defined(operands: &[&Value]) -> Result<(), Error> {
    match operands.iter().find(|operand| operand.is_undefined()) {
        // The engine's own error for this knows what the value was called.
        Some(undefined) => undefined.get_attr("").map(|_| ()),
        None => Ok(()),
    }
}

/// Whether it is an object of the context or of the template, with keys and Python's methods of them.
pub(crate) fn is_mapping(value: &Value) -> bool {
    const MAPPINGS: [&str; 3] = ["indexmap::", "rendering::", "minijinja::value::argtypes::Kwargs"];
    value.kind() == ValueKind::Map
        && value
            .as_object()
            .is_some_and(|object| MAPPINGS.iter().any(|mapping| object.type_name().starts_with(mapping)))
}

/// Whether it is a list of any sort.
pub(crate) fn is_list(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable)
}

/// A value in a message: what it is, and which if that is short.
pub(crate) fn described(value: &Value) -> String {
    match value.kind() {
        ValueKind::Undefined => "an undefined value".to_owned(),
        ValueKind::None => "none".to_owned(),
        ValueKind::Bool | ValueKind::Number => value.to_string(),
        ValueKind::String => match value.as_str() {
            Some(text) if text.chars().count() <= 40 => format!("{text:?}"),
            _ => "a text".to_owned(),
        },
        ValueKind::Seq | ValueKind::Iterable => "a list".to_owned(),
        ValueKind::Map => "an object".to_owned(),
        _ => amount::held(value).map_or_else(|| "this value".to_owned(), |number| number.to_string()),
    }
}

/// What a loop over the value would go through: entries, keys, or characters. Nothing if it is undefined.
///
/// # Errors
/// When it is not a list, or a longer one than may be made; when it is undefined and the render strict.
pub(crate) fn entries(value: &Value) -> Result<Vec<Value>, Error> {
    used(value)?;
    if value.is_undefined() {
        return Ok(Vec::new());
    }
    if let Some(text) = value.as_str() {
        limits::spend_list(text.len())?;
        return Ok(text.chars().map(|c| Value::from(c.to_string())).collect());
    }
    if value.is_none() || !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable | ValueKind::Map) {
        return Err(invalid(format!("{} is not a list", described(value))));
    }
    let mut list = Vec::new();
    for entry in value.try_iter()?.checked() {
        if list.len() % 64 == 0 {
            limits::spend_list(list.len().min(64))?;
        }
        if list.len() == limits::LIST {
            limits::spend_list(limits::LIST + 1)?;
        }
        list.push(entry?);
    }
    Ok(list)
}
