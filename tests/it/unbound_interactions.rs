//! 001 · Interactions: those with nobody known, how both lists are filtered, and what is sent back as it was shown.

use futures::future::join_all;
use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const INTERACTIONS: &str = "/interactions";
const JOHNS: &str = "/people/ext-john/interactions";

fn call(more: Value) -> Value {
    let mut request =
        json!({ "channel": "voice", "theme": "inbPayments", "status": "succeeded", "direction": "inbound" });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

/// Each a minute after the one before: the clock runs on, and a slow machine must not put two into one.
async fn recorded(app: &TestApp, path: &str, more: Value) -> Value {
    let answer = app.post(path, call(more)).await.expect(201);
    app.advance(60).await;
    answer["data"].clone()
}

fn path(interaction: &Value) -> String {
    format!("{INTERACTIONS}/{}", interaction["id"].as_str().unwrap())
}

/// The external ids on a page.
async fn page(app: &TestApp, path: &str) -> Vec<String> {
    let page = app.get(path).await.expect(200);
    let entries = page["data"].as_array().unwrap().iter();
    entries.map(|entry| entry["externalId"].as_str().unwrap_or("-").to_owned()).collect()
}

#[tokio::test]
async fn an_interaction_with_nobody_known_is_kept_and_bound_later() {
    let app = TestApp::start().await;
    let stranger = recorded(&app, INTERACTIONS, json!({ "externalId": "call-1" })).await;
    for member in ["personId", "borrower", "contact", "contactId", "personExternalId"] {
        assert!(stranger[member].is_null(), "{member}: {stranger:#}");
    }
    assert_eq!(page(&app, INTERACTIONS).await, ["call-1"]);
    assert!(page(&app, JOHNS).await.is_empty());

    let stranger = path(&stranger);
    let bind = || app.put(&stranger, json!({ "personId": "ext-john" }));
    let bound = bind().await.expect(200)["data"].clone();
    assert_eq!(
        (&bound["personExternalId"], &bound["borrower"]["firstName"]),
        (&json!("john"), &json!("John"))
    );
    assert_eq!(bind().await.expect(200)["data"], bound, "said again, it changes nothing");
    assert_eq!(page(&app, JOHNS).await, ["call-1"]);
    assert!(page(&app, INTERACTIONS).await.is_empty());
    let to_another = app.put(&stranger, json!({ "personId": "ext-maria" })).await;
    assert!(to_another.problem(409, "bound-to-another")["detail"].as_str().unwrap().contains("stays so"));
    app.put(&stranger, json!({ "personId": "ext-nobody" })).await.problem(404, "not-found");
    assert_eq!(app.put(&stranger, json!({ "personId": null })).await.violations(), ["/personId"]);
}

#[tokio::test]
async fn what_was_bound_counts_in_the_ledger_of_its_person() {
    let app = TestApp::start().await;
    // Seven calls in seven days is the most about one debt (12 CFR 1006.14(b)(2)).
    for at in 0..7 {
        let more = json!({ "direction": "outbound", "theme": "opsCollDebt", "status": "attempted" });
        let stranger = recorded(&app, INTERACTIONS, more).await;
        let allowed = app
            .post("/people/ext-john/can-interact", json!({ "channel": "voice", "theme": "opsCollDebt" }))
            .await
            .expect(200);
        assert_eq!(allowed["result"], true, "{at} bound: {allowed:#}");
        app.put(&path(&stranger), json!({ "personId": "ext-john" })).await.expect(200);
    }
    let asked = json!({ "channel": "voice", "theme": "opsCollDebt" });
    let answer = app.post("/people/ext-john/can-interact", asked).await.expect(200);
    assert_eq!(answer["result"], false, "{answer:#}");
}

#[tokio::test]
async fn long_ones_are_kept_whole_and_a_key_makes_one() {
    let app = TestApp::start().await;
    let body = "x".repeat(261_500);
    let request = call(json!({ "content": { "contentText": body } }));
    let keyed = |request: &Value| {
        app.request(Method::POST, INTERACTIONS).header("idempotency-key", "k").json(request)
    };
    let one = answer(keyed(&request)).await.expect(201);
    let two = answer(keyed(&request)).await.expect(201);
    assert_eq!(one["data"]["id"], two["data"]["id"]);
    let short = || app.request(Method::POST, INTERACTIONS).header("idempotency-key", "s");
    let short = || {
        short().json(
            &json!({ "channel": "fax", "theme": "inbOther", "status": "succeeded", "personId": "ext-john" }),
        )
    };
    let (once, twice) = (answer(short()).await.expect(201), answer(short()).await.expect(201));
    assert_eq!(once["data"]["id"], twice["data"]["id"]);
    let list = app.get(INTERACTIONS).await.expect(200);
    assert_eq!((&list["count"], &list["data"][0]["content"]["contentText"]), (&json!(1), &json!(body)));
    let first = one["data"]["id"].as_str().unwrap();
    let after = app.get(&format!("{INTERACTIONS}?startingAfter={first}")).await.expect(200);
    assert_eq!(after["count"], 0);
}

#[tokio::test]
async fn of_many_who_bind_at_once_one_does_and_nothing_else_is_lost() {
    let app = TestApp::start().await;
    let stranger = recorded(&app, INTERACTIONS, json!({ "status": "inProgress" })).await;
    let path = path(&stranger);
    let bind = |at: usize| {
        let person = if at.is_multiple_of(2) { "ext-john" } else { "ext-maria" };
        app.put(&path, json!({ "personId": person }))
    };
    let (bound, amended): (Vec<Answer>, Answer) =
        tokio::join!(join_all((0..6).map(bind)), app.put(&path, json!({ "metaData": { "queue": "early" } })));
    amended.expect(200);
    assert_eq!(bound.iter().filter(|answer| answer.status == 200).count(), 3);
    let after = app.get(&path).await.expect(200)["data"].clone();
    assert_eq!(after["metaData"], json!({ "queue": "early" }));
    let person = after["personExternalId"].as_str().unwrap();
    assert_eq!(app.get(&format!("/people/ext-{person}/interactions")).await.expect(200)["count"], 1);
}

#[tokio::test]
async fn a_whole_answer_sent_back_changes_nothing() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let sent = app.sent(&template, "ext-john").await;
    let stranger = recorded(&app, INTERACTIONS, json!({ "metaData": { "a": 1 } })).await;
    let of_john = recorded(
        &app,
        JOHNS,
        json!({ "contactId": "ext-john-mobile", "loanId": "ext-LN-0001", "content": { "contentText": "x" } }),
    )
    .await;
    app.drain().await;
    for id in [sent.as_str(), stranger["id"].as_str().unwrap(), of_john["id"].as_str().unwrap()] {
        let path = format!("{INTERACTIONS}/{id}");
        let whole = app.get(&path).await.expect(200)["data"].clone();
        assert_eq!(app.put(&path, whole.clone()).await.expect(200)["data"], whole);
        // What changed meanwhile of the read-only members is passed over.
        let mut old = whole.clone();
        old["updatedAt"] = json!("2019-08-24T14:15:22Z");
        old["borrower"] = json!({});
        assert_eq!(app.put(&path, old).await.expect(200)["data"], whole);
        // The rest is not changed in silence.
        let mut other = whole.clone();
        other["channel"] = json!("fax");
        other["theme"] = json!("inbFraud");
        other["caseId"] = json!("CS-AAAA-BBBB");
        assert_eq!(app.put(&path, other).await.violations(), ["/caseId", "/channel", "/theme"]);
        assert_eq!(app.put(&path, json!({ "chanel": "fax" })).await.violations(), ["/chanel"]);
    }
    let mut changed = app.get(&path(&of_john)).await.expect(200)["data"].clone();
    changed["content"] = json!({ "contentText": "y" });
    let after = app.put(&path(&of_john), changed).await.expect(200)["data"].clone();
    assert_eq!(after["content"], json!({ "contentText": "y" }));
}

