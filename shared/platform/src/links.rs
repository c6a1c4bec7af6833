//! Links that lead whoever got a message to a page about it, without a credential: `{base}/u/{tenant}/{token}`.
//!
//! A token is the message's id and a signature over it and its tenant. It never ends, which the law would allow after 30
//! days (15 U.S.C. 7704(a)(3)(A)(ii)). Its 80 bits are enough for that: guessed at 200 a second, the rate of a route, for a
//! hundred years, they hold with a chance of one in 2^40, and whoever guesses right unsubscribes somebody from one channel.

pub mod returns;

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use domain::{
    Error,
    id::{self, Id, Short},
    interaction::Interaction,
    tenant::TenantId,
    vocabulary::{Channel, SendingChannel},
};
use ring::hmac;
use tokio::sync::OnceCell;

use crate::{
    config::Config,
    needs::{Need, SecretsOf},
    providers::Secrets,
};

/// What signing and reading links needs of AWS.
pub const NEEDS: &[Need] = &[Need::Secrets(SecretsOf::Links)];

/// Bytes of a signature. In a link, with the id's 17 they are 36 characters.
const SIGNATURE: usize = 10;
/// Distinguished from whatever else the key may sign one day.
const PURPOSE: &[u8] = b"unsubscribe\0";

/// Makes and reads links.
pub struct Links {
    /// Where borrowers reach the API; without it there are no links.
    base: Option<String>,
    /// The name of the key.
    secret: String,
    secrets: Arc<dyn Secrets>,
    /// Read once: links never end, so the key never changes.
    key: OnceCell<hmac::Key>,
}

impl Links {
    /// With the key of an installation.
    pub fn new(config: &Config, secrets: Arc<dyn Secrets>) -> Self {
        Self {
            base: config.public_url.clone(),
            secret: format!("{}{}key", config.secret_prefix, SecretsOf::Links.folder()),
            secrets,
            key: OnceCell::new(),
        }
    }

    /// The link by which its recipient unsubscribes. There is none if nobody unsubscribes, as from transactional messages,
    /// and none if the message has several recipients: a click does not tell who of them it was.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the key cannot be read.
    pub async fn unsubscribe(&self, message: &Interaction) -> Result<Option<String>, Error> {
        let (Some(base), Some(short)) = (&self.base, message.id.short()) else { return Ok(None) };
        if message.transactional || !is_offered(message.channel) || message.copies.all().next().is_some() {
            return Ok(None);
        }
        let token = token(self.key().await?, &message.tenant, short);
        Ok(Some(format!("{base}/u/{}/{token}", message.tenant)))
    }

    /// What such a link looks like, for looking at a message that is not sent. It leads nowhere.
    pub fn sample(&self, tenant: &TenantId, channel: Channel) -> Option<String> {
        let base = self.base.as_ref().filter(|_| is_offered(channel))?;
        Some(format!("{base}/u/{tenant}/sample"))
    }

    /// The message that a link is about.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a link that we did not make; [`Error::Unavailable`] when the key cannot be read.
    pub async fn read(&self, tenant: &TenantId, token: &str) -> Result<Id<id::Interaction>, Error> {
        let key = self.key().await?;
        read(key, tenant, token).ok_or_else(|| Error::not_found("link", "like this"))
    }

    async fn key(&self) -> Result<&hmac::Key, Error> {
        let key = self.key.get_or_try_init(|| async {
            let secret = self.secrets.secret(&self.secret).await?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
        });
        key.await
    }
}

/// Whether messages of a channel go to an address that can be unsubscribed.
fn is_offered(channel: Channel) -> bool {
    match channel.sending() {
        Some(SendingChannel::Email | SendingChannel::Text) => true,
        Some(SendingChannel::Mail | SendingChannel::Gui | SendingChannel::Push | SendingChannel::Webhook)
        | None => false,
    }
}

fn token(key: &hmac::Key, tenant: &TenantId, short: Short) -> String {
    let signature = sign(key, PURPOSE, tenant, &short);
    BASE64URL_NOPAD.encode(&[&short[..], &signature].concat())
}

fn read(key: &hmac::Key, tenant: &TenantId, token: &str) -> Option<Id<id::Interaction>> {
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
    let (short, given) = bytes.split_first_chunk()?;
    Id::from_short(*short).filter(|_| is_signed(key, PURPOSE, tenant, short, given))
}

/// Our signature over what we gave away of a tenant's for a purpose.
fn sign(key: &hmac::Key, purpose: &[u8], tenant: &TenantId, given: &[u8]) -> Vec<u8> {
    // No tenant's name has a zero byte.
    let signed = [purpose, tenant.as_str().as_bytes(), b"\0", given].concat();
    hmac::sign(key, &signed).as_ref()[..SIGNATURE].to_vec()
}

