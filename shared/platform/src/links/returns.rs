//! Names of messages that nobody makes up: by them a report that comes by mail says which message it is about.
//!
//! A name is the message's id and a signature over it and its tenant. It stands in the Message-ID, and in the address that
//! undeliverable mail comes back to: whoever knows it had the message before them, or the address it was sent from.

use data_encoding::BASE32_NOPAD;
use domain::{
    Error,
    id::{self, Id},
    interaction::Interaction,
    tenant::TenantId,
};
use ring::hmac;

use super::{Links, is_signed, sign};

/// Distinguished from the signatures of links.
const PURPOSE: &[u8] = b"returns\0";

/// The longest name: an id derived from a lender's has 33 characters, and ten bytes in base 32 are 16.
pub const LONGEST: usize = 50;

impl Links {
    /// The name of a message: `IN-….` and 16 letters and digits.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the key cannot be read.
    pub async fn returnable(&self, message: &Interaction) -> Result<String, Error> {
        Ok(name(self.key().await?, &message.tenant, message.id.as_str()))
    }

    /// The message of a tenant that such a name is of; `None` for one that we did not give. Mail servers may have written it
    /// in small letters.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the key cannot be read.
    pub async fn returned(
        &self,
        tenant: &TenantId,
        given: &str,
    ) -> Result<Option<Id<id::Interaction>>, Error> {
        if given.len() > LONGEST || !given.contains('.') {
            return Ok(None);
        }
        Ok(read(self.key().await?, tenant, &given.to_ascii_uppercase()))
    }
}

/// The message that a name is of, whoever gave it: good for a thread, and no proof.
pub fn claimed(name: &str) -> Option<Id<id::Interaction>> {
    let (id, _) = name.split_once('.').unwrap_or((name, ""));
    id.to_ascii_uppercase().parse().ok()
}

fn name(key: &hmac::Key, tenant: &TenantId, id: &str) -> String {
    let signature = BASE32_NOPAD.encode(&sign(key, PURPOSE, tenant, id.as_bytes()));
    format!("{id}.{signature}")
}

fn read(key: &hmac::Key, tenant: &TenantId, given: &str) -> Option<Id<id::Interaction>> {
    let (id, signature) = given.split_once('.')?;
    let signature = BASE32_NOPAD.decode(signature.as_bytes()).ok()?;
    id.parse().ok().filter(|_| is_signed(key, PURPOSE, tenant, id.as_bytes(), &signature))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    #[test]
    fn a_name_is_of_its_message_of_its_tenant_and_of_no_other() {
        for id in any_id(1_763_722_800_000, [0xA5; 10]) {
            let given = name(&key(), &demo(), id.as_str());
            assert!(given.len() <= LONGEST, "{given}");
            assert_eq!(read(&key(), &demo(), &given), Some(id.clone()));
            assert_eq!(claimed(&given), Some(id.clone()));
            assert_eq!(claimed(&given.to_lowercase()), Some(id.clone()));
            assert_eq!(read(&key(), &"other".parse().unwrap(), &given), None);
            assert_eq!(read(&hmac::Key::new(hmac::HMAC_SHA256, b"another"), &demo(), &given), None);
            let (_, signature) = given.split_once('.').unwrap();
            let other = Id::<id::Interaction>::external("demo", "another");
            for forged in [
                id.to_string(),
                format!("{id}."),
                format!("{id}.{}", &signature[..8]),
                format!("{id}.{}", "A".repeat(16)),
                format!("{other}.{signature}"),
            ] {
                assert_eq!(read(&key(), &demo(), &forged), None, "{forged}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_message_has_a_name_that_fits_into_an_address(ms in 0u64..1 << 48, random: [u8; 10]) {
            for id in any_id(ms, random) {
                let given = name(&key(), &demo(), id.as_str());
                prop_assert!(given.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.'));
                prop_assert_eq!(read(&key(), &demo(), &given), Some(id));
            }
        }

        #[test]
        fn what_was_made_up_is_none(given in ".{0,60}") {
            prop_assert_eq!(read(&key(), &demo(), &given), None);
        }
    }
}
