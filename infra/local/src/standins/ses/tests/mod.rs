mod events;
mod inbound;
mod sends;

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use data_encoding::BASE64;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use serde_json::{Value, json};
use x509_parser::pem::parse_x509_pem;

use super::*;
use crate::faults::Mode;
use crate::outbox::{Filter, Message};
use crate::standins::testbed::{Call, SOON, Testbed, Webhook, client, serve};

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:postrider-email-events";
const MAIL_TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:postrider-demo-mail";
const SES_ID: &str = "010001-the-ses-id-000000";

const MIME: &str = "From: \"Acme Lending\" <pay@acme.example>\r\n\
    To: John <john@example.com>\r\n\
    Subject: =?utf-8?Q?Your_payment_of_=E2=82=AC312.50?=\r\n\
    Message-ID: <IN-0001@postrider>\r\n\
    List-Unsubscribe: <https://acme.example/u/1>,\r\n \
    <mailto:u@acme.example>\r\n\
    MIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=outer\r\n\
    \r\n\
    --outer\r\n\
    Content-Type: multipart/alternative; boundary=inner\r\n\
    \r\n\
    --inner\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\
    \r\n\
    Hello John.\r\n\
    --inner\r\n\
    Content-Type: text/html; charset=utf-8\r\n\
    Content-Transfer-Encoding: quoted-printable\r\n\
    \r\n\
    <p>Hello <a href=3D\"https://acme.example/pay?a=3D1&amp;b=3D2\">John</a>.</p>\r\n\
    --inner--\r\n\
    --outer\r\n\
    Content-Type: application/pdf; name=\"statement.pdf\"\r\n\
    Content-Disposition: attachment; filename=\"statement.pdf\"\r\n\
    Content-Transfer-Encoding: base64\r\n\
    \r\n\
    JVBERi0xLjc=\r\n\
    --outer--\r\n";

/// A local AWS that takes every send and otherwise tells what it was asked.
async fn local_aws() -> String {
    let echo = async |request: Request| {
        let version = request.headers().get("x-amz-date").map(|value| value.to_str().unwrap().to_owned());
        Json(
            json!({ "method": request.method().as_str(), "uri": request.uri().to_string(), "date": version }),
        )
    };
    let sent = async || Json(json!({ "MessageId": SES_ID }));
    serve(Router::new().route("/v2/email/outbound-emails", post(sent)).fallback(echo)).await
}

/// An SES before a local AWS, its API, its controls and our webhook, each served.
struct Setup {
    bed: Testbed,
    ses: Arc<Ses>,
    url: String,
    webhook: Webhook,
    webhook_url: String,
}

impl Setup {
    async fn new(auto_deliver: Option<Duration>) -> Self {
        Self::before(local_aws().await, auto_deliver).await
    }

    async fn before(upstream: String, auto_deliver: Option<Duration>) -> Self {
        let bed = Testbed::new();
        let (webhook, webhook_url) = Webhook::start().await;
        let s3 = aws::Aws::account_of_its_own(upstream.clone()).own_config();
        let s3 = aws_sdk_s3::config::Builder::from(&s3).force_path_style(true).build();
        let receipts = Receipts {
            addressee: Addressee::of(&Demo::read().unwrap().tenants[0]).unwrap(),
            topic: MAIL_TOPIC.to_owned(),
            webhook_url: format!("{webhook_url}/mail"),
            prefix: "demo/mail/".to_owned(),
        };
        let config = SesConfig {
            upstream,
            topic_arn: TOPIC.to_owned(),
            webhook_url: format!("{webhook_url}/ses"),
            subscribe_url: "http://127.0.0.1:8080/_local/sns/".to_owned(),
            auto_deliver,
            receipts: vec![receipts],
            bucket: "bodies".to_owned(),
            objects: aws_sdk_s3::Client::from_conf(s3),
        };
        let ses = Ses::new(config, bed.surroundings());
        let url = serve(ses.controls().nest("/ses", ses.api().unwrap())).await;
        Self { bed, ses, url, webhook, webhook_url }
    }

    async fn try_send(&self, to: &str) -> reqwest::Result<(StatusCode, String, Value)> {
        let body = json!({
            "FromEmailAddress": "Acme Lending <pay@acme.example>",
            "Destination": { "ToAddresses": [to] },
            "Content": { "Raw": { "Data": BASE64.encode(MIME.as_bytes()) } },
            "EmailTags": [{ "Name": "tenant", "Value": "demo" }, { "Name": "interaction", "Value": "IN-0001" }],
            "ConfigurationSetName": "postrider",
        });
        self.try_post(body).await
    }

    async fn try_post(&self, body: Value) -> reqwest::Result<(StatusCode, String, Value)> {
        let url = format!("{}/ses/v2/email/outbound-emails", self.url);
        let answer = client().post(url).json(&body).timeout(SOON).send().await?;
        let kind =
            answer.headers().get("x-amzn-errortype").map_or("", |value| value.to_str().unwrap()).to_owned();
        Ok((answer.status(), kind, answer.json().await?))
    }

    async fn send(&self, to: &str) -> (StatusCode, String, Value) {
        self.try_send(to).await.unwrap()
    }

    async fn control(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let request =
            client().post(format!("{}/_local/providers/ses/{path}", self.url)).body(body.to_string());
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    /// Makes SES report something about `IN-0001` and answers the event our webhook got.
    async fn event(&self, control: Value) -> Value {
        let (status, answer) = self.control("status", control).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        self.event_of(&self.webhook.last_call())
    }

    /// The event in a call to our webhook, its signature having been verified.
    fn event_of(&self, call: &Call) -> Value {
        let envelope = self.verified(call);
        assert_eq!(envelope["Type"], "Notification");
        serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap()
    }

    /// The envelope in a call, if its signature verifies by the steps of the SNS documentation.
    fn verified(&self, call: &Call) -> Value {
        let envelope: Value = serde_json::from_str(&call.body).unwrap();
        let text = |key: &str| envelope[key].as_str().unwrap();
        assert_eq!(text("SigningCertURL"), CERTIFICATE_URL);
        let signed = if text("Type") == "Notification" {
            format!(
                "Message\n{}\nMessageId\n{}\nSubject\n{}\nTimestamp\n{}\nTopicArn\n{}\nType\n{}\n",
                text("Message"),
                text("MessageId"),
                text("Subject"),
                text("Timestamp"),
                text("TopicArn"),
                text("Type"),
            )
        } else {
            format!(
                "Message\n{}\nMessageId\n{}\nSubscribeURL\n{}\nTimestamp\n{}\nToken\n{}\nTopicArn\n{}\nType\n{}\n",
                text("Message"),
                text("MessageId"),
                text("SubscribeURL"),
                text("Timestamp"),
                text("Token"),
                text("TopicArn"),
                text("Type"),
            )
        };
        let (_, pem) = parse_x509_pem(self.ses.certificate_pem().as_bytes()).unwrap();
        let algorithm = match text("SignatureVersion") {
            "1" => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            "2" => &RSA_PKCS1_2048_8192_SHA256,
            other => panic!("no signature version {other}"),
        };
        let certificate = pem.parse_x509().unwrap();
        UnparsedPublicKey::new(algorithm, &certificate.public_key().subject_public_key.data)
            .verify(signed.as_bytes(), &BASE64.decode(text("Signature").as_bytes()).unwrap())
            .expect("the signature verifies");
        envelope
    }

    fn sent(&self) -> Vec<Message> {
        self.bed.outbox.list(&Filter::default())
    }
}
