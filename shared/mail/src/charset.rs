//! Bytes as text: by the charset they are labeled with, unless they plainly are in another one.

use mail_parser::decoders::charsets::map::charset_decoder;

/// Labels under which UTF-8 is sent by mistake.
const WESTERN: [&str; 10] = [
    "ansi_x3.4-1968",
    "ascii",
    "cp1252",
    "iso-8859-1",
    "iso8859-1",
    "iso_8859-1",
    "latin-1",
    "latin1",
    "us-ascii",
    "windows-1252",
];

/// What the bytes say. Never fails: a byte that cannot be read becomes U+FFFD.
///
/// ISO-8859-1 is read as windows-1252, as every mail program does (WHATWG Encoding, section 4.2).
pub(crate) fn decode(bytes: &[u8], label: Option<&str>) -> String {
    match bytes {
        [0xef, 0xbb, 0xbf, text @ ..] => return unlabeled(text),
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] => return by("utf-16", bytes),
        _ => {}
    }
    let label = label.unwrap_or_default().trim_matches(|c: char| c.is_whitespace() || "\"'".contains(c));
    let label = label.to_ascii_lowercase();
    if WESTERN.contains(&&*label) {
        return if bytes.is_ascii() || str::from_utf8(bytes).is_ok() {
            unlabeled(bytes)
        } else {
            by("windows-1252", bytes)
        };
    }
    // Programs that hold text as UTF-16 inside label it so, and send ASCII.
    let is_wide = label.starts_with("utf-16") || label.starts_with("utf-32") || label.contains("ucs-2");
    if is_wide && bytes.is_ascii() && !bytes.contains(&0) {
        return unlabeled(bytes);
    }
    match charset_decoder(label.as_bytes()) {
        Some(decode) => decode(bytes),
        None => unlabeled(bytes),
    }
}

/// UTF-8 if it is that at all, else windows-1252.
fn unlabeled(bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        // ISO-2022-JP, known by how it changes to Japanese (RFC 1468).
        Ok(text) if text.contains("\u{1b}$B") || text.contains("\u{1b}$@") => by("iso-2022-jp", bytes),
        Ok(text) => text.to_owned(),
        Err(_) if bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii()) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        Err(_) => by("windows-1252", bytes),
    }
}

fn by(label: &str, bytes: &[u8]) -> String {
    match charset_decoder(label.as_bytes()) {
        Some(decode) => decode(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_what_it_is() {
        let cases: [(&[u8], Option<&str>, &str); 20] = [
            (b"caf\xc3\xa9", Some("utf-8"), "café"),
            (b"caf\xc3\xa9", None, "café"),
            (b"caf\xc3\xa9", Some("iso-8859-1"), "café"),
            (b"caf\xc3\xa9", Some("x-unknown"), "café"),
            (b"caf\xe9", Some("utf-8"), "café"),
            (b"caf\xe9", Some("iso-8859-1"), "café"),
            (b"caf\xe9", None, "café"),
            (b"don\x92t", Some("iso-8859-1"), "don\u{2019}t"),
            (b"caf\xe9 \xc3\xa9", Some("utf-8"), "caf\u{fffd} é"),
            (b"\xef\xbb\xbfcaf\xc3\xa9", Some("windows-1252"), "café"),
            (b"\xff\xfeh\x00i\x00", Some("utf-16"), "hi"),
            (b"\x00h\x00i", Some("utf-16be"), "hi"),
            (b"hi", Some("utf-16"), "hi"),
            (b"\xc4\xe3\xba\xc3", Some("gb2312"), "你好"),
            (b"\x82\xb1\x82\xf1", Some("Shift_JIS"), "こん"),
            (b"\x1b$B$3$s\x1b(B", Some("ISO-2022-JP"), "こん"),
            (b"\x1b$B$3$s\x1b(B", Some("us-ascii"), "こん"),
            (b"\xcf\xf0\xe8\xe2\xe5\xf2", Some("windows-1251"), "Привет"),
            (b"ok", Some(""), "ok"),
            (b"", None, ""),
        ];
        for (bytes, label, text) in cases {
            assert_eq!(decode(bytes, label), text, "{bytes:?} {label:?}");
        }
    }
}
