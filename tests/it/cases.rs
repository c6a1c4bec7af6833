//! A person's cases, one by one, as the lender's case system pushes them.

use futures::future::join_all;
use postrider_tests::TestApp;
use serde_json::{Value, json};

const JOHNS: &str = "/people/ext-john/cases";

#[tokio::test]
async fn a_case_is_added_read_changed_and_listed() {
    let app = TestApp::start().await;
    assert_eq!(app.get(JOHNS).await.expect(200), json!([]));
    let content = json!({ "caseType": "bankruptcy", "attributes": { "chapter": 13 } });
    let path = format!("{JOHNS}/ext-CASE-7");
    let mut case = app.put(&path, content.clone()).await.expect(201);
    assert!(case["id"].as_str().unwrap().starts_with("CS-EXT-"), "{case:#}");
    assert_eq!((&case["externalId"], &case["attributes"]), (&json!("CASE-7"), &content["attributes"]));
    assert_eq!(app.put(&path, content).await.expect(200), case, "the same again changes nothing");
    assert_eq!(app.get(&path).await.expect(200), case);

    let by_our_id = format!("{JOHNS}/{}", case["id"].as_str().unwrap());
    for content in [
        json!({ "caseType": "legalAction" }),
        json!({ "attributes": {} }),
        json!({ "doNotInteract": { "until": "2026-02-01T00:00:00Z", "reason": "stay" } }),
        json!({ "doNotInteract": null }),
        json!({}),
    ] {
        for (name, value) in content.as_object().unwrap() {
            match value {
                Value::Null => drop(case.as_object_mut().unwrap().remove(name)),
                value => case[name] = value.clone(),
            }
        }
        assert_eq!(app.put(&by_our_id, content).await.expect(200), case, "what is left out stays");
    }
    assert_eq!(app.put(&by_our_id, case.clone()).await.expect(200), case, "as it was read");
    assert_eq!(app.get(JOHNS).await.expect(200), json!([case]));
    assert_eq!(app.get("/people/ext-john").await.expect(200)["cases"], json!([case]));
    app.put("/people/ext-john", json!({ "cases": [] })).await.expect(200);
    app.get(&path).await.problem(404, "not-found");
}

#[tokio::test]
async fn a_case_that_forbids_contact_stops_what_waits_until_it_allows_it_again() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    app.put(&format!("{JOHNS}/ext-7"), json!({ "caseType": "legalAction" })).await.expect(201);
    let id = app.sent(&template, "ext-john").await;
    let order = json!({ "until": "2026-03-01T00:00:00Z", "reason": "The attorney speaks for him" });
    let path = format!("{JOHNS}/ext-7/do-not-interact");
    for _ in 0..2 {
        assert_eq!(app.put(&path, order.clone()).await.expect(200), order);
    }
    assert_eq!(app.get(&format!("{JOHNS}/ext-7")).await.expect(200)["doNotInteract"], order);
    app.drain().await;
    assert_eq!(app.outbox("email").await, [] as [Value; 0]);
    assert_eq!(app.log(&id).await["status"], "canceled");
    app.send(&template, "ext-john").await.problem(409, "person-not-eligible");
    for _ in 0..2 {
        app.delete(&path).await.expect(204);
    }
    app.sent(&template, "ext-john").await;
}

#[tokio::test]
async fn every_fault_of_a_case_is_told_at_once() {
    let app = TestApp::start().await;
    let path = format!("{JOHNS}/ext-7");
    let wrong = json!({
        "externalId": "8", "id": "CS-AAAA-BBBB", "doNotInteract": { "reason": "" }, "attributes": { "": 1 },
    });
    let faults = ["/attributes", "/caseType", "/doNotInteract/reason", "/externalId", "/id"];
    assert_eq!(app.put(&path, wrong).await.violations(), faults);
    let wrong = json!({ "caseType": "divorce" });
    assert_eq!(app.put(&path, wrong).await.violations(), ["/caseType"]);
    assert_eq!(app.put(&path, json!({ "caseType": 7 })).await.violations(), ["/caseType"]);
    assert_eq!(app.put(&path, json!({ "type": "legalAction" })).await.violations(), ["/type"]);
    let listed = json!({ "cases": [{ "externalId": "7" }, { "caseType": "legalAction" }] });
    assert_eq!(
        app.put("/people/ext-john", listed).await.violations(),
        ["/cases/0/caseType", "/cases/1/externalId"]
    );
    app.put(&path, json!({ "caseType": "legalAction" })).await.expect(201);
    let order = format!("{path}/do-not-interact");
    assert_eq!(app.put(&order, json!({ "reason": "" })).await.violations(), ["/reason"]);
    assert_eq!(app.put(&order, json!({ "until": "soon" })).await.violations(), ["/until"]);
    assert_eq!(app.put(&order, json!({ "why": "x" })).await.violations(), ["/why"]);
}

