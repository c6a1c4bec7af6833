//! What others did counts: recorded interactions in the limits of the compliance guard. The clock is that of Chicago,
//! where John lives: 15:00 UTC is 9 in the morning of Monday, 5 January 2026.

use futures::future::join_all;
use postrider_tests::TestApp;
use serde_json::{Value, json};

use crate::interactions::{call, path, recorded};

const JOHNS: &str = "/people/ext-john/interactions";

/// Asks whether John may be called about his debt. Gives the rules in the way and the next allowable time.
async fn in_the_way(app: &TestApp) -> (Vec<String>, Value) {
    let ask = json!({ "channel": "voice", "theme": "opsCollDebt", "contactId": "ext-john-mobile" });
    let answer = app.post("/people/ext-john/can-interact", ask).await.expect(200);
    let rules = answer["reasons"].as_array().unwrap().iter();
    let rules: Vec<_> = rules.map(|reason| reason["ruleId"].as_str().unwrap().to_owned()).collect();
    assert_eq!(answer["result"], rules.is_empty());
    (rules, answer["nextAllowableAt"].clone())
}

async fn rules_in_the_way(app: &TestApp) -> Vec<String> {
    in_the_way(app).await.0
}

/// Calls that rang, one a day at 17:00 UTC before the clock's day, the earliest first.
async fn daily_calls(app: &TestApp, days: std::ops::RangeInclusive<u32>) {
    for day in days {
        recorded(app, json!({ "startedAt": format!("2025-12-{day}T17:00:00Z") })).await;
    }
}

