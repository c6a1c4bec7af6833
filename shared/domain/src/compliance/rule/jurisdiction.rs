//! Jurisdictions: whose law a rule is.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

/// Whose law: the federal one's, a state's, a city's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jurisdiction {
    /// Two or three capitals, the rest zero.
    letters: [u8; 3],
}

impl Jurisdiction {
    /// The United States.
    pub const US: Self = Self { letters: *b"US\0" };

    /// Reads `US`, a state's two letters, or `NYC`.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = matches!(text.len(), 2 | 3) && text.bytes().all(|b| b.is_ascii_uppercase());
        let mut letters = [0; 3];
        letters.iter_mut().zip(text.bytes()).for_each(|(letter, given)| *letter = given);
        fits.then_some(Self { letters })
    }

    /// `US`, `MA`, `NYC`.
    pub fn as_str(&self) -> &str {
        let length = if self.letters[2] == 0 { 2 } else { 3 };
        std::str::from_utf8(&self.letters[..length]).unwrap_or_default()
    }
}

impl Default for Jurisdiction {
    fn default() -> Self {
        Self::US
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Jurisdiction {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Jurisdiction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("must be a jurisdiction, such as US, MA or NYC"))
    }
}

impl JsonSchema for Jurisdiction {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Jurisdiction".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Z]{2,3}$", "description": "US, a state's two letters, or NYC." })
    }
}
