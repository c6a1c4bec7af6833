//! What a mail says, line by line, with how deep each is quoted: from plain text and from HTML.

use crate::parameters::Parameters;

/// Lines of a text that are read.
const LINES: usize = 100_000;
/// How deep quotes are distinguished; programs stop far below.
const DEEPEST: usize = 20;

/// A line.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Line {
    /// How many `>` or quoting elements it stands behind.
    pub(crate) depth: usize,
    /// Without white space at its end.
    pub(crate) text: String,
    pub(crate) cue: Option<Cue>,
}

/// What the element that a line is in says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cue {
    /// It says who wrote what is quoted next.
    Attribution,
    /// From here on stands the mail that is answered.
    Original,
    /// It is quoted.
    Quote,
    /// It is of a signature.
    Signature,
}

impl Line {
    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// As plain text.
    pub(crate) fn written(&self) -> String {
        let marks = "> ".repeat(self.depth.min(DEEPEST)) + &self.text;
        marks.trim_end().to_owned()
    }
}

/// How lines of plain text flow (RFC 3676).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    Fixed,
    Flowed {
        /// Whether the blank at the end of a line that goes on is not part of the text (`DelSp=yes`).
        drops_blank: bool,
    },
}

impl Flow {
    /// As a media type says.
    pub(crate) fn of(media: &Parameters) -> Self {
        if media.says("format", "flowed") {
            Self::Flowed { drops_blank: media.says("delsp", "yes") }
        } else {
            Self::Fixed
        }
    }
}

/// The lines of a plain text, whatever ends them.
pub(crate) fn plain(text: &str, flow: Flow) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut goes_on = false;
    for raw in broken(text) {
        let (depth, text) = quoted(&raw, flow);
        let is_divider = text == "-- ";
        match lines.last_mut() {
            Some(last) if goes_on && last.depth == depth && !is_divider => last.text.push_str(text),
            _ => lines.push(Line { depth, text: text.to_owned(), cue: None }),
        }
        goes_on = match flow {
            Flow::Fixed => false,
            Flow::Flowed { drops_blank } => {
                let goes_on = text.ends_with(' ') && !is_divider;
                if let Some(last) = lines.last_mut().filter(|_| goes_on && drops_blank) {
                    last.text.pop();
                }
                goes_on
            }
        };
    }
    for line in &mut lines {
        line.text.truncate(line.text.trim_end().len());
    }
    lines
}

/// Its lines, without breaks and without what steers a terminal.
fn broken(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next().filter(|_| lines.len() < LINES) {
        match c {
            '\r' => {
                // Gateways that translate line breaks twice make `\r\r\n`.
                while chars.next_if_eq(&'\r').is_some() {}
                chars.next_if_eq(&'\n');
                lines.push(std::mem::take(&mut line));
            }
            '\n' | '\u{2028}' | '\u{2029}' => lines.push(std::mem::take(&mut line)),
            '\u{a0}' => line.push(' '),
            c if is_silent(c) => {}
            c => line.push(c),
        }
    }
    lines.push(line);
    lines
}

/// Whether it stands for nothing that is read.
fn is_silent(c: char) -> bool {
    c != '\t' && c.is_control() || c == '\u{feff}'
}

/// How deep a line is quoted, and what it says behind its marks.
fn quoted(raw: &str, flow: Flow) -> (usize, &str) {
    // Mailbox files have every `From ` at the beginning of a line escaped.
    if raw.starts_with(">From ") {
        return (0, &raw[1..]);
    }
    let mut depth = 0;
    let mut rest = raw;
    while let Some(after) = rest.strip_prefix('>') {
        depth += 1;
        rest = match after.strip_prefix(' ') {
            Some(spaced) if spaced.starts_with('>') && flow == Flow::Fixed => spaced,
            _ => after,
        };
    }
    // The blank behind the marks, or before what would look like one (RFC 3676, section 4.4).
    let is_stuffed = depth > 0 || flow != Flow::Fixed;
    (depth.min(DEEPEST), rest.strip_prefix(' ').filter(|_| is_stuffed).unwrap_or(rest))
}

