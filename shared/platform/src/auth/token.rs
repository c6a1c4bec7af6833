//! Access tokens: JSON Web Tokens (RFC 7519) of issuers that a tenant trusts, checked as RFC 8725 advises.
//!
//! The issuer's configuration, never the token, decides how a signature is checked and whose data is opened. Times are
//! compared with our clock, which tests and the local system may set.

use domain::{
    Error,
    caller::Caller,
    tenant::{TokenIssuer, Verification},
};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, dangerous, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Credentials, KeySets, Proof, Refusal, Voucher, signature};

/// Bytes. API Gateway lets 10 KB of headers through; real tokens have one or two.
const MAX_TOKEN: usize = 8 * 1024;

/// Bytes of an `iss` that is worth a look-up.
pub const MAX_ISSUER: usize = 512;

/// Characters of a `sub` (OpenID Connect Core 1.0, section 2).
const MAX_SUBJECT: usize = 255;

/// Seconds that an issuer's clock may differ from ours.
const LEEWAY: i64 = 60;

/// The word beside a role that marks an agent's token.
const AGENT: &str = "agent";

/// Bytes. A key for HS256 is as long as the hash or longer (RFC 7518, section 3.2); shorter ones can be guessed offline.
const MIN_SECRET: usize = 32;

type Claims = Map<String, Value>;

pub(super) async fn verify(
    token: &str,
    now: Timestamp,
    credentials: &dyn Credentials,
    key_sets: &KeySets,
) -> Result<Proof, Refusal> {
    if token.len() > MAX_TOKEN {
        return Err(Refusal::Malformed("token too long"));
    }
    let header = decode_header(token)?;
    if header.crit.is_some() {
        // To be understood or refused (RFC 7515, section 4.1.11), and we know no extensions.
        return Err(Refusal::Malformed("token with critical extensions"));
    }
    let issuer = unverified_issuer(token)?;
    let Some((tenant, issuer)) = credentials.issuer(&issuer).await? else {
        return Err(Refusal::UnknownIssuer(issuer));
    };
    let key = verification_key(&header, &issuer.verification, now, credentials, key_sets).await?;

    signature::install();
    let claims = decode::<Claims>(token, &key, &validation(header.alg, &issuer))?.claims;
    let ends_at = check_times(&claims, now)?;
    let words = words(&claims, &issuer.role_claim);
    let role = words.iter().filter_map(|word| word.parse().ok()).max();
    let role = role.ok_or_else(|| Refusal::NoRole(issuer.role_claim.clone()))?;
    let caller = Caller { tenant, role, agent: words.contains(&AGENT), subject: subject(&claims)? };
    Ok(Proof { caller, voucher: Voucher::Issuer(issuer.issuer), ends_at: Some(ends_at) })
}

/// Who claims to have issued the token: needed to know how to check that claim.
fn unverified_issuer(token: &str) -> Result<String, Refusal> {
    #[derive(Deserialize)]
    struct Unverified {
        iss: String,
    }
    let Unverified { iss } = dangerous::insecure_decode_claims(token)?;
    if iss.is_empty() || iss.len() > MAX_ISSUER { Err(Refusal::Claim("iss")) } else { Ok(iss) }
}

/// A shared secret is for HS256 and published keys are for RS256 and ES256. A token that wants a public key to be used
/// as a secret gets no key at all.
async fn verification_key(
    header: &Header,
    verification: &Verification,
    now: Timestamp,
    credentials: &dyn Credentials,
    key_sets: &KeySets,
) -> Result<DecodingKey, Refusal> {
    match (verification, header.alg) {
        (Verification::SharedSecret(name), Algorithm::HS256) => {
            let secret = credentials.secret(name).await?;
            if secret.len() < MIN_SECRET {
                return Err(Error::Internal(
                    format!("secret {name} has less than {MIN_SECRET} bytes").into(),
                )
                .into());
            }
            Ok(DecodingKey::from_secret(secret.as_bytes()))
        }
        (Verification::Jwks(url), algorithm @ (Algorithm::RS256 | Algorithm::ES256)) => {
            key_sets.key(url, algorithm, header.kid.as_deref(), now).await
        }
        (Verification::SharedSecret(_) | Verification::Jwks(_), algorithm) => {
            Err(Refusal::Algorithm(algorithm))
        }
    }
}

fn validation(algorithm: Algorithm, issuer: &TokenIssuer) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.set_required_spec_claims(&["iss", "aud", "sub"]);
    validation.set_issuer(&[&issuer.issuer]);
    validation.set_audience(&[&issuer.audience]);
    // Ours, in `check_times`: the library asks the system's clock, and cannot read numbers while serde_json keeps
    // their digits (`arbitrary_precision`).
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

/// When it ends, if it holds now.
fn check_times(claims: &Claims, now: Timestamp) -> Result<Timestamp, Refusal> {
    let now = now.as_second();
    let expires = seconds(claims, "exp")?.ok_or(Refusal::Claim("exp"))?;
    if now >= expires.saturating_add(LEEWAY) {
        return Err(Refusal::Expired);
    }
    match seconds(claims, "nbf")? {
        Some(begins) if now < begins.saturating_sub(LEEWAY) => Err(Refusal::Early),
        Some(_) | None => Ok(Timestamp::from_second(expires).unwrap_or(Timestamp::MAX)),
    }
}

/// A NumericDate: seconds since 1970, which need not be whole (RFC 7519, section 2).
fn seconds(claims: &Claims, name: &'static str) -> Result<Option<i64>, Refusal> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    // The cast drops fractions and saturates.
    let whole = value.as_i64().or_else(|| value.as_f64().map(|fractional| fractional as i64));
    whole.map(Some).ok_or(Refusal::Claim(name))
}

/// The words of a text (as in `scope`) or a list. Issuers put roles there that are not ours, too.
fn words<'c>(claims: &'c Claims, name: &str) -> Vec<&'c str> {
    match claims.get(name) {
        Some(Value::String(text)) => text.split_ascii_whitespace().collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    }
}

fn subject(claims: &Claims) -> Result<String, Refusal> {
    match claims.get("sub").and_then(Value::as_str) {
        Some(text)
            if (1..=MAX_SUBJECT).contains(&text.chars().count()) && !text.chars().any(char::is_control) =>
        {
            Ok(text.to_owned())
        }
        Some(_) | None => Err(Refusal::Claim("sub")),
    }
}
