//! Between the SES client and the local AWS.

use super::*;

#[tokio::test]
async fn send_is_answered_by_the_local_aws_and_leaves_the_building() {
    let setup = Setup::new(None).await;
    let (status, _, answer) = setup.send("john@example.com").await;
    assert_eq!((status, answer), (StatusCode::OK, json!({ "MessageId": SES_ID })));

    let left = &setup.sent()[0];
    assert_eq!(left.provider_message_id, SES_ID);
    assert_eq!(left.to, "john@example.com");
    assert_eq!(left.from, "Acme Lending <pay@acme.example>");
    assert_eq!(left.subject.as_deref(), Some("Your payment of €312.50"));
    assert_eq!(left.body.trim_end(), "Hello John.");
    let html = left.html.as_deref().unwrap().trim_end();
    assert_eq!(html, r#"<p>Hello <a href="https://acme.example/pay?a=1&amp;b=2">John</a>.</p>"#);
    assert_eq!(left.headers["Message-ID"], "<IN-0001@postrider>");
    assert_eq!(left.headers["Subject"], "Your payment of €312.50");
    assert_eq!(left.headers["List-Unsubscribe"], "<https://acme.example/u/1>, <mailto:u@acme.example>");
    let file = &left.attachments[0];
    assert_eq!(
        (file.name.as_str(), file.media_type.as_deref(), file.size),
        ("statement.pdf", Some("application/pdf"), Some(8))
    );
    assert_eq!(left.attachments.len(), 1);
    assert_eq!(left.tags["interaction"], "IN-0001");
    assert_eq!(left.tags["ses:configuration-set"], "postrider");
    assert_eq!(left.raw, MIME);
}

#[tokio::test]
async fn recipients_come_from_the_headers_when_the_send_names_none() {
    let setup = Setup::new(None).await;
    let body = json!({ "Content": { "Raw": { "Data": BASE64.encode(MIME.as_bytes()) } } });
    assert_eq!(setup.try_post(body).await.unwrap().0, StatusCode::OK);
    assert_eq!(setup.sent()[0].to, "john@example.com");
    assert_eq!(setup.sent()[0].from, "\"Acme Lending\" <pay@acme.example>");
}

#[tokio::test]
async fn everything_else_passes_to_the_local_aws_untouched() {
    let setup = Setup::new(None).await;
    let url = format!("{}/ses/v2/email/suppression/addresses?Reasons=BOUNCE&x=%2B1", setup.url);
    let answer = client().put(url).header("x-amz-date", "20260115T140000Z").send().await.unwrap();
    let seen: Value = answer.json().await.unwrap();
    let expected = json!({ "method": "PUT", "uri": "/v2/email/suppression/addresses?Reasons=BOUNCE&x=%2B1", "date": "20260115T140000Z" });
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn refusal_of_the_local_aws_is_passed_back_and_nothing_leaves() {
    let refuse = async || {
        (StatusCode::BAD_REQUEST, [("x-amzn-errortype", "MessageRejected")], Json(json!({ "message": "no" })))
    };
    let upstream = serve(Router::new().fallback(refuse)).await;
    let setup = Setup::before(upstream, None).await;
    let (status, kind, body) = setup.send("john@example.com").await;
    assert_eq!(
        (status, kind.as_str(), body),
        (StatusCode::BAD_REQUEST, "MessageRejected", json!({ "message": "no" }))
    );
    assert_eq!(setup.sent(), []);
}

#[tokio::test]
async fn unreadable_send_is_a_bad_request() {
    let setup = Setup::new(None).await;
    for body in [
        json!({ "Content": { "Simple": {} } }),
        json!({ "Content": { "Raw": { "Data": "not base64!" } } }),
        json!({ "Content": { "Raw": { "Data": "" } } }),
    ] {
        let (status, kind, _) = setup.try_post(body.clone()).await.unwrap();
        assert_eq!((status, kind.as_str()), (StatusCode::BAD_REQUEST, "BadRequestException"), "{body}");
    }
    assert_eq!(setup.sent(), []);
}

#[tokio::test]
async fn rejected_mailbox_is_refused_as_an_unverified_address() {
    let setup = Setup::new(None).await;
    let (status, kind, _) = setup.send("rejected@simulator.amazonses.com").await;
    assert_eq!((status, kind.as_str()), (StatusCode::BAD_REQUEST, "MessageRejected"));
    assert_eq!(setup.sent(), []);
}

#[tokio::test]
async fn fault_before_acceptance_leaves_nothing_and_befalls_one_send() {
    let cases = [
        (Mode::Error, StatusCode::INTERNAL_SERVER_ERROR, "InternalServiceErrorException"),
        (Mode::Throttle, StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException"),
    ];
    for (mode, status, kind) in cases {
        let setup = Setup::new(None).await;
        setup.bed.next_send_meets(ProviderName::Ses, mode);
        let (answered, told, _) = setup.send("john@example.com").await;
        assert_eq!((answered, told.as_str()), (status, kind));
        assert_eq!(setup.sent(), []);
        assert_eq!(setup.send("john@example.com").await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn timed_out_send_is_not_accepted() {
    let setup = Setup::new(None).await;
    setup.bed.next_send_meets(ProviderName::Ses, Mode::Timeout);
    assert!(setup.try_send("john@example.com").await.unwrap_err().is_timeout());
    assert_eq!(setup.sent(), []);
}

#[tokio::test]
async fn send_whose_answer_is_dropped_was_accepted() {
    let setup = Setup::new(None).await;
    setup.bed.next_send_meets(ProviderName::Ses, Mode::DropAnswer);
    let error = setup.try_send("john@example.com").await.unwrap_err();
    assert!(error.is_request() && !error.is_timeout(), "the connection closes without an answer: {error:?}");
    assert_eq!(setup.sent().len(), 1);
}

#[tokio::test]
async fn crash_before_record_fires_the_hook_and_never_answers() {
    let setup = Setup::new(None).await;
    setup.bed.next_send_meets(ProviderName::Ses, Mode::CrashBeforeRecord);
    assert!(setup.try_send("john@example.com").await.unwrap_err().is_timeout());
    assert_eq!(*setup.bed.crashed.lock().unwrap(), setup.sent());
}
