//! People erased on request: nothing personal is left, nothing is sent afterwards, and what law wants kept stays.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::{self, Id};
use domain::interaction::Content;
use futures::future::join_all;
use postrider_tests::{TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const JOHN: &str = "/people/ext-john";
const SEND: &str = "/api/v1/communications/send";

/// Lets the sweep erase what is left, once whoever began before has ended.
async fn rest(app: &TestApp) {
    app.advance(121).await;
    app.sweep().await;
}

async fn interaction(app: &TestApp, id: &str) -> domain::interaction::Interaction {
    let id: Id<id::Interaction> = id.parse().unwrap();
    app.system.app().store.interaction(&"demo".parse().unwrap(), &id).await.unwrap()
}

async fn object_is_gone(app: &TestApp, key: &str) -> bool {
    app.system.app().objects.get(key).await.is_err()
}

/// What stands in a message's partition.
async fn items_of(app: &TestApp, id: &str) -> Vec<String> {
    let table = aws_sdk_dynamodb::Client::new(app.system.sdk());
    let query = table.query().table_name(&app.system.app().config.table).key_condition_expression("pk = :pk");
    let query = query.expression_attribute_values(":pk", AttributeValue::S(format!("T#demo#{id}")));
    let found = query.send().await.unwrap();
    let kind = |item: &HashMap<String, AttributeValue>| {
        item["sk"].as_s().unwrap().split('#').next().unwrap_or_default().to_owned()
    };
    found.items().iter().map(kind).collect()
}

#[tokio::test]
async fn a_person_vanishes_with_everything_personal_and_a_record_of_what_was_sent_stays() {
    let app = TestApp::start().await;
    // What a long message says stands beside it, and so does what its provider reported.
    let long = format!(
        "Hello {{{{ borrower.first_name }}}}. {}",
        (0..500).map(|n| format!("Line {n}. ")).collect::<String>()
    );
    let template = json!({
        "name": "hello", "template_type": "hello", "channel": "email", "language": "en", "subject": "Hello", "body": long,
    });
    let template = app.post("/api/v1/communication-templates", template).await.expect(201);
    let template = template["id"].as_str().unwrap().to_owned();
    let sent = app.sent(&template, "ext-john").await;
    app.drain().await;
    app.report("ses", json!({ "event": "Delivery", "message": sent })).await;
    assert_eq!(items_of(&app, &sent).await, ["CONTENT", "INTERACTION", "REPORT"]);
    let call = json!({
        "channel": "voice", "status": "succeeded", "theme": "opsServicing", "externalId": "call-1",
        "metaData": { "agent": "Ada" }, "content": { "contentText": "x".repeat(10_000) },
    });
    let call = app.post(&format!("{JOHN}/interactions"), call).await.expect(201);
    let call = call["data"]["id"].as_str().unwrap().to_owned();
    let Content::Stored(stored) = interaction(&app, &call).await.content else { panic!("stored apart") };
    let text = json!({
        "channel": "text", "content": { "from": "+13125550101", "to": "+13125550100", "body": "I am John" },
        "theme": "inbPayments", "status": "succeeded",
    });
    let received = app.post("/communicator/receive", text.clone()).await;
    assert!(received.status.is_success(), "{received:?}");
    app.post(&format!("{JOHN}/documents"), json!({ "externalId": "d", "name": "Scan" })).await.expect(201);
    let mut contents = Vec::new();
    for words in ["first", "second"] {
        let put = app.request(Method::PUT, &format!("{JOHN}/documents/ext-d/content"));
        let held = answer(put.header("content-type", "text/plain").body(words)).await.expect(200);
        let (id, sha) = (held["id"].as_str().unwrap(), held["content"]["sha256"].as_str().unwrap());
        contents.push(format!("demo/documents/{id}/{sha}"));
    }
    app.put(&format!("{JOHN}/statements/ext-s"), json!({ "issuedOn": "2026-01-05" })).await.expect(201);
    let tasks = app.get("/tasks").await.expect(200);
    let task = format!("/tasks/{}", tasks["data"][0]["id"].as_str().unwrap());
    app.put(&task, json!({ "note": "John asks for time" })).await.expect(200);

    let asked = app.delete(&format!("{JOHN}?reason=ticket%204711")).await.expect(202);
    assert_eq!(asked["status"], "erasing");
    assert!(asked["requestedAt"].as_str().unwrap().starts_with("2026-01-05T15:00:0"), "{asked:#}");
    for gone in ["", "/loans", "/interactions", "/cases"] {
        app.get(&format!("{JOHN}{gone}")).await.problem(404, "not-found");
    }
    let found = app.get("/people?phone=%2B13125550101").await.expect(200);
    assert_eq!(found["data"], json!([]), "no address leads to the person");
    app.send(&template, "ext-john").await.problem(404, "not-found");
    app.advance(60).await;
    app.sweep().await;
    assert_eq!(
        app.delete(JOHN).await.expect(202)["requestedAt"],
        asked["requestedAt"],
        "not before its time"
    );

    rest(&app).await;
    let done = app.delete(JOHN).await.expect(200);
    assert_eq!((&done["status"], &done["interactions"]), (&json!("erased"), &json!(3)), "{done:#}");
    for gone in ["/documents/ext-d", "/documents/ext-d/content", "/statements/ext-s"] {
        app.get(&format!("{JOHN}{gone}")).await.problem(404, "not-found");
    }
    for key in contents.iter().chain([&stored]) {
        assert!(object_is_gone(&app, key).await, "{key}");
    }
    for (id, status, subject) in [(&sent, "succeeded", json!("hello")), (&call, "succeeded", Value::Null)] {
        let kept = app.get(&format!("/interactions/{id}")).await.expect(200)["data"].clone();
        assert_eq!((&kept["status"], &kept["subject"]), (&json!(status), &subject), "{kept:#}");
        assert_eq!(kept["personId"], asked["personId"]);
        let stored = serde_json::to_string(&interaction(&app, id).await).unwrap();
        for personal in ["John", "john", "3125550101", "Ada", "call-1", "LN-0001"] {
            assert!(!stored.contains(personal), "{personal} in {stored}");
        }
    }
    assert_eq!(items_of(&app, &sent).await, ["INTERACTION"]);
    let explained = app.get(&format!("/interactions/{sent}/compliance")).await.expect(200);
    assert_eq!(explained["decision"]["allowed"], true);
    assert_eq!(app.log(&sent).await["status"], "delivered");
    let task = app.get(&task).await.expect(200);
    assert_eq!((&task["status"], &task["note"]), (&json!("done"), &Value::Null), "{task:#}");

    // From then on nobody has the number.
    let received = app.post("/communicator/receive", text).await;
    assert_eq!(received.body["data"]["personId"], Value::Null, "{received:?}");
}

#[tokio::test]
async fn what_waits_is_never_sent() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let queued = app.sent(&template, "ext-john").await;
    let later = json!({
        "template_id": app.template("sms", "later").await, "borrower_id": "ext-john",
        "send_at": "2026-01-06T15:00:00Z",
    });
    let later = app.post(SEND, later).await.expect(202)["communication_id"].as_str().unwrap().to_owned();
    app.delete(JOHN).await.expect(202);
    app.drain().await;
    rest(&app).await;
    app.set_clock("2026-01-07T15:00:00Z").await;
    app.sweep().await;
    for id in [&queued, &later] {
        assert_eq!(app.log(id).await["status"], "canceled");
    }
    assert_eq!((app.outbox("email").await.len(), app.outbox("text").await.len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sends_and_erasures_at_the_same_time_nothing_is_left_waiting() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let sends = join_all((0..20).map(|_| app.send(&template, "ext-john")));
    let erasures = join_all((0..5).map(|_| app.delete(JOHN)));
    let (sends, erasures) = futures::join!(sends, erasures);
    for erased in erasures {
        erased.expect(202);
    }
    app.drain().await;
    rest(&app).await;
    for sent in sends.iter().filter(|sent| sent.status == 202) {
        let id = sent.body["communication_id"].as_str().unwrap();
        let kept = interaction(&app, id).await;
        assert!(kept.erased_at.is_some() && kept.due_at.is_none() && kept.to.is_empty(), "{kept:?}");
    }
    let refused = sends.iter().all(|sent| [202, 404, 409].contains(&sent.status.as_u16()));
    assert!(refused, "{sends:?}");
    assert_eq!(app.delete(JOHN).await.expect(200)["status"], "erased");
    assert_eq!(app.get("/erasures").await.expect(200)["data"].as_array().unwrap().len(), 1, "once on record");
}

#[tokio::test]
async fn an_erasure_that_breaks_off_anywhere_is_finished_by_a_later_sweep() {
    for (target, mode, times) in [
        ("dynamodb", "error", 1),
        ("dynamodb", "error", 4),
        ("dynamodb", "drop_answer", 3),
        ("s3", "error", 1),
    ] {
        let app = TestApp::start().await;
        let template = app.template("email", "hello").await;
        let id = app.sent(&template, "ext-john").await;
        app.post(&format!("{JOHN}/documents"), json!({ "externalId": "d", "name": "Scan" }))
            .await
            .expect(201);
        app.put(&format!("{JOHN}/statements/ext-s"), json!({ "issuedOn": "2026-01-05" })).await.expect(201);
        app.delete(JOHN).await.expect(202);
        app.advance(121).await;
        app.fault(target, mode, times).await;
        let _ = app.post("/_local/schedules/sweep", json!({})).await;
        app.no_faults().await;
        for _ in 0..3 {
            app.advance(60).await;
            app.sweep().await;
        }
        assert_eq!(app.delete(JOHN).await.expect(200)["status"], "erased", "{target} {mode} {times}");
        assert!(interaction(&app, &id).await.erased_at.is_some());
    }
}

#[tokio::test]
async fn an_erased_person_is_made_again_only_by_who_says_so() {
    let app = TestApp::start().await;
    let john = json!({ "externalId": "john", "firstName": "John" });
    let bulk = |query: &str| (format!("/people/bulk{query}"), json!({ "people": [john] }));
    app.delete(JOHN).await.expect(202);
    let refused = app.put(JOHN, json!({ "firstName": "John" })).await.problem(409, "person-erased");
    assert!(refused["detail"].as_str().unwrap().contains("?recreate=true"), "{refused:#}");
    app.post("/people", john.clone()).await.problem(409, "person-erased");
    let (path, body) = bulk("");
    let outcome = app.post(&path, body).await.expect(200);
    assert_eq!(outcome["results"][0]["outcome"], "failed", "{outcome:#}");
    // Not even who says so, while something is left.
    app.put(&format!("{JOHN}?recreate=true"), json!({})).await.problem(409, "person-erased");
    for path in ["/contacts", "/consents"] {
        app.post(&format!("{JOHN}{path}"), json!({ "status": "revoked" })).await;
    }
    app.put(&format!("{JOHN}/cases/ext-1"), json!({ "caseType": "legalAction" }))
        .await
        .problem(404, "not-found");
    assert_eq!(app.put(&format!("{JOHN}?recreate=maybe"), json!({})).await.violations(), ["?recreate"]);

    rest(&app).await;
    app.put(JOHN, json!({})).await.problem(409, "person-erased");
    app.post("/people", john.clone()).await.problem(409, "person-erased");
    let again = app.put(&format!("{JOHN}?recreate=true"), json!({ "firstName": "John" })).await.expect(201);
    assert_eq!((&again["contacts"], &again["loans"]), (&json!([]), &json!([])), "nothing of before");
    assert_eq!(app.put(JOHN, json!({})).await.expect(200), again);

    app.delete(JOHN).await.expect(202);
    rest(&app).await;
    app.post("/people?recreate=true", john.clone()).await.expect(201);
    app.delete(JOHN).await.expect(202);
    rest(&app).await;
    let (path, body) = bulk("?recreate=true");
    let outcome = app.post(&path, body).await.expect(200);
    assert_eq!(outcome["results"][0]["outcome"], "created", "{outcome:#}");
    let record = app.get("/erasures?limit=2").await.expect(200);
    let cursor = record["nextCursor"].as_str().unwrap();
    let rest = app.get(&format!("/erasures?limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!(rest["data"].as_array().unwrap().len(), 1, "the record stays: {rest:#}");
}

#[tokio::test]
async fn the_record_says_who_when_and_why_and_is_the_tenants_own() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/erasures").await.expect(200), json!({ "data": [] }));
    let asked = app.delete(&format!("{JOHN}?reason=ticket%204711")).await.expect(202);
    app.delete("/people/ext-maria").await.expect(202);
    let record = app.get("/erasures").await.expect(200);
    let johns = record["data"].as_array().unwrap().iter().find(|one| one["personId"] == asked["personId"]);
    let johns = johns.unwrap();
    assert_eq!((&johns["reason"], &johns["at"]), (&json!("ticket 4711"), &asked["requestedAt"]));
    assert!(johns["by"].as_str().is_some_and(|by| !by.is_empty()), "{johns:#}");
    assert!(!record.to_string().contains("john"), "{record:#}");
    assert_eq!(app.seen_by(Some("other-admin")).get("/erasures").await.expect(200), json!({ "data": [] }));
}

#[tokio::test]
async fn who_is_nobody_or_somebody_elses_is_not_erased() {
    let app = TestApp::start().await;
    let john = app.get(JOHN).await.expect(200);
    let others = app.seen_by(Some("other-admin"));
    others.delete(&format!("/people/{}", john["id"].as_str().unwrap())).await.problem(404, "not-found");
    others.delete("/people/ext-maria").await.problem(404, "not-found");
    app.seen_by(Some("demo-loan-officer")).delete(JOHN).await.problem(403, "forbidden");
    app.delete("/people/ext-nobody").await.problem(404, "not-found");
    app.delete("/people/BO-AAAA-BBBB").await.problem(404, "not-found");
    app.delete("/people/LN-AAAA-BBBB").await.problem(404, "not-found");
    assert_eq!(app.delete(&format!("{JOHN}?reason=")).await.violations(), ["?reason"]);
    let long = "x".repeat(201);
    assert_eq!(app.delete(&format!("{JOHN}?reason={long}")).await.violations(), ["?reason"]);
    assert_eq!(app.get(JOHN).await.expect(200), john);
}

#[tokio::test]
async fn a_report_that_comes_after_all_moves_the_record_and_tells_nothing_more() {
    // The second is worth another attempt, and gets none.
    for (code, status) in [(30006, "failed"), (30008, "canceled")] {
        let app = TestApp::start().await;
        let template = app.template("sms", "hello").await;
        let id = app.sent(&template, "ext-john").await;
        app.drain().await;
        app.delete(JOHN).await.expect(202);
        rest(&app).await;
        app.report("twilio", json!({ "message": id, "status": "undelivered", "error_code": code })).await;
        app.advance(3600).await;
        app.sweep().await;
        assert_eq!(
            (app.log(&id).await["status"].as_str(), app.outbox("text").await.len()),
            (Some(status), 1)
        );
        let kept = interaction(&app, &id).await;
        assert!(kept.failure.is_none_or(|failure| failure.description.is_empty()), "{:?}", kept.timeline);
        assert!(kept.timeline.iter().all(|moment| moment.note.is_none()) && kept.due_at.is_none());
        let cancel = json!({ "status": "canceled" });
        app.put(&format!("/interactions/{id}"), cancel).await.problem(409, "person-erased");
        let again = json!({ "interactionId": id });
        app.post("/communicator/resend", again).await.problem(409, "person-erased");
    }
}
