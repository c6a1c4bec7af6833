//! What if, in the console: asked about a sample or by ids, with a rule changed, at a time on the lender's clock, and taken to a
//! spreadsheet. The demo lender's clock is that of New York; the day is Monday, 5 January 2026, ten in the morning.

use postrider_tests::{Answer, TestApp};
use serde_json::json;

use super::{Visitor, location, page, shows, value_of, walk};

const WHAT_IF: &str = "/console/what-if";
/// What every question here has.
const BASE: [(&str, &str); 3] = [("by.email", "1"), ("theme", "opsServicing"), ("sample", "")];

/// The form, sent with more than [`BASE`].
async fn sent(visitor: &Visitor<'_>, action: &str, more: &[(&str, &str)]) -> Answer {
    visitor.submit(WHAT_IF, action, &[&BASE[..], more].concat()).await
}

/// The page that a question leads to.
async fn asked(visitor: &Visitor<'_>, status: u16, more: &[(&str, &str)]) -> String {
    let led = sent(visitor, "ask", more).await;
    assert_eq!(led.status.as_u16(), 303, "{:#}", led.body);
    page(visitor.get(location(&led)).await, status)
}

/// How many may be contacted, later, and not by waiting, as each part of the page shows it.
fn split(html: &str) -> Vec<Vec<&str>> {
    let parts = html.split("<dl class=\"numbers\">").skip(1);
    parts
        .map(|part| part.split("<dd>").skip(1).take(3).map(|rest| rest.split('<').next().unwrap()).collect())
        .collect()
}

#[tokio::test]
async fn a_viewer_asks_about_a_sample_and_sends_the_address_to_a_colleague() {
    let app = TestApp::start().await;
    // The demo lender's own borrowers changed when this machine's clock said so, and these after them.
    app.set_clock("2030-01-07T15:00:00Z").await;
    app.people(30).await;
    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    shows(
        &viewer.page(WHAT_IF).await,
        &["Nothing was asked yet", "aria-current=\"page\">What if", "value=\"200\""],
    );
    let led = sent(&viewer, "ask", &[("sample", "25"), ("by.voice", "1")]).await;
    let to = location(&led).to_owned();
    assert_eq!(to, "/console/what-if?by.email=1&by.voice=1&sample=25&theme=opsServicing");
    let html = viewer.page(&to).await;
    shows(
        &html,
        &["25 borrowers", "The address of this page holds the question", "value=\"25\"", ">E-mail</button>"],
    );
    // They have e-mail addresses and nothing else; calls come first.
    assert_eq!(split(&html), [["0", "0", "25"]]);
    // Of another channel the same question is shown whole.
    let led = sent(&viewer, "ask", &[("sample", "25"), ("by.voice", "1"), ("view", "email")]).await;
    let html = viewer.page(location(&led)).await;
    shows(&html, &[">Call</button>", "name=\"view\" value=\"email\""]);
    assert_eq!(split(&html), [["25", "0", "0"]]);

    let colleague = Visitor::signed_in(&app, "demo-loan-officer").await;
    assert_eq!(split(&colleague.page(&to).await), [["0", "0", "25"]]);
    let led = Visitor::new(&app).get(&to).await;
    let back = "/console/sign-in?to=%2Fconsole%2Fwhat-if%3Fby.email%3D1%26by.voice%3D1%26sample%3D25%26theme%3DopsServicing";
    assert_eq!((led.status.as_u16(), location(&led)), (303, back));
    let log = app.get("/api/v1/communication-logs").await.expect(200);
    assert_eq!(log["data"], json!([]), "nothing was sent");
}

