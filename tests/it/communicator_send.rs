//! 001 · Send message: the document's fields, and each of its causes of 409 from a situation as it arises. The clock is that
//! of Chicago, where John lives: 15:00 UTC is 9 in the morning.

use futures::future::join_all;
use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const SEND: &str = "/communicator/send";
const DESCRIPTORS: &str = "/communicator/templatedescriptors";

/// A template with an active version, by a channel, in a language.
async fn template(
    app: &TestApp,
    subject: &str,
    channel: &str,
    language: &str,
    product: Option<&str>,
) -> Value {
    let descriptor = json!({
        "subject": subject, "channel": channel, "language": language, "productId": product,
        "name": format!("{subject} by {channel} in {language}"),
    });
    let descriptor = app.post(DESCRIPTORS, descriptor).await.expect(201);
    let descriptor = descriptor.get("data").unwrap_or(&descriptor).clone();
    let version = json!({
        "descriptorId": descriptor["id"],
        "subjectLineTemplate": (channel == "email").then_some("About {{ loan.loan_number }}"),
        "contentTextTemplate": format!("Hello {{{{ person.firstName or borrower.first_name }}}}, {language}"),
    });
    let version = app.post("/communicator/templates", version).await.expect(201);
    let version = version.get("data").unwrap_or(&version).clone();
    let activate = format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap());
    app.post(&activate, json!({})).await.expect(200);
    descriptor
}

async fn started(subject: &str, channels: &[&str]) -> TestApp {
    let app = TestApp::start().await;
    for channel in channels {
        template(&app, subject, channel, "en", None).await;
    }
    app
}

const PRIVACY: &str = "annualPrivacyPolicyNotice";

