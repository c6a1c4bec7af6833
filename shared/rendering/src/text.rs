//! Values as text, and Python's `%` formatting, within bounds.

use std::fmt::{self, Write};

use minijinja::{
    Error, ErrorKind, Value,
    formatting::{FormatStyle, format},
    value::ValueKind,
};

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use crate::{amount, escape, limits};

/// Widths and precisions beyond this are refused rather than written out.
const WIDEST: usize = 1000;

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

/// Texts in a row with a separator. If one of them is markup and `escaping`, all become so, the others escaped.
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

/// `"%s of %d" % (a, b)`; what goes into markup is escaped.
///
/// # Errors
/// When the arguments do not fit the format, or the text would be too long.
pub(crate) fn printf(pattern: &str, markup: bool, arguments: &[Value]) -> Result<Value, Error> {
    let text = formatted(FormatStyle::Printf, pattern, markup, arguments)?;
    Ok(if markup { Value::from_safe_string(text) } else { Value::from(text) })
}

/// Either of Python's two styles of formatting.
///
/// # Errors
/// As [`printf`].
pub(crate) fn formatted(
    style: FormatStyle,
    pattern: &str,
    markup: bool,
    arguments: &[Value],
) -> Result<String, Error> {
    limits::spend_string(pattern.len())?;
    let specs = specs(style, pattern);
    if specs.iter().any(Spec::is_wide) {
        let message = format!("a format may be at most {WIDEST} characters wide");
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    }
    let plain = |(index, value): (usize, &Value)| -> Result<Value, Error> {
        if let Some(number) = amount::held(value) {
            return specs.get(index).map_or(Ok(value.clone()), |spec| spec.fit(number));
        }
        Ok(match value.kind() {
            _ if value.is_kwargs() => value.clone(),
            ValueKind::String if markup && !value.is_safe() => Value::from(escape::html(&of(value)?)),
            ValueKind::Seq | ValueKind::Iterable | ValueKind::Plain => Value::from(of(value)?),
            _ => value.clone(),
        })
    };
    let arguments = arguments.iter().enumerate().map(plain).collect::<Result<Vec<_>, _>>()?;
    let text = format(style, pattern, &arguments)?;
    limits::spend_string(text.len())?;
    Ok(text)
}

/// What a format says of one argument: `08.2f` of `%08.2f` or `{:08.2f}`.
struct Spec<'a>(&'a str);

impl Spec<'_> {
    /// Whether it asks for more than [`WIDEST`] characters, or lets an argument say how many.
    fn is_wide(&self) -> bool {
        let numbers = self.0.split(|c: char| !c.is_ascii_digit());
        let too_wide = |digits: &str| !digits.is_empty() && digits.parse::<usize>().map_or(true, |width| width > WIDEST);
        self.0.contains(['*', '{']) || numbers.into_iter().any(too_wide)
    }

    /// The argument as the engine formats it without changing a digit that is shown.
    fn fit(&self, number: Decimal) -> Result<Value, Error> {
        let decimals = self.0.split_once('.').map_or("6", |(_, precision)| precision);
        let decimals: u32 = decimals.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0);
        match self.0.chars().last() {
            Some('d' | 'i' | 'x' | 'X' | 'o' | 'c') => {
                Ok(number.trunc().to_i128().map_or_else(|| amount::value(number), Value::from))
            }
            Some('e' | 'E' | 'f' | 'F' | 'g' | 'G') => {
                let rounded = number.round_dp_with_strategy(decimals.min(28), RoundingStrategy::MidpointAwayFromZero);
                // The engine formats in binary: only where that shows the very same digits may it.
                rounded
                    .to_f64()
                    .filter(|binary| amount::parse(&format!("{binary:.*}", rounded.scale() as usize)) == Some(rounded))
                    .map(Value::from)
                    .ok_or_else(|| {
                        let message = format!("{number} has too many digits for a format; use the number filter");
                        Error::new(ErrorKind::InvalidOperation, message)
                    })
            }
            _ => Ok(amount::value(number)),
        }
    }
}

/// What a pattern says of its arguments, in their order.
fn specs(style: FormatStyle, pattern: &str) -> Vec<Spec<'_>> {
    match style {
        FormatStyle::Printf => {
            let parts = pattern.split('%').skip(1).filter(|part| !part.is_empty());
            parts
                .map(|part| {
                    let part = part.strip_prefix('(').and_then(|part| part.split_once(')')).map_or(part, |(_, rest)| rest);
                    let end = part.find(|c: char| c.is_ascii_alphabetic()).map_or(part.len(), |at| at + 1);
                    Spec(&part[..end])
                })
                .collect()
        }
        FormatStyle::StrFormat => pattern
            .split('{')
            .skip(1)
            .map(|part| {
                let field = part.split_once('}').map_or(part, |(field, _)| field);
                Spec(field.split_once(':').map_or("", |(_, spec)| spec))
            })
            .collect(),
    }
}
