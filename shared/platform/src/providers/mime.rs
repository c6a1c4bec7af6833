//! An e-mail as it leaves: whom it is from and for, its headers, its text, and the bytes of all that (RFC 5322, 2045, 2046).
//!
//! `mail-builder` encodes and folds; what comes in here is made safe first: a header value is one line, an address is
//! one address, a body has no control characters.

use std::{borrow::Cow, iter};

use domain::{
    delivery::{About, Refusal, Retry},
    heading,
    interaction::Recipient,
    tenant::{EmailSender, Mailbox},
    vocabulary::{FailureReason, StatusDetails},
};
use jiff::Timestamp;
use mail_builder::{
    headers::{HeaderType, content_type::ContentType, date::Date, raw::Raw, text::Text, url::URL},
    mime::{BodyPart, MimePart},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    encoded_words,
    mailbox::Address,
    providers::{File, Outgoing, refusal},
};

/// Carries our id through mailboxes and back in feedback reports.
pub const INTERACTION_HEADER: &str = "X-Postrider-Interaction";

/// What one click posts to the link, in its form (RFC 8058, section 3.2).
pub const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// An e-mail, each of its parts fit to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email<'a> {
    /// Whom it is from.
    pub from: Address,
    /// Whom it is answered to, if that is not who it is from.
    pub reply_to: Option<Address>,
    /// Whom it is for.
    pub to: Vec<Address>,
    /// Who gets copies.
    pub cc: Vec<Address>,
    /// Who gets copies that nobody else sees.
    pub bcc: Vec<Address>,
    /// One line.
    pub subject: String,
    /// What is to be read: one of the two at least.
    pub text: Option<String>,
    /// The same as HTML.
    pub html: Option<String>,
    /// Further headers, each a name and one line.
    pub headers: Vec<(&'static str, String)>,
    /// How its recipient unsubscribes, as URLs (RFC 2369): with one click first, if at all.
    pub unsubscribe: Vec<String>,
    /// The files that go with it.
    pub attachments: &'a [File],
}

impl<'a> Email<'a> {
    /// The e-mail that a message is.
    ///
    /// # Errors
    /// A final refusal when an address or the content cannot be sent.
    pub fn of(message: &Outgoing<'a>, sender: &EmailSender) -> Result<Self, Refusal> {
        let transactional = message.interaction.transactional;
        let (from, reply_to) = addresses(sender.mailbox(transactional))?;
        let copies = &message.interaction.copies;
        let first = Recipient { email: message.interaction.to.clone(), name: copies.name.clone() };
        let to = recipients(iter::once(&first).chain(&copies.to))?;
        let (cc, bcc) = (recipients(copies.cc.iter())?, recipients(copies.bcc.iter())?);

        let answers_to = reply_to.as_ref().unwrap_or(&from);
        let id = message.interaction.id.as_str();
        let mut headers = vec![(INTERACTION_HEADER, id.to_owned())];
        if let Some(theirs) = message.answers.filter(|id| is_message_id(id)) {
            // RFC 5322, section 3.6.4.
            headers.extend(["In-Reply-To", "References"].map(|name| (name, format!("<{theirs}>"))));
        }
        if message.interaction.circumstances.automatic {
            // RFC 3834, section 5.
            headers.push(("Auto-Submitted", "auto-replied".to_owned()));
        }
        let mut ways = Vec::new();
        if !transactional {
            ways.extend(message.unsubscribe.map(str::to_owned));
            ways.push(unsubscribe(answers_to, id));
            if message.unsubscribe.is_some() {
                // RFC 8058, section 3.1.
                headers.push(("List-Unsubscribe-Post", ONE_CLICK.to_owned()));
            }
        }
        let part = |text: &Option<String>| {
            let text = text.as_deref().filter(|text| !text.trim().is_empty())?;
            Some(printable(text))
        };
        let (text, html) = (part(&message.content.content_text), part(&message.content.content_html));
        if text.is_none() && html.is_none() {
            return Err(never(
                About::Message,
                None,
                FailureReason::MessagingException,
                "The message has no content.",
            ));
        }
        Ok(Self {
            from,
            reply_to,
            to,
            cc,
            bcc,
            subject: heading::one_line(message.content.subject_line.as_deref().unwrap_or_default()),
            text,
            html,
            headers,
            unsubscribe: ways,
            attachments: message.attachments,
        })
    }

    /// Everybody it goes to, by address.
    pub fn recipients(&self) -> impl Iterator<Item = &str> {
        let all = self.to.iter().chain(&self.cc).chain(&self.bcc);
        all.map(|one| one.address.as_str())
    }

