//! Values with parameters, as `Content-Type` and `Content-Disposition` have them (RFC 2045, section 5.1; RFC 2231).

use std::collections::BTreeMap;

use crate::{charset, transfer, words};

/// Bytes of a value that are read.
const LONGEST: usize = 16_000;

/// A value and its parameters.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Parameters {
    /// In small letters: `text/plain`.
    pub(crate) value: String,
    named: BTreeMap<String, String>,
}

/// A piece of a parameter that came in several (RFC 2231, section 3).
struct Piece {
    number: u32,
    bytes: Vec<u8>,
}

impl Parameters {
    pub(crate) fn read(text: &str) -> Self {
        let text = &text[..text.floor_char_boundary(LONGEST)];
        let mut pieces = split(text).into_iter();
        let value = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
        let mut named = BTreeMap::new();
        let mut extended: BTreeMap<String, (Option<String>, Vec<Piece>)> = BTreeMap::new();
        for piece in pieces {
            let Some((name, value)) = piece.split_once('=') else { continue };
            let (name, value) = (name.trim().to_ascii_lowercase(), unquoted(value.trim()));
            let Some((base, section)) = name.split_once('*') else {
                named.entry(name).or_insert_with(|| words::decoded(&value));
                continue;
            };
            let (number, is_escaped) = match section.strip_suffix('*') {
                Some(number) => (number, true),
                None => (section, section.is_empty()),
            };
            let number = number.parse().unwrap_or(0);
            let (charset, all) = extended.entry(base.to_owned()).or_default();
            let mut bytes = Vec::new();
            if is_escaped {
                let escaped = match value.splitn(3, '\'').collect::<Vec<_>>()[..] {
                    [label, _language, escaped] if number == 0 => {
                        *charset = Some(label.to_owned());
                        escaped
                    }
                    _ => &value,
                };
                transfer::unescape(escaped.as_bytes(), b'%', &mut bytes);
            } else {
                bytes.extend_from_slice(value.as_bytes());
            }
            all.push(Piece { number, bytes });
        }
        for (name, (charset, mut pieces)) in extended {
            pieces.sort_by_key(|piece| piece.number);
            // Put together before it is read: a character may be cut by the end of a piece.
            let bytes: Vec<u8> = pieces.into_iter().flat_map(|piece| piece.bytes).collect();
            named.insert(name, words::decoded(&charset::decode(&bytes, charset.as_deref())));
        }
        Self { value, named }
    }

    /// A parameter, its name in small letters.
    pub(crate) fn named(&self, name: &str) -> Option<&str> {
        self.named.get(name).map(String::as_str)
    }

    /// Whether a parameter has that value, whatever its case.
    pub(crate) fn says(&self, name: &str, value: &str) -> bool {
        self.named(name).is_some_and(|given| given.trim().eq_ignore_ascii_case(value))
    }
}

/// What stands between semicolons, comments left out.
fn split(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut is_quoted, mut is_escaped, mut comments) = (false, false, 0u32);
    for c in text.chars() {
        let is_literal = std::mem::take(&mut is_escaped);
        match c {
            '"' if !is_literal && comments == 0 => is_quoted = !is_quoted,
            '\\' if !is_literal => is_escaped = true,
            '(' if !is_quoted && !is_literal => comments += 1,
            ')' if !is_quoted && !is_literal && comments > 0 => {
                comments -= 1;
                continue;
            }
            ';' if !is_quoted && comments == 0 => {
                pieces.push(String::new());
                continue;
            }
            _ => {}
        }
        if comments == 0
            && let Some(piece) = pieces.last_mut()
        {
            piece.push(c);
        }
    }
    pieces
}

fn unquoted(value: &str) -> String {
    let Some(inside) = value.strip_prefix('"') else { return value.to_owned() };
    let inside = inside.strip_suffix('"').unwrap_or(inside);
    let mut text = String::with_capacity(inside.len());
    let mut chars = inside.chars().peekable();
    while let Some(c) = chars.next() {
        // Programs for Windows write paths without escaping them, so only these two are taken as escaped.
        match chars.peek() {
            Some('"' | '\\') if c == '\\' => text.extend(chars.next()),
            _ => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_in_every_form_they_come_in() {
        for (text, value, name, expected) in [
            ("text/plain", "text/plain", "charset", None),
            ("Text/HTML; Charset=\"UTF-8\"", "text/html", "charset", Some("UTF-8")),
            ("text/plain (plain text); charset=us-ascii (ASCII)", "text/plain", "charset", Some("us-ascii")),
            ("multipart/mixed; boundary=\"a;b=c\"", "multipart/mixed", "boundary", Some("a;b=c")),
            (
                "multipart/mixed; boundary=----=_Part_1.2",
                "multipart/mixed",
                "boundary",
                Some("----=_Part_1.2"),
            ),
            ("attachment; filename=My File.pdf", "attachment", "filename", Some("My File.pdf")),
            ("attachment; filename=\"a \\\"b\\\".pdf\"", "attachment", "filename", Some("a \"b\".pdf")),
            ("attachment; filename=\"C:\\temp\\x.pdf\"", "attachment", "filename", Some("C:\\temp\\x.pdf")),
            (
                "attachment; filename=\"=?utf-8?Q?caf=C3=A9.pdf?=\"",
                "attachment",
                "filename",
                Some("café.pdf"),
            ),
            ("attachment; filename*=UTF-8''caf%C3%A9.pdf", "attachment", "filename", Some("café.pdf")),
            (
                "attachment; filename=x.pdf; filename*=utf-8'en'caf%C3%A9.pdf",
                "attachment",
                "filename",
                Some("café.pdf"),
            ),
            (
                "attachment; filename*0=long; filename*1=\" name.pdf\"",
                "attachment",
                "filename",
                Some("long name.pdf"),
            ),
            (
                "attachment; filename*1*=%A9.pdf; filename*0*=utf-8''caf%C3",
                "attachment",
                "filename",
                Some("café.pdf"),
            ),
            ("attachment; filename*=iso-8859-1''caf%E9.pdf", "attachment", "filename", Some("café.pdf")),
            ("; a=\"open", "", "a", Some("open")),
            ("", "", "a", None),
        ] {
            let read = Parameters::read(text);
            assert_eq!((&*read.value, read.named(name)), (value, expected), "{text}");
        }
    }
}
