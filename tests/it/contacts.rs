//! A person's contacts, one by one: what is changed, what is not, and what the guard sees afterwards.

use postrider_tests::TestApp;
use serde_json::{Value, json};

const JOHNS: &str = "/people/ext-john/contacts";

fn path(contact: &Value) -> String {
    format!("{JOHNS}/{}", contact["id"].as_str().unwrap())
}

/// Why the guard lets no text go to John's number.
async fn reasons(app: &TestApp) -> Vec<String> {
    let question = json!({ "channel": "text", "theme": "opsServicing", "contactId": "ext-john-mobile" });
    let answer = app.post("/people/ext-john/can-interact", question).await.expect(200);
    let reasons = answer["reasons"].as_array().unwrap();
    reasons.iter().map(|reason| reason["code"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_field_that_may_change_is_changed_and_read_again() {
    let app = TestApp::start().await;
    let before = app.get(JOHNS).await.expect(200)[1].clone();
    let content = json!({
        "id": before["id"], "externalId": "john-mobile", "contactType": "phone", "label": "work",
        "affiliation": "spouse", "status": "secondary", "value": "+13125550199", "valid": false, "verified": true,
        "receiveTextMessages": false, "authorizedThirdParty": true,
    });
    let changed = app.put(&format!("{JOHNS}/ext-john-mobile"), content.clone()).await.expect(200);
    assert_eq!(changed, content);
    let contacts = app.get(JOHNS).await.expect(200);
    assert_eq!(contacts[1], content, "in its place");
    assert_eq!(app.get("/people/ext-john").await.expect(200)["contacts"], contacts);
    assert_eq!(app.put(&path(&changed), changed.clone()).await.expect(200), changed, "as it was read");
}

#[tokio::test]
async fn fields_left_out_stay() {
    let app = TestApp::start().await;
    let mut home = app.get(JOHNS).await.expect(200)[2].clone();
    home["label"] = json!("military");
    let changed = app.put(&path(&home), json!({ "label": "military" })).await.expect(200);
    assert_eq!(changed, home);
    let moved = json!({ "address": { "addressLine1": "1 Beacon St", "city": "Boston", "state": "MA", "postalCode": "02108" } });
    let moved = app.put(&path(&home), moved).await.expect(200);
    assert_eq!((&moved["address"]["city"], &moved["address"]["country"]), (&json!("Boston"), &json!("US")));
    assert_eq!((&moved["id"], &moved["label"]), (&home["id"], &home["label"]));
}

#[tokio::test]
async fn what_a_contact_is_known_by_does_not_change_and_faults_are_named() {
    let app = TestApp::start().await;
    let unnamed = json!({ "contactType": "email", "value": "john@work.example" });
    let unnamed = app.post(JOHNS, unnamed).await.expect(201);
    let (mobile, unnamed) = (format!("{JOHNS}/ext-john-mobile"), path(&unnamed));
    let before = app.get("/people/ext-john").await.expect(200);
    for (path, content, pointers) in [
        (&mobile, json!({ "value": "555-0100" }), vec!["/value"]),
        (&mobile, json!({ "value": "(312) 555-0142" }), vec!["/value"]),
        (&mobile, json!({ "value": "" }), vec!["/value"]),
        (&mobile, json!({ "address": { "addressLine1": "1 Main", "city": "X" } }), vec!["/address"]),
        (&mobile, json!({ "status": "first" }), vec!["/status"]),
        (&mobile, json!({ "isPrimary": true }), vec!["/isPrimary"]),
        (
            &mobile,
            json!({ "id": "CT-EXT-OTHER", "externalId": "jm", "contactType": "email" }),
            vec!["/contactType", "/externalId", "/id"],
        ),
        (&unnamed, json!({ "value": "john@home.example" }), vec!["/value"]),
        (&unnamed, json!({ "receiveTextMessages": true }), vec!["/receiveTextMessages"]),
        // Another named contact has it.
        (&unnamed, json!({ "value": "John@Example.com" }), vec!["/value"]),
    ] {
        assert_eq!(app.put(path, content.clone()).await.violations(), pointers, "{content}");
    }
    assert_eq!(app.get("/people/ext-john").await.expect(200), before, "nothing is stored");
}

#[tokio::test]
async fn an_address_belongs_to_one_contact() {
    let app = TestApp::start().await;
    let second = json!({ "externalId": "second", "contactType": "email", "value": "j.doe@example.com" });
    app.post(JOHNS, second).await.expect(201);
    let taken = json!({ "value": "JOHN@example.com" });
    assert_eq!(app.put(&format!("{JOHNS}/ext-second"), taken).await.violations(), ["/value"]);

    // One that the lender gave no name gives way: it is the same mailbox.
    let unnamed = json!({ "contactType": "email", "value": "doe@example.com", "verified": true });
    let unnamed = app.post(JOHNS, unnamed).await.expect(201);
    let moved = app.put(&format!("{JOHNS}/ext-second"), json!({ "value": "doe@example.com" })).await;
    assert_eq!(moved.expect(200)["verified"], true, "known of the address");
    let ids: Vec<Value> =
        app.get(JOHNS).await.expect(200).as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
    assert!(!ids.contains(&unnamed["id"]), "{ids:?}");
}

#[tokio::test]
async fn an_address_the_person_has_is_met_again_and_not_added() {
    let app = TestApp::start().await;
    let content = json!({ "contactType": "email", "value": "second@example.com", "status": "secondary" });
    let added = app.post(JOHNS, content).await.expect(201);
    let again = json!({ "contactType": "email", "value": "Second@Example.com", "verified": true });
    let met = app.post(JOHNS, again).await.expect(200);
    assert_eq!((&met["id"], &met["verified"]), (&added["id"], &json!(true)));
    assert_eq!(app.get(JOHNS).await.expect(200).as_array().unwrap().len(), 4);
    let other = json!({ "externalId": "john-email", "contactType": "email", "value": "third@example.com" });
    app.post(JOHNS, other).await.problem(409, "duplicate-external-id");
}

#[tokio::test]
async fn only_contacts_of_the_person_are_there_to_change() {
    let app = TestApp::start().await;
    let maria = app.get("/people/ext-maria/contacts").await.expect(200);
    let content = json!({ "status": "archived" });
    let of_maria = maria[0]["id"].as_str().unwrap();
    for path in [
        format!("{JOHNS}/ext-nothing"),
        format!("{JOHNS}/ext-maria-email"),
        format!("{JOHNS}/{of_maria}"),
        "/people/ext-nobody/contacts/ext-john-email".to_owned(),
    ] {
        let problem = app.put(&path, content.clone()).await.problem(404, "not-found");
        let named = if path.contains("nobody") { "ext-nobody" } else { path.rsplit('/').next().unwrap() };
        assert!(problem["detail"].as_str().unwrap().contains(named), "{problem:#}");
    }
    let other = app.seen_by(Some("other-admin"));
    other.put("/people/ext-maria/contacts/ext-maria-email", content).await.problem(404, "not-found");
    assert_eq!(app.get("/people/ext-maria/contacts").await.expect(200), maria);
}

#[tokio::test]
async fn messages_go_to_the_first_in_rank() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let second = json!({
        "externalId": "second", "contactType": "email", "value": "second@example.com", "status": "secondary",
    });
    app.post(JOHNS, second).await.expect(201);
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    for (first, second, recipient) in [
        ("primary", "secondary", "john@example.com"),
        ("additional", "secondary", "second@example.com"),
        ("additional", "primary", "second@example.com"),
        ("archived", "archived", ""),
        ("archived", "additional", "second@example.com"),
        ("primary", "archived", "john@example.com"),
    ] {
        app.put(&format!("{JOHNS}/ext-john-email"), json!({ "status": first })).await.expect(200);
        app.put(&format!("{JOHNS}/ext-second"), json!({ "status": second })).await.expect(200);
        let answer = app.send(&template, "ext-john").await;
        if recipient.is_empty() {
            drop(answer.problem(409, "no-contact"));
        } else {
            let id = answer.expect(202)["communication_id"].as_str().unwrap().to_owned();
            assert_eq!(app.log(&id).await["recipient"], recipient, "{first}, {second}");
        }
    }
}

#[tokio::test]
async fn the_guard_sees_the_contact_as_it_is_now() {
    let app = TestApp::start().await;
    let mobile = format!("{JOHNS}/ext-john-mobile");
    for (content, expected) in [
        (json!({}), vec![]),
        (json!({ "receiveTextMessages": false }), vec!["channel_opted_out"]),
        (json!({ "receiveTextMessages": true, "valid": false }), vec!["contact_invalid"]),
        (json!({ "valid": true, "affiliation": "other" }), vec!["contact_of_another"]),
        (json!({ "authorizedThirdParty": true }), vec![]),
        (json!({ "affiliation": "self", "status": "archived" }), vec!["contact_invalid"]),
        (json!({ "status": "primary" }), vec![]),
    ] {
        app.put(&mobile, content.clone()).await.expect(200);
        assert_eq!(reasons(&app).await, expected, "{content}");
    }
}

#[tokio::test]
async fn a_message_that_waits_is_not_sent_to_a_contact_archived_meanwhile() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let id = app.sent(&template, "ext-john").await;
    app.put(&format!("{JOHNS}/ext-john-email"), json!({ "status": "archived" })).await.expect(200);
    app.drain().await;
    assert!(app.outbox("email").await.is_empty());
    assert_eq!(app.log(&id).await["status"], "canceled");
}

#[tokio::test]
async fn many_changes_at_once_are_all_kept() {
    let app = TestApp::start().await;
    let change = |name: &str, content: Value| {
        let path = format!("{JOHNS}/ext-{name}");
        let app = &app;
        async move { app.put(&path, content).await.expect(200) }
    };
    futures::join!(
        change("john-email", json!({ "label": "work" })),
        change("john-mobile", json!({ "label": "work" })),
        change("john-home", json!({ "label": "work" })),
        change("john-email", json!({ "verified": true })),
    );
    let contacts = app.get(JOHNS).await.expect(200);
    assert!(contacts.as_array().unwrap().iter().all(|contact| contact["label"] == "work"), "{contacts:#}");
    assert_eq!(contacts[0]["verified"], true);
}
