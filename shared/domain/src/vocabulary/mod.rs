//! The words of the source documents: what a message is about, where it goes, how far it got and why it failed.
//!
//! Here belong the documents' enumerations with their exact spelling, the facts the documents attach to each value,
//! and the rules by which one value may follow another. What providers call things belongs in `platform`; when a
//! message may be sent belongs to the guard.

/// Declares an enumeration by the documents' spelling of its values.
///
/// Gives `ALL` (in the document's order), `as_str`, `Display`, `FromStr`, `Serialize`, `Deserialize` and `JsonSchema`.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema)]
        pub enum $name { $($(#[$doc])* #[schemars(rename = $text)] $variant),* }

        impl $name {
            /// Every value, in the document's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The document's spelling.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::vocabulary::UnknownValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err($crate::vocabulary::UnknownValue::new(text, &[$($text),*])),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use vocabulary;

/// One cell of a table: a value of an enumeration, or `-` if the document leaves it open.
macro_rules! cell {
    ($of:ident -) => {
        None
    };
    ($of:ident $value:ident) => {
        Some($of::$value)
    };
}

pub mod case_type;
pub mod channel;
pub mod event;
pub mod failure;
pub mod media_type;
pub mod nature;
pub mod progress;
pub mod role;
pub mod sending;
pub mod status;
pub mod subject;
pub mod theme;

pub use case_type::CaseType;
pub use channel::{
    AnyChannel, Channel, CommunicationsApiChannel, CommunicatorChannel, DispatchChannel, InboundChannel,
    MessageChannel, MessageType, TemplateChannel,
};
pub use event::{AnyEvent, Event, MessageEvent, Milestone, ReportedEvent, ServiceEvent};
pub use failure::{FailureReason, MessageState, WaitingReason};
pub use media_type::MediaType;
pub use nature::Nature;
pub use progress::{Contradiction, Movement, State};
pub use role::Role;
pub use sending::{ProviderName, SendingChannel};
pub use status::{AgentOutcome, Direction, InteractionStatus, StatusDetails};
pub use subject::{CustomSubject, KnownSubject, Subject, SubjectDescriptor};
pub use theme::{Purpose, Theme};

/// A text that is none of an enumeration's values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {allowed}")]
pub struct UnknownValue {
    /// All values of a short enumeration, the most similar ones of a long one.
    allowed: String,
}

impl UnknownValue {
    /// The most values an error message lists before it names only the most similar ones.
    const LISTED: usize = 30;
    const SIMILAR: usize = 8;

    pub(crate) fn new(value: &str, all: &[&str]) -> Self {
        let allowed = if all.len() <= Self::LISTED {
            all.join(", ")
        } else {
            let mut nearest = all.to_vec();
            nearest.sort_by_key(|known| std::cmp::Reverse(shared_prefix(known, value)));
            nearest.truncate(Self::SIMILAR);
            format!("{} and {} others", nearest.join(", "), all.len() - Self::SIMILAR)
        };
        Self { allowed }
    }
}

/// How many leading characters two words share, capitals or not.
fn shared_prefix(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
}

/// Reads a query value in which `null` asks for things without one (001, `InteractionStatus`).
///
/// # Errors
/// When the text is neither `null` nor a value of `T`.
pub fn or_null<T: std::str::FromStr>(text: &str) -> Result<Option<T>, T::Err> {
    if text == "null" { Ok(None) } else { text.parse().map(Some) }
}

#[cfg(test)]
mod tests;
