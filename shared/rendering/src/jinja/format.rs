//! Python's formatting of texts, `"%s of %d" % (a, b)` and `"{} of {:,}".format(a, b)`: bounded, and exact
//! for decimals.

use minijinja::{Error, Value, value::ValueKind};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use super::{escape, spec::Spec, text};
use crate::{
    limits,
    values::{Number, entries, invalid, used},
};

/// `pattern % arguments`; a single object instead of them gives them by name. What goes into markup is escaped. Unless they are
/// `optional`, all arguments must be shown.
///
/// # Errors
/// When the arguments do not fit the format, one is undefined and the render strict, or the text would be too long.
pub(crate) fn printf(pattern: &Value, arguments: &[Value], optional: bool) -> Result<Value, Error> {
    let whole = text::of(pattern)?;
    let object = match arguments {
        [object] if object.kind() == ValueKind::Map => Some(object),
        _ => None,
    };
    let mut page = Page::new(pattern);
    let (mut rest, mut next) = (whole.as_str(), 0);
    while let Some((before, after)) = rest.split_once('%') {
        page.push(before)?;
        let (name, after) = match after.strip_prefix('(') {
            Some(inside) => {
                let (name, after) = inside.split_once(')').ok_or_else(|| invalid("a format has no end"))?;
                (Some(name), after)
            }
            None => (None, after),
        };
        let (spec, kind, after) = Spec::percent(after)?;
        rest = after;
        if kind == '%' {
            page.push("%")?;
            continue;
        }
        let value = match (name, object) {
            (Some(name), Some(object)) => {
                let found = object.get_item(&Value::from(name))?;
                let given =
                    !found.is_undefined() || entries(object)?.iter().any(|key| key.as_str() == Some(name));
                if given {
                    found
                } else {
                    return Err(invalid(format!("the format has no value for {name}")));
                }
            }
            (Some(_), None) => return Err(invalid("a format with names needs an object")),
            (None, _) => {
                next += 1;
                let value = arguments.get(next - 1);
                value.cloned().ok_or_else(|| invalid("the format has more places than there are values"))?
            }
        };
        page.field(&value, spec, kind)?;
    }
    page.push(rest)?;
    if object.is_none() && !optional && next < arguments.len() {
        return Err(invalid("there are more values than the format has places"));
    }
    Ok(page.into_value())
}

/// `pattern.format(…)`.
///
/// # Errors
/// As [`printf`].
pub(crate) fn braces(pattern: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let whole = text::of(pattern)?;
    let (positional, named) = match arguments.split_last() {
        Some((named, positional)) if named.is_kwargs() => (positional, Some(named)),
        _ => (arguments, None),
    };
    let mut page = Page::new(pattern);
    let (mut rest, mut next) = (whole.as_str(), 0);
    while let Some(at) = rest.find(['{', '}']) {
        page.push(&rest[..at])?;
        let (brace, after) = (&rest[at..=at], &rest[at + 1..]);
        if let Some(after) = after.strip_prefix(brace) {
            page.push(brace)?;
            rest = after;
            continue;
        }
        let (inside, after) =
            after.split_once('}').filter(|_| brace == "{").ok_or_else(|| invalid("a format has no end"))?;
        rest = after;
        let (field, spec) = inside.split_once(':').unwrap_or((inside, ""));
        let (field, conversion) = match field.split_once('!') {
            Some((field, conversion)) => (field, Some(conversion)),
            None => (field, None),
        };
        let end = field.find(['.', '[']).unwrap_or(field.len());
        let (name, steps) = field.split_at(end);
        let first = match (name.is_empty(), name.parse::<usize>()) {
            (true, _) => {
                next += 1;
                positional.get(next - 1).cloned()
            }
            (false, Ok(index)) => positional.get(index).cloned(),
            (false, Err(_)) => named.map(|named| named.get_item(&Value::from(name))).transpose()?,
        };
        let first = first.ok_or_else(|| invalid("the format has more places than there are values"))?;
        let value = reached(first, steps)?;
        let (mut spec, kind) = Spec::brace(spec)?;
        match conversion {
            None => page.field(&value, spec, kind)?,
            Some("r" | "a") => page.field(&value, spec, 'r')?,
            Some("s") => {
                spec.written = true;
                page.field(&value, spec, 's')?;
            }
            Some(_) => return Err(invalid("a format converts with !r, !s or !a")),
        }
    }
    page.push(rest)?;
    Ok(page.into_value())
}

