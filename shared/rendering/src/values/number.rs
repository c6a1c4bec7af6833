//! Numbers of templates and what can be calculated with them.

use std::cmp::Ordering;

use minijinja::{Error, Value, value::ValueKind};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{amount, kinds::invalid};

/// A number of a template: exact if the lender's or a whole one, binary if the template says so.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    Integer(i128),
    Decimal(Decimal),
    Binary(f64),
}

impl Number {
    /// The number a value is; truth values are 0 and 1, as in Python.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        if let Some(number) = amount::held(value) {
            return Some(Self::Decimal(number));
        }
        match value.kind() {
            ValueKind::Bool => Some(Self::Integer(i128::from(value.is_true()))),
            ValueKind::Number if value.is_integer() => i128::try_from(value.clone()).ok().map(Self::Integer),
            ValueKind::Number => f64::try_from(value.clone()).ok().map(Self::Binary),
            _ => None,
        }
    }

    pub(crate) fn value(self) -> Value {
        match self {
            Self::Integer(number) => i64::try_from(number).map_or_else(|_| Value::from(number), Value::from),
            Self::Decimal(number) => amount::value(number),
            Self::Binary(number) => Value::from(number),
        }
    }

    /// The number with the other sign.
    pub(crate) fn negated(self) -> Result<Value, Error> {
        match self {
            Self::Integer(number) => {
                number.checked_neg().map(|number| Self::Integer(number).value()).ok_or_else(overflow)
            }
            Self::Decimal(number) => Ok(amount::value(-number)),
            Self::Binary(number) => Ok(Value::from(-number)),
        }
    }

    /// Its decimal digits; those of a binary number are the shortest that spell it.
    pub(crate) fn exact(self) -> Option<Decimal> {
        match self {
            Self::Integer(number) => Decimal::try_from_i128_with_scale(number, 0).ok(),
            Self::Decimal(number) => Some(number),
            Self::Binary(number) => amount::parse(&number.to_string()),
        }
    }

    pub(crate) fn binary(self) -> f64 {
        match self {
            // Beyond 53 bits this rounds, as Python does.
            Self::Integer(number) => number.to_f64().unwrap_or(f64::NAN),
            Self::Decimal(number) => number.to_f64().unwrap_or(f64::NAN),
            Self::Binary(number) => number,
        }
    }

    pub(crate) fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => Some(left.cmp(&right)),
            _ => match (self.exact(), other.exact()) {
                (Some(left), Some(right)) => Some(left.cmp(&right)),
                _ => self.binary().partial_cmp(&other.binary()),
            },
        }
    }

    /// One operation, by the operator's spelling.
    pub(crate) fn calculate(self, operator: &str, other: Self) -> Result<Value, Error> {
        let zero = matches!(other.exact(), Some(number) if number.is_zero());
        let root = operator == "**" && self.exact().is_some_and(|number| number.is_zero());
        if root && other.exact().is_some_and(|number| number.is_sign_negative()) {
            return Err(invalid("zero has no negative power"));
        }
        if zero && matches!(operator, "/" | "//" | "%") {
            return Err(invalid("nothing can be divided by zero"));
        }
        match (self, other) {
            // As in Python, the quotient of integers is a fraction.
            (Self::Integer(_), Self::Integer(_)) if operator == "/" => {
                Ok(Value::from(self.binary() / other.binary()))
            }
            (Self::Integer(left), Self::Integer(right)) => whole(left, operator, right),
            (Self::Decimal(_), _) | (_, Self::Decimal(_)) => match (self.exact(), other.exact()) {
                (Some(left), Some(right)) => decimal(left, operator, right),
                _ => Err(overflow()),
            },
            _ => Ok(Value::from(binary(self.binary(), operator, other.binary()))),
        }
    }
}

fn overflow() -> Error {
    invalid("the result has more digits than a number can have")
}

fn whole(left: i128, operator: &str, right: i128) -> Result<Value, Error> {
    let floor = |left: i128| {
        let (quotient, remainder) = (left.checked_div(right)?, left.checked_rem(right)?);
        let down = remainder != 0 && (remainder < 0) != (right < 0);
        Some(if down { (quotient - 1, remainder + right) } else { (quotient, remainder) })
    };
    let result = match operator {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "//" => floor(left).map(|(quotient, _)| quotient),
        "%" => floor(left).map(|(_, remainder)| remainder),
        _ if right < 0 => {
            return Ok(Value::from(binary(
                Number::Integer(left).binary(),
                "**",
                Number::Integer(right).binary(),
            )));
        }
        _ => u32::try_from(right).ok().and_then(|exponent| left.checked_pow(exponent)),
    };
    result.map(|number| Number::Integer(number).value()).ok_or_else(overflow)
}

fn decimal(left: Decimal, operator: &str, right: Decimal) -> Result<Value, Error> {
    let result = match operator {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        // A quotient has no digits of its own to keep: 2.50 / 2 is 1.25, and 5.0 / 2.5 is 2.0.
        "/" => left.checked_div(right).map(|quotient| quotient.normalize()),
        "//" => left.checked_div(right).map(|quotient| quotient.floor()),
        "%" => left.checked_rem(right).map(|rest| {
            let down = !rest.is_zero() && rest.is_sign_negative() != right.is_sign_negative();
            if down { rest + right } else { rest }
        }),
        _ => return power(left, right),
    };
    // As of Python's fractions, a digit stays after the point.
    result.map(|result| amount::value(with_point(result))).ok_or_else(overflow)
}

/// With a digit after the point at least, as fractions are written.
pub(crate) fn with_point(mut number: Decimal) -> Decimal {
    if number.scale() == 0 {
        number.rescale(1);
    }
    number
}

/// Whole powers are exact; others are binary, as any root is.
fn power(base: Decimal, exponent: Decimal) -> Result<Value, Error> {
    let Some(times) = exponent.to_u32().filter(|_| exponent.is_integer()) else {
        let binary = binary(Number::Decimal(base).binary(), "**", Number::Decimal(exponent).binary());
        return Ok(Value::from(binary));
    };
    // 2 to the 96th no longer fits, 1 does for ever: more multiplications than this change nothing.
    let times = if times > 1000 { 1000 + times % 2 } else { times };
    (0..times)
        .try_fold(Decimal::ONE, |product, _| product.checked_mul(base))
        .map(|power| amount::value(with_point(power)))
        .ok_or_else(overflow)
}

fn binary(left: f64, operator: &str, right: f64) -> f64 {
    match operator {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / right,
        "//" => (left / right).floor(),
        "%" => left - right * (left / right).floor(),
        _ => left.powf(right),
    }
}
