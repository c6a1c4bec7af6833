//! A person writing mail to a lender that has SendGrid take it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use data_encoding::BASE64;
use mail_parser::{Message, MessageParser, MimeHeaders};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use serde::Deserialize;
use serde_json::{Map, json};

use super::form::Form;
use super::{Sendgrid, SendgridAccount};
use crate::problem::{Control, Problem};
use crate::standins::webhook::{self, WebhookAnswer};
use crate::standins::written::{Posted, Written};

/// The body of `POST /_local/providers/sendgrid/inbound`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboundControl {
    #[serde(flatten)]
    mail: Written,
    /// Whether the parse setting says "POST the raw, full MIME message".
    #[serde(default)]
    raw_mode: bool,
    /// SPF's verdict; `pass` where left out.
    spf: Option<String>,
    /// DKIM's verdicts; where left out, the sender's domain passes.
    dkim: Option<String>,
}

/// Makes SendGrid pass a mail on; answers what our webhook answered.
pub async fn control(
    State(sendgrid): State<Arc<Sendgrid>>,
    Control(InboundControl { mail, raw_mode, spf, dkim }): Control<InboundControl>,
) -> Result<Json<WebhookAnswer>, Problem> {
    let now = sendgrid.around.clock.now();
    let (posted, account) = mail.post(&sendgrid.config.accounts, now)?;
    let domain = posted.from.rsplit_once('@').map_or("", |(_, domain)| domain).to_owned();
    let spf = spf.unwrap_or_else(|| "pass".to_owned());
    let dkim = dkim.unwrap_or_else(|| format!("{{@{domain} : pass}}"));
    let form = Form::new()
        .field("dkim", dkim.as_bytes())
        .field("SPF", spf.as_bytes())
        .field("sender_ip", b"192.0.2.10")
        .field("spam_score", b"0.1")
        .field("envelope", json!({ "to": posted.to, "from": posted.from }).to_string().as_bytes());
    let form = if raw_mode { raw(form, &posted) } else { parsed(form, &posted)? };
    let (content_type, body) = form.finish();
    let at = now.as_second().to_string();
    let request = sendgrid
        .around
        .http
        .post(&account.inbound_url)
        .header("user-agent", "SendGrid Event API")
        .header("content-type", content_type)
        .header("x-twilio-email-event-webhook-timestamp", &at)
        .header("x-twilio-email-event-webhook-signature", account.signature(&at, &body)?)
        .body(body);
    webhook::call(&account.inbound_url, request).await.map(Json)
}

fn raw(form: Form, posted: &Posted) -> Form {
    form.field("to", posted.to.join(", ").as_bytes())
        .field("from", posted.from.as_bytes())
        .field(
            "charsets",
            json!({ "to": "UTF-8", "from": "UTF-8", "subject": "UTF-8" }).to_string().as_bytes(),
        )
        .field("email", &posted.raw)
}

fn parsed(form: Form, posted: &Posted) -> Result<Form, Problem> {
    let mail = MessageParser::default().parse(&posted.raw);
    let mail = mail.ok_or_else(|| Problem::bad_request("the raw message has no headers"))?;
    let mut charsets = Map::new();
    let mut form = form.field("headers", headers(&mail));
    let parts =
        [("subject", mail.subject().map(str::to_owned)), ("text", text(&mail)), ("html", html(&mail))];
    for (name, value) in parts {
        let Some(value) = value else { continue };
        form = form.field(name, value.as_bytes());
        charsets.insert(name.to_owned(), "UTF-8".into());
    }
    let (mut info, mut count) = (Map::new(), 0);
    for file in mail.attachments() {
        count += 1;
        let field = format!("attachment{count}");
        let name = file.attachment_name().unwrap_or(&field).to_owned();
        let kind = file.content_type();
        let kind = kind.map_or_else(
            || "application/octet-stream".to_owned(),
            |kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("*")),
        );
        form = form.file(&field, &name, &kind, file.contents());
        let id = file.content_id();
        info.insert(field, json!({ "filename": name, "name": name, "type": kind, "content-id": id }));
    }
    form = form
        .field("from", posted.from.as_bytes())
        .field("to", posted.to.join(", ").as_bytes())
        .field("attachments", count.to_string().as_bytes())
        .field("charsets", json!(charsets).to_string().as_bytes());
    if count > 0 {
        form = form.field("attachment-info", json!(info).to_string().as_bytes());
    }
    Ok(form)
}

/// The headers as they stand in the mail.
fn headers<'m>(mail: &'m Message<'_>) -> &'m [u8] {
    let end = mail.headers().iter().map(|header| header.offset_end).max().unwrap_or(0);
    mail.raw_message().get(..end as usize).unwrap_or_default()
}

fn text(mail: &Message<'_>) -> Option<String> {
    let part = mail.text_bodies().find(|part| part.is_text() && !part.is_text_html())?;
    part.text_contents().map(str::to_owned)
}

fn html(mail: &Message<'_>) -> Option<String> {
    let part = mail.html_bodies().find(|part| part.is_text_html())?;
    part.text_contents().map(str::to_owned)
}

impl SendgridAccount {
    /// What SendGrid signs: the time of the call and its body.
    pub(super) fn signature(&self, at: &str, body: &[u8]) -> Result<String, Problem> {
        let (random, unusable) = (SystemRandom::new(), "the demo's key is no P-256 key in PKCS #8");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.key, &random)
            .map_err(|_| Problem::conflict(unusable))?;
        let signed = key.sign(&random, &[at.as_bytes(), body].concat());
        let signed = signed.map_err(|_| Problem::conflict(unusable))?;
        Ok(BASE64.encode(signed.as_ref()))
    }
}
