//! Bodies written for the same operation of another document: a caller who confuses the two gets an error that says so.

use domain::{Error, error::Violation};
use platform::http::Request;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// An operation of another document, and the members only its bodies have.
pub struct Dialect {
    operation: &'static str,
    members: &'static [&'static str],
}

/// 000 · Send Communication.
pub const COMMUNICATIONS_SEND: Dialect = Dialect {
    operation: "POST /api/v1/communications/send (Communications API)",
    members: &["template_id", "borrower_id", "loan_id", "contact_id", "send_at"],
};

/// 004 · Dispatch, which shares its path with the send of 000.
pub const DISPATCH: Dialect = Dialect {
    operation: "POST /api/v1/communications/send (Dispatch)",
    members: &["channels", "emailAddress", "phoneNumber", "pushToken", "webhookUrl", "isHtml"],
};

/// 001 · Send message.
pub const COMMUNICATOR_SEND: Dialect = Dialect {
    operation: "POST /communicator/send (Communicator)",
    members: &["subject", "personId", "loanId", "contactId", "sendAt"],
};

/// The body, whose values pass a check; if it is at fault and looks like one of `other`, that is reported first.
///
/// # Errors
/// [`Error::Invalid`].
pub fn read<T: DeserializeOwned + JsonSchema>(
    request: &Request,
    other: &Dialect,
    check: impl Fn(&T) -> Result<(), Error>,
) -> Result<T, Error> {
    request.json_checked(check).map_err(|error| match error {
        Error::Invalid(mut faults) if other.is_of(&request.body) => {
            let message =
                format!("must be of this operation; the one sent looks like one for {}", other.operation);
            faults.insert(0, Violation::new("", message));
            Error::Invalid(faults)
        }
        error => error,
    })
}

impl Dialect {
    /// Whether a body has a member that only bodies of it have.
    pub fn is_of(&self, body: &[u8]) -> bool {
        let members: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        self.members.iter().any(|member| members.contains_key(*member))
    }
}
