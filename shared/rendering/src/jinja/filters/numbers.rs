//! Filters on numbers, exact where the number is.

use minijinja::{Error, ErrorKind, State, Value, filters as engine};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use crate::values::{Number, amount, bind, with_point};

pub(super) fn abs(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("abs", ["value"], arguments)?;
    let value = value.unwrap_or_default();
    match amount::held(&value) {
        Some(number) => Ok(amount::value(number.abs())),
        None => engine::abs(value),
    }
}

/// `round(precision=0, method="common")`. Like Jinja2's it keeps a decimal point: 312.5 rounds to 313.0.
pub(super) fn round(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, precision, method] = bind("round", ["value", "precision", "method"], arguments)?;
    let value = value.unwrap_or_default();
    let Some(number) = amount::held(&value) else {
        let round = Value::from_function(engine::round);
        let given = [Some(value), precision, method];
        return round.call(state, &given.into_iter().map_while(|argument| argument).collect::<Vec<_>>());
    };
    let precision = precision.as_ref().and_then(Value::as_i64).unwrap_or(0).clamp(-28, 28);
    let strategy = match method.as_ref().map(|method| method.as_str()) {
        None | Some(Some("common")) => RoundingStrategy::MidpointAwayFromZero,
        Some(Some("ceil")) => RoundingStrategy::ToPositiveInfinity,
        Some(Some("floor")) => RoundingStrategy::ToNegativeInfinity,
        Some(_) => {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                "round has the methods common, ceil and floor",
            ));
        }
    };
    let rounded = match u32::try_from(precision) {
        Ok(decimals) => Some(number.round_dp_with_strategy(decimals, strategy)),
        Err(_) => {
            let unit = (0..precision.unsigned_abs())
                .try_fold(Decimal::ONE, |unit, _| unit.checked_mul(Decimal::TEN));
            unit.and_then(|unit| (number / unit).round_dp_with_strategy(0, strategy).checked_mul(unit))
        }
    };
    rounded
        .map(|rounded| amount::value(with_point(rounded)))
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "the number cannot be rounded"))
}

/// `int(default=0, base=10)`: without what is after the point.
pub(super) fn int(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, default, base] = bind("int", ["value", "default", "base"], arguments)?;
    let (value, default) = (value.unwrap_or_default(), default.unwrap_or_else(|| Value::from(0)));
    let whole = |number: i128| Number::Integer(number).value();
    if let Some(text) = value.as_str() {
        let base = base.as_ref().and_then(Value::as_i64).unwrap_or(10);
        return Ok(integer(text, base).map_or(default, whole));
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
    let radix = u32::try_from(base).ok().filter(|radix| (2..=36).contains(radix))?;
    i128::from_str_radix(digits, radix)
        .ok()
        .or_else(|| amount::parse(digits)?.trunc().to_i128())
        .map(|number| sign * number)
}

/// `float(default=0.0)`: a number with a point. Exact where the digits allow, unlike Python's.
pub(super) fn float(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, default] = bind("float", ["value", "default"], arguments)?;
    let (value, default) = (value.unwrap_or_default(), default.unwrap_or_else(|| Value::from(0.0)));
    if let Some(text) = value.as_str() {
        let number = amount::parse(text.trim()).map(|number| amount::value(with_point(number)));
        return Ok(number.unwrap_or(default));
    }
    Ok(match Number::of(&value) {
        Some(Number::Integer(number)) => Decimal::try_from_i128_with_scale(number, 0)
            .map_or(default, |number| amount::value(with_point(number))),
        Some(Number::Decimal(number)) => amount::value(with_point(number)),
        Some(Number::Binary(_)) => value,
        None => default,
    })
}
