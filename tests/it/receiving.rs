//! 001 · Receive message: "it creates the interaction and also performs associated 'inbound message' actions".

use futures::future::join_all;
use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const RECEIVE: &str = "/communicator/receive";
const JOHNS_NUMBER: &str = "+13125550101";

async fn receive(app: &TestApp, content: Value) -> Answer {
    app.post(RECEIVE, content).await
}

fn text(from: &str, body: &str) -> Value {
    json!({
        "channel": "text", "content": { "from": from, "to": "+13125550100", "body": body }, "theme": "inbPayments",
        "status": "succeeded",
    })
}

fn mail(from: &str, to: &str) -> Value {
    json!({
        "channel": "email", "theme": "inbServicing", "status": "succeeded",
        "content": { "from": from, "to": to, "subjectLine": "My due date", "body": "Can I pay on the 20th?" },
    })
}

fn with(mut content: Value, more: Value) -> Value {
    content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    content
}

async fn tasks(app: &TestApp, query: &str) -> Vec<Value> {
    app.get(&format!("/tasks{query}")).await.expect(200)["data"].as_array().unwrap().clone()
}

async fn events(app: &TestApp) -> Vec<Value> {
    app.get("/_local/events").await.expect(200).as_array().unwrap().clone()
}

/// The body the document prints, with its own values where it has any.
fn printed() -> Value {
    json!({
        "channel": "fax", "content": {}, "id": "string", "createdAt": "2019-08-24T14:15:22Z",
        "updatedAt": "2019-08-24T14:15:22Z", "deletedAt": "2019-08-24T14:15:22Z", "contactId": "ext-john-mobile",
        "loanId": "ext-LN-0001", "loanIds": ["ext-LN-0001"], "subject": "annualPrivacyPolicyNotice",
        "theme": "agentNotification", "borrowerSelectedTheme": "agentNotification", "sensitive": false,
        "isExternal": true, "externalId": "fax-1", "status": "attempted", "twilioErrorCode": "string",
        "metaData": {}, "isTransactional": true, "direction": "outbound", "statusDetails": "voiceSpokeWithFirstParty",
        "agentOutcome": "voiceSpokeWithFirstParty", "startedAt": "2019-08-24T14:15:22Z",
        "endedAt": "2019-08-24T14:15:22Z", "scheduledAtFrom": "2019-08-24T14:15:22Z",
        "scheduledAtTo": "2019-08-24T14:15:22Z", "failureDescriptionShort": "string",
        "failureDescriptionLong": "string", "complianceGuardRuleId": "string", "borrower": {}, "contact": {},
        "personId": "ext-john",
    })
}

