//! A person writing mail to a lender that has SES take it: a receipt rule that publishes it, or puts it into our bucket.
//! <https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html>

use std::sync::Arc;

use aws_sdk_s3::error::DisplayErrorContext;
use axum::Json;
use axum::extract::State;
use data_encoding::{BASE64, HEXLOWER};
use mail_parser::{HeaderForm, MessageParser};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Ses;
use super::sns::{SignatureVersion, timestamp};
use crate::problem::{Control, Problem};
use crate::standins::webhook::WebhookAnswer;
use crate::standins::written::{Posted, Written};

/// The subject of what SES publishes about mail.
const SUBJECT: &str = "Amazon SES Email Receipt Notification";

/// The longest mail that SES publishes whole.
const LARGEST_PUBLISHED: usize = 150 * 1024;

/// The body of `POST /_local/providers/ses/inbound`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboundControl {
    #[serde(flatten)]
    mail: Written,
    /// What the receipt rule does.
    #[serde(default)]
    via: Via,
    #[serde(default)]
    encoding: Encoding,
    #[serde(default)]
    verdicts: Verdicts,
    #[serde(default)]
    signature_version: SignatureVersion,
    /// Where the rule puts the mail, when not where the lender's belongs.
    object_key: Option<String>,
    /// The same for the bucket.
    bucket: Option<String>,
    /// Published in place of the notification.
    message: Option<String>,
}

/// What a receipt rule does with a mail.
#[derive(Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Via {
    /// Publishes it.
    #[default]
    Sns,
    /// Puts it into a bucket, and publishes where.
    S3,
}

/// How a published mail is written down.
#[derive(Default, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Encoding {
    #[default]
    #[serde(rename = "BASE64")]
    Base64,
    #[serde(rename = "UTF-8")]
    Utf8,
}

/// What SES found out about a mail.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Verdicts {
    spam: String,
    virus: String,
    spf: String,
    dkim: String,
    dmarc: String,
}

impl Default for Verdicts {
    fn default() -> Self {
        let [spam, virus, spf, dkim, dmarc] = std::array::from_fn(|_| "PASS".to_owned());
        Self { spam, virus, spf, dkim, dmarc }
    }
}

/// Makes SES take a mail; answers what our webhook answered.
pub async fn control(
    State(ses): State<Arc<Ses>>,
    Control(asked): Control<InboundControl>,
) -> Result<Json<WebhookAnswer>, Problem> {
    let (posted, receipts) = asked.mail.post(&ses.config.receipts, ses.around.clock.now())?;
    let id = HEXLOWER.encode(&rand::random::<[u8; 20]>());
    let (action, content) = match asked.via {
        Via::Sns if posted.raw.len() > LARGEST_PUBLISHED => {
            return Err(Problem::bad_request(format!(
                "SES publishes mail up to {LARGEST_PUBLISHED} bytes; use \"via\": \"s3\""
            )));
        }
        Via::Sns => published(&posted, asked.encoding, &receipts.topic)?,
        Via::S3 => {
            let bucket = asked.bucket.unwrap_or_else(|| ses.config.bucket.clone());
            let key = asked.object_key.unwrap_or_else(|| format!("{}{id}", receipts.prefix));
            if bucket == ses.config.bucket {
                ses.put(&key, posted.raw.clone()).await?;
            }
            let action = json!({
                "type": "S3", "topicArn": receipts.topic, "bucketName": bucket, "objectKey": key,
                "objectKeyPrefix": receipts.prefix,
            });
            (action, None)
        }
    };
    let mut notification = ses.notification(&posted, &id, &asked.verdicts, action);
    if let (Some(content), Value::Object(notification)) = (content, &mut notification) {
        notification.insert("content".to_owned(), content.into());
    }
    let message = asked.message.unwrap_or_else(|| notification.to_string());
    ses.notify(&receipts.topic, SUBJECT, message, asked.signature_version).await.map(Json)
}

/// The mail in the notification itself.
fn published(posted: &Posted, encoding: Encoding, topic: &str) -> Result<(Value, Option<String>), Problem> {
    let (name, content) = match encoding {
        Encoding::Base64 => ("BASE64", BASE64.encode(&posted.raw)),
        Encoding::Utf8 => {
            let text = String::from_utf8(posted.raw.clone());
            ("UTF-8", text.map_err(|_| Problem::bad_request("the mail is not UTF-8"))?)
        }
    };
    Ok((json!({ "type": "SNS", "topicArn": topic, "encoding": name }), Some(content)))
}

impl Ses {
    /// Takes a mail as most receipt rules have it: published, every verdict a pass.
    pub(crate) async fn take(&self, mail: Written) -> Result<WebhookAnswer, Problem> {
        let (posted, receipts) = mail.post(&self.config.receipts, self.around.clock.now())?;
        let id = HEXLOWER.encode(&rand::random::<[u8; 20]>());
        let (action, content) = published(&posted, Encoding::default(), &receipts.topic)?;
        let mut notification = self.notification(&posted, &id, &Verdicts::default(), action);
        notification["content"] = content.into();
        self.notify(&receipts.topic, SUBJECT, notification.to_string(), SignatureVersion::default()).await
    }

    async fn put(&self, key: &str, mail: Vec<u8>) -> Result<(), Problem> {
        let request = self.config.objects.put_object().bucket(&self.config.bucket).key(key).body(mail.into());
        let put = request.send().await;
        put.map(drop).map_err(|error| Problem::bad_gateway(DisplayErrorContext(error).to_string()))
    }

    fn notification(&self, posted: &Posted, id: &str, verdicts: &Verdicts, action: Value) -> Value {
        let at = timestamp(self.around.clock.now());
        let mail = MessageParser::default().parse(&posted.raw);
        let headers = mail.iter().flat_map(|mail| mail.headers().iter().map(move |header| (mail, header)));
        let headers: Vec<Value> = headers
            .map(|(mail, header)| {
                let value = mail.header_as(header.name().to_owned(), HeaderForm::Text);
                let value = value.first().and_then(|value| value.as_text().map(str::to_owned));
                json!({ "name": header.name(), "value": value.unwrap_or_default() })
            })
            .collect();
        let verdict = |status: &str| json!({ "status": status });
        json!({
            "notificationType": "Received",
            "mail": {
                "timestamp": at,
                "source": posted.from,
                "messageId": id,
                "destination": posted.to,
                "headersTruncated": false,
                "headers": headers,
                "commonHeaders": { "subject": mail.as_ref().and_then(|mail| mail.subject()) },
            },
            "receipt": {
                "timestamp": at,
                "processingTimeMillis": 222,
                "recipients": posted.to,
                "spamVerdict": verdict(&verdicts.spam),
                "virusVerdict": verdict(&verdicts.virus),
                "spfVerdict": verdict(&verdicts.spf),
                "dkimVerdict": verdict(&verdicts.dkim),
                "dmarcVerdict": verdict(&verdicts.dmarc),
                "action": action,
            },
        })
    }
}
