//! How much of each limit on contacts with a person is used. The clock is that of Chicago, where John lives: 15:00 UTC is 9 in
//! the morning of Monday, 5 January 2026.

use postrider_tests::TestApp;
use serde_json::{Value, json};

use crate::interactions::recorded;

async fn limits(app: &TestApp, query: &str) -> Value {
    app.get(&format!("/people/ext-john/limits{query}")).await.expect(200)
}

/// What is said of a rule's only limit for calls.
fn of_rule<'a>(answer: &'a Value, rule: &str) -> &'a Value {
    let limits = answer["channels"][0]["limits"].as_array().unwrap();
    limits.iter().find(|limit| limit["ruleId"] == rule).unwrap()
}

#[tokio::test]
async fn of_seven_calls_so_many_are_used_and_the_oldest_is_free_next() {
    let app = TestApp::start().await;
    for day in ["2025-12-30", "2026-01-02", "2026-01-04"] {
        recorded(
            &app,
            json!({ "startedAt": format!("{day}T17:00:00Z"), "agentOutcome": "voiceRangNoPickup" }),
        )
        .await;
    }
    let answer = limits(&app, "?channel=voice&theme=opsCollDebt").await;
    let seven = of_rule(&answer, "US-REGF-7IN7");
    assert_eq!(
        (&seven["most"], &seven["used"], &seven["period"], &seven["limit"]),
        (&json!(7), &json!(3), &json!("P7D"), &json!("7 sent or placed in 7 days per debt"))
    );
    assert_eq!(seven["nextFreeAt"], "2026-01-06T17:00:00Z");
    assert!(seven["citation"].as_str().unwrap().starts_with("12 CFR 1006.14"));
    assert_eq!((&seven["confidence"], &seven["kind"]), (&json!("verified"), &json!("law")));
    let contacts = seven["contacts"].as_array().unwrap();
    let times: Vec<_> = contacts.iter().map(|contact| contact["at"].as_str().unwrap()).collect();
    assert_eq!(times, ["2025-12-30T17:00:00Z", "2026-01-02T17:00:00Z", "2026-01-04T17:00:00Z"]);
    assert!(contacts.iter().all(|contact| contact["channel"] == "voice"));
    let first = contacts[0]["interactionId"].as_str().unwrap();
    app.get(&format!("/interactions/{first}")).await.expect(200);

    // What limits say is what the guard says, and it knows more: at night all of them are free.
    assert_eq!(answer["channels"][0]["guard"]["result"], true);
    let night = limits(&app, "?channel=voice&theme=opsCollDebt&at=2026-01-06T05:00:00Z").await;
    let guard = &night["channels"][0]["guard"];
    assert_eq!(
        (&guard["result"], &guard["nextAllowableAt"]),
        (&json!(false), &json!("2026-01-06T14:00:00Z"))
    );
    assert_eq!(of_rule(&night, "US-REGF-7IN7")["used"], 3);
}

#[tokio::test]
async fn a_limit_that_is_reached_is_free_when_the_guard_says_so() {
    let app = TestApp::start().await;
    for hour in 0..7 {
        let at = format!("2026-01-04T{}:30:00Z", 15 + hour);
        recorded(&app, json!({ "startedAt": at, "agentOutcome": "voiceRangNoPickup" })).await;
    }
    let answer = limits(&app, "?channel=voice&theme=opsCollDebt").await;
    let seven = of_rule(&answer, "US-REGF-7IN7");
    assert_eq!((&seven["used"], &seven["most"]), (&json!(7), &json!(7)));
    let guard = &answer["channels"][0]["guard"];
    assert_eq!(guard["complianceGuardRuleId"], "US-REGF-7IN7");
    assert_eq!(seven["nextFreeAt"], guard["reasons"][0]["until"]);
}

#[tokio::test]
async fn every_channel_that_reaches_a_person_is_asked_about_unless_one_is_named() {
    let app = TestApp::start().await;
    let answer = limits(&app, "").await;
    assert_eq!(answer["theme"], "opsServicing");
    let channels = answer["channels"].as_array().unwrap().iter();
    let channels: Vec<_> = channels.map(|one| one["channel"].as_str().unwrap()).collect();
    assert_eq!(channels, ["voice", "email", "fax", "text", "chat", "mail", "gui", "push"]);
    app.seen_by(Some("demo-viewer")).get("/people/ext-john/limits").await.expect(200);
}

#[tokio::test]
async fn what_sells_has_limits_of_its_own() {
    let app = TestApp::start().await;
    let of = async |purpose: &str| {
        let limits = app.get(&format!("/people/ext-flora/limits?channel=voice{purpose}")).await.expect(200);
        limits["channels"][0]["limits"].as_array().unwrap().iter().any(|limit| limit["ruleId"] == "FL-MKT")
    };
    assert!(of("&purpose=marketing").await);
    assert!(!of("").await && !of("&purpose=servicing").await);
    assert_eq!(app.get("/people/ext-john/limits?purpose=selling").await.violations(), ["?purpose"]);
}

#[tokio::test]
async fn what_is_misspelt_is_named_and_another_tenants_person_is_nobody() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/people/ext-john/limits?channel=pigeon").await.violations(), ["?channel"]);
    assert_eq!(app.get("/people/ext-john/limits?at=tomorrow").await.violations(), ["?at"]);
    app.get("/people/ext-nobody/limits").await.problem(404, "not-found");
    let john = limits(&app, "?channel=gui").await["personId"].as_str().unwrap().to_owned();
    app.get(&format!("/people/{john}/limits")).await.expect(200);
    app.seen_by(Some("other-admin")).get(&format!("/people/{john}/limits")).await.problem(404, "not-found");
    app.seen_by(None).get("/people/ext-john/limits").await.problem(401, "unauthenticated");
}
