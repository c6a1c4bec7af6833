//! Amazon SNS deliveries over HTTPS: who signed them, and what they hold.
//!
//! A delivery is believed when its topic is one we were told to expect, it is recent, and its signature verifies with
//! the key of a certificate served by SNS itself. The certificate's own chain needs no check: that it came over TLS
//! from an SNS host is the proof. `ring` verifies, because TLS links it anyway.

use std::sync::Arc;

use async_trait::async_trait;
use data_encoding::BASE64;
use domain::Error;
use jiff::{SignedDuration, Timestamp};
use quick_cache::sync::Cache;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RsaParameters,
    UnparsedPublicKey,
};
use serde::Deserialize;
use url::Url;
use x509_parser::{pem::parse_x509_pem, time::ASN1Time};

use crate::outbound::{self, Outbound};

/// The header that SNS says in what it posts.
pub const HEADER: &str = "x-amz-sns-message-type";

/// The oldest delivery accepted. SNS gives up repeating one before.
const MAX_AGE: SignedDuration = SignedDuration::from_hours(1);

/// How far SNS's clock may be ahead of ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Bytes read of one answer. A certificate in PEM has 2,000.
const MAX_ANSWER: usize = 16 * 1024;

/// What is asked of SNS itself. Every URL was checked to be on an SNS host.
#[async_trait]
pub trait Sns: Send + Sync {
    /// The signing certificate at `url`, in PEM.
    ///
    /// # Errors
    /// When it cannot be read now.
    async fn certificate(&self, url: &Url) -> Result<Arc<[u8]>, Error>;

    /// Says yes to a [`Content::SubscriptionConfirmation`].
    ///
    /// # Errors
    /// When SNS did not take it; SNS asks again.
    async fn confirm(&self, subscribe_url: &Url) -> Result<(), Error>;
}

/// SNS as it answers on the network. Certificates are kept as long as the process lives: the file at a URL never
/// changes.
pub struct SnsOverHttps {
    outbound: Outbound,
    certificates: Cache<Url, Arc<[u8]>>,
}

impl SnsOverHttps {
    /// SNS uses one certificate per region at a time; more would be someone filling our memory.
    const CAPACITY: usize = 32;

    /// Asks through `outbound`.
    pub fn new(outbound: Outbound) -> Self {
        Self { outbound, certificates: Cache::new(Self::CAPACITY) }
    }

    async fn get(&self, url: &Url) -> Result<Vec<u8>, Error> {
        let unavailable = |why: String| Error::Unavailable(format!("SNS: {why}").into());
        let response = self.outbound.get(url.as_str())?.send().await;
        let response = response
            .and_then(reqwest::Response::error_for_status)
            // The query of a confirmation holds its token.
            .map_err(|error| unavailable(outbound::describe(&error.without_url())))?;
        outbound::read_bounded(response, MAX_ANSWER).await.map_err(|error| unavailable(error.to_string()))
    }
}

#[async_trait]
impl Sns for SnsOverHttps {
    async fn certificate(&self, url: &Url) -> Result<Arc<[u8]>, Error> {
        if let Some(known) = self.certificates.get(url) {
            return Ok(known);
        }
        let pem: Arc<[u8]> = self.get(url).await?.into();
        self.certificates.insert(url.clone(), pem.clone());
        Ok(pem)
    }

    async fn confirm(&self, subscribe_url: &Url) -> Result<(), Error> {
        self.get(subscribe_url).await.map(drop)
    }
}

/// A verified delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The topic, one of those expected.
    pub topic: String,
    /// The same in every repetition of the delivery.
    pub message_id: String,
    /// What it holds.
    pub content: Content,
}

/// What a delivery holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Something published to the topic.
    Notification {
        /// The published text.
        message: String,
    },
    /// SNS asks whether we want the topic.
    SubscriptionConfirmation {
        /// What [`Sns::confirm`] takes.
        subscribe_url: Url,
    },
    /// The topic was unsubscribed from. Nothing to do but tell the operator.
    UnsubscribeConfirmation,
}

