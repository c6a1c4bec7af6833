//! HTML as a row of tags and text. It takes time by its length alone, however it is written, which a parser that builds
//! a tree of it cannot promise.

use std::borrow::Cow;

use mail_parser::decoders::html::add_html_token;

use crate::charset;

/// Attributes of one tag that are read.
const ATTRIBUTES: usize = 64;
/// Characters of the longest entity between `&` and `;`.
const ENTITY: usize = 32;
/// Elements whose content is no text that is shown.
const SILENT: [&str; 9] =
    ["iframe", "noembed", "noframes", "script", "style", "template", "textarea", "title", "xmp"];

#[derive(Debug, PartialEq)]
pub(crate) enum Token<'a> {
    /// With its entities as they are written.
    Text(&'a str),
    Start(Tag<'a>),
    /// The name in small letters.
    End(Cow<'a, str>),
}

#[derive(Debug, PartialEq)]
pub(crate) struct Tag<'a> {
    /// In small letters.
    pub(crate) name: Cow<'a, str>,
    /// Names in small letters, values as they are written.
    pub(crate) attributes: Vec<(Cow<'a, str>, &'a str)>,
}

impl Tag<'_> {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(given, _)| given == name).map(|(_, value)| *value)
    }
}

/// The tags and the text of `html`, without what is not shown: comments, styles, scripts, titles.
pub(crate) fn tokens(html: &str) -> Tokens<'_> {
    Tokens { rest: html, silent: None }
}

pub(crate) struct Tokens<'a> {
    rest: &'a str,
    silent: Option<Cow<'a, str>>,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.silent.take() {
            self.pass(&name);
        }
        loop {
            let text = &self.rest[..self.rest.find('<').unwrap_or(self.rest.len())];
            if !text.is_empty() {
                self.rest = &self.rest[text.len()..];
                return Some(Token::Text(text));
            }
            match self.rest.as_bytes() {
                [] => return None,
                [b'<', b'a'..=b'z' | b'A'..=b'Z', ..] => {
                    let tag = self.tag(1)?;
                    self.silent = Some(tag.name.clone()).filter(|name| SILENT.contains(&&**name));
                    return Some(Token::Start(tag));
                }
                [b'<', b'/', b'a'..=b'z' | b'A'..=b'Z', ..] => return Some(Token::End(self.tag(2)?.name)),
                // `<!-->` ends at once.
                [b'<', b'!', b'-', b'-', ..] => self.skip(2, "-->"),
                [b'<', b'!' | b'?' | b'/', ..] => self.skip(1, ">"),
                _ => {
                    let (text, rest) = self.rest.split_at(1);
                    self.rest = rest;
                    return Some(Token::Text(text));
                }
            }
        }
    }
}

impl<'a> Tokens<'a> {
    /// Goes on to after `end`.
    fn skip(&mut self, from: usize, end: &str) {
        let found = self.rest[from..].find(end);
        self.rest = found.map_or("", |at| &self.rest[from + at + end.len()..]);
    }

    /// Goes on to the end tag of that name.
    fn pass(&mut self, name: &str) {
        while let Some(at) = self.rest.find("</") {
            self.rest = &self.rest[at..];
            if self
                .rest
                .as_bytes()
                .get(2..2 + name.len())
                .is_some_and(|end| end.eq_ignore_ascii_case(name.as_bytes()))
            {
                return;
            }
            self.rest = &self.rest[2..];
        }
        self.rest = "";
    }

    /// The tag whose name begins there; none if it does not end.
    fn tag(&mut self, from: usize) -> Option<Tag<'a>> {
        self.rest = &self.rest[from..];
        let name = self.take(|c| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
        let name = small(name);
        let mut attributes = Vec::new();
        loop {
            self.take(|c| !c.is_ascii_whitespace() && c != '/');
            if self.rest.is_empty() {
                return None;
            }
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                return Some(Tag { name, attributes });
            }
            // An equals sign at the beginning belongs to the name.
            let start = self.rest;
            self.rest = &start[start.chars().next().map_or(0, char::len_utf8)..];
            self.take(|c| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '='));
            let named = &start[..start.len() - self.rest.len()];
            self.take(|c| !c.is_ascii_whitespace());
            let mut value = "";
            if let Some(rest) = self.rest.strip_prefix('=') {
                self.rest = rest;
                self.take(|c| !c.is_ascii_whitespace());
                value = match self.rest.chars().next() {
                    Some(quote @ ('"' | '\'')) => {
                        self.rest = &self.rest[1..];
                        let value = self.take(|c| c == quote);
                        self.rest = self.rest.get(1..).unwrap_or_default();
                        value
                    }
                    _ => self.take(|c| c.is_ascii_whitespace() || c == '>'),
                };
            }
            if attributes.len() < ATTRIBUTES {
                attributes.push((small(named), value));
            }
        }
    }

    fn take(&mut self, ends: impl Fn(char) -> bool) -> &'a str {
        let (taken, rest) = self.rest.split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        self.rest = rest;
        taken
    }
}

