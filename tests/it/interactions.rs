//! Interactions (001): what was sent and what others did, recorded, shown and moved on. The clock is at 15:00 UTC.

use futures::future::join_all;
use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const JOHNS: &str = "/people/ext-john/interactions";

/// A call by an agent, with more said or said otherwise.
pub fn call(more: &Value) -> Value {
    let mut body = json!({ "channel": "voice", "subject": "loanOverdueFirstNotice", "status": "attempted" });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// Records it for John and gives what is answered.
pub async fn recorded(app: &TestApp, more: Value) -> Value {
    app.post(JOHNS, call(&more)).await.expect(201)["data"].clone()
}

pub fn path(interaction: &Value) -> String {
    format!("/interactions/{}", interaction["id"].as_str().unwrap())
}

async fn update(app: &TestApp, interaction: &Value, content: Value) -> Answer {
    app.put(&path(interaction), content).await
}

#[tokio::test]
async fn a_call_is_recorded_read_and_listed_as_001_shows_it() {
    let app = TestApp::start().await;
    let told = json!({
        "channel": "voice", "direction": "outbound", "contactExternalId": "john-mobile", "loanId": "ext-LN-0001",
        "subject": "loanOverdueFirstNotice", "theme": null, "borrowerSelectedTheme": "inbPayments",
        "externalId": "call-1", "status": "succeeded", "statusDetails": "voiceSpokeWithFirstParty",
        "agentOutcome": "voiceSpokeWithFirstParty", "isTransactional": false,
        "startedAt": "2026-01-05T14:15:22Z", "endedAt": "2026-01-05T14:19:02Z",
        "scheduledAtFrom": "2026-01-05T14:00:00Z", "scheduledAtTo": "2026-01-05T16:00:00Z",
        "content": { "notes": ["will pay", { "on": "Friday" }] }, "metaData": { "queue": "early", "agent": 7 },
    });
    let answer = app.post(JOHNS, told.clone()).await.expect(201);
    assert_eq!((&answer["status"], &answer["message"]), (&json!(201), &json!("Created")));
    let shown = &answer["data"];
    for (name, value) in told.as_object().unwrap() {
        match name.as_str() {
            "contactExternalId" | "loanId" => {}
            "theme" => assert_eq!(shown[name], "opsCollDebt", "implied by the subject"),
            _ => assert_eq!(shown[name], *value, "{name}"),
        }
    }
    let john = app.get("/people/ext-john").await.expect(200);
    assert_eq!((&shown["personId"], &shown["loanId"]), (&john["id"], &john["loans"][0]["id"]));
    assert_eq!(shown["contact"], john["contacts"][1]);
    assert_eq!(shown["contactId"], shown["contact"]["id"]);
    assert_eq!((&shown["isExternal"], &shown["sensitive"]), (&json!(true), &json!(false)));
    assert_eq!(shown["failureDescriptionShort"], Value::Null);

    for path in [path(shown), "/interactions/ext-call-1".into()] {
        let read = app.get(&path).await.expect(200);
        assert_eq!((&read["status"], &read["data"]), (&json!(200), shown));
    }
    let listed = app.get(JOHNS).await.expect(200);
    assert_eq!(listed, json!({ "status": 200, "count": 1, "data": [shown] }));
    app.drain().await;
    assert!(app.outbox("email").await.is_empty(), "nothing is sent");
}

#[tokio::test]
async fn what_is_left_out_is_taken_for_granted() {
    let app = TestApp::start().await;
    let shown = recorded(&app, json!({})).await;
    assert_eq!((&shown["direction"], &shown["isTransactional"]), (&json!("outbound"), &json!(false)));
    assert!(shown["startedAt"].as_str().unwrap().starts_with("2026-01-05T15:00:0"), "{shown:#}");
    let loan = app.get("/people/ext-john").await.expect(200)["loans"][0]["id"].clone();
    assert_eq!((&shown["loanIds"], &shown["contact"]), (&json!([loan]), &Value::Null));
    let dated = recorded(&app, json!({ "startedAt": "2026-01-04" })).await;
    assert_eq!(dated["startedAt"], "2026-01-04T23:59:59Z");
    let free =
        json!({ "channel": "fax", "theme": "inbOther", "direction": "inbound", "status": "succeeded" });
    assert_eq!(app.post(JOHNS, free).await.expect(201)["data"]["subject"], Value::Null);
    app.put("/communicator/subjects/hardship_call", json!({ "theme": "opsServicing" })).await.expect(201);
    let own = recorded(&app, json!({ "subject": "hardship_call" })).await;
    assert_eq!(own["theme"], "opsServicing", "as the lender's subject says");
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_its_place_and_nothing_is_stored() {
    let app = TestApp::start().await;
    for (more, pointers) in [
        (json!({ "channel": null }), vec!["/channel"]),
        (
            json!({ "channel": "pigeon", "status": "lost", "colour": 1 }),
            vec!["/channel", "/colour", "/status"],
        ),
        (json!({ "status": null }), vec!["/status"]),
        (json!({ "subject": null }), vec!["/theme"]),
        (json!({ "subject": "freeForm", "theme": null }), vec!["/theme"]),
        (json!({ "statusDetails": "voiceNumberDisconnected" }), vec!["/statusDetails"]),
        (json!({ "channel": "email", "statusDetails": "voiceConnected" }), vec!["/statusDetails"]),
        (json!({ "statusDetails": "voiceReceivedOutsideOpenHours" }), vec!["/statusDetails"]),
        (json!({ "channel": "email", "agentOutcome": "voiceRangNoPickup" }), vec!["/agentOutcome"]),
        (json!({ "startedAt": "2026-01-05T15:02:00Z" }), vec!["/startedAt"]),
        (json!({ "startedAt": "soon" }), vec!["/startedAt"]),
        (json!({ "loanId": "LN", "contactId": "x" }), vec!["/contactId", "/loanId"]),
        (json!({ "content": "a text" }), vec!["/content"]),
        (json!({ "content": { "text": "x".repeat(300_000) } }), vec!["/content"]),
        (json!({ "metaData": { "k": "x".repeat(501) } }), vec!["/metaData/k"]),
        (json!({ "externalId": "ext-1" }), vec!["/externalId"]),
        (json!({ "isExternal": false }), vec!["/isExternal"]),
    ] {
        assert_eq!(app.post(JOHNS, call(&more)).await.violations(), pointers, "{more}");
    }
    for (more, slug) in [
        (json!({ "loanIds": ["ext-LN-0002"] }), "loan-not-of-person"),
        (json!({ "contactId": "ext-maria-mobile" }), "contact-not-of-person"),
    ] {
        app.post(JOHNS, call(&more)).await.problem(409, slug);
    }
    app.post(JOHNS, call(&json!({ "previousInteractionId": "ext-none" }))).await.problem(404, "not-found");
    app.post("/people/ext-nobody/interactions", call(&json!({}))).await.problem(404, "not-found");
    let huge = call(&json!({ "content": { "text": "x".repeat(1_100_000) } }));
    app.post(JOHNS, huge).await.problem(413, "body-too-large");
    assert_eq!(app.get(JOHNS).await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn only_those_who_may_record_and_nobody_sees_another_lenders_interactions() {
    let app = TestApp::start().await;
    let shown = recorded(&app, json!({ "externalId": "call-1" })).await;
    let viewer = app.seen_by(Some("demo-viewer"));
    viewer.post(JOHNS, call(&json!({}))).await.problem(403, "forbidden");
    viewer.put(&path(&shown), json!({})).await.problem(403, "forbidden");
    viewer.get(&path(&shown)).await.expect(200);
    let stranger = app.seen_by(Some("other-admin"));
    let johns_own_path = format!("/people/{}/interactions", shown["personId"].as_str().unwrap());
    for path in [path(&shown), "/interactions/ext-call-1".into(), johns_own_path.clone()] {
        stranger.get(&path).await.problem(404, "not-found");
    }
    stranger.put(&path(&shown), json!({ "status": "failed" })).await.problem(404, "not-found");
    stranger.post(&johns_own_path, call(&json!({}))).await.problem(404, "not-found");
    let previous = call(&json!({ "previousInteractionId": shown["id"] }));
    app.post("/people/ext-maria/interactions", previous).await.problem(404, "not-found");
}

#[tokio::test]
async fn what_is_sensitive_says_nothing_to_viewers() {
    let app = TestApp::start().await;
    let content = json!({ "subjectLine": "Illness", "contentText": "The borrower is in hospital." });
    let shown = recorded(&app, json!({ "sensitive": true, "content": content })).await;
    assert_eq!((&shown["sensitive"], &shown["content"]), (&json!(true), &content));
    let log = format!("/api/v1/communication-logs/{}", shown["id"].as_str().unwrap());
    for (key, sees) in [("demo-loan-officer", true), ("demo-viewer", false)] {
        let caller = app.seen_by(Some(key));
        let read = caller.get(&path(&shown)).await.expect(200)["data"].clone();
        let listed = caller.get(JOHNS).await.expect(200)["data"][0].clone();
        let logged = caller.get(&log).await.expect(200);
        let expected = if sees { &content } else { &Value::Null };
        assert_eq!((&read["content"], &listed["content"]), (expected, expected), "{key}");
        assert_eq!(
            (&logged["subject"], &logged["body"]),
            (&expected["subjectLine"], &expected["contentText"])
        );
        assert_eq!(read["status"], "attempted");
    }
    update(&app, &shown, json!({ "sensitive": false })).await.expect(200);
    let viewer = app.seen_by(Some("demo-viewer"));
    assert_eq!(viewer.get(&path(&shown)).await.expect(200)["data"]["content"], content);
}

#[tokio::test]
async fn what_a_sensitive_template_sent_says_nothing_to_viewers() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let descriptor = format!("/communicator/templatedescriptors/{template}");
    app.put(&descriptor, json!({ "sensitive": true })).await.expect(200);
    let id = app.sent(&template, "ext-john").await;
    let viewer = app.seen_by(Some("demo-viewer"));
    let path = format!("/interactions/{id}");
    assert_eq!(viewer.get(&path).await.expect(200)["data"]["content"], Value::Null);
    assert_eq!(app.get(&path).await.expect(200)["data"]["content"]["contentText"], "Hello John");
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1, "it is sent all the same");
}

#[tokio::test]
async fn what_a_long_call_said_is_kept_to_the_last_word() {
    let app = TestApp::start().await;
    let content = json!({ "transcript": "word ".repeat(20_000), "pages": [1, 2.5, null, true] });
    let shown = recorded(&app, json!({ "content": content })).await;
    assert_eq!(app.get(&path(&shown)).await.expect(200)["data"]["content"], content);
    let shorter = update(&app, &shown, json!({ "content": { "transcript": "…" } })).await.expect(200);
    assert_eq!(shorter["data"]["content"], json!({ "transcript": "…" }));
    let none = update(&app, &shown, json!({ "content": null })).await.expect(200);
    assert_eq!(none["data"]["content"], Value::Null);
}

#[tokio::test]
async fn a_recording_is_made_once_by_its_external_id_or_its_key() {
    let app = TestApp::start().await;
    let first = recorded(&app, json!({ "externalId": "call-1" })).await;
    let again = call(&json!({ "externalId": "call-1", "status": "failed" }));
    app.post(JOHNS, again).await.problem(409, "duplicate-external-id");
    assert_eq!(app.get(&path(&first)).await.expect(200)["data"], first);

    let keyed = || app.request(Method::POST, JOHNS).header("idempotency-key", "k1").json(&call(&json!({})));
    let (one, two) = (answer(keyed()).await, answer(keyed()).await);
    assert_eq!(two.headers["idempotent-replay"], "true");
    assert_eq!(one.expect(201), two.expect(201));
    assert_eq!(app.get(JOHNS).await.expect(200)["count"], 2);
}

#[tokio::test]
async fn sent_and_recorded_interactions_are_listed_together_page_by_page() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let mut expected = vec![recorded(&app, json!({})).await["id"].clone()];
    app.advance(1).await;
    expected.push(json!(app.sent(&template, "ext-john").await));
    for _ in 0..3 {
        app.advance(1).await;
        expected.push(recorded(&app, json!({})).await["id"].clone());
    }
    expected.reverse();
    let ids = async |query: String| {
        let page = app.get(&format!("{JOHNS}{query}")).await.expect(200);
        page["data"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(String::new()).await, expected);
    let second = expected[1].as_str().unwrap();
    assert_eq!(ids(format!("?limit=2&startingAfter={second}")).await, expected[2..4]);
    let last = expected[4].as_str().unwrap();
    assert_eq!(ids(format!("?limit=2&endingBefore={last}")).await, expected[2..4]);
    for (query, pointer) in
        [("?limit=0", "?limit"), ("?channel=sms", "?channel"), ("?startingAfter=ext-none", "?startingAfter")]
    {
        assert_eq!(app.get(&format!("{JOHNS}{query}")).await.violations(), [pointer]);
    }
    let of_another = format!("/people/ext-maria/interactions?startingAfter={second}");
    assert_eq!(app.get(&of_another).await.violations(), ["?startingAfter"]);
}

#[tokio::test]
async fn what_we_send_is_shown_the_same_way() {
    let app = TestApp::start().await;
    let template = app.template("sms", "hello").await;
    let id = app.sent(&template, "ext-john").await;
    let shown = async || app.get(&format!("/interactions/{id}")).await.expect(200)["data"].clone();
    let queued = shown().await;
    assert_eq!((&queued["status"], &queued["isExternal"]), (&Value::Null, &json!(false)));
    assert_eq!((&queued["channel"], &queued["contact"]["value"]), (&json!("text"), &json!("+13125550101")));
    assert_eq!(queued["content"], json!({ "contentText": "Hello John" }));
    app.drain().await;
    app.report("twilio", json!({ "message": id, "status": "undelivered", "error_code": 30004 })).await;
    let failed = shown().await;
    assert_eq!(
        (&failed["status"], &failed["statusDetails"], &failed["twilioErrorCode"]),
        (&json!("failed"), &json!("textMessageBlocked"), &json!("30004"))
    );
    assert_eq!(failed["failureDescriptionShort"], "Text message blocked");
    assert!(failed["failureDescriptionLong"].as_str().is_some_and(|text| !text.is_empty()), "{failed:#}");
}

#[tokio::test]
async fn a_message_the_guard_stopped_names_its_rule() {
    let app = TestApp::start().await;
    let template = app.template("email", "loan_overdue_first_notice").await;
    let id = app.sent(&template, "ext-john").await;
    let opened = json!({ "cases": [{ "externalId": "CS-9", "caseType": "bankruptcy" }] });
    app.put("/people/ext-john", opened).await.expect(200);
    app.drain().await;
    let stopped = app.get(&format!("/interactions/{id}")).await.expect(200)["data"].clone();
    assert_eq!(
        (&stopped["status"], &stopped["complianceGuardRuleId"], &stopped["failureDescriptionShort"]),
        (&json!("canceled"), &json!("US-BK"), &json!("Blocked by compliance guard"))
    );
}

#[tokio::test]
async fn a_recorded_interaction_moves_forward_and_never_back() {
    let app = TestApp::start().await;
    let planned = json!({ "status": "scheduled", "scheduledAtFrom": "2026-01-06T16:00:00Z" });
    let shown = recorded(&app, planned).await;
    assert_eq!((&shown["startedAt"], &shown["status"]), (&Value::Null, &json!("scheduled")));
    app.set_clock("2026-01-06T16:00:30Z").await;
    let going = update(&app, &shown, json!({ "status": "inProgress" })).await.expect(200)["data"].clone();
    assert!(going["startedAt"].as_str().unwrap().starts_with("2026-01-06T16:00:3"), "{going:#}");
    assert_eq!(going["startedAt"], going["updatedAt"]);
    let ended = json!({ "status": "succeeded", "statusDetails": "voiceSpokeWithThirdParty", "endedAt": "2026-01-06T16:01:00Z" });
    let over = update(&app, &shown, ended.clone()).await.expect(200);
    assert_eq!(update(&app, &shown, ended).await.expect(200), over, "told twice is told once");
    for back in ["inProgress", "attempted", "canceled", "scheduled"] {
        let content = json!({ "status": back, "endedAt": null });
        update(&app, &shown, content).await.problem(409, "status-cannot-change");
    }
    let wrong =
        json!({ "statusDetails": "emailOpened", "agentOutcome": "voiceDisconnectedWhileQueuedOnHold" });
    assert_eq!(update(&app, &shown, wrong).await.violations(), ["/agentOutcome", "/statusDetails"]);
    assert_eq!(update(&app, &shown, json!({ "channel": "text" })).await.violations(), ["/channel"]);
    assert_eq!(app.get(&path(&shown)).await.expect(200)["data"], over["data"]);
    app.put("/interactions/ext-none", json!({})).await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_changes_at_the_same_time_none_is_lost() {
    let app = TestApp::start().await;
    let shown = recorded(&app, json!({ "status": "inProgress", "startedAt": "2026-01-05T14:59:00Z" })).await;
    let changes = [
        ("status", json!("succeeded")),
        ("agentOutcome", json!("voiceSpokeWithFirstParty")),
        ("endedAt", json!("2026-01-05T15:00:00Z")),
        ("metaData", json!({ "a": 1 })),
        ("content", json!({ "note": "x" })),
        ("sensitive", json!(true)),
        ("failureDescriptionShort", json!("none")),
    ];
    let puts = changes.iter().map(|(name, value)| update(&app, &shown, json!({ *name: value })));
    for told in join_all(puts).await {
        told.expect(200);
    }
    let read = app.get(&path(&shown)).await.expect(200)["data"].clone();
    for (name, value) in changes {
        assert_eq!(read[name], value, "{name}");
    }
}

#[tokio::test]
async fn the_communication_log_tells_when_a_call_was_and_who_made_it() {
    let app = TestApp::start().await;
    let made = recorded(
        &app,
        json!({
            "status": "succeeded", "agentOutcome": "voiceSpokeWithFirstParty",
            "startedAt": "2026-01-05T14:00:00Z", "endedAt": "2026-01-05T14:04:00Z",
        }),
    )
    .await;
    let theirs = json!({ "subject": null, "theme": "inbPayments", "direction": "inbound" });
    let with = |status: &str| {
        let mut told = theirs.clone();
        told["status"] = json!(status);
        told
    };
    let taken = recorded(&app, with("succeeded")).await;
    let missed = recorded(&app, with("attempted")).await;
    let going_on = recorded(&app, with("inProgress")).await;
    let entry = app.log(made["id"].as_str().unwrap()).await;
    assert_eq!(
        [
            &entry["status"],
            &entry["agent_outcome"],
            &entry["started_at"],
            &entry["ended_at"],
            &entry["created_at"]
        ],
        [
            &json!("delivered"),
            &json!("voiceSpokeWithFirstParty"),
            &json!("2026-01-05T14:00:00Z"),
            &json!("2026-01-05T14:04:00Z"),
            &made["createdAt"]
        ]
    );
    let ids = async |status: &str| {
        let page = app.get(&format!("/api/v1/communication-logs?status={status}")).await.expect(200);
        page["data"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids("received").await, [missed["id"].clone(), taken["id"].clone()]);
    assert_eq!(ids("sending").await, [going_on["id"].clone()]);
    assert_eq!(ids("delivered").await, [made["id"].clone()]);
}

#[tokio::test]
async fn the_communication_log_shows_what_was_recorded() {
    let app = TestApp::start().await;
    let letter = json!({
        "channel": "mail", "subject": "debtValidationNotice", "status": "attempted", "statusDetails": "letterInTransit",
        "contactId": "ext-john-home", "content": { "subjectLine": "Your debt", "contentText": "Dear John" },
    });
    let letter = app.post(JOHNS, letter).await.expect(201)["data"].clone();
    app.advance(1).await;
    let told = json!({
        "subject": null, "theme": "inbOther", "direction": "inbound", "status": "failed", "content": { "contentText": 5 },
        "statusDetails": "voiceReceivedNoAgentsAvailable", "failureDescriptionShort": "Nobody there",
    });
    let missed = recorded(&app, told).await;
    let entry = app.log(letter["id"].as_str().unwrap()).await;
    assert_eq!(
        (&entry["channel"], &entry["template_type"], &entry["status"], &entry["is_external"]),
        (&json!("letter"), &json!("debt_validation_notice"), &json!("sent"), &json!(true))
    );
    assert_eq!((&entry["subject"], &entry["body"]), (&json!("Your debt"), &json!("Dear John")));
    assert_eq!(entry["timeline"][0]["what"], "recorded");
    let entry = app.log(missed["id"].as_str().unwrap()).await;
    assert_eq!(
        (&entry["channel"], &entry["template_type"], &entry["body"], &entry["failure"]["summary"]),
        (&json!("voice"), &Value::Null, &Value::Null, &json!("Nobody there"))
    );
    let ids = async |query: &str| {
        let page = app.get(&format!("/api/v1/communication-logs?{query}")).await.expect(200);
        page["data"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids("borrower_id=ext-john").await, [missed["id"].clone(), letter["id"].clone()]);
    assert_eq!(ids("direction=inbound").await, [missed["id"].clone()]);
    assert_eq!(ids("channel=letter").await, [letter["id"].clone()]);
}

#[tokio::test]
async fn a_message_the_provider_refused_for_now_is_called_off_and_one_in_doubt_is_not() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    app.fault("ses", "throttle", 1).await;
    let refused = app.sent(&template, "ext-john").await;
    app.drain().await;
    let cancel = json!({ "status": "canceled" });
    app.put(&format!("/interactions/{refused}"), cancel.clone()).await.expect(200);
    app.advance(3600).await;
    app.sweep().await;
    assert!(app.outbox("email").await.is_empty());

    app.fault("ses", "crash_before_record", 1).await;
    let in_doubt = app.sent(&template, "ext-john").await;
    app.drain().await;
    app.put(&format!("/interactions/{in_doubt}"), cancel).await.problem(409, "status-cannot-change");
}

#[tokio::test]
async fn an_array_is_no_object_whatever_is_in_it() {
    let app = TestApp::start().await;
    for body in [json!([]), json!(["voice", null]), json!("voice"), json!(null)] {
        assert_eq!(app.post(JOHNS, body).await.violations(), [""]);
    }
}
