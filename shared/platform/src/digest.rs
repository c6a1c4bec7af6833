//! Digests of texts.

use sha2::{Digest, Sha256};

/// A digest of several texts, each with its length, so that no two lists of texts share one.
pub fn digest(parts: &[&str]) -> String {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    digest_bytes(&parts)
}

/// The same of bytes.
pub fn digest_bytes(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}
