//! Outreach rules as a lender's compliance officer changes them: rule by rule, by the settings, by a subject's theme; and the
//! record of all that.

use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

async fn change_rule(app: &TestApp, id: &str, content: Value) -> Answer {
    app.put(&format!("/compliance/rules/{id}"), content).await
}

fn own_cap(id: &str, cap: &Value) -> Value {
    json!({
        "reason": "decided by the board",
        "rule": { "id": id, "title": "No more", "citation": "Contact policy 3", "caps": [cap] },
    })
}

#[tokio::test]
async fn rules_are_added_tightened_disabled_and_removed_and_every_change_is_on_record() {
    let app = TestApp::start().await;
    let board = "decided by the board";
    let cap = json!({ "most": 2, "period": { "days": 1 } });
    let added = change_rule(&app, "OWN-CAP", own_cap("OWN-CAP", &cap)).await.expect(200);
    assert_eq!((&added["standing"], &added["rule"]["caps"][0]["most"]), (&json!("enforced"), &json!(2)));
    let tightened = json!({ "reason": board, "tightened": { "most": 3 } });
    let tightened = change_rule(&app, "US-REGF-7IN7", tightened).await.expect(200);
    assert_eq!(tightened["rule"]["caps"][0]["most"], 3);
    let disabled =
        change_rule(&app, "WV-CCPA", json!({ "reason": board, "disabled": true })).await.expect(200);
    assert_eq!(disabled["standing"]["disabled"]["reason"], board);
    app.delete("/compliance/rules/OWN-CAP?reason=no%20longer").await.expect(204);

    let record = app.get("/compliance/rules/audit").await.expect(200);
    let told: Vec<_> = record["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            let one = &change["changes"][0];
            (change["reason"].clone(), one["what"].clone(), one["before"].is_null(), one["after"].is_null())
        })
        .collect();
    let mut expected = vec![
        (json!(board), json!("OWN-CAP"), true, false),
        (json!(board), json!("US-REGF-7IN7"), true, false),
        (json!(board), json!("WV-CCPA"), true, false),
        (json!("no longer"), json!("OWN-CAP"), false, true),
    ];
    // Made at the same instant of the local clock, they may stand in any order.
    let by_text = |change: &(Value, Value, bool, bool)| format!("{change:?}");
    let mut told_sorted = told.clone();
    told_sorted.sort_by_key(by_text);
    expected.sort_by_key(by_text);
    assert_eq!(told_sorted, expected);
    let by = record["data"][0]["by"].as_str().unwrap();
    assert!(by.starts_with("AK-"), "{by}");

    let settings = app.get("/settings").await.expect(200);
    assert_eq!(settings["compliance"]["overrides"]["WV-CCPA"]["disabled"]["by"], by);
    app.put("/settings?reason=over", json!({ "compliance": { "overrides": {} } })).await.expect(200);
    let record = app.get("/compliance/rules/audit").await.expect(200);
    assert_eq!(record["data"].as_array().unwrap().len(), 5, "a change by the settings is recorded too");
    let stranger = app.seen_by(Some("other-admin"));
    assert_eq!(stranger.get("/compliance/rules/audit").await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn a_rule_that_somebody_else_changed_or_added_is_not_overwritten() {
    let app = TestApp::start().await;
    let path = "/compliance/rules/OWN-CAP";
    let sent = async |method: Method, path: &str, header: &str, tag: &str| {
        let cap = json!({ "most": 2, "period": { "days": 1 } });
        answer(app.request(method, path).header(header, tag).json(&own_cap("OWN-CAP", &cap))).await
    };
    sent(Method::PUT, path, "if-none-match", "*").await.expect(200);
    sent(Method::PUT, path, "if-none-match", "*").await.problem(412, "precondition-failed");
    let listed = app.get("/compliance/rules").await;
    let tag = listed.headers["etag"].to_str().unwrap();
    sent(Method::PUT, path, "if-match", tag).await.expect(200);
    sent(Method::PUT, path, "if-match", tag).await.problem(412, "precondition-failed");
    let reason = format!("{path}?reason=gone");
    let removed = app.request(Method::DELETE, &reason).header("if-match", tag);
    answer(removed).await.problem(412, "precondition-failed");
    sent(Method::PUT, path, "if-match", "*").await.expect(200);
}

#[tokio::test]
async fn what_loosens_rules_elsewhere_is_on_record_too_with_its_true_author() {
    let app = TestApp::start().await;
    let forged = json!({ "reason": "ok", "by": "Chief Counsel", "at": "2020-01-01T00:00:00Z" });
    let settings = json!({ "compliance": { "overrides": { "US-REGF-TIME": { "disabled": forged } } } });
    for body in [settings.clone(), json!({ "suppressionHours": 0 })] {
        assert_eq!(app.put("/settings", body).await.violations(), ["?reason"]);
    }
    let put = app.put("/settings?reason=no%20collections", settings).await.expect(200);
    let disabled = &put["compliance"]["overrides"]["US-REGF-TIME"]["disabled"];
    assert!(disabled["by"].as_str().unwrap().starts_with("AK-"), "{disabled:#}");
    assert!(disabled["at"].as_str().unwrap().starts_with("2026-01-05"), "{disabled:#}");
    app.put("/settings", put).await.expect(200);

    app.advance(1).await;
    let theme = json!({ "theme": "opsServicing" });
    app.put("/communicator/subjects/loanOverdueFirstNotice?reason=softer", theme).await.expect(200);
    app.advance(1).await;
    app.put("/settings?reason=tests", json!({ "suppressionHours": 0 })).await.expect(200);

    let record = app.get("/compliance/rules/audit").await.expect(200);
    let newest = &record["data"][0];
    let rules = app.get("/compliance/rules").await.expect(200);
    assert_eq!((&newest["reason"], &newest["ruleSet"]), (&json!("tests"), &rules["ruleSet"]), "{newest:#}");
    assert!(newest["changes"].to_string().contains("suppressionHours"), "{newest:#}");
    let theme =
        json!([{ "what": "loanOverdueFirstNotice", "before": "opsCollDebt", "after": "opsServicing" }]);
    assert_eq!((&record["data"][1]["changes"], &record["data"][1]["reason"]), (&theme, &json!("softer")));
    assert_eq!(record["data"].as_array().unwrap().len(), 3, "what changed nothing is not on it");
    // Of one rule, however much else was changed since.
    for (what, limit, reasons) in [
        ("US-REGF-TIME", 1, json!(["no collections"])),
        ("loanOverdueFirstNotice", 25, json!(["softer"])),
        ("US-REGF-7IN7", 25, json!([])),
    ] {
        let record = app.get(&format!("/compliance/rules/audit?what={what}&limit={limit}")).await.expect(200);
        let told = record["data"].as_array().unwrap().iter().map(|change| change["reason"].clone());
        assert_eq!(told.collect::<Value>(), reasons, "{what}");
    }
}

#[tokio::test]
async fn a_rule_is_never_loosened_and_needs_a_reason_and_an_admin() {
    let app = TestApp::start().await;
    for (id, content, pointers) in [
        ("US-REGF-7IN7", json!({ "reason": "more", "tightened": { "most": 8 } }), vec!["/tightened/most"]),
        ("US-REGF-7IN7", json!({ "reason": "", "disabled": true }), vec!["/disabled/reason", "/reason"]),
        ("US-REGF-7IN7", json!({ "reason": "nothing" }), vec![""]),
        ("OWN-CAP", json!({ "reason": "nothing" }), vec!["/rule"]),
        ("OWN-CAP", own_cap("OWN-OTHER", &json!({ "most": 1, "period": { "days": 1 } })), vec!["/rule/id"]),
        (
            "OWN-CAP",
            own_cap("OWN-CAP", &json!({ "most": 0, "period": { "days": 99 } })),
            vec!["/rule/caps/0/most", "/rule/caps/0/period/days"],
        ),
    ] {
        assert_eq!(change_rule(&app, id, content).await.violations(), pointers, "{id}");
    }
    for (period, place, message) in [
        (json!({ "days": 0 }), "/days", "must be from 1 to 60; 0 was sent"),
        (json!({ "hours": 1_441 }), "/hours", "must be from 1 to 1440; 1441 was sent"),
        (
            json!({ "weeks": 2 }),
            "",
            "must be an object with one of minutes, hours, days; an object with weeks was sent",
        ),
        (
            json!({ "days": 1, "hours": 2 }),
            "",
            "must be an object with one of minutes, hours, days; an object with days, hours was sent",
        ),
        (json!({}), "", "must be an object with one of minutes, hours, days; an empty object was sent"),
        (json!("P7D"), "", "must be an object with one of minutes, hours, days; P7D was sent"),
        (json!([7]), "", "must be an object with one of minutes, hours, days; a list of 1 entry was sent"),
    ] {
        let refused =
            change_rule(&app, "OWN-CAP", own_cap("OWN-CAP", &json!({ "most": 1, "period": period }))).await;
        let refused = refused.problem(400, "invalid-request");
        let expected = json!([{ "pointer": format!("/rule/caps/0/period{place}"), "message": message }]);
        assert_eq!(refused["violations"], expected);
    }
    let off = json!({ "reason": "no", "disabled": true });
    change_rule(&app, "US-NOTHING", off.clone()).await.problem(404, "not-found");
    app.delete("/compliance/rules/US-REGF-7IN7?reason=none").await.problem(404, "not-found");
    assert_eq!(app.delete("/compliance/rules/US-REGF-7IN7").await.violations(), ["?reason"]);
    let officer = app.seen_by(Some("demo-loan-officer"));
    officer.put("/compliance/rules/US-REGF-7IN7", off).await.problem(403, "forbidden");
    assert_eq!(app.get("/compliance/rules/audit").await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn counsel_signs_a_version_off_and_every_decision_by_it_says_so() {
    let app = TestApp::start().await;
    let version = async || app.get("/compliance/rules").await.expect(200)["ruleSet"].clone();
    let ask = async || {
        let question = json!({ "channel": "email", "theme": "opsServicing" });
        app.post("/people/ext-john/can-interact", question).await.expect(200)
    };
    assert_eq!(ask().await.get("signOff"), Some(&Value::Null), "said, not left out");
    let first = version().await;
    let signing = |rule_set: &Value, counsel: &str| json!({ "counsel": counsel, "ruleSet": rule_set, "signedOn": "2026-01-04", "note": "All of them" });
    let officer = app.seen_by(Some("demo-loan-officer"));
    officer.post("/compliance/sign-offs", signing(&first, "J. Doe")).await.problem(403, "forbidden");
    let wrong = app.post("/compliance/sign-offs", signing(&json!("2020-01-01+00000000"), "")).await;
    assert_eq!(wrong.violations(), ["/counsel", "/ruleSet"]);

    let signed = app.post("/compliance/sign-offs", signing(&first, "J. Doe, counsel")).await.expect(201);
    assert_eq!((&signed["ruleSet"], &signed["note"]), (&first, &json!("All of them")));
    let me = app.get("/me").await.expect(200);
    assert_eq!(signed["by"], me["subject"]);
    let answer = ask().await;
    let shown = json!({
        "ruleSet": first, "counsel": "J. Doe, counsel", "signedOn": "2026-01-04", "at": signed["at"],
    });
    assert_eq!(answer["signOff"], shown, "{answer:#}");

    let template = app.template("email", "welcome").await;
    let message = app.sent(&template, "ext-john").await;
    let explained = app.get(&format!("/interactions/{message}/compliance")).await.expect(200);
    assert_eq!(explained["decision"]["signOff"], shown, "{explained:#}");

    // Other rules nobody has signed yet; the old ones still are.
    let stricter = json!({ "suppressionHours": 48 });
    app.put("/settings?reason=careful", stricter).await.expect(200);
    assert_ne!(version().await, first);
    assert_eq!(ask().await["signOff"], Value::Null);
    app.put("/settings?reason=as%20before", json!({ "suppressionHours": 24 })).await.expect(200);
    assert_eq!(ask().await["signOff"], shown);
    let again = app.post("/compliance/sign-offs", signing(&first, "R. Roe, counsel")).await.expect(201);
    assert_eq!(ask().await["signOff"]["counsel"], "R. Roe, counsel");
    let kept = app.get(&format!("/interactions/{message}/compliance")).await.expect(200);
    assert_eq!(kept["decision"]["signOff"], shown, "as it was decided");

    let listed = app.get("/compliance/sign-offs").await.expect(200);
    assert_eq!(listed["data"], json!([again, signed]));
    let page = app.get("/compliance/sign-offs?limit=1").await.expect(200);
    let next = format!("/compliance/sign-offs?limit=1&cursor={}", page["nextCursor"].as_str().unwrap());
    assert_eq!(app.get(&next).await.expect(200)["data"], json!([signed]));
    let others = app.seen_by(Some("other-admin")).get("/compliance/sign-offs").await.expect(200);
    assert_eq!(others["data"], json!([]));
}

#[tokio::test]
async fn a_sign_off_that_is_sent_twice_is_on_record_once() {
    let app = TestApp::start().await;
    let rule_set = app.get("/compliance/rules").await.expect(200)["ruleSet"].clone();
    let sign = || {
        let request =
            app.request(Method::POST, "/compliance/sign-offs").header("idempotency-key", "folder 118");
        answer(request.json(&json!({ "counsel": "J. Doe, counsel", "ruleSet": rule_set })))
    };
    assert_eq!(sign().await.expect(201), sign().await.expect(201));
    let listed = app.get("/compliance/sign-offs").await.expect(200);
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1), "{listed:#}");
}
