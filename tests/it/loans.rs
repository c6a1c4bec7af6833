//! A person's loans, one by one, as the loan system pushes them.

use postrider_tests::TestApp;
use serde_json::{Value, json};

const JOHNS: &str = "/people/ext-john/loans";

#[tokio::test]
async fn a_loan_is_added_with_every_field_and_listed_behind_the_others() {
    let app = TestApp::start().await;
    let first = app.get(JOHNS).await.expect(200);
    let content = json!({
        "externalId": "LN-9", "loanNumber": "0009", "productId": "auto", "status": "past due", "currency": "EUR",
        "balance": "-0.10", "rate": "0.0001", "paymentAmount": "0", "dueDate": "2026-02-28", "daysPastDue": 31,
        "attributes": { "vehicle": { "make": "Ford" }, "fees": [1.10, "2.20"] },
    });
    let mut expected = content.clone();
    let added = app.put(&format!("{JOHNS}/ext-LN-9"), content).await.expect(201);
    assert!(added["id"].as_str().unwrap().starts_with("LN-EXT-"), "{added:#}");
    expected["id"] = added["id"].clone();
    assert_eq!(added, expected);
    assert_eq!(app.get(JOHNS).await.expect(200), json!([first[0], added]));
    assert_eq!(app.get("/people/ext-john").await.expect(200)["loans"][1], added);
}

#[tokio::test]
async fn a_loan_changes_where_something_is_said_and_null_clears() {
    let app = TestApp::start().await;
    let mut loan = app.get(JOHNS).await.expect(200)[0].clone();
    let by_our_id = format!("{JOHNS}/{}", loan["id"].as_str().unwrap());
    for (path, content) in [
        (&by_our_id, json!({ "balance": "14037.50", "daysPastDue": null })),
        (&format!("{JOHNS}/ext-LN-0001"), json!({ "attributes": { "branch": "Loop" } })),
        (&by_our_id, json!({})),
    ] {
        for (name, value) in content.as_object().unwrap() {
            match value {
                Value::Null => drop(loan.as_object_mut().unwrap().remove(name)),
                value => loan[name] = value.clone(),
            }
        }
        assert_eq!(app.put(path, content).await.expect(200), loan);
    }
    assert_eq!(app.put(&by_our_id, loan.clone()).await.expect(200), loan, "as it was read");
    assert_eq!(app.get(JOHNS).await.expect(200), json!([loan]));
}

