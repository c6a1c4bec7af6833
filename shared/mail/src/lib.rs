//! Reading e-mail that came in: bytes in, what was said out.
//!
//! Mail is written by hundreds of programs, and some of it to do harm. So whatever comes is read as far as it can be, in
//! a time and a size that its length bounds: first apart into its parts ([`mime`]), then these into what they are for
//! ([`body`]), then the text into what its sender wrote newly and what stood below ([`said`]).

mod addresses;
mod automatic;
mod body;
mod charset;
mod file;
mod headers;
mod html;
mod introduction;
mod line;
mod lines;
mod mime;
mod page;
mod parameters;
mod phrases;
mod reply_text;
mod report;
mod signature;
mod transfer;
mod words;

use std::borrow::Cow;

use jiff::{Timestamp, civil::Date, fmt::rfc2822};
use mail_parser::DateTime;

pub use self::{
    automatic::Automatic,
    file::Enclosure,
    report::{Action, Report, Returned},
};
use self::{
    body::{Body, Segment},
    headers::Headers,
    lines::Flow,
    parameters::Parameters,
    reply_text::ReplyText,
};

/// Bytes of a mail.
pub const LARGEST: usize = 40 * 1024 * 1024;
/// Bytes of a text that are kept.
pub const TEXT: usize = 256 * 1024;
/// Bytes of sanitized HTML that are kept.
pub const HTML: usize = 512 * 1024;

/// Message ids that a mail answers.
const ANSWERS: usize = 50;
/// Mailboxes of one field.
const MAILBOXES: usize = 100;
/// Characters of a subject, as many as a line may have (RFC 5322, section 2.1.1).
const SUBJECT: usize = 998;
/// Bytes of a date that are read.
const DATE: usize = 200;

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// The ids of the mails that it answers, without angle brackets and each once, at most 50: of `In-Reply-To`, then of
    /// `References` from the newest to the oldest.
    pub answers: Vec<String>,
    /// The first author with an address.
    pub from: Option<Mailbox>,
    /// Who is to be answered instead.
    pub reply_to: Option<Mailbox>,
    /// At most 100, without those that hide who they are.
    pub to: Vec<Mailbox>,
    /// At most 100.
    pub cc: Vec<Mailbox>,
    /// The addresses it was delivered to on its way, if servers say so: `Delivered-To`, `X-Original-To`,
    /// `X-Forwarded-To`.
    pub delivered_to: Vec<String>,
    /// One line of at most 998 characters; empty if there is none.
    pub subject: String,
    /// When its sender says it was sent.
    pub sent_at: Option<Timestamp>,
    /// What its sender wrote newly, of the plain text or else of the HTML: without quotes, the mail that is answered,
    /// signatures. If nothing else was written, the whole. At most [`TEXT`] bytes, its lines ended by `\n`.
    pub text: String,
    /// What was left out of `text`, in its order; at most [`TEXT`] bytes.
    pub quoted: Option<String>,
    /// The whole as HTML, sanitized; at most [`HTML`] bytes. `None` if the mail has no HTML or too much of it:
    /// then `text` and `quoted` say what it says.
    pub html: Option<String>,
    /// At most 50.
    pub files: Vec<Enclosure>,
    /// Why it counts as written by a machine, if it does.
    pub automatic: Option<Automatic>,
    /// What it reports of mail that its recipient sent, if it is a bounce.
    pub report: Option<Report>,
}

/// One address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// As people read it: one line of at most 200 characters that steer nothing.
    pub name: Option<String>,
    /// `local@domain`
    pub address: String,
}

/// Why a mail is not read. Says it for the log, and repeats nothing of the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// There is nothing but white space.
    #[error("the mail is empty")]
    Empty,
    /// More than [`LARGEST`] bytes.
    #[error("the mail is larger than {} MB", LARGEST / 1024 / 1024)]
    Size,
    /// More headers, those of its parts among them, than 2 MB.
    #[error("the mail has more than 2 MB of headers")]
    Headers,
    /// More than 10,000 parts.
    #[error("the mail has more than 10,000 parts")]
    Parts,
    /// Multiparts within one another, more than 100.
    #[error("the parts of the mail are nested more than 100 levels deep")]
    Nesting,
}

/// Reads a mail as it stood on the wire.
///
/// # Errors
/// When it is empty, or larger or more deeply nested than any mail is.
pub fn read(raw: &[u8]) -> Result<Mail, Unreadable> {
    if raw.len() > LARGEST {
        return Err(Unreadable::Size);
    }
    let raw = broken_by_line_feeds(raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw).trim_ascii_start());
    if raw.is_empty() {
        return Err(Unreadable::Empty);
    }
    let whole = mime::parts(&raw)?;
    Ok(mail(&whole.headers, &whole.media, Body::of(&whole)))
}