#[tokio::test]
async fn after_seven_calls_by_agents_in_seven_days_the_eighth_must_wait() {
    let app = TestApp::start().await;
    daily_calls(&app, 30..=31).await;
    for day in 1..=4 {
        let at = format!("2026-01-0{day}T17:00:00Z");
        recorded(&app, json!({ "startedAt": at, "agentOutcome": "voiceRangNoPickup" })).await;
    }
    assert_eq!(in_the_way(&app).await, (Vec::new(), Value::Null));
    recorded(&app, json!({ "agentOutcome": "voiceReachedVoicemailNoMessageLeft" })).await;
    let (rules, next) = in_the_way(&app).await;
    assert_eq!((rules, next), (vec!["US-REGF-7IN7".into()], json!("2026-01-06T17:00:00Z")));
    app.set_clock("2026-01-06T17:00:00Z").await;
    assert_eq!(rules_in_the_way(&app).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_call_that_did_not_connect_does_not_count() {
    for more in [
        json!({ "agentOutcome": "voiceLineBusyNoRing" }),
        json!({ "status": "failed", "statusDetails": "voiceNumberDisconnected" }),
        json!({ "status": "failed" }),
        json!({ "status": "canceled" }),
    ] {
        let app = TestApp::start().await;
        daily_calls(&app, 30..=31).await;
        for _ in 0..4 {
            recorded(&app, json!({})).await;
        }
        recorded(&app, more.clone()).await;
        assert_eq!(rules_in_the_way(&app).await, Vec::<String>::new(), "{more}");
        recorded(&app, json!({})).await;
        assert_eq!(rules_in_the_way(&app).await, ["US-REGF-7IN7"], "{more}");
    }
}

#[tokio::test]
async fn after_a_conversation_nobody_calls_for_seven_days_whoever_called() {
    for (mut more, counts) in [
        (json!({ "status": "succeeded", "statusDetails": "voiceSpokeWithFirstParty" }), true),
        (json!({ "agentOutcome": "voiceSpokeWithFirstParty" }), true),
        (
            json!({ "subject": null, "theme": "inbPayments", "direction": "inbound", "status": "succeeded" }),
            true,
        ),
        (
            json!({ "subject": null, "theme": "inbServicing", "direction": "inbound", "status": "succeeded" }),
            true,
        ),
        (json!({ "direction": "inbound", "statusDetails": "voiceReceivedOutsideOpenHours" }), false),
        (json!({ "agentOutcome": "voiceSpokeWithThirdParty" }), false),
        (json!({ "channel": "text", "direction": "inbound" }), false),
    ] {
        let app = TestApp::start().await;
        more["startedAt"] = json!("2026-01-05T14:30:00Z");
        recorded(&app, more.clone()).await;
        let (rules, next) = in_the_way(&app).await;
        let expected = if counts {
            // Seven days, that of the conversation being the first, and no less than 168 hours.
            (vec!["US-REGF-AFTERCONV".to_owned()], json!("2026-01-12T14:30:00Z"))
        } else {
            (Vec::new(), Value::Null)
        };
        assert_eq!((rules, next), expected, "{more}");
    }
}

#[tokio::test]
async fn a_call_counts_as_what_it_became_and_as_what_the_agent_corrects_it_to() {
    let app = TestApp::start().await;
    let shown = recorded(&app, json!({ "status": "inProgress" })).await;
    assert_eq!(rules_in_the_way(&app).await, Vec::<String>::new());
    for (content, expected) in [
        (
            json!({ "status": "succeeded", "statusDetails": "voiceSpokeWithFirstParty" }),
            vec!["US-REGF-AFTERCONV"],
        ),
        (json!({ "agentOutcome": "voiceSpokeWithThirdParty" }), vec![]),
        (json!({ "agentOutcome": null }), vec!["US-REGF-AFTERCONV"]),
    ] {
        app.put(&path(&shown), content.clone()).await.expect(200);
        assert_eq!(rules_in_the_way(&app).await, expected, "{content}");
    }
}

#[tokio::test]
async fn a_scheduled_call_holds_its_place_moves_it_and_gives_it_back() {
    let app = TestApp::start().await;
    for _ in 0..6 {
        recorded(&app, json!({})).await;
    }
    let planned = json!({ "status": "scheduled", "scheduledAtFrom": "2026-01-06T16:00:00Z" });
    let planned = recorded(&app, planned).await;
    assert_eq!(rules_in_the_way(&app).await, ["US-REGF-7IN7"], "what is scheduled holds its place");
    app.put(&path(&planned), json!({ "scheduledAtFrom": "2026-01-20T16:00:00Z" })).await.expect(200);
    assert_eq!(rules_in_the_way(&app).await, Vec::<String>::new());
    app.put(&path(&planned), json!({ "status": "attempted" })).await.expect(200);
    assert_eq!(rules_in_the_way(&app).await, ["US-REGF-7IN7"], "it took place now");

    let other = json!({ "status": "scheduled", "scheduledAtFrom": "2026-01-13T16:00:00Z" });
    let other = recorded(&app, other).await;
    let (_, with) = in_the_way(&app).await;
    app.put(&path(&other), json!({ "status": "canceled" })).await.expect(200);
    assert_eq!(in_the_way(&app).await.1, with, "seven weigh as much without it");
}

#[tokio::test]
async fn the_same_recording_delivered_twice_counts_once() {
    let app = TestApp::start().await;
    for n in 0..6 {
        let content = call(&json!({ "externalId": format!("call-{n}") }));
        app.post(JOHNS, content.clone()).await.expect(201);
        app.post(JOHNS, content).await.problem(409, "duplicate-external-id");
    }
    assert_eq!(rules_in_the_way(&app).await, Vec::<String>::new());
    recorded(&app, json!({})).await;
    assert_eq!(rules_in_the_way(&app).await, ["US-REGF-7IN7"]);
}

#[tokio::test]
async fn what_is_told_months_later_is_kept_and_changes_nothing() {
    let app = TestApp::start().await;
    for _ in 0..8 {
        recorded(&app, json!({ "startedAt": "2025-10-01", "agentOutcome": "voiceRangNoPickup" })).await;
    }
    let old = recorded(&app, json!({ "startedAt": "2025-10-01" })).await;
    assert_eq!(rules_in_the_way(&app).await, Vec::<String>::new());
    app.put(&path(&old), json!({ "agentOutcome": "voiceSpokeWithFirstParty" })).await.expect(200);
    assert_eq!(rules_in_the_way(&app).await, Vec::<String>::new());
    assert_eq!(app.get(JOHNS).await.expect(200)["count"], 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_recordings_at_once_every_one_is_kept_and_counted() {
    let app = TestApp::start().await;
    let answers = join_all((0..50).map(|_| app.post(JOHNS, call(&json!({}))))).await;
    for answer in answers {
        answer.expect(201);
    }
    assert_eq!(app.get(&format!("{JOHNS}?limit=100")).await.expect(200)["count"], 50);
    let cap = |most: u32| {
        json!({ "reason": "a test", "rule": {
            "id": "OWN-CAP", "title": "No more", "citation": "Contact policy 3", "channels": ["voice"],
            "caps": [{ "most": most, "period": { "hours": 24 } }],
        } })
    };
    for (most, is_reached) in [(50, true), (51, false)] {
        app.put("/compliance/rules/OWN-CAP", cap(most)).await.expect(200);
        let rules = rules_in_the_way(&app).await;
        assert_eq!(rules.contains(&"OWN-CAP".to_owned()), is_reached, "{most}");
    }
}

#[tokio::test]
async fn an_answer_to_what_the_person_sent_is_known_as_a_reply() {
    for (follows, is_reply) in [(true, true), (false, false)] {
        let app = TestApp::start().await;
        let rule = json!({ "reason": "a test", "rule": {
            "id": "OWN-ONE", "title": "One text a day", "citation": "Contact policy 3", "channels": ["text"],
            "caps": [{ "most": 1, "period": { "hours": 24 } }], "exempt": ["reply"],
        } });
        app.put("/compliance/rules/OWN-ONE", rule).await.expect(200);
        let theirs =
            recorded(&app, json!({ "channel": "text", "direction": "inbound", "status": "succeeded" })).await;
        app.advance(60).await;
        let mut answer = json!({ "channel": "text", "status": "attempted" });
        if follows {
            answer["previousInteractionId"] = theirs["id"].clone();
        }
        let ours = recorded(&app, answer).await;
        assert_eq!(ours["previousInteractionId"] == theirs["id"], follows);
        let ask = json!({ "channel": "text", "theme": "opsServicing" });
        let told = app.post("/people/ext-john/can-interact", ask).await.expect(200);
        assert_eq!(told["result"], is_reply, "what is exempt is not counted: {told:#}");
    }
}

#[tokio::test]
async fn marketing_calls_count_where_the_law_counts_them() {
    let app = TestApp::start().await;
    let content = json!({ "subject": "spring_offer", "theme": "opsServicing", "purpose": "marketing" });
    for _ in 0..3 {
        let path = "/people/ext-flora/interactions";
        app.post(path, call(&content)).await.expect(201);
    }
    let ask = json!({ "channel": "voice", "subject": "spring_offer", "theme": "opsServicing", "purpose": "marketing" });
    let told = app.post("/people/ext-flora/can-interact", ask).await.expect(200);
    assert!(told["reasons"].to_string().contains("FL-MKT"), "{told:#}");
}

#[tokio::test]
async fn a_call_without_a_subject_suppresses_no_message() {
    let app = TestApp::start().await;
    recorded(&app, json!({ "subject": null, "theme": "opsServicing" })).await;
    let template = app.template("email", "welcome").await;
    app.send(&template, "ext-john").await.expect(202);
}

#[tokio::test]
async fn a_scheduled_message_called_off_by_its_interaction_gives_its_place_back() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let body =
        json!({ "template_id": template, "borrower_id": "ext-john", "send_at": "2026-01-06T15:00:00Z" });
    let sent = app.post("/api/v1/communications/send", body).await.expect(202);
    let path = format!("/interactions/{}", sent["communication_id"].as_str().unwrap());
    let shown = app.get(&path).await.expect(200)["data"].clone();
    assert_eq!(
        (&shown["status"], &shown["sendAt"], &shown["scheduledAtFrom"]),
        (&json!("scheduled"), &json!("2026-01-06T15:00:00Z"), &json!("2026-01-06T15:00:00Z"))
    );
    app.send(&template, "ext-john").await.problem(409, "blocked-by-compliance-guard");
    for content in [json!({ "status": "succeeded" }), json!({ "metaData": { "a": 1 } })] {
        app.put(&path, content).await.problem(409, "sent-by-postrider");
    }
    let canceled = json!({ "status": "canceled" });
    let once = app.put(&path, canceled.clone()).await.expect(200);
    assert_eq!(once["data"]["status"], "canceled");
    assert_eq!(app.put(&path, canceled.clone()).await.expect(200), once);

    let id = app.sent(&template, "ext-john").await;
    app.drain().await;
    app.put(&format!("/interactions/{id}"), canceled).await.problem(409, "status-cannot-change");
    app.set_clock("2026-01-06T15:00:00Z").await;
    app.sweep().await;
    assert_eq!(app.outbox("email").await.len(), 1, "what was called off never leaves");
}

#[tokio::test]
async fn what_turns_out_to_have_been_lately_counts_though_the_ledger_had_forgotten_it() {
    for (first, then) in [
        // A slip of the pen in the year.
        (
            json!({ "agentOutcome": "voiceSpokeWithFirstParty", "startedAt": "2025-01-04T15:00:00Z" }),
            json!({ "startedAt": "2026-01-04T15:00:00Z" }),
        ),
        // Planned long ago, and made today.
        (
            json!({ "status": "scheduled", "scheduledAtFrom": "2025-10-01" }),
            json!({ "status": "succeeded", "agentOutcome": "voiceSpokeWithFirstParty" }),
        ),
    ] {
        let app = TestApp::start().await;
        let shown = recorded(&app, first.clone()).await;
        assert_eq!(rules_in_the_way(&app).await, Vec::<String>::new(), "{first}");
        let path = format!("/interactions/{}", shown["id"].as_str().unwrap());
        app.put(&path, then.clone()).await.expect(200);
        assert_eq!(rules_in_the_way(&app).await, ["US-REGF-AFTERCONV"], "{then}");
    }
}