#[tokio::test]
async fn borrower_and_contact_are_shown_as_the_document_prints_them() {
    let app = TestApp::start().await;
    let more = json!({ "contactExternalId": "john-mobile", "loanIds": ["ext-LN-0001"], "externalId": "c" });
    let call = recorded(&app, JOHNS, more).await;
    let (borrower, contact) = (&call["borrower"], &call["contact"]);
    assert_eq!((&borrower["externalId"], &borrower["status"]), (&json!("john"), &json!("active")));
    assert!(borrower.get("contacts").is_none() && borrower.get("loans").is_none(), "{borrower:#}");
    assert_eq!(
        (&contact["externalId"], &contact["contactType"], &contact["value"], &contact["receiveTextMessages"]),
        (&json!("john-mobile"), &json!("phone"), &json!("+13125550101"), &json!(true))
    );
    assert_eq!(
        (&call["personExternalId"], &call["contactExternalId"], &call["loanExternalIds"], &call["deletedAt"]),
        (&json!("john"), &json!("john-mobile"), &json!(["LN-0001"]), &Value::Null)
    );
    // A page can be reconciled by itself, in every dialect.
    let log = app.get("/api/v1/communication-logs").await.expect(200);
    let entry = &log["data"][0];
    assert_eq!(
        (&entry["borrower_external_id"], &entry["contact_external_id"], &entry["loan_external_ids"]),
        (&json!("john"), &json!("john-mobile"), &json!(["LN-0001"]))
    );
}

