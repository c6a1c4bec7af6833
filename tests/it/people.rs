//! People as the lender's loan system pushes them.

use postrider_tests::{TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_person_is_created_changed_and_read_under_the_lenders_id() {
    let app = TestApp::start().await;
    // Parsed from text, because a Rust literal would be rounded before it is sent.
    let ada: Value = serde_json::from_str(
        r#"{
            "firstName": "Ada", "lastName": "Lovelace", "timeZone": "America/Chicago",
            "contacts": [{ "contactType": "email", "value": "ada@example.com" }],
            "loans": [{ "externalId": "LN-7", "loanNumber": "LN-7", "paymentAmount": 12345678901234567.89, "dueDate": "2026-02-01" }]
        }"#,
    )
    .unwrap();
    let created = app.put("/people/ext-ada", ada.clone()).await.expect(201);
    assert_eq!(app.put("/people/ext-ada", ada).await.expect(200)["id"], created["id"]);
    let changed = app.put("/people/ext-ada", json!({ "lastName": "King" })).await.expect(200);
    assert_eq!((&changed["firstName"], &changed["lastName"]), (&json!("Ada"), &json!("King")));
    let read = app.get("/people/ext-ada").await.expect(200);
    assert_eq!(read["loans"][0]["paymentAmount"], "12345678901234567.89", "every digit");
    assert_eq!(app.get(&format!("/people/{}", created["id"].as_str().unwrap())).await.expect(200), read);
}

#[tokio::test]
async fn faults_are_named_field_by_field_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let bad = json!({
        "timeZone": "Mars/Olympus",
        "contacts": [
            { "contactType": "phone", "value": "555-0100" },
            { "contactType": "email", "value": "nobody" },
            { "contactType": "address", "address": { "addressLine1": "1 Main", "city": "X", "state": "ZZ", "postalCode": "1" } }
        ]
    });
    let pointers = app.put("/people/ext-new", bad).await.violations();
    for pointer in ["/timeZone", "/contacts/0/value", "/contacts/1/value", "/contacts/2/address/state"] {
        assert!(pointers.contains(&pointer.to_owned()), "{pointer}: {pointers:?}");
    }
    app.get("/people/ext-new").await.problem(404, "not-found");
}

#[tokio::test]
async fn a_person_without_an_id_of_the_lenders_is_created_under_one_of_ours_and_once() {
    let app = TestApp::start().await;
    let ada =
        json!({ "firstName": "Ada", "contacts": [{ "contactType": "email", "value": "ada@example.com" }] });
    let create = || answer(app.request(Method::POST, "/people").header("idempotency-key", "ada").json(&ada));
    let created = create().await.expect(201);
    assert_eq!((&created["firstName"], &created["externalId"]), (&json!("Ada"), &Value::Null));
    assert_eq!(create().await.expect(201), created);
    let path = format!("/people/{}", created["id"].as_str().unwrap());
    assert_eq!(app.get(&path).await.expect(200), created);
    let another = app.post("/people", ada).await.expect(201);
    assert_ne!(another["id"], created["id"], "another request, another person");
}

#[tokio::test]
async fn a_person_with_neither_name_nor_an_id_of_the_lenders_is_refused() {
    let app = TestApp::start().await;
    let contacts = json!([{ "contactType": "email", "value": "ada@example.com" }]);
    for nameless in [json!({}), json!({ "firstName": "", "lastName": "" }), json!({ "contacts": contacts })] {
        assert_eq!(app.post("/people", nameless).await.violations(), ["/externalId"]);
    }
    let told = app.post("/people/bulk", json!({ "people": [{ "contacts": contacts }] })).await.expect(200);
    assert_eq!(told["results"][0]["violations"][0]["pointer"], "/people/0/externalId", "{told:#}");
    assert_eq!(app.get("/people?email=ada@example.com").await.expect(200)["count"], 0);
    for content in
        [json!({ "externalId": "ada" }), json!({ "firstName": "Ada" }), json!({ "lastName": "King" })]
    {
        app.post("/people", content).await.expect(201);
    }
}

#[tokio::test]
async fn a_person_the_lender_has_is_not_created_again() {
    let app = TestApp::start().await;
    let created = app.post("/people", json!({ "externalId": "ada", "firstName": "Ada" })).await.expect(201);
    assert_eq!(app.get("/people/ext-ada").await.expect(200), created);
    let again = json!({ "externalId": "ada", "firstName": "Bess" });
    let problem = app.post("/people", again).await.problem(409, "duplicate-external-id");
    assert!(problem["detail"].as_str().unwrap().contains("ext-ada"), "{problem:#}");
    assert_eq!(app.get("/people/ext-ada").await.expect(200), created);
    let faults = json!({ "externalId": "bess", "language": "english", "nickname": "B" });
    assert_eq!(app.post("/people", faults).await.violations(), ["/nickname"]);
    let faults = json!({ "externalId": "bess", "language": "english" });
    assert_eq!(app.post("/people", faults).await.violations(), ["/language"]);
    app.get("/people/ext-bess").await.problem(404, "not-found");
}

#[tokio::test]
async fn up_to_500_people_are_pushed_in_one_call() {
    let app = TestApp::start().await;
    let person = |n: usize| {
        json!({
            "externalId": format!("b{n}"), "firstName": "B",
            "contacts": [{ "contactType": "email", "value": format!("b{n}@example.com") }]
        })
    };
    let people: Vec<_> = (0..500).map(person).collect();
    let told = app.post("/people/bulk", json!({ "people": people })).await.expect(200);
    let results = told["results"].as_array().unwrap();
    assert_eq!(results.len(), 500);
    assert!(results.iter().all(|result| result["outcome"] == "created"), "{told:#}");
    let many: Vec<_> = (0..501).map(person).collect();
    assert_eq!(app.post("/people/bulk", json!({ "people": many })).await.violations(), ["/people"]);
}
