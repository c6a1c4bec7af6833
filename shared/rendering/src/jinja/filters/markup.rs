//! Filters that make HTML, JSON or addresses.

use std::fmt::Write;

use minijinja::{AutoEscape, Error, ErrorKind, State, Value, value::ValueKind};
use minijinja_contrib::filters as contrib;

use crate::{
    jinja::{escape as escaping, text},
    limits,
    values::{amount, bind, defined, entries},
};

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.to_owned())
}

/// Escapes what is not markup yet.
pub(super) fn escape(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("escape", ["value"], arguments)?;
    let value = value.unwrap_or_default();
    if value.is_safe() {
        return Ok(value);
    }
    Ok(Value::from_safe_string(escaping::html(&text::of(&value)?)))
}

/// Escapes even what is.
pub(super) fn force_escape(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("forceescape", ["value"], arguments)?;
    Ok(Value::from_safe_string(escaping::html(&text::of(&value.unwrap_or_default())?)))
}

/// A text as part of a path, or the pairs of an object or list as a query.
pub(super) fn urlencode(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("urlencode", ["value"], arguments)?;
    let value = value.unwrap_or_default();
    let quoted = |value: &Value, query: bool| Ok::<_, Error>(quote(&text::of(value)?, query));
    let encoded = match value.kind() {
        ValueKind::Map => {
            let pair =
                |key: &Value| Ok(format!("{}={}", quoted(key, true)?, quoted(&value.get_item(key)?, true)?));
            entries(&value)?.iter().map(pair).collect::<Result<Vec<_>, Error>>()?.join("&")
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let pair = |pair: &Value| match &entries(pair)?[..] {
                [key, value] => Ok(format!("{}={}", quoted(key, true)?, quoted(value, true)?)),
                _ => Err(invalid("a query is made of pairs")),
            };
            entries(&value)?.iter().map(pair).collect::<Result<Vec<_>, Error>>()?.join("&")
        }
        _ => quoted(&value, false)?,
    };
    limits::spend_string(encoded.len())?;
    Ok(Value::from(encoded))
}

/// Percent-encodes all but RFC 3986's unreserved characters, and `/` in a path.
fn quote(text: &str, query: bool) -> String {
    let mut quoted = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                quoted.push(char::from(byte))
            }
            b'/' if !query => quoted.push('/'),
            b' ' if query => quoted.push('+'),
            _ => quoted.push_str(&format!("%{byte:02X}")),
        }
    }
    quoted
}

/// `xmlattr(autospace=true)`: an object as attributes of a tag; entries without a value are left out.
pub(super) fn xmlattr(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, space] = bind("xmlattr", ["d", "autospace"], arguments)?;
    let value = value.unwrap_or_default();
    if value.kind() != ValueKind::Map {
        defined(&[&value])?;
        return Err(invalid("only an object has attributes for a tag"));
    }
    let mut attributes = Vec::new();
    for key in entries(&value)? {
        let content = value.get_item(&key)?;
        if content.is_none() || content.is_undefined() {
            continue;
        }
        let name = text::of(&key)?;
        // Any of these would end the name and let the rest pass for another attribute.
        if name.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '>' | '=')) {
            return Err(invalid("the name of an attribute has no white space, /, > or ="));
        }
        let content =
            if content.is_safe() { text::of(&content)? } else { escaping::html(&text::of(&content)?) };
        attributes.push(format!("{}=\"{content}\"", escaping::html(&name)));
    }
    let mut markup = attributes.join(" ");
    if space.is_none_or(|space| space.is_true()) && !markup.is_empty() {
        markup.insert(0, ' ');
    }
    limits::spend_string(markup.len())?;
    Ok(if *state.auto_escape() == AutoEscape::None {
        Value::from(markup)
    } else {
        Value::from_safe_string(markup)
    })
}

