//! Borrowers in the console: found, looked at, and what they say recorded. John lives in Chicago, where it is 9 in the morning of
//! Monday, 5 January 2026.

use postrider_tests::TestApp;
use serde_json::{Value, json};

use super::{Visitor, leads, location, page, shows, value_of};
use crate::interactions::recorded;

const JOHN: &str = "/console/borrowers/ext-john";

/// John in the middle of a month: some calls, an answer, an order of a case.
pub(super) async fn talked_to(app: &TestApp) {
    for day in ["2025-12-30", "2026-01-02", "2026-01-04"] {
        let call = json!({
            "startedAt": format!("{day}T17:00:00Z"), "agentOutcome": "voiceRangNoPickup", "loanId": "ext-LN-0001",
            "content": { "contentText": "Rang twice." },
        });
        recorded(app, call).await;
    }
    let case = json!({ "caseType": "disputeOfDebt", "doNotInteract": { "reason": "Waits for our answer" } });
    app.put("/people/ext-john/cases/ext-CASE-1", case).await;
    app.put("/people/ext-john/communication-preference", json!({ "optedOut": ["fax"], "preferred": "text" }))
        .await
        .expect(200);
    let words =
        json!({ "channel": "voice", "status": "revoked", "source": "letter", "wording": "Do not call me." });
    app.post("/people/ext-maria/consents", words).await.expect(201);
    app.texted("+13125550101", "Can I pay on the 20th?").await;
    app.drain().await;
}

#[tokio::test]
async fn a_borrower_is_found_by_an_id_or_an_address() {
    let app = TestApp::start().await;
    let visitor = Visitor::signed_in(&app, "demo-viewer").await;
    let list = visitor.page("/console/borrowers").await;
    for shown in ["John Doe", "john@example.com", "Maria Alden", "aria-current=\"page\"", "<time datetime="] {
        assert!(list.contains(shown), "{shown}: {list}");
    }
    for query in [
        "by=borrower&q=john",
        "by=borrower&q=ext-john",
        "by=address&q=John%40example.com",
        "by=address&q=312-555-0101",
    ] {
        let led = visitor.get(&format!("/console/borrowers?{query}")).await;
        assert_eq!(led.status.as_u16(), 303, "{query}: {:#}", led.body);
        assert!(visitor.page(location(&led)).await.contains("<h1><bdi>John Doe</bdi></h1>"), "{query}");
    }
    for query in ["by=borrower&q=nobody", "by=address&q=nobody%40example.com"] {
        assert!(
            visitor.page(&format!("/console/borrowers?{query}")).await.contains("Nobody was found"),
            "{query}"
        );
    }
    let html = page(visitor.get("/console/borrowers?by=address&q=12").await, 400);
    assert!(html.contains("aria-invalid=\"true\""), "{html}");
    let other = Visitor::signed_in(&app, "other-admin").await;
    let john = app.get("/people/ext-john").await.expect(200)["id"].as_str().unwrap().to_owned();
    assert!(!other.page("/console/borrowers").await.contains(&john));
    for id in [john.as_str(), "%3Cscript%3E", "ext-nobody"] {
        let html = page(other.get(&format!("/console/borrowers/{id}")).await, 404);
        assert!(html.contains("Page not found"), "{html}");
    }
}

