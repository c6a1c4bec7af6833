//! Signatures of Standard Webhooks, version `v1`: HMAC-SHA256 over id, time and body.
//!
//! Secrets are kept nowhere. Each is derived from one key of the installation by whose it is and its number, so that the table
//! holds nothing by which anybody could sign, and rotating is counting up.

use std::{fmt, sync::Arc};

use data_encoding::BASE64;
use domain::{Error, tenant::TenantId, webhook_endpoint::Signer};
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use tokio::sync::OnceCell;

use crate::{
    config::Config,
    needs::{Need, SecretsOf},
    providers::Secrets,
};

/// What deriving secrets needs of AWS.
pub const NEEDS: &[Need] = &[Need::Secrets(SecretsOf::Webhooks)];

/// The header with the message's id, the same in each attempt.
pub const ID: &str = "webhook-id";
/// The header with the time of the attempt, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures, one for each valid secret, parted by blanks.
pub const SIGNATURE: &str = "webhook-signature";

/// How far a receiver's clock may be from ours: what the libraries of the specification allow.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// What secrets begin with where people see them.
const PREFIX: &str = "whsec_";
/// Distinguished from whatever else the key may be used for one day.
const PURPOSE: &[u8] = b"webhook-secret\0";

/// What signs: 24 to 64 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// A secret as people see it: `whsec_` and base64, or base64 alone.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64.decode(text.strip_prefix(PREFIX).unwrap_or(text).as_bytes()).ok()?;
        (24..=64).contains(&bytes.len()).then_some(Self(bytes))
    }

    /// As people see it.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", BASE64.encode(&self.0))
    }

    /// The signature of an attempt.
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let tag = hmac::sign(&key, &signed(id, &at.as_second().to_string(), body));
        format!("v1,{}", BASE64.encode(tag.as_ref()))
    }

    /// What a receiver does: whether one of the signatures is this secret's, and the attempt of these minutes.
    pub fn verify(&self, id: &str, timestamp: &str, signatures: &str, body: &[u8], now: Timestamp) -> bool {
        let at = timestamp.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        let is_of_now = at.is_some_and(|at| now.duration_since(at).abs() <= TOLERANCE);
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let signed = signed(id, timestamp, body);
        let is_ours = |signature: &str| {
            let tag = signature.strip_prefix("v1,").and_then(|tag| BASE64.decode(tag.as_bytes()).ok());
            tag.is_some_and(|tag| hmac::verify(&key, &signed, &tag).is_ok())
        };
        is_of_now && signatures.split(' ').any(is_ours)
    }
}

/// A secret is not shown by accident.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

fn signed(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat()
}

/// Derives secrets.
pub struct SigningKeys {
    /// The name of the key.
    secret: String,
    secrets: Arc<dyn Secrets>,
    /// Read once: with another key every receiver's secret would be wrong, so it never changes.
    key: OnceCell<hmac::Key>,
}

impl SigningKeys {
    /// With the key of an installation.
    pub fn new(config: &Config, secrets: Arc<dyn Secrets>) -> Self {
        Self::below(&config.secret_prefix, secrets)
    }

    /// The same, of an installation whose secrets' names begin with a prefix.
    pub(super) fn below(prefix: &str, secrets: Arc<dyn Secrets>) -> Self {
        let secret = format!("{prefix}{}key", SecretsOf::Webhooks.folder());
        Self { secret, secrets, key: OnceCell::new() }
    }

