//! Filters on texts.

use minijinja::{AutoEscape, Error, ErrorKind, State, Value};

use crate::{
    jinja::{escape, format::printf, text},
    limits,
    values::{bind, defined},
};

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.to_owned())
}

/// The result is markup if the value was.
fn like(value: &Value, text: String) -> Value {
    if value.is_safe() { Value::from_safe_string(text) } else { Value::from(text) }
}

fn flag(argument: Option<Value>) -> bool {
    argument.is_some_and(|value| value.is_true())
}

fn number(argument: Option<Value>, default: usize) -> Result<usize, Error> {
    match argument {
        None => Ok(default),
        Some(value) => value.as_usize().ok_or_else(|| invalid("a length is a whole number from 0")),
    }
}

pub(super) fn string(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("string", ["value"], arguments)?;
    let value = value.unwrap_or_default();
    Ok(if value.as_str().is_some() { value } else { Value::from(text::of(&value)?) })
}

/// `"%s of %s"|format(a, b)`.
pub(super) fn format(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, arguments @ ..] = arguments else { return Err(Error::from(ErrorKind::MissingArgument)) };
    let pattern = if value.as_str().is_some() { value.clone() } else { Value::from(text::of(value)?) };
    // Named values stand for an object of them; never both.
    match arguments {
        [named] if named.is_kwargs() => printf(&pattern, std::slice::from_ref(named), false),
        _ if arguments.iter().any(Value::is_kwargs) => {
            Err(invalid("a format takes values by place or by name, not both"))
        }
        _ => printf(&pattern, arguments, false),
    }
}

/// `trim(chars=none)`: white space, or these characters.
pub(super) fn trim(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, characters] = bind("trim", ["value", "chars"], arguments)?;
    let value = value.unwrap_or_default();
    let whole = text::of(&value)?;
    let trimmed = match characters.as_ref().and_then(Value::as_str) {
        Some(characters) => whole.trim_matches(|c| characters.contains(c)),
        None => whole.trim(),
    };
    Ok(like(&value, trimmed.to_owned()))
}

/// `replace(old, new, count=none)`.
pub(super) fn replace(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, old, new, count] = bind("replace", ["s", "old", "new", "count"], arguments)?;
    let missing = || Error::from(ErrorKind::MissingArgument);
    let (value, old, new) = (value.unwrap_or_default(), old.ok_or_else(missing)?, new.ok_or_else(missing)?);
    let escapes = *state.auto_escape() != AutoEscape::None;
    let markup = escapes && (value.is_safe() || old.is_safe() || new.is_safe());
    let mut whole = text::of(&value)?;
    if markup && !value.is_safe() {
        whole = escape::html(&whole);
    }
    let mut with = text::of(&new)?;
    if markup && !new.is_safe() {
        with = escape::html(&with);
    }
    let count = match count.filter(|count| !count.is_none()) {
        None => usize::MAX,
        Some(count) => {
            count.as_i64().map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(usize::MAX))
        }
    };
    let replaced = substitute(&whole, &text::of(&old)?, &with, count)?;
    Ok(if markup { Value::from_safe_string(replaced) } else { Value::from(replaced) })
}

/// `count` occurrences replaced, if the result is no longer than a text may be.
pub(crate) fn substitute(whole: &str, old: &str, new: &str, count: usize) -> Result<String, Error> {
    let times = whole.matches(old).take(count).count();
    limits::spend_string(whole.len().saturating_add(times.saturating_mul(new.len())))?;
    Ok(whole.replacen(old, new, times))
}

/// `indent(width=4, first=false, blank=false)`; a text for a width is what to indent with.
pub(super) fn indent(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, width, first, blank] = bind("indent", ["s", "width", "first", "blank"], arguments)?;
    let value = value.unwrap_or_default();
    if value.as_str().is_none() {
        defined(&[&value])?;
        return Err(invalid("only a text can be indented"));
    }
    let whole = text::of(&value)?;
    let margin = match width.as_ref().and_then(Value::as_str) {
        Some(margin) => margin.to_owned(),
        None => {
            let width = number(width, 4)?;
            limits::spend_string(width)?;
            " ".repeat(width)
        }
    };
    let blank = flag(blank);
    // A last line break begins one more line.
    let whole = format!("{whole}\n");
    let lines: Vec<_> = text::lines(&whole).collect();
    limits::spend_string(whole.len().saturating_add(lines.len().saturating_mul(margin.len())))?;
    let mut indented = String::new();
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            indented.push('\n');
        }
        if if index == 0 { flag(first.clone()) } else { blank || !line.is_empty() } {
            indented.push_str(&margin);
        }
        indented.push_str(line);
    }
    Ok(like(&value, indented))
}

/// `center(width=80)`.
pub(super) fn center(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, width] = bind("center", ["value", "width"], arguments)?;
    let value = value.unwrap_or_default();
    let whole = text::of(&value)?;
    let width = number(width, 80)?;
    limits::spend_string(width)?;
    let missing = width.saturating_sub(whole.chars().count());
    // Of an odd number Python puts the larger half before the text only if the width is odd too.
    let before = missing / 2 + (missing & width & 1);
    Ok(like(&value, format!("{}{whole}{}", " ".repeat(before), " ".repeat(missing - before))))
}

/// `truncate(length=255, killwords=false, end="...", leeway=5)`.
pub(super) fn truncate(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let parameters = ["s", "length", "killwords", "end", "leeway"];
    let [value, length, kill_words, end, leeway] = bind("truncate", parameters, arguments)?;
    let value = value.unwrap_or_default();
    let (length, leeway) = (number(length, 255)?, number(leeway.filter(|leeway| !leeway.is_none()), 5)?);
    let end = end.map_or(Ok("...".to_owned()), |end| text::of(&end))?;
    if !value.is_undefined() && value.as_str().is_none() {
        return Err(invalid("only a text can be cut short"));
    }
    let whole: Vec<char> = text::of(&value)?.chars().collect();
    let Some(kept) = length.checked_sub(end.chars().count()) else {
        return Err(invalid("truncate needs room for its end"));
    };
    if whole.len() <= length.saturating_add(leeway) {
        return Ok(value);
    }
    let mut kept = &whole[..kept];
    if !flag(kill_words)
        && let Some(space) = kept.iter().rposition(|c| *c == ' ')
    {
        kept = &kept[..space];
    }
    Ok(like(&value, format!("{}{end}", kept.iter().collect::<String>())))
}

pub(super) fn wordcount(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("wordcount", ["s"], arguments)?;
    let value = value.unwrap_or_default();
    let whole = text::of(&value)?;
    let words = whole.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    Ok(Value::from(words.count()))
}
