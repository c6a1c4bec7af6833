//! The body of `POST /v3/mail/send`, and what SendGrid finds wrong with it.
//! <https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors>

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::{Value, json};

/// The longest request: 30 MB.
pub const LARGEST: usize = 30 << 20;

/// Headers that SendGrid writes itself.
const RESERVED: [&str; 11] = [
    "x-sg-id",
    "x-sg-eid",
    "received",
    "dkim-signature",
    "content-type",
    "content-transfer-encoding",
    "to",
    "from",
    "subject",
    "reply-to",
    "cc",
];

/// Bytes of custom arguments.
const ARGUMENTS: usize = 10_000;

/// A refusal as SendGrid words it.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    message: String,
    field: Option<String>,
}

impl Refusal {
    /// One that names no field.
    pub fn new(status: StatusCode, message: &str) -> Self {
        Self { status, message: message.to_owned(), field: None }
    }

    /// One that does.
    pub fn about(status: StatusCode, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), field: Some(field.into()) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let fault = json!({ "message": self.message, "field": self.field, "help": null });
        (self.status, Json(json!({ "errors": [fault] }))).into_response()
    }
}

/// What is read of a request.
#[derive(Deserialize)]
pub struct MailSend {
    #[serde(default)]
    personalizations: Vec<Personalization>,
    /// Whom it is from.
    pub from: Option<Mailbox>,
    reply_to: Option<Mailbox>,
    /// Its subject.
    pub subject: Option<String>,
    #[serde(default)]
    content: Vec<Content>,
    /// Its files.
    #[serde(default)]
    pub attachments: Vec<File>,
    /// Its further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What every event carries.
    #[serde(default)]
    pub custom_args: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Personalization {
    #[serde(default)]
    to: Vec<Mailbox>,
    #[serde(default)]
    cc: Vec<Mailbox>,
    #[serde(default)]
    bcc: Vec<Mailbox>,
}

/// An address, with or without a name.
#[derive(Deserialize)]
pub struct Mailbox {
    #[serde(default)]
    email: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(rename = "type", default)]
    media_type: String,
    #[serde(default)]
    value: String,
}

/// A file.
#[derive(Deserialize)]
pub struct File {
    content: String,
    /// What it is.
    #[serde(rename = "type")]
    pub media_type: Option<String>,
    /// Its name.
    pub filename: String,
}

impl Mailbox {
    /// As people write it.
    pub fn written(&self) -> String {
        match &self.name {
            Some(name) => format!("{name} <{}>", self.email),
            None => self.email.clone(),
        }
    }
}

impl File {
    /// Bytes of what it holds.
    pub fn size(&self) -> Option<usize> {
        Some(BASE64.decode(self.content.as_bytes()).ok()?.len())
    }
}

impl MailSend {
    /// Reads a request, which may be from addresses of these domains.
    pub fn read(body: &[u8], is_verified: impl Fn(&str) -> bool) -> Result<Self, Refusal> {
        let read: Self = serde_json::from_slice(body)
            .map_err(|error| bad("", format!("Bad Request: {error}")))
            .map_err(|refusal| Refusal { field: None, ..refusal })?;
        read.check()?;
        match &read.from {
            Some(from) if is_verified(&from.email) => Ok(read),
            _ => Err(Refusal::about(
                StatusCode::FORBIDDEN,
                "from",
                "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is \
                 resolved.",
            )),
        }
    }

    /// Everybody it goes to.
    pub fn recipients(&self) -> Vec<&str> {
        let all = self.personalizations.iter().flat_map(|one| one.to.iter().chain(&one.cc).chain(&one.bcc));
        all.map(|one| one.email.as_str()).collect()
    }

    /// Its text of a kind.
    pub fn content(&self, media_type: &str) -> Option<&str> {
        let found = self.content.iter().find(|content| content.media_type == media_type);
        found.map(|content| content.value.as_str())
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.personalizations.is_empty() {
            return Err(bad(
                "personalizations",
                "The personalizations field is required and must have at least one personalization.",
            ));
        }
        for (at, one) in self.personalizations.iter().enumerate() {
            one.check(&format!("personalizations.{at}"))?;
        }
        let from = self.from.as_ref().ok_or_else(|| {
            bad("from", "The from object must be provided for every email send. It is an object that requires the email parameter.")
        })?;
        address(from, "from")?;
        self.reply_to.as_ref().map_or(Ok(()), |reply_to| address(reply_to, "reply_to"))?;
        if self.subject.as_deref().unwrap_or_default().is_empty() {
            return Err(bad("subject", "The subject is required."));
        }
        if self.content.is_empty() {
            return Err(bad(
                "content",
                "The content parameter is required. There must be at least one defined content block.",
            ));
        }
        for (at, content) in self.content.iter().enumerate() {
            if content.value.is_empty() {
                let field = format!("content.{at}.value");
                return Err(bad(
                    field,
                    "The content value must be a string at least one character in length.",
                ));
            }
        }
        let types: Vec<&str> = self.content.iter().map(|content| content.media_type.as_str()).collect();
        if !matches!(types[..], ["text/plain"] | ["text/html"] | ["text/plain", "text/html"]) {
            return Err(bad(
                "content",
                "If present, text/plain must be first, followed by text/html, each only once.",
            ));
        }
        for (at, file) in self.attachments.iter().enumerate() {
            if file.size().is_none_or(|size| size == 0) {
                let field = format!("attachments.{at}.content");
                return Err(bad(field, "The attachment content must be base64 encoded."));
            }
        }
        if let Some(name) = self.headers.keys().find(|name| RESERVED.contains(&&*name.to_ascii_lowercase())) {
            return Err(bad("headers", format!("The header {name} is reserved.")));
        }
        if json!(self.custom_args).to_string().len() > ARGUMENTS {
            return Err(bad("custom_args", "The custom arguments are longer than 10000 bytes."));
        }
        Ok(())
    }
}

impl Personalization {
    fn check(&self, at: &str) -> Result<(), Refusal> {
        if self.to.is_empty() {
            return Err(bad(
                format!("{at}.to"),
                "The to array is required for all personalization objects, and must have at least one email object with a \
                 valid email address.",
            ));
        }
        let mut seen: Vec<String> = Vec::new();
        for (kind, all) in [("to", &self.to), ("cc", &self.cc), ("bcc", &self.bcc)] {
            for (place, one) in all.iter().enumerate() {
                address(one, &format!("{at}.{kind}.{place}"))?;
                let email = one.email.to_ascii_lowercase();
                if seen.contains(&email) {
                    return Err(bad(
                        at,
                        format!(
                            "Each email address in the personalization block should be unique between to, cc, and bcc. We \
                             found the first duplicate instance of [{email}] in the {at}.{kind} field."
                        ),
                    ));
                }
                seen.push(email);
            }
        }
        Ok(())
    }
}

fn address(mailbox: &Mailbox, at: &str) -> Result<(), Refusal> {
    let is_one = mailbox.email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !mailbox.email.contains(|c: char| c.is_whitespace() || c == ',')
    });
    if is_one { Ok(()) } else { Err(bad(format!("{at}.email"), "Does not contain a valid address.")) }
}

fn bad(field: impl Into<String>, message: impl Into<String>) -> Refusal {
    Refusal::about(StatusCode::BAD_REQUEST, field, message)
}
