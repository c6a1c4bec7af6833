//! Proof that a webhook call comes from SendGrid: an ECDSA signature over the time of the call and its body.
//! <https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/securing-your-parse-webhooks>

use data_encoding::BASE64;
use jiff::{SignedDuration, Timestamp};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

/// The header that carries the signature.
pub const HEADER: &str = "x-twilio-email-event-webhook-signature";

/// The header that carries the time of the call, in seconds since 1970.
pub const TIMESTAMP: &str = "x-twilio-email-event-webhook-timestamp";

/// The oldest call that is accepted, and how far SendGrid's clock may be ahead of ours. When it tries again, it signs anew.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// What stands before the point in the DER of a P-256 key (RFC 5480, section 2): its algorithm, and that 65 bytes follow.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The first byte of a point that is not compressed, and the bytes of such a point (SEC 1, section 2.3.3).
const POINT: (u8, usize) = (0x04, 65);

/// The key with which a security policy's signatures are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(Vec<u8>);

impl PublicKey {
    /// Reads a key as SendGrid shows it: base64 of its DER. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let der = BASE64.decode(text.as_bytes()).ok()?;
        let point = der.strip_prefix(&P256)?;
        (point.len() == POINT.1 && point[0] == POINT.0).then(|| Self(point.to_vec()))
    }

    /// Whether this key's owner signed a body at a time, as the two headers say.
    pub fn has_signed(&self, timestamp: &str, body: &[u8], signature: &str) -> bool {
        let Ok(signature) = BASE64.decode(signature.trim().as_bytes()) else { return false };
        let signed = [timestamp.as_bytes(), body].concat();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.0).verify(&signed, &signature).is_ok()
    }
}

/// Whether a call of this time is made now.
pub fn is_recent(timestamp: &str, now: Timestamp) -> bool {
    let at = timestamp.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    at.is_some_and(|at| at.duration_since(now).abs() <= TOLERANCE)
}
