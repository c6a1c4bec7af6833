//! What SendGrid posts, from real-looking bodies to hostile ones.

use std::sync::LazyLock;

use data_encoding::BASE64;
use lambda_http::http::{HeaderMap, HeaderValue};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};

use super::*;
use crate::{
    providers::{
        fixtures::{Message, OneSecret, StoppedClock, now},
        inbound::{Enclosed, What},
    },
    queues::RawBody,
};

struct Key(EcdsaKeyPair);

impl Key {
    fn new() -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref(), &random).unwrap())
    }

    /// As SendGrid shows it.
    fn public(&self) -> String {
        let algorithm = BASE64.decode(b"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgA=").unwrap();
        BASE64.encode(&[&algorithm, self.0.public_key().as_ref()].concat())
    }

    fn sign(&self, at: &str, body: &[u8]) -> String {
        let signed = self.0.sign(&SystemRandom::new(), &[at.as_bytes(), body].concat()).unwrap();
        BASE64.encode(signed.as_ref())
    }
}

fn sendgrid() -> Sendgrid {
    Sendgrid::new(Outbound::new(), None, Arc::new(OneSecret), Arc::new(StoppedClock))
}

static OURS: LazyLock<Key> = LazyLock::new(Key::new);
static NEXT: LazyLock<Key> = LazyLock::new(Key::new);
static STRANGERS: LazyLock<Key> = LazyLock::new(Key::new);

const BODY: &[u8] = b"--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nHi \xff\r\n--x--\r\n";

fn seconds_from_now(seconds: i64) -> String {
    (now().as_second() + seconds).to_string()
}

/// Of a call of either webhook, each of which has keys of its own.
async fn verdict(at: &str, body: &[u8], signature: &str) -> Result<Option<Vec<u8>>, Error> {
    let keys = || vec![OURS.public(), NEXT.public()];
    let mut tenant = Message::text("Hi").tenant;
    let email = tenant.senders.email.as_mut().unwrap();
    email.inbound.sendgrid_public_keys = keys();
    let of_mail = verdict_of(&tenant, Webhook::InboundEmail, at, body, signature).await;
    let email = tenant.senders.email.as_mut().unwrap();
    email.inbound.sendgrid_public_keys.clear();
    email.sendgrid.as_mut().unwrap().event_public_keys = keys();
    let of_events = verdict_of(&tenant, Webhook::DeliveryStatus, at, body, signature).await;
    assert_eq!(of_mail.is_ok(), of_events.is_ok());
    of_mail
}

async fn verdict_of(
    tenant: &Tenant,
    webhook: Webhook,
    at: &str,
    body: &[u8],
    signature: &str,
) -> Result<Option<Vec<u8>>, Error> {
    let headers: HeaderMap = [
        ("x-twilio-email-event-webhook-signature", signature),
        ("x-twilio-email-event-webhook-timestamp", at),
    ]
    .into_iter()
    .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()))
    .collect();
    let call = WebhookCall { webhook, domain: None, headers: &headers, query: "tenant=demo", body };
    sendgrid().verify(tenant, &call).await
}

#[tokio::test]
async fn a_key_of_one_webhook_proves_no_call_of_the_other() {
    let mut tenant = Message::text("Hi").tenant;
    tenant.senders.email.as_mut().unwrap().inbound.sendgrid_public_keys = vec![OURS.public()];
    let at = seconds_from_now(0);
    let signature = OURS.sign(&at, BODY);
    for (webhook, is_proven) in
        [(Webhook::InboundEmail, true), (Webhook::DeliveryStatus, false), (Webhook::InboundSms, false)]
    {
        let verdict = verdict_of(&tenant, webhook, &at, BODY, &signature).await;
        assert_eq!(verdict.is_ok(), is_proven, "{webhook:?}");
    }
}

#[tokio::test]
async fn a_call_signed_lately_with_a_key_of_the_tenants_is_believed_byte_for_byte() {
    for key in [&OURS, &NEXT] {
        for seconds in [0, -300, 300] {
            let at = seconds_from_now(seconds);
            assert_eq!(verdict(&at, BODY, &key.sign(&at, BODY)).await.unwrap().as_deref(), Some(BODY));
        }
    }
}