/// Why a delivery is not believed. The text is for logs.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Not what SNS sends.
    #[error("not an SNS delivery: {0}")]
    Malformed(String),
    /// A topic that is not expected here.
    #[error("unexpected topic {0:?}")]
    Topic(String),
    /// Too old, or from the future.
    #[error("published at {0}")]
    Stale(Timestamp),
    /// A certificate or confirmation elsewhere than at SNS.
    #[error("{0:?} is not on an SNS host")]
    Host(String),
    /// Not a certificate, or not valid now.
    #[error("certificate: {0}")]
    Certificate(String),
    /// The signature is not that of the certificate's key.
    #[error("signature does not match")]
    Signature,
    /// We could not find out.
    #[error(transparent)]
    Undecided(#[from] Error),
}

impl From<Refusal> for Error {
    /// What the caller gets to know: every kind of unproven delivery looks the same.
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Malformed(_)
            | Refusal::Topic(_)
            | Refusal::Stale(_)
            | Refusal::Host(_)
            | Refusal::Certificate(_)
            | Refusal::Signature => Self::Unauthenticated,
            Refusal::Undecided(error) => error,
        }
    }
}

/// Verifies a delivery's body.
///
/// # Errors
/// [`Refusal`], with the reason for the log.
pub async fn open(
    body: &[u8],
    topics: &[String],
    now: Timestamp,
    sns: &dyn Sns,
) -> Result<Delivery, Refusal> {
    let envelope: Envelope =
        serde_json::from_slice(body).map_err(|error| Refusal::Malformed(error.to_string()))?;
    if !topics.contains(&envelope.topic_arn) {
        return Err(Refusal::Topic(envelope.topic_arn));
    }
    envelope.check_time(now)?;
    let pem = sns.certificate(&envelope.certificate_url()?).await?;
    envelope.verify(&pem, now)?;
    envelope.into_delivery()
}

/// The JSON as SNS posts it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    #[serde(rename = "Type")]
    kind: String,
    message: String,
    message_id: String,
    subject: Option<String>,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<String>,
    timestamp: String,
    token: Option<String>,
    topic_arn: String,
    signature: String,
    signature_version: String,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: String,
}

impl Envelope {
    fn check_time(&self, now: Timestamp) -> Result<(), Refusal> {
        let published: Timestamp =
            self.timestamp.parse().map_err(|_| Refusal::Malformed("Timestamp is no time".into()))?;
        if (now - MAX_AGE..=now + CLOCK_SKEW).contains(&published) {
            Ok(())
        } else {
            Err(Refusal::Stale(published))
        }
    }

    fn certificate_url(&self) -> Result<Url, Refusal> {
        on_sns_host(&self.signing_cert_url)
            .filter(|url| url.query().is_none() && names_a_certificate(url.path()))
            .ok_or_else(|| Refusal::Host(self.signing_cert_url.clone()))
    }

    /// The text SNS signs: the names and values of certain fields, each on a line, in this order.
    fn signed_text(&self) -> Result<String, Refusal> {
        let confirmation = match self.kind.as_str() {
            "Notification" => false,
            "SubscriptionConfirmation" | "UnsubscribeConfirmation" => true,
            _ => return Err(Refusal::Malformed(format!("unknown Type {:?}", self.kind))),
        };
        let fields = [
            ("Message", Some(&self.message)),
            ("MessageId", Some(&self.message_id)),
            ("Subject", self.subject.as_ref().filter(|_| !confirmation)),
            ("SubscribeURL", self.subscribe_url.as_ref().filter(|_| confirmation)),
            ("Timestamp", Some(&self.timestamp)),
            ("Token", self.token.as_ref().filter(|_| confirmation)),
            ("TopicArn", Some(&self.topic_arn)),
            ("Type", Some(&self.kind)),
        ];
        Ok(fields.iter().filter_map(|(name, value)| Some(format!("{name}\n{}\n", (*value)?))).collect())
    }

