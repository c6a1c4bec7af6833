//! Conversations: what borrowers write is tied to what it answers, shown as a thread, and closes when nothing more is said.

use postrider_tests::TestApp;
use serde_json::{Value, json};

const JOHN: &str = "+13125550101";

async fn thread(app: &TestApp, query: &str) -> Vec<Value> {
    let path = format!("/people/ext-john/conversation{query}");
    app.get(&path).await.expect(200)["data"].as_array().unwrap().clone()
}

async fn settings(app: &TestApp, change: Value) {
    app.put("/settings", change).await.expect(200);
}

#[tokio::test]
async fn a_text_answers_the_last_one_to_its_number() {
    let app = TestApp::start().await;
    let mut last = String::new();
    for subject in ["hello", "again"] {
        let template = app.template("sms", subject).await;
        last = app.sent(&template, "ext-john").await;
        app.drain().await;
        app.advance(5).await;
    }
    app.texted(JOHN, "Can I pay on the 20th?").await;
    let messages = thread(&app, "?channel=text").await;
    assert_eq!(messages.len(), 3);
    assert_eq!(
        (&messages[0]["direction"], &messages[0]["text"], &messages[0]["previousInteractionId"]),
        (&json!("inbound"), &json!("Can I pay on the 20th?"), &json!(last))
    );
    assert_eq!((&messages[0]["from"], &messages[0]["to"]), (&json!(JOHN), &json!("+13125550100")));
    assert_eq!(thread(&app, "?channel=email").await, Vec::<Value>::new());
    let next = format!("?limit=1&startingAfter={}", messages[0]["interactionId"].as_str().unwrap());
    assert_eq!(thread(&app, &next).await, messages[1..2]);
    let long = "It is long. ".repeat(1_000);
    app.wrote("ses", json!({ "from": "john@example.com", "subject": "Long", "body": long })).await;
    assert_eq!(thread(&app, "?channel=email").await[0]["text"], long.trim());
}

#[tokio::test]
async fn a_mail_answers_what_its_headers_name_and_its_own_words_stand_apart() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let first = app.sent(&template, "ext-john").await;
    app.drain().await;
    let reference = app.log(&first).await["provider_reference"].as_str().unwrap().to_owned();
    let body = "The 20th would be better.\n\nOn Mon, Jan 5, 2026 at 10:00 AM Acme Lending <care@acme.example> wrote:\n> Hello John\n";
    let mail = json!({
        "from": "John Doe <john@example.com>", "subject": "Re: Hello John", "body": body,
        "in_reply_to": format!("<{reference}@email.amazonses.com>"),
    });
    for provider in ["sendgrid", "ses"] {
        app.wrote(provider, mail.clone()).await;
    }
    let messages = thread(&app, "?channel=email").await;
    assert_eq!(messages.len(), 3, "{messages:#?}");
    for theirs in &messages[..2] {
        assert_eq!(theirs["text"], "The 20th would be better.");
        assert!(theirs["quoted"].as_str().unwrap().contains("Hello John"));
        assert_eq!(theirs["previousInteractionId"], json!(first), "{reference}: {theirs:#}");
    }
}

#[tokio::test]
async fn what_came_with_a_message_can_be_downloaded_and_is_nobody_elses() {
    let app = TestApp::start().await;
    let mail = json!({
        "from": "john@example.com", "subject": "Statement", "body": "See the file.",
        "files": [{ "name": "../../pay stub.pdf", "media_type": "application/pdf", "content": "%PDF-1.4 hello" }],
    });
    app.wrote("sendgrid", mail).await;
    let text =
        json!({ "from": JOHN, "body": "", "media": [{ "media_type": "image/jpeg", "content": "jpeg" }] });
    app.wrote("twilio", text).await;
    for (channel, content) in [("email", "%PDF-1.4 hello"), ("text", "jpeg")] {
        let messages = thread(&app, &format!("?channel={channel}")).await;
        let file = &messages[0]["enclosures"][0];
        let path = file["path"].as_str().unwrap_or_else(|| panic!("{messages:#?}"));
        assert_eq!(file["bytes"], json!(content.len()));
        let client = platform_client();
        let request = client.get(format!("{}{path}", app.system.url())).header("x-api-key", "demo-viewer");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 302, "{path}");
        let file = client.get(answer.headers()["location"].to_str().unwrap()).send().await.unwrap();
        assert!(file.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
        assert_eq!(file.text().await.unwrap(), content);
        app.seen_by(Some("other-admin")).get(path).await.problem(404, "not-found");
        app.get(&path.replace("/0", "/1")).await.problem(404, "not-found");
    }
}

fn platform_client() -> reqwest::Client {
    local::standins::http_client()
}

#[tokio::test]
async fn a_quiet_conversation_closes_and_a_lively_one_does_not() {
    let app = TestApp::start().await;
    settings(&app, json!({ "conversationTimeoutMinutes": 30 })).await;
    app.texted(JOHN, "hello").await;
    assert_eq!(thread(&app, "").await[0]["status"], "inProgress");
    app.advance(20 * 60).await;
    app.texted(JOHN, "anybody there?").await;
    app.advance(15 * 60).await;
    app.sweep().await;
    assert!(thread(&app, "").await.iter().all(|message| message["status"] == "inProgress"));
    app.advance(16 * 60).await;
    app.sweep().await;
    for message in thread(&app, "").await {
        assert_eq!(
            (&message["status"], &message["statusDetails"]),
            (&json!("attempted"), &json!("textConvoTimeoutAutoclose")),
            "{message:#}"
        );
    }
    // What an agent closed is closed.
    app.texted(JOHN, "thanks").await;
    let id = thread(&app, "").await[0]["interactionId"].as_str().unwrap().to_owned();
    let closed = json!({ "status": "attempted", "statusDetails": "textConvoClosedByAgent" });
    app.put(&format!("/interactions/{id}"), closed).await.expect(200);
    app.advance(3_600).await;
    app.sweep().await;
    assert_eq!(thread(&app, "").await[0]["statusDetails"], "textConvoClosedByAgent");
}
