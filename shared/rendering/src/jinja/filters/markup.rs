//! Filters that make HTML, JSON or addresses.

use std::fmt::Write;

use minijinja::{Error, ErrorKind, State, Value, value::ValueKind};

use super::lists;
use crate::{
    jinja::{escape as escaping, text},
    limits,
    values::{amount, bind, entries},
};

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.to_owned())
}

/// Escapes what is not markup yet.
pub(super) fn escape(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("escape", ["value"], arguments)?;
    let value = value.unwrap_or_default();
    lists::defined(state, &value)?;
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
pub(super) fn xmlattr(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, space] = bind("xmlattr", ["d", "autospace"], arguments)?;
    let value = value.unwrap_or_default();
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
    Ok(Value::from_safe_string(markup))
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

/// `urlize(trim_url_limit=none, nofollow=false, target=none, rel=none)`: addresses in a text as links.
pub(super) fn urlize(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, limit, nofollow, target, rel] =
        bind("urlize", ["value", "trim_url_limit", "nofollow", "target", "rel"], arguments)?;
    let given = |value: Option<Value>| value.filter(|value| !value.is_none());
    let mut relations: Vec<String> = given(rel)
        .map(|rel| text::of(&rel))
        .transpose()?
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    if nofollow.is_some_and(|nofollow| nofollow.is_true()) {
        relations.push("nofollow".to_owned());
    }
    relations.push("noopener".to_owned());
    relations.sort();
    relations.dedup();
    let mut extra = format!(" rel=\"{}\"", escaping::html(&relations.join(" ")));
    if let Some(target) = given(target) {
        extra.push_str(&format!(" target=\"{}\"", escaping::html(&text::of(&target)?)));
    }
    let limit = given(limit).and_then(|limit| limit.as_usize());

    let value = value.unwrap_or_default();
    let whole = if value.is_safe() { text::of(&value)? } else { escaping::html(&text::of(&value)?) };
    let mut markup = String::new();
    for piece in whole.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end_matches(char::is_whitespace);
        // Longer than any address; matching its brackets would take too long.
        let (head, middle, tail) = if word.len() > LONGEST_ADDRESS { (word, "", "") } else { links(word) };
        markup.push_str(head);
        match address(middle) {
            Some(Address::Web(scheme)) => {
                let shown = match limit {
                    Some(limit) if middle.chars().count() > limit => {
                        format!("{}...", middle.chars().take(limit).collect::<String>())
                    }
                    _ => middle.to_owned(),
                };
                markup.push_str(&format!("<a href=\"{scheme}{middle}\"{extra}>{shown}</a>"));
            }
            Some(Address::Mail(mail)) => markup.push_str(&format!("<a href=\"mailto:{mail}\">{mail}</a>")),
            None => markup.push_str(middle),
        }
        markup.push_str(tail);
        markup.push_str(&piece[word.len()..]);
        limits::spend(piece.len())?;
        limits::fits(markup.len())?;
    }
    Ok(Value::from_safe_string(markup))
}

/// A word without the brackets around it and the punctuation after it; a bracket that belongs to an address
/// stays.
fn links(word: &str) -> (&str, &str, &str) {
    let mut start = 0;
    while let Some(bracket) =
        ["(", "<", "&lt;"].into_iter().find(|bracket| word[start..].starts_with(bracket))
    {
        start += bracket.len();
    }
    let mut end = word.len();
    while let Some(mark) =
        [")", ">", "&gt;", ".", ","].into_iter().find(|mark| word[start..end].ends_with(mark))
    {
        end -= mark.len();
    }
    for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] {
        while word[start..end].matches(open).count() > word[start..end].matches(close).count()
            && let Some(at) = word[end..].find(close)
        {
            end += at + close.len();
        }
    }
    (&word[..start], &word[start..end], &word[end..])
}

/// Bytes of an address that is made a link.
const LONGEST_ADDRESS: usize = 2000;

enum Address<'a> {
    /// With what is missing before it.
    Web(&'static str),
    Mail(&'a str),
}

/// Top-level domains by which an address without scheme is known.
const KNOWN: [&str; 8] = ["com", "net", "int", "edu", "gov", "org", "info", "mil"];

fn address(word: &str) -> Option<Address<'_>> {
    let lower = word.to_ascii_lowercase();
    if lower.starts_with("https://") || lower.starts_with("http://") {
        let rest = &lower[lower.find("://")? + 3..];
        return host(rest).map(|_| Address::Web(""));
    }
    if let Some(mail) = word.strip_prefix("mailto:") {
        return is_mail(mail).then_some(Address::Mail(mail));
    }
    if let Some(host) = host(&lower) {
        let top = host.rsplit('.').next().unwrap_or_default();
        if host.starts_with("www.") || (host.contains('.') && KNOWN.contains(&top)) {
            return Some(Address::Web("https://"));
        }
    }
    (!lower.starts_with("www.") && !word.contains(':') && is_mail(word)).then_some(Address::Mail(word))
}

/// The host that an address begins with, if what follows it can follow one.
fn host(address: &str) -> Option<&str> {
    let end = address
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '%')))
        .unwrap_or(address.len());
    let (host, rest) = address.split_at(end);
    let port = rest.strip_prefix(':').map(|port| port.trim_start_matches(|c: char| c.is_ascii_digit()));
    let rest = port.unwrap_or(rest);
    let labels = !host.is_empty() && host.split('.').all(|label| !label.is_empty());
    (labels && (rest.is_empty() || rest.starts_with(['/', '?', '#']))).then_some(host)
}

fn is_mail(word: &str) -> bool {
    let Some((name, domain)) = word.rsplit_once('@') else { return false };
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let Some((_, top)) = domain.rsplit_once('.') else { return false };
    !name.is_empty()
        && domain.starts_with(part)
        && domain.chars().all(|c| part(c) || matches!(c, '.' | '-'))
        && !top.is_empty()
        && top.chars().all(part)
}