fn to_john(more: Value) -> Value {
    let mut body = json!({ "subject": PRIVACY, "channel": "email", "personId": "ext-john" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn send(app: &TestApp, more: Value) -> Answer {
    app.post(SEND, to_john(more)).await
}

fn detail(problem: &Value) -> &str {
    problem["detail"].as_str().unwrap()
}

#[tokio::test]
async fn what_was_accepted_is_an_interaction_and_leaves() {
    let app = started(PRIVACY, &["email"]).await;
    app.put(
        "/people/ext-john/statements/ext-s1",
        json!({ "loanId": "ext-LN-0001", "issuedOn": "2026-01-05" }),
    )
    .await
    .expect(201);
    let request = json!({
        "loanId": "ext-LN-0001", "loanIds": ["ext-LN-0001"], "contactId": "ext-john-email", "statementId": "ext-s1",
        "context": { "lenderName": "Peachy Lender" }, "supercaseBulkOperationId": "bulk-7",
        "isTransactional": true, "useTemplate": true, "interactionExternalId": "notice-1", "sendAt": null,
        "sendJitter": 0, "strictUndefined": false, "theme": null, "attachments": [],
    });
    let sent = send(&app, request).await.expect(202);
    assert_eq!(sent["message"], "Accepted.");
    let data = &sent["data"];
    // "You can check the status of the queued interaction by calling GET on /interactions/{interactionId}."
    let shown = app.get(&format!("/interactions/{}", data["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(shown.get("data").unwrap_or(&shown), data);
    assert_eq!(
        (&data["externalId"], &data["theme"], &data["supercaseBulkOperationId"], &data["status"]),
        (&json!("notice-1"), &json!("opsServicing"), &json!("bulk-7"), &Value::Null)
    );
    assert_eq!(sent["template"]["fallbacks"], json!([]));
    app.drain().await;
    let outbox = app.outbox("email").await;
    assert_eq!(outbox.len(), 1);
    assert_eq!(
        (&outbox[0]["to"], &outbox[0]["subject"]),
        (&json!("john@example.com"), &json!("About LN-0001"))
    );
}

#[tokio::test]
async fn the_pair_of_addresses_follows_is_transactional() {
    let app = started(PRIVACY, &["email"]).await;
    send(&app, json!({})).await.expect(202);
    app.post(
        SEND,
        json!({ "subject": PRIVACY, "channel": "email", "personId": "ext-maria", "isTransactional": false }),
    )
    .await
    .expect(202);
    app.drain().await;
    let outbox = app.outbox("email").await;
    // They leave at the same time, in either order.
    let to = |who: &str| outbox.iter().find(|email| email["to"].to_string().contains(who)).unwrap();
    let (john, maria) = (to("john"), to("maria"));
    assert!(john["from"].to_string().contains("no-reply@acme.example"), "{john:#}");
    assert!(maria["from"].to_string().contains("service@acme.example"), "{maria:#}");
    assert!(maria["headers"].to_string().contains("service@acme.example"), "{maria:#}");
}

#[tokio::test]
async fn without_a_channel_the_preferred_one_that_can_be_used_is_taken_and_told() {
    let app = started(PRIVACY, &["email", "text"]).await;
    template(&app, "loanDetails", "email", "en", None).await;
    app.put("/people/ext-john/communication-preference", json!({ "preferred": "text" })).await.expect(200);
    let by_text = send(&app, json!({ "channel": null })).await.expect(202);
    assert_eq!(by_text["data"]["channel"], "text");
    assert_eq!(by_text["message"], "Accepted. It goes by text, which the borrower prefers.");
    let by_email = send(&app, json!({ "subject": "loanDetails", "channel": null })).await.expect(202);
    assert_eq!(by_email["data"]["channel"], "email", "there is no text about it");
    assert!(by_email["message"].as_str().unwrap().contains("by email"), "{by_email:#}");
    // The contact that is named decides before the preference.
    let maria = json!({ "subject": PRIVACY, "personId": "ext-maria", "contactId": "ext-maria-email" });
    app.put("/people/ext-maria/communication-preference", json!({ "preferred": "text" })).await.expect(200);
    assert_eq!(app.post(SEND, maria).await.expect(202)["data"]["channel"], "email");
    // Opted out of texts.
    let oscar = json!({ "subject": PRIVACY, "personId": "ext-oscar" });
    assert_eq!(app.post(SEND, oscar).await.expect(202)["data"]["channel"], "email");
    let none = json!({ "subject": "loanFreeze", "personId": "ext-nia" });
    app.post(SEND, none).await.problem(409, "no-template");
}

#[tokio::test]
async fn a_template_that_is_only_near_is_told() {
    let app = started(PRIVACY, &["email"]).await;
    app.put("/people/ext-john", json!({ "language": "es" })).await.expect(200);
    let sent = send(&app, json!({})).await.expect(202);
    assert_eq!(sent["template"]["fallbacks"], json!(["language"]));
    assert!(sent["message"].as_str().unwrap().contains("in the borrower's language"), "{sent:#}");
    // For certain products only, and the loan's is none of them.
    let product = json!({ "subject": "loanDetails", "personId": "ext-maria", "channel": "email" });
    template(&app, "loanDetails", "email", "en", Some("LT-1")).await;
    app.post(SEND, product.clone()).await.problem(409, "no-template");
    template(&app, "loanDetails", "email", "en", None).await;
    let sent = app.post(SEND, product).await.expect(202);
    assert_eq!(sent["template"]["fallbacks"], json!(["product"]));
}

#[tokio::test]
async fn a_message_is_sent_once_under_an_external_id_also_in_parallel() {
    let app = started(PRIVACY, &["email"]).await;
    let answers = join_all((0..50).map(|_| send(&app, json!({ "interactionExternalId": "once" })))).await;
    let mut accepted = 0;
    for answer in answers {
        match answer.status.as_u16() {
            202 => accepted += 1,
            // "Subsequent attempts to send with the same external ID will be blocked."
            _ => drop(answer.problem(409, "duplicate-external-id")),
        }
    }
    assert_eq!(accepted, 1);
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1);
    app.advance(48 * 3600).await;
    send(&app, json!({ "interactionExternalId": "once" })).await.problem(409, "duplicate-external-id");
}

#[tokio::test]
async fn a_theme_is_needed_where_the_subject_implies_none() {
    let app = started("custom1", &["email"]).await;
    // "When using these subjects you must specify a theme."
    let request = json!({ "subject": "custom1" });
    assert_eq!(send(&app, request).await.violations(), ["/theme"]);
    let sent = send(&app, json!({ "subject": "custom1", "theme": "opsServicing" })).await.expect(202);
    assert_eq!(sent["data"]["theme"], "opsServicing");
}

#[tokio::test]
async fn when_to_send() {
    let app = started(PRIVACY, &["email"]).await;
    let to = |person: &str, at: Value| {
        app.post(SEND, json!({ "subject": PRIVACY, "channel": "email", "theme": "opsCollDebt", "personId": person, "sendAt": at }))
    };
    for wrong in ["2026-01-12T15:10:00Z", "2026-01-05T14:54:59Z", "tomorrow"] {
        assert_eq!(to("ext-john", json!(wrong)).await.violations(), ["/sendAt"], "{wrong}");
    }
    // "You can manually set a future send time of up to 7 days in the future."
    let later = to("ext-john", json!("2026-01-12T15:00:00Z")).await.expect(202);
    assert_eq!(
        (&later["data"]["status"], &later["data"]["sendAt"]),
        (&json!("scheduled"), &json!("2026-01-12T15:00:00Z"))
    );
    app.set_clock("2026-01-06T03:30:00Z").await;
    // "If set to null … Communicator will automatically reschedule it to an allowable time."
    let waits = to("ext-ben", json!(null)).await;
    assert_eq!(waits.status, 409, "the stay of his bankruptcy is no matter of time");
    let waits = to("ext-oscar", json!(null)).await.expect(202);
    assert_eq!(
        (&waits["data"]["status"], &waits["data"]["sendAt"]),
        (&json!("scheduled"), &json!("2026-01-06T14:00:00Z"))
    );
    // "To bypass auto-rescheduling, input the current time."
    for now in ["now", "2026-01-06T03:30:00Z", "2026-01-06T03:27:00Z"] {
        let no = to("ext-john", json!(now)).await;
        let no = if no.status == 409 { no } else { panic!("{now}") };
        assert!(no.body["sendAt"].is_string(), "{:#}", no.body);
    }
}

#[tokio::test]
async fn subjects_say_who_sends_what_in_which_case() {
    let app = TestApp::start().await;
    let descriptor = template(&app, "hardshipPlan", "email", "en", None).await;
    let subject = "/communicator/subjects/hardshipPlan";
    let request = |more: Value| {
        let mut all = json!({ "subject": "hardshipPlan", "theme": "opsServicing" });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        send(&app, all)
    };
    let made = app
        .post("/api-keys", json!({ "name": "Desk 7", "role": "loan_officer", "agent": true }))
        .await
        .expect(201);
    let key: &'static str = made["key"].as_str().unwrap().to_owned().leak();
    let desk = app.seen_by(Some(key));
    let body = to_john(json!({ "subject": "hardshipPlan", "theme": "opsServicing" }));

    app.put(subject, json!({ "agentCanSend": false })).await.expect(201);
    desk.post(SEND, body.clone()).await.problem(409, "agent-cannot-send");
    let old = json!({ "template_id": descriptor["id"], "borrower_id": "ext-john" });
    desk.post("/api/v1/communications/send", old).await.problem(409, "agent-cannot-send");

    app.put(subject, json!({ "agentCanSend": true, "previewOnly": true })).await.expect(200);
    let no = desk.post(SEND, body).await.problem(409, "must-be-edited");
    assert!(detail(&no).contains("POST /communicator/preview"), "{no:#}");
    let edited = json!({ "editedContent": { "contentText": "Dear John, {{ as agreed }}" } });
    request(edited).await.expect(202);
    app.drain().await;
    let outbox = app.outbox("email").await;
    assert_eq!(
        (&outbox[0]["body"], &outbox[0]["subject"]),
        (&json!("Dear John, {{ as agreed }}"), &json!("About LN-0001"))
    );
}

#[tokio::test]
async fn a_subject_of_cases_takes_the_only_one_or_the_one_named() {
    let app = started("hardshipPlan", &["email"]).await;
    app.put("/communicator/subjects/hardshipPlan", json!({ "caseTypes": ["disputeOfDebt"] }))
        .await
        .expect(201);
    let about = |more: Value| {
        let mut body = to_john(json!({ "subject": "hardshipPlan", "theme": "opsServicing" }));
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.post(SEND, body)
    };
    let no = about(json!({})).await.problem(409, "case-required");
    assert!(detail(&no).contains("disputeOfDebt"), "{no:#}");
    let case = |name: &str, kind: &str| json!({ "externalId": name, "caseType": kind });
    app.put("/people/ext-john", json!({ "cases": [case("d", "disputeOfDebt"), case("l", "legalAction")] }))
        .await
        .expect(200);
    about(json!({ "caseId": "ext-l" })).await.problem(409, "case-required");
    about(json!({ "caseId": "ext-none" })).await.problem(409, "case-not-of-person");
    let john = app.get("/people/ext-john").await.expect(200);
    let sent = about(json!({})).await.expect(202);
    assert_eq!(sent["data"]["caseId"], john["cases"][0]["id"]);
}

/// A document of somebody's with content of this size.
async fn document(app: &TestApp, person: &str, name: &str, bytes: usize) -> Value {
    let made = app
        .post(&format!("/people/{person}/documents"), json!({ "externalId": name, "name": name }))
        .await
        .expect(201);
    if bytes > 0 {
        let mut content = b"%PDF-1.7\n".to_vec();
        content.resize(bytes, b'x');
        let put = app.request(Method::PUT, &format!("/people/{person}/documents/ext-{name}/content"));
        answer(put.header("content-type", "application/pdf").body(content)).await.expect(200);
    }
    made["id"].clone()
}

#[tokio::test]
async fn documents_go_with_an_email_as_they_were_when_it_was_accepted() {
    let app = started(PRIVACY, &["email", "text"]).await;
    let first = document(&app, "ext-john", "Gr\u{fc}\u{df}e", 2000).await;
    document(&app, "ext-john", "second", 3000).await;
    document(&app, "ext-john", "empty", 0).await;
    document(&app, "ext-maria", "hers", 10).await;
    let with = |documents: Value| send(&app, json!({ "channel": null, "attachments": documents }));
    with(json!(["ext-hers"])).await.problem(404, "not-found");
    with(json!(["ext-none"])).await.problem(404, "not-found");
    let no = with(json!(["ext-empty"])).await.problem(409, "document-empty");
    assert!(detail(&no).contains("empty"), "{no:#}");
    // Whose preferred channel carries no files.
    app.put("/people/ext-john/communication-preference", json!({ "preferred": "text" })).await.expect(200);
    let sent = with(json!([first, "ext-second"])).await.expect(202);
    assert_eq!(sent["data"]["channel"], "email");
    assert_eq!(sent["data"]["attachments"][1]["bytes"], 3000);
    let put = app.request(Method::PUT, "/people/ext-john/documents/ext-second/content");
    answer(put.header("content-type", "application/pdf").body(b"%PDF-1.7\nnew".to_vec())).await.expect(200);
    app.drain().await;
    let outbox = app.outbox("email").await;
    assert_eq!(
        outbox[0]["attachments"],
        json!([
            { "name": "Gr\u{fc}\u{df}e.pdf", "media_type": "application/pdf", "size": 2000 },
            { "name": "second.pdf", "media_type": "application/pdf", "size": 3000 },
        ])
    );
}

#[tokio::test]
async fn more_than_a_mailbox_takes_is_not_attached() {
    let app = started(PRIVACY, &["email"]).await;
    for name in ["a", "b"] {
        document(&app, "ext-john", name, 3_900_000).await;
    }
    let no =
        send(&app, json!({ "attachments": ["ext-a", "ext-b"] })).await.problem(409, "attachments-too-large");
    assert!(detail(&no).contains("7340032"), "{no:#}");
    send(&app, json!({ "attachments": ["ext-a"] })).await.expect(202);
}

/// "The request was well-formed but was unable to be processed due to failed business logic validations. This includes
/// scenarios where: …"
#[tokio::test]
async fn each_of_the_documents_causes_has_a_type_and_words_of_its_own() {
    let app = started(PRIVACY, &["email", "text"]).await;
    let disabled = template(&app, "loanFreeze", "email", "en", None).await;
    let path = format!("{DESCRIPTORS}/{}", disabled["id"].as_str().unwrap());
    app.put(&path, json!({ "enabled": false })).await.expect(200);
    app.put("/people/ext-lone", json!({ "firstName": "Lone", "contacts": [] })).await.expect(201);
    app.put(
        "/people/ext-gone",
        json!({ "status": "inactive", "contacts": [
        { "externalId": "gone-email", "contactType": "email", "value": "gone@example.com" }] }),
    )
    .await
    .expect(201);
    let revoked = json!({ "channel": "email", "status": "revoked", "source": "letter" });
    app.post("/people/ext-nia/consents", revoked).await.expect(201);
    app.put("/people/ext-walt/contacts/ext-walt-email", json!({ "valid": false })).await.expect(200);
    app.put("/people/ext-flora/loans/ext-bare", json!({})).await.expect(201);
    app.put("/people/ext-abroad", json!({ "firstName": "Ana", "contacts": [
        { "externalId": "ana-email", "contactType": "email", "value": "ana@example.com" },
        { "externalId": "ana-home", "contactType": "address",
          "address": { "addressLine1": "Rua 1", "city": "Lisboa", "postalCode": "1000", "country": "PT" } }] }))
        .await
        .expect(201);

    let causes = [
        // "The template for this type of message is disabled."
        (json!({ "subject": "loanFreeze" }), "template-disabled"),
        // "No suitable email or phone contact found."
        (json!({ "personId": "ext-lone" }), "no-contact"),
        // "The contact does not belong to the specified borrower."
        (json!({ "contactId": "ext-maria-email" }), "contact-not-of-person"),
        // "The borrower is inactive or not eligible for the type of interaction attempted."
        (json!({ "personId": "ext-gone" }), "person-not-eligible"),
        (json!({ "personId": "ext-ben" }), "person-not-eligible"),
        // "Communication consent for the requested channel has been revoked by the borrower."
        (json!({ "personId": "ext-nia" }), "consent-revoked"),
        // "The contact information is marked as invalid or archived."
        (json!({ "personId": "ext-walt", "contactId": "ext-walt-email" }), "contact-invalid"),
        // "The borrower has opted out of receiving certain types of messages (e.g., text messages)."
        (json!({ "personId": "ext-oscar", "channel": "text" }), "channel-opted-out"),
        // "The interaction is blocked by Compliance Guard due to federal, state, or business rules violations."
        (json!({ "personId": "ext-tess" }), "blocked-by-compliance-guard"),
        // "The loan associated with the communication is missing critical details …"
        (json!({ "personId": "ext-flora", "loanId": "ext-bare" }), "loan-incomplete"),
        // "… or does not belong to the borrower."
        (json!({ "loanId": "ext-LN-0002" }), "loan-not-of-person"),
        // "An invalid address prevents determining applicable state rules for communication."
        (json!({ "personId": "ext-abroad", "theme": "opsCollDebt" }), "location-unknown"),
    ];
    app.post(SEND, json!({ "subject": PRIVACY, "channel": "email", "personId": "ext-tess" }))
        .await
        .expect(202);
    for (more, slug) in causes {
        let no = send(&app, more).await.problem(409, slug);
        let words = detail(&no);
        assert!(words.ends_with('.') && words.split(' ').count() > 3, "{slug}: {words}");
    }
    // "The request fails due to time-of-day restrictions … will specifically include a sendAt attribute."
    app.set_clock("2026-01-06T03:30:00Z").await;
    let night = json!({ "theme": "opsCollDebt", "sendAt": "now" });
    let no = send(&app, night).await.problem(409, "outside-allowed-hours");
    assert_eq!(no["sendAt"], "2026-01-06T14:00:00Z");
}

#[tokio::test]
async fn a_letter_of_documents_alone_names_them() {
    let app = started(PRIVACY, &["email"]).await;
    document(&app, "ext-john", "letter", 100).await;
    let alone = |more: Value| {
        let mut body = to_john(json!({ "channel": "mail", "useTemplate": false }));
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.post(SEND, body)
    };
    alone(json!({ "attachments": ["ext-none"] })).await.problem(404, "not-found");
    assert_eq!(alone(json!({})).await.violations(), ["/attachments"]);
    let edited = json!({ "attachments": ["ext-letter"], "editedContent": { "contentText": "Hello" } });
    assert_eq!(alone(edited).await.violations(), ["/editedContent"]);
    assert_eq!(
        alone(json!({ "channel": "email", "attachments": ["ext-letter"] })).await.violations(),
        ["/useTemplate"]
    );
}

#[tokio::test]
async fn what_it_follows_is_the_same_borrowers() {
    let app = started(PRIVACY, &["email"]).await;
    let maria = json!({ "subject": PRIVACY, "channel": "email", "personId": "ext-maria" });
    let hers = app.post(SEND, maria).await.expect(202)["data"]["id"].clone();
    send(&app, json!({ "previousInteractionId": hers })).await.problem(404, "not-found");
    send(&app, json!({ "previousInteractionId": "ext-none" })).await.problem(404, "not-found");
    let his = send(&app, json!({})).await.expect(202)["data"]["id"].clone();
    app.advance(25 * 3600).await;
    let next = send(&app, json!({ "previousInteractionId": his })).await.expect(202);
    assert_eq!(next["data"]["previousInteractionId"], his);
}

#[tokio::test]
async fn strict_is_told_what_is_undefined() {
    let app = TestApp::start().await;
    for channel in ["text", "email"] {
        let descriptor = json!({ "subject": PRIVACY, "channel": channel, "language": "en", "name": "x" });
        let descriptor = app.post(DESCRIPTORS, descriptor).await.expect(201);
        let descriptor = descriptor.get("data").unwrap_or(&descriptor).clone();
        let subject = (channel == "email").then_some("Hello");
        let version = json!({
            "descriptorId": descriptor["id"], "subjectLineTemplate": subject,
            "contentTextTemplate": "Hello {{ lenderName }} of {{ company.name }} and {{ tenant.name }}",
        });
        let version = app.post("/communicator/templates", version).await.expect(201);
        let version = version.get("data").unwrap_or(&version).clone();
        let activate = format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap());
        app.post(&activate, json!({})).await.expect(200);
    }
    let strict = |context: Value| {
        send(&app, json!({ "channel": "text", "strictUndefined": true, "context": context }))
    };
    strict(json!({})).await.problem(422, "template-does-not-render");
    let sent = strict(json!({ "lenderName": "Peachy Lender" })).await.expect(202);
    assert_eq!(
        sent["data"]["content"]["contentText"],
        "Hello Peachy Lender of Acme Lending and Acme Lending"
    );
    // What no carrier takes is told at once, and what says nothing.
    app.advance(25 * 3600).await;
    let long = "Peachy ".repeat(2000);
    strict(json!({ "lenderName": long })).await.problem(409, "message-too-large");
    // What is too large for the table is shown from where it is kept.
    let sent = send(&app, json!({ "channel": "email", "context": { "lenderName": long } })).await.expect(202);
    assert!(sent["data"]["content"]["contentText"].as_str().unwrap().contains(&long));
}

#[tokio::test]
async fn every_wrong_field_is_told_at_once() {
    let app = TestApp::start().await;
    let wrong = json!({
        "subject": 1, "channel": "pigeon", "theme": "love", "personId": "x y", "contactId": 1, "loanId": {}, "caseId": [],
        "statementId": 2, "context": [], "supercaseBulkOperationId": 1, "previousInteractionId": "nonsense",
        "isTransactional": "yes", "useTemplate": 0, "interactionExternalId": "ext-a", "sendAt": "soon",
        "sendJitter": -1, "strictUndefined": null, "editedContent": "x", "colour": "red",
    });
    let mut expected: Vec<String> =
        wrong.as_object().unwrap().keys().map(|member| format!("/{member}")).collect();
    expected.sort();
    assert_eq!(app.post(SEND, wrong).await.violations(), expected);
    assert_eq!(app.post(SEND, json!({})).await.violations(), ["/personId", "/subject"]);
    // What is missing, of the wrong type, and of the wrong value, together.
    let mixed = json!({ "isTransactional": "yes", "sendJitter": 86_401, "supercaseBulkOperationId": "" });
    let all = ["/isTransactional", "/personId", "/sendJitter", "/subject", "/supercaseBulkOperationId"];
    assert_eq!(app.post(SEND, mixed).await.violations(), all);
    let wrong = json!({
        "attachments": ["ext-a", "ext-a"], "sendJitter": 86_401, "sendAt": "2027-01-01T00:00:00Z",
        "loanIds": (0..101).map(|n| format!("ext-{n}")).collect::<Vec<_>>(), "supercaseBulkOperationId": "",
        "useTemplate": false, "editedContent": { "subjectLine": "a\nb" },
    });
    assert_eq!(
        send(&app, wrong).await.violations(),
        [
            "/attachments/1",
            "/editedContent",
            "/editedContent/subjectLine",
            "/loanIds",
            "/sendAt",
            "/sendJitter",
            "/supercaseBulkOperationId",
            "/useTemplate",
        ]
    );
    let files =
        json!({ "channel": "gui", "attachments": (0..11).map(|n| format!("ext-{n}")).collect::<Vec<_>>() });
    assert_eq!(send(&app, files).await.violations(), ["/attachments", "/attachments"]);
}

#[tokio::test]
async fn a_body_of_the_other_document_is_recognized() {
    let app = TestApp::start().await;
    for (path, body, other) in [
        (
            SEND,
            json!({ "template_id": "ext-payment-reminder", "borrower_id": "ext-john" }),
            "POST /api/v1/communications/send",
        ),
        ("/api/v1/communications/send", to_john(json!({})), "POST /communicator/send"),
    ] {
        let problem = app.post(path, body).await.problem(400, "invalid-request");
        let first = &problem["violations"][0];
        assert_eq!(first["pointer"], "");
        assert!(first["message"].as_str().unwrap().contains(other), "{problem:#}");
    }
}

#[tokio::test]
async fn accepting_takes_four_calls_to_aws() {
    let app = started(PRIVACY, &["email"]).await;
    let calls = || async {
        let calls = app.get("/_local/calls").await.expect(200);
        let counts = calls.as_object().unwrap().clone();
        counts.into_iter().map(|(name, count)| (name, count.as_u64().unwrap())).collect::<Vec<_>>()
    };
    send(&app, json!({})).await.expect(202);
    app.drain().await;
    app.delete("/_local/calls").await.expect(200);
    let maria = json!({ "subject": PRIVACY, "channel": "email", "personId": "ext-maria" });
    app.post(SEND, maria).await.expect(202);
    let calls = calls().await;
    let key = |name: &str| name.contains("GetItem") && !name.contains("Batch");
    let own: u64 = calls.iter().filter(|(name, _)| !key(name)).map(|(_, count)| count).sum();
    // The person, the message, its place in the ledger, the queue. What is longer is written apart, by one more.
    assert_eq!(own, 4, "{calls:?}");
}

#[tokio::test]
async fn the_same_send_twice_under_one_key_is_one_message() {
    let app = started(PRIVACY, &["email"]).await;
    let send = || app.request(Method::POST, SEND).header("idempotency-key", "annual-notice");
    let first = answer(send().json(&to_john(json!({})))).await.expect(202);
    let again = answer(send().json(&to_john(json!({})))).await.expect(202);
    assert_eq!(first["data"]["id"], again["data"]["id"]);
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1);
}
