//! Files that came in with a message: pictures of a text, attachments of a mail.

use serde::{Deserialize, Serialize};

/// A file that came in. Nobody vouches for what is in it: it is kept, handed out as a download, and never opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Enclosure {
    /// What its sender calls it.
    pub name: String,
    /// What its sender says it is, such as `image/jpeg`.
    pub media_type: String,
    /// The size of the content in bytes.
    pub bytes: u64,
    /// Where it is kept; absent if it was too large, or could not be had.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<String>,
}

impl Enclosure {
    /// The most that is kept of one message.
    pub const MOST: usize = 20;
    /// Bytes of all that is kept of one message: mail servers take 25 to 40 MB.
    pub const MOST_BYTES: u64 = 40 * 1024 * 1024;
}
