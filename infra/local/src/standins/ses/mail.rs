//! The SDK's `SendEmail` as the outbox records it.

use data_encoding::BASE64;
use domain::vocabulary::ProviderName;
use jiff::Timestamp;
use serde::Deserialize;

use crate::outbox::Message;
use crate::standins::mime;

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
        let mut message = mime::read(&raw, ProviderName::Ses, at)?;
        let configuration_set =
            request.configuration_set_name.map(|name| (CONFIGURATION_SET.to_owned(), name));
        let tags = request.email_tags.into_iter().map(|tag| (tag.name, tag.value));
        message.tags = tags.chain(configuration_set).collect();
        if let Some(envelope) = request.destination.envelope() {
            message.to = envelope;
        }
        if let Some(from) = request.from_email_address {
            message.from = from;
        }
        Ok(message)
    }
}

impl Destination {
    /// The bare addresses of the envelope; none where the request leaves that to the headers.
    fn envelope(self) -> Option<String> {
        let named = [self.to_addresses, self.cc_addresses, self.bcc_addresses].concat();
        let bare: Vec<&str> = named.iter().map(|address| bare(address)).collect();
        (!bare.is_empty()).then(|| bare.join(", "))
    }
}

/// `john@example.com` of `John <john@example.com>`.
pub fn bare(address: &str) -> &str {
    match address.rsplit_once('<') {
        Some((_, rest)) => rest.trim_end().trim_end_matches('>'),
        None => address.trim(),
    }
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
