//! Filters on numbers, exact if the number is.

use domain::money;
use minijinja::{Error, ErrorKind, State, Value};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use crate::values::{Number, amount, bind, defined, with_point};

/// `filesizeformat(binary=false)`: 1.5 MB.
pub(super) fn file_size(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, binary] = bind("filesizeformat", ["value", "binary"], arguments)?;
    let value = value.unwrap_or_default();
    defined(&[&value])?;
    let bytes = match value.as_str() {
        Some(digits) => digits.trim().parse().ok(),
        None => Number::of(&value).map(Number::binary),
    };
    let bytes =
        bytes.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "a size is a number of bytes"))?;
    let binary = binary.is_some_and(|binary| binary.is_true());
    let base: f64 = if binary { 1024.0 } else { 1000.0 };
    if (bytes - 1.0).abs() < f64::EPSILON {
        return Ok(Value::from("1 Byte"));
    }
    if bytes < base {
        return Ok(Value::from(format!("{:.0} Bytes", bytes.trunc())));
    }
    let prefixes = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
    let mut unit = base;
    let mut chosen = "Y";
    for prefix in prefixes {
        chosen = prefix;
        if bytes < unit * base || prefix == "Y" {
            break;
        }
        unit *= base;
    }
    let (prefix, suffix) = if binary { (chosen.to_uppercase(), "iB") } else { (chosen.to_owned(), "B") };
    Ok(Value::from(format!("{:.1} {prefix}{suffix}", bytes / unit)))
}

pub(super) fn abs(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("abs", ["value"], arguments)?;
    let value = value.unwrap_or_default();
    defined(&[&value])?;
    match Number::of(&value) {
        Some(Number::Decimal(number)) => Ok(amount::value(number.abs())),
        Some(Number::Integer(number)) => Ok(Number::Integer(number.abs()).value()),
        Some(Number::Binary(number)) => Ok(Value::from(number.abs())),
        None => Err(Error::new(ErrorKind::InvalidOperation, "only a number has an absolute value")),
    }
}

/// `round(precision=0, method="common")`. Like Jinja2's it keeps a decimal point: 312.5 rounds to 313.0.
pub(super) fn round(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, precision, method] = bind("round", ["value", "precision", "method"], arguments)?;
    let value = value.unwrap_or_default();
    defined(&[&value])?;
    let invalid = |message: &str| Error::new(ErrorKind::InvalidOperation, message.to_owned());
    let number = Number::of(&value).ok_or_else(|| invalid("only a number can be rounded"))?;
    let precision = precision.as_ref().and_then(Value::as_i64).unwrap_or(0).clamp(-28, 28);
    let strategy = match method.as_ref().map(|method| method.as_str()) {
        // Python rounds halves of its own numbers to even; an amount is rounded half up.
        None | Some(Some("common")) if !matches!(number, Number::Decimal(_)) => {
            RoundingStrategy::MidpointNearestEven
        }
        None | Some(Some("common")) => RoundingStrategy::MidpointAwayFromZero,
        Some(Some("ceil")) => RoundingStrategy::ToPositiveInfinity,
        Some(Some("floor")) => RoundingStrategy::ToNegativeInfinity,
        Some(_) => return Err(invalid("round has the methods common, ceil and floor")),
    };
    let common = method.as_ref().is_none_or(|method| method.as_str() == Some("common"));
    if let (Number::Binary(binary), true) = (number, common && precision >= 0) {
        // The digits that the binary number has, not the shortest that spell it.
        let decimals = usize::try_from(precision).unwrap_or(0);
        return Ok(Value::from(format!("{binary:.decimals$}").parse::<f64>().unwrap_or(binary)));
    }
    let exact = number.exact().ok_or_else(|| invalid("the number cannot be rounded"))?;
    let rounded = match u32::try_from(precision) {
        Ok(decimals) => Some(exact.round_dp_with_strategy(decimals, strategy)),
        Err(_) => {
            let unit = (0..precision.unsigned_abs())
                .try_fold(Decimal::ONE, |unit, _| unit.checked_mul(Decimal::TEN));
            unit.and_then(|unit| (exact / unit).round_dp_with_strategy(0, strategy).checked_mul(unit))
        }
    };
    let rounded = rounded.ok_or_else(|| invalid("the number cannot be rounded"))?;
    Ok(match number {
        Number::Decimal(_) => amount::value(with_point(rounded)),
        Number::Integer(_) if common => {
            rounded.to_i128().map_or_else(|| amount::value(rounded), |number| Number::Integer(number).value())
        }
        Number::Integer(_) | Number::Binary(_) => Value::from(rounded.to_f64().unwrap_or_default()),
    })
}

