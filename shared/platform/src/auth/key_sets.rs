//! Key sets (RFC 7517) that token issuers publish: fetched when needed, remembered for a while.
//!
//! Ages are measured with the caller's clock. A set fetched in what that clock now calls the future counts as never
//! fetched, so that a clock set back (or a function frozen and thawed) does not stretch the life of a withdrawn key.

use std::{collections::HashMap, sync::Arc};

use domain::Error;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::Refusal;
use crate::outbound::{Outbound, describe, read_bounded};

/// Bytes. Real sets have a few keys of one or two kilobytes.
const MAX_SET: usize = 256 * 1024;

/// How long a withdrawn key may still be accepted.
const FRESH: SignedDuration = SignedDuration::from_mins(10);

/// After a rotation a key is unknown until the set is fetched again; anyone can send tokens with invented key ids.
const BETWEEN_FETCHES: SignedDuration = SignedDuration::from_mins(1);

/// An issuer that did not answer is left alone this long.
const AFTER_A_FAILURE: SignedDuration = SignedDuration::from_secs(5);

/// The key sets of all issuers this process has met, by URL.
pub struct KeySets {
    outbound: Outbound,
    by_url: Mutex<HashMap<String, Arc<Mutex<KeySet>>>>,
}

impl KeySets {
    /// Nothing fetched yet.
    pub fn new(outbound: Outbound) -> Self {
        Self { outbound, by_url: Mutex::default() }
    }

    /// The key at `url` for a token with this algorithm and key id.
    pub(super) async fn key(
        &self,
        url: &str,
        algorithm: Algorithm,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Result<DecodingKey, Refusal> {
        let set = self.by_url.lock().await.entry(url.to_owned()).or_default().clone();
        // Held during the fetch: whoever needs the same set meanwhile waits and finds it.
        let mut set = set.lock().await;
        if let Some(key) = set.find(algorithm, kid, now) {
            return Ok(key);
        }
        if set.may_be_fetched(now) {
            let answer = self.fetch(url).await;
            set.learn(answer, now);
        }
        match (set.find(algorithm, kid, now), &set.failure) {
            (Some(key), _) => Ok(key),
            (None, Some(failure)) => {
                Err(Error::Unavailable(format!("key set {url}: {failure}").into()).into())
            }
            (None, None) => Err(Refusal::UnknownSigningKey(kid.map(str::to_owned))),
        }
    }

    async fn fetch(&self, url: &str) -> Result<Vec<SigningKey>, String> {
        let request = self.outbound.get(url).map_err(|error| error.to_string())?;
        let response = request.send().await.map_err(|error| describe(&error))?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(format!("status {}", response.status()));
        }
        let body = read_bounded(response, MAX_SET).await.map_err(|error| error.to_string())?;
        let set: Published = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        Ok(set.keys.into_iter().filter_map(SigningKey::from_json).collect())
    }
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<serde_json::Value>,
}

/// What is known of one issuer's keys.
#[derive(Default)]
struct KeySet {
    keys: Vec<SigningKey>,
    fetched: Option<Timestamp>,
    tried: Option<Timestamp>,
    /// Of the last try. What was fetched before stays good for its time.
    failure: Option<String>,
}

impl KeySet {
    /// With a key id, the key of that name. Without, the only one there is: if a set has several, tokens must name
    /// theirs (OpenID Connect Core 1.0, section 10.1).
    fn find(&self, algorithm: Algorithm, kid: Option<&str>, now: Timestamp) -> Option<DecodingKey> {
        if !within(FRESH, self.fetched, now) {
            return None;
        }
        let mut fitting = self
            .keys
            .iter()
            .filter(|key| key.algorithm == algorithm && (kid.is_none() || key.kid.as_deref() == kid));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Some(key.key.clone()),
            (None, _) | (Some(_), Some(_)) => None,
        }
    }

    fn may_be_fetched(&self, now: Timestamp) -> bool {
        let pause = if self.failure.is_some() { AFTER_A_FAILURE } else { BETWEEN_FETCHES };
        !within(pause, self.tried, now)
    }

    fn learn(&mut self, answer: Result<Vec<SigningKey>, String>, now: Timestamp) {
        self.tried = Some(now);
        match answer {
            Ok(keys) => {
                self.keys = keys;
                self.fetched = Some(now);
                self.failure = None;
            }
            Err(failure) => self.failure = Some(failure),
        }
    }
}

fn within(span: SignedDuration, since: Option<Timestamp>, now: Timestamp) -> bool {
    since.is_some_and(|since| (SignedDuration::ZERO..span).contains(&now.duration_since(since)))
}

/// A published key that can check signatures of the one algorithm it is for.
struct SigningKey {
    kid: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl SigningKey {
    /// `None` for keys that are for something else or not understood, which are to be ignored (RFC 7517, section 5).
    fn from_json(json: serde_json::Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(json).ok()?;
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => Algorithm::RS256,
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
            _ => return None,
        };
        let signs = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
        let fits = jwk.common.key_algorithm.is_none_or(|declared| declared == algorithm.into());
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        (signs && fits).then_some(Self { kid: jwk.common.key_id, algorithm, key })
    }
}
