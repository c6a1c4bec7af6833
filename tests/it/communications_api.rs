//! The Communications API document (000): its own requests and answers, and the rules it states.

use postrider_tests::TestApp;
use serde_json::{Value, json};

/// "Create Template", word for word.
fn the_documents_template() -> Value {
    json!({
      "name": "Payment Reminder",
      "template_type": "payment_reminder",
      "channel": "email",
      "language": "en",
      "program_id": "661f9511-f3ac-52e5-b827-557766551111",
      "subject": "Payment Due - {{ loan.loan_number }}",
      "body": "Dear {{ borrower.first_name }},\n\nYour payment of {{ payment_amount | currency(locale) }} is due on {{ due_date | date(locale) }}.\n\nThank you,\n{{ tenant.name }}"
    })
}

#[tokio::test]
async fn the_documents_template_previews_to_the_documents_answer() {
    let app = TestApp::start().await;
    let template = app.post("/api/v1/communication-templates", the_documents_template()).await.expect(201);
    let request =
        json!({ "template_id": template["id"], "borrower_id": "ext-john", "loan_id": "ext-LN-0001" });
    let preview = app.post("/api/v1/communications/preview", request).await.expect(200);
    assert_eq!(
        preview,
        json!({
            "subject": "Payment Due - LN-0001",
            "body": "Dear John,\n\nYour payment of $312.50 is due on January 15, 2026.\n\nThank you,\nAcme Lending",
            "channel": "email"
        })
    );
}

#[tokio::test]
async fn the_documents_send_reaches_the_borrower() {
    let app = TestApp::start().await;
    let template = app.post("/api/v1/communication-templates", the_documents_template()).await.expect(201);
    let request = json!({
        "template_id": template["id"],
        "borrower_id": "ext-john",
        "loan_id": "ext-LN-0001",
        "channel": "email",
        "context": { "custom_field": "custom_value" }
    });
    let accepted = app.post("/api/v1/communications/send", request).await.expect(202);
    assert_eq!(accepted["status"], "queued");
    app.drain().await;

    let outbox = app.outbox("email").await;
    assert_eq!(outbox.len(), 1, "{outbox:#?}");
    assert_eq!(outbox[0]["subject"], "Payment Due - LN-0001");
    assert!(outbox[0]["to"].to_string().contains("john@example.com"), "{:#}", outbox[0]);

    let id = accepted["communication_id"].as_str().unwrap();
    assert_eq!(app.log(id).await["status"], "sent");
    app.report("ses", json!({ "message": id, "event": "Delivery" })).await;
    let entry = app.log(id).await;
    assert_eq!(entry["status"], "delivered");
    assert_eq!(entry["status_details"], "emailDelivered");
    let steps: Vec<_> =
        entry["timeline"].as_array().unwrap().iter().map(|m| m["what"].as_str().unwrap()).collect();
    assert_eq!(steps, ["accepted", "claimed", "sent", "delivered"]);
    for field in ["template_id", "recipient", "body", "provider_reference", "created_at", "updated_at"] {
        assert!(entry[field].is_string(), "{field}: {entry:#}");
    }
}

#[tokio::test]
async fn can_interact_answers_as_the_document_prints_it() {
    let app = TestApp::start().await;
    let ask = |borrower: &'static str| json!({ "borrower_id": borrower, "channel": "email" });
    let yes = app.post("/api/v1/communications/can-interact", ask("ext-john")).await.expect(200);
    assert_eq!(yes, json!({ "can_interact": true, "reasons": [] }));

    app.put("/people/ext-john/do-not-contact", json!({})).await.expect(200);
    app.put("/people/ext-john/communication-preference", json!({ "optedOut": ["email"] })).await.expect(200);
    let no = app.post("/api/v1/communications/can-interact", ask("ext-john")).await.expect(200);
    assert_eq!(no["can_interact"], false);
    assert_eq!(no["reasons"], json!(["do_not_contact", "channel_opted_out"]));
}

#[tokio::test]
async fn do_not_contact_blocks() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    app.put("/people/ext-john/do-not-contact", json!({ "reason": "asked by phone" })).await.expect(200);
    let problem = app.send(&template, "ext-john").await.problem(409, "blocked-by-compliance-guard");
    assert_eq!(problem["reasons"][0]["code"], "do_not_contact");
    app.delete("/people/ext-john/do-not-contact").await.expect(204);
    app.send(&template, "ext-john").await.expect(202);
}

#[tokio::test]
async fn a_channel_opted_out_blocks_that_channel_only() {
    let app = TestApp::start().await;
    let (email, text) = (app.template("email", "welcome").await, app.template("sms", "hello").await);
    app.put("/people/ext-john/communication-preference", json!({ "optedOut": ["text"] })).await.expect(200);
    app.send(&email, "ext-john").await.expect(202);
    let problem = app.send(&text, "ext-john").await.problem(409, "channel-opted-out");
    assert_eq!(problem["reasons"][0]["code"], "channel_opted_out");
}