#[tokio::test]
async fn a_call_late_tampered_with_truncated_or_signed_by_another_is_not_believed() {
    let at = seconds_from_now(0);
    let (late, early) = (seconds_from_now(-301), seconds_from_now(301));
    let good = OURS.sign(&at, BODY);
    let tampered = [&BODY[..60], b"!", &BODY[60..]].concat();
    for (at, body, signature) in [
        (&late, BODY, OURS.sign(&late, BODY)),
        (&early, BODY, OURS.sign(&early, BODY)),
        (&late, BODY, good.clone()),
        (&at, &tampered, good.clone()),
        (&at, &BODY[..BODY.len() - 1], good.clone()),
        (&at, b"", good.clone()),
        (&at, BODY, STRANGERS.sign(&at, BODY)),
        (&at, BODY, good[..good.len() - 4].into()),
        (&at, BODY, String::new()),
        (&at, BODY, "no base64".into()),
        (&String::new(), BODY, OURS.sign("", BODY)),
        (&"soon".to_owned(), BODY, OURS.sign("soon", BODY)),
        (&i64::MAX.to_string(), BODY, OURS.sign(&i64::MAX.to_string(), BODY)),
    ] {
        let verdict = verdict(at, body, &signature).await;
        assert!(matches!(verdict, Err(Error::Unauthenticated)), "{at} {signature}: {verdict:?}");
    }
}

#[test]
fn only_a_p256_key_in_der_is_a_key() {
    let key = OURS.public();
    assert!(PublicKey::parse(&key).is_some());
    let point = BASE64.encode(OURS.0.public_key().as_ref());
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----");
    for wrong in ["", &key[..key.len() - 4], &point, &pem, &key.replace("MFkw", "MFkx")] {
        assert!(PublicKey::parse(wrong).is_none(), "{wrong}");
    }
}

const HEADERS: &str = "From: John Doe <john@example.com>\nTo: service@acme.example\nSubject: =?UTF-8?Q?F=C3=A4llig?=\n\
    Message-ID: <abc@example.com>\nIn-Reply-To: <IN-1@acme.example>\nMIME-Version: 1.0\n";

