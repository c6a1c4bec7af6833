//! Values as text, within bounds.

use std::fmt::{self, Write};

use minijinja::{Error, Value, value::ValueKind};

use super::{escape, filters};
use crate::{limits, values::used};

/// A value as text, as Jinja2 prints it.
///
/// # Errors
/// When the text would be longer than a text may be, or the value is undefined and the render strict.
pub(crate) fn of(value: &Value) -> Result<String, Error> {
    used(value)?;
    let mut text = Bounded(String::new());
    match value.as_str() {
        Some(whole) => text.write_str(whole),
        None => write(&mut text, value),
    }
    .map_err(|_| limits::exceeded("the template makes too long a text"))?;
    Ok(text.0)
}

/// A value as Python shows it: texts in quotes.
///
/// # Errors
/// When the text would be longer than a text may be.
pub(crate) fn repr(value: &Value) -> Result<String, Error> {
    let mut text = Bounded(String::new());
    show(&mut text, value).map_err(|_| limits::exceeded("the template makes too long a text"))?;
    Ok(text.0)
}

/// Writes what is printed for anything but a text; nothing for what is undefined.
pub(crate) fn write(out: &mut dyn Write, value: &Value) -> fmt::Result {
    if value.is_undefined() { Ok(()) } else { show(out, value) }
}

/// Writes a value as it is shown within a list.
fn show(out: &mut dyn Write, value: &Value) -> fmt::Result {
    let entries = || value.try_iter().into_iter().flatten();
    match value.kind() {
        ValueKind::Undefined => out.write_str("Undefined"),
        ValueKind::Number => number(out, value),
        ValueKind::String if value.is_safe() => {
            out.write_str("Markup(")?;
            quoted(out, value.as_str().unwrap_or_default())?;
            out.write_char(')')
        }
        ValueKind::String => quoted(out, value.as_str().unwrap_or_default()),
        ValueKind::Seq | ValueKind::Iterable => {
            let tuple = value.is_tuple() || filters::is_group(value);
            out.write_char(if tuple { '(' } else { '[' })?;
            let mut length = 0;
            for entry in entries() {
                out.write_str(if length > 0 { ", " } else { "" })?;
                show(out, &entry)?;
                length += 1;
            }
            out.write_str(match (tuple, length) {
                (true, 1) => ",)",
                (true, _) => ")",
                (false, _) => "]",
            })
        }
        ValueKind::Map => {
            let space = value.as_object().is_some_and(|object| object.type_name().ends_with("::Namespace"));
            out.write_str(if space { "<Namespace {" } else { "{" })?;
            for (index, key) in entries().enumerate() {
                out.write_str(if index > 0 { ", " } else { "" })?;
                show(out, &key)?;
                out.write_str(": ")?;
                show(out, &value.get_item(&key).unwrap_or_default())?;
            }
            out.write_str(if space { "}>" } else { "}" })
        }
        _ => write!(out, "{value}"),
    }
}

/// Fractions get an exponent if they are very large or small.
fn number(out: &mut dyn Write, value: &Value) -> fmt::Result {
    if value.is_integer() {
        return write!(out, "{value}");
    }
    let Ok(number) = f64::try_from(value.clone()) else { return write!(out, "{value}") };
    if number.is_nan() {
        return out.write_str("nan");
    }
    match format!("{number:?}").split_once('e') {
        Some((mantissa, exponent)) => write!(out, "{mantissa}e{:+03}", exponent.parse::<i32>().unwrap_or(0)),
        None => write!(out, "{number:?}"),
    }
}

/// A text as Python writes it in a source: in the quotes that are not in it, what cannot be seen spelled out.
fn quoted(out: &mut dyn Write, text: &str) -> fmt::Result {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            '\\' => out.write_str("\\\\")?,
            _ if c == quote => write!(out, "\\{c}")?,
            _ if is_seen(c) => out.write_char(c)?,
            _ => match u32::from(c) {
                code @ ..=0xff => write!(out, "\\x{code:02x}")?,
                code @ ..=0xffff => write!(out, "\\u{code:04x}")?,
                code => write!(out, "\\U{code:08x}")?,
            },
        }
    }
    out.write_char(quote)
}

/// Whether Python shows a character as it is: all but controls, formats, private ones, and spaces other than `' '`.
fn is_seen(c: char) -> bool {
    const HIDDEN: [std::ops::RangeInclusive<char>; 7] = [
        '\u{ad}'..='\u{ad}',
        '\u{200b}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
        '\u{e000}'..='\u{f8ff}',
        '\u{feff}'..='\u{feff}',
        '\u{fff9}'..='\u{fffb}',
    ];
    c == ' ' || !(c.is_control() || c.is_whitespace() || HIDDEN.iter().any(|range| range.contains(&c)))
}

/// The lines of a text, as Python splits them, without what ends them.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| {
        matches!(
            c,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let at = rest.find(ends).unwrap_or(rest.len());
        let (line, after) = rest.split_at(at);
        rest = after.strip_prefix("\r\n").unwrap_or_else(|| {
            let mut characters = after.chars();
            characters.next();
            characters.as_str()
        });
        Some(line)
    })
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
