//! Dead letters: work that failed five times in its queue, looked at and sent back by who may.

use platform::queues::Queue;
use postrider_tests::{TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::inbound_webhooks::give_up;

const LIST: &str = "/dead-letters";

async fn letters(app: &TestApp) -> Vec<Value> {
    // What was looked at is hidden for five seconds of the machine's.
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    app.get(LIST).await.expect(200)["data"].as_array().unwrap().clone()
}

/// Has the core systems of two lenders tell an event while the table is away, until both are given up.
async fn given_up(app: &TestApp) {
    for tenant in ["demo", "other"] {
        let event =
            json!({ "tenant": tenant, "event": "LOAN_REPAYMENT", "eventId": "r-1", "clientKey": "john" });
        app.post("/_local/events", event).await.expect(200);
    }
    app.post("/_local/events", json!({ "event": "LOAN_REPAYMENT" })).await.expect(200);
    app.fault("dynamodb", "crash_before_record", 1_000).await;
    give_up(app).await;
    app.no_faults().await;
}

#[tokio::test]
async fn the_callers_own_are_shown_and_go_back_to_their_queue_once() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let rule = json!({ "event": "LOAN_REPAYMENT", "type": "EMAIL", "templateKey": template });
    app.post("/communications/notification-rules", rule).await.expect(201);
    given_up(&app).await;

    let found = letters(&app).await;
    assert_eq!(found.len(), 1, "neither another lender's nor nobody's: {found:#?}");
    let letter = &found[0];
    assert_eq!(
        (&letter["queue"], &letter["about"]["eventId"], &letter["isDoneAgain"]),
        (&json!("events"), &json!("r-1"), &json!(false))
    );
    assert!(letter["received"].as_u64().unwrap() >= 5, "{letter:#}");
    assert_eq!(letters(&app).await[0]["id"], letter["id"], "it stays where it is");

    let path = format!("{LIST}/{}/retry", letter["id"].as_str().unwrap());
    let reason = json!({ "reason": "the table is back" });
    app.seen_by(Some("other-admin")).post(&path, reason.clone()).await.problem(404, "not-found");
    let keyed = |path: &str| {
        app.request(Method::POST, path)
            .header("idempotency-key", "redrive-1")
            .json(&json!({ "reason": "the table is back" }))
    };
    answer(keyed(&format!("{LIST}/events.none/retry"))).await.problem(404, "not-found");
    let sent = answer(keyed(&path)).await.expect(202);
    assert_eq!(answer(keyed(&path)).await.expect(202), sent);
    assert_eq!((&sent["reason"], &sent["letter"]["id"]), (&json!("the table is back"), &letter["id"]));
    assert!(sent["by"].is_string() && sent["at"].is_string());
    let again = app.post(&path, json!({ "reason": "once more" })).await.expect(202);
    assert_eq!(again, sent, "it is gone, and its record stays");
    app.system.drain_queue(Queue::Events).await.unwrap();
    app.drain_repeating().await;
    assert_eq!(app.outbox("email").await.len(), 1);
    assert_eq!(letters(&app).await, Vec::<Value>::new());
    let listed = app.get(LIST).await.expect(200);
    assert_eq!(listed["sentBack"], json!([sent]));
    // Others' letters are hidden too, while somebody looks.
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    let theirs = app.seen_by(Some("other-admin")).get(LIST).await.expect(200);
    assert_eq!((theirs["data"].as_array().unwrap().len(), &theirs["sentBack"]), (1, &json!([])));
}

#[tokio::test]
async fn they_are_for_admins_who_say_why() {
    let app = TestApp::start().await;
    app.seen_by(Some("demo-loan-officer")).get(LIST).await.problem(403, "forbidden");
    let path = format!("{LIST}/events.none/retry");
    let reason = json!({ "reason": "try" });
    app.seen_by(Some("demo-loan-officer")).post(&path, reason.clone()).await.problem(403, "forbidden");
    assert_eq!(app.post(&path, json!({ "reason": " " })).await.violations(), ["/reason"]);
    app.post(&path, reason.clone()).await.problem(404, "not-found");
    app.post(&format!("{LIST}/nothing/retry"), reason).await.problem(404, "not-found");
}
