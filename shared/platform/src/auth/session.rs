//! Sessions: who signed in to the console once is known for some hours by a cookie.
//!
//! The cookie holds the session's token and names the API key that began it. Of the token the table knows the digest alone, as of
//! a key, and both are read in one call: who revokes a key ends its sessions.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use domain::caller::Caller;
use jiff::{SignedDuration, Timestamp};
use lambda_http::http::{HeaderMap, header};
use ring::hmac;
use serde::{Deserialize, Serialize};

use domain::{tenant::TenantId, vocabulary::Role};

use super::{Credentials, KeyHash, Proof, Refusal, api_key};

/// The cookie. Its name has browsers take it from us alone, for this host, and send it by HTTPS only.
pub const COOKIE: &str = "__Host-postrider";

/// How long a session lasts at most, however long its credential does.
pub const LASTS: SignedDuration = SignedDuration::from_hours(8);

/// What the stamp in a form is made of besides the token, and what a seal is, so that neither can stand for the other.
const FORM: &[u8] = b"console form\0";
const SEAL: &[u8] = b"console seal\0";

/// Somebody who signed in, as stored under the digest of the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Whose data it opens.
    pub tenant: TenantId,
    /// What may be done.
    pub role: Role,
    /// Whether it is an agent's.
    pub agent: bool,
    /// The API key's id, or whom the token names.
    pub subject: String,
    /// The digest of the API key it was begun with; none if that was a token.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<String>,
    /// From then on it is none.
    pub ends_at: Timestamp,
}

impl Session {
    /// One that begins now.
    pub fn begin(proof: &Proof, now: Timestamp) -> Self {
        let Proof { caller, key, ends_at } = proof;
        let longest = now + LASTS;
        Self {
            tenant: caller.tenant.clone(),
            role: caller.role,
            agent: caller.agent,
            subject: caller.subject.clone(),
            key: key.as_ref().map(KeyHash::to_string),
            ends_at: ends_at.map_or(longest, |end| end.min(longest)),
        }
    }
}

/// What a browser holds of a session.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    token: String,
    key: Option<KeyHash>,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket")
    }
}

impl Ticket {
    /// A new one. `random` must come from a cryptographic generator.
    pub fn new(random: [u8; 32], key: Option<KeyHash>) -> Self {
        Self { token: BASE64URL_NOPAD.encode(&random), key }
    }

    /// The one in the cookies of a request.
    ///
    /// # Errors
    /// [`Refusal::Missing`], [`Refusal::Several`], [`Refusal::Malformed`].
    pub fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(name, _)| *name == COOKIE).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (None, _) => Err(Refusal::Missing),
            (Some(_), Some(_)) => Err(Refusal::Several),
            (Some(value), None) => Self::read(value).ok_or(Refusal::Malformed("not a session of ours")),
        }
    }

    fn read(value: &str) -> Option<Self> {
        let (token, key) = value.split_once('.')?;
        let is_token = BASE64URL_NOPAD.decode(token.as_bytes()).is_ok_and(|bytes| bytes.len() == 32);
        let key = match key {
            "" => None,
            digest => Some(KeyHash::read(digest)?),
        };
        is_token.then(|| Self { token: token.to_owned(), key })
    }

    /// The cookie that gives it to a browser for so long.
    pub fn cookie(&self, lasts: SignedDuration) -> String {
        let key = self.key.as_ref().map_or("", KeyHash::as_str);
        cookie(&format!("{}.{key}", self.token), lasts.as_secs())
    }

    /// What the session is stored under.
    pub fn digest(&self) -> KeyHash {
        api_key::hash_key(&self.token)
    }

    /// The API key it was begun with, as the cookie says.
    pub fn key(&self) -> Option<&KeyHash> {
        self.key.as_ref()
    }

    /// What stands in each form of the session's pages, and in no other page.
    pub fn stamp(&self) -> String {
        self.proof(FORM)
    }

    /// Whether a form has it, found out in the same time wherever it differs.
    pub fn stamped(&self, stamp: &str) -> bool {
        self.proves(FORM, stamp)
    }

    /// Proves that a text comes from us, for this session: nobody else's address can say what was done.
    pub fn seal(&self, text: &str) -> String {
        self.proof(&[SEAL, text.as_bytes()].concat())
    }

    /// Whether a text has its seal, found out in the same time wherever it differs.
    pub fn sealed(&self, text: &str, seal: &str) -> bool {
        self.proves(&[SEAL, text.as_bytes()].concat(), seal)
    }

    fn proof(&self, of: &[u8]) -> String {
        BASE64URL_NOPAD.encode(hmac::sign(&self.hmac(), of).as_ref())
    }

    fn proves(&self, what: &[u8], proof: &str) -> bool {
        let proof = BASE64URL_NOPAD.decode(proof.as_bytes()).unwrap_or_default();
        hmac::verify(&self.hmac(), what, &proof).is_ok()
    }

    fn hmac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.token.as_bytes())
    }
}

