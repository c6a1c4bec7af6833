//! What a version did before it was replaced: something of everything that is kept, and work of every kind that is under way.

use postrider_tests::{TestApp, answer};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::inbound_webhooks::give_up;

/// What this version did, for the next one: ids, the time, and what it answered.
pub struct Story {
    /// By name.
    pub names: Map<String, Value>,
    /// By path.
    pub answers: Map<String, Value>,
}

/// Does it all.
pub async fn work(app: &TestApp) -> Story {
    let mut names = Map::new();
    let (welcome, hello) = (app.template("email", "welcome").await, app.template("sms", "hello").await);
    names.insert("with_key".into(), with_key(app, &welcome).await.into());
    names.insert("welcome".into(), welcome.into());
    administration(app).await;
    people(app).await;
    let template = long_template(app).await;
    events(app).await;
    console(app).await;
    dead_letter(app).await;

    // Finished, with the report of its provider.
    let delivered = send(app, &template, "delivered", json!({})).await;
    app.drain().await;
    app.report("ses", json!({ "event": "Delivery", "message": delivered })).await;
    let bounced = send(app, &template, "bounced", json!({})).await;
    app.drain().await;
    app.report("ses", json!({ "event": "Bounce", "message": bounced })).await;
    resent_in_background(app).await;

    // An account out of order, and a place in line for its rate.
    let text = send(app, &hello, "filtered", json!({})).await;
    app.drain().await;
    app.report("twilio", json!({ "message": text, "status": "undelivered", "error_code": 30007 })).await;

    // Under way.
    let scheduled = json!({ "send_at": "2026-01-06T16:00:00Z" });
    names.insert("scheduled".into(), send(app, &template, "scheduled", scheduled).await.into());
    app.fault("ses", "error", 1).await;
    names.insert("retrying".into(), send(app, &template, "retrying", json!({})).await.into());
    app.drain().await;
    app.fault("ses", "timeout", 1).await;
    names.insert("abandoned".into(), send(app, &template, "abandoned", json!({})).await.into());
    app.drain().await;
    let reported = send(app, &template, "reported", json!({})).await;
    app.drain().await;
    app.post("/_local/providers/ses/status", json!({ "event": "Delivery", "message": reported }))
        .await
        .expect(200);
    names.insert("reported".into(), reported.into());
    names.insert("queued".into(), send(app, &template, "queued", json!({})).await.into());
    let mut together = Vec::new();
    for name in ["first", "second", "third"] {
        together.push(person(app, name).await);
    }
    let some = json!({ "template_id": template, "borrower_ids": together });
    let batch = app.post("/api/v1/communications/send-batch", some).await.expect(202);
    names.insert("batch".into(), batch["batch_id"].clone());
    let question = json!({ "from": "+13125550101", "body": "When is it due?" });
    app.post("/_local/providers/twilio/inbound", question).await.expect(200);

    names.insert("now".into(), app.system.app().now().to_string().into());
    Story { names, answers: answers(app, &delivered, &bounced).await }
}

/// A message under an `Idempotency-Key`; its id.
pub async fn with_key(app: &TestApp, template: &str) -> String {
    let body = json!({ "borrower_id": "ext-john", "template_id": template });
    let request = app.request(Method::POST, "/api/v1/communications/send").header("idempotency-key", "once");
    let accepted = answer(request.json(&body)).await.expect(202);
    accepted["communication_id"].as_str().unwrap().to_owned()
}

/// A person with an address that tells the name, and a number; the id.
async fn person(app: &TestApp, name: &str) -> String {
    let person = json!({
        "firstName": "Pat",
        "contacts": [
            { "contactType": "email", "value": format!("{name}@example.com") },
            { "contactType": "phone", "value": "+13125550166", "receiveTextMessages": true },
        ],
        "consents": [{ "channel": "text", "status": "consented", "source": "loan application" }],
    });
    let id = format!("ext-{name}");
    app.put(&format!("/people/{id}"), person).await.expect(201);
    id
}

/// A message to a person of its own, so that no limit stops it.
async fn send(app: &TestApp, template: &str, name: &str, more: Value) -> String {
    let mut body = json!({ "borrower_id": person(app, name).await, "template_id": template });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let accepted = app.post("/api/v1/communications/send", body).await.expect(202);
    accepted["communication_id"].as_str().unwrap().to_owned()
}