#[tokio::test]
async fn a_second_message_of_the_same_type_waits_for_the_tenants_hours() {
    let app = TestApp::start().await;
    let (template, other) = (app.template("email", "welcome").await, app.template("email", "goodbye").await);
    app.send(&template, "ext-john").await.expect(202);
    let problem = app.send(&template, "ext-john").await.problem(409, "blocked-by-compliance-guard");
    assert_eq!(problem["reasons"][0]["code"], "recently_contacted");
    assert_eq!(problem["sendAt"].as_str().map(|at| &at[..16]), Some("2026-01-06T15:00"), "{problem:#}");
    app.send(&other, "ext-john").await.expect(202);
    app.advance(24 * 3600).await;
    app.send(&template, "ext-john").await.expect(202);
}

#[tokio::test]
async fn a_failed_message_gives_its_place_back() {
    let app = TestApp::start().await;
    let template = app.template("sms", "welcome").await;
    let id = app.sent(&template, "ext-john").await;
    app.drain().await;
    app.report("twilio", json!({ "message": id, "status": "undelivered", "error_code": 30004 })).await;
    let entry = app.log(&id).await;
    assert_eq!(
        (&entry["status"], &entry["status_details"]),
        (&json!("failed"), &json!("textMessageBlocked"))
    );
    app.send(&template, "ext-john").await.expect(202);
}

#[tokio::test]
async fn update_makes_a_new_active_version_and_archive_keeps_history() {
    let app = TestApp::start().await;
    let created = app.post("/api/v1/communication-templates", the_documents_template()).await.expect(201);
    let path = format!("/api/v1/communication-templates/{}", created["id"].as_str().unwrap());
    assert_eq!(created["version"], 1);
    let id = app.sent(created["id"].as_str().unwrap(), "ext-john").await;

    let mut changed = the_documents_template();
    changed["subject"] = json!("Please pay {{ loan.loan_number }}");
    assert_eq!(app.put(&path, changed).await.expect(200)["version"], 2);
    let preview = json!({ "template_id": created["id"], "borrower_id": "ext-john" });
    let preview = app.post("/api/v1/communications/preview", preview).await.expect(200);
    assert_eq!(preview["subject"], "Please pay LN-0001");

    app.delete(&path).await.expect(204);
    app.delete(&path).await.expect(204);
    assert_eq!(app.get(&path).await.expect(200)["status"], "archived");
    app.send(created["id"].as_str().unwrap(), "ext-maria").await.problem(409, "template-disabled");
    app.drain().await;
    let entry = app.log(&id).await;
    assert_eq!(entry["subject"], "Payment Due - LN-0001", "what was accepted is frozen");
    assert_eq!(entry["status"], "sent");
}

