//! Confirmation codes: sent to an address, and said back by whoever reads there, they prove that the address is the person's
//! (001, "Send confirmation code").

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{formats::Verdict, limit::Limit};

/// A code that waits to be said back. What it is cannot be read from here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmationCode {
    /// Makes equal codes look different.
    salt: String,
    /// Hex SHA-256 of salt and code.
    digest: String,
    /// When it expires.
    pub ends_at: Timestamp,
    /// How many wrong codes were tried.
    pub wrong_tries: u32,
    /// Moves with every change.
    pub revision: u64,
}

/// What checking a code results in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// It is the right one.
    Right,
    /// It is another; that may have ended the one that waits.
    Wrong,
    /// None waits any more.
    Ended,
}

impl ConfirmationCode {
    /// Requests a borrower may make (001: "10 requests per borrower per hour").
    pub const LIMIT: Limit = Limit::an_hour(10);
    /// How long a code counts.
    pub const LASTS: SignedDuration = SignedDuration::from_mins(10);
    /// Wrong tries that end it.
    const MOST_TRIES: u32 = 5;
    /// Shown in place of a code that must not be read.
    pub const MASK: &str = "••••••";

    /// A code that counts from now on; `salt` is random.
    pub fn new(code: &str, salt: &str, now: Timestamp) -> Self {
        Self {
            salt: salt.to_owned(),
            digest: digest(salt, code),
            ends_at: now + Self::LASTS,
            wrong_tries: 0,
            // Another one for each code, so that a guess at the last does not touch this.
            revision: now.as_millisecond().max(1).unsigned_abs(),
        }
    }

    /// What it is known by in storage.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Six digits of a random number.
    pub fn digits(random: u32) -> String {
        format!("{:06}", random % 1_000_000)
    }

    /// Whether a text can be a code.
    pub fn check(text: &str) -> Verdict {
        let holds = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
        if holds { Ok(()) } else { Err("must be the six digits that were sent".into()) }
    }

    /// Checks a code. A wrong one counts as a try.
    pub fn verify(&mut self, code: &str, now: Timestamp) -> Verification {
        if now >= self.ends_at || self.wrong_tries >= Self::MOST_TRIES {
            return Verification::Ended;
        }
        if same(&self.digest, &digest(&self.salt, code)) {
            return Verification::Right;
        }
        self.wrong_tries += 1;
        Verification::Wrong
    }
}

fn digest(salt: &str, code: &str) -> String {
    let bytes = Sha256::digest(format!("{salt}:{code}"));
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares all of both, so that the time it takes tells nothing.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one.bytes().zip(other.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_767_625_200 + seconds).expect("a time")
    }

    #[test]
    fn a_code_counts_ten_minutes_and_five_wrong_tries_end_it() {
        let fresh = || ConfirmationCode::new("042137", "salt", after(0));
        assert_eq!(fresh().verify("042137", after(599)), Verification::Right);
        assert_eq!(fresh().verify("042137", after(600)), Verification::Ended);
        let mut code = fresh();
        for _ in 0..5 {
            assert_eq!(code.verify("000000", after(1)), Verification::Wrong);
        }
        assert_eq!(code.verify("042137", after(2)), Verification::Ended, "even the right one");
        let mut code = fresh();
        assert_eq!(code.verify("000000", after(1)), Verification::Wrong);
        assert_eq!(code.verify("042137", after(2)), Verification::Right);
    }

    #[test]
    fn a_code_cannot_be_read_from_what_is_kept() {
        let kept = serde_json::to_string(&ConfirmationCode::new("042137", "salt", after(0))).expect("JSON");
        assert!(!kept.contains("042137"), "{kept}");
        let other = ConfirmationCode::new("042137", "other", after(0));
        assert!(!kept.contains(&other.digest), "equal codes look different");
    }

    #[test]
    fn digits_are_six_and_nothing_else_is_a_code() {
        for (random, digits) in [(0, "000000"), (7, "000007"), (1_234_567, "234567")] {
            assert_eq!(ConfirmationCode::digits(random), digits);
            assert_eq!(ConfirmationCode::check(digits), Ok(()));
        }
        for text in ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "12 456"] {
            assert!(ConfirmationCode::check(text).is_err(), "{text}");
        }
    }
}
