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
        Decimal::from_str_exact(&digits)
            .or_else(|_| Decimal::from_scientific(&digits))
            .map(Self)
            .map_err(|_| de::Error::custom("must be a decimal amount of at most 28 digits, such as 312.50"))
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let types: &[_] =
            if generator.contract().is_deserialize() { &["string", "number"] } else { &["string"] };
        json_schema!({
            "type": types,
            "description": "A decimal amount, exact to its last digit; a string of digits, or a number in requests.",
            "pattern": r"^-?\d+(\.\d+)?$",
            "examples": ["312.50"],
        })
    }
}

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
