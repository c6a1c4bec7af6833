//! What if: whom of many people one may contact, when the rest, and what is in the way. The clock is that of Chicago, where John
//! lives: 15:00 UTC is 9 in the morning of Monday, 5 January 2026.

use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const WHAT_IF: &str = "/compliance/what-if";

async fn ask(app: &TestApp, question: Value) -> Value {
    app.post(WHAT_IF, question).await.expect(200)
}

fn one_channel(outcome: &Value) -> &Value {
    &outcome["channels"][0]
}

/// How many may be contacted now, later, and not by waiting.
fn split(outcome: &Value) -> [u64; 3] {
    ["allowed", "later", "notByWaiting"].map(|name| one_channel(outcome)[name].as_u64().unwrap())
}

fn afternoons() -> Value {
    json!({ "OWN-AFTERNOON": {
        "reason": "Would afternoons do?",
        "rule": {
            "id": "OWN-AFTERNOON", "title": "Afternoons only", "citation": "Contact policy 4",
            "hours": { "spans": [{ "from": "13:00", "to": "18:00" }] },
        },
    } })
}

#[tokio::test]
async fn at_night_everybody_waits_for_their_own_morning() {
    let app = TestApp::start().await;
    let question = json!({
        "personIds": ["ext-john", "ext-tess", "ext-nobody"],
        "channels": ["email"],
        "theme": "opsCollDebt",
        "startedAt": "2026-01-06T05:00:00Z",
    });
    let answer = ask(&app, question).await;
    assert_eq!((&answer["people"], &answer["unknown"]), (&json!(2), &json!(["ext-nobody"])));
    assert_eq!(split(&answer["outcome"]), [0, 2, 0], "{answer:#}");
    assert!(answer.get("unchanged").is_none());
    let email = one_channel(&answer["outcome"]);
    // Tess lives in Indiana, which lies in two zones, with a number of Los Angeles.
    let hours: Vec<_> = email["byHour"].as_array().unwrap().iter().map(|hour| hour["from"].clone()).collect();
    assert_eq!(hours, ["2026-01-06T14:00:00Z", "2026-01-06T16:00:00Z"]);
    assert_eq!(email["byDay"], json!([{ "date": "2026-01-06", "people": 2 }]));
    let blocked = &email["blockedBy"][0];
    assert_eq!(
        (&blocked["ruleId"], &blocked["people"], &blocked["code"]),
        (&json!("US-REGF-TIME"), &json!(2), &json!("outside_hours"))
    );
    assert!(blocked["title"].is_string() && blocked["citation"].as_str().unwrap().starts_with("12 CFR"));
    let lines = answer["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[0]["personId"], &lines[0]["externalId"], &lines[0]["allowed"], &lines[0]["nextAllowableAt"]),
        (&json!("ext-john"), &json!("john"), &json!(false), &json!("2026-01-06T14:00:00Z"))
    );

    let week = email["week"].as_array().unwrap();
    let chicago = week.iter().find(|zone| zone["timeZones"] == json!(["America/Chicago"])).unwrap();
    let days = chicago["days"].as_array().unwrap();
    assert_eq!((days.len(), &days[0]["date"]), (7, &json!("2026-01-05")));
    let open: Vec<_> =
        days[0]["open"].as_array().unwrap().iter().map(|open| open.as_u64().unwrap()).collect();
    let expected: Vec<u64> = (0..24).map(|hour| u64::from((8..21).contains(&hour))).collect();
    assert_eq!(open, expected);
}

#[tokio::test]
async fn a_changed_rule_is_shown_beside_the_answer_without_it_and_is_not_stored() {
    let app = TestApp::start().await;
    let rules = app.get("/compliance/rules").await.expect(200);
    let question = json!({
        "personIds": ["ext-john"], "channels": ["email"], "theme": "opsServicing", "rules": afternoons(),
    });
    let answer = ask(&app, question.clone()).await;
    assert_eq!(
        (split(&answer["outcome"]), split(&answer["unchanged"])),
        ([0, 1, 0], [1, 0, 0]),
        "{answer:#}"
    );
    assert_ne!(answer["outcome"]["ruleSet"], answer["unchanged"]["ruleSet"]);
    assert_eq!(answer["unchanged"]["ruleSet"], rules["ruleSet"]);
    let line = &answer["lines"][0];
    assert_eq!((&line["allowed"], &line["before"]["allowed"]), (&json!(false), &json!(true)));
    assert_eq!(
        (&line["ruleIds"], &line["nextAllowableAt"]),
        (&json!(["OWN-AFTERNOON"]), &json!("2026-01-05T19:00:00Z"))
    );
    assert_eq!(one_channel(&answer["outcome"])["blockedBy"][0]["alone"], 1);
    assert_eq!(app.get("/compliance/rules").await.expect(200), rules, "nothing was stored");
    assert_eq!(app.get("/compliance/rules/audit").await.expect(200)["data"], json!([]));
    let log = app.get("/api/v1/communication-logs").await.expect(200);
    assert_eq!(log["data"], json!([]), "nothing was sent");

    // The other way round: a rule of the law off, and one of the lender's removed.
    let put = afternoons()["OWN-AFTERNOON"].clone();
    app.put("/compliance/rules/OWN-AFTERNOON", put).await.expect(200);
    let mut question = question;
    question["rules"] = json!({ "OWN-AFTERNOON": null });
    let answer = ask(&app, question).await;
    assert_eq!(
        (split(&answer["outcome"]), split(&answer["unchanged"])),
        ([1, 0, 0], [0, 1, 0]),
        "{answer:#}"
    );
}

