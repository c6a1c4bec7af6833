//! The rules in the console: read, made stricter, switched off with a reason, added, and signed.

use postrider_tests::TestApp;
use serde_json::json;

use super::{Visitor, leads, location, page, shows, value_of};

const SEVEN: &str = "/console/rules/US-REGF-7IN7";

/// A lender that changed some, and whose counsel signed them.
pub(super) async fn changed(app: &TestApp) {
    let rule = json!({
        "id": "OWN-TEXTS", "title": "Two texts a day", "citation": "Contact policy 3.2", "channels": ["text"],
        "caps": [{ "most": 2, "period": { "days": 1 } }],
    });
    app.put(
        "/compliance/rules/OWN-TEXTS",
        json!({ "reason": "Decided by the board on January 5", "rule": rule }),
    )
    .await
    .expect(200);
    let stricter = json!({ "reason": "Careful with calls", "tightened": { "most": 5 } });
    app.put("/compliance/rules/US-REGF-7IN7", stricter).await.expect(200);
    app.put(
        "/compliance/rules/WV-CCPA",
        json!({ "reason": "We call nobody in West Virginia", "disabled": true }),
    )
    .await;
    let version = app.get("/compliance/rules").await.expect(200)["ruleSet"].clone();
    let sign_off = json!({ "counsel": "J. Doe, counsel", "ruleSet": version, "note": "All rules but those of states in which we lend to nobody." });
    app.post("/compliance/sign-offs", sign_off).await.expect(201);
}