#[tokio::test]
async fn amounts_are_exact_from_the_loan_system_to_the_letter() {
    let app = TestApp::start().await;
    let body = "{{ loan.balance }} {{ payment_amount | currency(locale) }} {{ loan.rate | percent(locale) }}";
    let template = json!({
        "name": "balance", "template_type": "balance", "channel": "email", "subject": "Balance", "body": body,
    });
    let template = app.post("/api/v1/communication-templates", template).await.expect(201);
    for (content, balance, rendered) in [
        (
            r#"{ "balance": 12345678901234567.89 }"#,
            "12345678901234567.89",
            "12345678901234567.89 $312.50 7.25%",
        ),
        (r#"{ "balance": "0.10", "paymentAmount": 0.1 }"#, "0.10", "0.10 $0.10 7.25%"),
        (r#"{ "balance": -5.00, "rate": 0.07125 }"#, "-5.00", "-5.00 $0.10 7.125%"),
    ] {
        // Parsed from text, because a Rust literal would be rounded before it is sent.
        let content: Value = serde_json::from_str(content).unwrap();
        let changed = app.put(&format!("{JOHNS}/ext-LN-0001"), content).await.expect(200);
        assert_eq!(changed["balance"], balance);
        let preview =
            json!({ "template_id": template["id"], "borrower_id": "ext-john", "loan_id": "ext-LN-0001" });
        let preview = app.post("/api/v1/communications/preview", preview).await.expect(200);
        assert_eq!(preview["body"], rendered);
    }
}

#[tokio::test]
async fn a_loan_of_which_only_the_name_is_known_is_there_but_no_debt_is_collected_by_it() {
    let app = TestApp::start().await;
    let path = format!("{JOHNS}/ext-LN-77");
    let named = app.put(&path, json!({})).await.expect(201);
    assert_eq!(named, json!({ "id": named["id"], "externalId": "LN-77", "attributes": {} }));
    assert_eq!(app.get(JOHNS).await.expect(200)[1], named);

    let template = app.template("email", "loan_overdue_first_notice").await;
    let send = json!({ "template_id": template, "borrower_id": "ext-john", "loan_id": "ext-LN-77" });
    app.post("/api/v1/communications/send", send.clone()).await.problem(409, "loan-incomplete");
    let rest = json!({
        "loanNumber": "LN-77", "status": "active", "currency": "USD", "balance": "10", "rate": "0.05",
        "paymentAmount": "1", "dueDate": "2026-01-02", "daysPastDue": 3,
    });
    app.put(&path, rest).await.expect(200);
    app.post("/api/v1/communications/send", send).await.expect(202);
}

#[tokio::test]
async fn faults_are_named_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let before = app.get(JOHNS).await.expect(200);
    for (content, pointers) in [
        (json!({ "externalId": "LN-2" }), vec!["/externalId"]),
        (json!({ "id": "LN-EXT-OTHER" }), vec!["/id"]),
        (
            json!({ "currency": "dollars", "rate": "-0.1", "paymentAmount": -1 }),
            vec!["/currency", "/paymentAmount", "/rate"],
        ),
        (json!({ "balance": "12,50" }), vec!["/balance"]),
        (json!({ "dueDate": "15.01.2026" }), vec!["/dueDate"]),
        (json!({ "daysPastDue": -1 }), vec!["/daysPastDue"]),
        (json!({ "loanNumber": "" }), vec!["/loanNumber"]),
        (json!({ "interest": "0.1" }), vec!["/interest"]),
        (json!({ "attributes": { "letter": "x".repeat(17_000) } }), vec!["/attributes"]),
    ] {
        for loan in ["ext-LN-0001", "ext-LN-new"] {
            let found = app.put(&format!("{JOHNS}/{loan}"), content.clone()).await.violations();
            assert!(
                pointers.iter().all(|pointer| found.contains(&(*pointer).to_owned())),
                "{loan} {content}: {found:?}"
            );
        }
    }
    assert_eq!(app.get(JOHNS).await.expect(200), before);
}

#[tokio::test]
async fn anothers_loan_is_neither_shown_nor_changed() {
    let app = TestApp::start().await;
    let marias = app.get("/people/ext-maria/loans").await.expect(200);
    let id = marias[0]["id"].as_str().unwrap();
    let content = json!({ "balance": "0" });
    // An id of ours names one that is there; a lender's id names the loan of this person, who may sign for it too.
    let problem = app.put(&format!("{JOHNS}/{id}"), content.clone()).await.problem(404, "not-found");
    assert!(problem["detail"].as_str().unwrap().contains(id), "{problem:#}");
    let shared = app.put(&format!("{JOHNS}/ext-LN-0002"), content.clone()).await.expect(201);
    assert_eq!((&shared["id"], &shared["balance"]), (&marias[0]["id"], &json!("0")));
    assert_eq!(app.get("/people/ext-maria/loans").await.expect(200), marias);

    app.get("/people/ext-nobody/loans").await.problem(404, "not-found");
    app.put("/people/ext-nobody/loans/ext-LN-1", content.clone()).await.problem(404, "not-found");
    let other = app.seen_by(Some("other-admin"));
    other.get("/people/ext-maria/loans").await.problem(404, "not-found");
    other.put("/people/ext-maria/loans/ext-LN-0002", content).await.problem(404, "not-found");
}
