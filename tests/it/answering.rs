//! What comes in is answered by the lender's rules: once, to whoever wrote and nobody else, and no machine on and on.

use postrider_tests::TestApp;
use serde_json::{Value, json};

const JOHN: &str = "+13125550101";
const NOBODY: &str = "+13125550188";

async fn rule(app: &TestApp, more: Value) -> String {
    let mut body = json!({ "name": "Rule", "channel": "sms", "trigger": "any", "reply_text": "Thanks" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.post("/api/v1/auto-responses", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn answers_on(app: &TestApp, channel: &str) -> Vec<(String, String)> {
    app.drain().await;
    let left = app.outbox(channel).await;
    let one = |message: &Value| {
        let text = message["text"].as_str().or(message["body"].as_str()).unwrap_or_default();
        let to = message["to"].as_str().or(message["to"][0].as_str()).unwrap_or_default();
        (to.to_owned(), text.trim().to_owned())
    };
    left.iter().rev().map(one).collect()
}

#[tokio::test]
async fn the_first_rule_that_fits_answers_whoever_wrote() {
    let app = TestApp::start().await;
    rule(&app, json!({ "name": "Any", "priority": 200 })).await;
    let words = "{% if borrower %}Hello {{ borrower.first_name }}, y{% else %}Y{% endif %}ou asked: {{ inbound.body }}";
    rule(&app, json!({ "trigger": "keyword", "keyword": "pay off", "reply_text": words, "priority": 10 }))
        .await;
    for (from, text) in [(JOHN, "Pay-off?"), (NOBODY, "PAYOFF"), (JOHN, "hello")] {
        app.texted(from, text).await;
        app.drain().await;
        app.advance(1).await;
    }
    let expected =
        [(JOHN, "Hello John, you asked: Pay-off?"), (NOBODY, "You asked: PAYOFF"), (JOHN, "Thanks")];
    assert_eq!(answers_on(&app, "text").await, expected.map(|(to, text)| (to.to_owned(), text.to_owned())));
    let thread = app.get("/people/ext-john/conversation").await.expect(200);
    let (answer, asked) = (&thread["data"][0], &thread["data"][1]);
    assert_eq!(answer["isAutomatic"], true, "{thread:#}");
    assert!(
        thread["data"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["interactionId"] == answer["previousInteractionId"])
    );
    assert_eq!(asked["direction"], "inbound", "{thread:#}");
}

#[tokio::test]
async fn a_rule_pauses_after_each_answer_and_hands_nothing_on() {
    let app = TestApp::start().await;
    rule(&app, json!({ "cooldown_minutes": 60, "priority": 1 })).await;
    rule(&app, json!({ "reply_text": "never", "priority": 2 })).await;
    for (minutes, answers) in [(0, 1), (59, 1), (2, 2)] {
        app.advance(minutes * 60).await;
        app.texted(JOHN, "hello").await;
        assert_eq!(answers_on(&app, "text").await.len(), answers, "after {minutes} more minutes");
    }
}

#[tokio::test]
async fn one_sender_gets_five_answers_an_hour() {
    let app = TestApp::start().await;
    rule(&app, json!({ "trigger": "pattern", "pattern": "hello" })).await;
    for number in 0..8 {
        app.texted(NOBODY, &format!("hello {number}")).await;
    }
    assert_eq!(answers_on(&app, "text").await.len(), 5);
    app.texted(JOHN, "hello").await;
    app.advance(3_601).await;
    app.texted(NOBODY, "hello again").await;
    assert_eq!(answers_on(&app, "text").await.len(), 7);
}

#[tokio::test]
async fn no_machine_no_address_of_ours_and_nobody_unproven_is_answered() {
    let app = TestApp::start().await;
    rule(&app, json!({ "channel": "email" })).await;
    for more in [
        json!({ "headers": { "Auto-Submitted": "auto-replied" } }),
        json!({ "headers": { "Precedence": "bulk" } }),
        json!({ "headers": { "List-Id": "<list.example.com>" } }),
        json!({ "from": "no-reply@shop.example" }),
        json!({ "from": "mailer-daemon@mx.example" }),
        json!({ "from": "service@acme.example" }),
        json!({ "from": "service+x@acme.example" }),
        json!({ "from": "list-request@shop.example" }),
        json!({ "subject": "Automatic reply: away" }),
        json!({ "spf": "fail", "dkim": "{@elsewhere.example : pass}" }),
    ] {
        let mut mail = json!({ "from": "John <john@example.com>", "subject": "Hi", "body": "hello" });
        mail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.wrote("sendgrid", mail).await;
        assert_eq!(answers_on(&app, "email").await, [], "{more}");
    }
    let mail = json!({ "from": "John <john@example.com>", "subject": "Hi", "body": "hello",
        "headers": { "Reply-To": "third@party.example" } });
    app.wrote("sendgrid", mail).await;
    assert_eq!(answers_on(&app, "email").await, [("john@example.com".to_owned(), "Thanks".to_owned())]);
    let left = &app.outbox("email").await[0];
    assert_eq!(left["subject"], "Re: Hi");
    let raw = left["raw"].as_str().unwrap();
    assert!(raw.contains("In-Reply-To: <") && raw.contains("service@acme.example"), "{raw}");
    assert!(left["raw"].as_str().unwrap().contains("Auto-Submitted: auto-replied"), "{left:#}");
}

#[tokio::test]
async fn a_rule_for_an_unmonitored_address_goes_before_postriders_own_answer() {
    let app = TestApp::start().await;
    let mail = json!({ "from": "john@example.com", "to": "no-reply@acme.example", "subject": "Hi", "body": "hello" });
    for _ in 0..2 {
        app.wrote("sendgrid", mail.clone()).await;
    }
    assert_eq!(answers_on(&app, "email").await.len(), 1, "once a day");
    rule(
        &app,
        json!({ "channel": "email", "trigger": "unmonitored_address", "reply_text": "Nobody reads this." }),
    )
    .await;
    let other = json!({ "from": "maria@example.com", "to": "no-reply@acme.example", "subject": "Hi", "body": "hello" });
    for _ in 0..2 {
        app.wrote("sendgrid", other.clone()).await;
    }
    let all = answers_on(&app, "email").await;
    assert_eq!((all.len(), all[1].1.as_str()), (2, "Nobody reads this."), "{all:#?}");
}

#[tokio::test]
async fn outside_hours_a_text_is_told_so() {
    let app = TestApp::start().await;
    let hours = json!({ "officeHours": [{ "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00" }] });
    app.put("/settings", hours).await.expect(200);
    rule(&app, json!({ "trigger": "outside_hours", "reply_text": "We are here {{ office_hours }}." })).await;
    app.texted(JOHN, "hello").await;
    assert_eq!(answers_on(&app, "text").await, []);
    app.set_clock("2026-01-05T23:00:00Z").await;
    app.texted(JOHN, "hello").await;
    let all = answers_on(&app, "text").await;
    assert_eq!(all.len(), 1);
    assert!(all[0].1.starts_with("We are here Monday to Friday"), "{all:#?}");
}

#[tokio::test]
async fn an_answer_survives_a_crash_anywhere_and_is_given_once() {
    for mode in ["error", "drop_answer"] {
        for after in 0..6 {
            let app = TestApp::start().await;
            rule(&app, json!({ "trigger": "pattern", "pattern": "hello" })).await;
            app.post("/_local/providers/twilio/inbound", json!({ "from": JOHN, "body": "hello" }))
                .await
                .expect(200);
            app.fault_after("dynamodb", mode, 3, after).await;
            app.drain_inbound().await;
            app.no_faults().await;
            for _ in 0..3 {
                app.advance(180).await;
                app.drain_repeating().await;
                app.sweep().await;
            }
            assert_eq!(answers_on(&app, "text").await.len(), 1, "{mode} after {after}");
        }
    }
}

#[tokio::test]
async fn what_the_lender_records_is_answered_as_what_a_provider_brings() {
    let app = TestApp::start().await;
    rule(&app, json!({})).await;
    rule(&app, json!({ "channel": "email" })).await;
    for (channel, from, to) in
        [("text", JOHN, "+13125550100"), ("email", "john@example.com", "service@acme.example")]
    {
        let content = json!({ "from": from, "to": to, "subjectLine": "Hi", "body": "hello" });
        let received =
            json!({ "channel": channel, "status": "succeeded", "theme": "inbUnknown", "content": content });
        app.post("/communicator/receive", received).await.expect(200);
        assert_eq!(answers_on(&app, channel).await, [(from.to_owned(), "Thanks".to_owned())]);
    }
}
