//! The lines that an HTML mail shows, with what its elements say about them: mail programs mark what they quote.

use std::collections::HashMap;

use crate::{
    html::{Tag, Token, tokens, unescaped},
    line::one_line,
    lines::{Cue, Line, Writer},
};

/// Bytes of HTML that are read for their text.
const READ: usize = 2 * 1024 * 1024;
/// Characters of a link that is said beside its text.
const LINK: usize = 2_000;

/// Classes and ids of elements that quote: Yahoo and AOL, Zoho.
const QUOTES: [&str; 2] = ["yahoo_quoted", "zmail_extra"];
/// Those that say who wrote what is quoted next: Gmail, Thunderbird.
const ATTRIBUTIONS: [&str; 2] = ["gmail_attr", "moz-cite-prefix"];
/// Those before the mail that is answered: Outlook on the web and its apps, on Windows and the Mac, Windows Mail, Zimbra.
const ORIGINALS: [&str; 8] = [
    "appendonsend",
    "divrplyfwdmsg",
    "mail-editor-reference-message-container",
    "ms-outlook-mobile-reference-message",
    "olk_src_body_section",
    "outlookmessageheader",
    "stopspelling",
    "zwchr",
];
/// Those of signatures: Gmail, Thunderbird, Apple, Outlook and its apps, Proton, Samsung, Yahoo for Android.
const SIGNATURES: [&str; 9] = [
    "applemailsignature",
    "composer_signature",
    "gmail_signature",
    "gmail_signature_prefix",
    "moz-signature",
    "ms-outlook-mobile-signature",
    "protonmail_signature_block",
    "signature",
    "ymail_android_signature",
];
/// The line that Outlook for Windows draws above the mail that is answered, by its styles of 2007 and of 2013.
const OUTLOOK_LINES: [&str; 2] = ["border-top:solid #b5c4df 1.0pt", "border-top:solid #e1e1e1 1.0pt"];
/// Paragraphs without a gap between them: those of Word.
const CLOSE_PARAGRAPHS: [&str; 3] = ["msonormal", "msoplaintext", "msolistparagraph"];

/// Elements that stand on lines of their own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "tr",
    "ul",
];
/// Elements that have no end.
const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"];

/// What an element means for what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    None,
    Quote,
    Attribution,
    Signature,
    /// White space is kept.
    Preformatted,
}

/// How many elements of a meaning are open.
#[derive(Default)]
struct Within {
    quotes: usize,
    attributions: usize,
    signatures: usize,
    preformatted: usize,
}

/// A link and the text that it has so far.
struct Link {
    target: String,
    text: String,
}

#[derive(Default)]
struct Page {
    writer: Writer,
    /// The meanings of the open elements by their names: an end tag ends the last one of its name, if there is one. So
    /// elements that are nested wrongly cost no more time than others.
    open: HashMap<String, Vec<Meaning>>,
    within: Within,
    /// Whether the mail that is answered begins with the next line.
    is_before_original: bool,
    link: Option<Link>,
}

/// The lines that it shows.
pub(crate) fn lines(html: &str) -> Vec<Line> {
    let html = &html[..html.floor_char_boundary(READ)];
    let mut page = Page::default();
    for token in tokens(html) {
        match token {
            Token::Text(text) => page.say(&unescaped(text)),
            Token::Start(tag) => page.start(&tag),
            Token::End(name) => page.end(&name),
        }
    }
    page.writer.end_begun();
    page.writer.lines
}

impl Page {
    fn cue(&self) -> Option<Cue> {
        match &self.within {
            Within { signatures: 1.., .. } => Some(Cue::Signature),
            Within { attributions: 1.., quotes: 0, .. } => Some(Cue::Attribution),
            Within { quotes: 1.., .. } => Some(Cue::Quote),
            _ => None,
        }
    }

    fn say(&mut self, text: &str) {
        let mut cue = self.cue();
        if self.is_before_original && !text.trim().is_empty() {
            self.is_before_original = false;
            cue = Some(Cue::Original);
        }
        if let Some(link) = self.link.as_mut().filter(|link| link.text.len() < LINK) {
            link.text.push_str(text);
        }
        if self.within.preformatted > 0 {
            self.writer.say_as_is(text, self.within.quotes, cue);
        } else {
            self.writer.say(text, self.within.quotes, cue);
        }
    }

    fn start(&mut self, tag: &Tag) {
        let names = if tag.attributes.is_empty() { Vec::new() } else { names(tag) };
        let is_named =
            |list: &[&str]| !names.is_empty() && names.iter().any(|name| list.contains(&name.as_str()));
        if BLOCKS.contains(&&*tag.name) {
            self.writer.end_begun();
        }
        if is_named(&ORIGINALS) || tag.name == "div" && draws_line(tag) {
            self.writer.end_begun();
            self.is_before_original = true;
        }
        match &*tag.name {
            "br" => self.writer.end(self.within.quotes, self.cue()),
            "p" if !is_named(&CLOSE_PARAGRAPHS) => self.writer.gap(self.within.quotes, self.cue()),
            "li" => self.say("* "),
            "td" | "th" => self.writer.say(" ", self.within.quotes, self.cue()),
            "a" => self.link = target(tag).map(|target| Link { target, text: String::new() }),
            // Gmail and Outlook send each emoji as a picture of it.
            "img" => {
                let alternative = unescaped(tag.attribute("alt").unwrap_or_default());
                if !alternative.contains(|c: char| c.is_ascii()) {
                    self.say(&alternative);
                }
            }
            _ => {}
        }
        if VOID.contains(&&*tag.name) {
            return;
        }
        let meaning = if quotes(tag) || is_named(&QUOTES) {
            Meaning::Quote
        } else if is_named(&ATTRIBUTIONS) {
            Meaning::Attribution
        } else if is_named(&SIGNATURES) {
            Meaning::Signature
        } else if tag.name == "pre" {
            Meaning::Preformatted
        } else {
            Meaning::None
        };
        if meaning != Meaning::None {
            self.writer.end_begun();
        }
        if let Some(count) = self.within.count(meaning) {
            *count += 1;
        }
        match self.open.get_mut(&*tag.name) {
            Some(open) => open.push(meaning),
            None => _ = self.open.insert(tag.name.to_string(), vec![meaning]),
        }
    }

