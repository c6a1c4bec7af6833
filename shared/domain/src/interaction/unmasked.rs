//! The content of a message with its secret.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::template::Source;

/// The words of a message with the secret that must reach its recipient and nobody else. Never shown and never logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unmasked(pub Source);

impl fmt::Debug for Unmasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unmasked(…)")
    }
}