#[tokio::test]
async fn both_lists_are_filtered_by_what_the_document_names() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    app.send(&template, "ext-john").await.expect(202);
    app.advance(60).await;
    let first = recorded(&app, JOHNS, json!({ "externalId": "a", "loanId": "ext-LN-0001" })).await;
    recorded(
        &app,
        JOHNS,
        json!({
            "externalId": "b", "channel": "email", "theme": "inbFraud", "status": "failed",
            "statusDetails": "emailBounced", "direction": "outbound", "subject": "paymentFailed",
            "previousInteractionId": first["id"],
        }),
    )
    .await;
    recorded(&app, JOHNS, json!({ "externalId": "c", "status": "inProgress" })).await;
    recorded(&app, INTERACTIONS, json!({ "externalId": "u" })).await;
    for (query, expected) in [
        ("", vec!["c", "b", "a", "-"]),
        ("channel=email", vec!["b", "-"]),
        ("direction=inbound", vec!["c", "a"]),
        ("status=failed", vec!["b"]),
        // "null is not a valid status name but rather can be used to specify a query for interactions with a status of null."
        ("status=null", vec!["-"]),
        ("statusDetails=emailBounced", vec!["b"]),
        ("subject=paymentFailed", vec!["b"]),
        ("theme=inbPayments", vec!["c", "a"]),
        ("loanId=ext-LN-0001&externalId=a", vec!["a"]),
        ("previousInteractionId=ext-a", vec!["b"]),
        ("externalId=c", vec!["c"]),
        ("externalId=c&status=failed", vec![]),
        ("externalId=u", vec![]),
        ("from=2026-01-05T15:02:00Z", vec!["c", "b"]),
        ("to=2026-01-05T15:01:00Z", vec!["-"]),
        ("from=2026-01-05T15:01:00Z&to=2026-01-05T15:02:00Z", vec!["a"]),
    ] {
        assert_eq!(page(&app, &format!("{JOHNS}?{query}")).await, expected, "{query}");
    }
    assert_eq!(page(&app, &format!("{INTERACTIONS}?channel=voice&direction=inbound")).await, ["u"]);
    assert!(page(&app, &format!("{INTERACTIONS}?channel=email")).await.is_empty());
    let wrong = "channel=sms&direction=up&status=done&statusDetails=x&theme=y&loanId=*&from=now&to=then";
    let all = ["?channel", "?direction", "?from", "?loanId", "?status", "?statusDetails", "?theme", "?to"];
    assert_eq!(app.get(&format!("{JOHNS}?{wrong}")).await.violations(), all);
    assert_eq!(app.get(&format!("{JOHNS}?chanel=email")).await.violations(), ["?chanel"]);
}

#[tokio::test]
async fn pages_go_on_whatever_a_filter_leaves_out() {
    let app = TestApp::start().await;
    for at in 0..9 {
        let theme = if at % 3 == 0 { "inbFraud" } else { "inbPayments" };
        recorded(&app, JOHNS, json!({ "externalId": format!("n{at}"), "theme": theme })).await;
    }
    let of = |query: &str| format!("{JOHNS}?theme=inbFraud&limit=2{query}");
    assert_eq!(page(&app, &of("")).await, ["n6", "n3"]);
    assert_eq!(page(&app, &of("&startingAfter=ext-n3")).await, ["n0"]);
    assert_eq!(page(&app, &of("&endingBefore=ext-n0")).await, ["n6", "n3"]);
    assert_eq!(page(&app, &of("&endingBefore=ext-n3&startingAfter=ext-n6")).await, ["n6"]);
    // An entry that the filter leaves out is a place in the list all the same.
    assert_eq!(page(&app, &of("&startingAfter=ext-n5")).await, ["n3", "n0"]);
    let stranger = recorded(&app, INTERACTIONS, json!({})).await;
    let elsewhere = format!("{JOHNS}?startingAfter={}", stranger["id"].as_str().unwrap());
    assert_eq!(app.get(&elsewhere).await.violations(), ["?startingAfter"]);
}

#[tokio::test]
async fn what_cannot_be_is_told_with_its_place() {
    let app = TestApp::start().await;
    let hanging = json!({ "contactId": "ext-john-mobile", "loanId": "ext-LN-0001", "loanIds": ["ext-x"] });
    assert_eq!(
        app.post(INTERACTIONS, call(hanging)).await.violations(),
        ["/contactId", "/loanId", "/loanIds"]
    );
    let other = json!({ "personId": "ext-maria" });
    assert_eq!(app.post(JOHNS, call(other.clone())).await.violations(), ["/personId"]);
    assert_eq!(app.post(INTERACTIONS, call(other)).await.expect(201)["data"]["personExternalId"], "maria");
    app.post(INTERACTIONS, call(json!({ "personId": "ext-nobody" }))).await.problem(404, "not-found");
    // "Subsequent attempts … will be blocked."
    let named = json!({ "externalId": "once" });
    let answers = join_all((0..5).map(|_| app.post(INTERACTIONS, call(named.clone())))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    let other = app.seen_by(Some("other-admin"));
    assert_eq!(other.get(INTERACTIONS).await.expect(200)["data"], json!([]));
    other.put("/interactions/ext-once", json!({ "personId": "ext-john" })).await.problem(404, "not-found");
    app.seen_by(Some("demo-viewer")).post(INTERACTIONS, call(json!({}))).await.problem(403, "forbidden");
}
