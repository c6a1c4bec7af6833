//! Batches: answered at once, worked off in chunks, every borrower with a result.

use postrider_tests::TestApp;
use serde_json::{Value, json};

async fn batch(app: &TestApp, body: Value) -> Value {
    app.post("/api/v1/communications/send-batch", body).await.expect(202)
}

async fn progress(app: &TestApp, batch: &Value) -> Value {
    app.get(&format!("/api/v1/communications/batches/{}", batch["batch_id"].as_str().unwrap()))
        .await
        .expect(200)
}

async fn results(app: &TestApp, batch: &Value) -> Vec<Value> {
    let path = format!("/api/v1/communications/batches/{}/results", batch["batch_id"].as_str().unwrap());
    let (mut all, mut query) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("{path}{query}")).await.expect(200);
        all.extend(page["data"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { return all };
        query = format!("?cursor={cursor}");
    }
}

#[tokio::test]
async fn every_borrower_gets_a_result() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    app.put("/people/ext-maria/do-not-contact", json!({})).await.expect(200);
    let ids = json!(["ext-john", "ext-maria", "ext-nobody", "not an id", "ext-john"]);
    let accepted =
        batch(&app, json!({ "template_id": template, "borrower_ids": ids, "channel": "email" })).await;
    assert_eq!(
        (&accepted["status"], &accepted["total"], &accepted["processed"]),
        (&json!("processing"), &json!(4), &json!(0))
    );
    assert_eq!(accepted["repeated"], 1);
    app.drain().await;

    let done = progress(&app, &accepted).await;
    assert_eq!(done["status"], "completed");
    let counts =
        ["accepted", "blocked", "failed", "canceled", "processed"].map(|name| done[name].as_u64().unwrap());
    assert_eq!(counts, [1, 1, 2, 0, 4]);
    let reasons =
        json!({ "blocked": { "do_not_contact": 1 }, "failed": { "invalid-request": 1, "not-found": 1 } });
    assert_eq!(done["reasons"], reasons);
    let results = results(&app, &accepted).await;
    let outcomes: Vec<_> = results.iter().map(|r| r["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["accepted", "blocked", "failed", "failed"]);
    assert_eq!(results[1]["reasons"], json!(["do_not_contact"]));
    assert_eq!(results[2]["reasons"], json!(["not-found"]));
    assert_eq!(app.outbox("email").await.len(), 1);
}

#[tokio::test]
async fn a_borrower_named_again_by_any_of_its_ids_counts_once() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let ours = app.get("/people/ext-john").await.expect(200)["id"].clone();
    let uuid = "661f9511-f3ac-52e5-b827-557766551111";
    let ids = json!(["ext-john", ours, "ext-john", uuid, format!("ext-{uuid}"), "ext-nia"]);
    let list = ids.as_array().unwrap().iter().map(|id| format!("{id}\n")).collect::<String>();
    app.system.app().objects.put("demo/lists/again.jsonl", list.into_bytes()).await.unwrap();
    let inline = batch(&app, json!({ "template_id": template, "borrower_ids": ids })).await;
    assert_eq!((&inline["total"], &inline["repeated"]), (&json!(3), &json!(3)));
    let key = json!({ "template_id": template, "borrower_ids_s3_key": "demo/lists/again.jsonl" });
    let listed = batch(&app, key).await;
    app.drain_repeating().await;
    for accepted in [inline, listed] {
        let done = progress(&app, &accepted).await;
        let counts = ["total", "processed", "repeated"].map(|name| done[name].as_u64().unwrap());
        assert_eq!((&done["status"], counts), (&json!("completed"), [3, 3, 3]), "{done:#}");
        let named: Vec<_> =
            results(&app, &accepted).await.iter().map(|one| one["borrower_id"].clone()).collect();
        assert_eq!(named, ["ext-john", uuid, "ext-nia"]);
    }
}

#[tokio::test]
async fn a_batch_of_several_chunks_reaches_everybody_once_even_when_the_queue_repeats_itself() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let mut ids = app.people(120).await;
    ids.extend((0..60).map(|n| format!("ext-nobody-{n}")));
    let accepted = batch(&app, json!({ "template_id": template, "borrower_ids": ids })).await;
    app.drain_repeating_in_turn().await;
    let done = progress(&app, &accepted).await;
    assert_eq!((&done["status"], &done["accepted"]), (&json!("completed"), &json!(120)));
    assert_eq!(done["reasons"], json!({ "blocked": {}, "failed": { "not-found": 60 } }));
    assert_eq!(results(&app, &accepted).await.len(), 180);
    assert_eq!(app.outbox("email").await.len(), 120);
}

/// The version before did not count reasons, and its batches have no place for them.
#[tokio::test]
async fn a_batch_that_began_before_reasons_were_counted_ends_without_them() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let accepted =
        batch(&app, json!({ "template_id": template, "borrower_ids": ["ext-john", "ext-nobody"] })).await;
    let id = accepted["batch_id"].as_str().unwrap();
    app.take_out(&format!("T#demo#{id}"), "BATCH", &["data", "batch", "reasons"]).await;
    app.drain().await;
    let done = progress(&app, &accepted).await;
    assert_eq!((&done["status"], &done["failed"]), (&json!("completed"), &json!(1)));
    assert_eq!(done.get("reasons"), None);
}

