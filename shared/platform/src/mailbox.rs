//! E-mail addresses that mail can be sent to: ASCII only, the domain in Punycode, with or without a name.

use lettre::message::Mailbox;
use mail_builder::headers::{HeaderType, address};
use url::Host;

/// The longest part before the `@` (RFC 5321, section 4.5.3.1.1).
const MAX_LOCAL: usize = 64;

/// One address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// As people read it.
    pub name: Option<String>,
    /// `local@domain`
    pub address: String,
}

impl Address {
    /// Reads `ada@acme.example`, `Ada <ada@acme.example>` or `"Acme, Inc." <ada@acme.example>`. `None` for anything but
    /// exactly one address SES can send with.
    pub fn parse(text: &str) -> Option<Self> {
        let mailbox: Mailbox = text.parse().ok()?;
        let name = mailbox.name.filter(|name| !name.trim().is_empty());
        // A quoted pair may hold what no header may.
        if name.as_deref().is_some_and(|name| name.contains(char::is_control)) {
            return None;
        }
        Some(Self { name, address: ascii(mailbox.email.as_ref())? })
    }

    /// An address with a name beside it. `None` where either is not what a header may have.
    pub fn named(address: &str, name: Option<&str>) -> Option<Self> {
        let read = Self::parse(address)?;
        match name.map(str::trim).filter(|name| !name.is_empty()) {
            None => Some(read),
            Some(name) if name.contains(char::is_control) => None,
            Some(name) => Some(Self { name: Some(name.to_owned()), ..read }),
        }
    }

    /// Several as a header's value.
    pub fn list(all: &[Self]) -> HeaderType<'static> {
        match all {
            [only] => only.header(),
            all => {
                let each = |one: &Self| address::Address::new_address(one.name.clone(), one.address.clone());
                address::Address::new_list(all.iter().map(each).collect()).into()
            }
        }
    }

    /// As a header's value.
    pub fn header(&self) -> HeaderType<'static> {
        address::Address::new_address(self.name.clone(), self.address.clone()).into()
    }

    /// As part of a `mailto:` URL.
    pub fn in_url(&self) -> String {
        let encode = |part: &str| url::form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>();
        let (local, domain) = self.address.rsplit_once('@').unwrap_or((&self.address, ""));
        format!("{}@{}", encode(local), encode(domain))
    }
}

fn ascii(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    // Without quoting (RFC 5322, `dot-atom`), which SES and most mailboxes do without.
    let plain = |b: u8| b.is_ascii_graphic() && !b"\"(),:;<>@[\\]".contains(&b);
    if !(1..=MAX_LOCAL).contains(&local.len()) || !local.bytes().all(plain) {
        return None;
    }
    match Host::parse(domain).ok()? {
        Host::Domain(domain) => Some(format!("{local}@{domain}")),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_address_is_read_with_its_name() {
        for (text, name, address) in [
            ("john@borrower.example", None, "john@borrower.example"),
            ("<john@borrower.example>", None, "john@borrower.example"),
            ("Acme Lending <no-reply@acme.example>", Some("Acme Lending"), "no-reply@acme.example"),
            ("\"Acme, Inc.\" <a@acme.example>", Some("Acme, Inc."), "a@acme.example"),
            ("\"The \\\"A\\\"\" <a@acme.example>", Some("The \"A\""), "a@acme.example"),
            ("Crédit Été <a@acme.example>", Some("Crédit Été"), "a@acme.example"),
            ("a+b/c=d@acme.example", None, "a+b/c=d@acme.example"),
            ("kunde@bücher.example", None, "kunde@xn--bcher-kva.example"),
        ] {
            let expected = Address { name: name.map(str::to_owned), address: address.to_owned() };
            assert_eq!(Address::parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn anything_but_one_sendable_address_is_none() {
        for text in [
            "",
            "john",
            "@acme.example",
            "john@",
            "jöhn@acme.example",
            "a@acme.example, b@acme.example",
            "Friends: a@acme.example, b@acme.example;",
            "a@acme.example\r\nBcc: b@acme.example",
            "a@acme.example\nBcc: b@acme.example",
            "a@acme.example\u{0}",
            "a b@acme.example",
            "\"a b\"@acme.example",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a@acme example",
            "a@b@acme.example",
            "a@b.example( <a@acme.example>",
        ] {
            assert_eq!(Address::parse(text), None, "{text:?}");
        }
        assert_eq!(Address::parse(&format!("{}@acme.example", "a".repeat(65))), None);
    }

    #[test]
    fn an_address_in_a_url_cannot_add_to_it() {
        let address = Address::parse("a+b?cc=x&y%z@acme.example").unwrap();
        assert_eq!(address.in_url(), "a%2Bb%3Fcc%3Dx%26y%25z@acme.example");
    }

    proptest! {
        #[test]
        fn an_address_is_one_line_of_ascii_or_none(text in "[ -~\\PC\r\n\t]{0,60}") {
            if let Some(Address { address, name }) = Address::parse(&text) {
                prop_assert!(address.bytes().all(|b| b.is_ascii_graphic()), "{address:?}");
                prop_assert_eq!(address.matches('@').count(), 1);
                prop_assert!(!name.unwrap_or_default().contains(char::is_control));
            }
        }

        #[test]
        fn common_addresses_are_kept(address in "[a-z0-9.+_-]{1,20}@[a-z]{1,10}\\.[a-z]{2,5}") {
            prop_assume!(!address.starts_with('.') && !address.contains(".@") && !address.contains(".."));
            prop_assert_eq!(Address::parse(&address).map(|a| a.address), Some(address));
        }
    }
}