/// Whether a signature is ours.
fn is_signed(key: &hmac::Key, purpose: &[u8], tenant: &TenantId, given: &[u8], signature: &[u8]) -> bool {
    // Signatures of the two are compared in their place: how long that takes tells nothing of the right one.
    let right = hmac::sign(key, &sign(key, purpose, tenant, given));
    signature.len() == SIGNATURE && hmac::verify(key, signature, right.as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use domain::interaction::{Copies, Recipient};
    use proptest::prelude::*;

    use super::*;
    use crate::providers::fixtures::Message;

    fn key() -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, b"a key of an installation")
    }

    fn demo() -> TenantId {
        "demo".parse().unwrap()
    }

    fn any_id(ms: u64, random: [u8; 10]) -> [Id<id::Interaction>; 3] {
        let name = ms.to_string();
        [Id::new(ms, random), Id::external("demo", &name), Id::keyed("demo", &name, "1")]
    }

    struct Key;

    #[async_trait]
    impl Secrets for Key {
        async fn secret(&self, name: &str) -> Result<String, Error> {
            assert_eq!(name, "postrider/links/key");
            Ok("a key of an installation".into())
        }
    }

    fn links(base: Option<&str>) -> Links {
        Links {
            base: base.map(str::to_owned),
            secret: "postrider/links/key".into(),
            secrets: Arc::new(Key),
            key: OnceCell::new(),
        }
    }

    #[tokio::test]
    async fn a_link_leads_back_to_its_message_and_fits_into_a_text() {
        let message = Message::text("Hello").interaction;
        let link = links(Some("https://go.acme.example")).unsubscribe(&message).await.unwrap().unwrap();
        let token = link.strip_prefix("https://go.acme.example/u/demo/").unwrap();
        assert_eq!(token.len(), 36);
        assert_eq!(links(None).read(&message.tenant, token).await.unwrap(), message.id);
    }

    #[tokio::test]
    async fn there_is_a_link_where_one_recipient_can_unsubscribe_and_nowhere_else() {
        let conversational = || Message::email("s", "t", "h").interaction;
        let copied = Recipient { email: "ann@borrower.example".into(), name: None };
        let base = Some("https://go.acme.example");
        for (what, base, message, linked) in [
            ("e-mail", base, conversational(), true),
            ("no public URL", None, conversational(), false),
            ("transactional", base, Interaction { transactional: true, ..conversational() }, false),
            ("a letter", base, Interaction { channel: Channel::Mail, ..conversational() }, false),
            (
                "copies",
                base,
                Interaction { copies: Copies { cc: vec![copied], ..Copies::default() }, ..conversational() },
                false,
            ),
        ] {
            assert_eq!(links(base).unsubscribe(&message).await.unwrap().is_some(), linked, "{what}");
        }
    }

    #[test]
    fn a_link_of_another_key_or_of_the_same_message_of_another_tenant_is_none() {
        let [id, ..] = any_id(7, [9; 10]);
        let made = token(&key(), &demo(), id.short().unwrap());
        assert_eq!(read(&key(), &demo(), &made), Some(id));
        assert_eq!(read(&key(), &"other".parse().unwrap(), &made), None);
        assert_eq!(read(&hmac::Key::new(hmac::HMAC_SHA256, b"another"), &demo(), &made), None);
    }

    #[test]
    fn a_link_that_was_changed_in_any_bit_or_cut_or_prolonged_is_none() {
        for id in any_id(1_763_722_800_000, [0xA5; 10]) {
            let made = token(&key(), &demo(), id.short().unwrap());
            let bytes = BASE64URL_NOPAD.decode(made.as_bytes()).unwrap();
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(read(&key(), &demo(), &BASE64URL_NOPAD.encode(&changed)), None, "bit {bit}");
            }
            for end in 0..made.len() {
                assert_eq!(read(&key(), &demo(), &made[..end]), None);
            }
            assert_eq!(read(&key(), &demo(), &format!("{made}AAAA")), None);
        }
    }

    proptest! {
        #[test]
        fn every_message_has_one_link_of_safe_characters(ms in 0u64..1 << 48, random: [u8; 10]) {
            for id in any_id(ms, random) {
                let made = token(&key(), &demo(), id.short().unwrap());
                prop_assert!(made.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
                prop_assert_eq!(read(&key(), &demo(), &made), Some(id));
            }
        }

        #[test]
        fn what_was_made_up_is_none(token in ".{0,60}") {
            prop_assert_eq!(read(&key(), &demo(), &token), None);
        }
    }
}
