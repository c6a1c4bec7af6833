//! Addresses that e-mail can be sent to: the one place that says so, for what is saved and for what is sent.
//!
//! Stricter than RFC 5322, since Amazon SES is: before the `@` plain ASCII, without quotes
//! (<https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html>). A domain may be written in any script
//! and is sent to in Punycode.

use unicode_normalization::UnicodeNormalization;
use url::Host;

use crate::heading::is_hidden;

/// The longest part before the `@` (RFC 5321, section 4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// The longest address (RFC 5321, section 4.5.3.1.3, less the brackets).
const MAX_ADDRESS: usize = 254;
/// The longest label of a domain (RFC 1035, section 2.3.4).
const MAX_LABEL: usize = 63;

/// The address as mail is sent to it, in ASCII and its domain in small letters. `None` for what mail cannot be sent to.
pub fn sendable(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    // Read as URLs have it, `%61` would be an `a`.
    if !is_local(local) || domain.contains('%') || !is_as_seen(domain) {
        return None;
    }
    let Host::Domain(domain) = Host::parse(domain).ok()? else { return None };
    let address = format!("{local}@{domain}");
    (is_public(&domain) && address.len() <= MAX_ADDRESS).then_some(address)
}

/// Whether a domain is written as it is meant, but for capitals: without what is not seen, and without the characters that
/// only look like others, which Punycode would make the same mailbox of.
fn is_as_seen(domain: &str) -> bool {
    let is_own = |c: char| !is_hidden(c) && !matches!(c, '\u{3002}' | '\u{ff0e}' | '\u{ff61}');
    domain.chars().all(is_own) && domain.nfkc().eq(domain.chars())
}

/// Whether it is a `dot-atom` (RFC 5322, section 3.2.3).
fn is_local(local: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    local.len() <= MAX_LOCAL && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_plain))
}

/// Whether a domain may stand in the public DNS: two labels at least (RFC 1123, section 2.1), the last of letters
/// (RFC 3696, section 2).
fn is_public(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let Some((rest, last)) = domain.rsplit_once('.') else { return false };
    let is_top = last.starts_with("xn--") || last.len() > 1 && last.bytes().all(|b| b.is_ascii_alphabetic());
    is_top && is_label(last) && rest.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_mail_can_be_sent_to_is_written_in_ascii() {
        for (text, expected) in [
            ("pat@example.com", "pat@example.com"),
            ("Pat.O'Case+loans@Mail.Example.CO.UK", "Pat.O'Case+loans@mail.example.co.uk"),
            ("a!#$%&'*+-/=?^_`{|}~b@x.example", "a!#$%&'*+-/=?^_`{|}~b@x.example"),
            ("pat@1.2.example", "pat@1.2.example"),
            ("pat@123.com", "pat@123.com"),
            ("pat@a--b.example", "pat@a--b.example"),
            ("kunde@bücher.example", "kunde@xn--bcher-kva.example"),
            ("kunde@xn--bcher-kva.example", "kunde@xn--bcher-kva.example"),
            ("pat@пример.рф", "pat@xn--e1afmkfd.xn--p1ai"),
        ] {
            assert_eq!(sendable(text).as_deref(), Some(expected), "{text}");
        }
        let label = "a".repeat(63);
        assert!(sendable(&format!("{}@{label}.example", "a".repeat(64))).is_some());
    }

    #[test]
    fn what_mail_cannot_be_sent_to_is_none() {
        let long_local = format!("{}@x.example", "a".repeat(65));
        let long_label = format!("pat@{}.example", "a".repeat(64));
        let long_address = format!("pat@{}example", "abcdefghi.".repeat(25));
        for text in [
            // A last label of digits, and addresses of machines.
            "pat@example.123",
            "pat@1.2.3",
            "pat@127.0.0.1",
            "pat@0x7f.1",
            "pat@2130706433",
            "pat@１２７.0.0.1",
            "pat@[127.0.0.1]",
            "pat@[IPv6:::1]",
            "pat@example.c0m1",
            "pat@example.c",
            // What is not seen, and what only looks so.
            "pat@example.co\u{200b}m",
            "pat@\u{ff45}xample.com",
            "pat@example\u{3002}com",
            // What URLs decode.
            "pat@example.com%20",
            "pat@ex%61mple.com",
            "pat@example%2ecom",
            "pat@example.com％20",
            // Dots and hyphens at the edge of a label, or of the part before the @.
            "pat@example",
            "pat@.example.com",
            "pat@example..com",
            "pat@example.com.",
            "pat@-example.com",
            "pat@example-.com",
            "pat@example.-com",
            "pat@example.com-",
            ".pat@example.com",
            "pat.@example.com",
            "p..at@example.com",
            &long_local,
            &long_label,
            &long_address,
            // What no domain has.
            "pat@exa_mple.com",
            "pat@exa mple.com",
            "pat@example.com/x",
            "pat@example.com:25",
            "pat@example.com?x",
            "pat@example.com#x",
            "pat@xn--\u{e9}.com",
            "pat@xn--a.com",
            // What SES does not send to.
            "\"pat case\"@example.com",
            "\"pat\"@example.com",
            "jürgen@example.com",
            "pat(home)@example.com",
            "pat,case@example.com",
            // None, or several, or more.
            "",
            "pat",
            "@example.com",
            "pat@",
            "pat@case@example.com",
            "a@example.com, b@example.com",
            "Pat <pat@example.com>",
            "<pat@example.com>",
            " pat@example.com",
            "pat@example.com ",
            "pat@example.com\r\nBcc: x@example.com",
            "pat\u{0}@example.com",
        ] {
            assert_eq!(sendable(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_can_be_sent_to_is_one_address_of_the_public_internet_and_stays_as_it_is(
            text in "[a-zA-Z0-9.%+_é-]{0,20}@[a-zA-Z0-9.%_é１。@-]{0,40}"
        ) {
            let Some(address) = sendable(&text) else { return Ok(()) };
            prop_assert_eq!(sendable(&address), Some(address.clone()));
            let (local, domain) = address.rsplit_once('@').unwrap();
            prop_assert!(address.is_ascii() && address.len() <= 254 && !local.contains('@'));
            let is_dotted_well = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
            prop_assert!(is_dotted_well);
            let labels: Vec<_> = domain.split('.').collect();
            prop_assert!(labels.len() > 1 && labels.iter().all(|label| (1..=63).contains(&label.len())));
            prop_assert!(domain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-'));
            prop_assert!(!labels.iter().any(|label| label.starts_with('-') || label.ends_with('-')));
            let last = labels.last().unwrap();
            prop_assert!(last.starts_with("xn--") || last.bytes().all(|b| b.is_ascii_alphabetic()));
        }

        #[test]
        fn common_addresses_are_kept(address in "[a-z0-9]{1,9}([.+_-][a-z0-9]{1,9}){0,2}@[a-z]{1,10}\\.[a-z]{2,5}") {
            prop_assert_eq!(sendable(&address), Some(address));
        }
    }
}
