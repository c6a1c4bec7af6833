//! A mail on the wire as the outbox records it.

use std::collections::BTreeMap;

use domain::vocabulary::{ProviderName, SendingChannel};
use jiff::Timestamp;
use mail_parser::{Address, ContentType, HeaderForm, HeaderName, HeaderValue, MessageParser, MimeHeaders};

use crate::outbox::{Attachment, Message};

/// Reads a mail that a provider takes at `at`. Its id with the provider is not known yet, nor what else the send says. The
/// error says what is wrong.
pub fn read(raw: &[u8], provider: ProviderName, at: Timestamp) -> Result<Message, String> {
    let mime = MessageParser::default().parse(raw).ok_or("the raw message has no headers")?;
    let attachments = mime.attachments().map(|file| Attachment {
        name: file.attachment_name().unwrap_or_default().to_owned(),
        media_type: file.content_type().map(media_type),
        size: Some(file.len()),
    });
    let html = mime.html_bodies().find(|part| part.is_text_html()).and_then(|part| part.text_contents());
    let listed = [mime.to(), mime.cc(), mime.bcc()].into_iter().flatten().flat_map(Address::iter);
    let listed: Vec<&str> = listed.filter_map(|one| one.address()).collect();
    Ok(Message {
        sequence: 0,
        at,
        provider,
        provider_message_id: String::new(),
        channel: SendingChannel::Email,
        to: listed.join(", "),
        from: header(&mime, "From").unwrap_or_default(),
        subject: mime.subject().map(str::to_owned),
        body: mime.body_text(0).unwrap_or_default().into_owned(),
        html: html.map(str::to_owned),
        headers: mime
            .headers()
            .iter()
            .filter_map(|one| Some((one.name().to_owned(), header(&mime, one.name().to_owned())?)))
            .collect(),
        attachments: attachments.collect(),
        tags: BTreeMap::new(),
        reports: Vec::new(),
        raw: String::from_utf8_lossy(raw).into_owned(),
    })
}

/// A header's text, decoded and unfolded; the values of several of that name joined by a line break.
fn header<'m>(mime: &mail_parser::Message<'m>, name: impl Into<HeaderName<'m>>) -> Option<String> {
    let values = mime.header_as(name, HeaderForm::Text);
    let texts: Vec<&str> = values.iter().filter_map(HeaderValue::as_text).collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

fn media_type(content_type: &ContentType<'_>) -> String {
    format!("{}/{}", content_type.ctype(), content_type.subtype().unwrap_or("*"))
}