/// What `.name` and `[key]` lead to.
fn reached(first: Value, steps: &str) -> Result<Value, Error> {
    let (mut value, mut rest) = (first, steps);
    while !rest.is_empty() {
        let (key, after) = match rest.strip_prefix('[') {
            Some(inside) => inside.split_once(']').ok_or_else(|| invalid("a format has no end"))?,
            None => {
                let inside = rest.get(1..).unwrap_or_default();
                inside.split_at(inside.find(['.', '[']).unwrap_or(inside.len()))
            }
        };
        value = value.get_item(&key.parse::<usize>().map_or_else(|_| Value::from(key), Value::from))?;
        if value.is_undefined() {
            return Err(invalid(format!("the format finds no {key}")));
        }
        rest = after;
    }
    Ok(value)
}

/// What has been formatted so far.
struct Page {
    text: String,
    markup: bool,
}

impl Page {
    fn new(pattern: &Value) -> Self {
        Self { text: String::new(), markup: pattern.is_safe() }
    }

    fn push(&mut self, part: &str) -> Result<(), Error> {
        limits::spend_string(part.len())?;
        limits::fits(self.text.len() + part.len())?;
        self.text.push_str(part);
        Ok(())
    }

    /// One value in its place.
    fn field(&mut self, value: &Value, spec: Spec, kind: char) -> Result<(), Error> {
        used(value)?;
        let shown = match kind {
            'r' | 'a' => self.worded(&text::repr(value)?, false, &spec),
            's' if spec.written || value.as_str().is_some() => {
                self.worded(&text::of(value)?, value.is_safe(), &spec)
            }
            _ => match Number::of(value).filter(|_| kind != 's' || !spec.written) {
                Some(_) if kind == ' ' && value.kind() == ValueKind::Bool && spec.is_plain() => {
                    text::of(value)?
                }
                Some(number) if kind != 's' => figures(value, number, &spec, kind)?,
                _ if kind == ' ' || value.is_undefined() && kind == 's' => {
                    if value.as_str().is_none() && !value.is_undefined() && !spec.is_plain() {
                        return Err(invalid("only texts and numbers can be formatted"));
                    }
                    self.worded(&text::of(value)?, value.is_safe(), &spec)
                }
                _ if kind == 'c' && value.as_str().is_some_and(|text| text.chars().count() == 1) => {
                    self.worded(&text::of(value)?, value.is_safe(), &spec)
                }
                _ => return Err(invalid(format!("{kind} formats numbers"))),
            },
        };
        self.push(&shown)
    }

    /// A text cut and padded; what goes into markup is escaped before it is padded.
    fn worded(&self, text: &str, safe: bool, spec: &Spec) -> String {
        let cut: String = match spec.precision {
            Some(length) => text.chars().take(length).collect(),
            None => text.to_owned(),
        };
        if self.markup && !safe {
            let written = escape::html(&cut);
            // Python pads the text before it is escaped, in the one style, and after in the other.
            let width = if spec.written { written.chars().count() } else { cut.chars().count() };
            return spec.padded("", &written, width, '<');
        }
        let width = cut.chars().count();
        spec.padded("", &cut, width, '<')
    }

    fn into_value(self) -> Value {
        if self.markup { Value::from_safe_string(self.text) } else { Value::from(self.text) }
    }
}