    /// The secret of this number: 32 bytes.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the key cannot be read.
    pub async fn secret(&self, tenant: &TenantId, signer: &Signer, generation: u32) -> Result<Secret, Error> {
        let key = self.key.get_or_try_init(|| async {
            let secret = self.secrets.secret(&self.secret).await?;
            Ok::<_, Error>(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
        });
        let endpoint = match signer {
            // No endpoint's id is empty.
            Signer::Lender => "",
            Signer::Endpoint(id) => id.as_str(),
        };
        // Neither tenants' names nor ids have a zero byte.
        let of = [
            PURPOSE,
            tenant.as_str().as_bytes(),
            b"\0",
            endpoint.as_bytes(),
            b"\0",
            &generation.to_be_bytes(),
        ];
        Ok(Secret(hmac::sign(key.await?, &of.concat()).as_ref().to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use async_trait::async_trait;
    use domain::id::Id;

    use super::*;

    /// From the specification's own libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const MESSAGE: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNED: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn at() -> Timestamp {
        Timestamp::from_second(1_614_265_330).unwrap()
    }

    fn secret() -> Secret {
        Secret::parse(SECRET).unwrap()
    }

    #[test]
    fn signatures_are_those_of_the_specifications_libraries() {
        assert_eq!(secret().sign(MESSAGE, at(), BODY), SIGNED);
        assert_eq!(secret().reveal(), SECRET);
        assert_eq!(Secret::parse(&SECRET["whsec_".len()..]), Some(secret()));
    }

    #[test]
    fn a_receiver_takes_one_right_signature_among_others_within_five_minutes() {
        let wrong = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
        let other = "v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
        let several = format!("{wrong} {other} {SIGNED} {wrong}");
        let changed = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=";
        let minutes = |count| at() + SignedDuration::from_mins(count);
        for (what, id, timestamp, signatures, now, valid) in [
            ("right", MESSAGE, "1614265330", SIGNED, at(), true),
            ("several", MESSAGE, "1614265330", several.as_str(), at(), true),
            ("five minutes later", MESSAGE, "1614265330", SIGNED, minutes(5), true),
            ("six minutes later", MESSAGE, "1614265330", SIGNED, minutes(6), false),
            ("six minutes before", MESSAGE, "1614265330", SIGNED, minutes(-6), false),
            ("another time", MESSAGE, "1614265331", SIGNED, at(), false),
            ("no time", MESSAGE, "hello", SIGNED, at(), false),
            ("another message", "msg_other", "1614265330", SIGNED, at(), false),
            ("another signature", MESSAGE, "1614265330", changed, at(), false),
            ("another version", MESSAGE, "1614265330", other, at(), false),
            ("no signature", MESSAGE, "1614265330", "", at(), false),
        ] {
            assert_eq!(secret().verify(id, timestamp, signatures, BODY, now), valid, "{what}");
        }
        assert!(!secret().verify(MESSAGE, "1614265330", SIGNED, b"{}", at()));
    }

    #[test]
    fn a_secret_has_24_to_64_bytes_and_hides_itself() {
        for (bytes, fits) in [(0, false), (23, false), (24, true), (64, true), (65, false)] {
            assert_eq!(Secret::parse(&BASE64.encode(&vec![7; bytes])).is_some(), fits, "{bytes}");
        }
        assert!(Secret::parse("whsec_?").is_none());
        assert_eq!(format!("{:?}", secret()), "Secret(…)");
    }

    struct Key;

    #[async_trait]
    impl Secrets for Key {
        async fn secret(&self, name: &str) -> Result<String, Error> {
            assert_eq!(name, "postrider/webhooks/key");
            Ok("a key of an installation".into())
        }
    }

    #[tokio::test]
    async fn every_tenant_endpoint_and_number_has_a_secret_of_its_own_and_always_the_same() {
        let keys = SigningKeys::below("postrider/", Arc::new(Key));
        let signers =
            [Signer::Lender, Signer::Endpoint(Id::new(1, [1; 10])), Signer::Endpoint(Id::new(1, [2; 10]))];
        let mut seen = BTreeSet::new();
        for tenant in ["demo", "other"] {
            for signer in &signers {
                for generation in 1..=3 {
                    let tenant = tenant.parse().unwrap();
                    let secret = keys.secret(&tenant, signer, generation).await.unwrap();
                    assert_eq!(keys.secret(&tenant, signer, generation).await.unwrap(), secret);
                    assert_eq!(Secret::parse(&secret.reveal()), Some(secret.clone()));
                    assert!(seen.insert(secret.reveal()));
                }
            }
        }
        assert_eq!(seen.len(), 18);
    }
}
