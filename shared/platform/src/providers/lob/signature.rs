//! Proof that a webhook call comes from Lob: `Lob-Signature`.
//!
//! Hex of an HMAC-SHA256, keyed with the webhook's secret, over the timestamp in `Lob-Signature-Timestamp`, a full stop and
//! the raw body. <https://docs.lob.com/#section/Webhooks/Signature-Header>

use data_encoding::HEXLOWER_PERMISSIVE;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;

/// The header that carries the signature.
pub const HEADER: &str = "lob-signature";
/// The header that says when it was signed.
pub const TIMESTAMP: &str = "lob-signature-timestamp";

/// How old a call may be, and how far its clock ahead of ours: who records calls cannot play them back later.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// Timestamps from here on count milliseconds: as seconds, they would be in the year 5138.
const MILLISECONDS: i64 = 100_000_000_000;

/// Whether `signature` is Lob's for this body, made about `now`.
pub fn is_valid(secret: &str, timestamp: &str, body: &[u8], signature: &str, now: Timestamp) -> bool {
    let is_fresh = signed_at(timestamp).is_some_and(|at| now.duration_since(at).abs() <= TOLERANCE);
    let Ok(signature) = HEXLOWER_PERMISSIVE.decode(signature.trim().as_bytes()) else { return false };
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signed = [timestamp.as_bytes(), b".", body].concat();
    is_fresh && hmac::verify(&key, &signed, &signature).is_ok()
}

/// Lob's documentation counts seconds, and its webhooks milliseconds.
fn signed_at(timestamp: &str) -> Option<Timestamp> {
    let number: i64 = timestamp.trim().parse().ok()?;
    match number {
        seconds if seconds < MILLISECONDS => Timestamp::from_second(seconds).ok(),
        milliseconds => Timestamp::from_millisecond(milliseconds).ok(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "whsec_of_acme";
    const BODY: &[u8] = br#"{"id":"evt_1"}"#;

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn sign(timestamp: &str, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let signed = [timestamp.as_bytes(), b".", body].concat();
        data_encoding::HEXLOWER.encode(hmac::sign(&key, &signed).as_ref())
    }

    #[test]
    fn a_call_is_believed_for_five_minutes_in_seconds_and_in_milliseconds() {
        for (offset, valid) in [(0, true), (299, true), (-299, true), (301, false), (-301, false)] {
            let at = now() + SignedDuration::from_secs(offset);
            for timestamp in [at.as_second().to_string(), at.as_millisecond().to_string()] {
                let signature = sign(&timestamp, BODY);
                assert_eq!(is_valid(SECRET, &timestamp, BODY, &signature, now()), valid, "{timestamp}");
                let capitals = signature.to_uppercase();
                assert_eq!(is_valid(SECRET, &timestamp, BODY, &capitals, now()), valid, "{timestamp}");
            }
        }
    }

    #[test]
    fn anything_changed_makes_it_invalid() {
        let timestamp = now().as_second().to_string();
        let later = (now().as_second() + 1).to_string();
        let signature = sign(&timestamp, BODY);
        assert!(is_valid(SECRET, &timestamp, BODY, &signature, now()));
        for (secret, timestamp, body, signature) in [
            ("another", timestamp.as_str(), BODY, signature.as_str()),
            (SECRET, &later, BODY, &signature),
            (SECRET, &timestamp, br#"{"id":"evt_2"}"#, &signature),
            (SECRET, &timestamp, BODY, &signature[2..]),
            (SECRET, &timestamp, BODY, ""),
            (SECRET, "", BODY, &signature),
        ] {
            assert!(!is_valid(secret, timestamp, body, signature, now()), "{timestamp} {signature}");
        }
    }

    proptest! {
        #[test]
        fn no_input_makes_it_panic_or_accept(timestamp in ".{0,20}", signature in ".{0,70}", number in any::<i64>()) {
            prop_assert!(!is_valid(SECRET, &timestamp, BODY, &signature, now()));
            prop_assert!(!is_valid(SECRET, &number.to_string(), BODY, &signature, now()));
        }
    }
}
