//! Who is calling Twilio's API: HTTP Basic, the account's id and auth token.

use axum::http::{HeaderMap, header};
use data_encoding::BASE64;

use super::request::Refusal;
use super::{Twilio, TwilioAccount};

impl Twilio {
    /// The account in the path, if the caller has its credentials; 20003 otherwise.
    pub(super) fn authenticate(&self, sid: &str, headers: &HeaderMap) -> Result<&TwilioAccount, Refusal> {
        let credentials = basic_credentials(headers);
        self.account(sid)
            .filter(|account| credentials == Some(format!("{}:{}", account.sid, account.auth_token)))
            .ok_or_else(Refusal::unauthenticated)
    }

    /// The account of that id.
    pub(super) fn account(&self, sid: &str) -> Option<&TwilioAccount> {
        self.config.accounts.iter().find(|account| account.sid == sid)
    }
}

/// `user:password` from an `Authorization: Basic` header.
fn basic_credentials(headers: &HeaderMap) -> Option<String> {
    let (scheme, encoded) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let decoded = BASE64.decode(encoded.trim().as_bytes()).ok()?;
    scheme.eq_ignore_ascii_case("basic").then(|| String::from_utf8(decoded).ok()).flatten()
}