/// `int(default=0, base=10)`: without what is after the point.
pub(super) fn int(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, default, base] = bind("int", ["value", "default", "base"], arguments)?;
    let (value, default) = (value.unwrap_or_default(), default.unwrap_or_else(|| Value::from(0)));
    defined(&[&value])?;
    let whole = |number: i128| Number::Integer(number).value();
    if let Some(text) = value.as_str() {
        let base = base.as_ref().and_then(Value::as_i64).unwrap_or(10);
        return match integer(text, base) {
            Some(number) => Ok(whole(number)),
            None if is_number(text) => Err(too_long()),
            None => Ok(default),
        };
    }
    Ok(match Number::of(&value) {
        Some(Number::Integer(number)) => whole(number),
        Some(Number::Decimal(number)) => number.trunc().to_i128().map_or(default, whole),
        Some(Number::Binary(number)) if number.is_finite() => number.trunc().to_i128().map_or(default, whole),
        Some(Number::Binary(_)) | None => default,
    })
}

fn integer(text: &str, base: i64) -> Option<i128> {
    let digits = text.trim().replace('_', "");
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let lower = digits.to_ascii_lowercase();
    let digits = match base {
        2 => lower.strip_prefix("0b"),
        8 => lower.strip_prefix("0o"),
        16 => lower.strip_prefix("0x"),
        _ => None,
    }
    .unwrap_or(&lower);
    let (base, digits) = match (base, lower.get(..2)) {
        (0, Some("0b")) => (2, &lower[2..]),
        (0, Some("0o")) => (8, &lower[2..]),
        (0, Some("0x")) => (16, &lower[2..]),
        (0, _) => (10, digits),
        _ => (base, digits),
    };
    let radix = u32::try_from(base).ok().filter(|radix| (2..=36).contains(radix))?;
    i128::from_str_radix(digits, radix)
        .ok()
        .or_else(|| money::decimal(digits)?.trunc().to_i128())
        .map(|number| sign * number)
}

/// Whether a text is a number in digits. One that is none of ours has too many of them, and the default would be another amount.
fn is_number(text: &str) -> bool {
    let text = text.trim().replace('_', "");
    text.contains(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

fn too_long() -> Error {
    Error::new(ErrorKind::InvalidOperation, "the number has more digits than a number can have")
}

/// `float(default=0.0)`: a number with a point. Exact if the digits allow, unlike Python's.
pub(super) fn float(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, default] = bind("float", ["value", "default"], arguments)?;
    let (value, default) = (value.unwrap_or_default(), default.unwrap_or_else(|| Value::from(0.0)));
    defined(&[&value])?;
    if let Some(text) = value.as_str() {
        let named =
            ["inf", "-inf", "nan", "infinity", "-infinity"].contains(&text.trim().to_lowercase().as_str());
        if let (true, Ok(number)) = (named, text.trim().parse::<f64>()) {
            return Ok(Value::from(number));
        }
        return match money::decimal(text.trim()) {
            Some(number) => Ok(amount::value(with_point(number))),
            None if is_number(text) => Err(too_long()),
            None => Ok(default),
        };
    }
    Ok(match Number::of(&value) {
        Some(Number::Integer(number)) => Decimal::try_from_i128_with_scale(number, 0)
            .map_or(default, |number| amount::value(with_point(number))),
        Some(Number::Decimal(number)) => amount::value(with_point(number)),
        Some(Number::Binary(_)) => value,
        None => default,
    })
}
