//! The body of `POST /v3/mail/send`.
//! <https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send>

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde::Serialize;

use super::events::Arguments;
use crate::{
    mailbox::Address,
    providers::{Outgoing, mime::Email},
};

/// One message to one set of recipients. Whether opens and clicks are tracked is left to the account's settings.
#[derive(Serialize)]
pub struct MailSend<'a> {
    personalizations: [Personalization<'a>; 1],
    from: Mailbox<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<Mailbox<'a>>,
    subject: &'a str,
    content: Vec<Content<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment<'a>>,
    headers: BTreeMap<&'static str, String>,
    // SendGrid keeps these for good and does not treat them as personal: our ids, and nothing else.
    custom_args: Arguments<'a>,
}

#[derive(Serialize)]
struct Personalization<'a> {
    to: Vec<Mailbox<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cc: Vec<Mailbox<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bcc: Vec<Mailbox<'a>>,
}

#[derive(Serialize)]
struct Mailbox<'a> {
    email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct Content<'a> {
    #[serde(rename = "type")]
    media_type: &'static str,
    value: &'a str,
}

#[derive(Serialize)]
struct Attachment<'a> {
    content: String,
    #[serde(rename = "type")]
    media_type: &'a str,
    filename: &'a str,
    disposition: &'static str,
}

impl<'a> MailSend<'a> {
    /// The request that sends an e-mail.
    pub fn of(email: &'a Email<'a>, message: &Outgoing<'a>) -> Self {
        let id = &message.interaction.id;
        let domain = email.from.address.rsplit_once('@').map_or("", |(_, domain)| domain);
        let mut headers: BTreeMap<_, _> = email.headers.iter().cloned().collect();
        // So that answers name the message. SendGrid takes it in place of one of its own.
        headers.insert("Message-ID", format!("<{id}@{domain}>"));
        if !email.unsubscribe.is_empty() {
            let ways: Vec<String> = email.unsubscribe.iter().map(|way| format!("<{way}>")).collect();
            headers.insert("List-Unsubscribe", ways.join(", "));
        }
        // Plain text must come first.
        let content = [("text/plain", &email.text), ("text/html", &email.html)];
        let content = content.into_iter().filter_map(|(media_type, value)| {
            let value = value.as_deref()?;
            Some(Content { media_type, value })
        });
        let attachments = email.attachments.iter().map(|file| Attachment {
            content: BASE64.encode(&file.bytes),
            media_type: file.media_type.content_type(),
            filename: &file.name,
            disposition: "attachment",
        });
        Self {
            personalizations: [Personalization::of(email)],
            from: Mailbox::of(&email.from),
            reply_to: email.reply_to.as_ref().map(Mailbox::of),
            subject: &email.subject,
            content: content.collect(),
            attachments: attachments.collect(),
            headers,
            custom_args: Arguments { tenant: message.tenant.id.as_str(), interaction: id.as_str() },
        }
    }
}

impl<'a> Personalization<'a> {
    /// SendGrid refuses a message that has one address twice.
    fn of(email: &'a Email<'a>) -> Self {
        let mut seen: Vec<String> = Vec::new();
        let [to, cc, bcc] = [&email.to, &email.cc, &email.bcc].map(|all| {
            let mut once = Vec::new();
            for one in all {
                let address = one.address.to_ascii_lowercase();
                if !seen.contains(&address) {
                    seen.push(address);
                    once.push(Mailbox::of(one));
                }
            }
            once
        });
        Self { to, cc, bcc }
    }
}

impl<'a> Mailbox<'a> {
    fn of(address: &'a Address) -> Self {
        Self { email: &address.address, name: address.name.as_deref() }
    }
}