/// The cookie that takes a session from a browser.
pub fn no_cookie() -> String {
    cookie("", 0)
}

fn cookie(value: &str, seconds: i64) -> String {
    format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict")
}

/// The caller whose session a request's cookie proves.
///
/// # Errors
/// [`Refusal`], with the reason for the log.
pub async fn verify(
    headers: &HeaderMap,
    now: Timestamp,
    credentials: &dyn Credentials,
) -> Result<Caller, Refusal> {
    let ticket = Ticket::of(headers)?;
    let (session, grant) = credentials.session(&ticket).await?;
    // Whoever has a session's token cannot have it outlive its key by naming another.
    let session =
        session.filter(|session| session.key.as_deref() == ticket.key.as_ref().map(KeyHash::as_str));
    let Session { tenant, role, agent, subject, key, ends_at } = session.ok_or(Refusal::UnknownSession)?;
    if now >= ends_at {
        return Err(Refusal::Over);
    }
    match (key, grant) {
        (Some(_), None) => Err(Refusal::UnknownKey),
        (Some(_), Some(grant)) if grant.revoked => Err(Refusal::RevokedKey(grant.id)),
        _ => Ok(Caller { tenant, role, agent, subject }),
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::http::HeaderValue;

    use super::*;

    fn cookies(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (header::COOKIE, HeaderValue::from_str(line).unwrap())).collect()
    }

    fn ticket(key: Option<&str>) -> Ticket {
        Ticket::new([7; 32], key.map(api_key::hash_key))
    }

    #[test]
    fn a_ticket_comes_back_as_it_was_given() {
        for ticket in [ticket(None), ticket(Some("demo-admin"))] {
            let cookie = ticket.cookie(SignedDuration::from_secs(60));
            assert!(cookie.ends_with("; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Strict"), "{cookie}");
            let pair = cookie.split(';').next().unwrap();
            for lines in
                [vec![pair.to_owned()], vec![format!("a=b; {pair}; c=")], vec!["x=1".into(), pair.to_owned()]]
            {
                let lines: Vec<_> = lines.iter().map(String::as_str).collect();
                assert!(Ticket::of(&cookies(&lines)).unwrap() == ticket, "{lines:?}");
            }
            assert!(matches!(Ticket::of(&cookies(&[pair, pair])), Err(Refusal::Several)));
            assert_eq!(format!("{ticket:?}"), "Ticket");
        }
        assert!(matches!(Ticket::of(&cookies(&["a=b"])), Err(Refusal::Missing)));
        let token = BASE64URL_NOPAD.encode(&[7; 32]);
        for value in [
            "",
            "x.",
            &token,
            &format!("{token}.x"),
            &format!("{}.", &token[1..]),
            &format!("{token}.{}", "0".repeat(63)),
        ] {
            let refused = Ticket::of(&cookies(&[&format!("{COOKIE}={value}")]));
            assert!(matches!(refused, Err(Refusal::Malformed(_))), "{value}");
        }
    }

    #[test]
    fn a_form_is_stamped_by_its_own_session() {
        let (one, other) = (ticket(None), Ticket::new([8; 32], None));
        assert!(one.stamped(&one.stamp()));
        for stamp in [other.stamp(), String::new(), one.stamp()[1..].to_owned(), "é".into()] {
            assert!(!one.stamped(&stamp), "{stamp}");
        }
    }
}
