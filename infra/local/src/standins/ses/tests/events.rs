//! What SES and SNS tell our webhook.

use super::*;

#[tokio::test]
async fn event_reaches_our_webhook_as_a_signed_sns_notification() {
    let setup = Setup::new(None).await;
    setup.send("john@example.com").await;
    for version in ["1", "2"] {
        let control = json!({ "message": SES_ID, "event": "Delivery", "signature_version": version });
        let (_, answer) = setup.control("status", control).await;
        assert_eq!(answer, json!({ "url": format!("{}/ses", setup.webhook_url), "status": 204, "body": "" }));
        let call = setup.webhook.last_call();
        let envelope = setup.verified(&call);
        assert_eq!(envelope["SignatureVersion"], version);
        assert_eq!(envelope["Subject"], "Amazon SES Email Event Notification");
        assert_eq!(envelope["TopicArn"], TOPIC);
        assert_eq!(call.header("x-amz-sns-message-type"), "Notification");
        assert_eq!(call.header("x-amz-sns-topic-arn"), TOPIC);
        assert_eq!(call.header("x-amz-sns-message-id"), envelope["MessageId"]);
        assert_eq!(call.header("content-type"), "text/plain; charset=UTF-8");
    }
}

#[tokio::test]
async fn every_event_describes_the_mail_as_ses_does() {
    let setup = Setup::new(None).await;
    setup.send("john@example.com").await;
    let event = setup.event(json!({ "message": "IN-0001", "event": "Send" })).await;
    assert_eq!(event["eventType"], "Send");
    assert_eq!(event["send"], json!({}));
    let mail = &event["mail"];
    assert_eq!(mail["messageId"], SES_ID);
    assert_eq!(mail["source"], "Acme Lending <pay@acme.example>");
    assert_eq!(mail["sourceArn"], "arn:aws:ses:us-east-1:123456789012:identity/acme.example");
    assert_eq!(mail["sendingAccountId"], "123456789012");
    assert_eq!(mail["destination"], json!(["john@example.com"]));
    assert_eq!(mail["headersTruncated"], false);
    assert!(mail["timestamp"].as_str().unwrap().starts_with("2026-01-15T14:00:0"));
    assert_eq!(mail["timestamp"].as_str().unwrap().len(), "2026-01-15T14:00:00.000Z".len());
    assert_eq!(mail["tags"]["interaction"], json!(["IN-0001"]));
    assert_eq!(mail["tags"]["tenant"], json!(["demo"]));
    assert_eq!(mail["tags"]["ses:configuration-set"], json!(["postrider"]));
    assert_eq!(mail["tags"]["ses:from-domain"], json!(["acme.example"]));
    assert_eq!(mail["commonHeaders"]["subject"], "Your payment of €312.50");
    assert!(
        mail["headers"]
            .as_array()
            .unwrap()
            .contains(&json!({ "name": "Message-ID", "value": "<IN-0001@postrider>" }))
    );
}

#[tokio::test]
async fn each_event_carries_its_own_details() {
    let setup = Setup::new(None).await;
    setup.send("john@example.com").await;
    let recipients = json!(["john@example.com"]);
    let cases = [
        (json!({ "event": "Delivery" }), "/delivery/recipients", recipients),
        (json!({ "event": "Bounce" }), "/bounce/bounceType", json!("Permanent")),
        (json!({ "event": "Bounce" }), "/bounce/bounceSubType", json!("General")),
        (json!({ "event": "Bounce" }), "/bounce/bouncedRecipients/0/emailAddress", json!("john@example.com")),
        (json!({ "event": "Bounce" }), "/bounce/bouncedRecipients/0/status", json!("5.1.1")),
        (json!({ "event": "Bounce", "bounce_type": "Transient" }), "/bounce/bounceType", json!("Transient")),
        (
            json!({ "event": "Bounce", "bounce_type": "Undetermined", "bounce_sub_type": "Undetermined" }),
            "/bounce/bounceSubType",
            json!("Undetermined"),
        ),
        (json!({ "event": "Complaint" }), "/complaint/complaintFeedbackType", json!("abuse")),
        (
            json!({ "event": "Complaint" }),
            "/complaint/complainedRecipients/0/emailAddress",
            json!("john@example.com"),
        ),
        (json!({ "event": "Open" }), "/open/userAgent", json!("Mozilla/5.0")),
        (json!({ "event": "Click" }), "/click/link", json!("https://acme.example/pay?a=1&b=2")),
        (json!({ "event": "Reject" }), "/reject/reason", json!("Bad content")),
        (
            json!({ "event": "DeliveryDelay" }),
            "/deliveryDelay/delayType",
            json!("TransientCommunicationFailure"),
        ),
        (
            json!({ "event": "DeliveryDelay" }),
            "/deliveryDelay/delayedRecipients/0/emailAddress",
            json!("john@example.com"),
        ),
        (json!({ "event": "Rendering Failure" }), "/failure/templateName", json!("template")),
        (json!({ "status": "Send" }), "/eventType", json!("Send")),
    ];
    for (mut control, pointer, expected) in cases {
        control["message"] = "IN-0001".into();
        let event = setup.event(control.clone()).await;
        assert_eq!(event.pointer(pointer), Some(&expected), "{control}: {event}");
    }
    assert_eq!(setup.sent()[0].reports[1].detail.as_deref(), Some("Permanent General"));
}

