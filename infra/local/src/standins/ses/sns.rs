//! SNS as an HTTP subscriber meets it: envelopes, signatures, subscription confirmation.
//!
//! Formats: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html>; signatures:
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html>.

use data_encoding::BASE64;
use jiff::Timestamp;
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256};
use rsa::pkcs8::EncodePrivateKey;
use rsa::rand_core::OsRng;
use rsa::sha2::{Digest as _, Sha256};
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha1::{Digest as _, Sha1};

use super::Ses;
use crate::problem::Problem;
use crate::standins::webhook::{self, WebhookAnswer};

/// Where a message says the certificate is.
pub const CERTIFICATE_URL: &str = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-10ca1.pem";

/// The subject of what SES publishes.
pub const SUBJECT: &str = "Amazon SES Email Event Notification";

/// SNS keys have as many.
const KEY_BITS: usize = 2048;

/// What stands before a SHA-1 digest in a signature (RFC 8017, section 9.2, note 1).
const SHA1_PREFIX: [u8; 15] =
    [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];

/// What a notification's signature covers, in order.
const SIGNED_IN_NOTIFICATION: &[&str] = &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];

/// What a subscription confirmation's signature covers, in order.
const SIGNED_IN_CONFIRMATION: &[&str] =
    &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

/// How a message is signed. SNS lets a topic choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum SignatureVersion {
    /// RSA with SHA-1.
    #[serde(rename = "1")]
    Sha1,
    /// RSA with SHA-256.
    #[default]
    #[serde(rename = "2")]
    Sha256,
}

impl SignatureVersion {
    fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "1",
            Self::Sha256 => "2",
        }
    }
}

/// The key SNS signs with, and its certificate.
pub struct Signer {
    key: RsaPrivateKey,
    certificate: String,
}

impl Signer {
    /// A new key with a certificate it signed itself.
    pub fn generate() -> Self {
        let key = RsaPrivateKey::new(&mut OsRng, KEY_BITS).expect("the system has random numbers");
        let der = key.to_pkcs8_der().expect("a new key can be written");
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&der.as_bytes().into(), &PKCS_RSA_SHA256)
            .expect("a new key can be read again");
        let mut params = CertificateParams::new(["sns.amazonaws.com".to_owned()]).expect("a valid DNS name");
        params.distinguished_name.push(DnType::CommonName, "sns.amazonaws.com");
        let certificate = params.self_signed(&pair).expect("an RSA key signs its certificate").pem();
        Self { key, certificate }
    }

    /// The certificate, in PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate
    }

    /// Signs an envelope: adds `SignatureVersion`, `Signature` and `SigningCertURL`.
    fn sign(&self, envelope: &mut Map<String, Value>, covered: &[&str], version: SignatureVersion) {
        let mut text = String::new();
        for key in covered {
            if let Some(value) = envelope.get(*key).and_then(Value::as_str) {
                text.extend([key, "\n", value, "\n"]);
            }
        }
        let (scheme, digest) = match version {
            SignatureVersion::Sha1 => {
                let digest = Sha1::digest(&text).to_vec();
                (Pkcs1v15Sign { hash_len: Some(digest.len()), prefix: SHA1_PREFIX.into() }, digest)
            }
            SignatureVersion::Sha256 => (Pkcs1v15Sign::new::<Sha256>(), Sha256::digest(&text).to_vec()),
        };
        let signature = self.key.sign(scheme, &digest).expect("the digest fits the key");
        envelope.insert("SignatureVersion".to_owned(), version.as_str().into());
        envelope.insert("Signature".to_owned(), BASE64.encode(&signature).into());
        envelope.insert("SigningCertURL".to_owned(), CERTIFICATE_URL.into());
    }
}

/// Our webhook's subscription to a topic, asked for or confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscription {
    /// The topic's ARN.
    pub topic: String,
    /// What confirms it.
    pub token: String,
    /// Whether its `SubscribeURL` was visited.
    pub confirmed: bool,
}

impl Ses {
    /// Sends our webhook a notification.
    pub(super) async fn notify(
        &self,
        topic: &str,
        subject: &str,
        message: String,
        version: SignatureVersion,
    ) -> Result<WebhookAnswer, Problem> {
        let envelope = json!({
            "Type": "Notification",
            "MessageId": uuid(),
            "TopicArn": topic,
            "Subject": subject,
            "Message": message,
            "Timestamp": timestamp(self.around.clock.now()),
            "UnsubscribeURL": format!("{}?Action=Unsubscribe&SubscriptionArn={topic}:{}", self.config.subscribe_url, uuid()),
        });
        self.post(topic, envelope, SIGNED_IN_NOTIFICATION, version).await
    }

    /// Asks our webhook to confirm its subscription to a topic.
    pub(super) async fn ask_to_confirm(
        &self,
        topic: &str,
        version: SignatureVersion,
    ) -> Result<WebhookAnswer, Problem> {
        let token = data_encoding::HEXLOWER.encode(&rand::random::<[u8; 32]>());
        self.subscriptions().push(Subscription {
            topic: topic.to_owned(),
            token: token.clone(),
            confirmed: false,
        });
        let url = &self.config.subscribe_url;
        let envelope = json!({
            "Type": "SubscriptionConfirmation",
            "MessageId": uuid(),
            "Token": token,
            "TopicArn": topic,
            "Message": format!(
                "You have chosen to subscribe to the topic {topic}.\nTo confirm the subscription, visit the SubscribeURL \
                 included in this message."
            ),
            "SubscribeURL": format!("{url}?Action=ConfirmSubscription&TopicArn={topic}&Token={token}"),
            "Timestamp": timestamp(self.around.clock.now()),
        });
        self.post(topic, envelope, SIGNED_IN_CONFIRMATION, version).await
    }

    async fn post(
        &self,
        topic: &str,
        envelope: Value,
        covered: &[&str],
        version: SignatureVersion,
    ) -> Result<WebhookAnswer, Problem> {
        let Value::Object(mut envelope) = envelope else {
            return Err(Problem::bad_request("an envelope is an object"));
        };
        self.signer.sign(&mut envelope, covered, version);
        let url = self.config.subscribed(topic);
        let mut request = self
            .around
            .http
            .post(url)
            .header("content-type", "text/plain; charset=UTF-8")
            .header("user-agent", "Amazon Simple Notification Service Agent");
        let headers = [
            ("x-amz-sns-message-type", "Type"),
            ("x-amz-sns-message-id", "MessageId"),
            ("x-amz-sns-topic-arn", "TopicArn"),
        ];
        for (header, field) in headers {
            request = request.header(header, envelope.get(field).and_then(Value::as_str).unwrap_or_default());
        }
        webhook::call(url, request.body(Value::Object(envelope).to_string())).await
    }
}

/// As SNS and SES write times: UTC, to the millisecond.
pub fn timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// A random UUID (RFC 9562, version 4).
pub fn uuid() -> String {
    let random = (rand::random::<u128>() & !(0xf << 76) | 4 << 76) & !(0b11 << 62) | 0b10 << 62;
    let hex = format!("{random:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
