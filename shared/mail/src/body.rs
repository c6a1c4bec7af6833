//! What the parts of a mail are for: its text, its HTML, its files.

use std::borrow::Cow;

use crate::{
    Enclosure, charset,
    lines::{Flow, Line, plain},
    mime::{Content, Part},
    page, transfer,
};

/// Files that are kept.
const FILES: usize = 50;
/// Bytes of one text that are read. More than is kept of it, because HTML is more than its text.
const TEXT: usize = 4 * 1024 * 1024;
/// Where HTML says its charset (HTML, "prescan a byte stream to determine its encoding").
const PRESCAN: usize = 1024;

/// A text in one form or in both.
#[derive(Debug, Default)]
pub(crate) struct Segment {
    pub(crate) plain: Option<(String, Flow)>,
    pub(crate) html: Option<String>,
}

/// What a mail holds.
#[derive(Debug, Default)]
pub(crate) struct Body {
    /// One after the other.
    pub(crate) segments: Vec<Segment>,
    pub(crate) files: Vec<Enclosure>,
    /// Whether it answers an invitation.
    pub(crate) answers_invitation: bool,
}

impl Body {
    pub(crate) fn of(whole: &Part) -> Self {
        let mut body = Self::default();
        body.gather(whole, true);
        if body.is_blank() {
            body.take_text_from_files();
        }
        body
    }

    pub(crate) fn add_file(&mut self, file: Enclosure) {
        self.answers_invitation |= file.media_type == "text/calendar" && is_answer(&file.bytes);
        if self.files.len() < FILES {
            self.files.push(file);
        }
    }

    fn gather(&mut self, part: &Part, is_whole: bool) {
        match &part.content {
            Content::Parts(parts) if part.media.value == "multipart/alternative" => self.choose(parts),
            Content::Parts(parts) => parts.iter().for_each(|part| self.gather(part, false)),
            Content::Bytes(raw) => self.add(part, raw, is_whole),
        }
    }

    /// Of several forms of one text the plain one and the richest HTML.
    fn choose(&mut self, parts: &[Part]) {
        let mut chosen = Segment::default();
        for part in parts {
            let mut form = Self::default();
            form.gather(part, false);
            form.files.into_iter().for_each(|file| self.add_file(file));
            let (html, plain): (Vec<_>, Vec<_>) =
                form.segments.into_iter().partition(|one| one.html.is_some());
            // Plain text beside HTML, such as what a list adds below, is part of that form.
            let beside = if html.is_empty() { None } else { joined(plain.iter().filter_map(plain_of)) };
            let html = joined(html.iter().filter_map(|one| one.html.as_deref()));
            let html =
                html.map(|html| beside.into_iter().fold(html, |html, text| html + &preformatted(&text)));
            if html.is_some() {
                chosen.html = html;
            } else if chosen.plain.as_ref().is_none_or(|(text, _)| text.trim().is_empty()) {
                let flow =
                    plain.iter().find_map(|one| one.plain.as_ref()).map_or(Flow::Fixed, |(_, flow)| *flow);
                chosen.plain = joined(plain.iter().filter_map(plain_of)).map(|text| (text, flow));
            }
        }
        self.segments.push(chosen);
    }

    fn add(&mut self, part: &Part, raw: &[u8], is_whole: bool) {
        let disposition = part.headers.parameters("content-disposition").unwrap_or_default();
        let is_named = disposition.named("filename").is_some() || part.media.named("name").is_some();
        let is_file = disposition.value == "attachment" || is_named;
        let media = part.media.value.as_str();
        self.answers_invitation |= media == "text/calendar" && part.media.says("method", "reply");
        match media {
            "text/plain" | "text/html" if !is_file || is_whole => {
                let bytes = decoded(part, &raw[..raw.len().min(TEXT)]);
                let label = part.media.named("charset").map(str::to_owned);
                let label = label.or_else(|| (media == "text/html").then(|| declared(&bytes)).flatten());
                let text = charset::decode(&bytes, label.as_deref());
                self.segments.push(if media == "text/html" {
                    Segment { plain: None, html: Some(text) }
                } else {
                    Segment { plain: Some((text, Flow::of(&part.media))), html: None }
                });
            }
            // A third form of the text, for programs that run what is in it.
            "text/x-amp-html" | "text/watch-html" => {}
            _ => self.add_file(Enclosure::of(part, decoded(part, raw).into_owned())),
        }
    }

    /// Whether it says nothing.
    fn is_blank(&self) -> bool {
        self.segments.iter().all(|one| {
            one.html.is_none() && one.plain.as_ref().is_none_or(|(text, _)| text.trim().is_empty())
        })
    }

    /// Gateways for texts from phones put what was written into a file.
    fn take_text_from_files(&mut self) {
        let text = self.files.iter().find(|file| file.media_type == "text/plain");
        if let Some(bytes) = text.map(|file| &file.bytes[..file.bytes.len().min(TEXT)]) {
            let plain = Some((charset::decode(bytes, None), Flow::Fixed));
            self.segments = vec![Segment { plain, html: None }];
        }
    }

    /// Its text, line by line.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for segment in &self.segments {
            match segment {
                Segment { plain: Some((text, flow)), html } if html.is_none() || !text.trim().is_empty() => {
                    lines.extend(plain(text, *flow));
                }
                Segment { html: Some(html), .. } => lines.extend(page::lines(html)),
                Segment { .. } => {}
            }
        }
        lines
    }

    /// Its HTML, if any of it is that.
    pub(crate) fn html(&self) -> Option<String> {
        let has_any = self.segments.iter().any(|one| one.html.is_some());
        let form = |one: &Segment| match one {
            Segment { html: Some(html), .. } => Some(html.clone()),
            Segment { plain: Some((text, _)), .. } => Some(preformatted(text)),
            Segment { plain: None, html: None } => None,
        };
        has_any.then(|| self.segments.iter().filter_map(form).collect())
    }
}

fn plain_of(segment: &Segment) -> Option<&str> {
    segment.plain.as_ref().map(|(text, _)| text.as_str())
}

fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    texts.map(str::to_owned).reduce(|all, one| all + "\n" + &one)
}

fn preformatted(text: &str) -> String {
    format!("<pre>{}</pre>", text.replace('&', "&amp;").replace('<', "&lt;"))
}

fn decoded<'a>(part: &Part, raw: &'a [u8]) -> Cow<'a, [u8]> {
    let encoding = part.headers.first("content-transfer-encoding").unwrap_or_default().to_ascii_lowercase();
    match encoding.split([';', ' ', '(']).next().unwrap_or_default() {
        "base64" => transfer::base64(raw).into(),
        "quoted-printable" => transfer::quoted_printable(raw).into(),
        _ => raw.into(),
    }
}

/// The charset that HTML says it is in.
fn declared(html: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&html[..html.len().min(PRESCAN)]).to_ascii_lowercase();
    let (_, after) = head.split_once("charset=")?;
    let label = after
        .trim_start_matches(['"', '\''])
        .split(|c: char| !c.is_ascii_alphanumeric() && !"-_:".contains(c));
    label.take(1).find(|label| !label.is_empty()).map(str::to_owned)
}

fn is_answer(calendar: &[u8]) -> bool {
    let head = &calendar[..calendar.len().min(4_000)];
    head.split(|byte| *byte == b'\n').any(|line| line.trim_ascii().eq_ignore_ascii_case(b"METHOD:REPLY"))
}
