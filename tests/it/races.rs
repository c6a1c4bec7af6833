//! What happens when everybody comes at once.

use futures::future::join_all;
use postrider_tests::TestApp;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_parallel_sends_against_a_cap_of_one_exactly_one_is_accepted() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let answers = join_all((0..200).map(|_| app.send(&template, "ext-john"))).await;
    let accepted = answers.iter().filter(|answer| answer.status == 202).count();
    let blocked = answers.iter().filter(|answer| answer.status == 409).count();
    assert_eq!((accepted, blocked), (1, 199));
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_sends_to_one_person_at_once_all_are_accepted_and_none_races_round_after_round() {
    let app = TestApp::start().await;
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    let template = app.template("email", "welcome").await;
    app.sent(&template, "ext-john").await;
    app.system.reset_calls();
    let answers = join_all((0..100).map(|_| app.send(&template, "ext-john"))).await;
    let accepted = answers.iter().filter(|answer| answer.status == 202).count();
    assert_eq!(accepted, 100);
    let writes: u64 =
        app.system.calls().iter().filter(|(call, _)| call.contains("Transact")).map(|(_, calls)| calls).sum();
    assert!(writes <= 120, "{writes} transactions for 100 messages");
    app.drain_repeating().await;
    assert_eq!(app.outbox("email").await.len(), 101);
}
