//! The compliance guard from end to end: when a message waits, when it is stopped, and how it is explained. The clock is that of Chicago, where John lives: 15:00 UTC is 9 in the morning.

use futures::future::join_all;
use postrider_tests::{Answer, TestApp};
use serde_json::{Value, json};

const EVENING: &str = "2026-01-06T02:50:00Z";
const NIGHT: &str = "2026-01-06T03:30:00Z";
const MORNING: &str = "2026-01-06T14:00:00Z";

async fn notice(app: &TestApp) -> String {
    app.template("email", "loan_overdue_first_notice").await
}

async fn change_rule(app: &TestApp, id: &str, content: Value) -> Answer {
    app.put(&format!("/compliance/rules/{id}"), content).await
}

async fn explained(app: &TestApp, id: &str) -> Value {
    app.get(&format!("/interactions/{id}/compliance")).await.expect(200)["decision"].clone()
}

fn own_cap(id: &str, cap: &Value) -> Value {
    json!({
        "reason": "decided by the board",
        "rule": { "id": id, "title": "No more", "citation": "Contact policy 3", "caps": [cap] },
    })
}

/// The ids of all reasons.
fn rules_of(answer: &Value, member: &str) -> Vec<String> {
    let reasons = answer[member].as_array().into_iter().flatten();
    reasons.map(|reason| reason["ruleId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_notice_sent_at_night_is_scheduled_for_the_morning() {
    let app = TestApp::start().await;
    let template = notice(&app).await;
    app.set_clock(NIGHT).await;
    let accepted = app.send(&template, "ext-john").await.expect(202);
    assert_eq!((&accepted["status"], &accepted["send_at"]), (&json!("scheduled"), &json!(MORNING)));
    app.sweep().await;
    assert!(app.outbox("email").await.is_empty());
    app.set_clock(MORNING).await;
    app.sweep().await;
    assert_eq!(app.outbox("email").await.len(), 1);
}

#[tokio::test]
async fn an_instant_that_is_named_is_never_moved() {
    let app = TestApp::start().await;
    let template = notice(&app).await;
    app.set_clock(EVENING).await;
    for send_at in [NIGHT, "2026-01-06T04:00:00Z"] {
        let body = json!({ "template_id": template, "borrower_id": "ext-john", "send_at": send_at });
        let problem = app.post("/api/v1/communications/send", body).await;
        let problem = problem.problem(409, "outside-allowed-hours");
        assert_eq!(problem["sendAt"], MORNING, "{problem:#}");
        assert_eq!(rules_of(&problem, "reasons"), ["US-REGF-TIME"]);
    }
}

#[tokio::test]
async fn a_batch_at_night_waits_for_each_borrowers_own_morning() {
    let app = TestApp::start().await;
    let template = notice(&app).await;
    app.set_clock("2026-01-06T05:00:00Z").await;
    let batch = json!({ "template_id": template, "borrower_ids": ["ext-john", "ext-tess"] });
    app.post("/api/v1/communications/send-batch", batch).await.expect(202);
    app.drain().await;
    let logs = app.get("/api/v1/communication-logs").await.expect(200);
    let mut times: Vec<_> =
        logs["data"].as_array().unwrap().iter().map(|entry| entry["send_at"].to_string()).collect();
    times.sort();
    // Tess lives in Indiana, which lies in two zones, with a number of Los Angeles.
    assert_eq!(times, ["\"2026-01-06T14:00:00Z\"", "\"2026-01-06T16:00:00Z\""]);
}

#[tokio::test]
async fn what_became_forbidden_before_it_left_is_called_off_and_gives_its_place_back() {
    let app = TestApp::start().await;
    let template = notice(&app).await;
    let id = app.sent(&template, "ext-john").await;
    let opened = json!({ "cases": [{ "externalId": "CS-9", "caseType": "bankruptcy" }] });
    app.put("/people/ext-john", opened).await.expect(200);
    app.drain_repeating().await;
    assert!(app.outbox("email").await.is_empty());
    let entry = app.log(&id).await;
    assert_eq!(
        (&entry["status"], &entry["status_details"], &entry["failure"]["ruleId"]),
        (&json!("canceled"), &json!("blockedByComplianceGuard"), &json!("US-BK"))
    );
    let decision = explained(&app, &id).await;
    assert_eq!((&decision["allowed"], rules_of(&decision, "reasons")), (&json!(false), vec!["US-BK".into()]));

    app.put("/people/ext-john", json!({ "cases": [] })).await.expect(200);
    app.send(&template, "ext-john").await.expect(202);
}

#[tokio::test]
async fn a_message_that_the_night_overtook_leaves_in_the_morning_once() {
    let app = TestApp::start().await;
    let template = notice(&app).await;
    app.set_clock(EVENING).await;
    let id = app.sent(&template, "ext-john").await;
    app.set_clock(NIGHT).await;
    app.drain_repeating().await;
    assert!(app.outbox("email").await.is_empty());
    let entry = app.log(&id).await;
    assert_eq!((&entry["status"], &entry["send_at"]), (&json!("scheduled"), &json!(MORNING)), "{entry:#}");
    let last = entry["timeline"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["what"], &last["note"]), (&json!("scheduled"), &json!("US-REGF-TIME")));
    assert_eq!(explained(&app, &id).await["evaluatedAt"], MORNING);

    app.set_clock(MORNING).await;
    app.post("/_local/schedules/sweep", json!({})).await.expect(200);
    app.drain_repeating().await;
    assert_eq!(app.outbox("email").await.len(), 1);
}

#[tokio::test]
async fn a_rule_that_came_after_the_message_was_accepted_holds_for_it() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let body = json!({ "template_id": template, "borrower_id": "ext-john", "send_at": MORNING });
    let accepted = app.post("/api/v1/communications/send", body).await.expect(202);
    let content = json!({ "reason": "a pause", "rule": {
        "id": "OWN-QUIET", "title": "Afternoons only", "citation": "Contact policy 4",
        "hours": { "spans": [{ "from": "12:00", "to": "18:00" }] },
    } });
    change_rule(&app, "OWN-QUIET", content).await.expect(200);
    app.set_clock(MORNING).await;
    app.sweep().await;
    assert!(app.outbox("email").await.is_empty());
    let entry = app.log(accepted["communication_id"].as_str().unwrap()).await;
    assert_eq!(entry["send_at"], "2026-01-06T18:00:00Z", "{entry:#}");
}