    fn verify(&self, pem: &[u8], now: Timestamp) -> Result<(), Refusal> {
        let algorithm: &RsaParameters = match self.signature_version.as_str() {
            "1" => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            "2" => &RSA_PKCS1_2048_8192_SHA256,
            _ => {
                return Err(Refusal::Malformed(format!(
                    "unknown SignatureVersion {:?}",
                    self.signature_version
                )));
            }
        };
        let signature = BASE64.decode(self.signature.as_bytes()).map_err(|_| Refusal::Signature)?;
        let unreadable = |error: &dyn std::fmt::Display| Refusal::Certificate(error.to_string());
        let (_, pem) = parse_x509_pem(pem).map_err(|error| unreadable(&error))?;
        let certificate = pem.parse_x509().map_err(|error| unreadable(&error))?;
        let now = ASN1Time::from_timestamp(now.as_second()).map_err(|error| unreadable(&error))?;
        if !certificate.validity().is_valid_at(now) {
            return Err(Refusal::Certificate(format!("valid {:?}", certificate.validity())));
        }
        UnparsedPublicKey::new(algorithm, &certificate.public_key().subject_public_key.data)
            .verify(self.signed_text()?.as_bytes(), &signature)
            .map_err(|_| Refusal::Signature)
    }

    fn into_delivery(self) -> Result<Delivery, Refusal> {
        let content = match self.kind.as_str() {
            "Notification" => Content::Notification { message: self.message },
            "SubscriptionConfirmation" => {
                let url = self.subscribe_url.unwrap_or_default();
                let confirming = on_sns_host(&url).filter(|url| url.path() == "/" && confirms(url));
                let subscribe_url = confirming.ok_or(Refusal::Host(url))?;
                Content::SubscriptionConfirmation { subscribe_url }
            }
            _ => Content::UnsubscribeConfirmation,
        };
        Ok(Delivery { topic: self.topic_arn, message_id: self.message_id, content })
    }
}

/// `https://sns.<region>.amazonaws.com/…`, or `….com.cn` in China, written as a parser would write it: without a port, a
/// user or a fragment, and with nothing that a parser leaves out.
fn on_sns_host(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|url| url.as_str() == text && url.fragment().is_none())?;
    let host = text.strip_prefix("https://sns.")?.split('/').next()?;
    let region = match host.strip_suffix(".amazonaws.com.cn") {
        Some(region) => Some(region).filter(|region| region.starts_with("cn-")),
        None => host.strip_suffix(".amazonaws.com").filter(|region| !region.starts_with("cn-")),
    };
    region.is_some_and(is_region).then_some(url)
}

/// Whether this has the form of a region's name: `us-east-1`, `us-gov-west-1`. Hosts of other services have it not:
/// `sns.s3-us-west-2.amazonaws.com` is anybody's bucket.
fn is_region(text: &str) -> bool {
    let letters = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let parts: Vec<&str> = text.split('-').collect();
    let [country, directions @ .., number] = &parts[..] else { return false };
    country.len() == 2
        && letters(country)
        && !directions.is_empty()
        && directions.iter().all(|part| letters(part))
        && number.len() == 1
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// `/SimpleNotificationService-<hexadecimal digits>.pem`, where SNS has its certificates.
fn names_a_certificate(path: &str) -> bool {
    let name = path.strip_prefix("/SimpleNotificationService-").and_then(|rest| rest.strip_suffix(".pem"));
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Whether a visit says yes to a subscription, and does nothing else.
fn confirms(url: &Url) -> bool {
    let mut actions = url.query_pairs().filter(|(name, _)| name == "Action");
    matches!((actions.next(), actions.next()), (Some((_, action)), None) if action == "ConfirmSubscription")
}

#[cfg(test)]
mod tests;
