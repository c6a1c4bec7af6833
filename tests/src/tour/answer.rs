//! Whether an answer is what a document shows.

use jiff::Timestamp;
use serde_json::{Deserializer, Map, Value};

/// A bare `…` once it is JSON; no document has this text.
const ANY: &str = "\u{1}";

/// Whether `answered`, some JSON documents, fits `shown`.
///
/// # Errors
/// Where it does not.
pub fn fits(shown: &str, answered: &str) -> Result<(), String> {
    let shown = documents(&spelled_out(shown)).map_err(|error| format!("shown is no JSON: {error}"))?;
    let answered = documents(answered).map_err(|error| format!("answered is no JSON: {error}"))?;
    if shown.len() != answered.len() {
        return Err(format!("shows {} answers, got {}", shown.len(), answered.len()));
    }
    shown.iter().zip(&answered).try_for_each(|(shown, answered)| value(shown, answered, ""))
}

fn documents(text: &str) -> serde_json::Result<Vec<Value>> {
    Deserializer::from_str(text).into_iter().collect()
}

/// Makes JSON of what is shown: a bare `…` becomes a member or an element, with the commas it needs.
fn spelled_out(shown: &str) -> String {
    let mut json = String::new();
    let (mut open, mut is_in_text, mut is_escaped) = (Vec::new(), false, false);
    // The last character that counts, outside of texts.
    let mut last = '[';
    for character in shown.chars() {
        if is_in_text {
            is_in_text = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
            json.push(character);
            continue;
        }
        if character.is_whitespace() {
            json.push(character);
            continue;
        }
        let needs_comma = match character {
            '…' => !matches!(last, '{' | '[' | ',' | ':'),
            '}' | ']' | ',' => false,
            _ => last == '…',
        };
        if needs_comma {
            json.push(',');
        }
        match character {
            '{' | '[' => open.push(character),
            '}' | ']' => drop(open.pop()),
            '"' => is_in_text = true,
            _ => {}
        }
        match character {
            '…' if open.last() == Some(&'{') && last != ':' => json.push_str(r#""\u0001": null"#),
            '…' => json.push_str(r#""\u0001""#),
            _ => json.push(character),
        }
        last = character;
    }
    json
}

fn value(shown: &Value, answered: &Value, place: &str) -> Result<(), String> {
    let does_fit = match (shown, answered) {
        (Value::Object(shown), Value::Object(answered)) => return members(shown, answered, place),
        (Value::Array(shown), Value::Array(answered)) => return elements(shown, answered, place),
        (Value::String(shown), _) if shown == ANY => true,
        (Value::String(shown), Value::String(answered)) => text(shown, answered),
        _ => shown == answered,
    };
    if does_fit { Ok(()) } else { Err(format!("{place} shows {shown}, got {answered}")) }
}

fn members(shown: &Map<String, Value>, answered: &Map<String, Value>, place: &str) -> Result<(), String> {
    for (name, shown) in shown.iter().filter(|(name, _)| *name != ANY) {
        let place = format!("{place}/{name}");
        value(shown, answered.get(name).ok_or_else(|| format!("{place} is missing"))?, &place)?;
    }
    match answered.keys().find(|name| !shown.contains_key(*name)) {
        Some(name) if !shown.contains_key(ANY) => Err(format!("{place}/{name} is not shown")),
        _ => Ok(()),
    }
}

fn elements(shown: &[Value], answered: &[Value], place: &str) -> Result<(), String> {
    match (shown, answered) {
        ([Value::String(any), rest @ ..], _) if any == ANY => {
            let mut last = Ok(());
            for skipped in 0..=answered.len() {
                last = elements(rest, &answered[skipped..], place);
                if last.is_ok() {
                    break;
                }
            }
            last
        }
        ([first, rest @ ..], [answered, others @ ..]) => {
            value(first, answered, &format!("{place}/-"))?;
            elements(rest, others, place)
        }
        ([], []) => Ok(()),
        ([], [..]) => Err(format!("{place} has more elements than are shown")),
        ([..], []) => Err(format!("{place} has fewer elements than are shown")),
    }
}

fn text(shown: &str, answered: &str) -> bool {
    if let Some((start, rest)) = shown.split_once('…') {
        let ends = answered.char_indices().map(|(at, _)| at).chain([answered.len()]);
        return answered.starts_with(start)
            && ends.filter(|end| *end >= start.len()).any(|end| text(rest, &answered[end..]));
    }
    let is_instant = |text: &str| text.parse::<Timestamp>().is_ok();
    shown == answered || (shown.contains('.') && is_instant(shown) && is_instant(answered))
}
