use serde_json::{Value, json};

use super::*;

const MAIL: &str = "From: John Doe <john@example.com>\r\nTo: service@acme.example\r\nSubject: My due date\r\n\
    Message-ID: <abc@example.com>\r\nIn-Reply-To: <IN-1@acme.example>\r\n\r\nCan I pay on the 20th?\r\n";

/// The example of the documentation, shortened.
fn notification() -> Value {
    json!({
        "notificationType": "Received",
        "receipt": {
            "timestamp": "2026-11-21T11:59:59.123Z",
            "processingTimeMillis": 574,
            "recipients": ["service+IN-1@acme.example"],
            "spamVerdict": { "status": "PASS" },
            "virusVerdict": { "status": "PASS" },
            "spfVerdict": { "status": "PASS" },
            "dkimVerdict": { "status": "PASS" },
            "dmarcVerdict": { "status": "PASS" },
            "action": { "type": "SNS", "topicArn": "arn:aws:sns:us-east-1:123456789012:mail", "encoding": "UTF-8" },
        },
        "mail": {
            "timestamp": "2026-11-21T11:59:58.000Z",
            "source": "john@example.com",
            "messageId": "d6iitobk75ur44p8kdnnp7g2n800",
            "destination": ["service+IN-1@acme.example"],
            "headersTruncated": false,
            "headers": [{ "name": "DKIM-Signature", "value": "v=1; a=rsa-sha256; d=example.com; s=1; b=AAAA" }],
            "commonHeaders": { "subject": "My due date" },
        },
        "content": MAIL,
    })
}

fn with(changes: &[(&str, Value)]) -> Value {
    let mut notification = notification();
    for (pointer, value) in changes {
        *notification.pointer_mut(pointer).expect(pointer) = value.clone();
    }
    notification
}

fn read_one(notification: &Value) -> Inbound {
    read(notification.to_string().as_bytes(), None).unwrap().expect("a mail")
}

fn tenant() -> TenantId {
    "demo".parse().unwrap()
}

fn place(bucket: &str, key: &str) -> Result<Option<String>, Malformed> {
    let action = json!({ "type": "S3", "topicArn": "arn", "bucketName": bucket, "objectKey": key });
    lies_at(with(&[("/receipt/action", action)]).to_string().as_bytes(), "bodies", &tenant())
}

#[test]
fn a_published_mail_is_read() {
    let base64 =
        [("/receipt/action/encoding", json!("BASE64")), ("/content", json!(BASE64.encode(MAIL.as_bytes())))];
    for notification in [notification(), with(&base64)] {
        let read = read_one(&notification);
        assert_eq!((read.reference.as_str(), read.from.as_str()), ("abc@example.com", "john@example.com"));
        assert_eq!(read.to, ["service+IN-1@acme.example", "service@acme.example"]);
        assert_eq!(
            (read.subject_line.as_deref(), read.text.as_str()),
            (Some("My due date"), "Can I pay on the 20th?")
        );
        assert_eq!(read.answers, ["IN-1@acme.example"]);
        assert!(read.is_proven && !read.automatic);
        assert_eq!(lies_at(notification.to_string().as_bytes(), "bodies", &tenant()), Ok(None));
    }
}

#[test]
fn a_stored_mail_lies_below_its_tenants_prefix_in_our_bucket_or_nowhere() {
    assert_eq!(place("bodies", "demo/mail/abc"), Ok(Some("demo/mail/abc".into())));
    for (bucket, key) in [
        ("bodies", "other/mail/abc"),
        ("bodies", "mail/abc"),
        ("bodies", "demo/interactions/abc"),
        ("bodies", "demo2/mail/abc"),
        ("bodies", "/demo/mail/abc"),
        ("strangers", "demo/mail/abc"),
    ] {
        let place = place(bucket, key);
        assert!(place.is_err(), "{bucket} {key}: {place:?}");
    }
}

#[test]
fn a_stored_mail_is_read_from_what_lay_there() {
    let action =
        json!({ "type": "S3", "topicArn": "arn", "bucketName": "bodies", "objectKey": "demo/mail/abc" });
    let notification = with(&[("/receipt/action", action), ("/content", Value::Null)]).to_string();
    let stored = read(notification.as_bytes(), Some(MAIL.as_bytes())).unwrap().unwrap();
    assert_eq!(stored.reference, "abc@example.com");
    assert!(read(notification.as_bytes(), None).is_err());
}

