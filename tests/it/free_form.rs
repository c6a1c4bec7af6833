//! 001 · Send free-form email: "completely custom content within a standard branded email template".

use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const SEND: &str = "/communicator/send-free-form-email";

fn to(addresses: &[&str]) -> Value {
    json!({ "to": addresses.iter().map(|email| json!({ "email": email })).collect::<Vec<_>>() })
}

fn body(more: Value) -> Value {
    let mut body = json!({
        "personalizations": [to(&["john@example.com"])], "theme": null, "language": "en", "subjectLine": "Your question",
        "contentHtml": "<p>Yes, on the <b>20th</b>. <a href=\"https://acme.example/pay\">Pay</a></p>",
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn send(app: &TestApp, more: Value) -> Answer {
    app.post(SEND, body(more)).await
}

#[tokio::test]
async fn any_content_goes_out_within_the_branded_email() {
    let app = TestApp::start().await;
    let sent = send(&app, json!({})).await.expect(202);
    let data = &sent["data"];
    assert_eq!(
        (
            &sent["status"],
            &data["subject"],
            &data["theme"],
            &data["personExternalId"],
            &data["isTransactional"]
        ),
        (&json!(202), &json!("freeFormBranded"), &json!("opsServicing"), &json!("john"), &json!(false))
    );
    app.drain_repeating().await;
    let outbox = app.outbox("email").await;
    assert_eq!(outbox.len(), 1);
    let mail = &outbox[0];
    assert_eq!((&mail["to"], &mail["subject"]), (&json!("john@example.com"), &json!("Your question")));
    assert!(mail["html"].as_str().unwrap().contains("<b>20th</b>"), "{mail:#}");
    assert!(mail["html"].as_str().unwrap().contains("Acme Lending"), "within the branded shell");
    // The text part is made where there is none.
    let text = mail["body"].as_str().unwrap();
    assert!(text.contains("Yes, on the 20th.") && text.contains("https://acme.example/pay"), "{text}");
    assert!(mail["from"].as_str().unwrap().contains("service@acme.example"), "not transactional: {mail:#}");
}

#[tokio::test]
async fn the_lenders_own_template_in_the_language_is_used() {
    let app = TestApp::start().await;
    for (language, before) in [("en", "OWN"), ("es", "PROPIO")] {
        let descriptor = json!({ "subject": "freeFormBranded", "channel": "email", "language": language, "name": language });
        let descriptor = app.post("/communicator/templatedescriptors", descriptor).await.expect(201);
        let version = json!({
            "descriptorId": descriptor["id"], "subjectLineTemplate": "{{ subjectLine }}",
            "contentTextTemplate": format!("{before} {{{{ contentText }}}}"),
        });
        let version = app.post("/communicator/templates", version).await.expect(201);
        let activate = format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap());
        app.post(&activate, json!({})).await.expect(200);
    }
    for (language, expected) in
        [(json!("es"), "PROPIO"), (json!("en"), "OWN"), (json!("fr"), "OWN"), (Value::Null, "OWN")]
    {
        let sent = send(&app, json!({ "language": language, "contentPlain": "x" })).await.expect(202);
        let text = sent["data"]["content"]["contentText"].as_str().unwrap();
        assert_eq!(text, format!("{expected} x"), "{language}");
    }
}

#[tokio::test]
async fn html_from_callers_does_nothing_but_look() {
    let app = TestApp::start().await;
    let hostile = "<p onclick=\"steal()\">Hello<script>steal()</script><img src=x onerror=steal()>\
                   <a href=\"javascript:steal()\">x</a><form action=https://evil.example><input></form></p>";
    let sent = send(&app, json!({ "contentHtml": hostile })).await.expect(202);
    let html = sent["data"]["content"]["contentHtml"].as_str().unwrap();
    for gone in ["steal", "<script", "<form", "javascript:"] {
        assert!(!html.contains(gone), "{gone}: {html}");
    }
    // What is previewed is what is sent.
    let preview = json!({ "subjectLine": "Your question", "contentHtml": hostile });
    let preview = app.post("/communicator/preview-free-form-email", preview).await.expect(200);
    assert!(!preview["contentHtml"].as_str().unwrap().contains("steal"));
}

#[tokio::test]
async fn personalizations_are_sendgrids() {
    let app = TestApp::start().await;
    let personalizations = json!([
        {
            "to": [{ "email": "John@Example.com", "name": "John, \"Doe\"" }, { "email": "second@example.com" }],
            "cc": [{ "email": "copy@example.com", "name": "Copy" }], "bcc": [{ "email": "blind@example.com" }],
            "subject": "For -name-", "substitutions": { "-name-": "<John>", "20th": "21st" },
            "custom_args": { "ticket": "7" },
        },
        to(&["stranger@example.com"]),
    ]);
    let sent = send(&app, json!({ "personalizations": personalizations })).await.expect(202);
    let interactions = sent["data"]["interactions"].as_array().unwrap();
    assert_eq!(interactions.len(), 2, "one interaction each");
    assert!(!interactions[0]["personId"].is_null() && interactions[1]["personId"].is_null(), "{sent:#}");
    app.drain().await;
    let outbox = app.outbox("email").await;
    assert_eq!(outbox.len(), 2);
    let first = outbox.iter().find(|mail| mail["subject"] == "For <John>").unwrap();
    let headers = &first["headers"];
    let addressed = format!("{} {}", headers["To"], headers["Cc"]);
    for part in ["john@example.com", "second@example.com", "copy@example.com", "Copy"] {
        assert!(addressed.to_lowercase().contains(&part.to_lowercase()), "{part}: {addressed}");
    }
    assert!(!first["raw"].as_str().unwrap().contains("blind@example.com"), "nobody else sees it");
    assert!(first["html"].as_str().unwrap().contains("21st"), "{first:#}");
    let id = interactions[0]["id"].as_str().unwrap();
    let shown = app.get(&format!("/interactions/{id}")).await.expect(200);
    assert_eq!(shown["data"]["content"]["customArgs"], json!({ "ticket": "7" }));
    // In HTML, what is put in is text.
    let tag =
        json!({ "to": [{ "email": "a@example.com" }], "substitutions": { "20th": "<script>x</script>" } });
    let sent = send(&app, json!({ "personalizations": [tag] })).await.expect(202);
    let html = sent["data"]["content"]["contentHtml"].as_str().unwrap();
    assert!(html.contains("&lt;script&gt;"), "{html}");
    // Nobody known: kept with the interactions of nobody known.
    let unbound = app.get("/interactions?subject=freeFormBranded").await.expect(200);
    assert_eq!(unbound["count"], 2);
}

#[tokio::test]
async fn what_forbids_contact_holds_for_whom_it_concerns() {
    let app = TestApp::start().await;
    // "WARNING: This endpoint is not checked against Compliance Guard": it goes out at night.
    app.set_clock("2026-01-06T07:00:00Z").await;
    send(&app, json!({ "theme": "opsCollDebt" })).await.expect(202);
    app.put("/people/ext-john/do-not-contact", json!({})).await.expect(200);
    send(&app, json!({})).await.problem(409, "blocked-by-compliance-guard");
    let both = json!([to(&["john@example.com"]), to(&["maria@example.com"])]);
    let sent = send(&app, json!({ "personalizations": both })).await.expect(202);
    let (accepted, refused) = (&sent["data"]["interactions"], &sent["data"]["refused"]);
    assert_eq!((&accepted[0]["index"], &refused[0]["index"]), (&json!(1), &json!(0)));
    assert!(refused[0]["detail"].as_str().unwrap().contains("must not be contacted"), "{sent:#}");
    let overriding = json!({ "overrideReason": "Court order" });
    app.seen_by(Some("demo-loan-officer"))
        .post(SEND, body(overriding.clone()))
        .await
        .problem(403, "forbidden");
    send(&app, overriding).await.expect(202);
}

#[tokio::test]
async fn an_answer_goes_to_whoever_wrote_of_those_who_share_an_address() {
    let app = TestApp::start().await;
    for name in ["ann", "bob"] {
        let contact = json!({ "contactType": "email", "value": "both@example.com" });
        let person = json!({ "firstName": name, "contacts": [contact] });
        app.put(&format!("/people/ext-{name}"), person).await.expect(201);
    }
    let wrote =
        json!({ "channel": "email", "theme": "inbOther", "status": "succeeded", "direction": "inbound" });
    let wrote = app.post("/people/ext-ann/interactions", wrote).await.expect(201)["data"]["id"].clone();
    for (address, previous, whose) in [
        ("both@example.com", json!(null), json!(null)),
        ("both@example.com", wrote.clone(), json!("ann")),
        // From an address that nobody has, and from another's.
        ("elsewhere@example.com", wrote.clone(), json!("ann")),
        ("john@example.com", wrote, json!("john")),
    ] {
        let answer = json!({ "personalizations": [to(&[address])], "previousInteractionId": previous });
        let sent = send(&app, answer).await.expect(202);
        assert_eq!(sent["data"]["personExternalId"], whose, "{address} {previous}");
    }
}

#[tokio::test]
async fn nobody_who_has_an_address_is_passed_over() {
    let app = TestApp::start().await;
    for name in ["ann", "bob"] {
        let contact = json!({ "contactType": "email", "value": "both@example.com" });
        let person = json!({ "firstName": name, "contacts": [contact] });
        app.put(&format!("/people/ext-{name}"), person).await.expect(201);
    }
    let revoked = json!({ "scope": "contact", "channel": "email", "status": "revoked", "source": "web" });
    for name in ["bob", "john"] {
        app.post(&format!("/people/ext-{name}/consents"), revoked.clone()).await.expect(201);
    }
    let john = json!([{ "email": "john@example.com" }]);
    let stranger = json!([{ "email": "stranger@example.com" }]);
    for (personalization, is_sent) in [
        // Two have the address, and one of them opted out.
        (json!({ "to": [{ "email": "both@example.com" }] }), false),
        (json!({ "to": john }), false),
        // However the address is written.
        (json!({ "to": [{ "email": "<JOHN@Example.com>" }] }), false),
        (json!({ "to": stranger, "cc": john }), false),
        (json!({ "to": stranger, "bcc": john }), false),
        (json!({ "to": [{ "email": "maria@example.com" }, { "email": "john@example.com" }] }), false),
        (json!({ "to": stranger }), true),
    ] {
        let sent = send(&app, json!({ "personalizations": [personalization] })).await;
        assert_eq!(sent.status == 202, is_sent, "{personalization}: {:#}", sent.body);
        if !is_sent {
            sent.problem(409, "consent-revoked");
        }
    }
    // Somebody who has a copy coming opts out before it leaves.
    let copy = json!([{ "to": stranger, "cc": [{ "email": "maria@example.com" }] }]);
    send(&app, json!({ "personalizations": copy })).await.expect(202);
    app.post("/people/ext-maria/consents", revoked).await.expect(201);
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_one_is_told_and_the_others_leave() {
    let app = TestApp::start().await;
    let template = json!({
        "name": "own", "template_type": "free_form_branded", "channel": "email", "language": "en",
        "subject": "{{ subjectLine }}", "body": "{{ borrower.first_name }}: {{ contentText }}",
    });
    app.post("/api/v1/communication-templates", template).await.expect(201);
    // The lender's words need a borrower.
    let both = json!([to(&["john@example.com"]), to(&["stranger@example.com"])]);
    let sent = send(&app, json!({ "personalizations": both })).await.expect(202);
    let (accepted, refused) = (&sent["data"]["interactions"], &sent["data"]["refused"]);
    assert_eq!((accepted[0]["index"].clone(), refused[0]["index"].clone()), (json!(0), json!(1)));
    assert_eq!(refused[0]["problem"], "template-does-not-render");
    let alone = json!({ "personalizations": [to(&["stranger@example.com"])] });
    send(&app, alone).await.problem(422, "template-does-not-render");
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1);
}

#[tokio::test]
async fn substitutions_cannot_fill_the_memory() {
    let app = TestApp::start().await;
    let bomb = json!([{ "to": [{ "email": "a@example.com" }], "substitutions": { "a": "x".repeat(9_000) } }]);
    let sent = send(&app, json!({ "contentHtml": "a".repeat(250_000), "personalizations": bomb })).await;
    assert_eq!(sent.violations(), ["/personalizations/0/substitutions"]);
}

#[tokio::test]
async fn long_ones_are_kept_and_sent_again_whole() {
    let app = TestApp::start().await;
    let words = "word ".repeat(50_000);
    let body = body(json!({ "contentHtml": format!("<p>{words}</p>") }));
    let keyed = app.request(Method::POST, SEND).header("idempotency-key", "long").json(&body);
    let sent = answer(keyed).await.expect(202);
    app.drain().await;
    let again = json!({ "interactionId": sent["data"]["id"] });
    app.post("/communicator/resend", again).await.expect(202);
    app.drain().await;
    let outbox = app.outbox("email").await;
    assert_eq!(outbox.len(), 2);
    assert!(outbox.iter().all(|mail| mail["html"].as_str().unwrap().contains(words.trim())));
}

#[tokio::test]
async fn the_same_request_again_sends_nothing_twice() {
    let app = TestApp::start().await;
    let many: Vec<Value> = (0..40).map(|at| to(&[&format!("person{at}@example.com")])).collect();
    let body = body(json!({ "personalizations": many }));
    let send = || app.request(Method::POST, SEND).header("idempotency-key", "k").json(&body);
    // The process ends when all are stored and some are queued.
    app.fault("sqs", "crash_before_record", 1).await;
    let broken = answer(send()).await;
    assert!(broken.status.as_u16() >= 500, "{:#}", broken.body);
    app.no_faults().await;
    app.advance(40).await;
    let sent = answer(send()).await.expect(202);
    assert_eq!(sent["data"]["interactions"].as_array().unwrap().len(), 40);
    answer(send()).await.expect(202);
    app.sweep().await;
    app.advance(200).await;
    app.sweep().await;
    assert_eq!(app.outbox("email").await.len(), 40);
}

#[tokio::test]
async fn every_wrong_field_is_told_at_once() {
    let app = TestApp::start().await;
    let wrong = json!({
        "personalizations": [
            { "to": [] },
            { "to": [{ "email": "nobody" }, { "email": "a@example.com" }], "cc": [{ "email": "A@example.com" }] },
            { "to": [{ "email": "b@example.com\r\nBcc: c@example.com", "name": "x\ny" }], "substitutions": { "a": 1 } },
        ],
        "language": "english", "contentHtml": " ",
    });
    assert_eq!(
        send(&app, wrong).await.violations(),
        [
            "/contentHtml",
            "/language",
            "/personalizations/0/to",
            "/personalizations/1/cc/0/email",
            "/personalizations/1/to/0/email",
            "/personalizations/2/substitutions/a",
            "/personalizations/2/to/0/email",
            "/personalizations/2/to/0/name",
        ]
    );
    let none = json!({ "personalizations": [] });
    assert_eq!(send(&app, none).await.violations(), ["/personalizations"]);
    let unknown = json!({ "personalizations": [{ "to": [{ "email": "a@example.com" }], "send_at": 7 }] });
    assert_eq!(send(&app, unknown).await.violations(), ["/personalizations/0/send_at"]);
    let untitled = json!({ "subjectLine": null });
    assert_eq!(send(&app, untitled).await.violations(), ["/personalizations/0/subject"]);
    let many: Vec<String> = (0..51).map(|at| format!("p{at}@example.com")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(
        send(&app, json!({ "personalizations": [to(&many)] })).await.violations(),
        ["/personalizations/0/to"]
    );
    let long = json!({ "contentHtml": "x".repeat(300_000) });
    assert_eq!(send(&app, long).await.violations(), ["/contentHtml"]);
    send(&app, json!({ "previousInteractionId": "ext-none" })).await.problem(404, "not-found");
    app.seen_by(Some("demo-viewer")).post(SEND, body(json!({}))).await.problem(403, "forbidden");
    assert!(app.outbox("email").await.is_empty());
}
