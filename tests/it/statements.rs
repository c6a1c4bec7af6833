//! Statements as the lender's system of record pushes them.

use futures::future::join_all;
use postrider_tests::TestApp;
use serde_json::{Value, json};

const JOHNS: &str = "/people/ext-john/statements";

fn december() -> Value {
    json!({
        "loanId": "ext-LN-0001", "issuedOn": "2026-01-05",
        "periodStart": "2025-12-01", "periodEnd": "2025-12-31", "dueDate": "2026-01-15",
        "currency": "USD", "balance": "8450.00", "paymentDue": "312.50", "attributes": { "lateFees": "0.00" },
    })
}

#[tokio::test]
async fn a_statement_is_added_changed_and_read_under_the_lenders_id() {
    let app = TestApp::start().await;
    let path = format!("{JOHNS}/ext-2025-12");
    let added = app.put(&path, december()).await.expect(201);
    assert!(added["id"].as_str().unwrap().starts_with("SM-"), "{added:#}");
    let john = app.get("/people/ext-john").await.expect(200);
    assert_eq!((&added["personId"], &added["loanId"]), (&john["id"], &john["loans"][0]["id"]));
    assert_eq!((&added["externalId"], &added["paymentDue"]), (&json!("2025-12"), &json!("312.50")));

    app.advance(60).await;
    assert_eq!(app.put(&path, december()).await.expect(200), added, "the same push changes nothing");
    let content = json!({ "dueDate": null, "minimumPayment": "25" });
    let changed = app.put(&path, content).await.expect(200);
    assert_eq!((&changed["dueDate"], &changed["minimumPayment"]), (&Value::Null, &json!("25")));
    assert_eq!((&changed["balance"], &changed["createdAt"]), (&added["balance"], &added["createdAt"]));
    assert_ne!(changed["updatedAt"], added["updatedAt"]);
    assert_eq!(app.get(&path).await.expect(200), changed);
    let by_our_id = format!("{JOHNS}/{}", added["id"].as_str().unwrap());
    assert_eq!(app.put(&by_our_id, json!({})).await.expect(200), changed);
}

#[tokio::test]
async fn statements_are_listed_by_date_and_page_by_page() {
    let app = TestApp::start().await;
    assert_eq!(app.get(JOHNS).await.expect(200), json!({ "data": [] }));
    for month in ["2025-11", "2026-01", "2025-12"] {
        let content = json!({ "issuedOn": format!("{month}-05") });
        app.put(&format!("{JOHNS}/ext-{month}"), content).await.expect(201);
    }
    app.put("/people/ext-maria/statements/ext-marias", december_without_loan()).await.expect(201);
    let first = app.get(&format!("{JOHNS}?limit=2")).await.expect(200);
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = app.get(&format!("{JOHNS}?limit=2&cursor={cursor}")).await.expect(200);
    let names = [&first, &second].map(|page| {
        let entries = page["data"].as_array().unwrap().iter();
        entries.map(|entry| entry["externalId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    });
    assert_eq!(names.concat(), ["2026-01", "2025-12", "2025-11"]);
    assert_eq!(second["nextCursor"], Value::Null);
    let of_another = format!("/people/ext-maria/statements?cursor={cursor}");
    assert_eq!(app.get(&of_another).await.violations(), ["?cursor"]);
    assert_eq!(app.get(&format!("{JOHNS}?limit=0")).await.violations(), ["?limit"]);
    assert_eq!(app.get(&format!("{JOHNS}?loan=1")).await.violations(), ["?loan"]);
}

fn december_without_loan() -> Value {
    let mut statement = december();
    statement["loanId"] = Value::Null;
    statement
}

#[tokio::test]
async fn a_statement_belongs_to_one_person_of_one_lender() {
    let app = TestApp::start().await;
    app.put(&format!("{JOHNS}/ext-2025-12"), december()).await.expect(201);
    let marias = "/people/ext-maria/statements/ext-2025-12";
    app.get(marias).await.problem(404, "not-found");
    app.put(marias, december_without_loan()).await.problem(404, "not-found");
    let other = app.seen_by(Some("other-admin"));
    let john = app.get("/people/ext-john").await.expect(200)["id"].as_str().unwrap().to_owned();
    // The other lender has a john of its own, under another id.
    for path in [format!("/people/{john}/statements"), format!("{JOHNS}/ext-2025-12")] {
        other.get(&path).await.problem(404, "not-found");
    }
    other.put(&format!("/people/{john}/statements/ext-2025-12"), december()).await.problem(404, "not-found");
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_its_place_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let path = format!("{JOHNS}/ext-2025-12");
    for (content, expected) in [
        (json!({}), vec!["/issuedOn"]),
        (json!({ "issuedOn": "5 January" }), vec!["/issuedOn"]),
        (json!({ "issuedOn": "2026-01-05", "balance": "much", "colour": 1 }), vec!["/balance", "/colour"]),
        (
            json!({ "issuedOn": "2026-01-05", "periodStart": "2026-01-01", "periodEnd": "2025-12-31" }),
            vec!["/periodEnd"],
        ),
        (
            json!({ "issuedOn": "2026-01-05", "currency": "$", "paymentDue": -1 }),
            vec!["/currency", "/paymentDue"],
        ),
        (json!({ "issuedOn": "2026-01-05", "loanId": "LN" }), vec!["/loanId"]),
        (json!({ "issuedOn": "2026-01-05", "attributes": { "x": "y".repeat(17_000) } }), vec!["/attributes"]),
    ] {
        assert_eq!(app.put(&path, content.clone()).await.violations(), expected, "{content}");
    }
    let of_maria = json!({ "issuedOn": "2026-01-05", "loanId": "ext-LN-0002" });
    app.put(&path, of_maria).await.problem(409, "loan-not-of-person");
    let ours = format!("{JOHNS}/SM-01JD3V9K2M-8ZQ4T6WX1N3F5G7H");
    app.put(&ours, december()).await.problem(404, "not-found");
    app.put("/people/ext-nobody/statements/ext-1", december()).await.problem(404, "not-found");
    assert_eq!(app.get(JOHNS).await.expect(200)["data"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fields_changed_at_the_same_time_every_one_is_kept() {
    let app = TestApp::start().await;
    let path = format!("{JOHNS}/ext-2025-12");
    app.put(&path, json!({ "issuedOn": "2026-01-05" })).await.expect(201);
    let changes = [
        ("balance", json!("1")),
        ("paymentDue", json!("2")),
        ("minimumPayment", json!("3")),
        ("currency", json!("EUR")),
        ("dueDate", json!("2026-01-15")),
    ];
    let puts = changes.iter().map(|(field, value)| app.put(&path, json!({ *field: value })));
    for told in join_all(puts).await {
        told.expect(200);
    }
    let read = app.get(&path).await.expect(200);
    for (field, value) in changes {
        assert_eq!(read[field], value, "{field}");
    }
    assert_eq!(read["revision"], 6);
}