#[tokio::test]
async fn control_that_cannot_be_carried_out_is_a_problem() {
    let setup = Setup::new(None).await;
    setup.send("john@example.com").await;
    for (control, expected) in [
        (json!({ "message": "IN-0009", "event": "Delivery" }), StatusCode::NOT_FOUND),
        (json!({ "message": "IN-0001", "event": "Delivered" }), StatusCode::BAD_REQUEST),
        (json!({ "message": "IN-0001", "event": "Bounce", "bounce_type": "Hard" }), StatusCode::BAD_REQUEST),
    ] {
        let (status, problem) = setup.control("status", control.clone()).await;
        assert_eq!(status, expected, "{control}");
        assert!(problem["detail"].is_string());
    }
    assert_eq!(setup.webhook.calls().len(), 0);
}

#[tokio::test]
async fn subscription_is_confirmed_by_visiting_its_url() {
    let setup = Setup::new(None).await;
    let (status, answer) = setup.control("subscribe", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["confirmed"], false);
    let call = setup.webhook.last_call();
    assert_eq!(call.header("x-amz-sns-message-type"), "SubscriptionConfirmation");
    let envelope = setup.verified(&call);
    assert_eq!(envelope["TopicArn"], TOPIC);

    let subscribe_url = envelope["SubscribeURL"].as_str().unwrap();
    let here = subscribe_url.replace("http://127.0.0.1:8080", &setup.url);
    let visited = client().get(&here).send().await.unwrap();
    assert_eq!(visited.status(), StatusCode::OK);
    assert!(visited.text().await.unwrap().contains(&format!("<SubscriptionArn>{TOPIC}:")));

    let url = format!("{}/_local/providers/ses/subscriptions", setup.url);
    let listed: Value = client().get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(listed, json!([{ "topic": TOPIC, "token": envelope["Token"], "confirmed": true }]));

    let forged = client().get(here.replace("Token=", "Token=0")).send().await.unwrap();
    assert_eq!(forged.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn foreign_topic_can_be_played() {
    let setup = Setup::new(None).await;
    setup.send("john@example.com").await;
    let foreign = "arn:aws:sns:us-east-1:999999999999:foreign";
    setup.control("subscribe", json!({ "topic": foreign, "signature_version": "1" })).await;
    assert_eq!(setup.verified(&setup.webhook.last_call())["TopicArn"], foreign);
    setup.control("status", json!({ "message": "IN-0001", "event": "Bounce", "topic": foreign })).await;
    assert_eq!(setup.verified(&setup.webhook.last_call())["TopicArn"], foreign);
}

#[tokio::test]
async fn certificate_is_served_and_another_ses_signs_with_another_key() {
    let setup = Setup::new(None).await;
    let url = format!("{}/_local/sns/SimpleNotificationService-10ca1.pem", setup.url);
    let served = client().get(url).send().await.unwrap().text().await.unwrap();
    assert!(served.starts_with("-----BEGIN CERTIFICATE-----"));
    assert_eq!(served, setup.ses.certificate_pem());
    assert_ne!(served, Setup::new(None).await.ses.certificate_pem());
}

#[tokio::test]
async fn by_itself_ses_publishes_what_the_simulator_s_mailbox_does() {
    let setup = Setup::new(Some(Duration::from_millis(5))).await;
    setup.webhook.answer_next(&[StatusCode::SERVICE_UNAVAILABLE]);
    setup.send("complaint+1@simulator.amazonses.com").await;
    let calls = setup.webhook.wait_for_calls(4).await;
    let events: Vec<Value> = calls.iter().map(|call| setup.event_of(call)["eventType"].clone()).collect();
    assert_eq!(events, ["Send", "Send", "Delivery", "Complaint"]);
}

#[tokio::test]
async fn restart_takes_up_the_events_it_cut_off_and_no_others() {
    let setup = Setup::new(None).await;
    setup.send("bounce@simulator.amazonses.com").await;
    setup.event(json!({ "message": "IN-0001", "event": "Send" })).await;
    let config = SesConfig { auto_deliver: Some(Duration::from_millis(5)), ..setup.ses.config.clone() };
    let restarted = Ses::new(config, setup.bed.surroundings());
    restarted.resume();
    setup.webhook.wait_for_calls(2).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let reported: Vec<String> = setup.sent()[0].reports.iter().map(|report| report.event.clone()).collect();
    assert_eq!(reported, ["Send", "Bounce"]);
    restarted.resume();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(setup.webhook.calls().len(), 2);
}
