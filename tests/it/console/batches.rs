//! Batches in the console: how far each is, what became of its borrowers, and calling one off.

use postrider_tests::TestApp;
use serde_json::{Value, json};

use super::{Visitor, location, page, shows, value_of, walk};

pub(super) async fn batch(app: &TestApp, borrowers: &[&str]) -> String {
    let template = app.template("email", "welcome").await;
    let body = json!({ "template_id": template, "borrower_ids": borrowers });
    let accepted = app.post("/api/v1/communications/send-batch", body).await.expect(202);
    accepted["batch_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_batch_shows_how_far_it_is_and_why_somebody_gets_nothing() {
    let app = TestApp::start().await;
    let visitor = Visitor::signed_in(&app, "demo-viewer").await;
    assert!(visitor.page("/console/batches").await.contains("No batches here yet"));
    app.put("/people/ext-maria/do-not-contact", json!({ "reason": "asked" })).await.expect(200);
    let id = batch(&app, &["ext-john", "ext-maria", "ext-nia", "ext-nobody<b>"]).await;
    let path = format!("/console/batches/{id}");
    let html = visitor.page(&path).await;
    assert!(
        html.contains("In progress") && html.contains("No results yet") && !html.contains("Cancel the batch"),
        "{html}"
    );
    app.drain().await;
    let html = visitor.page(&path).await;
    for shown in [
        "Completed",
        "Must not be contacted",
        "4 of 4",
        "<meter min=\"0\" max=\"4\" value=\"4\"",
        "ext-nobody&lt;b&gt;",
        "href=\"/console/borrowers/ext%2Djohn\"",
        "/console/messages/IN-",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    let html = visitor.page(&format!("{path}?outcome=blocked")).await;
    assert!(html.contains("ext-maria") && !html.contains("ext-john"), "{html}");
    let list = visitor.page("/console/batches").await;
    assert!(list.contains(&id) && list.contains("2 accepted") && list.contains("1 not allowed"), "{list}");
    assert!(visitor.page("/console/batches?status=processing").await.contains("No batch fits"));
    let spanish = visitor.reading("es");
    assert!(spanish.page(&path).await.contains("No debe ser contactado"));
    let other = Visitor::signed_in(&app, "other-admin").await;
    assert!(!other.page("/console/batches").await.contains(&id));
    for id in [id.as_str(), "%3Cscript%3E"] {
        page(other.get(&format!("/console/batches/{id}")).await, 404);
    }
}

#[tokio::test]
async fn an_officer_cancels_a_batch_and_a_viewer_does_not() {
    let app = TestApp::start().await;
    let path = format!("/console/batches/{}", batch(&app, &["ext-john", "ext-nia"]).await);
    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    let stamp = value_of(&viewer.page(&path).await, "stamp");
    page(viewer.post(&path, &[("action", "cancel"), ("stamp", &stamp)]).await, 403);
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    page(officer.submit(&path, "no-such-action", &[]).await, 400);
    let done = officer.submit(&path, "cancel", &[]).await;
    let html = officer.page(location(&done)).await;
    assert!(html.contains("The batch is canceled.") && !html.contains("Cancel the batch"), "{html}");
    app.drain().await;
    assert_eq!(app.outbox("email").await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_batch_that_is_still_to_leave_says_when_and_can_be_canceled() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let body = json!({
        "template_id": template, "borrower_ids": ["ext-john", "ext-nia"], "send_at": "2026-01-07T15:00:00Z", "send_jitter": 3600,
    });
    let accepted = app.post("/api/v1/communications/send-batch", body).await.expect(202);
    assert_eq!(
        (&accepted["send_at"], &accepted["send_jitter"]),
        (&json!("2026-01-07T15:00:00Z"), &json!(3600))
    );
    app.drain().await;
    let path = format!("/console/batches/{}", accepted["batch_id"].as_str().unwrap());
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    let html = officer.page(&path).await;
    let said = [
        "Completed",
        "have not all left",
        "2026-01-07T15:00:00.000Z",
        "2026-01-07T16:00:00.000Z",
        "Cancel the batch",
    ];
    shows(&html, &said);
    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    assert!(!viewer.page(&path).await.contains("Cancel the batch"));
    officer.submit(&path, "cancel", &[]).await;
    app.drain().await;
    let html = officer.page(&path).await;
    shows(&html, &["Canceled", "what was accepted before the batch was canceled"]);
    assert!(!html.contains("Cancel the batch") && !html.contains("have not all left"), "{html}");
    assert!(officer.reading("es").page(&path).await.contains("qué se aceptó antes de cancelar el lote"));
    app.set_clock("2026-01-07T16:00:01Z").await;
    app.sweep().await;
    app.drain().await;
    assert_eq!(app.outbox("email").await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_batch_that_has_left_cannot_be_canceled() {
    let app = TestApp::start().await;
    let path = format!("/console/batches/{}", batch(&app, &["ext-john"]).await);
    app.drain().await;
    let html = Visitor::signed_in(&app, "demo-loan-officer").await.page(&path).await;
    assert!(html.contains("Completed") && !html.contains("Cancel the batch"), "{html}");
}

#[tokio::test]
async fn an_officer_cancels_a_batch_by_keyboard_alone() {
    let app = TestApp::start().await;
    let id = batch(&app, &["ext-john", "ext-nia"]).await;
    let path = format!("/console/batches/{id}");
    walk(&app, "demo-loan-officer", 1280, move |browser| {
        for place in ["a[href='/console/batches']", &format!("a[href='{path}']")] {
            browser.reach(place);
            browser.press("Enter");
            browser.wait_for_page();
        }
        browser.reach(".surely summary");
        browser.press("Enter");
        browser.reach("button.danger");
        browser.press("Enter");
        browser.wait_for_page();
        assert!(browser.reads(".notice").contains("The batch is canceled."));
        assert_eq!(browser.reads(".head .pill"), "Canceled");
    })
    .await;
    let batch = app.get(&format!("/api/v1/communications/batches/{id}")).await.expect(200);
    assert_eq!(batch["status"], "canceled", "{batch:#}");
}

#[tokio::test]
async fn the_results_of_a_large_batch_are_shown_page_by_page() {
    let app = TestApp::start().await;
    let nobody: Vec<_> = (0..1_150).map(|n| format!("ext-nobody-{n}")).collect();
    let names: Vec<_> = nobody.iter().map(String::as_str).collect();
    let id = batch(&app, &names).await;
    app.drain().await;
    let visitor = Visitor::signed_in(&app, "demo-viewer").await;
    let mut path = format!("/console/batches/{id}");
    let mut seen = 0;
    loop {
        let html = visitor.page(&path).await;
        seen += html.matches("<tr><td>").count();
        let Some((before, _)) = html.split_once("rel=\"next\"") else { break };
        path = before.rsplit("href=\"").next().unwrap().split('#').next().unwrap().replace("&amp;", "&");
    }
    assert_eq!(seen, 1_150);
    let html = visitor.page(&format!("/console/batches/{id}?outcome=accepted")).await;
    let is_counted_whole = html.contains("<strong>1,150</strong> Unknown here");
    assert!(html.contains("Look at the next page") && is_counted_whole, "{html}");
}
