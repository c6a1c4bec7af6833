use super::*;

/// The notification about a mail.
async fn told(setup: &Setup, mail: Value) -> Value {
    let (status, answer) = setup.control("inbound", mail).await;
    assert_eq!((status, answer["status"].as_u64()), (StatusCode::OK, Some(204)), "{answer}");
    let call = setup.webhook.last_call();
    assert_eq!(call.path, "/mail");
    let envelope = setup.verified(&call);
    assert_eq!(envelope["TopicArn"], MAIL_TOPIC);
    serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap()
}

fn mail(more: Value) -> Value {
    let mut mail = json!({
        "from": "John Doe <john@example.com>", "subject": "My due date", "body": "Can I pay on the 20th?",
        "in_reply_to": "IN-0001@acme.example",
    });
    mail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    mail
}

#[tokio::test]
async fn mail_is_published_whole_with_its_verdicts() {
    let setup = Setup::new(None).await;
    for (encoding, version) in [("BASE64", "1"), ("UTF-8", "2")] {
        let asked = mail(json!({
            "encoding": encoding, "signature_version": version, "verdicts": { "virus": "FAIL", "dmarc": "GRAY" },
        }));
        let told = told(&setup, asked).await;
        assert_eq!(told["notificationType"], "Received");
        assert_eq!(
            (&told["mail"]["source"], &told["receipt"]["recipients"]),
            (&json!("john@example.com"), &json!(["service@acme.example"]))
        );
        let receipt = &told["receipt"];
        for (verdict, status) in [("virus", "FAIL"), ("dmarc", "GRAY"), ("spf", "PASS"), ("spam", "PASS")] {
            assert_eq!(receipt[format!("{verdict}Verdict")]["status"], status);
        }
        assert_eq!(
            (&receipt["action"]["type"], &receipt["action"]["encoding"]),
            (&json!("SNS"), &json!(encoding))
        );
        let content = told["content"].as_str().unwrap();
        let raw = match encoding {
            "UTF-8" => content.to_owned(),
            _ => String::from_utf8(BASE64.decode(content.as_bytes()).unwrap()).unwrap(),
        };
        for line in [
            "From: John Doe <john@example.com>",
            "In-Reply-To: <IN-0001@acme.example>",
            "Can I pay on the 20th?",
        ] {
            assert!(raw.contains(line), "{raw}");
        }
    }
}

#[tokio::test]
async fn mail_by_s3_tells_only_where_it_lies() {
    let setup = Setup::new(None).await;
    let told = told(&setup, mail(json!({ "via": "s3" }))).await;
    let action = &told["receipt"]["action"];
    assert_eq!((&action["type"], &action["bucketName"]), (&json!("S3"), &json!("bodies")));
    assert_eq!(action["objectKey"], format!("demo/mail/{}", told["mail"]["messageId"].as_str().unwrap()));
    assert_eq!(told["content"], Value::Null);
}

#[tokio::test]
async fn a_whole_mail_is_passed_on_as_it_is() {
    let setup = Setup::new(None).await;
    let raw = "From: a@example.com\nTo: no-reply@acme.example\nSubject: Hi\n\nHello";
    for given in [raw.to_owned(), BASE64.encode(raw.as_bytes())] {
        let told = told(&setup, json!({ "raw": given })).await;
        assert_eq!(told["content"], BASE64.encode(raw.as_bytes()));
        assert_eq!(
            (&told["mail"]["source"], &told["mail"]["destination"]),
            (&json!("a@example.com"), &json!(["no-reply@acme.example"]))
        );
    }
}

#[tokio::test]
async fn mail_that_cannot_be_passed_on_is_refused_in_words() {
    let setup = Setup::new(None).await;
    for (asked, expected) in [
        (mail(json!({ "to": "john@elsewhere.example" })), StatusCode::NOT_FOUND),
        (json!({ "body": "Hi" }), StatusCode::BAD_REQUEST),
        (json!({ "from": "a@example.com", "raw": "%%%" }), StatusCode::BAD_REQUEST),
        (mail(json!({ "files": [{ "media_type": "text/plain" }] })), StatusCode::BAD_REQUEST),
        (mail(json!({ "body": "x".repeat(160_000) })), StatusCode::BAD_REQUEST),
        (mail(json!({ "raw_mode": true })), StatusCode::BAD_REQUEST),
    ] {
        let (status, problem) = setup.control("inbound", asked).await;
        assert_eq!(status, expected, "{problem}");
        assert!(problem["detail"].is_string());
    }
}
