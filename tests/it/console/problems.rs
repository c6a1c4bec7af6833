//! What failed, in the console: found by day, and sent again.

use postrider_tests::TestApp;
use serde_json::json;

use super::{Visitor, leads, location, page, shows, value_of, visitor::fields};

/// A text that did not arrive.
pub(super) async fn failed(app: &TestApp) -> String {
    let id = app.sent(&app.template("sms", "code").await, "ext-nia").await;
    app.drain().await;
    app.report("twilio", json!({ "message": id, "status": "undelivered", "error_code": 30009 })).await;
    id
}

#[tokio::test]
async fn what_failed_is_listed_by_day_and_sent_again_in_one_click() {
    let app = TestApp::start().await;
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    assert!(officer.page("/console/problems").await.contains("Nothing failed"));
    let id = failed(&app).await;
    let html = officer.page("/console/problems").await;
    for shown in [
        "+12125550103",
        "30009",
        "Worth a retry",
        &format!("value=\"{id}\""),
        "href=\"/console/problems?day=2026-01-04\"",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    assert!(!html.contains("Day after"), "{html}");
    for query in ["day=2026-01-04", "day=2025-12-31"] {
        let html = officer.page(&format!("/console/problems?{query}")).await;
        assert!(html.contains("Nothing failed") && html.contains("Day after"), "{html}");
    }
    for query in ["day=tomorrow", "day=2030-01-01"] {
        assert!(officer.page(&format!("/console/problems?{query}")).await.contains(&id), "{query}");
    }
    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    let html = viewer.page("/console/problems").await;
    assert!(html.contains(&id) && !html.contains("Send again"), "{html}");
    let stamp = value_of(&html, "stamp");
    page(
        viewer.post("/console/problems", &[("action", "retry"), ("stamp", &stamp), ("message", &id)]).await,
        403,
    );
    let other = Visitor::signed_in(&app, "other-admin").await;
    assert!(!other.page("/console/problems").await.contains(&id));
    let stamp = value_of(&other.page("/console/problems").await, "stamp");
    let form = [("action", "retry"), ("stamp", stamp.as_str()), ("message", &id), ("reason", "mine")];
    page(other.post("/console/problems", &form).await, 404);

    let html = page(officer.submit("/console/problems", "retry", &[("message", &id)]).await, 400);
    assert!(html.contains("id=\"f-reason-fault\""), "{html}");
    let typed = [("message", id.as_str()), ("reason", "Nia says the phone is <on> again")];
    let done = officer.submit("/console/problems", "retry", &typed).await;
    assert_eq!(leads(&done), format!("/console/messages/{}?done=retried", id.replace('-', "%2D")));
    let html = officer.page(location(&done)).await;
    assert!(html.contains("It is sent again") && html.contains("the phone is &lt;on&gt; again"), "{html}");
    app.drain().await;
    assert_eq!(app.outbox("text").await.len(), 2);
    page(officer.submit("/console/problems", "no-such-action", &[]).await, 400);
}

#[tokio::test]
async fn of_two_who_have_a_message_sent_again_the_second_is_told_that_it_goes_already() {
    let app = TestApp::start().await;
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    let admin = Visitor::signed_in(&app, "demo-admin").await;
    let id = failed(&app).await;
    let form = admin.form("/console/problems", "retry").await;
    let done = officer.submit("/console/problems", "retry", &[("message", &id), ("reason", "Mine")]).await;
    let html = officer.page(location(&done)).await;
    // What the guard said before is what there is, until it is asked again.
    shows(&html, &["It is sent again;", "The guard decides anew when it leaves", ">Allowed<"]);
    let late =
        admin.post("/console/problems", &fields(&form, &[("message", &id), ("reason", "Theirs")])).await;
    let html = admin.page(location(&late)).await;
    shows(&html, &["It is sent again already", ": Mine"]);
    assert!(!html.contains("Theirs"), "{html}");
    app.drain().await;
    assert_eq!(app.outbox("text").await.len(), 2);
    let why = app.get(&format!("/interactions/{id}/compliance")).await.expect(200);
    assert_eq!((&why["isAskedAnew"], &why["decision"]["allowed"]), (&json!(null), &json!(true)));
}

#[tokio::test]
async fn an_admin_sees_dead_letters_and_sends_one_back_with_a_reason() {
    let app = TestApp::start().await;
    let admin = Visitor::signed_in(&app, "demo-admin").await;
    let path = "/console/problems/dead-letters";
    assert!(admin.page("/console/problems").await.contains(path));
    assert!(admin.page(path).await.contains("No dead letters"));
    let event = json!({ "tenant": "demo", "event": "LOAN_REPAYMENT", "eventId": "r-1", "clientKey": "john" });
    app.post("/_local/events", event).await.expect(200);
    app.fault("dynamodb", "crash_before_record", 1_000).await;
    crate::inbound_webhooks::give_up(&app).await;
    app.no_faults().await;
    let html = admin.page(path).await;
    assert!(html.contains("r-1") && html.contains("<code>events</code>"), "{html}");
    let stamp = value_of(&html, "stamp");
    let letter = html.split("name=\"letter\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    fn form<'f>(stamp: &'f str, once: &'f str, letter: &'f str, reason: &'f str) -> [(&'f str, &'f str); 5] {
        [("action", "retry"), ("stamp", stamp), ("once", once), ("letter", letter), ("reason", reason)]
    }
    let once = value_of(&html, "once");
    // What was just looked at is hidden for five seconds of the machine's.
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    let refused = page(admin.post(path, &form(&stamp, &once, letter, "")).await, 400);
    assert!(refused.contains("f-reason-fault") || refused.contains("role=\"alert\""), "{refused}");
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    // The form that was sent was sent; the page has another.
    let again = form(&stamp, &once, letter, "The table is back");
    assert!(page(admin.post(path, &again).await, 422).contains("This form was sent before"));
    let once = value_of(&refused, "once");
    let done = admin.post(path, &form(&stamp, &once, letter, "The table is back")).await;
    assert_eq!(leads(&done), format!("{path}?done=sent_back"));
    let html = admin.page(location(&done)).await;
    assert!(html.contains("It is in its queue again.") && html.contains("The table is back"), "{html}");
    page(admin.submit(path, "retry", &[("letter", ""), ("reason", "Which?")]).await, 400);
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    assert!(!officer.page("/console/problems").await.contains(path));
    page(officer.get(path).await, 403);
}
