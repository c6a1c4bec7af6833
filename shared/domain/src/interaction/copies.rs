//! Further recipients of an e-mail, with their names.

use serde::{Deserialize, Serialize};

/// Beside the first recipient, who is [`super::Interaction::to`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Copies {
    /// The first recipient's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// More recipients.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Recipient>,
    /// Recipients of copies, whom everybody sees.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<Recipient>,
    /// Recipients of copies, whom nobody else sees.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bcc: Vec<Recipient>,
}

/// One recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The address.
    pub email: String,
    /// As people read it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
}

impl Copies {
    /// The most recipients of one e-mail (SES, quotas: 50).
    pub const MOST: usize = 50;

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = &Recipient> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }

    /// Whether it goes to nobody besides, and its recipient has no name.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
