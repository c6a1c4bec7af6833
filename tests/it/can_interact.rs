//! May this person be contacted? Both dialects ask the guard without sending: of one person and of a thousand. The clock is
//! that of Chicago, where John lives: 15:00 UTC is 9 in the morning.

use postrider_tests::TestApp;
use serde_json::{Value, json};

const NIGHT: &str = "2026-01-06T03:30:00Z";
const MORNING: &str = "2026-01-06T14:00:00Z";

/// The ids of all reasons.
fn rules_of(answer: &Value, member: &str) -> Vec<String> {
    let reasons = answer[member].as_array().into_iter().flatten();
    reasons.map(|reason| reason["ruleId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn can_interact_of_a_person_says_why_not_and_when() {
    let app = TestApp::start().await;
    app.set_clock(NIGHT).await;
    let ask = |more: Value| {
        let mut body = json!({ "channel": "voice", "theme": "opsCollDebt" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.post("/people/ext-john/can-interact", body)
    };
    let no = ask(json!({ "loanId": "ext-LN-0001", "contactId": "ext-john-mobile" })).await.expect(200);
    assert_eq!((&no["result"], &no["complianceGuardRuleId"]), (&json!(false), &json!("US-REGF-TIME")));
    assert_eq!((&no["nextAllowableAt"], &no["sendAt"]), (&json!(MORNING), &json!(MORNING)));
    assert_eq!((&no["timeZones"], &no["jurisdictions"]), (&json!(["America/Chicago"]), &json!(["US", "IL"])));
    assert_eq!(ask(json!({ "assumeNoon": true })).await.expect(200)["result"], true);
    assert_eq!(ask(json!({ "startedAt": MORNING })).await.expect(200)["result"], true);

    let day = json!({ "startedAt": MORNING, "isAutodialed": true });
    let autodialed = ask(day).await.expect(200);
    assert_eq!(rules_of(&autodialed, "reasons"), ["US-TCPA-AUTODIAL"]);
    let work = json!({ "startedAt": MORNING, "contactDetails": {
        "contactType": "phone", "value": "+12065550199", "affiliation": "other",
    } });
    let other = ask(work).await.expect(200);
    assert!(rules_of(&other, "reasons").contains(&"stop.contact_of_another".to_owned()), "{other:#}");
    assert!(other["timeZones"].to_string().contains("America/Los_Angeles"), "{other:#}");
    let contacts = app.get("/people/ext-john/contacts").await.expect(200);
    assert!(!contacts.to_string().contains("+12065550199"), "asked about and not kept");
}

#[tokio::test]
async fn can_interact_refuses_what_it_cannot_answer() {
    let app = TestApp::start().await;
    let path = "/people/ext-john/can-interact";
    for (body, pointers) in [
        (json!({ "channel": "email" }), vec!["/subject"]),
        // 001: subjects "like freeForm … do not have an implicit theme. … you must specify a theme."
        (json!({ "channel": "email", "subject": "freeForm" }), vec!["/theme"]),
        (json!({ "theme": "opsServicing" }), vec!["/channel"]),
        (json!({ "channel": "email", "theme": "opsServicing", "isAutodialed": true }), vec!["/isAutodialed"]),
        (
            json!({ "channel": "email", "theme": "opsServicing", "contactId": "ext-a", "externalContactId": "a" }),
            vec!["/contactId"],
        ),
        (
            json!({ "channel": "voice", "theme": "opsServicing", "contactDetails": { "contactType": "phone", "value": "1" } }),
            vec!["/contactDetails/value"],
        ),
    ] {
        assert_eq!(app.post(path, body.clone()).await.violations(), pointers, "{body}");
    }
    let ask = json!({ "channel": "email", "theme": "opsServicing" });
    app.post("/people/ext-nobody/can-interact", ask.clone()).await.problem(404, "not-found");
    let mut loan = ask.clone();
    loan["loanId"] = json!("ext-LN-0002");
    app.post(path, loan).await.problem(409, "loan-not-of-person");
    let mut contact = ask;
    contact["externalContactId"] = json!("maria-email");
    app.post(path, contact).await.problem(409, "contact-not-of-person");
}

#[tokio::test]
async fn the_theme_is_that_of_the_lenders_subject() {
    let app = TestApp::start().await;
    app.put("/communicator/subjects/payment_nudge", json!({ "theme": "opsCollDebt" })).await.expect(201);
    app.set_clock(NIGHT).await;
    let ask = json!({ "borrower_id": "ext-john", "channel": "email", "template_type": "payment_nudge" });
    let no = app.post("/api/v1/communications/can-interact", ask).await.expect(200);
    assert_eq!(no["reasons"], json!(["outside_hours"]));
    assert_eq!(
        (&no["details"][0]["ruleId"], &no["next_allowable_at"]),
        (&json!("US-REGF-TIME"), &json!(MORNING))
    );
}

#[tokio::test]
async fn many_borrowers_are_asked_about_at_once_and_an_unknown_one_spoils_no_other() {
    let app = TestApp::start().await;
    let path = "/api/v1/communications/can-interact/batch";
    let ids = json!(["ext-john", "ext-nobody", "ext-dora", "not an id", "ext-john"]);
    let answer = app.post(path, json!({ "borrower_ids": ids, "channel": "email" })).await.expect(200);
    let told: Vec<_> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["borrower_id"].clone(), one["can_interact"].clone(), one["reasons"].clone()))
        .collect();
    let none = (Value::Null, Value::Null);
    let expected = [
        ("ext-john", json!(true), json!([])),
        ("ext-nobody", none.0.clone(), none.1.clone()),
        ("ext-dora", json!(false), json!(["do_not_contact"])),
        ("not an id", none.0, none.1),
        ("ext-john", json!(true), json!([])),
    ];
    assert_eq!(told, expected.map(|(id, can, reasons)| (json!(id), can, reasons)));
    let thousand: Vec<_> = (0..1_000).map(|n| format!("ext-{n}")).collect();
    let answer = app.post(path, json!({ "borrower_ids": thousand, "channel": "email" })).await.expect(200);
    assert_eq!(answer["results"].as_array().unwrap().len(), 1_000);
    for wrong in [Vec::new(), vec!["ext-john"; 1_001]] {
        let answer = app.post(path, json!({ "borrower_ids": wrong, "channel": "email" })).await;
        assert_eq!(answer.violations(), ["/borrower_ids"]);
    }
}

#[tokio::test]
async fn the_question_and_the_send_agree() {
    let app = TestApp::start().await;
    let template = app.template("email", "promo").await;
    let text = app.template("sms", "promo_text").await;
    app.put("/people/ext-john", json!({ "loans": [{ "externalId": "LN-0001" }, { "externalId": "LN-7" }] }))
        .await
        .expect(200);
    app.set_clock(NIGHT).await;
    for (template, channel, more) in [
        (&template, "email", json!({})),
        (&template, "email", json!({ "purpose": "collections" })),
        (&text, "sms", json!({ "purpose": "marketing" })),
        (&text, "email", json!({})),
        (&template, "email", json!({ "loan_id": "ext-LN-0002" })),
        (&template, "email", json!({ "contact_id": "ext-maria-email" })),
    ] {
        let with = |mut body: Value| {
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let who = json!({ "template_id": template, "borrower_id": "ext-john", "channel": channel });
        let asked = app.post("/api/v1/communications/can-interact", with(who.clone())).await;
        let mut now = with(who);
        now["send_at"] = json!(app.system.app().now());
        let sent = app.post("/api/v1/communications/send", now).await;
        match asked.status.as_u16() {
            200 => {
                assert_eq!(asked.body["can_interact"] == true, sent.status == 202, "{more}: {:#}", sent.body);
                assert_eq!(
                    rules_of(&asked.body, "details"),
                    rules_of(&sent.body, "reasons"),
                    "{more}: {:#}",
                    sent.body
                );
            }
            _ => assert_eq!((asked.status, &asked.body["type"]), (sent.status, &sent.body["type"]), "{more}"),
        }
    }
}

#[tokio::test]
async fn a_stop_before_any_rule_names_no_rule() {
    let app = TestApp::start().await;
    app.put("/people/ext-john/do-not-contact", json!({ "reason": "asked by phone" })).await.expect(200);
    let body = json!({ "channel": "email", "theme": "opsServicing" });
    let no = app.post("/people/ext-john/can-interact", body).await.expect(200);
    assert_eq!((&no["result"], &no["complianceGuardRuleId"]), (&json!(false), &Value::Null), "{no:#}");
}

#[tokio::test]
async fn a_campaign_of_calls_is_planned_at_once() {
    let app = TestApp::start().await;
    app.set_clock("2026-01-06T12:00:00Z").await;
    let ask = |ids: Value, more: Value| {
        let mut body = json!({ "personIds": ids, "channel": "voice", "theme": "opsCollDebt" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.post("/people/can-interact", body)
    };
    let ids = json!(["ext-john", "ext-nobody", "ext-dora"]);
    let early = ask(ids.clone(), json!({})).await.expect(200);
    assert_eq!(early["results"][0]["complianceGuardRuleId"], "US-REGF-TIME", "{early:#}");
    let noon = ask(ids, json!({ "assumeNoon": true, "startedAt": null })).await.expect(200);
    let told: Vec<_> = noon["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["personId"].as_str().unwrap(), one["result"].clone(), one["problem"].clone()))
        .collect();
    assert_eq!(
        told,
        [
            ("ext-john", json!(true), Value::Null),
            ("ext-nobody", Value::Null, json!("There is no person ext-nobody; check the id.")),
            ("ext-dora", json!(false), Value::Null),
        ]
    );
    assert_eq!(ask(json!([]), json!({})).await.violations(), ["/personIds"]);
    let email = json!({ "personIds": ["ext-john"], "channel": "email", "theme": "opsCollDebt", "isAutodialed": true });
    assert_eq!(app.post("/people/can-interact", email).await.violations(), ["/isAutodialed"]);
    let stranger = app.seen_by(Some("other-admin"));
    let body = json!({ "personIds": ["ext-dora"], "channel": "email", "theme": "opsServicing" });
    let seen = stranger.post("/people/can-interact", body).await.expect(200);
    assert_eq!(seen["results"][0]["problem"], "There is no person ext-dora; check the id.");
}
