//! What is to be sent, to whom, by which channels.

use std::collections::BTreeSet;

use domain::{
    Error,
    error::Violation,
    formats,
    shape::{self, given},
    template::Source,
    update::Faults,
    vocabulary::DispatchChannel,
};
use platform::{public_address::check_url, templates::jobs::apart};
use rendering::{email, untrusted};
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::{Value, json};

/// Characters of a subject: as many as RFC 5322, section 2.1.1, lets a subject line have.
const MAX_SUBJECT: usize = 998;
/// Characters of a body.
const MAX_BODY: usize = 262_144;
/// Characters of a user's id.
const MAX_USER: usize = 256;

/// A message to one recipient by any channels at the same time.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(example = example(), transform = recipients)]
pub struct DispatchRequest {
    /// The subject line of the e-mail, and the title of the notice or notification; up to 998 characters.
    #[schemars(with = "shape::Line<{ MAX_SUBJECT }>")]
    pub(super) subject: String,
    /// What it says, in up to 262,144 characters.
    #[schemars(with = "shape::Text<{ MAX_BODY }>")]
    pub(super) body: String,
    /// By which channels, each once.
    #[schemars(length(min = 1, max = 5), extend("uniqueItems" = true))]
    pub(super) channels: Vec<DispatchChannel>,
    /// Needed for Email.
    #[serde(default)]
    #[schemars(with = "Option<shape::Email>")]
    pub(super) email_address: Option<String>,
    /// Needed for Sms; in E.164.
    #[serde(default)]
    #[schemars(with = "Option<shape::Phone>")]
    pub(super) phone_number: Option<String>,
    /// Needed for InApp: a borrower, by your id as it is or with ext- in front, or by ours.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ MAX_USER }>>")]
    pub(super) user_id: Option<String>,
    /// Needed for Push.
    #[serde(default)]
    #[schemars(with = "Option<shape::PushToken>")]
    pub(super) push_token: Option<String>,
    /// Needed for Webhook: public and https.
    #[serde(default)]
    #[schemars(with = "Option<shape::HttpsUrl>")]
    pub(super) webhook_url: Option<String>,
    /// Whether the body is HTML, for e-mail. What runs in it, or could cover the rest, is left out.
    #[serde(default)]
    pub(super) is_html: Option<bool>,
}

/// In schemas: that there is a recipient for each channel.
fn recipients(schema: &mut Schema) {
    let needs = |channel: &str, recipient: &str| {
        let named = json!({ "properties": { "channels": { "contains": { "const": channel } } } });
        json!({ "if": named, "then": given(recipient) })
    };
    shape::hold(
        schema,
        json!([
            needs("Email", "emailAddress"),
            needs("Sms", "phoneNumber"),
            needs("InApp", "userId"),
            needs("Push", "pushToken"),
            needs("Webhook", "webhookUrl"),
        ]),
    );
}

impl DispatchRequest {
    /// Holds it to what its channels need.
    pub(super) fn check(&self) -> Result<(), Error> {
        let mut faults = Faults::default();
        faults.line("/subject", Some(&self.subject), MAX_SUBJECT);
        faults.value("/body", Some(&self.body), |text| formats::text(text, MAX_BODY));
        faults.expect(!self.channels.is_empty(), "/channels", "must name at least one channel");
        let mut seen = BTreeSet::new();
        for (at, channel) in self.channels.iter().enumerate() {
            let is_new = seen.insert(*channel);
            faults.expect(is_new, &format!("/channels/{at}"), "must be in the list once");
            let member = match channel {
                DispatchChannel::Email => "/emailAddress",
                DispatchChannel::Sms => "/phoneNumber",
                DispatchChannel::InApp => "/userId",
                DispatchChannel::Push => "/pushToken",
                DispatchChannel::Webhook => "/webhookUrl",
            };
            let recipient = self.recipient(*channel).filter(|_| is_new);
            faults.expect(!is_new || recipient.is_some(), member, &format!("must be given for {channel}"));
            faults.value(member, recipient, |text| match channel {
                DispatchChannel::Email => formats::email(text),
                DispatchChannel::Sms => formats::phone(text),
                DispatchChannel::InApp => formats::line(text, MAX_USER),
                DispatchChannel::Push => formats::push_token(text),
                DispatchChannel::Webhook => check_url(text).map(drop).map_err(|why| why.to_string()),
            });
        }
        faults.none()
    }

    /// Where it goes by a channel.
    pub(super) fn recipient(&self, channel: DispatchChannel) -> Option<&str> {
        let given = match channel {
            DispatchChannel::Email => &self.email_address,
            DispatchChannel::Sms => &self.phone_number,
            DispatchChannel::InApp => &self.user_id,
            DispatchChannel::Push => &self.push_token,
            DispatchChannel::Webhook => &self.webhook_url,
        };
        given.as_deref()
    }

    /// Its body as an e-mail has it, if there is an e-mail and the body is HTML.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it has more elements than anybody writes.
    pub(super) async fn mail(&self) -> Result<Option<Mail>, Error> {
        if self.is_html != Some(true) || !self.channels.contains(&DispatchChannel::Email) {
            return Ok(None);
        }
        let written = self.body.clone();
        let made = apart(move || {
            let html = untrusted::html(written)?;
            let text = untrusted::text(&html);
            email::inline(html).map(|html| Mail { html, text })
        });
        let refuse =
            |problem: rendering::Problem| Error::Invalid(vec![Violation::new("/body", problem.message)]);
        made.await?.map(Some).map_err(refuse)
    }

    /// What it says by a channel.
    pub(super) fn content(&self, channel: DispatchChannel, mail: Option<&Mail>) -> Source {
        let plain = Source {
            subject_line: Some(self.subject.clone()),
            content_text: Some(self.body.clone()),
            content_html: None,
        };
        match (channel, mail) {
            (DispatchChannel::Email, Some(Mail { html, text })) => {
                Source { content_text: Some(text.clone()), content_html: Some(html.clone()), ..plain }
            }
            (DispatchChannel::Sms, _) => Source { subject_line: None, ..plain },
            // Its recipient is a program, which is told as which of the two the body was meant.
            (DispatchChannel::Webhook, _) if self.is_html == Some(true) => {
                Source { content_text: None, content_html: plain.content_text, ..plain }
            }
            (DispatchChannel::Email, None)
            | (DispatchChannel::Push | DispatchChannel::InApp | DispatchChannel::Webhook, _) => plain,
        }
    }
}

/// A body in HTML as far as it is harmless, and what it says as plain text.
#[derive(Debug, Clone)]
pub(super) struct Mail {
    html: String,
    text: String,
}

/// The request of the document.
pub fn example() -> Value {
    json!({
        "subject": "System maintenance",
        "body": "A scheduled maintenance window starts at 22:00 UTC.",
        "channels": ["Email", "Sms", "InApp"],
        "emailAddress": "user@example.com",
        "phoneNumber": "+97455555555",
        "userId": "3f45ef0f-39d1-4d65-8eaa-5db7c0b8f763",
        "pushToken": null,
        "webhookUrl": null,
        "isHtml": false,
    })
}

#[cfg(test)]
mod tests;
