//! One address of an e-mail, with or without a name.

use domain::{formats::mail_address, heading::is_hidden};
use mail_builder::headers::{HeaderType, address, raw::Raw};

use crate::encoded_words::{encoded, looks_encoded};

/// One address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// As people read it.
    pub name: Option<String>,
    /// `local@domain`, in ASCII.
    pub address: String,
}

impl Address {
    /// Reads `ada@acme.example`, `Ada <ada@acme.example>` or `"Acme, Inc." <ada@acme.example>`. A name keeps the blanks
    /// within it, and within its quotes. `None` for anything but exactly one address that mail can be sent to.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>') {
            Some(before) => {
                let (name, address) = before.rsplit_once('<')?;
                (phrase(name)?, address)
            }
            None => (String::new(), text),
        };
        Some(Self { name: readable(&name)?, address: mail_address::sendable(address)? })
    }

    /// An address with a name beside it. `None` if either is not what a header may have.
    pub fn named(address: &str, name: Option<&str>) -> Option<Self> {
        let read = Self::parse(address)?;
        match readable(name.unwrap_or_default())? {
            None => Some(read),
            name => Some(Self { name, ..read }),
        }
    }

    /// Several as a header's value.
    pub fn list(all: &[Self]) -> HeaderType<'static> {
        let looks_so = |one: &Self| one.name.as_deref().is_some_and(looks_encoded);
        if all.iter().any(looks_so) {
            let written: Vec<String> = all.iter().map(Self::in_encoded_words).collect();
            return Raw::new(written.join(", ")).into();
        }
        let each = |one: &Self| address::Address::new_address(one.name.clone(), one.address.clone());
        match all {
            [only] => each(only).into(),
            all => address::Address::new_list(all.iter().map(each).collect()).into(),
        }
    }

    /// As a header's value.
    pub fn header(&self) -> HeaderType<'static> {
        Self::list(std::slice::from_ref(self))
    }

    /// With its name in encoded words.
    fn in_encoded_words(&self) -> String {
        let name = self.name.as_deref().map(|name| encoded(name) + " ");
        format!("{}<{}>", name.unwrap_or_default(), self.address)
    }

    /// As part of a `mailto:` URL.
    pub fn in_url(&self) -> String {
        let encode = |part: &str| url::form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>();
        let (local, domain) = self.address.rsplit_once('@').unwrap_or((&self.address, ""));
        format!("{}@{}", encode(local), encode(domain))
    }
}

/// A name as a header may have it; none if nothing of it is seen. `None` if it holds what no header may, or what
/// turns the address beside it around.
fn readable(name: &str) -> Option<Option<String>> {
    if name.contains(|c: char| c.is_control() || is_hidden(c)) {
        return None;
    }
    Some((!name.trim().is_empty()).then(|| name.to_owned()))
}

/// What a phrase says (RFC 5322, section 3.2.5), read as people write it: letters of any script and dots need no quotes.
fn phrase(written: &str) -> Option<String> {
    let mut unquoted = String::new();
    let mut in_quotes = false;
    let mut characters = written.trim().chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => in_quotes = !in_quotes,
            '\\' if in_quotes => unquoted.push(characters.next()?),
            '(' | ')' | ',' | ':' | ';' | '<' | '>' | '@' | '[' | ']' | '\\' if !in_quotes => return None,
            c => unquoted.push(c),
        }
    }
    (!in_quotes).then_some(unquoted)
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
            ("Acme  Lending <a@acme.example>", Some("Acme  Lending"), "a@acme.example"),
            ("  Acme   <a@acme.example> ", Some("Acme"), "a@acme.example"),
            ("\"  Acme  Lending \" <a@acme.example>", Some("  Acme  Lending "), "a@acme.example"),
            ("Acme\u{a0}Lending <a@acme.example>", Some("Acme\u{a0}Lending"), "a@acme.example"),
            ("Acme Inc. <a@acme.example>", Some("Acme Inc."), "a@acme.example"),
            ("\"a@b.example\" <a@acme.example>", Some("a@b.example"), "a@acme.example"),
            ("\" \" <a@acme.example>", None, "a@acme.example"),
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
            "\"Acme <a@acme.example>",
            "Acme <a@acme.example> Inc.",
            "a@acme.example <b@acme.example>",
            "Pay\u{202e}pal <a@acme.example>",
            "\u{2066}Acme <a@acme.example>",
            "Ac\u{200b}me <a@acme.example>",
            "a@acme.123",
            "a@ac%6de.example",
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
        fn a_name_is_read_as_it_was_written_in_quotes(name in "[\\PC]{1,40}") {
            prop_assume!(!name.contains(is_hidden) && !name.trim().is_empty());
            let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
            let read = Address::parse(&format!("\"{quoted}\" <a@acme.example>"));
            prop_assert_eq!(read.and_then(|read| read.name), Some(name));
        }

        #[test]
        fn what_a_sender_may_have_is_what_may_be_saved_and_what_smtp_takes(
            text in "[a-zA-Z0-9.%+_é\"-]{0,20}@[a-zA-Z0-9.%_é-]{0,30}"
        ) {
            let read = Address::parse(&text);
            prop_assert_eq!(read.is_some(), domain::formats::email(&text).is_ok());
            let envelope = read.map(|read| read.address.parse::<lettre::Address>().is_ok());
            prop_assert!(envelope.unwrap_or(true));
        }

        #[test]
        fn common_addresses_are_kept(address in "[a-z0-9.+_-]{1,20}@[a-z]{1,10}\\.[a-z]{2,5}") {
            prop_assume!(!address.starts_with('.') && !address.contains(".@") && !address.contains(".."));
            prop_assert_eq!(Address::parse(&address).map(|a| a.address), Some(address));
        }
    }
}
