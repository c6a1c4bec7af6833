//! Filters on texts.

use minijinja::{AutoEscape, Error, ErrorKind, State, Value, value::Kwargs};

use crate::{
    jinja::{escape, format::printf, text},
    limits,
    values::bind,
};

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.to_owned())
}

/// The result is markup where the value was.
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

/// As Python shows it: texts in quotes.
pub(super) fn pprint(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("pprint", ["value"], arguments)?;
    text::repr(&value.unwrap_or_default()).map(Value::from)
}

/// `"%s of %s"|format(a, b)`.
pub(super) fn format(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, arguments @ ..] = arguments else { return Err(Error::from(ErrorKind::MissingArgument)) };
    let pattern = if value.as_str().is_some() { value.clone() } else { Value::from(text::of(value)?) };
    printf(&pattern, arguments)
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
    let (value, old, new) = (value.unwrap_or_default(), old.unwrap_or_default(), new.unwrap_or_default());
    let markup =
        value.is_safe() || (*state.auto_escape() != AutoEscape::None && (old.is_safe() || new.is_safe()));
    let inside = |part: &Value| -> Result<String, Error> {
        let part_text = text::of(part)?;
        Ok(if markup && !part.is_safe() { escape::html(&part_text) } else { part_text })
    };
    let (whole, old, new) = (inside(&value)?, inside(&old)?, inside(&new)?);
    let count =
        count.filter(|count| !count.is_none()).and_then(|count| count.as_usize()).unwrap_or(usize::MAX);
    let replaced = substitute(&whole, &old, &new, count)?;
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
    let lines: Vec<_> = whole.split('\n').collect();
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

pub(super) fn wordcount(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("wordcount", ["s"], arguments)?;
    let value = value.unwrap_or_default();
    super::lists::defined(state, &value)?;
    let whole = text::of(&value)?;
    let words = whole.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    Ok(Value::from(words.count()))
}

/// `wordwrap(width=79, break_long_words=true, wrapstring="\n", break_on_hyphens=true)`.
pub(super) fn wordwrap(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let parameters = ["s", "width", "break_long_words", "wrapstring", "break_on_hyphens"];
    let [value, width, break_long_words, separator, break_on_hyphens] =
        bind("wordwrap", parameters, arguments)?;
    let value = value.unwrap_or_default();
    let named =
        [("width", width), ("break_long_words", break_long_words), ("break_on_hyphens", break_on_hyphens)];
    let named: Kwargs = named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let whole = text::of(&value)?;
    limits::spend_string(whole.len().saturating_mul(2))?;
    let wrapped = minijinja_contrib::filters::wordwrap(&Value::from(whole), named)?;
    let wrapped = wrapped.as_str().unwrap_or_default();
    match separator.filter(|separator| !separator.is_none()) {
        None => Ok(Value::from(wrapped)),
        Some(separator) => substitute(wrapped, "\n", &text::of(&separator)?, usize::MAX).map(Value::from),
    }
}
