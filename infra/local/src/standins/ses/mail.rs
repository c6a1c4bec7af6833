//! The SDK's `SendEmail` as the outbox records it.

use data_encoding::BASE64;
use domain::vocabulary::{ProviderName, SendingChannel};
use jiff::Timestamp;
use mail_parser::{Address, ContentType, HeaderForm, HeaderName, HeaderValue, MessageParser, MimeHeaders};
use serde::Deserialize;

use crate::outbox::{Attachment, Message};

/// The tag SES itself puts on a message sent with a configuration set.
pub const CONFIGURATION_SET: &str = "ses:configuration-set";

/// The parts of `SendEmail` that matter here; the rest is the local AWS's concern.
/// <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html>
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendEmail {
    from_email_address: Option<String>,
    #[serde(default)]
    destination: Destination,
    content: Content,
    #[serde(default)]
    email_tags: Vec<Tag>,
    configuration_set_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Destination {
    to_addresses: Vec<String>,
    cc_addresses: Vec<String>,
    bcc_addresses: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    raw: Raw,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Raw {
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    name: String,
    value: String,
}

impl SendEmail {
    /// Reads the request and the MIME message in it, as accepted at `at`; its SES id is not known yet. The error says
    /// what is wrong.
    pub fn message(request: &[u8], at: Timestamp) -> Result<Message, String> {
        let request: Self = serde_json::from_slice(request).map_err(|error| error.to_string())?;
        let raw = BASE64.decode(request.content.raw.data.as_bytes()).map_err(|error| error.to_string())?;
        let mime = MessageParser::default().parse(&raw).ok_or("the raw message has no headers")?;

        let configuration_set =
            request.configuration_set_name.map(|name| (CONFIGURATION_SET.to_owned(), name));
        let attachments = mime.attachments().map(|file| Attachment {
            name: file.attachment_name().unwrap_or_default().to_owned(),
            media_type: file.content_type().map(media_type),
            size: Some(file.len()),
        });
        let html = mime.html_bodies().find(|part| part.is_text_html()).and_then(|part| part.text_contents());
        Ok(Message {
            sequence: 0,
            at,
            provider: ProviderName::Ses,
            provider_message_id: String::new(),
            channel: SendingChannel::Email,
            to: request.destination.or_of(&mime).join(", "),
            from: request.from_email_address.or_else(|| header(&mime, "From")).unwrap_or_default(),
            subject: mime.subject().map(str::to_owned),
            body: mime.body_text(0).unwrap_or_default().into_owned(),
            html: html.map(str::to_owned),
            headers: mime
                .headers()
                .iter()
                .filter_map(|one| Some((one.name().to_owned(), header(&mime, one.name().to_owned())?)))
                .collect(),
            attachments: attachments.collect(),
            tags: request
                .email_tags
                .into_iter()
                .map(|tag| (tag.name, tag.value))
                .chain(configuration_set)
                .collect(),
            reports: Vec::new(),
            raw: String::from_utf8_lossy(&raw).into_owned(),
        })
    }
}

impl Destination {
    /// The bare addresses of the envelope; those in the headers when the request names none.
    fn or_of(self, mime: &mail_parser::Message<'_>) -> Vec<String> {
        let named = [self.to_addresses, self.cc_addresses, self.bcc_addresses].concat();
        if named.is_empty() {
            let listed = [mime.to(), mime.cc(), mime.bcc()].into_iter().flatten().flat_map(Address::iter);
            return listed.filter_map(|one| one.address().map(str::to_owned)).collect();
        }
        named.iter().map(|address| bare(address).to_owned()).collect()
    }
}

/// `john@example.com` of `John <john@example.com>`.
pub fn bare(address: &str) -> &str {
    match address.rsplit_once('<') {
        Some((_, rest)) => rest.trim_end().trim_end_matches('>'),
        None => address.trim(),
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn display_name_is_not_part_of_an_address() {
        for (address, expected) in [
            ("john@example.com", "john@example.com"),
            (" john@example.com ", "john@example.com"),
            ("John <john@example.com>", "john@example.com"),
            ("\"John <J> Doe\" <john@example.com> ", "john@example.com"),
        ] {
            assert_eq!(bare(address), expected);
        }
    }

    proptest! {
        #[test]
        fn any_raw_message_is_read_or_refused(raw in proptest::collection::vec(any::<u8>(), 0..400)) {
            let request = json!({ "Content": { "Raw": { "Data": BASE64.encode(&raw) } } });
            let _ = SendEmail::message(request.to_string().as_bytes(), Timestamp::UNIX_EPOCH);
        }
    }
}