#[tokio::test]
async fn a_refusal_is_explained_later_and_takes_no_place() {
    let app = TestApp::start().await;
    let template = notice(&app).await;
    app.put("/people/ext-john/do-not-contact", json!({ "reason": "asked by phone" })).await.expect(200);
    let body = json!({ "template_id": template, "borrower_id": "ext-john", "external_id": "january" });
    let refused = app.post("/api/v1/communications/send", body.clone()).await;
    let refused = refused.problem(409, "blocked-by-compliance-guard");
    let batch = json!({ "template_id": template, "borrower_ids": ["ext-john"] });
    let batch = app.post("/api/v1/communications/send-batch", batch).await.expect(202);
    app.drain_repeating().await;
    let results = format!("/api/v1/communications/batches/{}/results", batch["batch_id"].as_str().unwrap());
    let result = app.get(&results).await.expect(200)["data"][0].clone();
    for id in [&refused["interactionId"], &result["communication_id"]] {
        let id = id.as_str().unwrap();
        let decision = explained(&app, id).await;
        assert_eq!(
            (&decision["allowed"], rules_of(&decision, "reasons")),
            (&json!(false), vec!["stop.do_not_contact".into()])
        );
        let shown = app.get(&format!("/interactions/{id}")).await.expect(200)["data"].clone();
        assert_eq!(
            (&shown["status"], &shown["statusDetails"], &shown["complianceGuardRuleId"]),
            (&json!("failed"), &json!("blockedByComplianceGuard"), &Value::Null),
            "{shown:#}"
        );
    }
    let log = app.get("/api/v1/communication-logs?borrower_id=ext-john").await.expect(200);
    assert_eq!(log["data"].as_array().unwrap().len(), 2, "once each, delivered twice: {log:#}");

    app.delete("/people/ext-john/do-not-contact").await.expect(204);
    app.post("/api/v1/communications/send", body).await.expect(202);
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1);
}

#[tokio::test]
async fn a_limit_counts_from_when_the_message_left() {
    let app = TestApp::start().await;
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    let cap = json!({ "most": 1, "period": { "hours": 24 } });
    change_rule(&app, "OWN-CAP", own_cap("OWN-CAP", &cap)).await.expect(200);
    let template = app.template("email", "welcome").await;
    let id = app.sent(&template, "ext-john").await;
    // It waits in the queue for two hours, first in one that works, then while the provider refuses.
    app.advance(3600).await;
    app.fault("ses", "throttle", 1).await;
    app.drain().await;
    app.advance(3600).await;
    app.sweep().await;
    assert_eq!(app.log(&id).await["status"], "sent");
    app.set_clock("2026-01-06T16:59:00Z").await;
    let problem = app.send(&template, "ext-john").await.problem(409, "blocked-by-compliance-guard");
    assert!(problem["sendAt"].as_str().unwrap().starts_with("2026-01-06T17:00:"), "{problem:#}");
    app.set_clock("2026-01-06T17:01:00Z").await;
    app.send(&template, "ext-john").await.expect(202);
}

#[tokio::test]
async fn why_a_message_waited_is_told_beside_why_it_left() {
    let app = TestApp::start().await;
    let template = notice(&app).await;
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    app.set_clock(EVENING).await;
    let overtaken = app.sent(&template, "ext-john").await;
    app.set_clock(NIGHT).await;
    let waiting = app.sent(&template, "ext-john").await;
    app.drain().await;
    for (id, earlier) in [(waiting, vec![false]), (overtaken, vec![true, false])] {
        let explained = app.get(&format!("/interactions/{id}/compliance")).await.expect(200);
        let allowed: Vec<_> =
            explained["earlier"].as_array().unwrap().iter().map(|one| one["allowed"] == true).collect();
        assert_eq!(allowed, earlier, "{explained:#}");
        let why = explained["earlier"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (rules_of(why, "reasons"), &why["nextAllowableAt"]),
            (vec!["US-REGF-TIME".into()], &json!(MORNING))
        );
        assert_eq!(
            (&explained["decision"]["allowed"], &explained["decision"]["evaluatedAt"]),
            (&json!(true), &json!(MORNING))
        );
    }
}