    /// The e-mail on the wire, dated; under a Message-ID, unless whoever takes it away puts in its own.
    pub fn raw(&self, message_id: Option<&str>, now: Timestamp) -> Vec<u8> {
        let mut headers: Vec<(Cow<'_, str>, HeaderType<'_>)> = vec![
            ("From".into(), self.from.header()),
            ("To".into(), Address::list(&self.to)),
            ("Subject".into(), subject(&self.subject)),
            ("Date".into(), Date::new(now.as_second()).into()),
            ("MIME-Version".into(), Raw::new("1.0").into()),
        ];
        if let Some(id) = message_id {
            headers.push(("Message-ID".into(), Raw::new(format!("<{id}>")).into()));
        }
        if !self.cc.is_empty() {
            headers.push(("Cc".into(), Address::list(&self.cc)));
        }
        if let Some(reply_to) = &self.reply_to {
            headers.push(("Reply-To".into(), reply_to.header()));
        }
        if !self.unsubscribe.is_empty() {
            let ways = self.unsubscribe.iter().map(String::as_str);
            headers.push(("List-Unsubscribe".into(), URL::new_list(ways).into()));
        }
        headers.extend(
            self.headers.iter().map(|(name, value)| ((*name).into(), Raw::new(value.as_str()).into())),
        );

        // A message is a MIME part with more headers. `MessageBuilder` would add a Message-ID of this machine.
        let body = with_attachments(self.body(), self.attachments);
        headers.extend(body.headers);
        let mut raw = Vec::new();
        MimePart { headers, contents: body.contents }.write_part(&mut raw);
        raw
    }

    /// Plain text before HTML: the last alternative is the preferred one (RFC 2046, section 5.1.4).
    fn body(&self) -> MimePart<'_> {
        match (self.text.as_deref(), self.html.as_deref()) {
            (Some(text), Some(html)) => MimePart::new(
                "multipart/alternative",
                vec![part("text/plain", text), part("text/html", html)],
            ),
            (None, Some(html)) => part("text/html", html),
            (text, None) => part("text/plain", text.unwrap_or_default()),
        }
    }
}

fn part<'a>(media_type: &'static str, text: &'a str) -> MimePart<'a> {
    MimePart::new(media_type, BodyPart::Text(text.into()))
}

fn recipients<'a>(all: impl Iterator<Item = &'a Recipient>) -> Result<Vec<Address>, Refusal> {
    let read = |one: &Recipient| {
        let address = Address::named(&one.email, one.name.as_deref());
        address.ok_or_else(|| {
            never(
                About::Recipient,
                Some(StatusDetails::InvalidContact),
                FailureReason::MissingEmailRecipientAddress,
                "The recipient's address is not one e-mail can be sent to.",
            )
        })
    };
    all.map(read).collect()
}

fn addresses(mailbox: &Mailbox) -> Result<(Address, Option<Address>), Refusal> {
    let parse = |text: &String| {
        Address::parse(text).ok_or_else(|| {
            never(
                About::Us,
                None,
                FailureReason::EmailServiceNotEnabled,
                "The tenant's e-mail sender is not an address. Correct its From and Reply-To.",
            )
        })
    };
    Ok((parse(&mailbox.from)?, mailbox.reply_to.as_ref().map(parse).transpose()?))
}

/// What is to be read before the files that go with it.
fn with_attachments<'a>(body: MimePart<'a>, attachments: &'a [File]) -> MimePart<'a> {
    if attachments.is_empty() {
        return body;
    }
    let files = attachments.iter().map(|file| {
        let bytes = BodyPart::Binary(file.bytes.as_slice().into());
        let mut part = MimePart::new(file.media_type.content_type(), bytes);
        part.headers.push(("Content-Disposition".into(), disposition(&heading::one_line(&file.name))));
        part
    });
    MimePart::new("multipart/mixed", iter::once(body).chain(files).collect::<Vec<_>>())
}

/// An attachment of this name. One that looks like an encoded word is percent-encoded (RFC 2231, section 4), as what is
/// not ASCII is: readers decode encoded words in quotes too.
fn disposition(name: &str) -> HeaderType<'static> {
    if encoded_words::looks_encoded(name) {
        let encoded = utf8_percent_encode(name, NON_ALPHANUMERIC);
        return Raw::new(format!("attachment; filename*=UTF-8''{encoded}")).into();
    }
    ContentType::new("attachment").attribute("filename", name.to_owned()).into()
}

/// Whether somebody else's Message-ID may stand in a header of ours.
fn is_message_id(id: &str) -> bool {
    (3..=500).contains(&id.len())
        && id.contains('@')
        && id.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'))
}

/// By mail to whoever reads the answers (RFC 2369).
fn unsubscribe(answers_to: &Address, id: &str) -> String {
    format!("mailto:{}?subject=unsubscribe%20{id}", answers_to.in_url())
}

fn subject(line: &str) -> HeaderType<'_> {
    if encoded_words::looks_encoded(line) {
        Raw::new(encoded_words::encoded(line)).into()
    } else {
        Text::new(line).into()
    }
}

/// Line breaks of any system become `\n`, which the encoder turns into CRLF; other control characters but the tab
/// disappear.
fn printable(text: &str) -> String {
    let breaks = text.replace("\r\n", "\n").replace('\r', "\n");
    breaks.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

fn never(about: About, details: Option<StatusDetails>, reason: FailureReason, description: &str) -> Refusal {
    refusal(about, details, reason, Retry::Never, description)
}

#[cfg(test)]
mod tests;
