//! A service account of Google Cloud, and the access tokens it is given (OAuth 2.0 JWT bearer grant, RFC 7523).
//!
//! A token is kept in the process until shortly before its end. Whoever needs one while it is being asked for waits for that
//! answer, so that however many messages leave at the same time, a token is asked for once.

use std::{collections::HashMap, sync::Arc};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use domain::{
    delivery::{About, Refusal, Retry, SendOutcome},
    vocabulary::FailureReason,
};
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;
use url::Url;

use crate::{
    clock::Clock,
    digest::digest,
    outbound::{self, Outbound},
    providers::mapping::{self, Mapping},
};

/// What a token is asked for.
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// How long an assertion is good for: as long as Google permits.
const ASSERTED: SignedDuration = SignedDuration::from_hours(1);
/// A token this near its end is not used any more: it must outlast the request.
const MARGIN: SignedDuration = SignedDuration::from_mins(1);
/// Bytes read of an answer.
const MAX_ANSWER: usize = 64 << 10;
/// Service accounts whose tokens are kept.
const MOST_ACCOUNTS: usize = 1000;

/// The key file of a service account, as Google Cloud makes it.
#[derive(Deserialize)]
pub struct ServiceAccount {
    client_email: String,
    private_key: String,
    #[serde(default)]
    private_key_id: Option<String>,
    /// The Firebase project.
    pub project_id: String,
    token_uri: String,
    /// Names these credentials; others after a rotation.
    #[serde(skip)]
    digest: String,
}

impl ServiceAccount {
    /// Reads a key file.
    ///
    /// # Errors
    /// What is wrong with it, without a word of it.
    pub fn read(text: &str) -> Result<Self, String> {
        let account: Self = serde_json::from_str(text).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            format!("is not the JSON key file of a service account ({place})")
        })?;
        let is_project = |b: u8| b.is_ascii_alphanumeric() || b"-.:".contains(&b);
        if account.project_id.is_empty() || !account.project_id.bytes().all(is_project) {
            return Err("has a project_id that is none".into());
        }
        Ok(Self { digest: digest(&[text]), ..account })
    }

    /// Says who asks for a token, signed with the account's key.
    fn assertion(&self, now: Timestamp) -> Result<String, String> {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.private_key_id });
        let claims = json!({
            "iss": self.client_email,
            "scope": SCOPE,
            "aud": self.token_uri,
            "iat": now.as_second(),
            "exp": (now + ASSERTED).as_second(),
        });
        let part = |part: serde_json::Value| BASE64URL_NOPAD.encode(part.to_string().as_bytes());
        let signed = format!("{}.{}", part(header), part(claims));
        let key = self.key()?;
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| "has a private_key that cannot sign".to_owned())?;
        Ok(format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature)))
    }

    fn key(&self) -> Result<RsaKeyPair, String> {
        let lines = self.private_key.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
        let der = BASE64.decode(lines.collect::<String>().as_bytes()).ok();
        let key = der.and_then(|der| RsaKeyPair::from_pkcs8(&der).ok());
        key.ok_or_else(|| "has a private_key that is no RSA key in PKCS #8".to_owned())
    }
}

#[derive(Clone)]
struct Token {
    text: String,
    ends_at: Timestamp,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u32,
}

#[derive(Default, Deserialize)]
struct Denied {
    #[serde(default)]
    error: String,
}

type Slot = Arc<Mutex<Option<Token>>>;

/// The access tokens in this process.
pub struct Tokens {
    outbound: Outbound,
    /// Where tokens are asked for instead of at the account's own address.
    instead: Option<String>,
    clock: Arc<dyn Clock>,
    known: std::sync::Mutex<HashMap<String, Slot>>,
}

impl Tokens {
    /// None so far.
    pub fn new(outbound: Outbound, instead: Option<String>, clock: Arc<dyn Clock>) -> Self {
        Self { outbound, instead, clock, known: std::sync::Mutex::default() }
    }

    /// An access token of an account, which is not the one that was `refused`.
    ///
    /// # Errors
    /// Why there is none: nothing was sent.
    pub async fn token(&self, account: &ServiceAccount, refused: Option<&str>) -> Result<String, Refusal> {
        let slot = self.slot(account);
        let mut held = slot.lock().await;
        let now = self.clock.now();
        let good = held
            .as_ref()
            .filter(|token| now + MARGIN < token.ends_at && Some(token.text.as_str()) != refused);
        if let Some(token) = good {
            return Ok(token.text.clone());
        }
        *held = None;
        let granted = self.ask(account, now).await?;
        let ends_at = now + SignedDuration::from_secs(i64::from(granted.expires_in));
        *held = Some(Token { text: granted.access_token.clone(), ends_at });
        Ok(granted.access_token)
    }

    fn slot(&self, account: &ServiceAccount) -> Slot {
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if known.len() >= MOST_ACCOUNTS && !known.contains_key(&account.digest) {
            known.clear();
        }
        Arc::clone(known.entry(account.digest.clone()).or_default())
    }

    async fn ask(&self, account: &ServiceAccount, now: Timestamp) -> Result<Granted, Refusal> {
        let url = self.url(account).map_err(|why| unusable(&why))?;
        let assertion = account.assertion(now).map_err(|why| unusable(&why))?;
        let grant =
            [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &assertion)];
        let request = self
            .outbound
            .post(&url)
            .map_err(|_| unusable("has a token_uri that is neither https nor http to this machine"))?;
        let response = request.form(&grant).send().await.map_err(|error| {
            tracing::warn!(why = outbound::describe(&error.without_url()), "no access token");
            away("Google's token server cannot be reached.".into())
        })?;
        let status = response.status();
        let answer = outbound::read_bounded(response, MAX_ANSWER).await.unwrap_or_default();
        if status.is_success() {
            return serde_json::from_slice(&answer)
                .map_err(|_| away("Google's token server gave an answer that holds no token.".into()));
        }
        let Denied { error } = serde_json::from_slice(&answer).unwrap_or_default();
        tracing::error!(%status, error, account = account.client_email, "no access token");
        Err(denied(status, error))
    }

    fn url(&self, account: &ServiceAccount) -> Result<String, String> {
        let Some(base) = &self.instead else { return Ok(account.token_uri.clone()) };
        let own = Url::parse(&account.token_uri).map_err(|_| "has a token_uri that is no URL".to_owned())?;
        Ok(format!("{base}{}", own.path()))
    }
}

/// What it means that there is no token.
fn denied(status: StatusCode, error: String) -> Refusal {
    if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
        let code = Some(error).filter(|error| !error.is_empty());
        let why = "is not accepted by Google: its key was withdrawn, or the account is disabled";
        return Refusal { code, ..unusable(why) };
    }
    away(format!("Google's token server is busy or not available ({status})."))
}

/// Everything that the servers answer which give tokens.
pub fn mappings() -> impl Iterator<Item = Mapping> {
    let answers = mapping::by_status(|status| SendOutcome::Refused(denied(status, String::new())));
    answers.into_iter().map(|row| row.given("from Google's token server"))
}

/// That nothing can be sent with the account until somebody corrects it.
pub fn unusable(why: &str) -> Refusal {
    Refusal::new(
        About::Account,
        FailureReason::InvalidHttpResponse,
        Retry::Never,
        format!("The secret with the service account of FCM {why}. Correct the secret, or name another."),
    )
}

fn away(description: String) -> Refusal {
    Refusal::new(About::Server, FailureReason::HttpErrorWhileSending, Retry::WhileAllowed, description)
}
