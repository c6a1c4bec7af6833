//! A mail taken apart (RFC 2046, section 5.1): one pass over its lines, whatever their boundaries claim.

use std::collections::HashMap;

use crate::{
    Unreadable,
    headers::{Headers, ending_off},
    parameters::Parameters,
};

/// Parts of one mail.
const PARTS: usize = 10_000;
/// Multiparts within one another.
const LEVELS: usize = 100;
/// Bytes of the headers of a mail and its parts.
pub(crate) const HEADERS: usize = 2 * 1024 * 1024;

/// A mail, or a part of one.
pub(crate) struct Part<'a> {
    pub(crate) headers: Headers,
    pub(crate) media: Parameters,
    pub(crate) content: Content<'a>,
}

/// What a part holds.
pub(crate) enum Content<'a> {
    /// As it stood on the wire.
    Bytes(&'a [u8]),
    /// At least one.
    Parts(Vec<Part<'a>>),
}

/// A multipart that has begun.
struct Open<'a> {
    headers: Headers,
    media: Parameters,
    parts: Vec<Part<'a>>,
    /// Where what stands before its first part begins.
    begins: usize,
}

/// A line between parts.
struct Delimiter {
    level: usize,
    is_last: bool,
    /// Where the line begins.
    at: usize,
}

struct Reader<'a> {
    raw: &'a [u8],
    at: usize,
    open: Vec<Open<'a>>,
    levels: HashMap<Vec<u8>, usize>,
    parts: usize,
    headers: usize,
    whole: Option<Part<'a>>,
}

/// Takes a mail apart. Enclosed mails stay whole.
pub(crate) fn parts(raw: &[u8]) -> Result<Part<'_>, Unreadable> {
    let levels = HashMap::new();
    Reader { raw, at: 0, open: Vec::new(), levels, parts: 0, headers: 0, whole: None }.read()
}

/// The media type of a part with these headers.
pub(crate) fn media(headers: &Headers, usual: &str) -> Parameters {
    let mut media = headers.parameters("content-type").unwrap_or_default();
    // `text` alone was sent before MIME had subtypes.
    if !media.value.contains('/') {
        media.value =
            if media.value.is_empty() { usual.to_owned() } else { format!("{}/plain", media.value) };
    }
    media
}

