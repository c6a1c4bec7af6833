//! `pprint`: a value as Python shows it, over several lines where one is not wide enough.

use std::cmp::Ordering;

use minijinja::{Error, State, Value, value::ValueKind};

use super::is_group;
use crate::{
    jinja::text,
    limits,
    values::{bind, entries, order},
};

/// Columns of a line.
const WIDTH: usize = 80;

/// As `pprint.pformat` of Python: objects by their keys.
pub(super) fn pprint(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("pprint", ["value"], arguments)?;
    let value = sorted(&value.unwrap_or_default())?;
    let mut page = String::new();
    write(&mut page, &value, 0, 0, 1)?;
    Ok(Value::from(page))
}

/// The value with the keys of its objects in order, if they have one.
fn sorted(value: &Value) -> Result<Value, Error> {
    limits::spend(256)?;
    Ok(match value.kind() {
        ValueKind::Map
            if value.as_object().is_some_and(|object| !object.type_name().contains("Namespace")) =>
        {
            let mut keys = entries(value)?;
            keys.sort_by(by_kind);
            let pair = |key: Value| {
                let entry = sorted(&value.get_item(&key)?)?;
                Ok((key, entry))
            };
            Value::from_pairs(keys.into_iter().map(pair).collect::<Result<Vec<_>, Error>>()?)
        }
        ValueKind::Seq if !value.is_tuple() && !is_group(value) => {
            Value::from(entries(value)?.iter().map(sorted).collect::<Result<Vec<_>, Error>>()?)
        }
        _ => value.clone(),
    })
}

fn by_kind(left: &Value, right: &Value) -> Ordering {
    order(left, right)
        .ok()
        .flatten()
        .unwrap_or_else(|| left.kind().to_string().cmp(&right.kind().to_string()))
}

/// Writes a value that begins in column `indent`, with `allowance` characters to come after it on its last line.
fn write(
    page: &mut String,
    value: &Value,
    indent: usize,
    allowance: usize,
    level: usize,
) -> Result<(), Error> {
    limits::fits(page.len())?;
    let whole = text::repr(value)?;
    let room = WIDTH.saturating_sub(indent + allowance);
    if whole.chars().count() <= room {
        page.push_str(&whole);
        return Ok(());
    }
    match value.kind() {
        ValueKind::Map => {
            page.push('{');
            let keys = entries(value)?;
            for (index, key) in keys.iter().enumerate() {
                let last = index + 1 == keys.len();
                let key_text = text::repr(key)?;
                page.push_str(&key_text);
                page.push_str(": ");
                let inside = indent + 1 + key_text.chars().count() + 2;
                write(page, &value.get_item(key)?, inside, if last { allowance + 1 } else { 1 }, level + 1)?;
                if !last {
                    next_line(page, indent + 1)?;
                }
            }
            page.push('}');
        }
        ValueKind::Seq => {
            let tuple = value.is_tuple();
            page.push(if tuple { '(' } else { '[' });
            let list = entries(value)?;
            let close = if tuple && list.len() == 1 {
                ",)"
            } else if tuple {
                ")"
            } else {
                "]"
            };
            for (index, entry) in list.iter().enumerate() {
                let last = index + 1 == list.len();
                write(page, entry, indent + 1, if last { allowance + close.len() } else { 1 }, level + 1)?;
                if !last {
                    next_line(page, indent + 1)?;
                }
            }
            page.push_str(close);
        }
        ValueKind::String if !value.is_safe() => {
            words(page, value.as_str().unwrap_or_default(), indent, allowance, level)?;
        }
        _ => page.push_str(&whole),
    }
    Ok(())
}

fn next_line(page: &mut String, indent: usize) -> Result<(), Error> {
    limits::spend_string(indent)?;
    page.push_str(",\n");
    page.push_str(&" ".repeat(indent));
    Ok(())
}

/// A long text as several short ones, in parentheses where it stands alone.
fn words(page: &mut String, whole: &str, indent: usize, allowance: usize, level: usize) -> Result<(), Error> {
    let (indent, allowance) = if level == 1 { (indent + 1, allowance + 1) } else { (indent, allowance) };
    let room = WIDTH.saturating_sub(indent);
    let width = |text: &str| -> Result<(String, usize), Error> {
        let shown = text::repr(&Value::from(text))?;
        let width = shown.chars().count();
        Ok((shown, width))
    };
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let mut chunks = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let last_line = index + 1 == lines.len();
        let (shown, shown_width) = width(line)?;
        let limit = room.saturating_sub(if last_line { allowance } else { 0 });
        if shown_width <= limit {
            chunks.push(shown);
            continue;
        }
        // Words with the white space after them.
        let parts = parts(line);
        let mut current = String::new();
        for (index, part) in parts.iter().enumerate() {
            let candidate = format!("{current}{part}");
            let limit =
                if index + 1 == parts.len() && last_line { room.saturating_sub(allowance) } else { room };
            if width(&candidate)?.1 > limit {
                if !current.is_empty() {
                    chunks.push(width(&current)?.0);
                }
                current = (*part).to_owned();
            } else {
                current = candidate;
            }
        }
        if !current.is_empty() {
            chunks.push(width(&current)?.0);
        }
    }
    if let [one] = &chunks[..] {
        page.push_str(one);
        return Ok(());
    }
    let margin = format!("\n{}", " ".repeat(indent));
    limits::spend_string(chunks.len().saturating_mul(margin.len()))?;
    let joined = chunks.join(&margin);
    page.push_str(&if level == 1 { format!("({joined})") } else { joined });
    Ok(())
}

/// Words, each with the white space after it; white space at the beginning is a part of its own.
fn parts(line: &str) -> Vec<&str> {
    let (mut parts, mut start, mut spaces) = (Vec::new(), 0, false);
    for (at, c) in line.char_indices() {
        if spaces && !c.is_whitespace() {
            parts.push(&line[start..at]);
            start = at;
        }
        spaces = c.is_whitespace();
    }
    parts.push(&line[start..]);
    parts
}