/// It forbids nothing: whoever gives it means another year, or contact to be allowed again.
#[tokio::test]
async fn an_order_that_is_over_already_is_taken_only_if_it_is_on_record() {
    let app = TestApp::start().await;
    let (john, case) = ("/people/ext-john", format!("{JOHNS}/ext-7"));
    app.put(&case, json!({ "caseType": "legalAction" })).await.expect(201);
    let listed =
        |order: &Value| json!({ "externalId": "7", "caseType": "legalAction", "doNotInteract": order });
    let ways = |order: &Value| {
        [
            (format!("{john}/do-not-contact"), order.clone(), "/until"),
            (john.to_owned(), json!({ "doNotContact": order }), "/doNotContact/until"),
            (format!("{case}/do-not-interact"), order.clone(), "/until"),
            (case.clone(), json!({ "doNotInteract": order }), "/doNotInteract/until"),
            (john.to_owned(), json!({ "cases": [listed(order)] }), "/cases/0/doNotInteract/until"),
        ]
    };
    for (path, body, place) in ways(&json!({ "until": "2026-01-05T15:00:00Z" })) {
        assert_eq!(app.put(&path, body).await.violations(), [place], "{path}");
    }
    let people = json!([{ "externalId": "pat", "doNotContact": { "until": "2026-01-05T15:00:00Z" } }]);
    let imported = app.post("/people/bulk", json!({ "people": people })).await.expect(200);
    let fault = &imported["results"][0]["violations"][0];
    assert_eq!(fault["pointer"], "/people/0/doNotContact/until", "{imported:#}");

    let order = json!({ "until": "2026-01-05T18:00:00Z", "reason": "Traveling" });
    for _ in 0..2 {
        for (path, body, _) in ways(&order) {
            app.put(&path, body).await.expect(200);
        }
        app.set_clock("2026-01-06T15:00:00Z").await;
    }
}

#[tokio::test]
async fn a_case_is_its_persons_and_its_tenants() {
    let app = TestApp::start().await;
    let case = app.put(&format!("{JOHNS}/ext-7"), json!({ "caseType": "legalAction" })).await.expect(201);
    let id = case["id"].as_str().unwrap();
    let others = app.seen_by(Some("other-admin"));
    app.put("/people/ext-maria/cases/ext-8", json!({ "caseType": "legalAction" })).await.expect(201);
    for path in [format!("{JOHNS}/{id}"), "/people/ext-maria/cases/ext-8".to_owned()] {
        others.get(&path).await.problem(404, "not-found");
        others.put(&path, json!({ "caseType": "legalAction" })).await.problem(404, "not-found");
        others.delete(&format!("{path}/do-not-interact")).await.problem(404, "not-found");
    }
    app.put("/people/ext-maria", json!({ "cases": [] })).await.expect(200);
    for path in [format!("/people/ext-maria/cases/{id}"), format!("{JOHNS}/CS-AAAA-BBBB")] {
        app.get(&path).await.problem(404, "not-found");
        app.put(&path, json!({ "caseType": "legalAction" })).await.problem(404, "not-found");
        app.put(&format!("{path}/do-not-interact"), json!({})).await.problem(404, "not-found");
        app.delete(&format!("{path}/do-not-interact")).await.problem(404, "not-found");
    }
    app.get(&format!("{JOHNS}/LN-AAAA-BBBB")).await.problem(404, "not-found");
    assert_eq!(app.get("/people/ext-maria/cases").await.expect(200), json!([]));
}

