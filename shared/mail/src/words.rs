//! Encoded words (RFC 2047): how headers say what is not ASCII.

use crate::{charset, transfer};

/// Bytes of one encoded word that are read. The RFC allows 75; some programs write the whole subject as one.
const LONGEST: usize = 4_000;

/// An encoded word.
struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
    length: usize,
}

/// The text with its encoded words read.
///
/// Some programs cut between the bytes of one character, so neighbors of one charset are put together first.
pub(crate) fn decoded(text: &str) -> String {
    let mut decoded_text = String::with_capacity(text.len());
    let mut held: Option<(&str, Vec<u8>)> = None;
    let mut rest = text;
    while let Some(start) = rest.find("=?") {
        let (before, from) = rest.split_at(start);
        match word(from) {
            Some(Word { charset, bytes, length }) => {
                held = match held {
                    Some((same, mut all))
                        if before.trim().is_empty() && same.eq_ignore_ascii_case(charset) =>
                    {
                        all.extend(bytes);
                        Some((same, all))
                    }
                    held => {
                        // Blanks between encoded words are not part of the text (section 6.2).
                        let is_between = held.is_some() && before.trim().is_empty();
                        flush(held, &mut decoded_text);
                        decoded_text.push_str(if is_between { "" } else { before });
                        Some((charset, bytes))
                    }
                };
                rest = &from[length..];
            }
            None => {
                flush(held.take(), &mut decoded_text);
                decoded_text.push_str(before);
                decoded_text.push_str("=?");
                rest = &from[2..];
            }
        }
    }
    flush(held, &mut decoded_text);
    decoded_text.push_str(rest);
    decoded_text
}

/// Bytes of the encoded word at the start of `text`.
pub(crate) fn length(text: &str) -> Option<usize> {
    word(text).map(|word| word.length)
}

fn flush(held: Option<(&str, Vec<u8>)>, decoded_text: &mut String) {
    if let Some((charset, bytes)) = held {
        decoded_text.push_str(&charset::decode(&bytes, Some(charset)));
    }
}

fn word(text: &str) -> Option<Word<'_>> {
    let text = &text[..text.floor_char_boundary(LONGEST)];
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
    // A language may follow (RFC 2231, section 5).
    let charset = charset.split('*').next().unwrap_or_default();
    if charset.is_empty() || charset.len() > 45 || charset.contains(char::is_whitespace) {
        return None;
    }
    let (encoding, rest) = rest.split_once('?')?;
    let (encoded, after) = rest.split_once("?=")?;
    let bytes = match encoding {
        "B" | "b" => transfer::base64(encoded.as_bytes()),
        "Q" | "q" => {
            let mut bytes = Vec::with_capacity(encoded.len());
            transfer::unescape(encoded.replace('_', " ").as_bytes(), b'=', &mut bytes);
            bytes
        }
        _ => return None,
    };
    Some(Word { charset, bytes, length: text.len() - after.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_read_and_all_else_stays() {
        for (text, expected) in [
            ("plain", "plain"),
            ("=?utf-8?Q?Caf=C3=A9?=", "Café"),
            ("Re: =?utf-8?Q?Caf=C3=A9?= bar", "Re: Café bar"),
            ("=?utf-8?B?Q2Fmw6k=?=", "Café"),
            ("=?ISO-8859-1*es?q?a=F1o_nuevo?=", "año nuevo"),
            ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
            ("=?utf-8?Q?a?= =?iso-8859-1?Q?=E9?=", "aé"),
            ("=?utf-8?Q?Caf=C3?= =?utf-8?Q?=A9?=", "Café"),
            ("=?utf-8?B?44E=?=  =?utf-8?B?gg==?=", "あ"),
            ("=?utf-8?Q?Really??=", "Really?"),
            ("=?utf-8?X?a?=", "=?utf-8?X?a?="),
            ("=?utf-8?Q?open", "=?utf-8?Q?open"),
            ("a =?= b", "a =?= b"),
            ("=?gb2312?B?xOO6ww==?=", "你好"),
        ] {
            assert_eq!(decoded(text), expected, "{text}");
        }
    }
}