/// A form as SendGrid writes it; a name with a slash is a file's.
fn form(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let disposition = match name.split_once('/') {
            Some((name, file)) => {
                format!("name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: application/pdf")
            }
            None => format!("name=\"{name}\""),
        };
        body.extend_from_slice(
            format!("--xYzZY\r\nContent-Disposition: form-data; {disposition}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(value);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--xYzZY--\r\n");
    body
}

fn envelope() -> Value {
    json!({ "to": ["service+IN-1@acme.example"], "from": "john@example.com" })
}

/// The fields of a parsed mail, some of them others.
fn parsed(others: &[(&str, &[u8])]) -> Vec<u8> {
    let envelope = envelope().to_string();
    let mut fields: Vec<(&str, &[u8])> = vec![
        ("headers", HEADERS.as_bytes()),
        ("dkim", b"{@example.com : pass}"),
        ("to", b"service@acme.example"),
        ("text", b"Can I pay on the 20th?\n"),
        ("from", b"John Doe <john@example.com>"),
        ("sender_ip", b"192.0.2.1"),
        ("envelope", envelope.as_bytes()),
        ("attachments", b"0"),
        ("charsets", br#"{"to":"UTF-8","subject":"UTF-8","from":"UTF-8","text":"utf-8"}"#),
        ("SPF", b"pass"),
    ];
    fields.retain(|(name, _)| others.iter().all(|(other, _)| other != name));
    fields.extend_from_slice(others);
    form(&fields)
}

async fn read_as(content_type: &str, body: &[u8]) -> Result<Inbound, Malformed> {
    let raw = RawInbound {
        tenant: "demo".parse().unwrap(),
        provider: ProviderName::Sendgrid,
        content_type: content_type.into(),
        query: "tenant=demo".into(),
        body: RawBody::here(b""),
        received_at: now(),
        trace_id: "t".into(),
    };
    let mut read = sendgrid().read_inbound(&raw, body, None).await?;
    assert_eq!(read.len(), 1);
    Ok(read.remove(0))
}

async fn read(body: &[u8]) -> Result<Inbound, Malformed> {
    read_as("multipart/form-data; boundary=xYzZY", body).await
}

#[tokio::test]
async fn a_parsed_mail_is_put_together_again() {
    let read = read(&parsed(&[])).await.unwrap();
    assert_eq!((read.reference.as_str(), read.from.as_str()), ("abc@example.com", "john@example.com"));
    assert_eq!(read.to, ["service+IN-1@acme.example", "service@acme.example"]);
    assert_eq!(
        (read.subject_line.as_deref(), read.text.as_str()),
        (Some("Fällig"), "Can I pay on the 20th?")
    );
    assert_eq!(read.answers, ["IN-1@acme.example"]);
    assert!(read.is_proven && !read.automatic);
}

#[tokio::test]
async fn a_raw_mail_is_read_whole() {
    let mail = format!("{HEADERS}\nCan I pay on the 20th?\n");
    let envelope = envelope().to_string();
    let form = form(&[("email", mail.as_bytes()), ("envelope", envelope.as_bytes()), ("SPF", b"fail")]);
    let read = read(&form).await.unwrap();
    assert_eq!((read.reference.as_str(), read.text.as_str()), ("abc@example.com", "Can I pay on the 20th?"));
    assert!(!read.is_proven);
}

#[tokio::test]
async fn each_field_is_read_in_its_own_charset() {
    for (charset, bytes, expected) in [
        ("utf-8", "Größe".as_bytes(), "Größe"),
        ("iso-8859-1", b"Gr\xf6\xdfe", "Größe"),
        ("WINDOWS-1252", b"Gr\xf6\xdfe \x80", "Größe €"),
        ("shift_jis", b"\x8e\x78\x95\xa5\x82\xa2", "支払い"),
        // A charset nobody knows, and one that is wrong: nothing is lost but what cannot be read.
        ("x-nobody", "Größe".as_bytes(), "Größe"),
        ("utf-8", b"Gr\xf6\xdfe", "Gr\u{fffd}\u{fffd}e"),
    ] {
        let charsets = json!({ "text": charset }).to_string();
        let body = parsed(&[("charsets", charsets.as_bytes()), ("text", bytes)]);
        assert_eq!(read(&body).await.unwrap().text, expected, "{charset}");
    }
}

#[tokio::test]
async fn files_have_the_names_and_kinds_that_the_form_tells() {
    let info =
        json!({ "attachment1": { "filename": "päy.pdf", "name": "päy.pdf", "type": "application/x-pdf" } });
    let info = info.to_string();
    let body = parsed(&[
        ("attachment-info", info.as_bytes()),
        ("attachment1/p?y.pdf", b"%PDF \xff\0"),
        ("attachment2/two.pdf", b"2"),
    ]);
    let file = |name: &str, media_type: &str, bytes: &[u8]| Enclosed {
        name: name.into(),
        media_type: media_type.into(),
        what: What::Bytes(bytes.into()),
    };
    let expected =
        [file("päy.pdf", "application/x-pdf", b"%PDF \xff\0"), file("two.pdf", "application/pdf", b"2")];
    assert_eq!(read(&body).await.unwrap().files, expected);
}

#[tokio::test]
async fn mail_is_proven_by_its_senders_domain_alone() {
    for (spf, dkim, from, expected) in [
        ("pass", "{}", "john@example.com", true),
        ("softfail", "{@example.com : pass}", "bounce@relay.example", true),
        ("pass", "{@relay.example : pass}", "bounce@relay.example", false),
        ("pass", "{@example.com : fail, @relay.example : pass}", "bounce@relay.example", false),
        ("none", "none", "john@example.com", false),
    ] {
        let envelope = json!({ "to": ["service@acme.example"], "from": from }).to_string();
        let body =
            parsed(&[("SPF", spf.as_bytes()), ("dkim", dkim.as_bytes()), ("envelope", envelope.as_bytes())]);
        assert_eq!(read(&body).await.unwrap().is_proven, expected, "{spf} {dkim} {from}");
    }
}

#[tokio::test]
async fn a_mail_without_an_id_has_the_same_name_each_time() {
    let headers = HEADERS.replace("Message-ID: <abc@example.com>\n", "");
    let body = parsed(&[("headers", headers.as_bytes())]);
    let (first, second) = (read(&body).await.unwrap().reference, read(&body).await.unwrap().reference);
    assert_eq!((first.len(), &first), (64, &second));
    let other = parsed(&[("headers", headers.as_bytes()), ("text", b"Another")]);
    assert_ne!(read(&other).await.unwrap().reference, first);
}

#[tokio::test]
async fn a_form_that_is_no_mail_is_malformed() {
    let whole = parsed(&[]);
    for (content_type, body) in [
        ("multipart/form-data; boundary=xYzZY", &whole[..whole.len() / 2]),
        ("multipart/form-data; boundary=another", &whole),
        ("multipart/form-data", &whole),
        ("application/x-www-form-urlencoded", &whole),
        ("", &whole),
        ("multipart/form-data; boundary=xYzZY", b""),
        ("multipart/form-data; boundary=xYzZY", &form(&[("text", b"Hi")])),
        ("multipart/form-data; boundary=xYzZY", &form(&[("envelope", envelope().to_string().as_bytes())])),
        ("multipart/form-data; boundary=xYzZY", &parsed(&[("envelope", b"7")])),
        ("multipart/form-data; boundary=xYzZY", &parsed(&[("charsets", b"utf-8")])),
        ("multipart/form-data; boundary=xYzZY", &parsed(&[("attachment-info", b"1")])),
    ] {
        let read = read_as(content_type, body).await;
        let Err(Malformed(reason)) = read else { panic!("{content_type}: {read:?}") };
        assert!(!reason.contains("john"), "{reason}");
    }
}

#[tokio::test]
async fn ten_thousand_fields_are_refused() {
    let names: Vec<String> = (0..10_000).map(|n| format!("field{n}")).collect();
    let fields: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    assert_eq!(read(&form(&fields)).await, Err(Malformed("more than 1000 fields".into())));
}
