//! Sessions: who signed in to the console once is known for some hours by a cookie.
//!
//! The cookie holds the session's token and names what vouched for whoever began it: an API key, or the issuer of a token. Of the
//! session's token the table knows the digest alone, as of a key, and both are read in one call: who revokes a key or trusts an issuer
//! no longer ends their sessions.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use domain::caller::Caller;
use jiff::{SignedDuration, Timestamp};
use lambda_http::http::{HeaderMap, header};
use ring::hmac;
use serde::{Deserialize, Serialize};

use domain::{tenant::TenantId, vocabulary::Role};

use super::{Credentials, KeyHash, MAX_ISSUER, Proof, Refusal, Standing, Voucher, api_key};

/// The cookie. Its name has browsers take it from us alone, for this host, and send it by HTTPS only.
pub const COOKIE: &str = "__Host-postrider";

/// How long a session lasts at most, however long its credential does.
pub const LASTS: SignedDuration = SignedDuration::from_hours(8);

/// What stands in the cookie between the token and the digest of a key.
const BY_KEY: char = '.';
/// What stands there before the name of an issuer, which is written in base64, as it may have any characters.
const BY_ISSUER: char = '~';

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
    /// The digest of the API key it was begun with, if that was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<String>,
    /// The issuer of the token it was begun with, if that was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub issuer: Option<String>,
    /// From then on it is none.
    pub ends_at: Timestamp,
}

impl Session {
    /// One that begins now.
    pub fn begin(proof: &Proof, now: Timestamp) -> Self {
        let Proof { caller, voucher, ends_at } = proof;
        let longest = now + LASTS;
        let (key, issuer) = match voucher {
            Voucher::Key(hash) => (Some(hash.to_string()), None),
            Voucher::Issuer(name) => (None, Some(name.clone())),
        };
        Self {
            tenant: caller.tenant.clone(),
            role: caller.role,
            agent: caller.agent,
            subject: caller.subject.clone(),
            key,
            issuer,
            ends_at: ends_at.map_or(longest, |end| end.min(longest)),
        }
    }

    fn was_begun_with(&self, voucher: &Voucher) -> bool {
        match voucher {
            Voucher::Key(hash) => self.key.as_deref() == Some(hash.as_str()),
            Voucher::Issuer(name) => self.issuer.as_ref() == Some(name),
        }
    }
}

/// What a browser holds of a session.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    token: String,
    voucher: Voucher,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket")
    }
}

impl Ticket {
    /// A new one. `random` must come from a cryptographic generator.
    pub fn new(random: [u8; 32], voucher: Voucher) -> Self {
        Self { token: BASE64URL_NOPAD.encode(&random), voucher }
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
        let (token, voucher) = match value.split_once(BY_KEY) {
            Some((token, digest)) => (token, Voucher::Key(KeyHash::read(digest)?)),
            None => {
                let (token, name) = value.split_once(BY_ISSUER)?;
                (token, Voucher::Issuer(issuer(name)?))
            }
        };
        let is_token = BASE64URL_NOPAD.decode(token.as_bytes()).is_ok_and(|bytes| bytes.len() == 32);
        is_token.then(|| Self { token: token.to_owned(), voucher })
    }

    /// The cookie that gives it to a browser for so long.
    pub fn cookie(&self, lasts: SignedDuration) -> String {
        let value = match &self.voucher {
            Voucher::Key(hash) => format!("{}{BY_KEY}{hash}", self.token),
            Voucher::Issuer(name) => {
                format!("{}{BY_ISSUER}{}", self.token, BASE64URL_NOPAD.encode(name.as_bytes()))
            }
        };
        cookie(&value, lasts.as_secs())
    }

    /// What the session is stored under.
    pub fn digest(&self) -> KeyHash {
        api_key::hash_key(&self.token)
    }

    /// What the session was begun with, as the cookie says.
    pub fn voucher(&self) -> &Voucher {
        &self.voucher
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

fn issuer(written: &str) -> Option<String> {
    let name = String::from_utf8(BASE64URL_NOPAD.decode(written.as_bytes()).ok()?).ok()?;
    (1..=MAX_ISSUER).contains(&name.len()).then_some(name)
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
    let (session, standing) = credentials.session(&ticket).await?;
    // Whoever has a session's token cannot have it outlive its key or issuer by naming another.
    let session = session.filter(|session| session.was_begun_with(&ticket.voucher));
    let Session { tenant, role, agent, subject, ends_at, .. } = session.ok_or(Refusal::UnknownSession)?;
    if now >= ends_at {
        return Err(Refusal::Over);
    }
    match (ticket.voucher, standing) {
        (Voucher::Key(_), Some(Standing::Granted(grant))) if grant.revoked => {
            Err(Refusal::RevokedKey(grant.id))
        }
        (Voucher::Key(_), Some(Standing::Granted(_))) => Ok(Caller { tenant, role, agent, subject }),
        (Voucher::Issuer(_), Some(Standing::Trusted(by))) if by == tenant => {
            Ok(Caller { tenant, role, agent, subject })
        }
        (Voucher::Key(_), _) => Err(Refusal::UnknownKey),
        (Voucher::Issuer(name), _) => Err(Refusal::UnknownIssuer(name)),
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::http::HeaderValue;

    use super::*;

    fn cookies(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (header::COOKIE, HeaderValue::from_str(line).unwrap())).collect()
    }

    fn tickets() -> [Ticket; 2] {
        let key = Voucher::Key(api_key::hash_key("demo-admin"));
        // An issuer's name may have what a cookie may not.
        [key, Voucher::Issuer("https://login.acme.example/a; b=\"é\"~.".into())]
            .map(|voucher| Ticket::new([7; 32], voucher))
    }

    #[test]
    fn a_ticket_comes_back_as_it_was_given() {
        for ticket in tickets() {
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
            &format!("{token}."),
            &format!("{token}.x"),
            &format!("{token}~"),
            &format!("{token}~x"),
            &format!("{token}~_w"),
            &format!("{token}~{}", BASE64URL_NOPAD.encode("i".repeat(MAX_ISSUER + 1).as_bytes())),
            &format!("{}~aQ", &token[1..]),
            &format!("{token}.{}", "0".repeat(63)),
        ] {
            let refused = Ticket::of(&cookies(&[&format!("{COOKIE}={value}")]));
            assert!(matches!(refused, Err(Refusal::Malformed(_))), "{value}");
        }
    }

    #[test]
    fn a_form_is_stamped_by_its_own_session() {
        let [one, _] = tickets();
        let other = Ticket::new([8; 32], one.voucher.clone());
        assert!(one.stamped(&one.stamp()));
        for stamp in [other.stamp(), String::new(), one.stamp()[1..].to_owned(), "é".into()] {
            assert!(!one.stamped(&stamp), "{stamp}");
        }
    }
}
