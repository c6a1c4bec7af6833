//! How many messages came how far, by day and channel: each change is counted once, whatever is delivered twice, comes in halves, or
//! dies between two steps. The demo lender's clock is that of New York.

use domain::vocabulary::SendingChannel;
use platform::queues::Queue;
use postrider_tests::TestApp;
use serde_json::{Value, json};

async fn statistics(app: &TestApp, query: &str) -> Value {
    app.get(&format!("/statistics/messages{query}")).await.expect(200)
}

/// The counts of a channel on a day, in the order in which they are shown.
fn counts(statistics: &Value, date: &str, channel: &str) -> [u64; 7] {
    let find = |list: &Value, member: &str, value: &str| {
        list.as_array().unwrap().iter().find(|one| one[member] == value).cloned().unwrap_or(Value::Null)
    };
    let day = find(&statistics["days"], "date", date);
    assert!(!day.is_null(), "{statistics:#}");
    let counted = find(&day["channels"], "channel", channel);
    ["accepted", "sent", "delivered", "blocked", "failed", "canceled", "received"]
        .map(|name| counted[name].as_u64().unwrap_or(0))
}

#[tokio::test]
async fn each_step_is_counted_on_its_own_day_of_the_lender() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let people = app.people(3).await;
    // Half past eleven in the evening in New York, which is the next day in UTC.
    app.set_clock("2026-01-06T04:30:00Z").await;
    let id = app.sent(&template, &people[0]).await;
    app.drain_repeating().await;
    app.set_clock("2026-01-06T05:10:00Z").await;
    app.report("ses", json!({ "event": "Delivery", "message": id })).await;
    let bounced = app.sent(&template, &people[1]).await;
    app.drain_repeating().await;
    app.report("ses", json!({ "event": "Bounce", "message": bounced })).await;
    app.send(&template, &people[0]).await.problem(409, "blocked-by-compliance-guard");
    app.texted("+13125550100", "When is my payment due?").await;
    app.drain_repeating().await;

    let all = statistics(&app, "?from=2026-01-04&to=2026-01-06").await;
    assert_eq!(all["timeZone"], "America/New_York");
    let days: Vec<_> = all["days"].as_array().unwrap().iter().map(|day| day["date"].clone()).collect();
    assert_eq!(days, ["2026-01-04", "2026-01-05", "2026-01-06"]);
    assert_eq!(counts(&all, "2026-01-04", "email"), [0; 7]);
    assert_eq!(counts(&all, "2026-01-05", "email"), [1, 1, 0, 0, 0, 0, 0]);
    assert_eq!(counts(&all, "2026-01-06", "email"), [1, 1, 1, 1, 1, 0, 0]);
    assert_eq!(counts(&all, "2026-01-06", "text")[6], 1);
    let total = all["total"].as_array().unwrap();
    let email = total.iter().find(|one| one["channel"] == "email").unwrap();
    assert_eq!((&email["accepted"], &email["sent"]), (&json!(2), &json!(2)));
}

#[tokio::test]
async fn what_comes_again_in_halves_or_dies_is_counted_once() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let people = app.people(8).await;
    let mut expected = 0;
    for (crash, some) in (0..).zip(people.chunks(2)) {
        for person in some {
            app.sent(&template, person).await;
            expected += 1;
        }
        app.system.drain_queue(Queue::Dispatch(SendingChannel::Email)).await.unwrap();
        // Whoever counts dies before its first call, its second, and so on; then the same comes again, in halves.
        app.fault_after("dynamodb", "crash_before_record", 1, crash).await;
        app.drain_repeating().await;
        app.no_faults().await;
        app.drain_repeating().await;
        let now = statistics(&app, "?from=2026-01-05&to=2026-01-05").await;
        assert_eq!(
            counts(&now, "2026-01-05", "email"),
            [expected, expected, 0, 0, 0, 0, 0],
            "crash after {crash} calls"
        );
    }
}

#[tokio::test]
async fn an_hour_that_is_over_is_summed_up_and_what_comes_late_is_added() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let people = app.people(3).await;
    app.sent(&template, &people[0]).await;
    app.drain().await;
    let day = "?from=2026-01-05&to=2026-01-05";
    let before = statistics(&app, day).await;
    app.set_clock("2026-01-05T16:16:00Z").await;
    app.sweep().await;
    assert_eq!(statistics(&app, day).await, before);

    // It happens within the hour, and is told when that is long summed up: once, and again.
    app.set_clock("2026-01-05T15:59:00Z").await;
    app.sent(&template, &people[1]).await;
    app.set_clock("2026-01-05T18:00:00Z").await;
    app.drain_repeating().await;
    assert_eq!(counts(&statistics(&app, day).await, "2026-01-05", "email"), [2, 2, 0, 0, 0, 0, 0]);
    app.advance(1_000).await;
    app.sweep().await;
    assert_eq!(counts(&statistics(&app, day).await, "2026-01-05", "email"), [2, 2, 0, 0, 0, 0, 0]);
}

#[tokio::test]
async fn a_span_is_at_most_92_days_and_only_the_callers_own_are_counted() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    app.sent(&template, "ext-john").await;
    app.drain().await;
    let path = |query: &str| format!("/statistics/messages{query}");
    assert_eq!(app.get(&path("?from=2026-01-06&to=2026-01-05")).await.violations(), ["?from"]);
    assert_eq!(app.get(&path("?from=2025-10-05&to=2026-01-05")).await.violations(), ["?from"]);
    assert_eq!(app.get(&path("?from=yesterday")).await.violations(), ["?from"]);
    assert_eq!(
        app.get(&path("?from=2025-10-06&to=2026-01-05")).await.expect(200)["days"].as_array().unwrap().len(),
        92
    );
    let mine = app.seen_by(Some("demo-viewer")).get(&path("")).await.expect(200);
    assert_eq!((&mine["to"], mine["days"].as_array().unwrap().len()), (&json!("2026-01-05"), 30));
    assert_eq!(mine["total"][0]["accepted"], 1);
    let theirs = app.seen_by(Some("other-admin")).get(&path("")).await.expect(200);
    assert_eq!(theirs["total"], json!([]));
}
