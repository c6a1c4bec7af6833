//! An upgrade: what a version of Postrider kept, the next one reads and goes on with, while both run over the same table.
//!
//! `tests/data/layout-<number>.json` is what a version kept in the middle of its work: the table, the bucket and the queues, beside
//! what it answered then. It is written anew only with a new layout ([`platform::store::LAYOUT`]):
//! `cargo test --test it -- --ignored write_what_this_version_keeps`.

mod before;
mod kept;

use platform::store::partitions::Items;
use postrider_tests::TestApp;
use serde_json::{Value, json};

use self::kept::{Kept, says_all_of};

#[tokio::test]
#[ignore = "writes tests/data: only for a new layout"]
async fn write_what_this_version_keeps() {
    let app = TestApp::start().await;
    let story = before::work(&app).await;
    Kept::of(&app, story).await.write();
}

#[test]
fn every_kind_of_item_is_kept() {
    let kept = Kept::read();
    let partitions: Vec<&str> = kept.items().iter().map(|item| item["pk"]["S"].as_str().unwrap()).collect();
    let missing: Vec<Items> = Items::ALL
        .into_iter()
        .filter(|kind| !partitions.iter().any(|pk| kind.pattern().matches(pk)))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn a_new_version_answers_what_the_one_before_answered() {
    let app = TestApp::start().await;
    let kept = Kept::read();
    kept.restore(&app).await;
    answers_as_kept(&app, &kept).await;
}

/// So does the version before while both run: what a later one adds to an entity does not keep it from reading the rest.
#[tokio::test]
async fn what_a_later_version_adds_is_no_trouble() {
    let app = TestApp::start().await;
    let kept = Kept::read().with_additions();
    kept.restore(&app).await;
    answers_as_kept(&app, &kept).await;
    goes_on(&app, &kept).await;
}

#[tokio::test]
async fn a_new_version_goes_on_with_what_the_one_before_began() {
    let app = TestApp::start().await;
    let kept = Kept::read();
    kept.restore(&app).await;
    goes_on(&app, &kept).await;
}

async fn answers_as_kept(app: &TestApp, kept: &Kept) {
    app.set_clock(kept.story("now")).await;
    let mut wrong = Vec::new();
    for (path, before) in kept.answers() {
        let now = app.get(path).await;
        assert_eq!(now.status, 200, "{path}: {:#}", now.body);
        let now = now.body;
        if !says_all_of(&now, before) {
            wrong.push(json!({ "path": path, "before": before, "now": now }));
        }
    }
    assert!(wrong.is_empty(), "{:#}", Value::Array(wrong));
}

/// What was under way ends as if nothing had happened, and no message leaves twice.
async fn goes_on(app: &TestApp, kept: &Kept) {
    app.set_clock(kept.story("now")).await;
    app.drain_repeating_in_turn().await;
    let queued = app.log(kept.story("queued")).await;
    assert_eq!(queued["status"], "sent", "{queued:#}");
    assert_eq!(app.log(kept.story("reported")).await["status"], "delivered");
    let batch = app.get(&format!("/api/v1/communications/batches/{}", kept.story("batch"))).await.expect(200);
    assert_eq!((&batch["status"], &batch["accepted"]), (&json!("completed"), &json!(3)), "{batch:#}");
    let thread = app.get("/people/ext-john/conversation?channel=text").await.expect(200);
    assert_eq!(thread["data"][0]["text"], "When is it due?", "{thread:#}");

    // The same request again is the same message.
    assert_eq!(before::with_key(app, kept.story("welcome")).await, kept.story("with_key"));

    app.advance(600).await;
    app.sweep().await;
    app.advance(90_000).await;
    app.sweep().await;
    app.drain_repeating_in_turn().await;
    for name in ["retrying", "abandoned", "scheduled"] {
        let entry = app.log(kept.story(name)).await;
        assert_eq!(entry["status"], "sent", "{name}: {entry:#}");
    }
    let left = app.outbox("email").await;
    for (name, copies) in
        [("queued", 1), ("retrying", 1), ("scheduled", 1), ("abandoned", 1), ("reported", 0)]
    {
        let to = format!("{name}@example.com");
        assert_eq!(left.iter().filter(|mail| mail["to"] == to).count(), copies, "{name}");
    }
    // A person is protected by all of many contacts.
    let call = json!({ "channel": "voice", "theme": "opsCollDebt" });
    let decision = app.post("/people/ext-maria/can-interact", call).await.expect(200);
    assert_eq!(decision["result"], false, "{decision:#}");
}
