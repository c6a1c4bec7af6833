//! What a tenant's admins set, and what whoever runs the installation sets.

use domain::Error;
use postrider_tests::{TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

fn third_bank() -> Value {
    json!({
        "id": "third",
        "name": "Third Bank",
        "senders": {
            "email": {
                "transactional": { "from": "Third Bank <no-reply@third.example>" },
                "conversational": { "from": "Third Bank <service@third.example>" },
            },
        },
        "issuers": [{
            "issuer": "https://login.third.example",
            "audience": "postrider",
            "verification": { "jwks": "https://login.third.example/jwks.json" },
        }],
        "apiKey": { "name": "first admin", "role": "admin" },
    })
}

async fn provision(app: &TestApp, tenant: Value) -> Result<Value, Error> {
    app.system.invoke("tenants-provision", tenant).await
}

#[tokio::test]
async fn settings_that_are_not_named_stay_and_those_named_are_replaced_as_a_whole() {
    let app = TestApp::start().await;
    let mut settings = app.get("/settings").await.expect(200);
    let content = json!({
        "currency": "EUR",
        "branding": { "supportPhone": "+18005550199" },
        "officeHours": [{ "days": ["mon"], "from": "09:00", "to": "17:00" }],
        "helpText": "Call us",
        "optOutHandling": "postrider",
        "inboundTextsEnabled": false,
        "unknownNumbersAccepted": false,
        "conversationTimeoutMinutes": 60,
        "smsReplaceTypography": false,
    });
    settings.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
    assert_eq!(app.put("/settings", content).await.expect(200), settings);
    assert_eq!(app.put("/settings", json!({})).await.expect(200), settings);
    let content =
        json!({ "branding": {}, "officeHours": [], "helpText": null, "conversationTimeoutMinutes": null });
    for (name, value) in content.as_object().unwrap() {
        match value {
            Value::Null => drop(settings.as_object_mut().unwrap().remove(name)),
            value => settings[name] = value.clone(),
        }
    }
    assert_eq!(app.put("/settings", content).await.expect(200), settings);
    assert_eq!(app.get("/settings").await.expect(200), settings);
    // What a lender is to the law is not forgotten where it names something else of that.
    for (content, kept) in
        [(json!({ "party": "collector" }), "party"), (json!({ "safetyMarginMinutes": 12 }), "party")]
    {
        let after = app.put("/settings?reason=test", json!({ "compliance": content })).await.expect(200);
        assert_eq!(after["compliance"][kept], "collector", "{after:#}");
    }
    let wrong = json!({ "officeHours": [{ "from": "17:00", "to": "09:00" }], "optOutHandling": "nobody", "helpText": "" });
    assert_eq!(
        app.put("/settings", wrong).await.violations(),
        ["/helpText", "/officeHours/0/to", "/optOutHandling"]
    );
}

#[tokio::test]
async fn wrong_settings_change_nothing() {
    let app = TestApp::start().await;
    let before = app.get("/settings").await.expect(200);
    let wrong =
        json!({ "locale": "de-DE", "timeZone": "Berlin", "suppressionHours": 100_000, "colour": "red" });
    assert_eq!(app.put("/settings", wrong).await.violations(), ["/colour", "/suppressionHours", "/timeZone"]);
    let wrong = json!({ "locale": "de-DE", "timeZone": "Berlin", "suppressionHours": 100_000 });
    assert_eq!(app.put("/settings", wrong).await.violations(), ["/suppressionHours", "/timeZone"]);
    assert_eq!(app.get("/settings").await.expect(200), before);
}

#[tokio::test]
async fn suppression_follows_the_settings() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    app.sent(&template, "ext-john").await;
    app.send(&template, "ext-john").await.problem(409, "blocked-by-compliance-guard");
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    app.sent(&template, "ext-john").await;
}

#[tokio::test]
async fn a_new_keys_secret_is_shown_once() {
    let app = TestApp::start().await;
    let made = app.post("/api-keys", json!({ "name": "loan system", "role": "viewer" })).await;
    assert_eq!(made.headers["cache-control"], "no-store");
    let made = made.expect(201);
    let listed = app.get("/api-keys").await.expect(200);
    let listed = listed["data"].as_array().unwrap();
    let shown = listed.iter().find(|key| key["id"] == made["id"]).unwrap();
    let members: Vec<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["id", "name", "role", "agent", "createdAt"]);
    app.post("/api-keys", json!({ "name": " ", "role": "viewer" })).await.violations();
    app.post("/api-keys", json!({ "name": "x", "role": "root" })).await.violations();
    let twice = async || {
        let request = app.request(Method::POST, "/api-keys").header("idempotency-key", "core system");
        answer(request.json(&json!({ "name": "core system", "role": "viewer" }))).await
    };
    twice().await.expect(201);
    let told = twice().await;
    assert!(!told.body.to_string().contains("postrider_"), "{:#}", told.body);
    told.problem(409, "already-shown");
    let listed = app.get("/api-keys").await.expect(200)["data"].to_string();
    assert_eq!(listed.matches("core system").count(), 1, "{listed}");
}