#[tokio::test]
async fn at_night_it_says_when_the_rest_may_what_is_in_the_way_and_which_hours_are_allowed() {
    let app = TestApp::start().await;
    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    let night = [
        ("personIds", "john\r\n\r\next-tess \r\nnobody<b>"),
        ("theme", "opsCollDebt"),
        ("startedAt", "2026-01-06T00:00"),
    ];
    let html = asked(&viewer, 200, &night).await;
    assert_eq!(split(&html), [["0", "2", "0"]]);
    shows(
        &html,
        &[
            "2 borrowers",
            "2026-01-06T05:00:00.000Z",
            "<code>ext-nobody&lt;b&gt;</code>",
            // Nine in the morning in New York is eight in Chicago, where John lives; Tess may be in Los Angeles.
            "Jan 6, 2026, 09:00</th><td>1</td>",
            "Jan 6, 2026, 11:00</th><td>1</td>",
            "d=\"M9.5 40v-40M11.5 40v-40\"",
            "href=\"/console/rules/US-REGF-TIME\"",
            "<meter min=\"0\" max=\"2\" value=\"2\"",
            "America/Chicago",
            "08:00–21:00",
            "<path class=\"all\" d=\"M8 1h13\"/>",
            "value=\"2026-01-06T00:00\"",
        ],
    );
    let spanish = viewer.reading("es");
    shows(&asked(&spanish, 200, &night).await, &["Qué lo impide", "2 prestatarios", "6 ene 2026, 09:00"]);

    // Another lender's people are nobody here, by our ids as by theirs.
    let john = app.get("/people/ext-john").await.expect(200)["id"].as_str().unwrap().to_owned();
    let other = Visitor::signed_in(&app, "other-admin").await;
    let html = asked(&other, 200, &[("personIds", &john)]).await;
    shows(&html, &["0 borrowers", &format!("<code>{john}</code>")]);
    assert_eq!(split(&html), [["0", "0", "0"]]);
}

#[tokio::test]
async fn with_a_rule_changed_fewer_may_be_contacted_and_both_answers_stand_side_by_side() {
    let app = TestApp::start().await;
    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    let john = ("personIds", "john");
    let html = asked(
        &viewer,
        200,
        &[
            john,
            ("change", "add"),
            ("rule.hours.spans.0.from", "13:00"),
            ("rule.hours.spans.0.to", "18:00"),
            ("rule.jurisdiction", "US"),
        ],
    )
    .await;
    assert_eq!(split(&html), [["0", "1", "0"], ["1", "0", "0"]]);
    shows(
        &html,
        &[
            "E-mail: with the change",
            "E-mail: as the rules are",
            "The rule you would add",
            "value=\"13:00\"",
            "13:00–18:00",
        ],
    );
    assert!(!html.contains("href=\"/console/rules/OWN-WHAT-IF\""), "it has no page: {html}");
    assert_eq!(app.get("/compliance/rules/audit").await.expect(200)["data"], json!([]), "nothing was stored");

    // One of the law's is tightened, and switched off.
    let collecting =
        [john, ("theme", "opsCollDebt"), ("startedAt", "2026-01-05T10:00"), ("ruleId", "US-REGF-TIME")];
    let stricter = [("change", "tighten"), ("tightened.hours.0", "12:00"), ("to", "20:00")];
    let html = asked(&viewer, 200, &[&collecting[..], &stricter].concat()).await;
    assert_eq!(split(&html), [["0", "1", "0"], ["1", "0", "0"]]);
    let night = ("startedAt", "2026-01-05T23:30");
    let html = asked(&viewer, 200, &[&collecting[..], &[night, ("change", "disable")]].concat()).await;
    assert_eq!(split(&html), [["1", "0", "0"], ["0", "1", "0"]]);

    // What the lender said before is taken back.
    let own = json!({ "reason": "Policy", "rule": {
        "id": "OWN-AFTERNOON", "title": "Afternoons <b>only</b>", "citation": "Contact policy 4",
        "hours": { "spans": [{ "from": "13:00", "to": "18:00" }] },
    } });
    app.put("/compliance/rules/OWN-AFTERNOON", own).await.expect(200);
    let html = asked(&viewer, 200, &[john, ("change", "restore"), ("ruleId", "OWN-AFTERNOON")]).await;
    assert_eq!(split(&html), [["1", "0", "0"], ["0", "1", "0"]]);
    shows(&html, &["Afternoons &lt;b&gt;only", "href=\"/console/rules/OWN-AFTERNOON\""]);
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_field() {
    let app = TestApp::start().await;
    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    for (more, faults) in [
        (&[][..], &["personIds"][..]),
        (&[("sample", "many")], &["sample"]),
        (&[("sample", "1001")], &["sample"]),
        (&[("sample", "3"), ("by.email", "")], &["channels"]),
        (&[("sample", "3"), ("startedAt", "tomorrow<b>")], &["startedAt"]),
        (&[("sample", "3"), ("isAutodialed", "on")], &["isAutodialed"]),
        (&[("sample", "3"), ("change", "disable")], &["ruleId"]),
        (&[("sample", "3"), ("ruleId", "US-REGF-7IN7")], &["change"]),
        (&[("sample", "3"), ("tightened.most", "3")], &["change"]),
        (&[("sample", "3"), ("change", "disable"), ("ruleId", "XX/<b>")], &["ruleId"]),
        (
            &[("sample", "3"), ("change", "tighten"), ("ruleId", "US-REGF-7IN7"), ("tightened.most", "9")],
            &["tightened.most"],
        ),
        (&[("sample", "3"), ("change", "add"), ("rule.jurisdiction", "ZZ")], &["rule.jurisdiction"]),
    ] {
        let html = asked(&viewer, 400, more).await;
        for field in faults {
            shows(&html, &[&format!("id=\"f-{field}-fault\""), "Please correct what is marked"]);
        }
        for (name, value) in more.iter().filter(|(_, value)| value.contains('<')) {
            assert!(html.contains("&lt;b&gt;") || !html.contains(value), "{name}: {html}");
        }
    }
    let forgotten = [("sample", "3"), ("ruleId", "US-REGF-7IN7")];
    shows(&page(sent(&viewer, "download", &forgotten).await, 400), &["id=\"f-change-fault\""]);
    // For a spreadsheet, too; and a form of another session is none.
    shows(&page(sent(&viewer, "download", &[("sample", "1001")]).await, 400), &["id=\"f-sample-fault\""]);
    let refused = viewer.post(WHAT_IF, &[("action", "ask"), ("stamp", "none"), ("sample", "3")]).await;
    shows(&page(refused, 403), &["This form is out of date"]);
}

#[tokio::test]
async fn the_lines_are_downloaded_for_a_spreadsheet() {
    let app = TestApp::start().await;
    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    let answer = sent(&viewer, "download", &[("personIds", "john\ntess"), ("by.voice", "1")]).await;
    assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=\"what-if.csv\"");
    let text = answer.expect(200).as_str().unwrap().to_owned();
    assert!(text.starts_with("personId,externalId,channel,allowed,"), "{text}");
    assert_eq!(text.lines().count(), 5, "a line for each person and channel: {text}");
}

