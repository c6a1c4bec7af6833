//! What a message is about (001, `InteractionSubject`; 000, `template_type`).
//!
//! A subject is one of 001's list ([`KnownSubject`]) or one of the lender's own ([`CustomSubject`]). 001 spells both in
//! camelCase and 000 in snake_case. Either spelling is read everywhere and each document is answered in its own.

mod known;

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{CaseType, Nature, Theme};
pub use known::KnownSubject;

/// What a message is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// On 001's list.
    Known(KnownSubject),
    /// The lender's own.
    Custom(CustomSubject),
}

/// A subject's name as a lender chooses it, such as `paymentReminder` (001) or `payment_reminder` (000).
///
/// It starts with a small letter, has letters and digits, and is at most 64 characters long in snake_case. The two
/// spellings are one to one: a capital is an underscore and its small letter. An underscore before a digit stays, so
/// `reminder_30_days` is `reminder_30Days`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomSubject {
    camel: String,
}

/// Why a text is not a subject's name. The text is fit for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a subject of the known list, or a name of your own in camelCase or snake_case: letters a to z and digits, \
     starting with a small letter, single underscores, 1 to 64 characters in snake_case"
)]
pub struct InvalidSubject;

/// Who may send a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// Only the system, in answer to an event.
    System,
    /// Agents too.
    Agent,
    /// Agents, who must edit the text before it goes out.
    Edited,
}

/// A subject with its properties, as `GET /communicator/subjects/{subject}` shows it (001).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubjectDescriptor {
    /// The subject that is described.
    pub subject: Subject,
    /// A heading for people.
    pub title: String,
    /// The theme a message of this subject has unless its sender gives one.
    pub theme: Option<Theme>,
    /// The cases it is used in; empty when it belongs to none in particular.
    pub case_types: Vec<CaseType>,
    /// Whether agents may send it.
    pub agent_can_send: bool,
    /// Whether its text must be edited before it is sent.
    pub preview_only: bool,
}

impl Subject {
    /// 001's spelling, which is also the stored one.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(known) => known.as_str(),
            Self::Custom(custom) => &custom.camel,
        }
    }

    /// 000's spelling, its `template_type`.
    pub fn template_type(&self) -> String {
        match self {
            // Acronyms are one word here.
            Self::Known(KnownSubject::DebtValidationNoticeNycYonkers) => {
                "debt_validation_notice_nyc_yonkers".into()
            }
            Self::Known(KnownSubject::ScraCgFlaggedDocumentRequest) => {
                "scra_cg_flagged_document_request".into()
            }
            Self::Known(KnownSubject::StatementLoc) => "statement_loc".into(),
            Self::Known(known) => snake_case(known.as_str()),
            Self::Custom(custom) => snake_case(&custom.camel),
        }
    }

    /// The theme it implies; `None` when the sender or the lender's descriptor must give one.
    pub fn theme(&self) -> Option<Theme> {
        match self {
            Self::Known(known) => known.theme(),
            Self::Custom(_) => None,
        }
    }

    /// What it is to rules with exemptions.
    pub fn nature(&self) -> Nature {
        match self {
            Self::Known(known) => known.nature(),
            Self::Custom(_) => Nature::Ordinary,
        }
    }

    /// Its properties before the lender changed any.
    pub fn descriptor(&self) -> SubjectDescriptor {
        let (title, case_types, sender) = match self {
            Self::Known(known) => (known.title().to_owned(), known.case_types(), known.sender()),
            Self::Custom(custom) => (custom.title(), &[][..], Sender::Agent),
        };
        SubjectDescriptor {
            subject: self.clone(),
            title,
            theme: self.theme(),
            case_types: case_types.to_vec(),
            agent_can_send: matches!(sender, Sender::Agent | Sender::Edited),
            preview_only: matches!(sender, Sender::Edited),
        }
    }
}

impl CustomSubject {
    /// The longest snake_case spelling.
    pub const MAX_LENGTH: usize = 64;

    /// 001's spelling.
    pub fn as_str(&self) -> &str {
        &self.camel
    }

    /// "Payment reminder" from `paymentReminder`.
    fn title(&self) -> String {
        let mut title = snake_case(&self.camel).replace('_', " ");
        title[..1].make_ascii_uppercase();
        title
    }
}

impl FromStr for CustomSubject {
    type Err = InvalidSubject;

    fn from_str(text: &str) -> Result<Self, InvalidSubject> {
        let snake = snake_case(text);
        let fits = (1..=Self::MAX_LENGTH).contains(&snake.len())
            && snake.starts_with(|first: char| first.is_ascii_lowercase())
            && snake.split('_').all(|word| {
                !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
        if fits { Ok(Self { camel: camel_case(&snake) }) } else { Err(InvalidSubject) }
    }
}

/// Capitals and underscores make no other subject of a known one, so that no lender's `statement_loc` goes by other
/// rules than `statementLOC`.
impl FromStr for Subject {
    type Err = InvalidSubject;

    fn from_str(text: &str) -> Result<Self, InvalidSubject> {
        let letters = text.replace('_', "");
        match KnownSubject::ALL.iter().find(|known| known.as_str().eq_ignore_ascii_case(&letters)) {
            Some(known) => Ok(Self::Known(*known)),
            None => text.parse().map(Self::Custom),
        }
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 8);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn camel_case(snake: &str) -> String {
    let mut camel = String::with_capacity(snake.len());
    let mut letters = snake.chars().peekable();
    while let Some(letter) = letters.next() {
        match letters.next_if(|next| letter == '_' && next.is_ascii_lowercase()) {
            Some(next) => camel.push(next.to_ascii_uppercase()),
            None => camel.push(letter),
        }
    }
    camel
}

impl From<KnownSubject> for Subject {
    fn from(known: KnownSubject) -> Self {
        Self::Known(known)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Subject {
    fn schema_name() -> Cow<'static, str> {
        "Subject".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        // Each capital is one character more in snake_case. Of camelCase, less is asked for than is read.
        let (capitals, most) = match generator.contract().is_deserialize() {
            true => ("(?!([^A-Z]*[A-Z]){9})", CustomSubject::MAX_LENGTH - 8),
            false => ("", CustomSubject::MAX_LENGTH),
        };
        json_schema!({
            "type": "string",
            "description": "What a message is about: one of the known list, or a name of the lender's own, in \
                            camelCase or snake_case.",
            "pattern": format!("^{capitals}[a-z][A-Za-z0-9]*(_[a-z0-9][A-Za-z0-9]*)*$"),
            "minLength": 1,
            "maxLength": most,
            "examples": ["payment_reminder", "autopayReminder"],
        })
    }
}

#[cfg(test)]
mod tests;
