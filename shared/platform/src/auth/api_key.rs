//! API keys: how they look, and how they are recognised without being stored.

use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use domain::caller::Caller;
use sha2::{Digest, Sha256};

use super::{Credentials, Grant, Proof, Refusal, Voucher};

/// In front of every key we make. Ours alone, so that scanners which look for leaked secrets can tell whose it is
/// (`pk_` would read as a harmless publishable key of a payment provider).
pub const PREFIX: &str = "postrider_";

/// A new key, shown to its owner once. `random` must come from a cryptographic generator.
pub fn new_key(random: [u8; 32]) -> String {
    format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&random))
}

/// SHA-256 of a key in lower-case hex: what is stored, and the storage key it is found by.
///
/// A slow or salted hash protects passwords because people choose guessable ones; nobody guesses 256 random bits.
/// Finding the key by its hash also leaves nothing to compare in constant time: how long a look-up takes could tell
/// at most something about the hash, and whoever knows the hash still has no key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyHash(String);

impl KeyHash {
    /// What was written by [`Self::as_str`].
    pub(super) fn read(text: &str) -> Option<Self> {
        HEXLOWER.decode(text.as_bytes()).is_ok_and(|bytes| bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The hash of a key in whatever form it was given: keys chosen by hand, as in demonstrations, are keys too.
pub fn hash_key(key: &str) -> KeyHash {
    KeyHash(HEXLOWER.encode(&Sha256::digest(key.as_bytes())))
}

pub(super) async fn verify(key: &str, credentials: &dyn Credentials) -> Result<Proof, Refusal> {
    if key.is_empty() {
        return Err(Refusal::Malformed("empty API key"));
    }
    let key = hash_key(key);
    let grant = credentials.grant(&key).await?.ok_or(Refusal::UnknownKey)?;
    if grant.revoked {
        return Err(Refusal::RevokedKey(grant.id));
    }
    let Grant { id, tenant, role, agent, revoked: _ } = grant;
    let caller = Caller { tenant, role, agent, subject: id.to_string() };
    Ok(Proof { caller, voucher: Voucher::Key(key), ends_at: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_is_recognisable_and_carries_all_its_randomness() {
        let key = new_key([0xff; 32]);
        assert_eq!(key, "postrider___________________________________________8");
        assert_ne!(new_key([1; 32]), new_key([2; 32]));
    }

    /// FIPS 180-4, the one-block example.
    #[test]
    fn a_key_is_stored_as_its_sha_256() {
        let hash = hash_key("abc");
        assert_eq!(hash.as_str(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(hash.to_string(), hash.as_str());
    }
}
