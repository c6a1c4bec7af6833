//! Settings in the console: what messages leave by, office hours, keys shown once, endpoints and subscriptions.

use postrider_tests::TestApp;
use serde_json::json;

use super::{Visitor, location, page, shows};

/// A lender whose systems are called, and read what happened.
pub(super) async fn subscribed(app: &TestApp) {
    let endpoint = json!({
        "url": "https://hooks.acme.example.com/postrider", "description": "Core system",
        "events": ["message.delivered", "message.failed"],
    });
    app.post("/webhook-endpoints", endpoint).await.expect(201);
    let subscription = json!({ "name": "Warehouse", "events": ["message.sent"] });
    app.post("/communications/events/subscriptions", subscription).await.expect(201);
}

#[tokio::test]
async fn an_admin_changes_settings_and_office_hours() {
    let app = TestApp::start().await;
    let (admin, path) = (Visitor::signed_in(&app, "demo-admin").await, "/console/settings");
    shows(
        &admin.page(path).await,
        &["Senders", "Amazon SES", "service@acme.example", "Twilio", "Office hours", "API keys"],
    );
    let before = app.get("/settings").await.expect(200);
    let typed = [
        ("timeZone", "America/Chicago"),
        ("locale", "en-US"),
        ("language", "en"),
        ("currency", "USD"),
        ("optOutHandling", "postrider"),
        ("helpText", "Acme: call us"),
        ("inboundTextsEnabled", "on"),
        ("conversationTimeoutMinutes", "60"),
        ("allowedOrigins", "https://app.acme.example\r\n\r\nhttp://localhost:3000"),
        ("branding", "phone: +18005550199\r\nsite: https://acme.example"),
        ("unmonitoredAddresses", "no-reply@acme.example"),
    ];
    let saved = admin.submit(path, "settings", &typed).await;
    let html = admin.page(location(&saved)).await;
    shows(
        &html,
        &[
            "Saved.",
            "value=\"America/Chicago\"",
            "Acme: call us",
            "http://localhost:3000\nhttps://app.acme.example",
            "site: https://acme.example",
        ],
    );
    // Of lines that name the same, none gives way in silence; one without a colon names nothing.
    for branding in ["phone: 1\r\nphone: 2", "no colon here"] {
        let typed: Vec<_> = typed
            .iter()
            .map(|(name, value)| (*name, if *name == "branding" { branding } else { *value }))
            .collect();
        let refused = page(admin.submit(path, "settings", &typed).await, 400);
        shows(
            &refused,
            &["role=\"alert\"", "id=\"f-branding-fault\"", branding.split("\r\n").next().unwrap()],
        );
    }
    let after = app.get("/settings").await.expect(200);
    assert_eq!(
        (&after["helpText"], &after["conversationTimeoutMinutes"], &after["unknownNumbersAccepted"]),
        (&json!("Acme: call us"), &json!(60), &json!(false))
    );
    assert_eq!(
        (&after["compliance"], &after["officeHours"]),
        (&before["compliance"], &before["officeHours"]),
        "what is not in the form stays"
    );
    let wrong = [
        ("timeZone", "Mars/Olympus"),
        ("locale", "en-US"),
        ("language", "en"),
        ("currency", "USD"),
        ("optOutHandling", "postrider"),
        ("allowedOrigins", "*"),
        ("conversationTimeoutMinutes", "soon"),
    ];
    let html = page(admin.submit(path, "settings", &wrong).await, 400);
    shows(&html, &["id=\"f-conversationTimeoutMinutes-fault\"", "value=\"Mars/Olympus\""]);
    let wrong = &wrong[..6];
    let html = page(admin.submit(path, "settings", wrong).await, 400);
    shows(&html, &["id=\"f-timeZone-fault\"", "id=\"f-allowedOrigins-fault\""]);

    let typed = [
        ("officeHours.0.from", ""),
        ("officeHours.0.to", ""),
        ("officeHours.1.mon", "on"),
        ("officeHours.1.from", "09:00"),
        ("officeHours.1.to", "25:00"),
    ];
    let html = page(admin.submit(path, "hours", &typed).await, 400);
    shows(&html, &["id=\"f-officeHours.1.to-fault\"", "value=\"25:00\""]);
    let typed = [
        ("officeHours.0.mon", "on"),
        ("officeHours.0.tue", "on"),
        ("officeHours.0.from", "09:00"),
        ("officeHours.0.to", "17:30"),
    ];
    let saved = admin.submit(path, "hours", &typed).await;
    shows(
        &admin.page(location(&saved)).await,
        &["value=\"17:30\"", "name=\"officeHours.0.tue\" value=\"on\" checked"],
    );
    assert_eq!(
        app.get("/settings").await.expect(200)["officeHours"],
        json!([{ "days": ["mon", "tue"], "from": "09:00", "to": "17:30" }])
    );
    // Hours of every day have no days in the API, and all of them in the form; there, no day is one forgotten.
    let daily = json!({ "officeHours": [{ "from": "08:00", "to": "20:00" }] });
    app.put("/settings?reason=test", daily.clone()).await.expect(200);
    let shown = [
        "name=\"officeHours.0.mon\" value=\"on\" checked",
        "name=\"officeHours.0.sun\" value=\"on\" checked",
    ];
    shows(&admin.page(path).await, &shown);
    shows(&Visitor::signed_in(&app, "demo-viewer").await.page(path).await, &["Sun", "08:00–20:00"]);
    let html = page(admin.submit(path, "hours", &typed[2..]).await, 400);
    shows(&html, &["id=\"f-officeHours.0.from-fault\"", "must have a day", "value=\"17:30\""]);
    assert_eq!(app.get("/settings").await.expect(200)["officeHours"], daily["officeHours"]);
    let emptied = admin.submit(path, "hours", &[]).await;
    assert_eq!(emptied.status, 303);
    assert_eq!(admin.submit(path, "no-such", &[]).await.status, 400);

    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    let html = viewer.page(path).await;
    assert!(!html.contains("value=\"settings\"") && !html.contains("/console/settings/keys"), "{html}");
    page(viewer.submit(path, "settings", &typed).await, 403);
    for path in ["/console/settings/keys", "/console/settings/webhooks"] {
        page(viewer.get(path).await, 403);
    }
}

