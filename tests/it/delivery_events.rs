//! What became of messages, accounts and endpoints, as the lender hears it: by a subscription and by webhook.

use domain::{
    id::{self, Id},
    vocabulary::SendingChannel,
};
use jiff::SignedDuration;
use platform::{pipeline::changes, queues::Queue, store::changes::ChangeBatch};
use postrider_tests::TestApp;
use serde_json::{Value, json};

const URL: &str = "https://hooks.acme.example.com/postrider";
const SUBSCRIPTIONS: &str = "/communications/events/subscriptions";

const ALL: [&str; 15] = [
    "message.accepted",
    "message.scheduled",
    "message.sent",
    "message.delivered",
    "message.opened",
    "message.clicked",
    "message.bounced",
    "message.failed",
    "message.blocked",
    "message.canceled",
    "message.opted_out",
    "message.received",
    "account.out_of_order",
    "account.in_order",
    "endpoint.disabled",
];

/// People with an e-mail address, for none hears too often.
async fn people(app: &TestApp, count: usize) -> Vec<String> {
    let person = |n: usize| {
        let contacts = json!([{ "contactType": "email", "value": format!("p{n}@example.com") }]);
        json!({ "externalId": format!("p{n}"), "firstName": "Pat", "contacts": contacts })
    };
    let people: Vec<Value> = (0..count).map(person).collect();
    app.post("/people/bulk", json!({ "people": people })).await.expect(200);
    (0..count).map(|n| format!("p{n}")).collect()
}

async fn subscribe(app: &TestApp) -> String {
    let made = app.post(SUBSCRIPTIONS, json!({ "name": "All", "events": ALL })).await.expect(201);
    format!("{SUBSCRIPTIONS}/{}", made["id"].as_str().unwrap())
}

/// Makes an endpoint that hears of everything, whose receiver knows its secret.
async fn endpoint(app: &TestApp) -> String {
    let made = app.post("/webhook-endpoints", json!({ "url": URL, "events": ALL })).await.expect(201);
    app.post("/_local/providers/endpoint/secrets", json!({ "secret": made["secret"] })).await.expect(204);
    format!("/webhook-endpoints/{}", made["id"].as_str().unwrap())
}

/// What a subscription shows, as event and data; what is shown twice, once.
async fn heard(app: &TestApp, path: &str) -> Vec<(String, Value)> {
    let answer = app.get(&format!("{path}/events?limit=500")).await.expect(200);
    let mut known = Vec::new();
    let mut heard = Vec::new();
    for event in answer["events"].as_array().unwrap() {
        if known.contains(&event["eventId"]) {
            continue;
        }
        known.push(event["eventId"].clone());
        heard.push((event["event"].as_str().unwrap().to_owned(), event["data"].clone()));
    }
    heard
}

fn names(heard: &[(String, Value)]) -> Vec<&str> {
    heard.iter().map(|(name, _)| name.as_str()).collect()
}