/// Puts a mail together that a provider took apart already: its header block, and its parts as they were decoded.
///
/// # Errors
/// When there is more of it than any mail has.
pub fn assemble(
    headers: &str,
    text: Option<String>,
    html: Option<String>,
    files: Vec<Enclosure>,
) -> Result<Mail, Unreadable> {
    let enclosed = files.iter().map(|file| file.bytes.len());
    let texts = [&text, &html].into_iter().flatten().map(String::len);
    let size: usize = enclosed.chain(texts).sum();
    if size > LARGEST {
        return Err(Unreadable::Size);
    }
    if headers.len() > mime::HEADERS {
        return Err(Unreadable::Headers);
    }
    let headers = broken_by_line_feeds(headers.trim_ascii_start().as_bytes());
    let (headers, _) = Headers::read(&headers, |_| false);
    let media = mime::media(&headers, "text/plain");
    let plain = text.map(|text| (text, Flow::of(&media)));
    let mut body = Body { segments: vec![Segment { plain, html }], ..Body::default() };
    files.into_iter().for_each(|file| body.add_file(file.cleaned()));
    Ok(mail(&headers, &media, body))
}

/// Systems that end lines by a carriage return alone do so throughout.
fn broken_by_line_feeds(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.contains(&b'\n') || !raw.contains(&b'\r') {
        return raw.into();
    }
    raw.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect()
}

fn mail(headers: &Headers, media: &Parameters, body: Body) -> Mail {
    let mailboxes = |name: &str, most| {
        let lists = headers.all(name).flat_map(move |list| addresses::mailboxes(list, most));
        lists.take(most).collect::<Vec<_>>()
    };
    let from = mailboxes("from", 1).pop();
    let subject = headers.text("subject", SUBJECT).unwrap_or_default();
    let automatic = automatic::reason(headers, media, from.as_ref(), &subject, body.answers_invitation);
    let report = if automatic == Some(Automatic::Bounce) { report::among(&body.files) } else { None };
    let ReplyText { text, quoted } = reply_text::separate(&body.lines());
    let delivered_to = ["delivered-to", "x-original-to", "x-forwarded-to"];
    let delivered_to = delivered_to.into_iter().flat_map(|name| mailboxes(name, MAILBOXES));
    Mail {
        message_id: headers.ids("message-id").into_iter().next(),
        answers: answers(headers),
        reply_to: mailboxes("reply-to", 1).pop(),
        to: mailboxes("to", MAILBOXES),
        cc: mailboxes("cc", MAILBOXES),
        delivered_to: unique(delivered_to.map(|mailbox| mailbox.address), MAILBOXES),
        sent_at: headers.first("date").and_then(sent_at),
        text: line::cut(text, TEXT),
        quoted: quoted.map(|quoted| line::cut(quoted, TEXT)),
        html: body.html().and_then(|html| sanitized(&html)),
        files: body.files,
        from,
        subject,
        automatic,
        report,
    }
}

fn answers(headers: &Headers) -> Vec<String> {
    let references = headers.ids("references");
    unique(headers.ids("in-reply-to").into_iter().chain(references.into_iter().rev()), ANSWERS)
}

/// The first `most` that are different.
fn unique(all: impl Iterator<Item = String>, most: usize) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for one in all {
        if kept.len() == most {
            break;
        }
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

/// When a mail was sent, as RFC 5322, section 3.3, has it, or as it is written anyway: without a zone, as in
/// RFC 3339, with a day of the week that is not that day's.
fn sent_at(date: &str) -> Option<Timestamp> {
    let date = date[..date.floor_char_boundary(DATE)].trim();
    let parser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let as_it_is = parser.parse_timestamp(date).or_else(|_| date.parse());
    let without_zone = || parser.parse_timestamp(format!("{date} +0000"));
    as_it_is.or_else(|_| without_zone()).ok().or_else(|| {
        let read = DateTime::parse_rfc822(&format!("{date}\n")).filter(DateTime::is_valid)?;
        // Months of 31 days each are valid to the parser.
        Date::new(i16::try_from(read.year).ok()?, read.month.cast_signed(), read.day.cast_signed()).ok()?;
        Timestamp::from_second(read.to_timestamp()).ok()
    })
}

fn sanitized(html: &str) -> Option<String> {
    let html = html::rewritten(html, rendering::untrusted::TAGS, HTML)?;
    let html = rendering::untrusted::html(html).ok()?;
    (html.len() <= HTML && !html.trim().is_empty()).then_some(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_in_every_form_it_comes_in() {
        for (date, at) in [
            ("Fri, 3 May 2024 10:11:12 -0400", Some("2024-05-03T14:11:12Z")),
            ("3 May 2024 10:11:12 +0000 (UTC)", Some("2024-05-03T10:11:12Z")),
            ("Fri,  3  May  2024  10:11 GMT", Some("2024-05-03T10:11:00Z")),
            ("Fri, 03 May 24 10:11:12 EST", Some("2024-05-03T15:11:12Z")),
            ("Mon, 3 May 2024 10:11:12 PDT", Some("2024-05-03T17:11:12Z")),
            ("Fri, 3 May 2024 10:11:12", Some("2024-05-03T10:11:12Z")),
            ("Friday, 3 May 2024 10:11:12 +0530", Some("2024-05-03T04:41:12Z")),
            ("2024-05-03T10:11:12+02:00", Some("2024-05-03T08:11:12Z")),
            ("Fri, 31 Feb 2024 10:11:12 +0000", None),
            ("Fri, 3 May 9999999 10:11:12 +0000", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(sent_at(date).map(|at| at.to_string()).as_deref(), at, "{date}");
        }
    }
}
