//! Every 201 says where what it made is found.

use std::collections::BTreeMap;

use functions::openapi;
use postrider_tests::TestApp;
use reqwest::Method;
use serde_json::{Value, json};

/// A request that makes something, for each operation whose example in the OpenAPI document names things that the demo has not.
fn own_requests(version: &str, descriptor: &str, rules: &str) -> BTreeMap<&'static str, (String, Value)> {
    let call = json!({ "channel": "voice", "subject": "loanOverdueFirstNotice", "status": "attempted" });
    let rule = json!({ "name": "Note", "event": "LOAN_REPAYMENT", "type": "TASK" });
    let content = json!({ "descriptorId": descriptor, "contentTextTemplate": "Hi" });
    let december =
        json!({ "issuedOn": "2026-01-05", "periodStart": "2025-12-01", "periodEnd": "2025-12-31" });
    BTreeMap::from([
        (
            "sign-offs-create",
            ("/compliance/sign-offs".into(), json!({ "counsel": "J. Doe", "ruleSet": rules })),
        ),
        (
            "template-descriptors-create",
            (
                "/communicator/templatedescriptors".into(),
                json!({ "subject": "payoffOffer", "channel": "text", "name": "Offer" }),
            ),
        ),
        ("template-versions-create", ("/communicator/templates".into(), content.clone())),
        ("template-versions-update", (format!("/communicator/templates/{version}"), content)),
        (
            "shared-templates-put",
            ("/communicator/shared-templates/sign.txt".into(), json!({ "content": "Bye" })),
        ),
        ("interactions-create", ("/people/ext-john/interactions".into(), call)),
        ("statements-upsert", ("/people/ext-john/statements/ext-2025-12".into(), december)),
        (
            "loans-upsert",
            (
                "/people/ext-john/loans/ext-LN-NEW".into(),
                json!({ "loanNumber": "LN-NEW", "status": "current" }),
            ),
        ),
        ("cases-upsert", ("/people/ext-john/cases/ext-7".into(), json!({ "caseType": "legalAction" }))),
        (
            "contacts-create",
            (
                "/people/ext-john/contacts".into(),
                json!({ "contactType": "email", "value": "j2@example.com" }),
            ),
        ),
        ("people-upsert", ("/people/ext-ada".into(), json!({ "firstName": "Ada" }))),
        (
            "subjects-update",
            ("/communicator/subjects/ownNews".into(), json!({ "title": "News", "theme": "opsServicing" })),
        ),
        ("notification-rules-create", ("/communications/notification-rules".into(), rule)),
        (
            "consents-record",
            ("/people/ext-john/consents".into(), json!({ "channel": "text", "status": "revoked" })),
        ),
        ("documents-create", ("/people/ext-john/documents".into(), json!({ "name": "Statement" }))),
    ])
}

#[tokio::test]
async fn everything_that_is_made_says_where_it_is() {
    let app = TestApp::start().await;
    let offer = json!({ "subject": "payoffOffer", "channel": "email", "name": "Offer" });
    let descriptor = app.post("/communicator/templatedescriptors", offer).await.expect(201);
    let descriptor = descriptor["id"].as_str().unwrap();
    let content =
        json!({ "descriptorId": descriptor, "subjectLineTemplate": "Hi", "contentTextTemplate": "Hi" });
    let version = app.post("/communicator/templates", content).await.expect(201);
    let version = version["id"].as_str().unwrap();
    app.post(&format!("/communicator/templates/{version}/activate"), json!({})).await.expect(200);

    let document = openapi::document();
    let rules = app.get("/compliance/rules").await.expect(200);
    let own = own_requests(version, descriptor, rules["ruleSet"].as_str().unwrap());
    let mut walked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let promised = &operation["responses"]["201"];
            if promised.is_null() {
                continue;
            }
            let name = operation["operationId"].as_str().unwrap();
            assert_eq!(promised["headers"]["Location"]["$ref"], "#/components/headers/Location", "{name}");
            let example = &operation["requestBody"]["content"]["application/json"]["example"];
            let (path, body) = own.get(name).cloned().unwrap_or_else(|| (path.clone(), example.clone()));
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let made = app.seen_by(Some("demo-admin")).call(method, &path, Some(body)).await;
            let place = made.headers.get("location").map(|place| place.to_str().unwrap().to_owned());
            let made = made.expect(201);
            let place = place.unwrap_or_else(|| panic!("{name} says nowhere"));
            leads_to(&app, &document, name, &place, &made).await;
            walked += 1;
        }
    }
    assert!(walked >= 20, "{walked}");
}

/// The place is one of the document's, and where it can be read, it is what was made.
async fn leads_to(app: &TestApp, document: &Value, name: &str, place: &str, made: &Value) {
    let fits = |path: &str| {
        let (path, place): (Vec<_>, Vec<_>) = (path.split('/').collect(), place.split('/').collect());
        path.len() == place.len() && path.iter().zip(&place).all(|(p, q)| p.starts_with('{') || p == q)
    };
    let paths = document["paths"].as_object().unwrap();
    let known: Vec<_> = paths.iter().filter(|(path, _)| fits(path)).collect();
    assert!(!known.is_empty(), "{name}: {place}");
    if known.iter().any(|(_, operations)| !operations["get"].is_null()) {
        let found = app.get(place).await.expect(200);
        let id = |of: &Value| {
            [&of["id"], &of["data"]["id"], &of["encodedKey"]]
                .into_iter()
                .find_map(|id| id.as_str().map(str::to_owned))
        };
        if found["data"].is_array() || found.is_array() {
            return;
        }
        assert_eq!(id(&found), id(made), "{name}: {place}");
    }
}

#[tokio::test]
async fn a_request_sent_again_is_told_the_same_place() {
    let app = TestApp::start().await;
    let call = json!({ "channel": "voice", "subject": "loanOverdueFirstNotice", "status": "attempted" });
    let mut places = Vec::new();
    for _ in 0..2 {
        let request =
            app.request(Method::POST, "/people/ext-john/interactions").header("idempotency-key", "one");
        let made = postrider_tests::answer(request.json(&call)).await;
        assert_eq!(made.status, 201, "{:#}", made.body);
        let place = made.headers["location"].to_str().unwrap().to_owned();
        assert_eq!(place, format!("/interactions/{}", made.body["data"]["id"].as_str().unwrap()));
        places.push(place);
    }
    assert_eq!(places[0], places[1]);
}