#[tokio::test]
async fn templates_are_listed_newest_first_and_filtered() {
    let app = TestApp::start().await;
    let order = ["first", "second", "third", "fourth"];
    for (channel, name) in ["email", "sms", "letter", "in_app"].into_iter().zip(order) {
        app.template(channel, name).await;
        app.advance(1).await;
    }
    // Page by page; the demo's own templates are in the list too.
    let (mut names, mut query) = (Vec::new(), "limit=2".to_owned());
    loop {
        let page = app.get(&format!("/api/v1/communication-templates?{query}")).await.expect(200);
        names.extend(page["data"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("limit=2&cursor={cursor}");
    }
    names.retain(|name| order.contains(&name.as_str()));
    assert_eq!(names, ["fourth", "third", "second", "first"]);
    let sms = app.get("/api/v1/communication-templates?channel=sms&template_type=second").await.expect(200);
    assert_eq!(sms["data"].as_array().unwrap().len(), 1);

    assert_eq!(app.get("/api/v1/communication-templates?channel=pigeon").await.violations(), ["?channel"]);
    assert_eq!(app.get("/api/v1/communication-templates?chanel=sms").await.violations(), ["?chanel"]);
}

#[tokio::test]
async fn a_template_that_is_not_jinja_is_refused_with_its_place() {
    let app = TestApp::start().await;
    let mut template = the_documents_template();
    template["body"] = json!("Dear {{ borrower.first_name }},\n{% if %}\n");
    let problem =
        app.post("/api/v1/communication-templates", template).await.problem(422, "template-does-not-render");
    assert_eq!(problem["template"]["part"], "contentText");
    assert_eq!(problem["template"]["line"], 2);
    assert!(problem["template"]["column"].is_number(), "{problem:#}");
}

#[tokio::test]
async fn logs_are_filtered_and_paged() {
    let app = TestApp::start().await;
    let (email, text) = (app.template("email", "one").await, app.template("sms", "two").await);
    for borrower in ["ext-john", "ext-maria"] {
        app.sent(&email, borrower).await;
        app.advance(60).await;
    }
    app.sent(&text, "ext-john").await;
    let list = |query: &str| {
        let path = format!("/api/v1/communication-logs?{query}");
        let app = &app;
        async move { app.get(&path).await.expect(200)["data"].as_array().unwrap().clone() }
    };
    assert_eq!(list("").await.len(), 3);
    assert_eq!(list("borrower_id=ext-john").await.len(), 2);
    assert_eq!(list("channel=sms").await.len(), 1);
    assert_eq!(list(&format!("template_id={email}&borrower_id=ext-maria")).await.len(), 1);
    assert_eq!(list("status=delivered").await.len(), 0);
    assert_eq!(list("direction=inbound").await.len(), 0);
    assert_eq!(list("from=2026-01-05T15:00:30Z&to=2026-01-05T15:01:30Z").await.len(), 1);

    let mut seen = Vec::new();
    let mut query = "limit=1".to_owned();
    loop {
        let page = app.get(&format!("/api/v1/communication-logs?{query}")).await.expect(200);
        seen.extend(page["data"].as_array().unwrap().iter().map(|entry| entry["id"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("limit=1&cursor={cursor}");
    }
    let all: Vec<_> = list("").await.iter().map(|entry| entry["id"].clone()).collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn a_message_is_about_the_case_and_the_statement_it_names() {
    let app = TestApp::start().await;
    let case = json!({ "externalId": "bk", "caseType": "disputeOfDebt" });
    app.put("/people/ext-john", json!({ "cases": [case] })).await.expect(200);
    let statement = json!({ "issuedOn": "2026-01-01", "paymentDue": "99.10" });
    app.put("/people/ext-john/statements/ext-2026-01", statement).await.expect(201);
    let template = json!({
        "external_id": "about", "name": "About", "template_type": "payment_reminder", "channel": "sms",
        "body": "{{ case.case_type }}, {{ statement.payment_due }}",
    });
    app.post("/api/v1/communication-templates", template).await.expect(201);
    let send = json!({
        "template_id": "ext-about", "borrower_id": "ext-john", "case_id": "ext-bk", "statement_id": "ext-2026-01",
    });
    let preview = app.post("/api/v1/communications/preview", send.clone()).await.expect(200);
    assert_eq!(preview["body"], "disputeOfDebt, 99.10");
    let sent = app.post("/api/v1/communications/send", send.clone()).await.expect(202);
    app.drain().await;
    let id = sent["communication_id"].as_str().expect("an id");
    let entry = app.get(&format!("/api/v1/communication-logs/{id}")).await.expect(200);
    assert_eq!(entry["body"], "disputeOfDebt, 99.10");
    let shown = app.get(&format!("/interactions/{id}")).await.expect(200)["data"].clone();
    assert_eq!((&shown["caseId"], &shown["statementId"]), (&entry["case_id"], &entry["statement_id"]));
    assert!(shown["caseId"].as_str().is_some_and(|case| case.starts_with("CS-")), "{shown:#}");

    for (field, status, slug) in [("case_id", 409, "case-not-of-person"), ("statement_id", 404, "not-found")]
    {
        let mut wrong = send.clone();
        wrong[field] = "ext-another".into();
        let problem = app.post("/api/v1/communications/send", wrong).await.problem(status, slug);
        assert!(problem["detail"].as_str().is_some_and(|text| text.contains("ext-another")), "{problem:#}");
    }
}

#[tokio::test]
async fn every_wrong_id_of_a_body_is_told_at_once_and_what_is_missing_in_its_authors_words() {
    let app = TestApp::start().await;
    let wrong = json!({
        "template_id": "payment reminder", "borrower_id": "BO-", "loan_id": "LN", "case_id": 7, "contact_id": "",
    });
    let answer = app.post("/api/v1/communications/send", wrong).await;
    let mut pointers = answer.violations();
    pointers.sort();
    assert_eq!(pointers, ["/borrower_id", "/case_id", "/contact_id", "/loan_id", "/template_id"]);
    for named in ["ext-nobody", "661f9511-f3ac-52e5-b827-557766551111", "BO-0000000000-0000000000000000"] {
        let send = json!({ "template_id": "ext-payment-reminder", "borrower_id": named });
        let problem = app.post("/api/v1/communications/send", send).await.problem(404, "not-found");
        assert_eq!(problem["detail"], format!("There is no person {named}; check the id."));
        let problem = app.get(&format!("/people/{named}")).await.problem(404, "not-found");
        assert_eq!(problem["detail"], format!("There is no person {named}; check the id."));
    }
}

#[tokio::test]
async fn what_a_message_follows_is_the_same_persons_wherever_it_is_named() {
    let app = TestApp::start().await;
    let call = json!({
        "channel": "voice", "theme": "opsCollDebt", "direction": "inbound", "status": "succeeded",
        "externalId": "call-1",
    });
    app.post("/people/ext-john/interactions", call).await.expect(201);
    let question = |named: &str| json!({ "borrower_id": "ext-john", "channel": "email", "previous_interaction_id": named });
    app.post("/api/v1/communications/can-interact", question("ext-call-1")).await.expect(200);
    app.post("/api/v1/communications/can-interact", question("ext-call-2")).await.problem(404, "not-found");
    let asked =
        |named: &str| json!({ "channel": "email", "theme": "opsServicing", "previousInteractionId": named });
    app.post("/people/ext-john/can-interact", asked("ext-call-1")).await.expect(200);
    app.post("/people/ext-maria/can-interact", asked("ext-call-1")).await.problem(404, "not-found");
}