/// A number as the last letter of a format says.
fn figures(value: &Value, number: Number, spec: &Spec, kind: char) -> Result<String, Error> {
    let negative = match number {
        Number::Integer(number) => number < 0,
        Number::Decimal(number) => number.is_sign_negative() && !number.is_zero(),
        Number::Binary(number) => number.is_sign_negative(),
    };
    let whole = || -> Result<u128, Error> {
        let whole = match number {
            Number::Integer(number) => Some(number),
            _ if !spec.written => None,
            Number::Decimal(number) => number.trunc().to_i128(),
            Number::Binary(number) => number.trunc().to_i128(),
        };
        whole.map(i128::unsigned_abs).ok_or_else(|| invalid(format!("{kind} formats whole numbers")))
    };
    let alternate = |prefix: &'static str| if spec.alternate { prefix } else { "" };
    let (prefix, digits) = match kind {
        'd' | 'i' | 'u' | 'n' => ("", whole()?.to_string()),
        'x' => (alternate("0x"), format!("{:x}", whole()?)),
        'X' => (alternate("0X"), format!("{:X}", whole()?)),
        'o' => (alternate("0o"), format!("{:o}", whole()?)),
        'b' => (alternate("0b"), format!("{:b}", whole()?)),
        'c' => {
            let code = u32::try_from(whole()?).ok().and_then(char::from_u32);
            let c = code.ok_or_else(|| invalid("no character has this number"))?;
            return Ok(spec.padded("", &c.to_string(), 1, '<'));
        }
        'f' | 'F' => ("", fixed(number, spec.precision.unwrap_or(6))),
        '%' => {
            let hundred = number.calculate("*", Number::Integer(100))?;
            let hundred = Number::of(&hundred).unwrap_or(number);
            ("", fixed(hundred, spec.precision.unwrap_or(6)) + "%")
        }
        'e' | 'E' => ("", scientific(number.binary().abs(), spec.precision.unwrap_or(6))),
        'g' | 'G' => ("", general(number.binary().abs(), spec.precision.unwrap_or(6), spec.alternate)),
        ' ' => match (spec.precision, number) {
            (_, Number::Integer(number)) => ("", number.unsigned_abs().to_string()),
            (Some(precision), _) => ("", general(number.binary().abs(), precision, false)),
            (None, _) => ("", text::of(value)?.trim_start_matches('-').to_owned()),
        },
        _ => return Err(invalid(format!("there is no format {kind}"))),
    };
    let digits = if kind.is_ascii_uppercase() && kind != 'X' { digits.to_uppercase() } else { digits };
    let sign = if negative { "-" } else { spec.sign };
    let digits = spec.grouped(&digits);
    let width = sign.len() + prefix.len() + digits.chars().count();
    Ok(spec.padded(&format!("{sign}{prefix}"), &digits, width, '>'))
}

/// So many digits after the point: of an amount rounded half up, of a binary number those it has.
fn fixed(number: Number, decimals: usize) -> String {
    match number {
        Number::Binary(number) => format!("{:.decimals$}", number.abs()),
        Number::Integer(number) => {
            let point = if decimals > 0 { "." } else { "" };
            format!("{}{point}{}", number.unsigned_abs(), "0".repeat(decimals))
        }
        Number::Decimal(number) => {
            let places = u32::try_from(decimals).unwrap_or(28).min(28);
            let rounded: Decimal =
                number.abs().round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
            format!("{rounded:.decimals$}")
        }
    }
}

/// `1.234568e+04`.
fn scientific(number: f64, decimals: usize) -> String {
    let written = format!("{number:.decimals$e}");
    match written.split_once('e') {
        Some((mantissa, exponent)) => format!("{mantissa}e{:+03}", exponent.parse::<i32>().unwrap_or(0)),
        None => written,
    }
}

/// So many digits in all, with an exponent if it is shorter so.
fn general(number: f64, digits: usize, keeps_zeros: bool) -> String {
    let digits = digits.max(1);
    if !number.is_finite() {
        return number.to_string().to_lowercase();
    }
    let written = scientific(number, digits - 1);
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let power = exponent.parse::<i32>().unwrap_or(0);
    let bare = |text: &str| {
        if keeps_zeros || !text.contains('.') {
            text.to_owned()
        } else {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    };
    let most = i32::try_from(digits).unwrap_or(i32::MAX);
    if (-4..most).contains(&power) {
        let decimals = usize::try_from(most - 1 - power).unwrap_or(0);
        return bare(&format!("{number:.decimals$}"));
    }
    format!("{}e{exponent}", bare(mantissa))
}
