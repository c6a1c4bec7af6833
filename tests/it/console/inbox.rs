//! The inbox in the console: what borrowers wrote is taken, answered and ended, and rules that answer are tried.

use postrider_tests::TestApp;
use serde_json::{Value, json};

use super::{Visitor, id, leads, location, page, shows, walk};

const JOHN: &str = "+13125550101";

/// The path of the newest open task.
async fn newest(visitor: &Visitor<'_>) -> String {
    let html = visitor.page("/console/inbox").await;
    let rest = html.split("href=\"/console/inbox/tasks/").nth(1).unwrap_or_else(|| panic!("{html}"));
    format!("/console/inbox/tasks/{}", rest.split('"').next().unwrap())
}

async fn task(app: &TestApp, path: &str) -> Value {
    app.get(&format!("/tasks/{}", path.rsplit('/').next().unwrap().split('?').next().unwrap()))
        .await
        .expect(200)
}

/// What came in, and waits for somebody: a task to answer it, one to find out who wrote, and a rule that answers. Their ids.
pub(super) async fn received(app: &TestApp) -> (String, String, String) {
    let rule = json!({
        "name": "Payoff", "channel": "sms", "trigger": "keyword", "keywords": ["payoff", "pay off"],
        "reply_text": "{{ tenant.name }}: your payoff amount stands in your account.",
    });
    let rule = id(&app.post("/api/v1/auto-responses", rule).await.expect(201));
    let mail = json!({
        "from": "Nia Ortega <nia@example.com>", "to": "service@acme.example", "subject": "My due date",
        "body": "Can I pay on the 20th?",
    });
    app.wrote("sendgrid", mail).await;
    app.texted("+13125550188", "Hello, it is me").await;
    app.drain().await;
    let tasks = app.get("/tasks").await.expect(200);
    let of =
        |kind: &str| id(tasks["data"].as_array().unwrap().iter().find(|task| task["type"] == kind).unwrap());
    (of("handleInboundInteraction"), of("handleUnboundInboundInteraction"), rule)
}

#[tokio::test]
async fn a_mail_is_taken_answered_and_done() {
    let app = TestApp::start().await;
    let sent = app.sent(&app.template("email", "payment_reminder").await, "ext-john").await;
    app.drain().await;
    let mail = json!({ "from": "John <john@example.com>", "to": "service@acme.example", "subject": "My <b>date</b>", "body": "Can I pay on the 20th? <img src=x>" });
    app.wrote("sendgrid", mail).await;
    app.drain().await;
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    shows(&officer.page("/console/inbox").await, &["Answer a borrower", ">Open<", "<code>john</code>"]);
    let path = newest(&officer).await;
    let html = officer.page(&path).await;
    shows(
        &html,
        &[
            "My &lt;b&gt;date&lt;",
            "Can I pay on the 20th? &lt;img",
            &sent,
            "is-meant",
            "value=\"Re: My &lt;b&gt;date",
            "john@example.com",
            "Claim",
        ],
    );
    let done = officer.submit(&path, "claim", &[]).await;
    shows(&officer.page(location(&done)).await, &["The task is yours.", ">Claimed<", "Release"]);
    shows(&officer.page("/console/inbox?view=claimed").await, &["Answer a borrower"]);
    let other = Visitor::signed_in(&app, "demo-admin").await;
    let refused = page(other.submit(&path, "claim", &[]).await, 409);
    shows(&refused, &["role=\"alert\""]);

    let refused = page(
        officer.submit(&path, "answer", &[("subjectLine", "Re: My date"), ("theme", "opsServicing")]).await,
        400,
    );
    shows(&refused, &["Please correct what is marked", "value=\"Re: My date\""]);
    let typed = [
        ("subjectLine", "Re: My date"),
        ("contentPlain", "Yes, you can.\r\nKind regards"),
        ("theme", "opsServicing"),
        ("is_done", "on"),
    ];
    let done = officer.submit(&path, "answer", &typed).await;
    shows(
        &officer.page(location(&done)).await,
        &["The answer is on its way, and the task is done.", "Yes, you can.", "Open it again"],
    );
    app.drain().await;
    let left = &app.outbox("email").await[0];
    assert_eq!(
        (left["to"][0].as_str().or(left["to"].as_str()), &left["subject"]),
        (Some("john@example.com"), &json!("Re: My date"))
    );
    assert_eq!(task(&app, &path).await["status"], "done");
    let reopened = officer.submit(&path, "reopen", &[]).await;
    assert_eq!(leads(&reopened), format!("{}?done=reopened", path.split('?').next().unwrap()));
    // A note is kept, and removed, while the task goes on.
    for (note, kept) in [("Ask on Monday.", json!("Ask on Monday.")), ("", Value::Null)] {
        let form = officer.form(&path, "finish").await;
        let mut typed = super::visitor::fields(&form, &[("note", note), ("action", "note")]);
        typed.retain(|typed| *typed != ("action", "finish"));
        let done = officer.post(&path, &typed).await;
        shows(&officer.page(location(&done)).await, &["The note is saved."]);
        let task = task(&app, &path).await;
        assert_eq!((&task["note"], &task["status"]), (&kept, &json!("open")));
    }
    let done = officer.submit(&path, "finish", &[("note", "He called.")]).await;
    shows(&officer.page(location(&done)).await, &["He called.", ">Done<"]);
    assert_eq!(officer.submit(&path, "no-such", &[]).await.status, 400);

    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    let html = viewer.page(&path).await;
    assert!(!html.contains("value=\"answer\"") && !html.contains("value=\"reopen\""), "{html}");
    page(viewer.submit(&path, "reopen", &[]).await, 403);
    let stranger = Visitor::signed_in(&app, "other-admin").await;
    page(stranger.get(&path).await, 404);
    page(stranger.submit_to("/console/inbox", &path, "claim", &[]).await, 404);
    shows(&stranger.page("/console/inbox?view=done").await, &["Nothing here"]);
}

