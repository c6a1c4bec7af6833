//! `POST /token`: an access token for whoever signs as a service account (RFC 7523).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use jiff::SignedDuration;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::sha2::Sha256;
use rsa::signature::Verifier;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Access, Fcm, FcmAccount, locked};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// How long a token serves, in seconds.
const SERVES: i64 = 3599;
/// How far clocks may differ, in seconds.
const LEEWAY: i64 = 300;
/// The longest an assertion may be good for, in seconds.
const LONGEST: i64 = 3600;

/// What is asked for.
#[derive(Deserialize)]
pub struct Asked {
    grant_type: String,
    assertion: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    scope: String,
    aud: String,
    iat: i64,
    exp: i64,
}

type Denied = (StatusCode, Json<Value>);

fn denied(error: &str, why: &str) -> Denied {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error, "error_description": why })))
}

/// Gives a token.
pub async fn grant(State(fcm): State<Arc<Fcm>>, Form(asked): Form<Asked>) -> Result<Json<Value>, Denied> {
    if asked.grant_type != GRANT {
        return Err(denied("unsupported_grant_type", "Invalid grant_type"));
    }
    let account = fcm.proven(&asked.assertion)?;
    let token = format!("ya29.{}", HEXLOWER.encode(&rand::random::<[u8; 24]>()));
    let ends_at = fcm.around.clock.now() + SignedDuration::from_secs(SERVES);
    locked(&fcm.granted).insert(token.clone(), Access { project: account.project.clone(), ends_at });
    Ok(Json(json!({ "access_token": token, "expires_in": SERVES, "token_type": "Bearer" })))
}

impl Fcm {
    /// The account an assertion is signed by, if it may have a token.
    fn proven(&self, assertion: &str) -> Result<&FcmAccount, Denied> {
        let malformed = || denied("invalid_grant", "Bad Request");
        let mut parts = assertion.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed());
        };
        let signed = &assertion[..header.len() + 1 + claims.len()];
        let decoded = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| malformed());
        let Header { alg } = serde_json::from_slice(&decoded(header)?).map_err(|_| malformed())?;
        let claims: Claims = serde_json::from_slice(&decoded(claims)?).map_err(|_| malformed())?;
        let account = self.config.accounts.iter().find(|account| account.email == claims.iss);
        let account = account.ok_or_else(|| denied("invalid_grant", "Invalid grant: account not found"))?;
        let signature = Signature::try_from(&*decoded(signature)?).map_err(|_| malformed())?;
        let key = VerifyingKey::<Sha256>::new(account.key.clone());
        if alg != "RS256" || key.verify(signed.as_bytes(), &signature).is_err() {
            return Err(denied("invalid_grant", "Invalid JWT Signature."));
        }
        let now = self.around.clock.now().as_second();
        let is_timely = claims.iat <= now + LEEWAY
            && claims.exp >= now - LEEWAY
            && (1..=LONGEST).contains(&(claims.exp - claims.iat));
        if !is_timely {
            return Err(denied(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your \
                 iat and exp values in the JWT claim.",
            ));
        }
        if claims.aud != account.audience {
            return Err(denied("invalid_grant", "Invalid JWT: Failed audience check."));
        }
        if !claims.scope.split(' ').any(|scope| scope == SCOPE) {
            return Err(denied("invalid_scope", "Invalid OAuth scope or ID token audience provided."));
        }
        Ok(account)
    }

    /// Whether an access token is good for a project now.
    pub(super) fn is_granted(&self, token: &str, project: &str) -> Option<bool> {
        let now = self.around.clock.now();
        let granted = locked(&self.granted);
        let access = granted.get(token).filter(|access| now < access.ends_at)?;
        Some(access.project == project)
    }
}