#[tokio::test]
async fn rules_are_read_in_plain_language_and_found_by_state_channel_and_words() {
    let app = TestApp::start().await;
    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    let html = viewer.page("/console/rules").await;
    for shown in [
        "At most 7",
        "in 7 days",
        "for each loan",
        "12 CFR 1006.14",
        "Verified",
        "Enforced",
        "Not signed off by counsel",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    assert!(!html.contains("Add a rule of your own"), "a viewer changes nothing");
    let next = html
        .split("rel=\"next\"")
        .next()
        .unwrap()
        .rsplit("href=\"")
        .next()
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert_ne!(viewer.page(&next.replace("&amp;", "&")).await, html);
    for (query, is_there, is_not) in [
        ("q=7in7", "US-REGF-7IN7", "US-REGF-TIME"),
        ("jurisdiction=MA", "/console/rules/MA-", "/console/rules/US-"),
        ("q=regf&channel=text", "US-REGF-TIME", "\"/console/rules/US-REGF-7IN7\""),
        ("standing=informational", "Not checked", "\"/console/rules/US-REGF-7IN7\""),
        ("confidence=partial", "Read second-hand", "\"/console/rules/US-REGF-7IN7\""),
    ] {
        let html = viewer.page(&format!("/console/rules?{query}")).await;
        assert!(html.contains(is_there) && !html.contains(is_not), "{query}: {html}");
    }
    assert!(viewer.page("/console/rules?q=no-such-words").await.contains("No rule fits"));
    let html = viewer.page(SEVEN).await;
    for shown in [
        "At most 7 collection calls in 7 days about a debt",
        "presumed harassment",
        "acainternational.org",
        "Collectors",
        "No recent changes.",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    assert!(!html.contains("<button class=\"main\">"), "{html}");
    for id in ["US-NONE", "OWN-NONE", "%3Cscript%3E"] {
        page(viewer.get(&format!("/console/rules/{id}")).await, 404);
    }
    let spanish = viewer.reading("es");
    let html = spanish.page(SEVEN).await;
    assert!(html.contains("Como máximo 7") && html.contains("por préstamo"), "{html}");
}

#[tokio::test]
async fn an_admin_makes_a_rule_stricter_switches_it_off_and_lets_it_hold_again() {
    let app = TestApp::start().await;
    let admin = Visitor::signed_in(&app, "demo-admin").await;
    let html =
        page(admin.submit(SEVEN, "tighten", &[("tightened.most", "9"), ("reason", "Policy")]).await, 400);
    assert!(html.contains("a rule can only be made stricter") && html.contains("value=\"9\""), "{html}");
    let html = page(admin.submit(SEVEN, "tighten", &[("tightened.most", "3")]).await, 400);
    assert!(html.contains("id=\"f-reason-fault\""), "{html}");
    let done =
        admin.submit(SEVEN, "tighten", &[("tightened.most", "3"), ("reason", "Policy of January")]).await;
    let html = admin.page(location(&done)).await;
    for shown in [
        "The rule is changed.",
        "At most 3",
        "Made stricter",
        ">demo-admin</bdi>",
        "Policy of January",
        "Restore the original rule",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    let time = "/console/rules/US-REGF-TIME";
    let done = admin
        .submit(time, "tighten", &[("tightened.hours.0", "09:00"), ("to", "20:00"), ("reason", "Policy")])
        .await;
    assert!(admin.page(location(&done)).await.contains("09:00–20:00"));

    let done = admin.submit(SEVEN, "disable", &[("reason", "We collect <b>nothing</b>")]).await;
    let html = admin.page(location(&done)).await;
    for shown in ["You switched it off.", "We collect &lt;b&gt;nothing", "Disabled"] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    assert!(admin.page("/console/rules?standing=disabled").await.contains("US-REGF-7IN7"));
    let html = page(admin.submit(SEVEN, "remove", &[]).await, 400);
    assert!(html.contains("must be given") || html.contains("role=\"alert\""), "{html}");
    let done = admin.submit(SEVEN, "remove", &[("reason", "We do collect")]).await;
    let html = admin.page(location(&done)).await;
    assert!(
        html.contains("At most 7") && html.contains("We do collect") && html.contains("Removed"),
        "{html}"
    );
    let html = admin.page("/console/rules/history").await;
    for shown in [
        "Policy of January",
        "We do collect",
        "We collect &lt;b&gt;nothing",
        "Before and after",
        "US-REGF-TIME",
        "Disabled: <bdi>We collect",
        "<li>Only ",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    assert!(!html.contains("{&quot;"), "in words: {html}");

    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    let html = officer.page(SEVEN).await;
    assert!(!html.contains("Make stricter"), "{html}");
    let stamp = value_of(&html, "stamp");
    for (path, action) in [(SEVEN, "disable"), ("/console/rules", "add"), ("/console/rules/history", "sign")]
    {
        page(officer.post(path, &[("action", action), ("stamp", &stamp)]).await, 403);
    }
    let other = Visitor::signed_in(&app, "other-admin").await;
    assert!(!other.page("/console/rules/history").await.contains("Policy of January"));
}

#[tokio::test]
async fn an_admin_adds_a_rule_of_their_own_changes_and_removes_it() {
    let app = TestApp::start().await;
    let admin = Visitor::signed_in(&app, "demo-admin").await;
    let form = [
        ("rule.id", "Two texts"),
        ("rule.title", "Two texts a day"),
        ("rule.citation", "Contact policy 3.2"),
        ("rule.jurisdiction", "US"),
        ("channels.text", "1"),
        ("rule.caps.0.most", "2"),
        ("rule.caps.0.counts", "placed"),
        ("rule.caps.0.period", "1"),
        ("rule.caps.0.scope", "person"),
        ("rule.hours.spans.0.from", "09:00"),
        ("rule.hours.spans.0.to", "20:00"),
        ("reason", "Board of January 5"),
    ];
    let done = admin.submit("/console/rules", "add", &form).await;
    assert_eq!(done.status.as_u16(), 303, "{:#}", done.body);
    let path = location(&done).split('?').next().unwrap().to_owned();
    let html = admin.page(location(&done)).await;
    for shown in [
        "The rule is added.",
        "OWN-TWO-TEXTS",
        "At most 2",
        "in a day",
        "09:00–20:00",
        "Your own rule",
        "Board of January 5",
        "value=\"Two texts a day\"",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    let rules = app.get("/compliance/rules").await.expect(200);
    let rule =
        rules["data"].as_array().unwrap().iter().find(|one| one["rule"]["id"] == "OWN-TWO-TEXTS").unwrap();
    assert_eq!(rule["rule"]["caps"][0]["period"], json!({ "days": 1 }));
    let html = page(admin.submit("/console/rules", "add", &form).await, 400);
    assert!(
        html.contains("must be the name of no other rule") && html.contains("value=\"Contact policy 3.2\""),
        "{html}"
    );
    let html = page(
        admin
            .submit(
                "/console/rules",
                "add",
                &[
                    ("rule.id", "Nothing"),
                    ("rule.title", "x"),
                    ("rule.citation", "y"),
                    ("rule.jurisdiction", "US"),
                    ("reason", "z"),
                ],
            )
            .await,
        400,
    );
    assert!(html.contains("must ask for something"), "{html}");
    let html = page(
        admin
            .submit(
                "/console/rules",
                "add",
                &[
                    ("rule.id", "Many"),
                    ("rule.title", "x"),
                    ("rule.citation", "y"),
                    ("rule.jurisdiction", "US"),
                    ("rule.caps.0.most", "many"),
                    ("rule.caps.0.period", "1"),
                    ("rule.caps.0.counts", "placed"),
                    ("rule.caps.0.scope", "person"),
                    ("reason", "z"),
                ],
            )
            .await,
        400,
    );
    assert!(html.contains("role=\"alert\"") && html.contains("value=\"many\""), "{html}");

    let changed: Vec<_> = form
        .iter()
        .skip(1)
        .map(|(name, value)| (*name, if *name == "rule.caps.0.most" { "1" } else { *value }))
        .collect();
    let done = admin.submit(&path, "change", &changed).await;
    assert!(admin.page(location(&done)).await.contains("At most 1"));
    let done = admin.submit(&path, "remove", &[("reason", "Not needed")]).await;
    assert_eq!(leads(&done), "/console/rules?done=rule_removed");
    admin.page(location(&done)).await;
    page(admin.get(&path).await, 404);
    let history = admin.page("/console/rules/history").await;
    assert!(
        history.contains("Not needed") && !history.contains("href=\"/console/rules/OWN-TWO-TEXTS\""),
        "{history}"
    );

    // One that asks for more than the form shows is not made less by it.
    let more =
        json!({ "id": "OWN-WORK", "title": "Nobody at work", "citation": "Policy 4", "forbids": ["atWork"] });
    app.put("/compliance/rules/OWN-WORK", json!({ "reason": "Policy", "rule": more })).await.expect(200);
    let html = admin.page("/console/rules/OWN-WORK").await;
    assert!(
        html.contains("more than this form can show")
            && html.contains("Not at work")
            && !html.contains("rule.title"),
        "{html}"
    );
}

#[tokio::test]
async fn counsels_sign_off_is_recorded_for_the_version_that_was_read() {
    let app = TestApp::start().await;
    let admin = Visitor::signed_in(&app, "demo-admin").await;
    let version = value_of(&admin.page("/console/rules/history").await, "ruleSet");
    let form = [("ruleSet", version.as_str()), ("counsel", "J. Doe <counsel>"), ("note", "All but WV")];
    let done = admin.submit("/console/rules/history", "sign", &form).await;
    assert_eq!(done.status.as_u16(), 303, "{:#}", done.body);
    let html = admin.page(location(&done)).await;
    for shown in ["The sign-off is on record", "J. Doe &lt;counsel", "All but WV", "Signed off"] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    assert!(admin.page("/console/rules").await.contains("Signed off by J. Doe &lt;counsel"));
    let stale = [("ruleSet", "2026-01-01+00000000"), ("counsel", "J. Doe"), ("signedOn", "2030-01-01")];
    let html = page(admin.submit("/console/rules/history", "sign", &stale).await, 400);
    for shown in [
        "must be the version of your rules as they are now",
        "id=\"f-signedOn-fault\"",
        "must not be in the future",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
}

#[tokio::test]
async fn what_was_made_stricter_before_is_not_lost_when_more_is() {
    let app = TestApp::start().await;
    let admin = Visitor::signed_in(&app, "demo-admin").await;
    let path = "/console/rules/US-REGF-TIME";
    let stricter = json!({ "hours": [{ "from": "09:00", "to": "20:00" }], "closedOn": ["2026-07-03"] });
    let put = json!({ "reason": "Policy", "tightened": stricter });
    let listed = app.put("/compliance/rules/US-REGF-TIME", put).await.expect(200);
    assert_eq!(listed["tightened"], stricter);
    let html = admin.page(path).await;
    shows(&html, &["value=\"09:00\"", "value=\"20:00\"", "name=\"closedOn\" value=\"2026-07-03\""]);
    let typed =
        [("tightened.hours.0", "10:00"), ("to", "20:00"), ("closedOn", "2026-07-03"), ("reason", "Later")];
    assert_eq!(admin.submit(path, "tighten", &typed).await.status, 303);
    let rules = app.get("/compliance/rules").await.expect(200);
    let mut all = rules["data"].as_array().unwrap().iter();
    let listed = all.find(|listed| listed["rule"]["id"] == "US-REGF-TIME").unwrap();
    let later = json!({ "hours": [{ "from": "10:00", "to": "20:00" }], "closedOn": ["2026-07-03"] });
    assert_eq!(listed["tightened"], later);

    // Hours by the day are more than the form shows, so it does not offer to replace them.
    let days = json!([{ "days": ["mon"], "from": "09:00", "to": "20:00" }, { "days": ["tue"], "from": "10:00", "to": "20:00" }]);
    let put = json!({ "reason": "Policy", "tightened": { "hours": days } });
    app.put("/compliance/rules/US-REGF-TIME", put).await.expect(200);
    let html = admin.page(path).await;
    assert!(
        html.contains("It asks for more than this form can show") && !html.contains(">Make it stricter<"),
        "{html}"
    );
}
