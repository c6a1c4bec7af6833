//! What the dashboard shows and alarms watch is really measured, as CloudWatch reads it from the log.

use std::collections::BTreeSet;

use platform::telemetry::{self, Metric};
use postrider_tests::{
    TestApp,
    log::{Log, Logging},
};
use serde_json::{Value, json};

/// The metrics in a log, each with the value of a dimension.
fn measured(log: &Log) -> BTreeSet<String> {
    let text = log.text();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is one event"));
    let metrics = lines.flat_map(|line| {
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().cloned().unwrap_or_default();
        let of = ["Channel", "Provider"].into_iter().find_map(|dimension| line[dimension].as_str());
        let of = of.unwrap_or("all").to_owned();
        directives.into_iter().map(move |directive| {
            let name = directive["Metrics"][0]["Name"].as_str().expect("a name");
            assert!(line[name].as_i64().is_some_and(|value| value >= 0), "{line}");
            format!("{name} {of}")
        })
    });
    metrics.collect()
}

#[tokio::test]
async fn everything_that_can_become_of_messages_is_measured() {
    let app = TestApp::start().await;
    let log = Log::default();
    let logging = Logging::to(telemetry::subscriber(log.clone()));

    let (mail, text) = (app.template("email", "hello").await, app.template("sms", "hello").await);
    let people = app.people(3).await;
    let delivered = app.sent(&mail, &people[0]).await;
    app.drain().await;
    app.report("ses", json!({ "event": "Delivery", "message": delivered })).await;
    app.send(&mail, &people[0]).await.problem(409, "blocked-by-compliance-guard");

    let bounced = app.sent(&mail, &people[1]).await;
    app.drain().await;
    app.report("ses", json!({ "event": "Bounce", "message": bounced })).await;

    app.fault("ses", "drop_answer", 1).await;
    app.sent(&mail, &people[2]).await;
    app.drain().await;
    app.advance(120).await;
    app.sweep().await;

    app.fault("twilio", "throttle", 1).await;
    let filtered = app.sent(&text, "ext-john").await;
    app.drain().await;
    app.advance(400).await;
    app.sweep().await;
    app.report("twilio", json!({ "message": filtered, "status": "undelivered", "error_code": 30007 })).await;
    drop(logging);

    let measured = measured(&log);
    for expected in [
        "Accepted email",
        "Accepted text",
        "Sent email",
        "TimeToSend email",
        "Delivered email",
        "Blocked email",
        "Failed email",
        "PossiblySentTwice email",
        "Retried text",
        "AccountOutOfOrder twilio",
        "Due all",
        "Overdue all",
    ] {
        assert!(measured.contains(expected), "{expected} is not in {measured:#?}");
    }
    let named = |metric: &Metric| measured.iter().any(|one| one.starts_with(&format!("{metric:?} ")));
    assert!(Metric::ALL.iter().all(named), "{measured:#?}");
}
