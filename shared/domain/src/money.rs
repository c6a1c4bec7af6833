//! Amounts, exact from the lender's request to the borrower's letter.

use std::{borrow::Cow, fmt};

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An amount or a rate in decimal digits, never a binary fraction.
///
/// Read from a JSON number or a string of digits; written as a string, so that no client rounds it either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(pub Decimal);

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde_json::Value;
        let digits = match Value::deserialize(deserializer)? {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text,
            _ => {
                return Err(de::Error::custom("must be an amount such as 312.50"));
            }
        };
        decimal(&digits)
            .map(Self)
            .ok_or_else(|| de::Error::custom("must be a decimal amount of at most 28 digits, such as 312.50"))
    }
}

/// The number that a text spells, if it has at most 28 digits.
pub fn decimal(digits: &str) -> Option<Decimal> {
    let exact = Decimal::from_str_exact(digits).or_else(|_| Decimal::from_scientific(digits));
    exact.ok().or_else(|| tiny(digits))
}

/// What a program writes of a binary fraction that is next to nothing, such as 1.2e-40, to the 28th decimal.
fn tiny(digits: &str) -> Option<Decimal> {
    let (mantissa, exponent) = digits.split_once("e-").or_else(|| digits.split_once("E-"))?;
    let (mantissa, exponent) = (Decimal::from_str_exact(mantissa).ok()?, exponent.parse::<u32>().ok()?);
    (0..exponent.min(60)).try_fold(mantissa, |amount, _| amount.checked_div(Decimal::TEN))
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        schema(generator, "-?")
    }
}

/// An [`Amount`] that is not below zero, in schemas.
#[derive(Debug)]
pub struct NotNegative;

impl JsonSchema for NotNegative {
    fn schema_name() -> Cow<'static, str> {
        "NotNegativeAmount".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = schema(generator, "");
        schema.insert("minimum".into(), 0.into());
        schema
    }
}

/// What may be asked for, with this before its digits: less than is read, so that each digit before the point leaves room for one
/// behind it.
fn schema(generator: &SchemaGenerator, sign: &str) -> Schema {
    if !generator.contract().is_deserialize() {
        return json_schema!({
            "type": ["string"],
            "description": DESCRIPTION,
            "pattern": r"^-?\d+(\.\d+)?$",
            "examples": ["312.50"],
        });
    }
    json_schema!({
        "type": ["string", "number"],
        "description": DESCRIPTION,
        "pattern": format!(r"^{sign}[0-9]{{1,14}}(\.[0-9]{{1,14}})?$"),
        "minimum": -99_999_999_999_999_i64,
        "maximum": 99_999_999_999_999_i64,
        "examples": ["312.50"],
    })
}

const DESCRIPTION: &str =
    "A decimal amount, exact to its last digit; a string of digits, or a number in requests.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_every_digit_from_numbers_and_strings() {
        for (json, digits) in [
            ("312.50", "312.50"),
            ("\"312.50\"", "312.50"),
            ("12345678901234567.89", "12345678901234567.89"),
            ("0", "0"),
            ("-0.01", "-0.01"),
            ("1.5e3", "1500"),
            ("-1.25e-2", "-0.0125"),
            ("1.25e-165", "0"),
        ] {
            let amount: Amount = serde_json::from_str(json).unwrap();
            assert_eq!(amount.to_string(), digits);
            assert_eq!(serde_json::to_string(&amount).unwrap(), format!("\"{digits}\""));
        }
        for json in ["\"12,50\"", "true", "\"\"", "1e400", "\"NaN\""] {
            assert!(serde_json::from_str::<Amount>(json).is_err(), "{json}");
        }
    }
}