impl<'a> Reader<'a> {
    fn read(mut self) -> Result<Part<'a>, Unreadable> {
        loop {
            let (headers, length) = Headers::read(&self.raw[self.at..], |line| self.level(line).is_some());
            self.at += length;
            self.parts += 1;
            self.headers += length;
            if self.parts > PARTS {
                return Err(Unreadable::Parts);
            }
            if self.headers > HEADERS && !headers.is_empty() {
                return Err(Unreadable::Headers);
            }
            let is_of_mails = self.open.last().is_some_and(|open| open.media.value == "multipart/digest");
            let media = media(&headers, if is_of_mails { "message/rfc822" } else { "text/plain" });
            let begins = self.at;
            let mut leaf = None;
            if media.value.starts_with("multipart/") {
                if self.open.len() == LEVELS {
                    return Err(Unreadable::Nesting);
                }
                if let Some(boundary) = media.named("boundary") {
                    self.declare(boundary.trim_end().as_bytes());
                }
                self.open.push(Open { headers, media, parts: Vec::new(), begins });
            } else {
                leaf = Some((headers, media));
            }
            // What follows a last delimiter says nothing, unless parts come once more.
            loop {
                let delimiter = self.next_delimiter(leaf.is_none());
                let ends = delimiter.as_ref().map_or(self.raw.len(), |delimiter| delimiter.at);
                if let Some((headers, media)) = leaf.take() {
                    let content = Content::Bytes(self.between(begins, ends));
                    self.add(Part { headers, media, content });
                }
                let Some(Delimiter { level, is_last, .. }) = delimiter else {
                    self.close(0, ends);
                    return self.whole.ok_or(Unreadable::Empty);
                };
                self.close(level + 1, ends);
                if !is_last {
                    break;
                }
            }
        }
    }

    /// Makes a boundary that of the multipart that is opened next, or was opened last. The outer one keeps it if
    /// two have the same.
    fn declare(&mut self, boundary: &[u8]) {
        if !boundary.is_empty() {
            self.levels.entry(boundary.to_vec()).or_insert(self.open.len());
        }
    }

    fn level(&self, line: &[u8]) -> Option<(usize, bool)> {
        let boundary = line.strip_prefix(b"--")?.trim_ascii_end();
        let level = |boundary: &[u8]| self.levels.get(boundary).copied();
        level(boundary)
            .map(|level| (level, false))
            .or_else(|| Some((level(boundary.strip_suffix(b"--")?)?, true)))
    }

    /// Goes on to after the next line between parts of any open multipart.
    ///
    /// The innermost multipart may have no boundary, or not the one it claims. Then the first line before any part that
    /// looks like one, with a field of a part below it, is taken for it.
    fn next_delimiter(&mut self, is_before_parts: bool) -> Option<Delimiter> {
        while self.at < self.raw.len() {
            let at = self.at;
            let rest = &self.raw[at..];
            let length = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
            self.at += length;
            let line = ending_off(&rest[..length]);
            if !line.starts_with(b"--") {
                continue;
            }
            if let Some((level, is_last)) = self.level(line) {
                return Some(Delimiter { level, is_last, at });
            }
            let below = self.raw.get(self.at..self.at + 8).unwrap_or_default();
            let is_first = is_before_parts && self.open.last().is_some_and(|open| open.parts.is_empty());
            if is_first && line.len() > 2 && below.eq_ignore_ascii_case(b"content-") {
                let level = self.open.len() - 1;
                self.levels.insert(line[2..].trim_ascii_end().to_vec(), level);
                return Some(Delimiter { level, is_last: false, at });
            }
        }
        None
    }

    /// What stands there, without the line break that belongs to the delimiter.
    fn between(&self, begins: usize, ends: usize) -> &'a [u8] {
        let bytes = self.raw.get(begins..ends).unwrap_or_default();
        if ends == self.raw.len() {
            return bytes;
        }
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        bytes.strip_suffix(b"\r").unwrap_or(bytes)
    }

    fn add(&mut self, part: Part<'a>) {
        match self.open.last_mut() {
            Some(open) => open.parts.push(part),
            None => self.whole = Some(part),
        }
    }

    /// Ends the multipart that there are more of than `left`. One without parts is what it says before them.
    fn close(&mut self, left: usize, ends: usize) {
        while self.open.len() > left
            && let Some(Open { headers, mut media, parts, begins }) = self.open.pop()
        {
            let content = if parts.is_empty() {
                media.value = "text/plain".to_owned();
                Content::Bytes(self.between(begins, ends))
            } else {
                Content::Parts(parts)
            };
            self.add(Part { headers, media, content });
        }
        self.levels.retain(|_, level| *level < left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A part as its media type and its content.
    fn shape(part: &Part) -> String {
        match &part.content {
            Content::Bytes(bytes) => format!("{}={}", part.media.value, String::from_utf8_lossy(bytes)),
            Content::Parts(parts) => {
                let parts: Vec<String> = parts.iter().map(shape).collect();
                format!("{}[{}]", part.media.value, parts.join(" "))
            }
        }
    }

    fn read(raw: &str) -> String {
        shape(&parts(raw.as_bytes()).expect("readable"))
    }

    #[test]
    fn parts_are_found_whatever_their_boundaries_claim() {
        for (raw, parts) in [
            ("A: 1\n\nhi\n", "text/plain=hi\n"),
            ("Content-Type: text\n\nhi", "text/plain=hi"),
            (
                "Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\nepilogue",
                "multipart/mixed[text/plain=one text/html=two]",
            ),
            // no end
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n",
                "multipart/mixed[text/plain=one text/plain=two\n]",
            ),
            // ended, and then not
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n--b\n\ntwo\n--b--",
                "multipart/mixed[text/plain=one text/plain=two]",
            ),
            // the inner one has no end
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--b\n\ntwo\n--b--",
                "multipart/mixed[multipart/alternative[text/plain=one] text/plain=two]",
            ),
            // one boundary is the beginning of the other
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=b1\n\n--b1\n\none\n--b1--\n--b\n\ntwo\n--b--",
                "multipart/mixed[multipart/alternative[text/plain=one] text/plain=two]",
            ),
            // no boundary, a wrong one
            (
                "Content-Type: multipart/mixed\n\n--x\nContent-Type: text/html\n\none\n--x--",
                "multipart/mixed[text/html=one]",
            ),
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--x\nContent-Type: text/html\n\none\n--x--",
                "multipart/mixed[text/html=one]",
            ),
            ("Content-Type: multipart/mixed; boundary=b\n\nonly words", "text/plain=only words"),
            // no empty line before the next part, none after a field
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n--b\nContent-Type: text/html\none\n--b--",
                "multipart/mixed[text/html= text/html=one]",
            ),
            // blanks after a boundary; CRLF
            (
                "Content-Type: multipart/mixed; boundary=\"b \"\r\n\r\n--b \t\r\n\r\none\r\n--b-- \r\n",
                "multipart/mixed[text/plain=one]",
            ),
            (
                "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\nhi\n--b--",
                "multipart/digest[message/rfc822=Subject: x\n\nhi]",
            ),
        ] {
            assert_eq!(read(raw), parts, "{raw}");
        }
    }
}