#[tokio::test]
async fn what_a_borrower_wrote_is_an_inbound_interaction_and_a_task() {
    let app = TestApp::start().await;
    let received = receive(&app, text(JOHNS_NUMBER, "Can I pay on the 20th?")).await.expect(200);
    assert_eq!((&received["status"], &received["message"]), (&json!(200), &json!("OK")));
    let data = &received["data"];
    assert_eq!(
        (&data["direction"], &data["channel"], &data["personExternalId"], &data["content"]["body"]),
        (&json!("inbound"), &json!("text"), &json!("john"), &json!("Can I pay on the 20th?"))
    );
    assert_eq!(data["contact"]["value"], JOHNS_NUMBER);
    assert!(!data["contactId"].is_null(), "{data:#}");
    let list = app.get("/people/ext-john/interactions").await.expect(200);
    assert_eq!(list["data"][0]["id"], data["id"]);

    let log = app.get("/api/v1/communication-logs?direction=inbound").await.expect(200);
    let entry = &log["data"][0];
    assert_eq!(
        (&entry["sender"], &entry["recipient"], &entry["body"], &entry["borrower_external_id"]),
        (&json!(JOHNS_NUMBER), &json!("+13125550100"), &json!("Can I pay on the 20th?"), &json!("john"))
    );

    // "It will publish a taskrouter task for inbound interactions."
    let open = tasks(&app, "?status=open").await;
    assert_eq!(open.len(), 1);
    let task = &open[0];
    assert_eq!(
        (&task["type"], &task["interactionId"], &task["personExternalId"]),
        (&json!("handleInboundInteraction"), &data["id"], &json!("john"))
    );
    assert!(events(&app).await.is_empty(), "told by the sweep");
    app.sweep().await;
    app.sweep().await;
    let heard = events(&app).await;
    assert_eq!(heard.len(), 1, "{heard:#?}");
    assert_eq!((&heard[0]["source"], &heard[0]["detail-type"]), (&json!("postrider"), &json!("task")));
    assert_eq!(&heard[0]["detail"], task);
    let shown = app.get(&format!("/tasks/{}", task["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(&shown, task);
}

#[tokio::test]
async fn the_printed_body_is_taken_but_for_what_the_document_itself_forbids() {
    let app = TestApp::start().await;
    let faults = receive(&app, printed()).await.violations();
    assert!(
        faults.contains(&"/direction".to_owned()) && faults.contains(&"/statusDetails".to_owned()),
        "{faults:?}"
    );
    let inbound = with(printed(), json!({ "direction": "inbound" }));
    let faults = receive(&app, inbound.clone()).await.violations();
    assert!(faults.contains(&"/statusDetails".to_owned()), "{faults:?}");
    let possible = json!({ "statusDetails": null, "agentOutcome": null, "twilioErrorCode": "30003" });
    let received = receive(&app, with(inbound, possible)).await.expect(200);
    let data = &received["data"];
    assert_eq!((&data["channel"], &data["externalId"]), (&json!("fax"), &json!("fax-1")));
    assert_ne!(data["id"], "string", "read-only members are passed over");
}

#[tokio::test]
async fn everything_comes_in_by_all_eight_channels() {
    let app = TestApp::start().await;
    for channel in ["voice", "email", "fax", "text", "chat", "mail", "gui", "document"] {
        let content = json!({
            "channel": channel, "personId": "ext-john", "theme": "inbRequest", "status": "succeeded",
            "content": { "note": format!("by {channel}") },
        });
        let received = receive(&app, content).await.expect(200);
        assert_eq!(received["data"]["content"]["note"], format!("by {channel}"));
    }
    assert_eq!(tasks(&app, "?personId=ext-john&type=handleInboundInteraction").await.len(), 8);
}

#[tokio::test]
async fn who_is_not_known_for_sure_is_nobody() {
    let app = TestApp::start().await;
    let received = receive(&app, text("(312) 555-0177", "Who is this?")).await.expect(200);
    let data = &received["data"];
    assert!(data["personId"].is_null() && data["contactId"].is_null(), "{data:#}");
    // An address that two people have.
    for name in ["ann", "bob"] {
        let contact = json!({ "contactType": "email", "value": "both@example.com" });
        app.put(&format!("/people/ext-{name}"), json!({ "firstName": name, "contacts": [contact] }))
            .await
            .expect(201);
    }
    let received = receive(&app, mail("Both <both@example.com>", "service@acme.example")).await.expect(200);
    assert!(received["data"]["personId"].is_null());
    let named = with(mail("both@example.com", "service@acme.example"), json!({ "personId": "ext-bob" }));
    assert_eq!(receive(&app, named).await.expect(200)["data"]["personExternalId"], "bob");

    let unbound = tasks(&app, "?type=handleUnboundInboundInteraction").await;
    assert_eq!(unbound.len(), 2);
    assert!(unbound.iter().all(|task| task["personId"].is_null()), "{unbound:#?}");
    // Once somebody found out, the task says so too.
    let found = format!("/interactions/{}", data["id"].as_str().unwrap());
    app.put(&found, json!({ "personId": "ext-maria" })).await.expect(200);
    assert_eq!(tasks(&app, "?personId=ext-maria").await.len(), 1);
    // Nothing that hangs on a person can be named without one.
    let content =
        with(text("(312) 555-0177", "hi"), json!({ "loanIds": ["ext-LN-0001"], "contactId": "ext-x" }));
    assert_eq!(receive(&app, content).await.violations(), ["/contactId", "/loanIds"]);
}

#[tokio::test]
async fn what_comes_in_counts_in_the_ledger_as_an_answer_may() {
    let app = TestApp::start().await;
    let template = app.template("sms", "loan_overdue_first_notice").await;
    let received = receive(&app, text(JOHNS_NUMBER, "When is it due?")).await.expect(200);
    // At night a reply may go to who just wrote.
    app.set_clock("2026-01-06T04:30:00Z").await;
    let question =
        json!({ "template_id": template, "borrower_id": "ext-john", "send_at": "2026-01-06T04:30:00Z" });
    app.post("/api/v1/communications/send", question.clone()).await.expect(409);
    let again = receive(&app, text(JOHNS_NUMBER, "Please answer now")).await.expect(200);
    assert_ne!(again["data"]["id"], received["data"]["id"]);
    let reply = with(question, json!({ "previous_interaction_id": again["data"]["id"] }));
    app.post("/api/v1/communications/send", reply).await.expect(202);
}

#[tokio::test]
async fn who_writes_to_an_unmonitored_address_is_told_so_once_a_day() {
    let app = TestApp::start().await;
    for (from, name) in [("john@example.com", Some("John")), ("stranger@example.com", None)] {
        let before = app.outbox("email").await.len();
        let content = mail(&format!("Somebody <{from}>"), "No-Reply@acme.example");
        let received = receive(&app, content.clone()).await.expect(200);
        receive(&app, content.clone()).await.expect(200);
        app.drain().await;
        let outbox = app.outbox("email").await;
        assert_eq!(outbox.len(), before + 1, "one a day to {from}");
        let reply = outbox.iter().find(|sent| sent["to"] == from).unwrap();
        assert_eq!((&reply["to"], &reply["subject"]), (&json!(from), &json!("Your message was not read")));
        assert!(reply["headers"].to_string().contains("auto-replied"), "RFC 3834: {reply:#}");
        let greeting = name.map_or("Hello,".into(), |name| format!("Hello {name},"));
        assert!(reply.to_string().contains(&greeting), "{reply:#}");
        let log = app.get("/api/v1/communication-logs?direction=outbound&limit=100").await.expect(200);
        let entry = log["data"].as_array().unwrap().iter().find(|entry| entry["recipient"] == from).unwrap();
        let shown = app.get(&format!("/interactions/{}", entry["id"].as_str().unwrap())).await.expect(200);
        assert_eq!(shown["data"]["previousInteractionId"], received["data"]["id"]);
        assert_eq!(shown["data"]["subject"], "unmonitoredEmailAddress");
    }
    app.set_clock("2026-01-06T15:00:00Z").await;
    receive(&app, mail("john@example.com", "no-reply@acme.example")).await.expect(200);
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 3, "another day");

    // From an address that is none of the borrower's, it is the writer who is told, in the lender's own words.
    app.template("email", "unmonitored_email_address").await;
    let elsewhere = mail("office@example.com", "no-reply@acme.example");
    receive(&app, with(elsewhere, json!({ "personId": "ext-maria" }))).await.expect(200);
    receive(&app, mail("nia@example.com", "no-reply@acme.example")).await.expect(200);
    app.drain().await;
    let outbox = app.outbox("email").await;
    let told: Vec<_> = outbox.iter().map(|sent| sent["to"].as_str().unwrap()).collect();
    assert!(told.contains(&"office@example.com") && !told.contains(&"maria@example.com"), "{told:?}");
    let own = outbox.iter().find(|sent| sent["to"] == "nia@example.com").unwrap();
    assert_eq!(own["subject"], "Hello Nia");
}

#[tokio::test]
async fn long_messages_are_kept_whole() {
    let app = TestApp::start().await;
    let body = "x".repeat(261_500);
    let content = text(JOHNS_NUMBER, &body);
    let keyed = app.request(Method::POST, RECEIVE).header("idempotency-key", "long").json(&content);
    let received = answer(keyed).await.expect(200);
    assert_eq!(received["data"]["content"]["body"], body);
    let path = format!("/interactions/{}", received["data"]["id"].as_str().unwrap());
    assert_eq!(app.get(&path).await.expect(200)["data"]["content"]["body"], body);
}

#[tokio::test]
async fn a_crash_between_bus_and_table_tells_of_a_task_twice_under_one_id() {
    let app = TestApp::start().await;
    receive(&app, text(JOHNS_NUMBER, "hello")).await.expect(200);
    app.fault("events", "crash_before_record", 1).await;
    let _ = app.post("/_local/schedules/sweep", json!({})).await;
    app.no_faults().await;
    app.sweep().await;
    app.sweep().await;
    let heard = events(&app).await;
    assert_eq!(heard.len(), 2, "{heard:#?}");
    assert_eq!(heard[0]["detail"]["id"], heard[1]["detail"]["id"]);
}

#[tokio::test]
async fn no_conversation_of_machines_begins() {
    let app = TestApp::start().await;
    for from in [
        "mailer-daemon@example.com",
        "no-reply@shop.example",
        "bounces+7@list.example",
        // Our own.
        "service@acme.example",
        "no-reply@acme.example",
    ] {
        receive(&app, mail(from, "no-reply@acme.example")).await.expect(200);
    }
    // An address that somebody reads.
    receive(&app, mail("john@example.com", "service@acme.example")).await.expect(200);
    app.drain().await;
    assert!(app.outbox("email").await.is_empty());

    let settings = app.get("/settings").await.expect(200);
    let named = with(settings, json!({ "unmonitoredAddresses": ["old@acme.example"] }));
    app.put("/settings", named).await.expect(200);
    receive(&app, mail("john@example.com", "no-reply@acme.example")).await.expect(200);
    receive(&app, mail("maria@example.com", "old@acme.example")).await.expect(200);
    app.drain().await;
    let outbox = app.outbox("email").await;
    assert_eq!(outbox.len(), 1);
    assert_eq!(outbox[0]["to"], "maria@example.com");
}

#[tokio::test]
async fn one_external_id_is_received_once() {
    let app = TestApp::start().await;
    let content = with(text(JOHNS_NUMBER, "hello"), json!({ "externalId": "text-7" }));
    let answers = join_all((0..10).map(|_| receive(&app, content.clone()))).await;
    let taken = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(taken, 1);
    for refused in answers.into_iter().filter(|answer| answer.status != 200) {
        refused.problem(409, "duplicate-external-id");
    }
    assert_eq!(tasks(&app, "").await.len(), 1);
    // Also from somebody nobody knows, and a second one is not answered in the first one's place.
    let content = with(mail("one@example.com", "no-reply@acme.example"), json!({ "externalId": "mail-7" }));
    let answers = join_all((0..10).map(|_| receive(&app, content.clone()))).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    let other = with(mail("two@example.com", "no-reply@acme.example"), json!({ "externalId": "mail-7" }));
    receive(&app, other).await.problem(409, "duplicate-external-id");
    app.drain().await;
    let told: Vec<_> = app.outbox("email").await.iter().map(|sent| sent["to"].clone()).collect();
    assert_eq!(told, ["one@example.com"]);
    let receive =
        || app.request(Method::POST, RECEIVE).header("idempotency-key", "7").json(&text(JOHNS_NUMBER, "a"));
    let (first, again) = (answer(receive()).await.expect(200), answer(receive()).await.expect(200));
    assert_eq!(first["data"]["id"], again["data"]["id"]);
    assert_eq!(tasks(&app, "").await.len(), 3);
}

#[tokio::test]
async fn a_crash_after_it_was_stored_loses_neither_the_task_nor_the_answer() {
    let app = TestApp::start().await;
    let content = mail("john@example.com", "no-reply@acme.example");
    let receive = || app.request(Method::POST, RECEIVE).header("idempotency-key", "k").json(&content);
    // The process ends after the answer to the writer was queued.
    app.fault("sqs", "crash_before_record", 1).await;
    assert!(answer(receive()).await.status.as_u16() >= 500);
    app.no_faults().await;
    app.advance(40).await;
    let first = answer(receive()).await;
    assert!(first.status == 200, "{:#}", first.body);
    app.sweep().await;
    app.advance(180).await;
    app.sweep().await;
    assert_eq!(app.outbox("email").await.len(), 1);
    assert_eq!(events(&app).await.len(), 1);
}

#[tokio::test]
async fn while_the_bus_is_away_messages_leave_and_tasks_wait() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    receive(&app, text(JOHNS_NUMBER, "hello")).await.expect(200);
    app.fault("events", "error", 100).await;
    app.sent(&template, "ext-maria").await;
    let _ = app.post("/_local/schedules/sweep", json!({})).await;
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1);
    assert!(events(&app).await.is_empty());
    app.no_faults().await;
    app.advance(70).await;
    app.sweep().await;
    assert_eq!(events(&app).await.len(), 1);
}

