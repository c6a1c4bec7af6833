//! Python's methods on texts, lists and objects, as templates written for Jinja2 use them.
//!
//! Those that grow a text or compare values are ours, for their bounds; the rest is `pycompat`'s.

use minijinja::{
    Error, ErrorKind, State, Value,
    formatting::FormatStyle,
    value::{Tuple, ValueKind},
};
use minijinja_contrib::pycompat;

use super::{
    filters::{settled, substitute},
    format, growing, text,
};
use crate::{
    limits,
    values::{self, bind, entries},
};

/// A method that the value itself does not have.
pub(crate) fn call(
    state: &mut State,
    value: &Value,
    method: &str,
    arguments: &[Value],
) -> Result<Value, Error> {
    limits::spend(value.as_str().map_or(0, str::len))?;
    let ours = match value.kind() {
        ValueKind::String => of_text(value, value.as_str().unwrap_or_default(), method, arguments)?,
        ValueKind::Map => of_object(value, method, arguments)?,
        ValueKind::Seq | ValueKind::Iterable => of_list(value, method, arguments)?,
        _ => None,
    };
    match ours {
        Some(result) => Ok(result),
        None => settled(pycompat::unknown_method_callback(state, value, method, arguments)?),
    }
}

/// `None` where the method is not ours.
fn of_text(value: &Value, whole: &str, method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    let like = |text: String| if value.is_safe() { Value::from_safe_string(text) } else { Value::from(text) };
    Ok(Some(match method {
        "format" => format::formatted(FormatStyle::StrFormat, value, arguments)?,
        "join" => {
            let [list] = bind(method, ["iterable"], arguments)?;
            text::join(value, &entries(&list.unwrap_or_default())?, value.is_safe())?
        }
        "replace" => {
            let [old, new, count] = bind(method, ["old", "new", "count"], arguments)?;
            let (old, new) = (text::of(&old.unwrap_or_default())?, text::of(&new.unwrap_or_default())?);
            let count = count.and_then(|count| count.as_usize()).unwrap_or(usize::MAX);
            Value::from(substitute(whole, &old, &new, count)?)
        }
        "center" | "ljust" | "rjust" | "zfill" => {
            let [width, fill] = bind(method, ["width", "fillchar"], arguments)?;
            let width = width
                .and_then(|width| width.as_usize())
                .ok_or_else(|| invalid("a width is a whole number"))?;
            let default = if method == "zfill" { "0" } else { " " };
            let fill = fill.map_or(Ok(default.to_owned()), |fill| text::of(&fill))?;
            limits::spend_string(width.saturating_mul(fill.len()))?;
            let missing = width.saturating_sub(whole.chars().count());
            let (sign, digits) = match whole.strip_prefix(['-', '+']) {
                Some(digits) if method == "zfill" => whole.split_at(whole.len() - digits.len()),
                _ => ("", whole),
            };
            let before = match method {
                "center" => missing / 2 + (missing & width & 1),
                "ljust" => 0,
                _ => missing,
            };
            like(format!("{sign}{}{digits}{}", fill.repeat(before), fill.repeat(missing - before)))
        }
        "casefold" => like(whole.to_lowercase()),
        "swapcase" => {
            let swapped = |c: char| -> String {
                if c.is_lowercase() { c.to_uppercase().collect() } else { c.to_lowercase().collect() }
            };
            like(whole.chars().map(swapped).collect())
        }
        "removeprefix" | "removesuffix" => {
            let [affix] = bind(method, ["affix"], arguments)?;
            let affix = text::of(&affix.unwrap_or_default())?;
            let kept = if method == "removeprefix" {
                whole.strip_prefix(&affix)
            } else {
                whole.strip_suffix(&affix)
            };
            like(kept.unwrap_or(whole).to_owned())
        }
        "partition" | "rpartition" => {
            let [separator] = bind(method, ["sep"], arguments)?;
            let separator = text::of(&separator.unwrap_or_default())?;
            let parts = match method {
                "partition" => {
                    whole.split_once(&separator).map_or([whole, "", ""], |(a, b)| [a, &separator, b])
                }
                _ => whole.rsplit_once(&separator).map_or(["", "", whole], |(a, b)| [a, &separator, b]),
            };
            Value::from(Tuple::from(parts.map(Value::from)))
        }
        "index" => {
            let [part] = bind(method, ["sub"], arguments)?;
            let at = whole
                .find(&text::of(&part.unwrap_or_default())?)
                .ok_or_else(|| invalid("the text does not occur"))?;
            Value::from(whole[..at].chars().count())
        }
        _ => return Ok(None),
    }))
}

fn of_object(value: &Value, method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    if method != "get" {
        return Ok(None);
    }
    let [key, default] = bind(method, ["key", "default"], arguments)?;
    let found = value.get_item(&values::hashable(&key.unwrap_or_default())?)?;
    Ok(Some(if found.is_undefined() { default.unwrap_or_else(|| Value::from(())) } else { found }))
}

fn of_list(value: &Value, method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    if !matches!(method, "count" | "index") {
        return Ok(None);
    }
    let [wanted] = bind(method, ["value"], arguments)?;
    let wanted = wanted.unwrap_or_default();
    let list = entries(value)?;
    if method == "index" {
        return growing::position(&list, &wanted).map(|position| Some(Value::from(position)));
    }
    let equal = list.iter().map(|entry| values::equal(entry, &wanted)).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Value::from(equal.into_iter().filter(|equal| *equal).count())))
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}
