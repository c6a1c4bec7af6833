//! Transfer encodings (RFC 2045, section 6), read as far as they can be: what is wrong in them is left as it is or out.

/// Bytes of base64; what does not belong to its alphabet is passed over, as section 6.8 asks.
pub(crate) fn base64(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0u32, 0u32);
    for &byte in text {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            // Several encoded pieces in a row each end with their own padding.
            b'=' => {
                (bits, held) = (0, 0);
                continue;
            }
            _ => continue,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    bytes
}

/// Bytes of quoted-printable.
pub(crate) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let ending: &[u8] = match line {
            [.., b'\r', b'\n'] => b"\r\n",
            [.., b'\n'] => b"\n",
            _ => b"",
        };
        // Blanks at the end of a line were added on the way.
        let text = line.trim_ascii_end();
        match text.strip_suffix(b"=") {
            Some(continued) => unescape(continued, b'=', &mut bytes),
            None => {
                unescape(text, b'=', &mut bytes);
                bytes.extend_from_slice(ending);
            }
        }
    }
    bytes
}

/// Appends `text` with each `escape` and its two hexadecimal digits made the byte they stand for.
pub(crate) fn unescape(text: &[u8], escape: u8, bytes: &mut Vec<u8>) {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match (digit(at + 1), digit(at + 2)) {
            (Some(high), Some(low)) if byte == escape => {
                bytes.push((high << 4 | low) as u8);
                at += 3;
            }
            _ => {
                bytes.push(byte);
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_far_as_it_goes() {
        for (text, bytes) in [
            ("SGVsbG8=", "Hello"),
            ("SGVs\r\nbG8=\r\n", "Hello"),
            ("SGVsbG8", "Hello"),
            ("SGVs!bG8=", "Hello"),
            ("SGk=SGk=", "HiHi"),
            ("", ""),
            ("=", ""),
        ] {
            assert_eq!(base64(text.as_bytes()), bytes.as_bytes(), "{text}");
        }
    }

    #[test]
    fn quoted_printable_is_read_as_far_as_it_goes() {
        for (text, bytes) in [
            ("caf=C3=A9", "café"),
            ("caf=c3=a9", "café"),
            ("one=\r\n line", "one line"),
            ("one= \r\n line", "one line"),
            ("one  \r\ntwo", "one\r\ntwo"),
            ("1=2 =ZZ =", "1=2 =ZZ "),
            ("=4", "=4"),
        ] {
            assert_eq!(quoted_printable(text.as_bytes()), bytes.as_bytes(), "{text}");
        }
    }
}
