//! Encoded words (RFC 2047), for what must be read as it is written.
//!
//! `mail-builder` encodes what is not ASCII. What is ASCII and looks like an encoded word must be encoded too, or readers
//! decode it: `=?utf-8?q?fake?=` would be read `fake`.

use data_encoding::BASE64;

/// What an encoded word begins and ends with; it may have 75 characters (section 2).
const AROUND: (&str, &str) = ("=?utf-8?B?", "?=");
/// The most bytes that one encoded word says: 60 of its characters are Base64.
const PART: usize = 45;

/// Whether a reader could take part of the text for an encoded word.
pub fn looks_encoded(text: &str) -> bool {
    text.contains("=?")
}

/// The text in encoded words. None of them ends within a character (section 5).
pub fn encoded(text: &str) -> String {
    let (begin, end) = AROUND;
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.floor_char_boundary(PART));
        words.push(format!("{begin}{}{end}", BASE64.encode(part.as_bytes())));
        rest = after;
    }
    // Blanks between encoded words are not read (section 6.2).
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_read_as_it_was(text in "[\\PC=?]{1,300}") {
            prop_assume!(!text.trim().is_empty());
            let words = encoded(&text);
            prop_assert!(words.split(' ').all(|word| word.len() <= 75));
            let mail = format!("Subject: {}\r\n\r\n", words.replace(' ', "\r\n "));
            let read = MessageParser::new().parse(mail.as_bytes()).unwrap();
            prop_assert_eq!(read.subject(), Some(&*text));
        }
    }
}