#[tokio::test]
async fn a_task_is_claimed_by_one_of_many() {
    let app = TestApp::start().await;
    receive(&app, text(JOHNS_NUMBER, "hello")).await.expect(200);
    let path = format!("/tasks/{}", tasks(&app, "").await[0]["id"].as_str().unwrap());
    let claim =
        |agent: usize| app.put(&path, json!({ "status": "claimed", "assignee": format!("agent-{agent}") }));
    let claims = join_all((0..8).map(claim)).await;
    let won: Vec<_> = claims.iter().filter(|claim| claim.status == 200).collect();
    assert_eq!(won.len(), 1);
    let assignee = won[0].body["assignee"].clone();
    for lost in claims.into_iter().filter(|claim| claim.status != 200) {
        let detail = lost.problem(409, "task-claimed")["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(assignee.as_str().unwrap()), "{detail}");
    }
    assert_eq!(tasks(&app, "?status=claimed").await.len(), 1);
    assert!(tasks(&app, "?status=open").await.is_empty());
    app.put(&path, json!({ "status": "done", "note": "Moved the due date" })).await.expect(200);
    let done = app.get(&path).await.expect(200);
    assert_eq!(
        (&done["status"], &done["note"], &done["assignee"]),
        (&json!("done"), &json!("Moved the due date"), &assignee)
    );

    assert_eq!(app.put(&path, json!({ "status": "finished" })).await.violations(), ["/status"]);
    assert_eq!(
        app.put(&path, json!({ "note": "x".repeat(5_001), "assignee": "" })).await.violations(),
        ["/assignee", "/note"]
    );
    assert_eq!(app.get("/tasks?status=begun&type=call").await.violations(), ["?status", "?type"]);
    app.get("/tasks/TK-AAAA-BBBB").await.problem(404, "not-found");
    let other = app.seen_by(Some("other-admin"));
    other.get(&path).await.problem(404, "not-found");
    other.put(&path, json!({ "status": "open" })).await.problem(404, "not-found");
    assert_eq!(other.get("/tasks").await.expect(200)["data"], json!([]));
    app.seen_by(Some("demo-viewer")).put(&path, json!({ "status": "open" })).await.problem(403, "forbidden");
}

#[tokio::test]
async fn tasks_come_in_pages_whatever_is_asked() {
    let app = TestApp::start().await;
    for at in 0..7 {
        let from = if at % 2 == 0 { JOHNS_NUMBER } else { "+13125550177" };
        receive(&app, text(from, "hello")).await.expect(200);
        app.advance(1).await;
    }
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let page =
            app.get(&format!("/tasks?type=handleInboundInteraction&limit=2{cursor}")).await.expect(200);
        seen.extend(page["data"].as_array().unwrap().iter().map(|task| task["createdAt"].clone()));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 4);
    assert!(seen.is_sorted_by(|a, b| a.as_str() > b.as_str()), "newest first: {seen:?}");
}