/// An HTML mail that stands apart from its message.
async fn long_template(app: &TestApp) -> String {
    let row = |n: u32| {
        format!("<tr><td>Payment {n}</td><td align=\"right\">${}.{:02}</td></tr>", n * 37, n * 7 % 100)
    };
    let rows: String = (1..60).map(row).collect();
    app.put("/communicator/shared-templates/footer", json!({ "content": "Acme, Chicago" })).await.expect(201);
    let template = json!({
        "name": "reminder", "template_type": "reminder", "channel": "email", "language": "en",
        "subject": "Your payment is due",
        "body": format!("<p>Dear {{{{ borrower.first_name }}}},</p><table>{rows}</table>{{% include 'footer' %}}"),
    });
    let made = app.post("/api/v1/communication-templates", template).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

async fn administration(app: &TestApp) {
    let store = &app.system.app().store;
    let mut tenant = store.tenant(&"demo".parse().unwrap()).await.unwrap();
    tenant.senders.email.as_mut().unwrap().transactional.max_per_second = Some(20);
    store.save_tenant(&mut tenant, &Default::default(), None).await.unwrap();
    let cap = json!({
        "reason": "decided by the board",
        "rule": { "id": "OWN-CAP", "title": "No more", "citation": "Contact policy 3",
                  "caps": [{ "most": 30, "period": { "days": 7 } }] },
    });
    app.put("/compliance/rules/OWN-CAP", cap).await.expect(200);
    app.post("/api-keys", json!({ "name": "Loan system", "role": "loan_officer" })).await.expect(201);
    app.put("/settings", json!({ "allowedOrigins": ["https://console.acme.example"] })).await.expect(200);
    app.put("/communicator/subjects/hardship_call", json!({ "theme": "opsServicing" })).await.expect(201);
    let endpoint =
        json!({ "url": "https://hooks.acme.example.com/messages", "events": ["message.delivered"] });
    app.post("/webhook-endpoints", endpoint).await.expect(201);
    let thanks = json!({ "name": "Any", "channel": "sms", "trigger": "any", "reply_text": "Thanks" });
    app.post("/api/v1/auto-responses", thanks).await.expect(201);
}

async fn people(app: &TestApp) {
    app.post(
        "/communicator/send-confirmation-code",
        json!({ "personId": "ext-john", "email": "new@example.com" }),
    )
    .await
    .expect(202);
    app.put(
        "/people/ext-john/statements/ext-december",
        json!({ "issuedOn": "2026-01-05", "balance": "8450.00" }),
    )
    .await
    .expect(201);
    app.post("/people/ext-john/documents", json!({ "externalId": "scan", "name": "Scan" })).await.expect(201);
    // More than fits into the latest part of a ledger.
    for n in 0..40 {
        let call = json!({
            "externalId": format!("call-{n}"), "channel": "voice", "direction": "outbound", "status": "attempted",
            "subject": "hardship_call", "startedAt": format!("2026-01-0{}T1{}:00:00Z", 1 + n / 10, n % 10),
        });
        app.post("/people/ext-maria/interactions", call).await.expect(201);
    }
    app.texted("+13125550101", "Thank you").await;
    app.drain().await;
    app.texted("+13125550188", "Who is this?").await;
    app.drain().await;
    app.put("/people/ext-leaving", json!({ "firstName": "Lee" })).await.expect(201);
    app.delete("/people/ext-leaving?reason=ticket").await.expect(202);
    app.advance(1_000).await;
    app.sweep().await;
}

async fn events(app: &TestApp) {
    let subscription = json!({ "name": "Loans", "events": ["LOAN_APPROVAL"] });
    let made = app.post("/communications/events/subscriptions", subscription).await.expect(201);
    let path = format!("/communications/events/subscriptions/{}", made["id"].as_str().unwrap());
    let rule = json!({ "event": "LOAN_APPROVAL", "type": "SMS", "templateKey": app.template("sms", "approved").await });
    app.post("/communications/notification-rules", rule).await.expect(201);
    let event = json!({ "event": "LOAN_APPROVAL", "eventId": "approval-1", "clientKey": "john" });
    app.post("/communications/events", event).await.expect(202);
    app.drain().await;
    let read = app.get(&format!("{path}/events")).await.expect(200);
    app.post(&format!("{path}/cursors"), json!({ "cursor": read["cursor"] })).await.expect(200);
}

async fn console(app: &TestApp) {
    let form = [("credential", "demo-admin"), ("to", "/console/messages")];
    let request = app.anonymous(Method::POST, &format!("{}/console/sign-in", app.system.url()));
    assert_eq!(answer(request.form(&form)).await.status, 303);
}

/// An event that is given up while the table is away, and sent back to its queue.
async fn dead_letter(app: &TestApp) {
    let event =
        json!({ "tenant": "demo", "event": "LOAN_REPAYMENT", "eventId": "late", "clientKey": "john" });
    app.post("/_local/events", event).await.expect(200);
    app.fault("dynamodb", "crash_before_record", 1_000).await;
    give_up(app).await;
    app.no_faults().await;
    let letters = app.get("/dead-letters").await.expect(200);
    let path = format!("/dead-letters/{}/retry", letters["data"][0]["id"].as_str().unwrap());
    app.post(&path, json!({ "reason": "the table is back" })).await.expect(202);
}

async fn resent_in_background(app: &TestApp) {
    let days = json!({ "startDate": "2026-01-05", "endDate": "2026-01-05" });
    app.post("/communications/messages:resendAsyncByDate", days).await.expect(202);
    app.drain().await;
}

/// What is answered of all this.
async fn answers(app: &TestApp, delivered: &str, bounced: &str) -> Map<String, Value> {
    let mut answers = Map::new();
    for path in [
        "/people/ext-john".to_owned(),
        "/people/ext-maria".into(),
        "/people/ext-john/contacts".into(),
        "/people/ext-john/consents".into(),
        "/people/ext-john/conversation".into(),
        "/people/ext-john/statements".into(),
        "/people/ext-john/documents".into(),
        "/people/ext-maria/interactions".into(),
        "/people?limit=5".into(),
        "/erasures".into(),
        "/statistics/messages?from=2026-01-05&to=2026-01-05".into(),
        "/dead-letters".into(),
        "/interactions".into(),
        format!("/interactions/{delivered}"),
        format!("/interactions/{delivered}/compliance"),
        format!("/communications/messages/{bounced}"),
        format!("/api/v1/communication-logs/{delivered}"),
        "/api/v1/communication-logs?limit=5".into(),
        "/api/v1/communications/batches".into(),
        "/api/v1/communication-templates".into(),
        "/api/v1/auto-responses".into(),
        "/communicator/templatedescriptors".into(),
        "/communicator/shared-templates".into(),
        "/compliance/rules/audit".into(),
        "/communications/notification-rules".into(),
        "/communications/events/subscriptions".into(),
        "/webhook-endpoints".into(),
        "/api-keys".into(),
        "/settings".into(),
        "/tasks".into(),
    ] {
        answers.insert(path.clone(), app.get(&path).await.expect(200));
    }
    answers
}