#[tokio::test]
async fn a_question_too_long_for_an_address_is_answered_all_the_same() {
    let app = TestApp::start().await;
    let nobody = (0..300).map(|place| format!("ext-nobody-{place}"));
    let ids = app.people(100).await.into_iter().chain(nobody).collect::<Vec<_>>().join("\r\n");
    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    let answer = sent(&viewer, "ask", &[("personIds", &ids)]).await;
    let html = page(answer, 200);
    shows(
        &html,
        &["100 borrowers", "too long for an address", "<code>ext-nobody-19</code>", "Not shown: 280 more"],
    );
    assert_eq!(split(&html), [["100", "0", "0"]]);
    assert_eq!(value_of(&html, "view"), "email");
    assert!(html.contains(&ids.replace("\r\n", "\n")) || html.contains(&ids), "the form still has the ids");
}

#[tokio::test]
async fn a_viewer_asks_in_a_browser_what_a_change_would_do() {
    let app = TestApp::start().await;
    walk(&app, "demo-viewer", 1280, |browser| {
        browser.follow("a[href='/console/what-if']");
        browser.type_into("#f-personIds", "ext-john\next-maria");
        // E-mails and texts are chosen at first.
        browser.click("input[name='by.email']");
        browser.reach("#f-theme");
        browser.keys("Coll");
        browser.follow("#question button.main");
        assert!(browser.reads("#answer").contains("2 borrowers"), "{}", browser.reads("#answer"));
        assert_eq!(browser.evaluate("location.search.includes('theme=opsCollDebt')"), true);
        assert!(!browser.reads("main").contains("with the change"));

        // What if nobody were written to in the morning?
        browser.click("#question > details > summary");
        browser.reach("#f-change");
        browser.keys("Make");
        browser.reach("#f-ruleId");
        browser.keys("US-REGF-TIME");
        browser.type_into("[name='tightened.hours.0']", "0100PM");
        browser.type_into("[name='to']", "0600PM");
        browser.follow("#question button.main");
        let answer = browser.reads("main");
        for told in ["2 borrowers", "Text: with the change", "Text: as the rules are", "13:00–18:00"] {
            assert!(answer.contains(told), "{told}: {answer}");
        }
    })
    .await;
    assert_eq!(app.get("/compliance/rules/audit").await.expect(200)["data"], json!([]), "nothing was stored");
}
