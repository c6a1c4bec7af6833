//! How messages fare, in the console: counts by channel and day, and whether what they leave by is in order.

use postrider_tests::TestApp;
use serde_json::json;

use super::{Visitor, location, shows};

const HEALTH: &str = "/console/health";

/// Some messages on some days, one of which failed.
async fn some_days(app: &TestApp) {
    let people = app.people(3).await;
    let template = app.template("email", "hello").await;
    for (day, person) in ["2025-12-26", "2026-01-03", "2026-01-05"].into_iter().zip(&people) {
        app.set_clock(&format!("{day}T15:00:00Z")).await;
        let id = app.sent(&template, person).await;
        app.drain().await;
        let event = if day == "2026-01-05" { "Bounce" } else { "Delivery" };
        app.report("ses", json!({ "event": event, "message": id })).await;
    }
    app.texted("+13125550100", "When is my payment due?").await;
    app.drain().await;
}

#[tokio::test]
async fn a_viewer_sees_how_messages_fared_in_the_last_days() {
    let app = TestApp::start().await;
    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    shows(
        &viewer.page(HEALTH).await,
        &["Nothing happened in these days", "All accounts are working", "Amazon SES", "service@acme.example"],
    );
    some_days(&app).await;
    let week = viewer.page(HEALTH).await;
    shows(
        &week,
        &[
            "Dec 30, 2025 – Jan 5, 2026",
            // Sent, delivered, not allowed, failed, canceled, received.
            ">E-mail</th><td>2</td><td>1</td><td>0</td><td>1</td><td>0</td><td>0</td>",
            ">Text</th><td>0</td><td>0</td><td>0</td><td>0</td><td>0</td><td>1</td>",
            "<svg class=\"bars is-sent\" viewBox=\"0 0 7 40\"",
            "<path d=\"M4.5 40v-40M6.5 40v-40\"/>",
            "<svg class=\"bars is-failed\"",
            "Jan 3, 2026</th><td>1</td><td>1</td><td>0</td>",
            "href=\"/console/health?days=7\" aria-current=\"page\"",
            "href=\"/console/problems\"",
        ],
    );
    let fortnight = viewer.page("/console/health?days=14").await;
    shows(&fortnight, &["Dec 23, 2025 – Jan 5, 2026", ">E-mail</th><td>3</td><td>2</td>"]);
    shows(&viewer.page("/console/health?days=30").await, &["viewBox=\"0 0 30 40\""]);
    for other in ["days=8", "days=a%3Cb%3E", "days=", "days=-30"] {
        shows(&viewer.page(&format!("{HEALTH}?{other}")).await, &["viewBox=\"0 0 7 40\""]);
    }
    let spanish = viewer.reading("es");
    shows(&spanish.page(HEALTH).await, &["Entregados", "30 dic 2025 – 5 ene 2026", "Máximo en un día"]);

    let other = Visitor::signed_in(&app, "other-admin").await;
    shows(&other.page(HEALTH).await, &["Nothing happened in these days"]);
    let led = Visitor::new(&app).get("/console/health?days=14").await;
    assert_eq!(
        (led.status.as_u16(), location(&led)),
        (303, "/console/sign-in?to=%2Fconsole%2Fhealth%3Fdays%3D14")
    );
}

#[tokio::test]
async fn an_account_out_of_order_is_told_first() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    app.fault("ses", "error", 1_000).await;
    for person in app.people(8).await {
        app.sent(&template, &person).await;
    }
    app.drain_repeating().await;
    let html = Visitor::signed_in(&app, "demo-viewer").await.page(HEALTH).await;
    shows(&html, &["<code>ses</code>", ">Out of order<", "tried again"]);
    assert!(!html.contains("All accounts are working"), "{html}");
}

#[tokio::test]
async fn an_endpoint_of_the_lenders_that_fails_is_called_one() {
    let app = TestApp::start().await;
    let rule = json!({ "event": "LOAN_REPAYMENT", "type": "WEB_HOOK", "url": "https://hooks.acme.example.com/messages" });
    let rule = app.post("/communications/notification-rules", rule).await.expect(201);
    let fails = vec![json!({ "status": 500 }); 6];
    app.put("/_local/providers/endpoint/answers", json!(fails)).await.expect(204);
    for n in 0..6 {
        let event = json!({ "event": "LOAN_REPAYMENT", "eventId": format!("r-{n}"), "clientKey": "john" });
        app.post("/communications/events", event).await.expect(202);
        app.drain().await;
    }
    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    let named = format!("Webhook endpoint <code>{}</code>", rule["endpointId"].as_str().unwrap());
    shows(&viewer.page(HEALTH).await, &[&named, "Out of order"]);
    let spanish = viewer.reading("es").page(HEALTH).await;
    assert!(spanish.contains("Punto de entrega <code>") && !spanish.contains("endpoint:"), "{spanish}");
}