#[tokio::test]
async fn every_wrong_field_is_told_and_another_tenants_are_nobodys() {
    let app = TestApp::start().await;
    let wrong = json!({
        "channel": "text", "status": "succeeded", "theme": "inbPayments",
        "content": { "from": "hello", "to": ["+13125550100"], "body": "x" },
    });
    let late = json!({ "direction": "outbound", "endedAt": "2027-01-01T00:00:00Z" });
    let all = ["/content/from", "/content/to", "/direction", "/endedAt"];
    assert_eq!(receive(&app, with(wrong, late)).await.violations(), all);
    let outbound = with(text(JOHNS_NUMBER, "x"), json!({ "direction": "outbound" }));
    assert_eq!(receive(&app, outbound).await.violations(), ["/direction"]);
    let untold = json!({ "channel": "chat", "status": "succeeded", "theme": null });
    assert_eq!(receive(&app, untold).await.violations(), ["/theme"]);
    receive(&app, with(text(JOHNS_NUMBER, "x"), json!({ "personId": "ext-nobody" })))
        .await
        .problem(404, "not-found");
    // Their John has the same number, and is another.
    let other = app.seen_by(Some("other-admin"));
    let received = other.post(RECEIVE, text(JOHNS_NUMBER, "x")).await.expect(200);
    assert_eq!(received["data"]["personExternalId"], "john");
    assert_eq!(app.get("/people/ext-john/interactions").await.expect(200)["data"], json!([]));
    let marias = with(text(JOHNS_NUMBER, "x"), json!({ "personId": "ext-maria" }));
    other.post(RECEIVE, marias).await.problem(404, "not-found");
    app.seen_by(Some("demo-viewer")).post(RECEIVE, text(JOHNS_NUMBER, "x")).await.problem(403, "forbidden");
}

#[tokio::test]
async fn receiving_takes_three_calls_to_aws() {
    let app = TestApp::start().await;
    receive(&app, text(JOHNS_NUMBER, "warm")).await.expect(200);
    for (content, most) in [
        (with(text(JOHNS_NUMBER, "hello"), json!({ "personId": "ext-john" })), 2),
        (text(JOHNS_NUMBER, "hello"), 3),
    ] {
        app.delete("/_local/calls").await.expect(200);
        receive(&app, content).await.expect(200);
        let calls = app.get("/_local/calls").await.expect(200);
        // The authorizer's own look-up of the key is not counted.
        let all: u64 = calls.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(all - 1, most, "{calls:#}");
    }
}
