//! Who is calling: from the headers of a request to a [`Caller`], or the reason why there is none.
//!
//! A credential is an API key ([`api_key`]) or a JSON Web Token of an issuer the tenant trusts (`token`); who signed in to the
//! console with one has a [`session`]. This module
//! knows formats, signatures and clocks; where keys, issuers and secrets are stored is the business of whoever
//! implements [`Credentials`]. What a role may do is decided by the catalogue, not here.

pub mod api_key;
mod key_sets;
pub mod session;
mod signature;
mod token;
mod verdict;

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use domain::{
    Error,
    caller::Caller,
    id::{ApiKey, Id},
    tenant::{TenantId, TokenIssuer},
    vocabulary::Role,
};
use jiff::Timestamp;
use lambda_http::http::{HeaderMap, HeaderName, header::AUTHORIZATION};

use self::session::{Session, Ticket};
pub use self::{api_key::KeyHash, key_sets::KeySets, token::MAX_ISSUER, verdict::Verdict};

/// The header an API key comes in (001, `apiKeyHeader`).
pub const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// What authentication needs to look up.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// What the API key with this hash grants; `None` when there is no such key.
    async fn grant(&self, hash: &KeyHash) -> Result<Option<Grant>, Error>;

    /// The session that a ticket is for, and how what the ticket says it was begun with stands now; `None` for what does not exist.
    async fn session(&self, ticket: &Ticket) -> Result<(Option<Session>, Option<Standing>), Error>;

    /// The tenant that trusts the issuer named exactly `issuer`, and how its tokens are checked. The name comes from an
    /// unverified token of up to [`MAX_ISSUER`] bytes.
    async fn issuer(&self, issuer: &str) -> Result<Option<(TenantId, TokenIssuer)>, Error>;

    /// The value of the secret with this name or ARN.
    async fn secret(&self, name: &str) -> Result<String, Error>;
}

/// What an API key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The key's id, which may be shown and logged.
    pub id: Id<ApiKey>,
    /// Whose data it opens.
    pub tenant: TenantId,
    /// What may be done with it.
    pub role: Role,
    /// Whether it is an agent's.
    pub agent: bool,
    /// Withdrawn; kept so that logs can say whose key is still in use.
    pub revoked: bool,
}

/// What vouches for somebody: asked again for as long as a session lasts that was begun with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voucher {
    /// The API key with this hash.
    Key(KeyHash),
    /// The issuer of this name, for who has its token.
    Issuer(String),
}

/// How a voucher stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The API key grants this.
    Granted(Grant),
    /// The issuer speaks for this tenant.
    Trusted(TenantId),
}

/// Why a request has no caller. The text is for logs: it names issuers and key ids, never a credential.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Neither header is there.
    #[error("no credential")]
    Missing,
    /// A key beside a token, or one header twice: we do not choose for whom the caller speaks.
    #[error("more than one credential")]
    Several,
    /// Not something we gave, nor a token.
    #[error("malformed credential: {0}")]
    Malformed(&'static str),
    /// No key has this hash.
    #[error("unknown API key")]
    UnknownKey,
    /// No session has this token, or it was begun with another credential.
    #[error("unknown session")]
    UnknownSession,
    /// The key was withdrawn.
    #[error("API key {0} is revoked")]
    RevokedKey(Id<ApiKey>),
    /// No tenant trusts this issuer.
    #[error("unknown token issuer {0:?}")]
    UnknownIssuer(String),
    /// The token is signed in a way its issuer is not configured for.
    #[error("token signed with {0:?}, which its issuer does not use")]
    Algorithm(jsonwebtoken::Algorithm),
    /// The issuer publishes no key that fits the token's header.
    #[error("the issuer's key set has no key {0:?}")]
    UnknownSigningKey(Option<String>),
    /// Not readable, not signed by its issuer, for another audience, or without a required claim.
    #[error("token refused: {0}")]
    Token(#[from] jsonwebtoken::errors::Error),
    /// A claim is missing or of the wrong kind.
    #[error("token claim {0} is missing or malformed")]
    Claim(&'static str),
    /// `exp` is past.
    #[error("token expired")]
    Expired,
    /// The session's time is over.
    #[error("session over")]
    Over,
    /// `nbf` is still to come.
    #[error("token not valid yet")]
    Early,
    /// A valid token of someone who has no role here.
    #[error("token claim {0:?} names none of our roles")]
    NoRole(String),
    /// We could not find out.
    #[error(transparent)]
    Undecided(#[from] Error),
}

impl From<Refusal> for Error {
    /// What the caller gets to know: every kind of bad credential looks the same.
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Missing
            | Refusal::Several
            | Refusal::Malformed(_)
            | Refusal::UnknownKey
            | Refusal::UnknownSession
            | Refusal::RevokedKey(_)
            | Refusal::UnknownIssuer(_)
            | Refusal::Algorithm(_)
            | Refusal::UnknownSigningKey(_)
            | Refusal::Token(_)
            | Refusal::Claim(_)
            | Refusal::Expired
            | Refusal::Over
            | Refusal::Early => Self::Unauthenticated,
            Refusal::NoRole(_) => Self::Forbidden(Role::Viewer),
            Refusal::Undecided(error) => error,
        }
    }
}

/// The caller that a request's `X-API-KEY` or `Authorization: Bearer` header proves.
///
/// # Errors
/// [`Refusal`], with the reason for the log.
pub async fn authenticate(
    headers: &HeaderMap,
    now: Timestamp,
    credentials: &dyn Credentials,
    key_sets: &KeySets,
) -> Result<Caller, Refusal> {
    match (only(headers, &API_KEY)?, only(headers, &AUTHORIZATION)?) {
        (None, None) => Err(Refusal::Missing),
        (Some(_), Some(_)) => Err(Refusal::Several),
        (Some(key), None) => Ok(api_key::verify(key, credentials).await?.caller),
        (None, Some(authorization)) => {
            Ok(token::verify(bearer(authorization)?, now, credentials, key_sets).await?.caller)
        }
    }
}

/// What a credential proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Who has it.
    pub caller: Caller,
    /// What vouches for that.
    pub voucher: Voucher,
    /// When it ends by itself, if it does.
    pub ends_at: Option<Timestamp>,
}

/// What a credential proves that somebody typed: a key, or a token, which are told apart by their form.
///
/// # Errors
/// As [`authenticate`].
pub async fn prove(
    typed: &str,
    now: Timestamp,
    credentials: &dyn Credentials,
    key_sets: &KeySets,
) -> Result<Proof, Refusal> {
    let typed = bearer(typed.trim()).unwrap_or(typed.trim());
    // Three parts of which the first is JSON (RFC 7515, section 7.1).
    match typed.starts_with("eyJ") && typed.matches('.').count() == 2 {
        true => token::verify(typed, now, credentials, key_sets).await,
        false => api_key::verify(typed, credentials).await,
    }
}

fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            value.to_str().map(Some).map_err(|_| Refusal::Malformed("header is not ASCII"))
        }
        (Some(_), Some(_)) => Err(Refusal::Several),
    }
}

/// The token of `Bearer <token>`; the scheme is case-insensitive (RFC 9110, section 11.1).
fn bearer(authorization: &str) -> Result<&str, Refusal> {
    match authorization.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim_start()),
        _ => Err(Refusal::Malformed("the Authorization header has no bearer token")),
    }
}