    fn end(&mut self, name: &str) {
        if name == "a"
            && let Some(Link { target, text }) = self.link.take()
        {
            let bare = target.trim_end_matches('/').split_once("://").map_or(&*target, |(_, bare)| bare);
            if !text.trim().is_empty() && !text.contains(bare) {
                self.say(&format!(" <{target}>"));
            }
        }
        if BLOCKS.contains(&name) {
            self.writer.end_begun();
        }
        let Some(meaning) = self.open.get_mut(name).and_then(Vec::pop) else { return };
        if meaning != Meaning::None {
            self.writer.end_begun();
        }
        if let Some(count) = self.within.count(meaning) {
            *count -= 1;
        }
    }
}

impl Within {
    fn count(&mut self, meaning: Meaning) -> Option<&mut usize> {
        match meaning {
            Meaning::None => None,
            Meaning::Quote => Some(&mut self.quotes),
            Meaning::Attribution => Some(&mut self.attributions),
            Meaning::Signature => Some(&mut self.signatures),
            Meaning::Preformatted => Some(&mut self.preformatted),
        }
    }
}

/// Its classes, id and name, in small letters, without what Outlook puts before those of others.
fn names(tag: &Tag) -> Vec<String> {
    let given = ["class", "id"].into_iter().filter_map(|attribute| tag.attribute(attribute));
    let words = given.flat_map(str::split_whitespace).take(20);
    words
        .map(|word| word.to_ascii_lowercase())
        .map(|word| word.strip_prefix("x_").unwrap_or(&word).to_owned())
        .collect()
}

/// Whether it quotes: a `blockquote` that is more than an indented paragraph, as Gmail and Outlook write those, or what
/// GMX and WEB.DE have instead.
fn quotes(tag: &Tag) -> bool {
    match &*tag.name {
        "blockquote" => {
            let is_answered = tag.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("cite"));
            is_answered || !style(tag).contains("border:none")
        }
        "div" => tag.attribute("name") == Some("quote"),
        _ => false,
    }
}

fn draws_line(tag: &Tag) -> bool {
    tag.attribute("style").is_some_and(|_| {
        let style = style(tag);
        OUTLOOK_LINES.iter().any(|line| style.contains(line))
    })
}

/// Its style as Outlook would write it: in small letters, no blank after a colon.
fn style(tag: &Tag) -> String {
    tag.attribute("style").unwrap_or_default().to_ascii_lowercase().replace(": ", ":")
}

fn target(tag: &Tag) -> Option<String> {
    let target = one_line(&unescaped(tag.attribute("href")?), LINK);
    let is_web = ["https://", "http://"].iter().any(|scheme| target.get(..scheme.len()) == Some(scheme));
    (is_web && !target.contains(['<', '>', ' '])).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_said_line_by_line() {
        for (html, expected) in [
            ("Hello  <b>Ada</b>,\n how<br>are you?", "Hello Ada, how|are you?"),
            ("<p>one</p><p>two</p>", "one||two"),
            (
                "<p class=MsoNormal>one<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>two</p>",
                "one||two",
            ),
            ("<div>one</div><div><br></div><div>two</div>", "one||two"),
            ("<div>one<br></div>two", "one|two"),
            ("<ul><li>one</li><li>two</li></ul>", "* one|* two"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b|c"),
            ("<a href=\"https://x.example/\">x.example</a>", "x.example"),
            ("<a href=\"https://x.example/a?b=1&amp;c=2\">here</a>", "here <https://x.example/a?b=1&c=2>"),
            ("<a href=\"javascript:x\">here</a>", "here"),
            ("Thanks <img alt=\"👍\" src=x><img alt=logo src=y>", "Thanks 👍"),
            ("<pre>a  b\n  c</pre>", "a  b|  c"),
            ("a<blockquote type=cite>b<blockquote>c</blockquote></blockquote>d", "a|> b|> > c|d"),
            ("<blockquote style='margin:0 0 0 40px;border:none'>indented</blockquote>", "indented"),
            ("<div class=yahoo_quoted><div>b</div></div>", "> b"),
            ("a</div></blockquote>b", "a|b"),
            ("<head><title>t</title><style>s</style></head><body>a", "a"),
        ] {
            let lines: Vec<String> = lines(html).iter().map(Line::written).collect();
            assert_eq!(lines.join("|"), expected, "{html}");
        }
    }

    #[test]
    fn what_programs_mark_is_known_by_its_marks() {
        for (html, cue) in [
            ("<div class=\"gmail_attr\">x</div>", Some(Cue::Attribution)),
            ("<div class=\"moz-cite-prefix\">x<br></div>", Some(Cue::Attribution)),
            ("<div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\">x</div>", Some(Cue::Original)),
            (
                "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3pt'><p class=MsoNormal>x</p></div>",
                Some(Cue::Original),
            ),
            ("<div id=x_Signature>x</div>", Some(Cue::Signature)),
            ("<blockquote>x</blockquote>", Some(Cue::Quote)),
            ("<div class=gmail_quote>x</div>", None),
        ] {
            let lines = lines(html);
            assert_eq!((lines.len(), lines[0].cue), (1, cue), "{html}");
        }
    }
}
