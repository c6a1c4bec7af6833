//! A mail that an SES receipt rule took: in the notification itself up to 150 KB, or in the bucket.
//! <https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html>

use data_encoding::BASE64;
use domain::{tenant::TenantId, vocabulary::ProviderName};
use serde::Deserialize;

use crate::{
    objects::Objects,
    providers::{
        Malformed,
        inbound::{Envelope, Inbound, Vouched, domain_of},
    },
};

/// How SES begins what it says when a topic is connected, the only thing that is no JSON.
const TOPIC_CONNECTED: &str = "Successfully validated SNS topic";

/// What stands in place of a mail with a virus.
const INFECTED: &str = "This e-mail is not shown: a virus was found in it. It is kept as it came.";

/// A notification about a mail.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    notification_type: String,
    mail: Mail,
    receipt: Receipt,
    content: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    headers_truncated: bool,
    #[serde(default)]
    headers: Vec<Header>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    #[serde(default)]
    recipients: Vec<String>,
    virus_verdict: Option<Verdict>,
    spf_verdict: Option<Verdict>,
    dkim_verdict: Option<Verdict>,
    dmarc_verdict: Option<Verdict>,
    action: Action,
}

#[derive(Deserialize)]
struct Verdict {
    status: String,
}

/// What the receipt rule did with the mail.
#[derive(Deserialize)]
#[serde(tag = "type")]
enum Action {
    #[serde(rename = "SNS")]
    Published {
        #[serde(default)]
        encoding: TextEncoding,
    },
    #[serde(rename = "S3", rename_all = "camelCase")]
    Put { bucket_name: String, object_key: String },
}

#[derive(Deserialize, Default, PartialEq, Eq)]
enum TextEncoding {
    #[default]
    #[serde(rename = "UTF-8")]
    Utf8,
    #[serde(rename = "BASE64", alias = "Base64")]
    Base64,
}

/// Where in `bucket` the mail lies that a notification is about.
pub fn lies_at(notification: &[u8], bucket: &str, tenant: &TenantId) -> Result<Option<String>, Malformed> {
    let Some(notification) = parse(notification)? else { return Ok(None) };
    match notification.receipt.action {
        Action::Published { .. } => Ok(None),
        // SES says where it put the mail; whoever may publish to the topic may say anything.
        Action::Put { bucket_name, object_key }
            if bucket_name == bucket && object_key.starts_with(&Objects::mail_prefix(tenant)) =>
        {
            Ok(Some(object_key))
        }
        Action::Put { .. } => Err(Malformed(format!(
            "the mail does not lie below {} in the bucket {bucket}: correct the receipt rule",
            Objects::mail_prefix(tenant)
        ))),
    }
}

/// Reads a notification with the mail that it tells of, where that lies in the bucket. `None` when it is about none.
pub fn read(notification: &[u8], stored: Option<&[u8]>) -> Result<Option<Inbound>, Malformed> {
    let Some(Notification { mail, receipt, content, .. }) = parse(notification)? else { return Ok(None) };
    let decoded = match (&receipt.action, content) {
        (Action::Put { .. }, _) => None,
        (Action::Published { .. }, None) => return Err(Malformed("no content".into())),
        (Action::Published { encoding: TextEncoding::Utf8 }, Some(content)) => Some(content.into_bytes()),
        (Action::Published { encoding: TextEncoding::Base64 }, Some(content)) => {
            let decoded = BASE64.decode(content.as_bytes());
            Some(decoded.map_err(|_| Malformed("content is no base64".into()))?)
        }
    };
    let raw =
        decoded.as_deref().or(stored).ok_or_else(|| Malformed("the stored mail was not given".into()))?;
    let read = mail::read(raw).map_err(|unreadable| Malformed(unreadable.to_string()))?;
    let vouched = receipt.vouched(&mail);
    let from = Some(mail.source).filter(|source| !source.is_empty() && source != "<>");
    let envelope = Envelope { from, to: receipt.recipients, reference: mail.message_id, vouched };
    let inbound = Inbound::of_mail(ProviderName::Ses, read, envelope);
    Ok(Some(match is(&receipt.virus_verdict, "FAIL") {
        true => infected(inbound),
        false => inbound,
    }))
}

/// A mail of which nobody is shown anything but that it came, and which no machine answers.
fn infected(inbound: Inbound) -> Inbound {
    let returned = None;
    let (text, files) = (INFECTED.into(), Vec::new());
    Inbound { text, quoted: None, html: None, files, automatic: true, returned, ..inbound }
}

fn parse(notification: &[u8]) -> Result<Option<Notification>, Malformed> {
    if notification.starts_with(TOPIC_CONNECTED.as_bytes()) {
        return Ok(None);
    }
    let read: Notification =
        serde_json::from_slice(notification).map_err(|error| Malformed(shape(&error)))?;
    match read.notification_type.as_str() {
        "Received" => Ok(Some(read)),
        _ => Err(Malformed("a notification of another type than Received".into())),
    }
}

/// What is wrong with JSON, without serde's words, which repeat what stands there.
fn shape(error: &serde_json::Error) -> String {
    format!(
        "no receipt notification of SES: {:?} at line {}, column {}",
        error.classify(),
        error.line(),
        error.column()
    )
}

fn is(verdict: &Option<Verdict>, status: &str) -> bool {
    verdict.as_ref().is_some_and(|verdict| verdict.status == status)
}

impl Receipt {
    /// If the domain of From has no DMARC policy, SES says GRAY. It does not say whose signature passed, so that a
    /// domain counts only if every signature is its.
    fn vouched(&self, mail: &Mail) -> Vouched {
        if is(&self.dmarc_verdict, "PASS") {
            return Vouched::Owned;
        }
        if is(&self.dmarc_verdict, "FAIL") {
            return Vouched::Disowned;
        }
        let mut domains = Vec::new();
        if is(&self.spf_verdict, "PASS") {
            domains.push(domain_of(&mail.source).to_owned());
        }
        let signatures = mail.headers.iter().filter(|one| one.name.eq_ignore_ascii_case("DKIM-Signature"));
        let mut signers: Vec<&str> = signatures.map(|one| signer(&one.value)).collect();
        signers.dedup();
        let is_told = is(&self.dkim_verdict, "PASS") && !mail.headers_truncated;
        if let ([signer], true) = (&signers[..], is_told) {
            domains.push((*signer).to_owned());
        }
        Vouched::By(domains)
    }
}

/// The domain of a DKIM signature, its tag `d` (RFC 6376, section 3.5).
fn signer(signature: &str) -> &str {
    let mut tags = signature.split(';').filter_map(|tag| tag.split_once('='));
    tags.find(|(name, _)| name.trim() == "d").map_or("", |(_, domain)| domain.trim())
}

#[cfg(test)]
mod tests;