#[tokio::test]
async fn a_sample_is_of_those_who_changed_last() {
    let app = TestApp::start().await;
    app.people(120).await;
    let answer =
        ask(&app, json!({ "sample": 110, "channels": ["email", "voice"], "theme": "opsServicing" })).await;
    assert_eq!(answer["people"], 110);
    let lines = answer["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 220);
    let question =
        json!({ "personIds": [lines[0]["personId"]], "channels": ["email"], "theme": "opsServicing" });
    let nobody = app.seen_by(Some("other-admin")).post(WHAT_IF, question).await.expect(200);
    assert_eq!((&nobody["people"], &nobody["unknown"]), (&json!(0), &json!([lines[0]["personId"]])));
    let voice = &answer["outcome"]["channels"][1];
    let blocked = &voice["blockedBy"][0];
    assert_eq!(blocked["ruleId"], "stop.no_contact");
    assert!(blocked["people"].as_u64().unwrap() >= 100, "{blocked:#}");
}

#[tokio::test]
async fn lines_come_as_csv_in_which_nothing_is_a_formula() {
    let app = TestApp::start().await;
    let person = json!({ "people": [{ "externalId": "=1+1", "firstName": "Eve" }] });
    app.post("/people/bulk", person).await.expect(200);
    let question = json!({ "personIds": ["ext-=1+1"], "channels": ["email"], "theme": "opsServicing" });
    let request = app.request(Method::POST, WHAT_IF).header("accept", "text/csv").json(&question);
    let Answer { status, headers, body } = answer(request).await;
    assert_eq!(
        (status.as_u16(), headers["content-type"].to_str().unwrap()),
        (200, "text/csv; charset=utf-8")
    );
    let text = body.as_str().unwrap();
    let (headings, lines) = text.split_once("\r\n").unwrap();
    assert!(headings.starts_with("personId,externalId,channel,allowed,"), "{headings}");
    assert!(lines.starts_with("ext-=1+1,'=1+1,email,false,,stop.no_contact,"), "{lines}");
    assert_eq!(text.lines().count(), 2);
}

#[tokio::test]
async fn what_is_wrong_with_the_question_is_named() {
    let app = TestApp::start().await;
    let asked = |more: Value| {
        let mut question =
            json!({ "personIds": ["ext-john"], "channels": ["email"], "theme": "opsServicing" });
        for (name, value) in more.as_object().unwrap() {
            question[name] = value.clone();
        }
        app.post(WHAT_IF, question)
    };
    for (more, faults) in [
        (json!({ "personIds": null }), vec!["/personIds"]),
        (json!({ "sample": 3 }), vec!["/sample"]),
        (json!({ "personIds": [] }), vec!["/personIds"]),
        (json!({ "personIds": null, "sample": 1001 }), vec!["/sample"]),
        (json!({ "channels": [] }), vec!["/channels"]),
        (json!({ "channels": ["email", "email"] }), vec!["/channels"]),
        (json!({ "isAutodialed": true }), vec!["/isAutodialed"]),
        (
            json!({ "rules": { "XX-NONE": { "reason": "why not", "disabled": true } } }),
            vec!["/rules/XX-NONE"],
        ),
        (json!({ "rules": { "OWN-NONE": null } }), vec!["/rules/OWN-NONE"]),
        (json!({ "rules": { "OWN-A": { "reason": "why not" } } }), vec!["/rules/OWN-A/rule"]),
    ] {
        assert_eq!(asked(more.clone()).await.violations(), faults, "{more}");
    }
    let question = json!({ "sample": 1, "channels": ["email"], "theme": "opsServicing" });
    app.seen_by(Some("demo-viewer")).post(WHAT_IF, question.clone()).await.expect(200);
    app.seen_by(None).post(WHAT_IF, question).await.problem(401, "unauthenticated");
}