#[tokio::test]
async fn settings_that_somebody_else_changed_are_not_overwritten() {
    let app = TestApp::start().await;
    let read = app.get("/settings").await;
    let change = async |tag: &str, currency: &str| {
        let request = app.request(Method::PUT, "/settings").header("if-match", tag);
        answer(request.json(&json!({ "currency": currency }))).await
    };
    let tag = read.headers["etag"].to_str().unwrap();
    let changed = change(tag, "EUR").await;
    let newer = changed.headers["etag"].to_str().unwrap().to_owned();
    changed.expect(200);
    change(tag, "CAD").await.problem(412, "precondition-failed");
    assert_eq!(app.get("/settings").await.expect(200)["currency"], "EUR");
    change(&newer, "CAD").await.expect(200);
}

#[tokio::test]
async fn a_key_is_switched_off_by_another_admin_of_its_tenant_only() {
    let app = TestApp::start().await;
    let made = app.post("/api-keys", json!({ "name": "second admin", "role": "admin" })).await.expect(201);
    let path = format!("/api-keys/{}", made["id"].as_str().unwrap());
    let own = local::standins::http_client().delete(format!("{}{path}", app.system.url()));
    answer(own.header("x-api-key", made["key"].as_str().unwrap())).await.problem(409, "own-credential");
    app.seen_by(Some("other-admin")).call(Method::DELETE, &path, None).await.problem(404, "not-found");
    app.delete("/api-keys/AK-01JD3V9K2M-8ZQ4T6WX1N3F5G7H").await.problem(404, "not-found");
    app.delete(&path).await.expect(204);
    app.delete(&path).await.expect(204);
}

#[tokio::test]
async fn a_provisioned_tenant_works_with_its_first_key() {
    let app = TestApp::start().await;
    let made = provision(&app, third_bank()).await.unwrap();
    assert_eq!(made["tenant"]["settings"]["currency"], "USD");
    let settings = local::standins::http_client().get(format!("{}/settings", app.system.url()));
    answer(settings.header("x-api-key", made["apiKey"]["key"].as_str().unwrap())).await.expect(200);
}

#[tokio::test]
async fn provisioning_again_keeps_what_the_tenants_admins_set() {
    let app = TestApp::start().await;
    let mut tenant = third_bank();
    tenant["settings"] = json!({ "currency": "CAD" });
    provision(&app, tenant).await.unwrap();
    let mut renamed = third_bank();
    renamed["name"] = json!("Third Bank of Ohio");
    renamed.as_object_mut().unwrap().remove("apiKey");
    let again = provision(&app, renamed).await.unwrap();
    assert_eq!(again["tenant"]["name"], "Third Bank of Ohio");
    assert_eq!(again["tenant"]["settings"]["currency"], "CAD");
    assert_eq!(again["apiKey"], Value::Null);
}

#[tokio::test]
async fn what_provisioning_does_to_outreach_rules_is_on_record() {
    let app = TestApp::start().await;
    let mut tenant = third_bank();
    tenant["settings"] = json!({ "compliance": { "safetyMarginMinutes": 10 } });
    let made = provision(&app, tenant.clone()).await.unwrap();
    tenant["settings"] = json!({});
    tenant.as_object_mut().unwrap().remove("apiKey");
    provision(&app, tenant).await.unwrap();

    let audit = local::standins::http_client().get(format!("{}/compliance/rules/audit", app.system.url()));
    let audit = answer(audit.header("x-api-key", made["apiKey"]["key"].as_str().unwrap())).await.expect(200);
    let told: Vec<_> = audit["data"].as_array().unwrap().iter().collect();
    assert_eq!(told.len(), 2);
    assert_eq!((&told[0]["by"], &told[1]["by"]), (&json!("provisioning"), &json!("provisioning")));
    let margin = json!([{ "what": "safetyMarginMinutes", "before": 10, "after": 5 }]);
    assert_eq!(told[0]["changes"], margin, "newest first");
}

#[tokio::test]
async fn an_issuer_speaks_for_one_tenant_and_only_while_it_is_listed() {
    let app = TestApp::start().await;
    let speaks_for = async || {
        let known = app.system.app().store.issuer("https://login.third.example").await.unwrap();
        known.map(|(tenant, _)| tenant.to_string())
    };
    provision(&app, third_bank()).await.unwrap();
    assert_eq!(speaks_for().await.as_deref(), Some("third"));

    let mut thief = third_bank();
    thief["id"] = json!("thief");
    assert!(matches!(provision(&app, thief).await, Err(Error::Invalid(_))));
    assert_eq!(speaks_for().await.as_deref(), Some("third"));

    let mut without = third_bank();
    without["issuers"] = json!([]);
    provision(&app, without).await.unwrap();
    assert_eq!(speaks_for().await, None);
}

#[tokio::test]
async fn a_tenant_with_faults_is_not_stored() {
    let app = TestApp::start().await;
    let mut wrong = third_bank();
    wrong["name"] = json!("");
    wrong["settings"] = json!({ "locale": "english" });
    wrong["senders"]["email"]["transactional"]["from"] = json!("Third Bank");
    wrong["issuers"][0]["verification"]["jwks"] = json!("http://login.third.example/jwks.json");
    wrong["apiKey"]["name"] = json!("");
    let Err(Error::Invalid(violations)) = provision(&app, wrong).await else { panic!("was taken") };
    let pointers: Vec<_> = violations.iter().map(|violation| violation.pointer.as_str()).collect();
    let expected = [
        "/name",
        "/settings/locale",
        "/senders/email/transactional/from",
        "/issuers/0/verification/jwks",
        "/apiKey/name",
    ];
    assert_eq!(pointers, expected);
    assert!(app.system.app().store.tenant(&"third".parse().unwrap()).await.is_err());
}