fn small(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}

/// The same HTML, written so that every parser reads it alike, without pictures inside it: they come as files. None
/// if it has more elements or bytes.
pub(crate) fn rewritten(html: &str, most_elements: usize, most_bytes: usize) -> Option<String> {
    let mut written = String::with_capacity(html.len().min(most_bytes));
    let mut elements = 0;
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_kept =
        |(name, value): &&(Cow<str>, &str)| is_name(name) && !value.trim_start().starts_with("data:");
    for token in tokens(html) {
        match token {
            Token::Text("<") => written.push_str("&lt;"),
            Token::Text(text) => written.push_str(text),
            Token::Start(tag) if is_name(&tag.name) && !SILENT.contains(&&*tag.name) => {
                elements += 1;
                written.push('<');
                written.push_str(&tag.name);
                for (name, value) in tag.attributes.iter().filter(is_kept) {
                    written.extend([" ", name, "=\"", &value.replace('"', "&quot;"), "\""]);
                }
                written.push('>');
            }
            Token::End(name) if is_name(&name) && !SILENT.contains(&&*name) => {
                written.extend(["</", &name, ">"]);
            }
            // Elements of Office, such as `o:p`, say nothing.
            Token::Start(_) | Token::End(_) => {}
        }
        if elements > most_elements || written.len() > most_bytes {
            return None;
        }
    }
    Some(written)
}

/// Text with its entities read.
pub(crate) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let name =
            rest[1..].bytes().take(ENTITY).take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#');
        let end = 1 + name.count();
        if rest.as_bytes().get(end) == Some(&b';') {
            let entity = &rest[..=end];
            match numbered(entity) {
                Some(c) => out.push_str(&c),
                None => add_html_token(&mut out, entity.as_bytes(), false),
            }
            rest = &rest[end + 1..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// A character by its number in windows-1252, as numbers from 128 to 159 are meant (HTML, "numeric character reference
/// end state").
fn numbered(entity: &str) -> Option<String> {
    let number = entity.strip_prefix("&#")?.strip_suffix(';')?;
    let number = match number.strip_prefix(['x', 'X']) {
        Some(number) => u8::from_str_radix(number, 16),
        None => number.parse(),
    };
    number
        .ok()
        .filter(|number| (0x80..0xa0).contains(number))
        .map(|byte| charset::decode(&[byte], Some("windows-1252")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_written_so_that_every_parser_reads_it_alike() {
        for (html, alike) in [
            ("<p>Hello <b>Ada</b></p>", "<p>Hello <b>Ada</b></p>"),
            ("<P CLASS=a ID='b\"c' hidden>x</P >", "<p class=\"a\" id=\"b&quot;c\" hidden=\"\">x</p>"),
            ("<br/>a < b <3 &lt;", "<br>a &lt; b &lt;3 &lt;"),
            ("<!-- a > b -->x<!DOCTYPE html><!-->y<?xml z>", "xy"),
            ("<style>p > a {}</style>x<SCRIPT>\"</p>\"</Script>y", "xy"),
            ("<p><o:p>&nbsp;</o:p></p>", "<p>&nbsp;</p>"),
            ("<a href=\"x>y\"z=1>w</a>", "<a href=\"x>y\" z=\"1\">w</a>"),
            ("x<p title=\"open", "x"),
            ("x<!-- open", "x"),
            ("x<style>open", "x"),
            ("</ x>y", "y"),
        ] {
            assert_eq!(rewritten(html, 9, 99).as_deref(), Some(alike), "{html}");
        }
    }

    #[test]
    fn html_of_too_many_elements_or_bytes_is_not_written() {
        assert!(rewritten("<p></p><p>", 2, 99).is_some() && rewritten("<p></p><p><p>", 2, 99).is_none());
        assert!(rewritten("<p>a</p>", 2, 8).is_some() && rewritten("<p>ab</p>", 2, 8).is_none());
        assert_eq!(
            rewritten("<img src='data:image/png;base64,AAAA' alt=x>", 2, 99).unwrap(),
            "<img alt=\"x\">"
        );
    }

    #[test]
    fn entities_are_read_and_what_is_none_stays() {
        for (text, expected) in [
            ("a &amp; b &lt;c&gt;", "a & b <c>"),
            ("caf&eacute; &#233; &#xE9;", "café é é"),
            ("don&#146;t", "don\u{2019}t"),
            ("AT&T & so; &nosuch;", "AT&T & so; &nosuch;"),
            ("&#99999999999;&#xD800;", "&#99999999999;\u{fffd}"),
            ("&", "&"),
        ] {
            assert_eq!(unescaped(text), expected, "{text}");
        }
    }
}