/// What an endpoint was told, as event and data, by when it happened; each call is signed, and none comes twice.
async fn told(app: &TestApp) -> Vec<(String, Value)> {
    let calls = app.get("/_local/providers/endpoint/calls").await.expect(200);
    let mut ids = Vec::new();
    let mut told = Vec::new();
    for call in calls.as_array().unwrap() {
        assert_eq!((&call["url"], &call["signature"]), (&json!(URL), &json!("valid")), "{call:#}");
        let id = &call["headers"]["webhook-id"];
        assert!(!ids.contains(id), "told twice: {call:#}");
        ids.push(id.clone());
        let body: Value = serde_json::from_str(call["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["timestamp"], body["data"]["at"], "{body:#}");
        told.push((body["type"].as_str().unwrap().to_owned(), body["data"].clone()));
    }
    told.sort_by_key(|(_, data)| data["at"].as_str().unwrap().to_owned());
    told
}

#[tokio::test]
async fn an_email_is_heard_of_from_acceptance_to_opening_once_whatever_is_repeated_or_crashes() {
    let app = TestApp::start().await;
    let (path, _) = (subscribe(&app).await, endpoint(&app).await);
    let template = app.template("email", "hello_email").await;
    let steps = ["message.accepted", "message.sent", "message.delivered", "message.opened"];
    for (crash, person) in (0..).zip(people(&app, 6).await) {
        let id = app.sent(&template, &format!("ext-{person}")).await;
        for event in [None, Some("Delivery"), Some("Open")] {
            app.advance(1).await;
            if let Some(event) = event {
                let report = json!({ "event": event, "message": id });
                app.post("/_local/providers/ses/status", report).await.expect(200);
                app.system.drain_queue(Queue::Settlements).await.unwrap();
            } else {
                let dispatch = Queue::Dispatch(SendingChannel::Email);
                app.system.drain_queue(dispatch).await.unwrap();
            }
            // Whoever tells of it dies after so many calls; some of these are after it told.
            app.fault_after("dynamodb", "crash_before_record", 1, crash).await;
            app.drain_repeating().await;
            app.no_faults().await;
            app.drain_repeating().await;
        }
        // What was kept for an endpoint and not queued is the sweep's.
        app.advance(300).await;
        app.sweep().await;

        let of_this = |all: Vec<(String, Value)>| -> Vec<(String, Value)> {
            all.into_iter().filter(|(_, data)| data["interactionId"] == json!(id)).collect()
        };
        let heard = of_this(heard(&app, &path).await);
        assert_eq!(names(&heard), steps, "crash after {crash} calls");
        let (_, opened) = &heard[3];
        assert_eq!(opened["personExternalId"], json!(person));
        assert_eq!(
            (&opened["channel"], &opened["status"], &opened["statusDetails"]),
            (&json!("email"), &json!("succeeded"), &json!("emailOpened"))
        );
        let mut told = of_this(told(&app).await);
        told.sort_by_key(|(name, _)| steps.iter().position(|step| step == name));
        assert_eq!(told, heard, "crash after {crash} calls");
    }
    let others = heard(&app, &path).await.into_iter().filter(|(_, data)| data["channel"] != "email").count();
    assert_eq!(others, 0, "of messages that tell, nothing is told");
    let log = app.get("/api/v1/communication-logs").await.expect(200);
    let listed = log["data"].as_array().unwrap();
    assert!(listed.iter().all(|entry| entry["channel"] == "email"), "and they stand in no list");
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_read_and_written_but_what_counts() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello_email").await;
    // Who listens is remembered from here on.
    app.sent(&template, "ext-john").await;
    app.drain().await;
    app.sent(&template, "ext-maria").await;
    app.system.drain_queue(Queue::Dispatch(SendingChannel::Email)).await.unwrap();
    app.system.reset_calls();
    app.drain().await;
    let calls: Vec<_> =
        app.system.calls().into_iter().filter(|(call, _)| !call.starts_with("sqs.")).collect();
    assert_eq!(calls, [("dynamodb.PutItem".to_owned(), 1)], "a page of what was counted");
}

#[tokio::test]
async fn what_a_borrower_writes_and_refuses_is_heard_of() {
    let app = TestApp::start().await;
    let path = subscribe(&app).await;
    app.texted("+13125550101", "STOP").await;
    app.drain().await;
    let all = heard(&app, &path).await;
    let inbound: Vec<(String, Value)> =
        all.into_iter().filter(|(_, data)| data["direction"].is_null()).collect();
    assert_eq!(names(&inbound)[..2], ["message.received", "message.opted_out"]);
    assert_eq!(inbound[1].1["personExternalId"], "john");
}

#[tokio::test]
async fn an_account_that_is_out_of_order_is_told_of_with_a_task() {
    let app = TestApp::start().await;
    let path = subscribe(&app).await;
    let template = app.template("email", "hello_email").await;
    app.fault("ses", "error", 1_000).await;
    for person in people(&app, 6).await {
        app.sent(&template, &format!("ext-{person}")).await;
    }
    app.drain().await;
    let of_accounts = async || {
        let all = heard(&app, &path).await;
        all.into_iter().filter(|(name, _)| name.starts_with("account.")).collect::<Vec<_>>()
    };
    let out = of_accounts().await;
    assert_eq!(names(&out), ["account.out_of_order"]);
    let met_by = out[0].1["interactionId"].as_str().unwrap();
    assert_eq!((&out[0].1["account"], met_by.parse::<Id<id::Interaction>>().is_ok()), (&json!("ses"), true));
    let tasks = app.get("/tasks?type=reviewAccount").await.expect(200);
    let [task] = &tasks["data"].as_array().unwrap()[..] else { panic!("{tasks:#}") };
    assert_eq!(task["interactionId"], met_by);
    assert!(task["note"].as_str().unwrap().starts_with("ses takes no messages"), "{task:#}");

    app.no_faults().await;
    for _ in 0..4 {
        app.advance(1_200).await;
        app.sweep().await;
    }
    assert_eq!(names(&of_accounts().await), ["account.out_of_order", "account.in_order"]);
    let tasks = app.get("/tasks?type=reviewAccount").await.expect(200);
    assert_eq!(tasks["data"].as_array().unwrap().len(), 1, "one outage, one task");
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_told_of_with_a_task() {
    let app = TestApp::start().await;
    let (path, endpoint) = (subscribe(&app).await, endpoint(&app).await);
    app.put("/_local/providers/endpoint/answers", json!([{ "status": 410 }])).await.expect(204);
    let template = app.template("email", "hello_email").await;
    app.sent(&template, "ext-john").await;
    app.drain().await;
    assert_eq!(app.get(&endpoint).await.expect(200)["disabledReason"], "gone");
    let all = heard(&app, &path).await;
    let (_, data) = all.iter().find(|(name, _)| name == "endpoint.disabled").unwrap();
    assert_eq!(data["reason"], "gone");
    assert!(endpoint.ends_with(data["endpointId"].as_str().unwrap()));
    let tasks = app.get("/tasks?type=reviewAccount").await.expect(200);
    assert_eq!(tasks["data"][0]["interactionId"], data["interactionId"]);
}

#[tokio::test]
async fn an_endpoint_that_is_away_makes_what_it_is_told_wait_and_hears_it_later() {
    let app = TestApp::start().await;
    endpoint(&app).await;
    let template = app.template("email", "hello_email").await;
    app.fault("endpoint", "error", 10).await;
    for person in people(&app, 4).await {
        app.sent(&template, &format!("ext-{person}")).await;
        app.drain().await;
    }
    app.no_faults().await;
    for _ in 0..12 {
        app.advance(SignedDuration::from_hours(1).as_secs()).await;
        app.sweep().await;
    }
    let calls = app.get("/_local/providers/endpoint/calls").await.expect(200);
    let mut taken: Vec<String> = calls
        .as_array()
        .unwrap()
        .iter()
        .filter(|call| call["answered"] == 204)
        .map(|call| {
            serde_json::from_str::<Value>(call["body"].as_str().unwrap()).unwrap()["type"].to_string()
        })
        .collect();
    taken.retain(|name| name.contains("accepted") || name.contains("sent"));
    assert_eq!(taken.len(), 8, "each of four messages was accepted and sent: {taken:?}");
}

#[tokio::test]
async fn what_rules_say_to_an_endpoint_that_fails_waits_and_the_lender_is_told() {
    let app = TestApp::start().await;
    let path = subscribe(&app).await;
    let content = json!({ "event": "LOAN_REPAYMENT", "type": "WEB_HOOK", "url": URL });
    let rule = app.post("/communications/notification-rules", content).await.expect(201);
    let account = format!("endpoint:{}", rule["endpointId"].as_str().unwrap());
    let fails = vec![json!({ "status": 500 }); 6];
    app.put("/_local/providers/endpoint/answers", json!(fails)).await.expect(204);
    let mut keys = Vec::new();
    for n in 0..8 {
        let event = json!({ "event": "LOAN_REPAYMENT", "eventId": format!("r-{n}"), "clientKey": "john" });
        let taken = app.post("/communications/events", event).await.expect(202);
        keys.push(taken["messages"][0]["encodedKey"].as_str().unwrap().to_owned());
        app.drain().await;
    }
    let waiting = async |reason: &str| {
        let mut count = 0;
        for key in &keys {
            let shown = app.get(&format!("/communications/messages/{key}")).await.expect(200);
            count += usize::from(shown["waitingReason"] == reason);
        }
        count
    };
    assert_eq!(waiting("WAIT_FOR_CLOSE_CIRCUIT").await, 4, "of eight, four were tried in vain before");
    let of_accounts = async || -> Vec<(String, Value)> {
        let all = heard(&app, &path).await;
        all.into_iter().filter(|(name, _)| name.starts_with("account.")).collect()
    };
    let out = of_accounts().await;
    assert_eq!((names(&out), &out[0].1["account"]), (vec!["account.out_of_order"], &json!(account)));
    let tasks = app.get("/tasks?type=reviewAccount").await.expect(200);
    assert!(tasks["data"][0]["note"].as_str().unwrap().starts_with(&account), "{tasks:#}");

    // One finds out that it fails still, another that it is back.
    for _ in 0..16 {
        app.advance(900).await;
        app.sweep().await;
    }
    for key in &keys {
        let shown = app.get(&format!("/communications/messages/{key}")).await.expect(200);
        assert_eq!(shown["state"], "SENT", "{shown:#}");
    }
    let calls = app.get("/_local/providers/endpoint/calls").await.expect(200);
    assert_eq!(calls.as_array().unwrap().len(), 6 + 8, "{calls:#}");
    assert_eq!(names(&of_accounts().await), ["account.out_of_order", "account.in_order"]);
}

#[tokio::test]
async fn a_change_that_cannot_be_read_is_put_aside_and_holds_up_no_other() {
    let app = TestApp::start().await;
    let path = subscribe(&app).await;
    let circuit = |account: &str, state: Value| {
        json!({ "dynamodb": { "SequenceNumber": "7", "NewImage": {
            "pk": { "S": format!("T#demo#CIRCUIT#{account}") },
            "type": { "S": "circuit" },
            "data": { "M": {
                "account": { "S": account }, "state": state,
                "since": { "S": "2026-01-05T15:00:00Z" }, "revision": { "N": "3" },
            } },
        } } })
    };
    let refusal = json!({ "M": {
        "about": { "S": "account" }, "details": { "NULL": true }, "reason": { "S": "OTHER" }, "code": { "NULL": true },
        "description": { "S": "Closed for today." }, "retry": { "S": "whileAllowed" }, "effect": { "NULL": true },
    } });
    let outage =
        json!({ "M": { "refusal": refusal, "reported": { "BOOL": false }, "probes": { "N": "0" } } });
    let open =
        json!({ "M": { "is": { "S": "open" }, "until": { "S": "2026-01-05T15:01:00Z" }, "outage": outage } });
    let unreadable = circuit("lob", json!({ "S": "of another version" }));
    let nobodys =
        json!({ "dynamodb": { "NewImage": { "pk": { "S": "APIKEY#00ff" }, "type": { "S": "circuit" } } } });
    let content = json!({ "Records": [
        unreadable,
        circuit("twilio", open.clone()),
        nobodys,
        circuit("fcm", open),
    ] });
    let batch: ChangeBatch = serde_json::from_value(content).unwrap();
    changes::tell_of(app.system.app(), batch.changes).await.unwrap();
    let heard = heard(&app, &path).await;
    let accounts: Vec<_> = heard.iter().map(|(_, data)| data["account"].as_str().unwrap()).collect();
    assert_eq!(accounts, ["twilio", "fcm"]);
    let mut aside = app.system.put_aside().await.unwrap();
    aside.sort_by_key(|one| one.to_string().len());
    assert_eq!(aside, [json!({ "Records": [nobodys] }), json!({ "Records": [unreadable] })], "as they came");
}

#[tokio::test]
async fn what_an_endpoint_is_told_stands_in_its_message_alone() {
    let app = TestApp::start().await;
    let made =
        app.post("/webhook-endpoints", json!({ "url": URL, "events": ["LOAN_REPAYMENT"] })).await.expect(201);
    app.post("/_local/providers/endpoint/secrets", json!({ "secret": made["secret"] })).await.expect(204);
    let context = json!({ "note": "n".repeat(15_000) });
    let event = json!({ "event": "LOAN_REPAYMENT", "eventId": "r-1", "context": context });
    app.post("/communications/events", event).await.expect(202);
    app.drain().await;
    let told = app.get("/_local/providers/endpoint/calls").await.expect(200);
    let body: Value = serde_json::from_str(told[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!((&told[0]["signature"], &body["data"]["context"]), (&json!("valid"), &context));
    let kept = app.system.app().objects.list("demo/", 10).await.unwrap();
    assert_eq!(kept, [], "nothing outlives it in the bucket");
}