#[tokio::test]
async fn jitter_does_not_push_a_message_out_of_its_hours() {
    let app = TestApp::start().await;
    let template = notice(&app).await;
    app.set_clock("2026-01-06T02:30:00Z").await;
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    for send_at in [json!(null), json!("2026-01-06T02:40:00Z")] {
        for _ in 0..10 {
            let body = json!({
                "template_id": template, "borrower_id": "ext-john", "send_at": send_at, "send_jitter": 7200,
            });
            let accepted = app.post("/api/v1/communications/send", body).await.expect(202);
            let at = accepted["send_at"].as_str().unwrap_or("2026-01-06T02:30:00Z");
            assert!(at < "2026-01-06T03:00:00Z", "{accepted:#}");
        }
    }
}

#[tokio::test]
async fn a_decision_is_explained_with_its_rules_zones_version_and_facts() {
    let app = TestApp::start().await;
    let id = app.sent(&notice(&app).await, "ext-john").await;
    let decision = explained(&app, &id).await;
    assert_eq!(decision["allowed"], true);
    assert_eq!(decision["timeZones"], json!(["America/Chicago"]));
    assert_eq!(decision["jurisdictions"], json!(["US", "IL"]));
    assert_eq!(decision["factsDigest"].as_str().map(str::len), Some(64));
    assert!(decision["rules"].as_array().unwrap().contains(&json!("US-REGF-TIME")), "{decision:#}");
    let rules = app.get("/compliance/rules").await.expect(200);
    assert_eq!(decision["ruleSet"], rules["ruleSet"]);
    let stranger = app.seen_by(Some("other-admin"));
    stranger.get(&format!("/interactions/{id}/compliance")).await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_parallel_sends_under_a_cap_of_seven_exactly_seven_are_accepted() {
    let app = TestApp::start().await;
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    let cap = json!({ "most": 7, "period": { "hours": 24 } });
    change_rule(&app, "OWN-CAP", own_cap("OWN-CAP", &cap)).await.expect(200);
    let template = app.template("email", "welcome").await;
    let answers = join_all((0..200).map(|_| app.send(&template, "ext-john"))).await;
    let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(202), count(409)), (7, 193));
    app.drain_repeating().await;
    assert_eq!(app.outbox("email").await.len(), 7);
}

#[tokio::test]
async fn a_failure_counts_where_the_rule_counts_attempts() {
    for (counts, status) in [("placed", 202), ("attempts", 409)] {
        let app = TestApp::start().await;
        app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
        let cap = json!({ "most": 1, "period": { "hours": 24 }, "counts": counts });
        change_rule(&app, "OWN-ONE", own_cap("OWN-ONE", &cap)).await.expect(200);
        let template = app.template("sms", "hello").await;
        let id = app.sent(&template, "ext-john").await;
        app.drain().await;
        app.send(&template, "ext-john").await.problem(409, "blocked-by-compliance-guard");
        app.report("twilio", json!({ "message": id, "status": "undelivered", "error_code": 30004 })).await;
        assert_eq!(app.log(&id).await["status"], "failed");
        app.send(&template, "ext-john").await.expect(status);
    }
}

#[tokio::test]
async fn what_001_names_as_a_cause_is_a_problem_type_of_its_own() {
    for (change, slug) in [
        (json!({ "status": "inactive" }), "person-not-eligible"),
        (json!({ "contacts": [] }), "no-contact"),
        (json!({ "communicationPreference": { "optedOut": ["email"] } }), "channel-opted-out"),
        (
            json!({ "consents": [{ "channel": "email", "status": "revoked", "recordedAt": "2026-01-01T00:00:00Z" }] }),
            "consent-revoked",
        ),
        (
            json!({ "contacts": [{ "externalId": "john-email", "contactType": "email", "value": "john@example.com" }] }),
            "location-unknown",
        ),
        (
            json!({ "cases": [{ "externalId": "C", "caseType": "legalAction", "doNotInteract": {} }] }),
            "person-not-eligible",
        ),
        (json!({ "doNotContact": {} }), "blocked-by-compliance-guard"),
        (json!({ "loans": [{ "externalId": "LN-0001" }] }), "loan-incomplete"),
        (json!({ "loans": [] }), "loan-not-of-person"),
    ] {
        let app = TestApp::start().await;
        let template = notice(&app).await;
        app.put("/people/ext-john", change).await.expect(200);
        let body = json!({ "template_id": template, "borrower_id": "ext-john", "loan_id": "ext-LN-0001" });
        app.post("/api/v1/communications/send", body).await.problem(409, slug);
    }
}