#[tokio::test]
async fn a_page_goes_on_where_the_one_before_ended() {
    let app = TestApp::start().await;
    app.people(120).await;
    let visitor = Visitor::signed_in(&app, "demo-viewer").await;
    let (mut path, mut names) = ("/console/borrowers".to_owned(), Vec::new());
    for _ in 0..3 {
        let html = visitor.page(&path).await;
        names.extend(html.split("<bdi>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()));
        let Some(next) = html.split("rel=\"next\"").next().and_then(|before| before.rsplit("href=\"").next())
        else {
            break;
        };
        path = next.split('"').next().unwrap().replace("&amp;", "&");
    }
    names.sort();
    names.dedup();
    assert!(names.len() >= 120, "{}", names.len());
}

#[tokio::test]
async fn whether_somebody_may_be_contacted_is_shown_with_what_is_used_of_each_limit() {
    let app = TestApp::start().await;
    talked_to(&app).await;
    let visitor = Visitor::signed_in(&app, "demo-viewer").await;
    let html = visitor.page(&format!("{JOHN}?theme=opsCollDebt")).await;
    for shown in [
        "At most 7 collection calls in 7 days about a debt",
        "3 of 7",
        "next free",
        "Jan 6, 2026",
        "LN-0001",
        "Can I pay on the 20th?",
        "Rang twice.",
        "john@example.com",
        "Opted out of the channel",
        "loan application",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    assert!(
        !html.contains("<form method=\"post\" action=\"/console/borrowers"),
        "a viewer records nothing: {html}"
    );
    let texts = visitor.page(&format!("{JOHN}?channel=text")).await;
    assert!(texts.contains("Can I pay on the 20th?") && !texts.contains("Rang twice."), "{texts}");
    let html = visitor.page("/console/borrowers/ext-flora?theme=marketing").await;
    assert!(html.contains("0 of 3 attempts") && html.contains("href=\"/console/rules/FL-MKT\""), "{html}");
    let spanish = visitor.reading("es");
    let html = spanish.page(&format!("{JOHN}?theme=opsCollDebt")).await;
    assert!(html.contains("3 de 7") && html.contains("¿Podemos contactarlo ahora?"), "{html}");
    let html = visitor.page("/console/borrowers/ext-maria").await;
    assert!(html.contains("Do not call me.") && html.contains("Consent was taken back"), "{html}");
}

#[tokio::test]
async fn an_officer_forbids_contact_and_allows_it_again() {
    let app = TestApp::start().await;
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    let form = [("reason", "Asked for time"), ("until", "2026-02-01")];
    let done = officer.submit(JOHN, "forbid", &form).await;
    assert_eq!((done.status.as_u16(), leads(&done)), (303, "/console/borrowers/ext%2Djohn?done=forbidden"));
    let html = officer.page(location(&done)).await;
    for shown in [
        "Nothing is sent to this borrower while the order holds.",
        "Do not contact",
        "Asked for time",
        "Allow contact again",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    // The day begins where the lender is.
    let order = app.get("/people/ext-john").await.expect(200)["doNotContact"].clone();
    let zone = app.get("/settings").await.expect(200)["timeZone"].as_str().unwrap().to_owned();
    let until: jiff::Timestamp = order["until"].as_str().unwrap().parse().unwrap();
    let until = until.to_zoned(jiff::tz::TimeZone::get(&zone).unwrap());
    assert_eq!(until.strftime("%F %T").to_string(), "2026-02-01 00:00:00");
    let done = officer.submit(JOHN, "allow", &[]).await;
    assert!(officer.page(location(&done)).await.contains("may be contacted again"));
    assert!(app.get("/people/ext-john").await.expect(200).get("doNotContact").is_none());

    let long = "x".repeat(501);
    let html = page(officer.submit(JOHN, "forbid", &[("reason", &long)]).await, 400);
    assert!(html.contains("id=\"f-reason-fault\"") && html.contains(&long), "{html}");
    let html = page(officer.submit(JOHN, "forbid", &[("until", "tomorrow")]).await, 400);
    assert!(html.contains("role=\"alert\""), "{html}");
    page(officer.submit(JOHN, "no-such-action", &[]).await, 400);

    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    let stamp = value_of(&viewer.page(JOHN).await, "stamp");
    for action in ["forbid", "allow", "consent", "prefer", "archive"] {
        let refused = viewer.post(JOHN, &[("action", action), ("stamp", &stamp)]).await;
        assert!(page(refused, 403).contains("Your role does not allow this"), "{action}");
    }
}

#[tokio::test]
async fn an_officer_records_what_a_borrower_says() {
    let app = TestApp::start().await;
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    let html = officer.page(JOHN).await;
    let (stamp, once) = (value_of(&html, "stamp"), value_of(&html, "once"));
    let words = [
        ("action", "consent"),
        ("stamp", stamp.as_str()),
        ("once", once.as_str()),
        ("status", "revoked"),
        ("scope", "contact"),
        ("channel", "text"),
        ("contactId", ""),
        ("source", "call"),
        ("wording", "Stop <b>texting</b> me"),
    ];
    let done = officer.post(JOHN, &words).await;
    assert_eq!((done.status.as_u16(), leads(&done)), (303, "/console/borrowers/ext%2Djohn?done=recorded"));
    let again = officer.post(JOHN, &words).await;
    assert_eq!((again.status.as_u16(), location(&again)), (303, location(&done)));
    let consents = app.get("/people/ext-john/consents").await.expect(200);
    assert_eq!(consents.as_array().unwrap().len(), 2, "recorded once: {consents:#}");
    let html = officer.page(JOHN).await;
    for shown in ["Opted out", "Stop &lt;b&gt;texting&lt;", "Consent was taken back"] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    // Nothing that goes on record for good is assumed.
    for (action, filled) in [
        ("consent", vec![]),
        ("consent", vec![("status", "revoked"), ("scope", "contact")]),
        ("forbid", vec![("until", "")]),
        ("forbid", vec![("reason", "Asked"), ("until", "2020-01-01")]),
    ] {
        let refused = page(officer.submit(JOHN, action, &filled).await, 400);
        assert!(
            refused.contains("role=\"alert\"") && refused.contains("aria-invalid"),
            "{action}: {refused}"
        );
    }
    assert_eq!(app.get("/people/ext-john/consents").await.expect(200), consents);
    assert_eq!(app.get("/people/ext-john").await.expect(200)["doNotContact"], Value::Null);
    let refused = page(
        officer
            .submit(JOHN, "consent", &[("status", "maybe"), ("scope", "contact"), ("source", "call")])
            .await,
        400,
    );
    assert!(refused.contains("role=\"alert\""), "{refused}");

    let wishes = [("preferred", "email"), ("optedOut.voice", "1"), ("optedOut.fax", "1")];
    let done = officer.submit(JOHN, "prefer", &wishes).await;
    assert!(officer.page(location(&done)).await.contains("The preferences are saved."));
    let preference = app.get("/people/ext-john").await.expect(200)["communicationPreference"].clone();
    assert_eq!(preference, json!({ "optedOut": ["voice", "fax"], "preferred": "email" }));

    let contacts = app.get("/people/ext-john/contacts").await.expect(200);
    let email =
        contacts.as_array().unwrap().iter().find(|one| one["contactType"] == "email").unwrap()["id"].clone();
    let done = officer.submit(JOHN, "archive", &[("archive", email.as_str().unwrap())]).await;
    let html = officer.page(location(&done)).await;
    assert!(html.contains("The contact is archived") && html.contains("No usable contact"), "{html}");
    page(officer.submit(JOHN, "archive", &[("archive", "CT-NONE")]).await, 404);
}

#[tokio::test]
async fn nothing_about_a_borrower_is_markup_and_the_page_stays_light() {
    let app = TestApp::start().await;
    let hostile =
        "<script>alert(1)</script>\"onload=\"alert(2) \u{202e}{{ 7 * 7 }}<img src=x onerror=alert(3)>";
    let contacts: Vec<_> = (0..50)
        .map(|n| json!({ "externalId": format!("c{n}"), "contactType": "email", "value": format!("a{n}.long.name.of.somebody@mail.example.com") }))
        .collect();
    let loans: Vec<_> = (0..100)
        .map(|n| json!({ "externalId": format!("l{n}"), "loanNumber": hostile.chars().take(100).collect::<String>(), "status": "active", "balance": "1234567.89", "currency": "USD" }))
        .collect();
    let consents: Vec<_> = (0..200)
        .map(|n| json!({ "status": if n % 2 == 0 { "consented" } else { "revoked" }, "recordedAt": format!("2025-{:02}-{:02}T12:00:00Z", 1 + n / 28, 1 + n % 28), "source": "form", "wording": hostile }))
        .collect();
    let person = json!({
        "externalId": "hostile", "firstName": hostile, "lastName": hostile, "contacts": contacts, "loans": loans, "consents": consents,
        "doNotContact": { "reason": hostile },
    });
    app.post("/people", person).await.expect(201);
    for n in 0..30 {
        let said = json!({
            "channel": "email", "direction": "inbound", "status": "succeeded", "theme": "inbOther",
            "content": { "subjectLine": hostile, "contentText": format!("{n} {hostile}{}", "a ".repeat(5_000)) },
        });
        app.post("/people/ext-hostile/interactions", said).await.expect(201);
    }
    let visitor = Visitor::signed_in(&app, "demo-admin").await;
    for path in [
        "/console/borrowers/ext-hostile",
        "/console/borrowers/ext-hostile?channel=email",
        "/console/borrowers?q=%22%3E%3Cscript%3E",
    ] {
        let html = visitor.page(path).await;
        assert!(
            !html.contains("<img") && !html.contains("onload=\"") && !html.contains(">49<"),
            "{path}: {html}"
        );
    }
    let first = visitor.page("/console/borrowers/ext-hostile").await;
    assert!(first.contains("30 more are on record") && first.contains("rel=\"next\""), "{first}");
}

#[tokio::test]
async fn an_order_that_ended_is_not_shown_as_one_that_holds() {
    let app = TestApp::start().await;
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    let order = json!({ "until": "2026-01-05T18:00:00Z", "reason": "Traveling" });
    app.put("/people/ext-john/do-not-contact", order).await.expect(200);
    shows(&officer.page(JOHN).await, &["is-bad\">Do not contact", "Traveling", "value=\"allow\""]);
    // Dora of the demo people must not be contacted either.
    let listed = officer.page("/console/borrowers").await;
    assert_eq!(listed.matches("is-bad\">Do not contact").count(), 2, "{listed}");
    app.set_clock("2026-01-05T19:00:00Z").await;
    let html = officer.page(JOHN).await;
    shows(&html, &["The last do-not-contact order ended", "value=\"forbid\""]);
    assert!(!html.contains("is-bad\">Do not contact") && !html.contains("value=\"allow\""), "{html}");
    let listed = officer.page("/console/borrowers").await;
    assert_eq!(listed.matches("is-bad\">Do not contact").count(), 1, "{listed}");
}

#[tokio::test]
async fn an_order_in_force_is_changed_and_ends_no_sooner_by_it() {
    let app = TestApp::start().await;
    let order = json!({ "reason": "Dispute", "until": "2026-02-01T15:00:00Z" });
    app.put("/people/ext-maria/do-not-contact", order).await.expect(200);
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    let html = officer.page("/console/borrowers/ext-maria").await;
    shows(&html, &["Change the order", "value=\"Dispute\"", "value=\"2026-02-02\""]);
}