/// Lines as they are written one by one, by whoever reads another format.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) lines: Vec<Line>,
    line: Line,
    has_begun: bool,
    is_spaced: bool,
}

impl Writer {
    /// Adds text in which white space means a blank.
    pub(crate) fn say(&mut self, text: &str, depth: usize, cue: Option<Cue>) {
        for (nth, word) in text.split(|c: char| c.is_whitespace() && c != '\u{a0}').enumerate() {
            self.is_spaced |= nth > 0;
            self.put(word, depth, cue);
        }
    }

    /// Adds text in which white space is kept.
    pub(crate) fn say_as_is(&mut self, text: &str, depth: usize, cue: Option<Cue>) {
        for (nth, line) in text.split('\n').enumerate() {
            if nth > 0 {
                self.end(depth, cue);
            }
            self.put(line, depth, cue);
        }
    }

    fn put(&mut self, text: &str, depth: usize, cue: Option<Cue>) {
        if text.is_empty() {
            return;
        }
        if !self.has_begun {
            self.line = Line { depth, text: String::new(), cue };
            self.has_begun = true;
        } else if self.is_spaced && !self.line.text.is_empty() {
            self.line.text.push(' ');
        }
        self.is_spaced = false;
        for part in text.split(is_silent) {
            self.line.text.push_str(part);
        }
    }

    /// Ends the line, if one has begun.
    pub(crate) fn end_begun(&mut self) {
        if self.has_begun {
            self.push();
        }
        self.is_spaced = false;
    }

    /// Ends the line; one that has not begun is a blank line.
    pub(crate) fn end(&mut self, depth: usize, cue: Option<Cue>) {
        if !self.has_begun {
            self.line = Line { depth, text: String::new(), cue };
        }
        self.push();
    }

    /// Leaves a blank line, unless there is one.
    pub(crate) fn gap(&mut self, depth: usize, cue: Option<Cue>) {
        self.end_begun();
        if self.lines.last().is_some_and(|last| !last.text.is_empty() && last.depth == depth) {
            self.end(depth, cue);
        }
    }

    fn push(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        line.text.truncate(line.text.trim_end().len());
        if line.text.contains('\u{a0}') {
            line.text = line.text.replace('\u{a0}', " ");
        }
        // One blank line is as good as ten.
        let is_gap = line.text.is_empty()
            && self.lines.last().is_some_and(|last| last.text.is_empty() && last.depth == line.depth);
        if !is_gap && self.lines.len() < LINES {
            self.lines.push(line);
        }
        self.has_begun = false;
        self.is_spaced = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, flow: Flow) -> Vec<String> {
        plain(text, flow).iter().map(Line::written).collect()
    }

    #[test]
    fn lines_are_told_whatever_ends_them() {
        for (text, lines) in [
            ("a\nb\r\nc\rd\r\r\ne", vec!["a", "b", "c", "d", "e"]),
            ("a  \n\n b", vec!["a", "", " b"]),
            ("a\0b\u{1b}c", vec!["abc"]),
            (">From me", vec!["From me"]),
            (">> a\n> > b\n>c\n> ", vec!["> > a", "> > b", "> c", ">"]),
        ] {
            assert_eq!(written(text, Flow::Fixed), lines, "{text:?}");
        }
    }

    #[test]
    fn flowed_lines_are_put_together() {
        let kept = Flow::Flowed { drops_blank: false };
        let dropped = Flow::Flowed { drops_blank: true };
        for (text, flow, lines) in [
            ("one \ntwo \nthree\nfour", kept, vec!["one two three", "four"]),
            ("日 \n本", dropped, vec!["日本"]),
            ("> a \n> b\nc", kept, vec!["> a b", "c"]),
            ("> a \n>> b", kept, vec!["> a", "> > b"]),
            (" >no quote\n  spaced", kept, vec![">no quote", " spaced"]),
            ("text \n-- \nname", kept, vec!["text", "--", "name"]),
        ] {
            assert_eq!(written(text, flow), lines, "{text:?}");
        }
    }
}
