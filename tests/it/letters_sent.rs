//! Letters, from the template to the letter box: printed when they are accepted, and mailed as they were printed.

use std::collections::BTreeMap;

use domain::{
    id::{self, Id},
    interaction::Claim,
    vocabulary::ProviderName,
};
use letters::Area;
use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

/// A letter that leaves room for the address in the windows of an envelope.
pub const ROOMY: &str = "<html><body><div style=\"height: 3.5in\"></div><p>Dear {{ borrower.first_name }},</p>\
                     <p>your payment is due.</p></body></html>";

pub async fn html_template(app: &TestApp, name: &str, html: &str) -> String {
    let body = json!({ "subject": "statement", "channel": "mail", "language": "en", "name": name, "externalId": name });
    let descriptor = app.post("/communicator/templatedescriptors", body).await.expect(201);
    let version = json!({ "descriptorId": descriptor["id"], "contentHtmlTemplate": html });
    let version = app.post("/communicator/templates", version).await.expect(201);
    let path = format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap());
    app.post(&path, json!({})).await.expect(200);
    descriptor["id"].as_str().unwrap().to_owned()
}

async fn by_mail(app: &TestApp, more: Value) -> Answer {
    let mut body = json!({ "subject": "statement", "channel": "mail", "personId": "ext-john" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.post("/communicator/send", body).await
}

pub async fn mailed(app: &TestApp) -> String {
    let sent = by_mail(app, json!({})).await.expect(202);
    sent["data"]["id"].as_str().unwrap().to_owned()
}

async fn shown(app: &TestApp, id: &str) -> Value {
    app.get(&format!("/interactions/{id}")).await.expect(200)["data"].clone()
}

async fn pdf(app: &TestApp, path: &str) -> Vec<u8> {
    let response = app.request(Method::GET, path).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    assert_eq!(response.headers()["content-type"], "application/pdf");
    response.bytes().await.unwrap().to_vec()
}

/// What can be read on the first page.
fn text(pdf: &[u8]) -> String {
    let page = Area { left: 0.0, top: 0.0, width: 612.0, height: 792.0 };
    letters::text_within(pdf, 1, page).unwrap()
}

fn fields(letter: &Value) -> BTreeMap<String, String> {
    serde_json::from_value(letter["tags"].clone()).unwrap()
}

/// Has John's document hold what is printed of this text.
async fn printed_document(app: &TestApp, name: &str) {
    app.post("/people/ext-john/documents", json!({ "externalId": name, "name": name })).await.expect(201);
    let body = json!({
        "subject": "statement", "channel": "mail", "personId": "ext-john", "documentId": format!("ext-{name}"),
    });
    app.post("/communicator/render-to-document?fmt=pdf", body).await.expect(200);
}

async fn upload(app: &TestApp, name: &str, media_type: &str, bytes: &[u8]) {
    app.post("/people/ext-john/documents", json!({ "externalId": name, "name": name })).await.expect(201);
    let put = app.request(Method::PUT, &format!("/people/ext-john/documents/ext-{name}/content"));
    answer(put.header("content-type", media_type).body(bytes.to_vec())).await.expect(200);
}

/// Gives the demo's lender another letter sender.
async fn with_sender(app: &TestApp, change: impl FnOnce(&mut Value)) {
    let tenant = app.system.app().store.tenant(&"demo".parse().unwrap()).await.unwrap();
    let mut senders = serde_json::to_value(&tenant.senders).unwrap();
    change(&mut senders["letter"]);
    let body = json!({ "id": "demo", "name": tenant.name, "senders": senders });
    app.post("/_local/functions/tenants-provision", body).await.expect(200);
}

#[tokio::test]
async fn the_pages_that_were_printed_on_acceptance_are_those_that_leave() {
    let app = TestApp::start().await;
    html_template(&app, "roomy", ROOMY).await;
    let id = mailed(&app).await;
    let letter = shown(&app, &id).await["letter"].clone();
    assert_eq!((&letter["pages"], &letter["pageSize"]), (&json!(1), &json!("letter")));
    let kept = pdf(&app, letter["path"].as_str().unwrap()).await;
    assert_eq!(letter["bytes"], kept.len());
    let words = text(&kept).split_whitespace().collect::<String>();
    assert_eq!(words, "DearJohn,yourpaymentisdue.");
    // The template and the name are others by the time the letter leaves.
    app.put("/people/ext-john", json!({ "firstName": "Jack" })).await.expect(200);
    app.drain_repeating().await;

    let [left] = &app.outbox("mail").await[..] else { panic!("one letter") };
    assert_eq!(
        (&left["provider"], &left["to"]),
        (&json!("lob"), &json!("John Doe, 233 S Wacker Dr, Chicago, IL, 60606"))
    );
    assert_eq!(pdf(&app, &format!("/_local/outbox/{}/letter", left["sequence"])).await, kept);
    let fields = fields(left);
    for (name, value) in [
        ("idempotency_key", id.as_str()),
        ("metadata[interaction]", &id),
        ("metadata[tenant]", "demo"),
        ("address_placement", "top_first_page"),
        ("use_type", "operational"),
        ("from[name]", "Acme Lending"),
    ] {
        assert_eq!(fields[name], value, "{name}");
    }
    let view = shown(&app, &id).await;
    assert_eq!((&view["status"], &view["statusDetails"]), (&json!("attempted"), &json!("letterCreated")));
    assert_eq!(view["contact"]["value"], "233 S Wacker Dr, Chicago, IL 60606");
    let entry = app.log(&id).await;
    assert_eq!(
        (&entry["channel"], &entry["provider_reference"]),
        (&json!("letter"), &left["provider_message_id"])
    );

    let page = app
        .request(Method::GET, &format!("/_local/outbox/{}/pages/1", left["sequence"]))
        .send()
        .await
        .unwrap();
    assert_eq!(page.headers()["content-type"], "image/png");
    assert!(page.bytes().await.unwrap().starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn a_letter_of_000_is_text_on_the_built_in_page_whose_address_lob_covers() {
    let app = TestApp::start().await;
    let template = app.template("letter", "hello").await;
    let id = app.sent(&template, "ext-john").await;
    app.drain().await;
    let left = app.outbox("mail").await;
    // It shows an address of its own.
    assert_eq!(fields(&left[0])["address_placement"], "insert_blank_page");
    assert_eq!(app.log(&id).await["status"], "sent");
    app.report("lob", json!({ "message": id, "event": "letter.delivered" })).await;
    assert_eq!(app.log(&id).await["status"], "delivered");
}

#[tokio::test]
async fn a_crash_after_lob_took_the_letter_makes_no_second_one() {
    for mode in ["crash_before_record", "drop_answer"] {
        let app = TestApp::start().await;
        html_template(&app, "roomy", ROOMY).await;
        app.fault("lob", mode, 1).await;
        let id = mailed(&app).await;
        app.drain().await;
        assert_eq!(app.log(&id).await["status"], "sending", "{mode}");
        app.advance(120).await;
        app.sweep().await;
        assert_eq!(app.log(&id).await["status"], "sent", "{mode}");
        assert_eq!(app.outbox("mail").await.len(), 1, "{mode}");
    }
}

#[tokio::test]
async fn a_lob_that_is_busy_is_asked_again() {
    for mode in ["throttle", "error", "timeout"] {
        let app = TestApp::start().await;
        html_template(&app, "roomy", ROOMY).await;
        app.fault("lob", mode, 1).await;
        let id = mailed(&app).await;
        app.drain().await;
        assert!(app.outbox("mail").await.is_empty(), "{mode}");
        app.advance(600).await;
        app.sweep().await;
        assert_eq!(app.log(&id).await["status"], "sent", "{mode}");
        assert_eq!(app.outbox("mail").await.len(), 1, "{mode}");
    }
}

#[tokio::test]
async fn events_in_any_order_and_twice_settle_the_letter_once() {
    let journey = [
        "letter.rendered_pdf",
        "letter.mailed",
        "letter.in_transit",
        "letter.in_local_area",
        "letter.delivered",
    ];
    let app = TestApp::start().await;
    html_template(&app, "roomy", ROOMY).await;
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    let forwards: Vec<_> = journey.to_vec();
    let backwards: Vec<_> = journey.iter().rev().copied().collect();
    let twice: Vec<_> = journey.iter().flat_map(|event| [*event, *event]).collect();
    for order in [forwards, backwards, twice] {
        let id = mailed(&app).await;
        app.drain().await;
        for event in order {
            app.report("lob", json!({ "message": id, "event": event })).await;
        }
        // Nobody's news.
        app.report("lob", json!({ "message": id, "event": "letter.viewed" })).await;
        let view = shown(&app, &id).await;
        assert_eq!(
            (&view["status"], &view["statusDetails"]),
            (&json!("succeeded"), &json!("letterDelivered"))
        );
    }
}

#[tokio::test]
async fn a_letter_that_comes_back_failed_and_its_address_is_used_no_more() {
    let app = TestApp::start().await;
    html_template(&app, "roomy", ROOMY).await;
    let id = mailed(&app).await;
    app.drain().await;
    app.report("lob", json!({ "message": id, "event": "letter.mailed" })).await;
    app.report("lob", json!({ "message": id, "event": "letter.returned_to_sender" })).await;
    let view = shown(&app, &id).await;
    assert_eq!(
        (&view["status"], &view["statusDetails"]),
        (&json!("failed"), &json!("letterReturnedToSender"))
    );
    let person = app.get("/people/ext-john").await.expect(200);
    let home =
        person["contacts"].as_array().unwrap().iter().find(|one| one["externalId"] == "john-home").unwrap();
    assert_eq!(home["valid"], false, "{home:#}");
    by_mail(&app, json!({})).await.expect(409);
}

#[tokio::test]
async fn a_report_that_is_not_signed_by_the_lenders_webhook_is_not_taken() {
    let app = TestApp::start().await;
    let url = "/api/v1/communications/webhooks/delivery-status?tenant=demo";
    let request =
        app.request(Method::POST, url).header("lob-signature", "00ff").header("lob-signature-timestamp", "1");
    answer(request.body("{}")).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_letter_is_called_back_while_lob_has_not_begun_to_print() {
    let app = TestApp::start().await;
    html_template(&app, "roomy", ROOMY).await;
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    let cancel =
        async |id: &str| app.put(&format!("/interactions/{id}"), json!({ "status": "canceled" })).await;
    let id = mailed(&app).await;
    app.drain().await;
    app.report("lob", json!({ "message": id, "event": "letter.rendered_pdf" })).await;
    assert_eq!(cancel(&id).await.expect(200)["data"]["status"], "canceled");
    assert_eq!(cancel(&id).await.expect(200)["data"]["status"], "canceled", "said twice");
    // What Lob tells of it afterwards changes nothing.
    app.report("lob", json!({ "message": id, "event": "letter.deleted" })).await;
    assert_eq!(shown(&app, &id).await["status"], "canceled");
    let log = app.log(&id).await;
    let step = log["timeline"].as_array().unwrap().iter().find(|step| step["what"] == "canceled").unwrap();
    assert_eq!(step["by"], app.seen_by(Some("demo-admin")).subject().await);

    let printed = mailed(&app).await;
    app.drain().await;
    app.report("lob", json!({ "message": printed, "event": "letter.mailed" })).await;
    let late = mailed(&app).await;
    app.drain().await;
    app.advance(301).await;
    for id in [printed, late] {
        let no = cancel(&id).await.problem(409, "status-cannot-change");
        assert!(no["detail"].as_str().unwrap().contains("called back"), "{no:#}");
        assert_eq!(shown(&app, &id).await["status"], "attempted");
    }

    let waiting = by_mail(&app, json!({ "sendAt": "2026-01-06T16:00:00Z" })).await.expect(202);
    let waiting = waiting["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(cancel(&waiting).await.expect(200)["data"]["status"], "canceled");
}

#[tokio::test]
async fn what_cannot_be_mailed_is_refused_before_it_is_accepted() {
    let app = TestApp::start().await;
    html_template(&app, "roomy", ROOMY).await;
    let address = |line: &str, state: Option<&str>| {
        let address = json!({ "addressLine1": line, "city": "Chicago", "state": state, "postalCode": "60606", "country": "US" });
        json!({ "contacts": [{ "externalId": "john-home", "contactType": "address", "address": address }] })
    };
    for person in [
        json!({ "firstName": "J".repeat(30), "lastName": "D".repeat(30) }),
        json!({ "firstName": "\u{7530}\u{4e2d}", "lastName": "Doe" }),
        address(&"x".repeat(80), Some("IL")),
    ] {
        app.put("/people/ext-john", person.clone()).await.expect(200);
        let no = by_mail(&app, json!({})).await.problem(409, "address-not-printable");
        assert!(
            no["detail"]
                .as_str()
                .unwrap()
                .starts_with("The letter cannot be addressed. Correct the person: "),
            "{no:#}"
        );
        app.put("/people/ext-john", json!({ "firstName": "John", "lastName": "Doe" })).await.expect(200);
    }
    app.put("/people/ext-john", address("233 S Wacker Dr", Some("IL"))).await.expect(200);

    with_sender(&app, |letter| letter["maxPages"] = json!(2)).await;
    for document in ["one", "two"] {
        printed_document(&app, document).await;
    }
    let no =
        by_mail(&app, json!({ "attachments": ["ext-one", "ext-two"] })).await.problem(409, "letter-too-long");
    assert!(no["detail"].as_str().unwrap().contains("3 pages"), "{no:#}");
    upload(&app, "text", "text/plain", b"no PDF").await;
    upload(&app, "broken", "application/pdf", b"%PDF-1.7\nnothing").await;
    for document in ["ext-text", "ext-broken"] {
        by_mail(&app, json!({ "attachments": [document] })).await.problem(409, "attachment-not-printable");
    }
    assert_eq!(
        app.get("/api/v1/communication-logs").await.expect(200)["data"],
        json!([]),
        "nothing was stored"
    );
    app.drain().await;
    assert!(app.outbox("mail").await.is_empty());
}

#[tokio::test]
async fn what_would_not_print_is_the_templates_fault() {
    for html in [
        "<html><head><style>@page { size: A4 }</style></head><body><p>Dear {{ borrower.first_name }}</p></body></html>",
        "<html><body><p>Dear {{ borrower.first_name }} \u{1f600}</p></body></html>",
        "<html><body><p>Dear {{ borrower.first_name }}</p><img src=\"https://example.com/logo.png\"></body></html>",
    ] {
        let app = TestApp::start().await;
        html_template(&app, "wrong", html).await;
        let no = by_mail(&app, json!({})).await.problem(422, "template-does-not-render");
        assert_eq!(no["template"]["part"], "contentHtml", "{no:#}");
    }
}

#[tokio::test]
async fn documents_are_enclosed_and_may_be_all_there_is() {
    let app = TestApp::start().await;
    html_template(&app, "roomy", ROOMY).await;
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    for document in ["one", "two"] {
        printed_document(&app, document).await;
    }
    let with = by_mail(&app, json!({ "attachments": ["ext-one", "ext-two"] })).await.expect(202);
    assert_eq!(with["data"]["letter"]["pages"], 3);
    let alone = by_mail(&app, json!({ "useTemplate": false, "attachments": ["ext-two", "ext-one"] }))
        .await
        .expect(202);
    assert_eq!((&alone["data"]["letter"]["pages"], &alone["data"]["content"]), (&json!(2), &json!(null)));
    app.drain().await;
    assert_eq!(app.outbox("mail").await.len(), 2);
    for one in [&with, &alone] {
        let again = json!({ "interactionId": one["data"]["id"] });
        let again = app.post("/communicator/resend", again).await.expect(202)["data"].clone();
        assert_eq!(again["letter"]["sha256"], one["data"]["letter"]["sha256"]);
        assert_ne!(again["letter"]["path"], one["data"]["letter"]["path"]);
    }
    app.drain().await;
    assert_eq!(app.outbox("mail").await.len(), 4);
}

#[tokio::test]
async fn each_letter_of_a_batch_is_printed() {
    let app = TestApp::start().await;
    let template = app.template("letter", "hello").await;
    let body = json!({ "template_id": template, "borrower_ids": ["ext-john", "ext-maria", "ext-nobody"] });
    let batch = app.post("/api/v1/communications/send-batch", body).await.expect(202);
    app.drain().await;
    let id = batch["batch_id"].as_str().or(batch["id"].as_str()).unwrap();
    let counts = app.get(&format!("/api/v1/communications/batches/{id}")).await.expect(200);
    assert!(counts.to_string().contains("\"accepted\":2"), "{counts:#}");
    let left = app.outbox("mail").await;
    assert_eq!(left.len(), 2);
    let first = pdf(&app, &format!("/_local/outbox/{}/letter", left[0]["sequence"])).await;
    assert_ne!(first, pdf(&app, &format!("/_local/outbox/{}/letter", left[1]["sequence"])).await);
}

#[tokio::test]
async fn a_print_house_fetches_the_letter_once_and_puts_back_what_became_of_it() {
    let app = TestApp::start().await;
    html_template(&app, "roomy", ROOMY).await;
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    with_sender(&app, |letter| {
        letter["provider"] = json!("drop");
        letter["color"] = json!(true);
    })
    .await;
    for (steps, status, details) in [
        (&["printed", "mailed"][..], "attempted", "letterInTransit"),
        (&["mailed", "printed", "delivered"], "succeeded", "letterDelivered"),
        (&["failed"], "failed", "letterFailedToCreate"),
        (&["mailed", "returned"], "failed", "letterReturnedToSender"),
    ] {
        let id = mailed(&app).await;
        app.drain_repeating().await;
        let fetch =
            async || app.post("/_local/providers/drop/fetch", json!({})).await.expect(200)["letters"].clone();
        assert_eq!((fetch().await, fetch().await), (json!([id]), json!([])));
        let left = app.outbox("mail").await[0].clone();
        let kept = pdf(&app, &format!("/interactions/{id}/letter")).await;
        assert_eq!(pdf(&app, &format!("/_local/outbox/{}/letter", left["sequence"])).await, kept);
        let manifest: Value = serde_json::from_str(left["raw"].as_str().unwrap()).unwrap();
        for (name, value) in [
            ("version", json!(1)),
            ("id", json!(id)),
            ("pages", json!(1)),
            ("color", json!(true)),
            ("doubleSided", json!(true)),
            ("mailClass", json!("firstClass")),
            ("window", json!("clear")),
            ("pageSize", json!("letter")),
            ("to", json!(["John Doe", "233 S Wacker Dr", "Chicago IL 60606"])),
            ("from", json!(["Acme Lending", "500 W Madison St", "Chicago IL 60661"])),
        ] {
            assert_eq!(manifest[name], value, "{name}");
        }
        for step in steps {
            let content = json!({ "message": id, "status": step, "code": "R1" });
            app.post("/_local/providers/drop/status", content.clone()).await.expect(200);
            app.sweep().await;
            // Put again, it changes nothing.
            app.post("/_local/providers/drop/status", content).await.expect(200);
            app.sweep().await;
        }
        let view = shown(&app, &id).await;
        assert_eq!((&view["status"], &view["statusDetails"]), (&json!(status), &json!(details)), "{view:#}");
    }
    let person = app.get("/people/ext-john").await.expect(200);
    let home =
        person["contacts"].as_array().unwrap().iter().find(|one| one["externalId"] == "john-home").unwrap();
    assert_eq!(home["valid"], false);
}

#[tokio::test]
async fn a_crash_while_a_letter_is_laid_out_lays_it_out_once() {
    for is_there in [false, true] {
        let app = TestApp::start().await;
        html_template(&app, "roomy", ROOMY).await;
        with_sender(&app, |letter| letter["provider"] = json!("drop")).await;
        let id = mailed(&app).await;
        // A dispatcher that takes the letter and is never heard of again, before or after it laid it out.
        let system = app.system.app();
        let tenant = "demo".parse().unwrap();
        let mut message =
            system.store.interaction(&tenant, &id.parse::<Id<id::Interaction>>().unwrap()).await.unwrap();
        assert_eq!(message.claim(system.now()), Claim::Taken);
        message.provider = Some("drop".into());
        assert!(system.store.save_interaction(&mut message).await.unwrap());
        let manifest = format!("demo/letters/out/2026-01-05/{id}.json");
        if is_there {
            system.objects.put(&manifest, b"as it was laid out".to_vec()).await.unwrap();
        }
        app.drain().await;
        assert_eq!(app.log(&id).await["status"], "sending");
        app.set_clock("2026-01-06T15:00:00Z").await;
        app.sweep().await;
        assert_eq!(app.log(&id).await["status"], "sent");
        let there = system.objects.get(&manifest).await.unwrap();
        assert_eq!(there == b"as it was laid out", is_there);
        let laid_out = system.objects.list("demo/letters/out/", 10).await.unwrap();
        assert_eq!(
            laid_out.len(),
            if is_there { 1 } else { 2 },
            "under the day of the first attempt: {laid_out:?}"
        );
    }
}

#[tokio::test]
async fn a_print_houses_report_that_cannot_be_read_is_put_aside_and_holds_up_no_other() {
    let app = TestApp::start().await;
    html_template(&app, "roomy", ROOMY).await;
    with_sender(&app, |letter| letter["provider"] = json!("drop")).await;
    let id = mailed(&app).await;
    app.drain().await;
    app.post("/_local/providers/drop/fetch", json!({})).await.expect(200);
    app.post("/_local/providers/drop/status", json!({ "message": id, "status": "lost" })).await.expect(200);
    let objects = &app.system.app().objects;
    objects.put("demo/letters/status/nonsense.json", b"{}".to_vec()).await.unwrap();
    objects.put("demo/letters/status/all of it.json", vec![b' '; 64 * 1024 + 1]).await.unwrap();
    app.sweep().await;
    assert_eq!(shown(&app, &id).await["status"], "attempted");
    for name in [format!("{id}.json"), "nonsense.json".to_owned(), "all of it.json".to_owned()] {
        objects.get(&format!("demo/letters/status-unreadable/{name}")).await.unwrap();
        objects.get(&format!("demo/letters/status/{name}")).await.unwrap_err();
    }
    app.post("/_local/providers/drop/status", json!({ "message": id, "status": "mailed" })).await.expect(200);
    app.sweep().await;
    assert_eq!(shown(&app, &id).await["statusDetails"], "letterInTransit");
}

#[tokio::test]
async fn a_print_houses_report_is_removed_only_as_it_was_read() {
    let app = TestApp::start().await;
    let objects = &app.system.app().objects;
    let key = "demo/letters/status/any.json";
    objects.put(key, b"printed".to_vec()).await.unwrap();
    objects.put(&format!("{key}.bak"), b"the print house's own".to_vec()).await.unwrap();
    let (read, version) = objects.get_version(key).await.unwrap();
    assert_eq!(read, b"printed");
    assert_eq!(objects.list("demo/letters/status/", 1).await.unwrap()[0].version, version);
    objects.put(key, b"mailed".to_vec()).await.unwrap();
    objects.remove(key, &version).await.unwrap();
    let (read, version) = objects.get_version(key).await.unwrap();
    assert_eq!(read, b"mailed", "put there after the other was read");
    for _ in 0..2 {
        objects.remove(key, &version).await.unwrap();
        objects.get(key).await.unwrap_err();
    }
    objects.get(&format!("{key}.bak")).await.unwrap();
}

#[tokio::test]
async fn trouble_with_one_report_of_a_print_house_holds_up_no_other() {
    let app = TestApp::start().await;
    html_template(&app, "roomy", ROOMY).await;
    with_sender(&app, |letter| letter["provider"] = json!("drop")).await;
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    let (one, other) = (mailed(&app).await, mailed(&app).await);
    app.drain().await;
    app.post("/_local/providers/drop/fetch", json!({})).await.expect(200);
    for id in [&one, &other] {
        app.post("/_local/providers/drop/status", json!({ "message": id, "status": "mailed" }))
            .await
            .expect(200);
    }
    // Two lists, then the first report, as often as it is asked for.
    app.fault_after("s3", "error", 3, 2).await;
    let swept = app.system.run_schedule("sweep").await;
    swept.unwrap_err();
    app.no_faults().await;
    let mailed = async |id: &str| shown(&app, id).await["statusDetails"] == "letterInTransit";
    assert_ne!(mailed(&one).await, mailed(&other).await, "the one that was read");
    app.sweep().await;
    assert!(mailed(&one).await && mailed(&other).await);
}

#[tokio::test]
async fn every_tenants_print_house_is_heard_however_many_there_are() {
    let app = TestApp::start().await;
    let objects = &app.system.app().objects;
    for tenant in ["a", "b", "c", "d", "e"] {
        objects.put(&format!("{tenant}-lender/letters/status/any.json"), Vec::new()).await.unwrap();
    }
    let tenants = objects.tenants(2).await.unwrap();
    for tenant in ["a", "b", "c", "d", "e"] {
        assert!(tenants.contains(&format!("{tenant}-lender")), "{tenants:?}");
    }
}

#[tokio::test]
async fn pages_are_the_lenders_own_and_sensitive_ones_not_for_viewers() {
    let app = TestApp::start().await;
    let descriptor = html_template(&app, "roomy", ROOMY).await;
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    let open = mailed(&app).await;
    let path = format!("/communicator/templatedescriptors/{descriptor}");
    app.put(&path, json!({ "sensitive": true })).await.expect(200);
    let sensitive = mailed(&app).await;
    let (viewer, other) = (app.seen_by(Some("demo-viewer")), app.seen_by(Some("other-admin")));
    viewer.get(&format!("/interactions/{open}/letter")).await.expect(200);
    viewer.get(&format!("/interactions/{sensitive}/letter")).await.problem(403, "forbidden");
    app.get(&format!("/interactions/{sensitive}/letter")).await.expect(200);
    for id in [&open, &sensitive] {
        other.get(&format!("/interactions/{id}/letter")).await.problem(404, "not-found");
    }
    let email = app.template("email", "hello").await;
    let email = app.sent(&email, "ext-john").await;
    app.get(&format!("/interactions/{email}/letter")).await.problem(404, "not-found");
}

#[tokio::test]
async fn an_erased_persons_pages_are_gone() {
    let app = TestApp::start().await;
    html_template(&app, "roomy", ROOMY).await;
    with_sender(&app, |letter| letter["provider"] = json!("drop")).await;
    let id = mailed(&app).await;
    app.drain().await;
    let objects = &app.system.app().objects;
    assert_eq!(
        objects.list("demo/letters/", 100).await.unwrap().len(),
        3,
        "pages, and pages and manifest laid out"
    );
    app.delete("/people/ext-john?reason=asked").await;
    for _ in 0..3 {
        app.advance(600).await;
        app.sweep().await;
    }
    assert_eq!(objects.list("demo/letters/", 100).await.unwrap(), []);
    app.get(&format!("/interactions/{id}/letter")).await.problem(404, "not-found");
    assert_eq!(app.log(&id).await["provider"], ProviderName::Drop.as_str());
}

#[tokio::test]
async fn a_letter_on_paper_that_its_provider_does_not_print_fails_and_says_why() {
    let app = TestApp::start().await;
    html_template(&app, "roomy", ROOMY).await;
    let on = |provider, size| {
        move |letter: &mut Value| {
            letter["provider"] = json!(provider);
            letter["pageSize"] = json!(size);
        }
    };
    with_sender(&app, on("drop", "a4")).await;
    let id = mailed(&app).await;
    with_sender(&app, on("lob", "letter")).await;
    app.drain().await;
    let entry = app.log(&id).await;
    let why = entry["failure"]["description"].as_str().unwrap();
    assert!(why.contains("its pages are A4, and Lob prints US Letter"), "{entry:#}");
    let view = shown(&app, &id).await;
    assert_eq!(
        (&view["status"], &view["failureDescriptionShort"], &view["failureDescriptionLong"]),
        (&json!("failed"), &json!("Letter failed to create"), &json!(why)),
        "{view:#}"
    );
    assert!(app.outbox("mail").await.is_empty());
}
