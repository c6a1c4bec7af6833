//! Consents and revocations: evidence that only ever grows, of which the newest decides.

use postrider_tests::TestApp;
use serde_json::{Value, json};

const JOHNS: &str = "/people/ext-john/consents";

#[tokio::test]
async fn the_newest_record_decides_and_none_goes_away() {
    let app = TestApp::start().await;
    let template = app.template("sms", "hello").await;
    let given = app.get(JOHNS).await.expect(200)[0].clone();
    let stop = json!({
        "channel": "text", "status": "revoked", "recordedAt": "2026-01-05T14:00:00Z", "source": "agent",
        "wording": "Please stop texting me.",
    });
    assert_eq!(app.post(JOHNS, stop.clone()).await.expect(201), stop);
    app.send(&template, "ext-john").await.problem(409, "consent-revoked");
    assert_eq!(app.post(JOHNS, stop.clone()).await.expect(201), stop, "the same again is the same record");

    // What happened before the revocation does not take it back.
    let earlier = json!({
        "channel": "text", "status": "consented", "recordedAt": "2026-01-04T14:00:00Z", "source": "web form",
    });
    app.post(JOHNS, earlier.clone()).await.expect(201);
    app.send(&template, "ext-john").await.problem(409, "consent-revoked");
    let now = app.post(JOHNS, json!({ "channel": "text", "status": "consented" })).await.expect(201);
    assert!(now["recordedAt"].as_str().unwrap().starts_with("2026-01-05T15:0"), "{now:#}");
    assert_eq!(now["source"], "lender");
    app.send(&template, "ext-john").await.expect(202);

    assert_eq!(app.get(JOHNS).await.expect(200), json!([given, earlier, stop, now]), "oldest first");
}

#[tokio::test]
async fn a_revocation_for_one_contact_leaves_the_others() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let second = json!({ "externalId": "second", "contactType": "email", "value": "second@example.com" });
    app.post("/people/ext-john/contacts", second).await.expect(201);
    let stop = json!({ "channel": "email", "contactId": "ext-john-email", "status": "revoked" });
    let recorded = app.post(JOHNS, stop).await.expect(201);
    let contacts = app.get("/people/ext-john/contacts").await.expect(200);
    assert_eq!(recorded["contactId"], contacts[0]["id"]);
    for (contact, status) in [("ext-john-email", 409), ("ext-second", 202)] {
        let send = json!({ "template_id": template, "borrower_id": "ext-john", "contact_id": contact });
        app.post("/api/v1/communications/send", send).await.expect(status);
    }
}

#[tokio::test]
async fn faults_are_named_and_nothing_is_recorded() {
    let app = TestApp::start().await;
    let before = app.get(JOHNS).await.expect(200);
    for (content, pointers) in [
        (json!({}), ["/status"]),
        (json!({ "status": "maybe" }), ["/status"]),
        (json!({ "status": "revoked", "channel": "pigeon" }), ["/channel"]),
        (json!({ "status": "consented", "recordedAt": "2026-01-06T00:00:00Z" }), ["/recordedAt"]),
        (json!({ "status": "revoked", "contactId": "ext-maria-email" }), ["/contactId"]),
        (json!({ "status": "revoked", "source": "" }), ["/source"]),
        (json!({ "status": "revoked", "because": "so" }), ["/because"]),
    ] {
        assert_eq!(app.post(JOHNS, content.clone()).await.violations(), pointers, "{content}");
    }
    assert_eq!(app.get(JOHNS).await.expect(200), before);
    let revoked: Value = json!({ "status": "revoked" });
    app.post("/people/ext-nobody/consents", revoked).await.problem(404, "not-found");
    app.get("/people/ext-nobody/consents").await.problem(404, "not-found");
}
