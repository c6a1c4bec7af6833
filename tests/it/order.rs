//! JSON of the lender's own comes back and is listed in the order in which it was written.

use postrider_tests::{TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

/// Keys in no order of theirs.
const FEES: [&str; 6] = ["Principal", "Interest", "Late fee", "Zeta", "Alpha", "Total"];

/// Fees under their names.
fn fees() -> Value {
    FEES.into_iter().zip(1..).map(|(name, amount)| (name.to_owned(), json!(amount))).collect()
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

fn listing(of: &str) -> String {
    format!("{{% for name, amount in {of}.items() %}}{{{{ name }}}}={{{{ amount }}}};{{% endfor %}}")
}

const LISTED: &str = "Principal=1;Interest=2;Late fee=3;Zeta=4;Alpha=5;Total=6;";

/// A template of an e-mail that lists something.
async fn template(app: &TestApp, of: &str) -> Value {
    let body = json!({
        "name": of, "template_type": "order", "channel": "email", "subject": "Fees", "body": listing(of),
    });
    app.post("/api/v1/communication-templates", body).await.expect(201)["id"].clone()
}

/// The texts of the mails that left.
async fn mails(app: &TestApp) -> Vec<String> {
    app.outbox("email").await.iter().map(|mail| mail["body"].as_str().unwrap().trim().to_owned()).collect()
}

#[tokio::test]
async fn what_a_person_and_what_hangs_on_it_has_of_the_lenders_own_keeps_its_order() {
    let app = TestApp::start().await;
    let content = json!({
        "firstName": "Pat",
        "metaData": fees(),
        "loans": [{ "externalId": "1", "attributes": { "zeta": fees(), "alpha": 1 } }],
        "cases": [{ "externalId": "1", "caseType": "disputeOfDebt", "attributes": fees() }],
    });
    let put = app.put("/people/ext-pat", content).await.expect(201);
    let got = app.get("/people/ext-pat").await.expect(200);
    for person in [&put, &got] {
        assert_eq!(keys(&person["metaData"]), FEES);
        assert_eq!(keys(&person["loans"][0]["attributes"]), ["zeta", "alpha"]);
        assert_eq!(keys(&person["loans"][0]["attributes"]["zeta"]), FEES);
        assert_eq!(keys(&person["cases"][0]["attributes"]), FEES);
    }
    let path = "/people/ext-pat/statements/ext-1";
    app.put(path, json!({ "issuedOn": "2026-01-01", "attributes": fees() })).await.expect(201);
    assert_eq!(keys(&app.get(path).await.expect(200)["attributes"]), FEES);

    // Another order is a change.
    let mut reversed: Vec<_> = fees().as_object().unwrap().clone().into_iter().collect();
    reversed.reverse();
    let reversed: Value = reversed.into_iter().collect();
    app.put("/people/ext-pat", json!({ "metaData": reversed })).await.expect(200);
    let got = app.get("/people/ext-pat").await.expect(200);
    assert_eq!(keys(&got["metaData"]), keys(&reversed));
}

#[tokio::test]
async fn templates_list_it_in_its_order_however_it_comes_to_them() {
    let app = TestApp::start().await;
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    app.put("/people/ext-john/loans/ext-LN-0001", json!({ "attributes": { "fees": fees() } }))
        .await
        .expect(200);
    let of_loan = template(&app, "loan.fees").await;
    let of_context = template(&app, "fees").await;
    let preview = json!({ "template_id": of_loan, "borrower_id": "ext-john" });
    assert_eq!(app.post("/api/v1/communications/preview", preview).await.expect(200)["body"], LISTED);

    let context = json!({ "fees": fees() });
    let send = "/api/v1/communications/send";
    app.post(send, json!({ "template_id": of_loan, "borrower_id": "ext-john" })).await.expect(202);
    let later = json!({
        "template_id": of_context, "borrower_id": "ext-maria", "context": context, "send_at": "2026-01-05T17:00:00Z",
    });
    app.post(send, later).await.expect(202);
    let batch =
        json!({ "template_id": of_context, "borrower_ids": ["ext-john", "ext-maria"], "context": context });
    app.post("/api/v1/communications/send-batch", batch).await.expect(202);
    let rule = json!({ "event": "LOAN_REPAYMENT", "type": "EMAIL", "templateKey": of_context });
    app.post("/communications/notification-rules", rule).await.expect(201);
    let event = json!({ "event": "LOAN_REPAYMENT", "eventId": "1", "clientKey": "john", "context": context });
    app.post("/communications/events", event).await.expect(202);
    app.drain().await;
    app.set_clock("2026-01-05T17:00:00Z").await;
    app.sweep().await;
    assert_eq!(mails(&app).await, [LISTED; 5]);
}

#[tokio::test]
async fn a_request_in_another_order_is_the_same_request() {
    let app = TestApp::start().await;
    let template = json!(app.template("email", "welcome").await);
    let send = async |body: String| {
        let request =
            app.request(Method::POST, "/api/v1/communications/send").header("idempotency-key", "k1");
        answer(request.header("content-type", "application/json").body(body)).await
    };
    let first = format!(
        r#"{{"template_id": {template}, "borrower_id": "ext-john", "context": {{"a": {{"x": 1, "y": 2}}, "b": 1}}}}"#
    );
    let again = format!(
        r#"{{"context":{{"b":1,"a":{{"y":2,"x":1}}}},"borrower_id":"ext-john","template_id":{template}}}"#
    );
    let other = format!(
        r#"{{"context":{{"b":1,"a":{{"y":1,"x":2}}}},"borrower_id":"ext-john","template_id":{template}}}"#
    );
    let first = send(first).await.expect(202);
    let again = send(again).await;
    assert_eq!(again.headers["idempotent-replay"], "true");
    assert_eq!(again.expect(202), first);
    send(other).await.problem(422, "idempotency-key-reused");
}

#[tokio::test]
async fn what_was_recorded_of_a_call_keeps_its_order() {
    let app = TestApp::start().await;
    let call = json!({
        "channel": "voice", "direction": "inbound", "theme": "inbPayments", "status": "succeeded",
        "content": fees(), "metaData": fees(),
    });
    let kept = app.post("/people/ext-john/interactions", call).await.expect(201)["data"].clone();
    let got = app.get(&format!("/interactions/{}", kept["id"].as_str().unwrap())).await.expect(200);
    for shown in [&kept, &got["data"]] {
        assert_eq!(keys(&shown["content"]), FEES, "{shown:#}");
        assert_eq!(keys(&shown["metaData"]), FEES, "{shown:#}");
    }
}