#[tokio::test]
async fn a_batch_whose_queue_message_was_lost_is_found_by_the_sweep() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    app.fault("sqs", "error", 20).await;
    let accepted =
        batch(&app, json!({ "template_id": template, "borrower_ids": ["ext-john", "ext-maria"] })).await;
    app.no_faults().await;
    app.drain().await;
    assert_eq!(progress(&app, &accepted).await["processed"], 0);
    app.advance(180).await;
    app.sweep().await;
    app.sweep().await;
    assert_eq!(progress(&app, &accepted).await["status"], "completed");
    assert_eq!(app.outbox("email").await.len(), 2);
}

#[tokio::test]
async fn a_batch_called_off_sends_nothing_more() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let ids = json!(["ext-john", "ext-maria"]);
    let later = json!({ "template_id": template, "borrower_ids": ids, "send_at": "2026-01-06T15:00:00Z" });
    let accepted = batch(&app, later).await;
    let path = format!("/api/v1/communications/batches/{}/cancel", accepted["batch_id"].as_str().unwrap());
    let [admin, officer] = ["demo-admin", "demo-loan-officer"].map(|key| app.seen_by(Some(key)));
    for who in [&officer, &admin] {
        let canceled = who.post(&path, json!({})).await.expect(200);
        assert_eq!(canceled["status"], "canceled");
        assert_eq!(canceled["requested_by"], admin.subject().await);
        assert_eq!(canceled["canceled_by"], officer.subject().await, "whoever was first");
    }
    app.set_clock("2026-01-06T15:00:00Z").await;
    app.sweep().await;
    assert!(app.outbox("email").await.is_empty());
    let done = progress(&app, &accepted).await;
    assert_eq!((&done["canceled"], &done["reasons"]), (&json!(2), &json!({ "blocked": {}, "failed": {} })));
    let results = results(&app, &accepted).await;
    assert!(results.iter().all(|result| result["outcome"] == "canceled"), "{results:#?}");
}

#[tokio::test]
async fn a_batch_called_off_gives_its_places_back_at_once() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let later = json!({
        "template_id": template, "borrower_ids": ["ext-john", "ext-maria"], "send_at": "2026-01-06T14:00:00Z",
    });
    let accepted = batch(&app, later).await;
    app.drain().await;
    app.send(&template, "ext-john").await.problem(409, "blocked-by-compliance-guard");
    let path = format!("/api/v1/communications/batches/{}/cancel", accepted["batch_id"].as_str().unwrap());
    app.post(&path, json!({})).await.expect(200);
    app.drain_repeating().await;
    for borrower in ["ext-john", "ext-maria"] {
        let log = format!("/api/v1/communication-logs?borrower_id={borrower}&status=canceled");
        assert_eq!(app.get(&log).await.expect(200)["data"].as_array().unwrap().len(), 1);
        app.send(&template, borrower).await.expect(202);
    }
}

#[tokio::test]
async fn messages_of_a_batch_called_off_after_they_were_accepted_do_not_leave() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let later =
        json!({ "template_id": template, "borrower_ids": ["ext-john"], "send_at": "2026-01-06T15:00:00Z" });
    let accepted = batch(&app, later).await;
    app.drain().await;
    assert_eq!(progress(&app, &accepted).await["status"], "completed");
    let path = format!("/api/v1/communications/batches/{}/cancel", accepted["batch_id"].as_str().unwrap());
    app.post(&path, json!({})).await.expect(200);
    app.set_clock("2026-01-06T15:00:00Z").await;
    app.sweep().await;
    assert!(app.outbox("email").await.is_empty());
    let log = app.get("/api/v1/communication-logs?borrower_id=ext-john").await.expect(200);
    assert_eq!(log["data"][0]["status"], "canceled");
}

#[tokio::test]
async fn a_list_that_is_not_there_ends_the_batch_and_an_id_too_long_is_named() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let missing = json!({ "template_id": template, "borrower_ids_s3_key": "demo/lists/none.jsonl" });
    let accepted = batch(&app, missing).await;
    app.drain().await;
    assert_eq!(progress(&app, &accepted).await["status"], "canceled");

    let long = json!({ "template_id": template, "borrower_ids": ["ext-john", "x".repeat(301)] });
    assert_eq!(app.post("/api/v1/communications/send-batch", long).await.violations(), ["/borrower_ids/1"]);
}

#[tokio::test]
async fn ten_thousand_ids_are_taken_and_ten_thousand_and_one_are_not() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let ids = |count: usize| (0..count).map(|n| format!("ext-nobody-{n}")).collect::<Vec<_>>();
    let accepted = batch(&app, json!({ "template_id": template, "borrower_ids": ids(10_000) })).await;
    assert_eq!(accepted["total"], 10_000);
    let too_many = json!({ "template_id": template, "borrower_ids": ids(10_001) });
    assert_eq!(app.post("/api/v1/communications/send-batch", too_many).await.violations(), ["/borrower_ids"]);
    app.drain().await;
    let done = progress(&app, &accepted).await;
    assert_eq!((&done["status"], &done["failed"]), (&json!("completed"), &json!(10_000)));
}
