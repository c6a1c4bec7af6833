//! Values as text, within bounds.

use std::fmt::{self, Write};

use minijinja::{Error, Value};

use super::escape;
use crate::limits;

/// A value as text, as Jinja2 prints it.
///
/// # Errors
/// When the text would be longer than a text may be.
pub(crate) fn of(value: &Value) -> Result<String, Error> {
    let mut text = Bounded(String::new());
    match value.as_str() {
        Some(whole) => text.write_str(whole),
        None => escape::write_value(&mut text, value),
    }
    .map_err(|_| limits::exceeded("the template makes too long a text"))?;
    Ok(text.0)
}

/// A value as Python shows it: texts in quotes.
///
/// # Errors
/// As [`of`].
pub(crate) fn repr(value: &Value) -> Result<String, Error> {
    let mut text = Bounded(String::new());
    write!(text, "{value:?}").map_err(|_| limits::exceeded("the template makes too long a text"))?;
    Ok(text.0)
}

/// Texts in a row with a separator. If one of them is markup and `escaping`, all become so, the others
/// escaped.
///
/// # Errors
/// As [`of`].
pub(crate) fn join(separator: &Value, list: &[Value], escaping: bool) -> Result<Value, Error> {
    let markup = escaping && (separator.is_safe() || list.iter().any(Value::is_safe));
    let part = |value: &Value| -> Result<String, Error> {
        let text = of(value)?;
        Ok(if markup && !value.is_safe() { escape::html(&text) } else { text })
    };
    let between = part(separator)?;
    let mut whole = String::new();
    for (index, value) in list.iter().enumerate() {
        if index > 0 {
            whole.push_str(&between);
        }
        whole.push_str(&part(value)?);
        limits::spend(between.len())?;
        limits::fits(whole.len())?;
    }
    Ok(if markup { Value::from_safe_string(whole) } else { Value::from(whole) })
}

struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        limits::spend(part.len()).map_err(|_| fmt::Error)?;
        if self.0.len() + part.len() > limits::STRING {
            return Err(fmt::Error);
        }
        self.0.push_str(part);
        Ok(())
    }
}