/// Without tags and comments, entities spelled out, white space as single spaces.
pub(super) fn striptags(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("striptags", ["value"], arguments)?;
    let whole = text::of(&value.unwrap_or_default())?;
    let (mut bare, mut rest) = (String::with_capacity(whole.len()), whole.as_str());
    // Comments first: one may hold tags.
    while let Some((before, after)) = rest.split_once("<!--") {
        let Some((_, after)) = after.split_once("-->") else { break };
        bare.push_str(before);
        rest = after;
    }
    bare.push_str(rest);
    let (mut plain, mut rest) = (String::with_capacity(bare.len()), bare.as_str());
    while let Some((before, after)) = rest.split_once('<') {
        let Some((_, after)) = after.split_once('>') else { break };
        plain.push_str(before);
        rest = after;
    }
    plain.push_str(rest);
    let spaced = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if !spaced.contains('&') {
        return Ok(Value::from(spaced));
    }
    // What is left has no tags but what looked like one that does not end.
    Ok(Value::from(contrib::striptags(spaced.replace('<', "&lt;"))))
}

/// `tojson(indent=none)`: JSON that is safe within HTML, amounts with all their digits.
pub(super) fn to_json(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, indent] = bind("tojson", ["value", "indent"], arguments)?;
    let indent = indent.and_then(|indent| indent.as_usize()).map(|indent| indent.min(16));
    let mut json = String::new();
    write_json(&mut json, &value.unwrap_or_default(), indent, 0)?;
    Ok(Value::from_safe_string(json))
}

fn write_json(json: &mut String, value: &Value, indent: Option<usize>, depth: usize) -> Result<(), Error> {
    limits::spend(0)?;
    limits::fits(json.len())?;
    if depth > limits::CONTEXT_DEPTH {
        return Err(invalid("the value is nested too deeply for JSON"));
    }
    let line = |json: &mut String, depth: usize| {
        if let Some(indent) = indent {
            json.push('\n');
            json.push_str(&" ".repeat(indent * depth));
        }
    };
    let comma = if indent.is_some() { "," } else { ", " };
    match value.kind() {
        ValueKind::None => json.push_str("null"),
        ValueKind::Bool => json.push_str(if value.is_true() { "true" } else { "false" }),
        ValueKind::Number => json.push_str(&text::of(value)?),
        ValueKind::String => write_json_text(json, value.as_str().unwrap_or_default()),
        ValueKind::Seq | ValueKind::Iterable => {
            let entries = entries(value)?;
            json.push('[');
            for (index, entry) in entries.iter().enumerate() {
                json.push_str(if index > 0 { comma } else { "" });
                line(json, depth + 1);
                write_json(json, entry, indent, depth + 1)?;
            }
            if !entries.is_empty() {
                line(json, depth);
            }
            json.push(']');
        }
        ValueKind::Map => {
            let mut entries: Vec<(String, Value)> = entries(value)?
                .into_iter()
                .map(|key| Ok((text::of(&key)?, value.get_item(&key)?)))
                .collect::<Result<_, Error>>()?;
            entries.sort_by(|(left, _), (right, _)| left.cmp(right));
            json.push('{');
            for (index, (key, entry)) in entries.iter().enumerate() {
                json.push_str(if index > 0 { comma } else { "" });
                line(json, depth + 1);
                write_json_text(json, key);
                json.push_str(": ");
                write_json(json, entry, indent, depth + 1)?;
            }
            if !entries.is_empty() {
                line(json, depth);
            }
            json.push('}');
        }
        _ => match amount::held(value) {
            Some(number) => json.push_str(&number.to_string()),
            None => return Err(invalid("only data can become JSON")),
        },
    }
    Ok(())
}

/// In ASCII, and without what could end a script or an attribute.
fn write_json_text(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            ' '..='~' if !matches!(c, '<' | '>' | '&' | '\'') => json.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(json, "\\u{unit:04x}");
                }
            }
        }
    }
    json.push('"');
}