#[tokio::test]
async fn what_messages_leave_by_shows_that_it_is_out_of_order() {
    let app = TestApp::start().await;
    let senders = app.get("/senders").await.expect(200);
    let email = senders["senders"].as_array().unwrap().iter().filter(|sender| sender["channel"] == "email");
    assert_eq!(
        email.map(|sender| sender["isTransactional"].clone()).collect::<Vec<_>>(),
        [true, false],
        "{senders:#}"
    );
    assert_eq!(senders["accounts"], json!([]));
    let template = app.template("email", "hello").await;
    app.fault("ses", "error", 1_000).await;
    for person in app.people(8).await {
        app.sent(&template, &person).await;
    }
    app.drain_repeating().await;
    let senders = app.get("/senders").await.expect(200);
    assert_eq!(
        (&senders["accounts"][0]["account"], &senders["accounts"][0]["state"]),
        (&json!("ses"), &json!("outOfOrder")),
        "{senders:#}"
    );
    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    shows(&viewer.page("/console/settings").await, &["Out of order", "<code>ses</code>", "tried again"]);
    let other = Visitor::signed_in(&app, "other-admin").await;
    assert!(!other.page("/console/settings").await.contains("Acme"));
    app.seen_by(None).get("/senders").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_key_is_shown_once_works_and_is_switched_off() {
    let app = TestApp::start().await;
    let (admin, path) = (Visitor::signed_in(&app, "demo-admin").await, "/console/settings/keys");
    shows(&page(admin.submit(path, "create", &[("role", "viewer")]).await, 400), &["id=\"f-name-fault\""]);
    let made = admin
        .submit(path, "create", &[("name", "Core <system>"), ("role", "loan_officer"), ("agent", "on")])
        .await;
    assert!(made.headers.get("location").is_none());
    let html = page(made, 200);
    shows(&html, &["The key Core &lt;system&gt;", "shown this once", "Agent"]);
    let secret = html
        .split("<pre class=\"secret\" tabindex=\"0\">")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    let html = admin.page(path).await;
    assert!(!html.contains(&secret) && html.contains("Core &lt;system&gt;"), "{html}");
    let officer = Visitor::signed_in(&app, &secret).await;
    officer.page("/console/inbox").await;
    // The demo lender's own keys are as old as the system, and may stand before it.
    let row = html.split_once("Core &lt;system&gt;").unwrap().1;
    let id = row.split("name=\"key\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let other = Visitor::signed_in(&app, "other-admin").await;
    page(other.submit(path, "revoke", &[("key", &id)]).await, 404);
    let done = admin.submit(path, "revoke", &[("key", &id)]).await;
    shows(&admin.page(location(&done)).await, &["The key is revoked.", ">Revoked<"]);
    assert_eq!(officer.get("/console/inbox").await.status, 303, "its sessions end with it");
    assert_eq!(admin.submit(path, "no-such", &[]).await.status, 400);
}

#[tokio::test]
async fn an_endpoint_and_a_subscription_are_made_and_removed() {
    let app = TestApp::start().await;
    let (admin, path) = (Visitor::signed_in(&app, "demo-admin").await, "/console/settings/webhooks");
    let html =
        page(admin.submit(path, "endpoint", &[("url", "http://127.0.0.1/"), ("more", "NO_SUCH")]).await, 400);
    shows(&html, &["role=\"alert\"", "value=\"http://127.0.0.1/\"", "NO_SUCH"]);
    let typed = [
        ("url", "https://hooks.acme.example.com/a"),
        ("description", "Core"),
        ("event.message.sent", "on"),
        ("event.account.in_order", "on"),
    ];
    let secret = |html: &str| {
        html.split("<pre class=\"secret\" tabindex=\"0\">")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap()
            .to_owned()
    };
    let html = page(admin.submit(path, "endpoint", &typed).await, 200);
    let first = secret(&html);
    shows(&html, &["hooks.acme.example.com", "message.sent", "account.in_order", ">Called<"]);
    let html = admin.page(path).await;
    assert!(!html.contains(&first));
    let id = html.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let other = Visitor::signed_in(&app, "other-admin").await;
    for action in ["rotate", "remove", "switch"] {
        page(other.submit(path, action, &[("id", &id)]).await, 404);
    }
    let html = page(admin.submit(path, "rotate", &[("id", &id)]).await, 200);
    assert_ne!(secret(&html), first);
    shows(&html, &["signed with the secret before"]);
    let done = admin.submit(path, "switch", &[("id", &id), ("enabled", "off")]).await;
    shows(&admin.page(location(&done)).await, &[">Paused<", "Resume"]);
    let done = admin.submit(path, "remove", &[("id", &id)]).await;
    assert!(!admin.page(location(&done)).await.contains("hooks.acme.example.com"));

    shows(
        &page(admin.submit(path, "subscribe", &[("name", "Core")]).await, 400),
        &["id=\"f-subscribe-more-fault\""],
    );
    let done = admin.submit(path, "subscribe", &[("name", "Core"), ("event.message.failed", "on")]).await;
    let html = admin.page(location(&done)).await;
    shows(&html, &["The subscription was created.", "message.failed", "ES-"]);
    let id = html.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    page(other.submit(path, "unsubscribe", &[("id", &id)]).await, 404);
    let done = admin.submit(path, "unsubscribe", &[("id", &id)]).await;
    assert!(!admin.page(location(&done)).await.contains("ES-"));
    assert_eq!(admin.submit(path, "no-such", &[]).await.status, 400);
}

#[tokio::test]
async fn pages_of_settings_take_three_calls_to_aws_at_most_and_speak_spanish() {
    let app = TestApp::start().await;
    let admin = Visitor::signed_in(&app, "demo-admin").await.reading("es");
    for path in ["/console/settings", "/console/settings/keys", "/console/settings/webhooks"] {
        admin.takes_calls(path, 3).await;
        shows(&admin.page(path).await, &["<html lang=\"es\">", "Configuración"]);
    }
}