#[test]
fn of_a_mail_with_a_virus_nothing_is_shown_and_nobody_answers() {
    let read = read_one(&with(&[("/receipt/virusVerdict/status", json!("FAIL"))]));
    assert_eq!((read.text.as_str(), read.automatic), (INFECTED, true));
    assert_eq!((read.html, read.quoted, read.files), (None, None, Vec::new()));
    assert_eq!(read.reference, "abc@example.com");
}

#[test]
fn spam_is_taken_in() {
    let read = read_one(&with(&[("/receipt/spamVerdict/status", json!("FAIL"))]));
    assert_eq!((read.text.as_str(), read.automatic), ("Can I pay on the 20th?", false));
}

#[test]
fn mail_is_proven_as_far_as_ses_tells() {
    let signed =
        |domain: &str| json!([{ "name": "dkim-signature", "value": format!("v=1; d={domain}; s=1") }]);
    let twice = json!([signed("example.com")[0], signed("relay.example")[0]]);
    for (dmarc, spf, dkim, source, signatures, expected) in [
        ("PASS", "FAIL", "FAIL", "bounce@relay.example", signed("relay.example"), true),
        ("FAIL", "PASS", "PASS", "john@example.com", signed("example.com"), false),
        ("GRAY", "PASS", "GRAY", "john@example.com", json!([]), true),
        ("GRAY", "PASS", "GRAY", "bounce@relay.example", json!([]), false),
        ("GRAY", "FAIL", "PASS", "bounce@relay.example", signed("example.com"), true),
        ("GRAY", "FAIL", "PASS", "bounce@relay.example", signed("relay.example"), false),
        ("GRAY", "FAIL", "PASS", "bounce@relay.example", twice, false),
        ("GRAY", "FAIL", "FAIL", "john@example.com", signed("example.com"), false),
        ("PROCESSING_FAILED", "GRAY", "GRAY", "john@example.com", json!([]), false),
    ] {
        let read = read_one(&with(&[
            ("/receipt/dmarcVerdict/status", json!(dmarc)),
            ("/receipt/spfVerdict/status", json!(spf)),
            ("/receipt/dkimVerdict/status", json!(dkim)),
            ("/mail/source", json!(source)),
            ("/mail/headers", signatures.clone()),
        ]));
        assert_eq!(read.is_proven, expected, "{dmarc} {spf} {dkim} {source} {signatures}");
    }
    let truncated = with(&[
        ("/receipt/dmarcVerdict/status", json!("GRAY")),
        ("/receipt/spfVerdict/status", json!("FAIL")),
        ("/mail/headersTruncated", json!(true)),
    ]);
    assert!(!read_one(&truncated).is_proven, "another's signature may be among what is left out");
}

#[test]
fn mail_with_no_sender_is_a_machines() {
    for source in ["", "<>"] {
        assert!(read_one(&with(&[("/mail/source", json!(source))])).automatic);
    }
}

#[test]
fn a_topic_that_is_connected_brings_nothing() {
    let message = b"Successfully validated SNS topic for Amazon SES event publishing.";
    assert_eq!(read(message, None), Ok(None));
    assert_eq!(lies_at(message, "bodies", &tenant()), Ok(None));
}

#[test]
fn a_notification_that_is_no_mail_is_malformed() {
    let whole = notification().to_string();
    for wrong in [
        String::new(),
        "{}".into(),
        "[]".into(),
        whole[..whole.len() / 2].into(),
        with(&[("/notificationType", json!("Bounce"))]).to_string(),
        with(&[("/receipt/action/type", json!("Lambda"))]).to_string(),
        with(&[("/receipt/action/encoding", json!("ROT13"))]).to_string(),
        with(&[("/receipt/action/encoding", json!("BASE64"))]).to_string(),
        with(&[("/content", Value::Null)]).to_string(),
        with(&[("/mail/messageId", Value::Null)]).to_string(),
    ] {
        let read = read(wrong.as_bytes(), None);
        let Err(Malformed(reason)) = read else { panic!("{wrong}: {read:?}") };
        assert!(!reason.contains("john"), "{reason}");
    }
}