#[tokio::test]
async fn an_officer_takes_a_task_and_answers_on_a_narrow_screen() {
    let app = TestApp::start().await;
    let mail = json!({ "from": "john@example.com", "to": "service@acme.example", "subject": "My date", "body": "Can I pay on the 20th?" });
    app.wrote("sendgrid", mail).await;
    app.drain().await;
    walk(&app, "demo-loan-officer", 320, |browser| {
        browser.follow("a[href='/console/inbox']");
        browser.follow("a[href^='/console/inbox/tasks/']");
        assert!(browser.reads(".is-meant").contains("Can I pay on the 20th?"));
        browser.follow("form:has([value=claim]) button");
        assert_eq!(browser.reads(".head .pill"), "Claimed");
        browser.type_into("#f-contentPlain", "Yes, you can.\nKind regards");
        browser.follow("form:has([value=answer]) button");
        assert_eq!(browser.reads(".notice"), "The answer is on its way, and the task is done.");
        assert_eq!(browser.reads(".head .pill"), "Done");
    })
    .await;
    app.drain().await;
    let left = &app.outbox("email").await[0];
    assert_eq!(left["subject"], "Re: My date");
    assert!(left["body"].as_str().unwrap().starts_with("Yes, you can.\r\nKind regards"), "{left:#}");
}

#[tokio::test]
async fn a_text_is_answered_through_the_guard() {
    let app = TestApp::start().await;
    app.sent(&app.template("sms", "payment_reminder").await, "ext-john").await;
    app.texted(JOHN, "When is it due?").await;
    app.drain().await;
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    let path = newest(&officer).await;
    shows(
        &officer.page(&path).await,
        &["When is it due?", "compliance rules are checked", "value=\"payment_reminder\""],
    );
    let empty = [("subject", "payment_reminder"), ("theme", "opsServicing")];
    let refused = officer.submit(&path, "answer", &empty).await;
    assert_eq!(refused.status, 400, "{:#}", refused.body);
    let typed = [
        ("editedContent.contentText", "On the 20th."),
        ("subject", "payment_reminder"),
        ("theme", "opsServicing"),
    ];
    let done = officer.submit(&path, "answer", &typed).await;
    shows(
        &officer.page(location(&done)).await,
        &["The answer is on its way.", "On the 20th.", "Mark as done"],
    );
    app.put("/people/ext-john/do-not-contact", json!({ "reason": "asked" })).await.expect(200);
    let refused = page(officer.submit(&path, "answer", &typed).await, 409);
    shows(&refused, &["Must not be contacted", "On the 20th."]);
}

#[tokio::test]
async fn an_answer_that_left_is_not_offered_again_when_its_task_does_not_end() {
    let app = TestApp::start().await;
    app.sent(&app.template("sms", "payment_reminder").await, "ext-john").await;
    app.texted(JOHN, "When is it due?").await;
    app.drain().await;
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    let path = newest(&officer).await;
    let long = "x".repeat(5_001);
    let typed = [
        ("editedContent.contentText", "On the 20th."),
        ("subject", "payment_reminder"),
        ("theme", "opsServicing"),
        ("note", &long),
        ("is_done", "on"),
    ];
    let done = officer.submit(&path, "answer", &typed).await;
    let html = officer.page(location(&done)).await;
    shows(&html, &["but the task could not be ended", "On the 20th."]);
}

#[tokio::test]
async fn whoever_wrote_is_found_out() {
    let app = TestApp::start().await;
    app.texted("+13125550188", "Hello, <i>it is me</i>").await;
    app.drain().await;
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    shows(&officer.page("/console/inbox?view=unknown").await, &["+13125550188", "Hello, &lt;i&gt;it is me"]);
    let path = newest(&officer).await;
    let html = officer.page(&path).await;
    shows(&html, &["Find out who wrote", "Whose message is it?", "Hello, &lt;i&gt;it is me"]);
    assert!(!html.contains("value=\"answer\""), "to nobody known no text goes: {html}");
    let refused = officer.submit(&path, "bind", &[("personId", "nobody")]).await;
    shows(&page(refused, 404), &["Not found"]);
    let done = officer.submit(&path, "bind", &[("personId", "john")]).await;
    let html = officer.page(location(&done)).await;
    assert!(html.contains("this borrower") && !html.contains("Whose message is it?"), "{html}");
    shows(&officer.page("/console/inbox?view=unknown").await, &["Everything that came in has its borrower."]);
}

