//! A header block: its fields by name (RFC 5322, section 2.2).

use crate::{charset, line::one_line, parameters::Parameters, words};

/// The fields of a mail or of one of its parts, in their order.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    fields: Vec<(String, String)>,
}

impl Headers {
    /// Reads fields up to the empty line after them, or up to a line where `ends`. Also says where what follows begins.
    ///
    /// A line that is no field begins the body: then the empty line was forgotten, and nothing that was said is lost.
    pub(crate) fn read(raw: &[u8], ends: impl Fn(&[u8]) -> bool) -> (Self, usize) {
        let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
        let mut at = 0;
        for whole in raw.split_inclusive(|byte| *byte == b'\n') {
            let line = ending_off(whole);
            if ends(line) {
                break;
            }
            if line.is_empty() {
                at += whole.len();
                break;
            }
            match (line[0], fields.last_mut()) {
                (b' ' | b'\t', Some((_, value))) => value.extend_from_slice(line),
                _ => match field(line) {
                    Some((name, value)) => fields.push((name, value.to_vec())),
                    // Mailbox files have a line of their own before the header, sometimes within.
                    None if line.starts_with(b"From ") || line.starts_with(b">From ") => {}
                    None => break,
                },
            }
            at += whole.len();
        }
        let text = |value: Vec<u8>| {
            charset::decode(&value, None).replace('\0', "").replace('\r', " ").trim().to_owned()
        };
        (Self { fields: fields.into_iter().map(|(name, value)| (name, text(value))).collect() }, at)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The values of all fields of that name, which is in small letters.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The value of the first field of that name.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Whether there is such a field.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// What a field says in words, as one line of at most `most` characters.
    pub(crate) fn text(&self, name: &str, most: usize) -> Option<String> {
        let value = self.first(name)?;
        // Encoded words take up to twelve times the characters that they say.
        let value = &value[..value.floor_char_boundary(most.saturating_mul(16))];
        Some(one_line(&words::decoded(value), most))
    }

    /// The value of a field that has parameters.
    pub(crate) fn parameters(&self, name: &str) -> Option<Parameters> {
        self.first(name).map(Parameters::read)
    }

    /// The message ids that a field names, in its order, without brackets.
    pub(crate) fn ids<'a>(&'a self, name: &'a str) -> Vec<String> {
        let mut ids = Vec::new();
        for value in self.all(name) {
            if value.contains('<') {
                let inside = |piece: &str| piece.split_once('>').map(|(id, _)| id.to_owned());
                ids.extend(value.split('<').skip(1).filter_map(inside));
            } else {
                ids.extend(value.split([' ', '\t', ',']).map(str::to_owned));
            }
        }
        // A fold may have come between its characters.
        ids.iter_mut().for_each(|id| id.retain(|c| !c.is_whitespace() && !crate::line::steers(c)));
        ids.retain(|id| (1..=ID).contains(&id.len()));
        ids
    }
}

/// Bytes of a message id; a line has no more (RFC 5322, section 2.1.1).
const ID: usize = 998;

/// A line without its break.
pub(crate) fn ending_off(line: &[u8]) -> &[u8] {
    let mut line = line.strip_suffix(b"\n").unwrap_or(line);
    while let Some(shorter) = line.strip_suffix(b"\r") {
        line = shorter;
    }
    line
}

fn field(line: &[u8]) -> Option<(String, &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line[..colon].trim_ascii_end();
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    Some((String::from_utf8_lossy(name).to_ascii_lowercase(), &line[colon + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> (Headers, usize) {
        Headers::read(raw.as_bytes(), |line| line == b"--end")
    }

    #[test]
    fn fields_end_where_the_body_begins() {
        for (raw, names, body) in [
            ("A: 1\r\nB: 2\r\n\r\nbody", vec!["a", "b"], "body"),
            ("A: 1\nB : 2\n\nbody", vec!["a", "b"], "body"),
            ("A: 1\nno field\n\nbody", vec!["a"], "no field\n\nbody"),
            ("From ada@acme.example Fri\nA: 1\n\nbody", vec!["a"], "body"),
            ("A: 1\n--end\n", vec!["a"], "--end\n"),
            ("\nbody", vec![], "body"),
            ("Hello Ada,\nhow are you?", vec![], "Hello Ada,\nhow are you?"),
            ("A: 1", vec!["a"], ""),
            ("", vec![], ""),
        ] {
            let (headers, at) = read(raw);
            let found: Vec<&str> = headers.fields.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!((found, &raw[at..]), (names, body), "{raw:?}");
        }
    }

    #[test]
    fn a_value_is_unfolded_and_read() {
        let (headers, _) = read("Subject: =?utf-8?Q?Caf=C3=A9?=\r\n\tbar\r\n  baz\r\nX: a\0b\rc\r\n\r\n");
        assert_eq!(headers.text("subject", 998).unwrap(), "Café bar baz");
        assert_eq!(headers.text("subject", 6).unwrap(), "Café b");
        assert_eq!(headers.first("x"), Some("ab c"));
        let (headers, _) = Headers::read(b"Subject: caf\xe9\n\n", |_| false);
        assert_eq!(headers.first("subject"), Some("café"));
    }

    #[test]
    fn ids_are_named_with_or_without_brackets() {
        for (value, ids) in [
            ("<a@x> <b@x>", vec!["a@x", "b@x"]),
            ("<a@x><b@x>", vec!["a@x", "b@x"]),
            ("Your mail of Friday <a@x>", vec!["a@x"]),
            ("<a\r\n @x>", vec!["a@x"]),
            ("a@x", vec!["a@x"]),
            ("<>", vec![]),
            ("<open", vec![]),
            ("", vec![]),
        ] {
            let (headers, _) = read(&format!("References: {value}\n\n"));
            assert_eq!(headers.ids("references"), ids, "{value}");
        }
    }
}
