//! Python's formatting of texts, `"%s of %d" % (a, b)` and `"{} of {:,}".format(a, b)`: bounded, and exact
//! for decimals.

use minijinja::{
    Error, ErrorKind, Value,
    formatting::{FormatStyle, format},
    value::{Kwargs, ValueKind},
};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use super::{escape, text};
use crate::{
    limits,
    values::{amount, entries},
};

/// Widths and precisions beyond this are refused rather than written out.
const WIDEST: usize = 1000;
/// Bytes that any number fits in, unless a format asks for more.
const NUMBER: usize = 400;

/// `pattern % arguments`; a single object instead of them gives them by name.
///
/// # Errors
/// When the arguments do not fit the format, or the text would be too long.
pub(crate) fn printf(pattern: &Value, arguments: &[Value]) -> Result<Value, Error> {
    match arguments {
        [object] if object.kind() == ValueKind::Map && text::of(pattern)?.contains("%(") => {
            let named =
                entries(object)?.into_iter().map(|name| Ok((text::of(&name)?, object.get_item(&name)?)));
            let named: Kwargs = named.collect::<Result<Vec<_>, Error>>()?.into_iter().collect();
            formatted(FormatStyle::Printf, pattern, &[Value::from(named)])
        }
        _ => formatted(FormatStyle::Printf, pattern, arguments),
    }
}

/// Either of Python's two styles; what goes into markup is escaped.
///
/// # Errors
/// As [`printf`].
pub(crate) fn formatted(style: FormatStyle, pattern: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let markup = pattern.is_safe();
    let pattern = text::of(pattern)?;
    let fields = fields(style, &pattern);
    if fields.iter().any(Field::is_too_wide) {
        let message = format!("a format may be at most {WIDEST} characters wide");
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    }
    let mut sizes = Vec::new();
    let mut fitted = |value: &Value, field: Option<&Field<'_>>| -> Result<Value, Error> {
        let fitted = match (amount::held(value), field) {
            (Some(number), Some(field)) => field.fit(number)?,
            (None, _) if value.as_str().is_some() && markup && !value.is_safe() => {
                Value::from(escape::html(&text::of(value)?))
            }
            // The engine would print a list or object without bounds.
            (None, _) if value.as_object().is_some() => Value::from(text::of(value)?),
            _ => value.clone(),
        };
        sizes.push(fitted.as_str().map_or(NUMBER, str::len));
        Ok(fitted)
    };
    let (positional, named) = match arguments.split_last() {
        Some((named, positional)) if named.is_kwargs() => (positional, entries(named)?),
        _ => (arguments, Vec::new()),
    };
    let mut given: Vec<_> = positional
        .iter()
        .enumerate()
        .map(|(index, value)| fitted(value, fields.get(index)))
        .collect::<Result<_, _>>()?;
    if let Some(object) = arguments.last().filter(|_| !named.is_empty()) {
        let named = named.iter().map(|name| Ok((text::of(name)?, fitted(&object.get_item(name)?, None)?)));
        given.push(Value::from(named.collect::<Result<Vec<_>, Error>>()?.into_iter().collect::<Kwargs>()));
    }

    let shown = if fields.iter().any(|field| field.named) {
        sizes.iter().max().unwrap_or(&0).saturating_mul(fields.len())
    } else {
        sizes.iter().sum()
    };
    let widths: usize = fields.iter().flat_map(Field::numbers).sum();
    limits::spend_string(pattern.len().saturating_add(shown).saturating_add(widths))?;
    let text = format(style, &pattern, &given)?;
    Ok(if markup { Value::from_safe_string(text) } else { Value::from(text) })
}

/// A place in a pattern where an argument is shown.
struct Field<'a> {
    /// Whether it says which argument, so that one may be shown more than once.
    named: bool,
    /// How: `08.2f` of `%08.2f` or `{:08.2f}`.
    spec: &'a str,
}

impl Field<'_> {
    /// The widths and precisions in it.
    fn numbers(&self) -> impl Iterator<Item = usize> {
        let numbers = self.spec.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
        numbers.map(|digits| digits.parse().unwrap_or(usize::MAX))
    }

    /// Whether it asks for more than [`WIDEST`] characters, or lets an argument say how many.
    fn is_too_wide(&self) -> bool {
        self.spec.contains(['*', '{']) || self.numbers().any(|number| number > WIDEST)
    }

    /// The argument such that the engine formats it without changing a digit that is shown.
    fn fit(&self, number: Decimal) -> Result<Value, Error> {
        match self.spec.chars().last() {
            Some('d' | 'i' | 'x' | 'X' | 'o' | 'c') => {
                Ok(number.trunc().to_i128().map_or_else(|| amount::value(number), Value::from))
            }
            Some('e' | 'E' | 'f' | 'F' | 'g' | 'G') => {
                let precision = self.spec.split_once('.').map_or("6", |(_, precision)| precision);
                let precision =
                    precision.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0);
                let half_up = RoundingStrategy::MidpointAwayFromZero;
                let rounded = number.round_dp_with_strategy(u32::min(precision, 28), half_up);
                // The engine formats in binary: it may only where that shows the very same digits.
                let shown = |binary: f64| amount::parse(&format!("{binary:.*}", rounded.scale() as usize));
                let exact = rounded.to_f64().filter(|binary| shown(*binary) == Some(rounded));
                exact.map(Value::from).ok_or_else(|| {
                    let message = format!("{number} has too many digits for a format; use the number filter");
                    Error::new(ErrorKind::InvalidOperation, message)
                })
            }
            _ => Ok(amount::value(number)),
        }
    }
}

/// What a pattern shows, in order.
fn fields(style: FormatStyle, pattern: &str) -> Vec<Field<'_>> {
    let (mark, field): (char, fn(&str) -> Field<'_>) = match style {
        FormatStyle::Printf => ('%', percent_field),
        FormatStyle::StrFormat => ('{', brace_field),
    };
    let mut fields = Vec::new();
    let mut rest = pattern;
    while let Some((_, after)) = rest.split_once(mark) {
        // Twice the mark stands for itself.
        rest = after.strip_prefix(mark).unwrap_or_else(|| {
            fields.push(field(after));
            after
        });
    }
    fields
}

/// What follows a `%`.
fn percent_field(after: &str) -> Field<'_> {
    let name = after.strip_prefix('(').and_then(|name| name.split_once(')'));
    let spec = name.map_or(after, |(_, spec)| spec);
    let end = spec.find(|c: char| c.is_ascii_alphabetic()).map_or(spec.len(), |at| at + 1);
    Field { named: name.is_some(), spec: &spec[..end] }
}

/// What follows a `{`.
fn brace_field(after: &str) -> Field<'_> {
    let inside = after.split_once('}').map_or(after, |(inside, _)| inside);
    let (name, spec) = inside.split_once(':').unwrap_or((inside, ""));
    Field { named: !name.is_empty(), spec }
}
