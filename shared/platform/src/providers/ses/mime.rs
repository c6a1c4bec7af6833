//! Composes an e-mail as the bytes SES sends: headers, one or two text parts, and attachments
//! (RFC 5322, 2045, 2046).
//!
//! `mail-builder` encodes and folds; what comes in here is made safe first: a header value is one line, an address is
//! one address, a body has no control characters.

use std::{borrow::Cow, iter};

use domain::{
    delivery::{Refusal, Retry},
    interaction::Recipient,
    tenant::{EmailSender, Mailbox},
    vocabulary::{FailureReason, StatusDetails},
};
use jiff::Timestamp;
use mail_builder::{
    headers::{HeaderType, date::Date, raw::Raw, text::Text, url::URL},
    mime::{BodyPart, MimePart},
};

use crate::mailbox::Address;
use crate::providers::{File, Outgoing, refusal};

/// Carries our id through mailboxes and back in feedback reports.
pub const INTERACTION_HEADER: &str = "X-Postrider-Interaction";

/// What one click posts to the link, in its form (RFC 8058, section 3.2).
pub const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// A message and whom to give it to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// The recipients' addresses alone.
    pub to: Vec<String>,
    /// Those of copies.
    pub cc: Vec<String>,
    /// Those of copies that nobody else sees.
    pub bcc: Vec<String>,
    /// Headers and body.
    pub raw: Vec<u8>,
}

/// Composes a message. SES puts in its own `Message-ID`, and its own `Date` in place of ours.
///
/// # Errors
/// A final refusal when an address or the content cannot be sent.
pub fn compose(message: &Outgoing<'_>, sender: &EmailSender, now: Timestamp) -> Result<Composed, Refusal> {
    let transactional = message.interaction.transactional;
    let (from, reply_to) = addresses(sender.mailbox(transactional))?;
    let copies = &message.interaction.copies;
    let first = Recipient { email: message.interaction.to.clone(), name: copies.name.clone() };
    let to = recipients(iter::once(&first).chain(&copies.to))?;
    let (cc, bcc) = (recipients(copies.cc.iter())?, recipients(copies.bcc.iter())?);

    let answers_to = reply_to.as_ref().unwrap_or(&from);
    let id = message.interaction.id.as_str();
    let mut headers: Vec<(Cow<'_, str>, HeaderType<'_>)> = vec![
        ("From".into(), from.header()),
        ("To".into(), Address::list(&to)),
        (
            "Subject".into(),
            Text::new(one_line(message.content.subject_line.as_deref().unwrap_or_default())).into(),
        ),
        ("Date".into(), Date::new(now.as_second()).into()),
        ("MIME-Version".into(), Raw::new("1.0").into()),
        (INTERACTION_HEADER.into(), Raw::new(id).into()),
    ];
    if !cc.is_empty() {
        headers.push(("Cc".into(), Address::list(&cc)));
    }
    if let Some(reply_to) = &reply_to {
        headers.push(("Reply-To".into(), reply_to.header()));
    }
    if let Some(theirs) = message.answers.filter(|id| is_message_id(id)) {
        // RFC 5322, section 3.6.4.
        for name in ["In-Reply-To", "References"] {
            headers.push((name.into(), Raw::new(format!("<{theirs}>")).into()));
        }
    }
    if message.interaction.circumstances.automatic {
        // RFC 3834, section 5.
        headers.push(("Auto-Submitted".into(), Raw::new("auto-replied").into()));
    }
    if !transactional {
        let by_mail = unsubscribe(answers_to, id);
        let ways = message.unsubscribe.map(str::to_owned).into_iter().chain([by_mail]);
        headers.push(("List-Unsubscribe".into(), URL::new_list(ways).into()));
        if message.unsubscribe.is_some() {
            // RFC 8058, section 3.1.
            headers.push(("List-Unsubscribe-Post".into(), Raw::new(ONE_CLICK).into()));
        }
    }

    // A message is a MIME part with more headers. `MessageBuilder` would add a Message-ID of this machine.
    let body = with_attachments(body(message)?, message.attachments);
    headers.extend(body.headers);
    let mut raw = Vec::new();
    MimePart { headers, contents: body.contents }.write_part(&mut raw);
    let addresses = |all: Vec<Address>| all.into_iter().map(|one| one.address).collect();
    Ok(Composed { to: addresses(to), cc: addresses(cc), bcc: addresses(bcc), raw })
}

fn recipients<'a>(all: impl Iterator<Item = &'a Recipient>) -> Result<Vec<Address>, Refusal> {
    let read = |one: &Recipient| {
        let address = Address::named(&one.email, one.name.as_deref());
        address.ok_or_else(|| {
            never(
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
                None,
                FailureReason::EmailServiceNotEnabled,
                "The tenant's e-mail sender is not an address. Correct its From and Reply-To.",
            )
        })
    };
    Ok((parse(&mailbox.from)?, mailbox.reply_to.as_ref().map(parse).transpose()?))
}

/// Plain text before HTML: the last alternative is the preferred one (RFC 2046, section 5.1.4).
fn body<'a>(message: &Outgoing<'a>) -> Result<MimePart<'a>, Refusal> {
    let part = |media_type, text: &Option<String>| {
        let text = text.as_deref().filter(|text| !text.trim().is_empty())?;
        Some(MimePart::new(media_type, BodyPart::Text(printable(text).into())))
    };
    let text = part("text/plain", &message.content.content_text);
    let html = part("text/html", &message.content.content_html);
    match (text, html) {
        (Some(text), Some(html)) => Ok(MimePart::new("multipart/alternative", vec![text, html])),
        (Some(only), None) | (None, Some(only)) => Ok(only),
        (None, None) => Err(never(None, FailureReason::MessagingException, "The message has no content.")),
    }
}

/// What is to be read before the files that go with it.
fn with_attachments<'a>(body: MimePart<'a>, attachments: &'a [File]) -> MimePart<'a> {
    if attachments.is_empty() {
        return body;
    }
    let files = attachments.iter().map(|file| {
        let bytes = BodyPart::Binary(file.bytes.as_slice().into());
        MimePart::new(file.media_type.content_type(), bytes).attachment(file.name.as_str())
    });
    MimePart::new("multipart/mixed", iter::once(body).chain(files).collect::<Vec<_>>())
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

/// Control characters, line breaks among them, become spaces.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// Line breaks of any system become `\n`, which the encoder turns into CRLF; other control characters but the tab
/// disappear.
fn printable(text: &str) -> String {
    let breaks = text.replace("\r\n", "\n").replace('\r', "\n");
    breaks.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

fn never(details: Option<StatusDetails>, reason: FailureReason, description: &str) -> Refusal {
    refusal(details, reason, Retry::Never, description)
}

#[cfg(test)]
mod tests;