#[tokio::test]
async fn a_rule_that_answers_is_made_tried_changed_and_deleted() {
    let app = TestApp::start().await;
    let admin = Visitor::signed_in(&app, "demo-admin").await;
    let list = "/console/inbox/auto-responses";
    let new = format!("{list}/new");
    shows(&admin.page(list).await, &["Auto-responses", "Try a message"]);
    let wrong = [
        ("name", ""),
        ("channel", "sms"),
        ("trigger", "keyword"),
        ("keywords", "stop"),
        ("reply_text", "x"),
        ("priority", "first"),
    ];
    shows(
        &page(admin.submit(&new, "save", &wrong).await, 400),
        &["role=\"alert\"", "value=\"first\"", "aria-invalid=\"true\""],
    );
    let typed = [
        ("name", "Payoff <1>"),
        ("channel", "sms"),
        ("trigger", "keyword"),
        ("keywords", "payoff\r\npay off"),
        ("pattern", "ignored"),
        ("reply_text", "{{ tenant.name }}: see your account."),
        ("reply_subject", "ignored"),
        ("priority", "1"),
        ("enabled", "on"),
    ];
    let made = admin.submit(&new, "save", &typed).await;
    let html = admin.page(location(&made)).await;
    shows(&html, &["The rule was created.", "Payoff &lt;1&gt;", "payoff, pay off", ">On<"]);
    let rule = html.split(&format!("{list}/AR-")).nth(1).unwrap().split('"').next().unwrap();
    let path = format!("{list}/AR-{rule}");
    shows(&admin.page(&path).await, &["payoff\npay off", "Save"]);

    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    let tried = viewer
        .submit(list, "try", &[("channel", "sms"), ("body", "Pay-off!"), ("borrower_id", "john")])
        .await;
    shows(
        &page(tried, 200),
        &["Payoff &lt;1&gt;", "the first rule that fits", "Acme Lending: see your account.", "Pay-off!"],
    );
    shows(
        &page(viewer.submit(list, "try", &[("channel", "sms"), ("body", "STOP")]).await, 200),
        &["Opt-out"],
    );
    page(viewer.get(&new).await, 403);
    shows(
        &page(viewer.submit(list, "try", &[("channel", "sms"), ("body", "what else")]).await, 200),
        &["No rule answers"],
    );
    shows(&page(viewer.submit(list, "try", &[("channel", "sms")]).await, 400), &["id=\"f-body-fault\""]);
    let html = viewer.page(&path).await;
    assert!(
        html.contains("see your account")
            && !html.contains("value=\"save\"")
            && !html.contains("value=\"delete\""),
        "{html}"
    );
    page(viewer.submit(list, "no-such", &[]).await, 400);
    page(viewer.submit_to(list, &path, "delete", &[]).await, 403);

    let typed = [
        ("name", "Payoff"),
        ("channel", "sms"),
        ("trigger", "pattern"),
        ("keywords", "left"),
        ("pattern", "pay ?off"),
        ("reply_text", "See your account."),
        ("priority", "2"),
        ("cooldown_minutes", "10"),
    ];
    let saved = admin.submit(&path, "save", &typed).await;
    shows(&admin.page(location(&saved)).await, &["The rule is saved.", "pay ?off", ">Off<"]);
    let other = Visitor::signed_in(&app, "other-admin").await;
    page(other.get(&path).await, 404);
    page(other.submit_to(list, &path, "delete", &[]).await, 404);
    let gone = admin.submit(&path, "delete", &[]).await;
    assert!(!admin.page(location(&gone)).await.contains("pay ?off"));
    page(admin.get(&path).await, 404);
}

#[tokio::test]
async fn pages_of_the_inbox_take_three_calls_to_aws_at_most_and_speak_spanish() {
    let app = TestApp::start().await;
    app.sent(&app.template("sms", "payment_reminder").await, "ext-john").await;
    app.texted(JOHN, "When is it due?").await;
    app.drain().await;
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await.reading("es");
    let path = newest(&officer).await;
    for path in ["/console/inbox", "/console/inbox?view=unknown", "/console/inbox/auto-responses"] {
        officer.takes_calls(path, 3).await;
        shows(&officer.page(path).await, &["<html lang=\"es\">", "Bandeja de entrada"]);
    }
    let admin = Visitor::signed_in(&app, "demo-admin").await;
    admin.takes_calls("/console/inbox/auto-responses/new", 3).await;
    // The session; the task; and what was said, which is two. Whose that is stands in the address, so that it is asked for at the
    // same time as the task.
    officer.takes_calls(&path, 4).await;
}