#[tokio::test]
async fn of_cases_pushed_at_the_same_time_none_is_lost_and_there_is_a_most() {
    let app = TestApp::start().await;
    let paths: Vec<_> = (0..5).map(|n| format!("{JOHNS}/ext-{n}")).collect();
    let pushes = paths.iter().map(|path| app.put(path, json!({ "caseType": "disputeOfDebt" })));
    for answer in join_all(pushes).await {
        answer.expect(201);
    }
    assert_eq!(app.get(JOHNS).await.expect(200).as_array().unwrap().len(), 5);
    let case = |n| json!({ "externalId": format!("{n}"), "caseType": "disputeOfDebt" });
    app.put("/people/ext-john", json!({ "cases": (0..50).map(case).collect::<Vec<_>>() })).await.expect(200);
    let one_more = app.put(&format!("{JOHNS}/ext-50"), json!({ "caseType": "disputeOfDebt" })).await;
    one_more.problem(409, "limit-reached");
}

#[tokio::test]
async fn a_preference_takes_the_channels_of_every_document_and_is_shown_in_one_spelling() {
    let app = TestApp::start().await;
    let path = "/people/ext-john/communication-preference";
    for (content, shown) in [
        (json!(["sms", "text", "Sms", "SMS"]), json!(["text"])),
        (json!(["letter", "in_app", "voice"]), json!(["voice", "mail", "gui"])),
        (json!(["InApp", "WEB_HOOK"]), json!(["gui", "webhook"])),
    ] {
        let preference = json!({ "optedOut": content, "preferred": "Email" });
        let expected = json!({ "optedOut": shown, "preferred": "email" });
        assert_eq!(app.put(path, preference.clone()).await.expect(200), expected);
        let pushed = app.put("/people/ext-john", json!({ "communicationPreference": preference })).await;
        assert_eq!(pushed.expect(200)["communicationPreference"], expected);
    }
    let template = app.template("sms", "hello").await;
    app.put(path, json!({ "optedOut": ["sms"] })).await.expect(200);
    app.send(&template, "ext-john").await.problem(409, "channel-opted-out");
    let wrong = json!({ "optedOut": ["pigeon"], "preferred": 7 });
    let faults = app.put(path, wrong).await.violations();
    assert!(faults.iter().all(|at| at.starts_with("/optedOut") || at == "/preferred"), "{faults:?}");
    let same = json!({ "optedOut": ["letter"], "preferred": "mail" });
    assert_eq!(app.put(path, same).await.violations(), ["/preferred"]);
}

#[tokio::test]
async fn a_person_known_by_a_name_alone_keeps_one() {
    let app = TestApp::start().await;
    let ann = app.post("/people", json!({ "firstName": "Ann", "lastName": "Lee" })).await.expect(201);
    let path = format!("/people/{}", ann["id"].as_str().unwrap());
    let nameless = json!({ "firstName": "", "lastName": "", "language": "english" });
    assert_eq!(app.put(&path, nameless).await.violations(), ["/language"], "what is no value at all, first");
    let nameless = json!({ "firstName": "", "lastName": "" });
    assert_eq!(app.put(&path, nameless).await.violations(), ["/lastName"]);
    app.put(&path, json!({ "firstName": "" })).await.expect(200);
    assert_eq!(app.put(&path, json!({ "lastName": "" })).await.violations(), ["/lastName"]);
    app.put("/people/ext-john", json!({ "firstName": "", "lastName": "" })).await.expect(200);
}

#[tokio::test]
async fn a_list_that_does_not_speak_of_an_order_leaves_it() {
    let app = TestApp::start().await;
    app.put(&format!("{JOHNS}/ext-7"), json!({ "caseType": "legalAction" })).await.expect(201);
    app.put(&format!("{JOHNS}/ext-7/do-not-interact"), json!({ "reason": "The attorney speaks" }))
        .await
        .expect(200);
    let order = async || app.get(&format!("{JOHNS}/ext-7")).await.expect(200)["doNotInteract"].clone();
    // The loan system's nightly push knows nothing of it.
    let push = |more: Value| {
        let mut case = json!({ "externalId": "7", "caseType": "legalAction" });
        case.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.put("/people/ext-john", json!({ "cases": [case] }))
    };
    push(json!({})).await.expect(200);
    assert_eq!(order().await["reason"], "The attorney speaks");
    push(json!({ "doNotInteract": null })).await.expect(200);
    assert!(order().await.is_null());
}
