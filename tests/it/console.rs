//! The console, as the people of a lender use it in a browser: signing in, finding a message, seeing why.

use std::path::{Path, PathBuf};

use platform::store::keys::DAY_SHARDS;
use postrider_tests::{Answer, TestApp, answer, browser::Browser};
use reqwest::Method;
use serde_json::{Value, json};

mod batches;
mod borrowers;
mod forms;
mod health;
mod inbox;
mod pictures;
mod problems;
mod rules;
mod settings;
mod templates;
mod visitor;
mod what_if;

use crate::{
    interactions::recorded,
    letters_sent::{ROOMY, html_template, mailed},
};
use visitor::{FORM, Visitor, leads, location, page, shows, value_of};

#[tokio::test]
async fn one_signs_in_once_with_a_key_or_a_token_and_out_again() {
    let app = TestApp::start().await;
    let mut nobody = Visitor::new(&app);
    let led = nobody.get("/console").await;
    assert_eq!((led.status.as_u16(), location(&led)), (303, "/console/messages"));
    let led = nobody.get("/console/messages?status=sent").await;
    let to = "/console/sign-in?to=%2Fconsole%2Fmessages%3Fstatus%3Dsent";
    assert_eq!((led.status.as_u16(), location(&led)), (303, to));
    let html = nobody.page(to).await;
    assert!(
        html.contains("value=\"/console/messages?status=sent\"") || html.contains("value=\"&#x2F;console"),
        "{html}"
    );
    for wrong in ["", "no-such-key", "demo-admi", "eyJhbGciOiJub25lIn0.e30."] {
        let refused = nobody.sign_in(wrong, "/console/messages").await;
        assert!(refused.headers.get("set-cookie").is_none());
        let html = page(refused, 403);
        assert!(html.contains("is not known, or no longer valid") && !html.contains("demo-admi"), "{html}");
    }
    let led = nobody.sign_in("demo-viewer", "/console/messages?status=sent").await;
    assert_eq!((led.status.as_u16(), location(&led)), (303, "/console/messages?status=sent"));
    let html = nobody.page("/console/messages").await;
    assert!(
        html.contains("Acme Lending") && html.contains(">Viewer<") && html.contains("No messages here yet")
    );

    let officer = Visitor::signed_in(&app, app.system.token()).await;
    assert!(officer.page("/console/messages").await.contains(">Loan officer<"));
    let led = officer.submit("/console/messages", "sign-out", &[]).await;
    assert_eq!(led.status.as_u16(), 405, "a form goes to its own path");
    let stamp = value_of(&officer.page("/console/messages").await, "stamp");
    let refused = officer.request(Method::POST, "/console/sign-out").header("content-type", "text/plain");
    shows(
        &page(answer(refused.body(String::new())).await, 400),
        &["Acme Lending", "href=\"/console/borrowers\""],
    );
    let led = officer.post("/console/sign-out", &[("stamp", &stamp)]).await;
    assert_eq!((led.status.as_u16(), location(&led)), (303, "/console/sign-in"));
    assert!(led.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(officer.get("/console/messages").await.status.as_u16(), 303, "wherever the cookie still is");
    assert_eq!(nobody.get("/console/messages").await.status.as_u16(), 200, "another session is another's");
}

#[tokio::test]
async fn a_session_ends_with_its_time_its_key_or_its_token() {
    let app = TestApp::start().await;
    let made = app.post("/api-keys", json!({ "name": "console", "role": "viewer" })).await.expect(201);
    let visitor = Visitor::signed_in(&app, made["key"].as_str().unwrap()).await;
    let other = Visitor::signed_in(&app, "demo-viewer").await;
    app.advance(8 * 3600 - 60).await;
    visitor.page("/console/messages").await;
    app.delete(&format!("/api-keys/{}", made["id"].as_str().unwrap())).await.expect(204);
    assert_eq!(visitor.get("/console/messages").await.status.as_u16(), 303, "the key is revoked");
    // A session cannot be taken to another key.
    let token = visitor.cookie.as_deref().unwrap().split('.').next().unwrap();
    let key = other.cookie.as_deref().unwrap().split('.').nth(1).unwrap();
    let forged = visitor.with_cookie(format!("{token}.{key}"));
    assert_eq!(forged.get("/console/messages").await.status.as_u16(), 303);
    other.page("/console/messages").await;
    app.advance(61).await;
    assert_eq!(other.get("/console/messages").await.status.as_u16(), 303, "eight hours are over");
}

#[tokio::test]
async fn a_session_ends_with_the_issuer_of_its_token() {
    let app = TestApp::start().await;
    let officer = Visitor::signed_in(&app, app.system.token()).await;
    let other = Visitor::signed_in(&app, "demo-viewer").await;
    let store = &app.system.app().store;
    let tenant = store.tenant(&"demo".parse().unwrap()).await.unwrap();
    let provision = async |issuers: Value| {
        let wanted =
            json!({ "id": tenant.id, "name": tenant.name, "senders": tenant.senders, "issuers": issuers });
        app.system.invoke("tenants-provision", wanted).await.unwrap()
    };
    // Another one's session is not taken to it.
    let token = other.cookie.as_deref().unwrap().split('.').next().unwrap();
    let issuer = officer.cookie.as_deref().unwrap().split('~').nth(1).unwrap();
    let forged = officer.with_cookie(format!("{token}~{issuer}"));
    assert_eq!(forged.get("/console/messages").await.status.as_u16(), 303);
    provision(json!(tenant.issuers)).await;
    officer.page("/console/messages").await;
    provision(json!([])).await;
    assert_eq!(officer.get("/console/messages").await.status.as_u16(), 303, "nobody speaks for it");
    other.page("/console/messages").await;
}

#[tokio::test]
async fn the_cookie_of_a_session_that_ended_is_taken_from_the_browser() {
    let app = TestApp::start().await;
    let visitor = Visitor::signed_in(&app, "demo-viewer").await;
    let cleared = |answer: &Answer| {
        let cookie = answer.headers.get("set-cookie").map(|cookie| cookie.to_str().unwrap().to_owned());
        cookie.is_some_and(|cookie| {
            cookie.starts_with("__Host-postrider=; ") && cookie.contains("; Max-Age=0;")
        })
    };
    assert!(!cleared(&visitor.get("/console/messages").await));
    assert!(!cleared(&Visitor::new(&app).get("/console/messages").await), "there is none to forget");
    let unknown = visitor.with_cookie("__Host-postrider=no-such-session".into());
    app.advance(8 * 3600).await;
    for visitor in [visitor, unknown] {
        let led = visitor.get("/console/messages").await;
        assert!(location(&led).starts_with("/console/sign-in?") && cleared(&led), "{:?}", led.headers);
    }
}

#[tokio::test]
async fn whoever_follows_a_link_of_another_site_comes_in_with_the_session_there_is() {
    let app = TestApp::start().await;
    let visitor = Visitor::signed_in(&app, "demo-viewer").await;
    let path = "/console/messages?status=sent";
    // A browser leaves the cookie out (`SameSite=Strict`), and sends it when a page of ours asks for the same.
    let nobody = Visitor::new(&app);
    let led_here = nobody.request(Method::GET, path).header("sec-fetch-site", "cross-site");
    let html = page(answer(led_here).await, 200);
    shows(&html, &["http-equiv=\"refresh\" content=\"0\"", "href=\"/console/messages?status=sent\""]);
    assert!(!html.contains("Acme Lending"), "{html}");
    visitor.page(path).await;
    let again = nobody.request(Method::GET, path).header("sec-fetch-site", "same-origin");
    assert!(location(&answer(again).await).starts_with("/console/sign-in"));
    let form = nobody.request(Method::POST, "/console/sign-out").header("sec-fetch-site", "cross-site");
    assert_eq!(answer(form).await.status, 303, "only a page is opened again");
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before_and_an_old_page_still_signs_out() {
    let app = TestApp::start().await;
    let mut visitor = Visitor::signed_in(&app, "demo-viewer").await;
    let before = visitor.with_cookie(visitor.cookie.clone().unwrap());
    let stamp = value_of(&before.page("/console/messages").await, "stamp");
    visitor.sign_in("demo-admin", "/console/messages").await;
    assert_eq!(before.get("/console/messages").await.status.as_u16(), 303);
    let led = visitor.post("/console/sign-out", &[("stamp", &stamp)]).await;
    assert_eq!(location(&led), "/console/sign-in");
    assert_eq!(visitor.get("/console/messages").await.status.as_u16(), 303);
}

#[tokio::test]
async fn whoever_guesses_is_stopped() {
    let app = TestApp::start().await;
    let mut visitor = Visitor::new(&app);
    for _ in 0..20 {
        assert_eq!(visitor.sign_in("guess", "").await.status.as_u16(), 403);
    }
    for credential in ["guess", "demo-admin"] {
        let limited = visitor.sign_in(credential, "").await;
        assert!(limited.headers.get("retry-after").is_some());
        assert!(page(limited, 429).contains("Too many attempts"));
    }
    app.advance(15 * 60).await;
    assert_eq!(visitor.sign_in("demo-admin", "").await.status.as_u16(), 303);
}

#[tokio::test]
async fn the_cookie_is_a_credential_of_the_console_alone_and_keys_are_none_of_it() {
    let app = TestApp::start().await;
    let visitor = Visitor::signed_in(&app, "demo-admin").await;
    for (method, path) in
        [(Method::GET, "/me"), (Method::GET, "/people"), (Method::POST, "/api/v1/communications/send")]
    {
        answer(visitor.request(method, path)).await.problem(401, "unauthenticated");
    }
    let with_key = app.request(Method::GET, "/console/messages");
    assert_eq!(answer(with_key).await.status.as_u16(), 303);
    // Two sessions: we do not choose for whom somebody speaks.
    let cookie = visitor.cookie.as_deref().unwrap();
    let twice = visitor.with_cookie(format!("{cookie}; {cookie}"));
    assert_eq!(twice.get("/console/messages").await.status.as_u16(), 303);
    assert!(cookie.starts_with("__Host-postrider="));
}

#[tokio::test]
async fn no_other_sites_form_does_anything() {
    let app = TestApp::start().await;
    let message = scheduled(&app).await;
    let path = format!("/console/messages/{message}");
    let visitor = Visitor::signed_in(&app, "demo-admin").await;
    let own = value_of(&visitor.page(&path).await, "stamp");
    let others = value_of(&Visitor::signed_in(&app, "demo-admin").await.page(&path).await, "stamp");
    for stamp in ["", "stamp", &others] {
        let refused = visitor.post(&path, &[("action", "cancel"), ("stamp", stamp)]).await;
        assert!(page(refused, 403).contains("This form is out of date"));
    }
    let body = format!("action=cancel&stamp={own}");
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let request = visitor.request(Method::POST, &path).header("content-type", FORM).header(name, value);
        page(answer(request.body(body.clone())).await, 403);
        let request = visitor
            .request(Method::POST, "/console/sign-in")
            .header("content-type", FORM)
            .header(name, value);
        page(answer(request.body("credential=demo-admin")).await, 403);
    }
    assert_eq!(app.log(&message).await["status"], "scheduled");
    let done = visitor.submit(&path, "cancel", &[]).await;
    assert_eq!((done.status.as_u16(), leads(&done)), (303, format!("{path}?done=canceled").as_str()));
    let html = visitor.page(location(&done)).await;
    assert!(html.contains("The message was canceled.") && html.contains(">Canceled<"), "{html}");

    // Nobody else's address says so: neither one that was made up, nor that of another page, nor that of another session.
    let sealed = location(&done).split_once('?').unwrap().1;
    let other = Visitor::signed_in(&app, "demo-loan-officer").await;
    for (somebody, address) in [
        (&visitor, format!("{path}?done=canceled")),
        (&visitor, format!("{path}?done=canceled.AAAA")),
        (&visitor, format!("/console/messages?{sealed}")),
        (&other, format!("{path}?{sealed}")),
    ] {
        let html = somebody.page(&address).await;
        assert!(!html.contains("The message was canceled."), "{address}: {html}");
    }
}

/// A message that waits for its time.
async fn scheduled(app: &TestApp) -> String {
    let template = app.template("email", "hello").await;
    let send =
        json!({ "template_id": template, "borrower_id": "ext-john", "send_at": "2026-01-06T15:00:00Z" });
    let sent = app.post("/api/v1/communications/send", send).await.expect(202);
    sent["communication_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_message_is_found_by_what_is_known_of_it() {
    let app = TestApp::start().await;
    let template = app.template("email", "payment_reminder").await;
    let john = app.sent(&template, "ext-john").await;
    app.drain().await;
    let maria = app.sent(&app.template("sms", "welcome").await, "ext-maria").await;
    let call = json!({ "channel": "voice", "theme": "opsServicing", "status": "succeeded" });
    let call = app.post("/people/ext-john/interactions", call).await.expect(201);
    let call = call["data"]["id"].as_str().unwrap().to_owned();
    let visitor = Visitor::signed_in(&app, "demo-viewer").await;
    let list = visitor.page("/console/messages").await;
    for shown in [
        ">Call<",
        "john@example.com",
        "Payment reminder",
        ">Sent<",
        ">Queued<",
        "<time datetime=",
        &john,
        &maria,
    ] {
        assert!(list.contains(shown), "{shown}: {list}");
    }
    for (query, is_there, is_not) in [
        ("by=borrower&q=john", &john, &maria),
        ("by=borrower&q=ext-maria", &maria, &john),
        ("template_type=welcome", &maria, &john),
        ("status=sent", &john, &maria),
        ("channel=sms", &maria, &john),
        ("channel=voice", &call, &john),
        ("from=2026-01-05&to=2026-01-05&channel=email", &john, &maria),
    ] {
        let html = visitor.page(&format!("/console/messages?{query}")).await;
        assert!(html.contains(is_there.as_str()) && !html.contains(is_not.as_str()), "{query}: {html}");
    }
    let led = visitor.get("/console/messages?by=address&q=John%40Example.com&status=sent").await;
    let to = location(&led).to_owned();
    assert!(to.starts_with("/console/messages?status=sent&by=borrower&q=BO-"), "{to}");
    assert!(visitor.page(&to).await.contains(&john));
    let led = visitor.get(&format!("/console/messages?by=message&q={john}")).await;
    assert_eq!(led.status.as_u16(), 303);
    assert!(visitor.page(location(&led)).await.contains("Hello John"));
    assert!(
        visitor
            .page("/console/messages?by=address&q=nobody%40example.com")
            .await
            .contains("Nobody has this address")
    );
    app.wrote("ses", json!({ "from": "x@y.example", "to": "service@acme.example", "body": "Who are you?" }))
        .await;
    let html = visitor.page("/console/messages?by=address&q=x%40y.example").await;
    shows(&html, &["Nobody has this address", "href=\"/console/inbox?view=unknown\""]);
    assert!(visitor.page("/console/inbox?view=unknown").await.contains("x@y.example"));
    for unknown in ["IN-KEY-nope", "my own id", "<b>"] {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", unknown).finish();
        let html = visitor.page(&format!("/console/messages?by=message&{query}&status=sent")).await;
        let typed = unknown.replace('<', "&lt;").replace('>', "&gt;");
        shows(&html, &["No message has this id", &format!("value=\"{typed}\""), "value=\"sent\" selected"]);
    }
    assert!(visitor.page("/console/messages?to=2026-01-04").await.contains("No message fits"));
    for (query, fault) in
        [("from=monday", "must be a day"), ("status=gone", "must be one of"), ("channel=pigeon", "must be")]
    {
        let html = page(visitor.get(&format!("/console/messages?{query}")).await, 400);
        assert!(html.contains(fault) && html.contains("aria-invalid=\"true\""), "{query}: {html}");
    }
    let led = visitor.get("/console/messages?status=sent&cursor=nowhere").await;
    assert_eq!(location(&led), "/console/messages?status=sent");
    // Another lender's people see none of it.
    let other = Visitor::signed_in(&app, "other-admin").await;
    assert!(other.page("/console/messages").await.contains("No messages here yet"));
    for path in ["", "/content", "/letter"] {
        let html = page(other.get(&format!("/console/messages/{john}{path}")).await, 404);
        shows(&html, &["Page not found", "Trace id", "Other", "href=\"/console/borrowers\""]);
    }
}

#[tokio::test]
async fn messages_about_a_loan_over_some_months_are_one_page() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let mut sent = Vec::new();
    for month in 1..=4 {
        app.set_clock(&format!("2026-{month:02}-05T15:00:00Z")).await;
        let body = json!({ "template_id": template, "borrower_id": "ext-john", "loan_id": "ext-LN-0001" });
        let accepted = app.post("/api/v1/communications/send", body).await.expect(202);
        sent.push(accepted["communication_id"].as_str().unwrap().to_owned());
    }
    app.set_clock("2026-04-20T15:00:00Z").await;
    let visitor = Visitor::signed_in(&app, "demo-viewer").await;
    let html = visitor.page("/console/messages?by=loan&q=LN-0001").await;
    assert!(sent.iter().all(|id| html.contains(id.as_str())) && !html.contains("rel=\"next\""), "{html}");
}

#[tokio::test]
async fn a_message_says_what_happened_to_it_and_why() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let message = app.sent(&template, "ext-john").await;
    app.drain().await;
    app.report("ses", json!({ "message": message, "event": "Delivery" })).await;
    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    let html = viewer.page(&format!("/console/messages/{message}")).await;
    let trace = app.log(&message).await["trace_id"].as_str().unwrap().to_owned();
    for shown in [
        ">Accepted<",
        ">Taken by the provider<",
        ">Delivered<",
        "In the mailbox",
        ">Allowed<",
        "Hello John",
        &trace,
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    assert!(!html.contains("What you can do"), "a viewer acts on nothing: {html}");
    let stamp = value_of(&html, "stamp");
    let refused = viewer
        .post(&format!("/console/messages/{message}"), &[("action", "resend"), ("stamp", &stamp)])
        .await;
    assert!(page(refused, 403).contains("Your role does not allow this"));

    // At night the law lets nobody collect.
    let send = json!({
        "template_id": template, "borrower_id": "ext-john", "purpose": "collections", "send_at": "2026-01-06T03:30:00Z",
    });
    let blocked = app.post("/api/v1/communications/send", send).await.expect(409);
    let html =
        viewer.page(&format!("/console/messages/{}", blocked["interactionId"].as_str().unwrap())).await;
    for shown in [
        "Not allowed",
        "Outside allowed hours",
        "US-REGF-TIME",
        "12 CFR 1006.6",
        "Verified",
        "America/Chicago: outside allowed hours",
        "<rect class=\"allowed\" x=\"480\"",
        "Allowed next",
        "Wait for the allowed hours.",
        // The instant it waits for stands as people read it.
        "; wait until <time datetime=\"2026-01-06T14:00:00.000Z\"",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    let list = viewer.page("/console/messages?status=blocked").await;
    assert!(list.contains(blocked["interactionId"].as_str().unwrap()) && !list.contains(&message), "{list}");
    let spanish = viewer.reading("es-MX,es;q=0.9");
    let html = spanish.page(&format!("/console/messages/{message}")).await;
    assert!(
        html.contains("<html lang=\"es\">") && html.contains("Entregado") && html.contains("ene 2026"),
        "{html}"
    );
}

#[tokio::test]
async fn a_letter_is_opened_as_it_was_printed() {
    let app = TestApp::start().await;
    html_template(&app, "letter", ROOMY).await;
    let path = format!("/console/messages/{}", mailed(&app).await);
    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    shows(&viewer.page(&path).await, &[&format!("href=\"{path}/letter\"")]);
    let pdf = viewer.get(&format!("{path}/letter")).await;
    assert_eq!(pdf.headers["content-type"], "application/pdf");
    assert!(pdf.expect(200).as_str().unwrap().starts_with("%PDF-"));
    shows(&viewer.page(&path).await, &[&format!("src=\"{path}/pages/1\" alt=\"Page 1 of")]);
    let picture = viewer.get(&format!("{path}/pages/1")).await;
    assert_eq!(
        (picture.status.as_u16(), &picture.headers["content-type"]),
        (200, &"image/png".parse().unwrap())
    );
    for none in ["0", "99", "-1", "one"] {
        page(viewer.get(&format!("{path}/pages/{none}")).await, 404);
    }
    page(Visitor::signed_in(&app, "other-admin").await.get(&format!("{path}/pages/1")).await, 404);
}

#[tokio::test]
async fn an_officer_sends_a_message_again_and_an_admin_in_spite_of_a_stop() {
    let app = TestApp::start().await;
    let message = app.sent(&app.template("email", "hello").await, "ext-john").await;
    app.drain().await;
    let path = format!("/console/messages/{message}");
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    let html = officer.page(&path).await;
    assert!(html.contains("Send again") && !html.contains("overrideReason"), "{html}");
    let (stamp, once) = (value_of(&html, "stamp"), value_of(&html, "once"));
    let form = [("action", "resend"), ("stamp", stamp.as_str()), ("once", once.as_str())];
    let first = officer.post(&path, &form).await;
    assert_eq!(first.status.as_u16(), 303);
    // The same form, sent twice, is done once.
    assert_eq!(location(&officer.post(&path, &form).await), location(&first));
    assert!(officer.page(location(&first)).await.contains("Sent again. This is the new message."));

    app.put("/people/ext-john/do-not-contact", json!({ "reason": "asked by phone" })).await.expect(200);
    let refused = page(officer.submit(&path, "resend", &[]).await, 409);
    assert!(refused.contains("Must not be contacted") && refused.contains("asked by phone"), "{refused}");
    let refused = page(officer.submit(&path, "resend", &[("overrideReason", "court order")]).await, 403);
    assert!(refused.contains("Your role does not allow this"), "{refused}");
    let admin = Visitor::signed_in(&app, "demo-admin").await;
    let long = "x".repeat(501);
    let refused = page(admin.submit(&path, "resend", &[("overrideReason", &long)]).await, 400);
    assert!(refused.contains("id=\"f-overrideReason-fault\"") && refused.contains(&long), "{refused}");
    let done = admin.submit(&path, "resend", &[("overrideReason", "court order")]).await;
    let html = admin.page(location(&done)).await;
    assert!(html.contains("Sent whatever might have stopped it") && html.contains("court order"), "{html}");
    assert_eq!(
        page(admin.submit(&path, "no-such-action", &[]).await, 400).matches("role=\"alert\"").count(),
        0
    );
}

#[tokio::test]
async fn a_call_that_was_recorded_shows_when_it_was_and_what_came_of_it() {
    let app = TestApp::start().await;
    let visitor = Visitor::signed_in(&app, "demo-viewer").await;
    let path = async |more: Value| {
        let call = recorded(&app, more).await;
        format!("/console/messages/{}", call["id"].as_str().unwrap())
    };
    let made = json!({
        "status": "succeeded", "agentOutcome": "voiceSpokeWithFirstParty", "startedAt": "2026-01-05T13:50:00Z",
        "endedAt": "2026-01-05T13:55:00Z",
    });
    let made = path(made).await;
    let began = "8:50";
    let html = visitor.page(&made).await;
    shows(&html, &["Spoke with the borrower", began, "Ended", "8:55"]);
    assert!(visitor.page("/console/messages").await.contains(began));
    let theirs =
        json!({ "subject": null, "theme": "inbPayments", "direction": "inbound", "status": "succeeded" });
    let html = visitor.page(&path(theirs).await).await;
    assert!(html.contains(">Received<") && !html.contains(">Delivered<"), "{html}");
    let html = visitor.page(&path(json!({ "status": "inProgress" })).await).await;
    assert!(html.contains(">Going on<") && !html.contains(">Sending<"), "{html}");
    assert!(visitor.page("/console/messages").await.contains(">Going on<"));
}

#[tokio::test]
async fn settings_that_a_form_does_not_change_stay_as_they_are() {
    let app = TestApp::start().await;
    let branding = json!({ "a:b": "c", "colon ": "x", "phone": "+18005550199" });
    app.put("/settings", json!({ "branding": branding })).await.expect(200);
    let admin = Visitor::signed_in(&app, "demo-admin").await;
    let path = "/console/settings";
    let typed = async |change: (&str, &str)| {
        let html = admin.page(path).await;
        let field = html.split("name=\"branding\"").nth(1).unwrap();
        let shown = field.split_once('>').unwrap().1.split_once("</textarea>").unwrap().0;
        admin.submit(path, "settings", &[("branding", &shown.replace(change.0, change.1))]).await
    };
    location(&typed(("", "")).await);
    assert_eq!(app.get("/settings").await.expect(200)["branding"], branding);
    location(&typed(("+18005550199", "+18005550100")).await);
    let changed = json!({ "a:b": "c", "colon ": "x", "phone": "+18005550100" });
    assert_eq!(app.get("/settings").await.expect(200)["branding"], changed);
}

#[tokio::test]
async fn a_wording_is_kept_with_the_white_space_around_it() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let author = Visitor::signed_in(&app, "demo-admin").await;
    let path = format!("/console/templates/{template}/versions/new");
    let typed = [
        ("subjectLineTemplate", " Hello "),
        ("contentTextTemplate", "\r\n  indented\r\n\r\n"),
        ("contentHtmlTemplate", " \r\n "),
    ];
    let saved = author.submit(&path, "save", &typed).await;
    let path = location(&saved).split('?').next().unwrap().to_owned();
    let version = path.rsplit('/').next().unwrap();
    let version = app.get(&format!("/communicator/templates/{version}")).await.expect(200);
    assert_eq!(
        [&version["subjectLineTemplate"], &version["contentTextTemplate"], &version["contentHtmlTemplate"]],
        [&json!("Hello"), &json!("\n  indented\n\n"), &Value::Null],
        "{version:#}"
    );
    // A browser takes the first line break of a field away.
    shows(&author.page(&path).await, &[">\n\n  indented\n\n</textarea>"]);
}

#[tokio::test]
async fn nothing_that_a_borrower_or_a_lender_wrote_is_markup() {
    let app = TestApp::start().await;
    let hostile =
        "<script>alert(1)</script>\"onload=\"alert(2) \u{202e}{{ 7 * 7 }}<img src=x onerror=alert(3)>";
    app.put("/settings", json!({ "compliance": { "party": "creditor" } })).await;
    let text = json!({
        "channel": "email", "subject": null, "direction": "inbound", "status": "succeeded", "theme": "inbOther",
        "content": { "subjectLine": hostile, "contentText": format!("{hostile}{}", "a".repeat(10_000)), "contentHtml": hostile },
        "externalId": "hostile\"><b>",
    });
    let made = app.post("/people/ext-john/interactions", text.clone()).await;
    let made = if made.status == 201 {
        made
    } else {
        let mut text = text;
        text.as_object_mut().unwrap().remove("subject");
        text["externalId"] = json!("hostile");
        app.post("/people/ext-john/interactions", text).await
    };
    let made = made.expect(201);
    let id = made["data"]["id"].as_str().unwrap().to_owned();
    let visitor = Visitor::signed_in(&app, "demo-admin").await;
    for path in [
        format!("/console/messages/{id}"),
        "/console/messages".to_owned(),
        "/console/messages?by=borrower&q=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E".to_owned(),
        "/console/messages?template_type=%3Cscript%3E&done=%3Cscript%3E&language=%3Cscript%3E".to_owned(),
        "/console/messages/%3Cscript%3E".to_owned(),
        "/console/sign-in?to=%22%3E%3Cscript%3E".to_owned(),
    ] {
        let answer = visitor.get(&path).await;
        let status = answer.status.as_u16();
        let html = page(answer, status);
        assert!(
            !html.contains("<img") && !html.contains("onload=\"") && !html.contains(">49<"),
            "{path}: {html}"
        );
    }
    // What it says is shown in a frame in which nothing runs.
    let content = visitor.get(&format!("/console/messages/{id}/content")).await;
    let policy = content.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("sandbox; default-src 'none';") && !policy.contains("script-src"), "{policy}");
    assert_eq!(content.headers["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn a_page_waits_for_three_calls_to_aws_at_most() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    for borrower in ["ext-john", "ext-maria", "ext-nia"] {
        app.sent(&template, borrower).await;
    }
    app.drain().await;
    let message = app.sent(&app.template("email", "welcome").await, "ext-john").await;
    let batch = batches::batch(&app, &["ext-john", "ext-maria"]).await;
    app.drain().await;
    let visitor = Visitor::signed_in(&app, "demo-admin").await;
    for path in [
        "/console/messages?from=2026-01-05".to_owned(),
        "/console/messages?by=borrower&q=john".to_owned(),
        "/console/messages?by=address&q=john%40example.com".to_owned(),
        format!("/console/messages/{message}"),
        format!("/console/messages/{message}/content"),
        "/console/sign-in".to_owned(),
        "/console/style.css".to_owned(),
        "/console/borrowers".to_owned(),
        "/console/borrowers?by=borrower&q=john".to_owned(),
        "/console/borrowers?by=address&q=john%40example.com".to_owned(),
        "/console/borrowers/ext-john".to_owned(),
        "/console/borrowers/ext-john?channel=email".to_owned(),
        "/console/rules".to_owned(),
        "/console/rules/US-REGF-7IN7".to_owned(),
        "/console/rules/history".to_owned(),
        "/console/problems".to_owned(),
        "/console/problems?day=2026-01-04".to_owned(),
        "/console/batches".to_owned(),
        format!("/console/batches/{batch}"),
        "/console/what-if".to_owned(),
        "/console/what-if?personIds=john%0D%0Amaria&by.email=1&theme=opsCollDebt&sample=".to_owned(),
        "/console/health".to_owned(),
        "/console/health?days=30".to_owned(),
    ] {
        // The shards of a day are asked at once, and a lender's day is part of two. What a borrower's messages say is read after them.
        let at_once = match path.split(['?', '/']).nth(2) {
            Some("problems") => 2 * (u64::from(DAY_SHARDS) - 1),
            Some("borrowers") => 1,
            // Senders are asked for beside the hours that were counted.
            Some("health") => 1,
            _ if path.contains("from=") => u64::from(DAY_SHARDS) - 1,
            _ => 0,
        };
        visitor.takes_calls(&path, 3 + at_once).await;
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_answered_with_a_page() {
    let app = TestApp::start().await;
    let visitor = Visitor::signed_in(&app, "demo-viewer").await;
    for path in ["/console/nope", "/console/messages/a/b/c", "/console/rules/a/b", "/console/%C3%B1"] {
        shows(&page(visitor.get(path).await, 404), &["<h1", "href=\"/console/messages\""]);
    }
    for (path, to) in [
        ("/console/", "/console"),
        ("/console/messages/", "/console/messages"),
        ("/console//evil.example/", "/console//evil.example"),
    ] {
        let led = visitor.get(path).await;
        assert_eq!((led.status.as_u16(), location(&led)), (303, to));
    }
    assert!(location(&Visitor::new(&app).get("/console/nope").await).starts_with("/console/sign-in"));
    // To what is no place in a list no page leads.
    let visitor = Visitor::signed_in(&app, "demo-admin").await;
    for path in [
        "/console/messages?status=sent",
        "/console/batches?status=completed",
        "/console/problems?day=2026-01-05",
        "/console/inbox?view=open",
        "/console/inbox?view=unknown",
        "/console/inbox/auto-responses?",
        "/console/rules/history?",
    ] {
        let joint = if path.ends_with('?') { "" } else { "&" };
        for cursor in ["foo", "e30", "%00"] {
            let led = visitor.get(&format!("{path}{joint}cursor={cursor}")).await;
            assert_eq!((led.status.as_u16(), location(&led)), (303, path), "{cursor}");
        }
    }
}

/// Pages that are looked at in every width, color and language: a name, and the path, in which `{name}` is one of [`Seen`].
const PAGES: &[(&str, &str)] = &[
    ("sign-in", "/console/sign-in"),
    ("messages", "/console/messages"),
    ("messages-none", "/console/messages?status=canceled"),
    ("messages-fault", "/console/messages?from=monday&status=gone"),
    ("message", "/console/messages/{delivered}"),
    ("message-refused", "/console/messages/{blocked}"),
    ("message-scheduled", "/console/messages/{scheduled}"),
    ("not-found", "/console/messages/IN-NONE"),
    ("borrowers", "/console/borrowers"),
    ("borrowers-none", "/console/borrowers?q=nobody"),
    ("borrower", "/console/borrowers/ext-john?theme=opsCollDebt"),
    ("borrower-opted-out", "/console/borrowers/ext-maria"),
    ("rules", "/console/rules"),
    ("rules-none", "/console/rules?q=no-such-words"),
    ("rule", "/console/rules/US-REGF-7IN7"),
    ("rule-own", "/console/rules/OWN-TEXTS"),
    ("rules-history", "/console/rules/history"),
    ("what-if", "/console/what-if"),
    (
        "what-if-answer",
        "/console/what-if?sample=10&by.email=1&by.text=1&theme=opsCollDebt&startedAt=2026-01-06T00:00&change=tighten&ruleId=US-REGF-TIME&tightened.hours.0=12:00&to=20:00",
    ),
    (
        "what-if-fault",
        "/console/what-if?sample=many&startedAt=soon&change=disable&isAutodialed=on&by.email=1",
    ),
    ("health", "/console/health"),
    ("health-month", "/console/health?days=30"),
    ("batches", "/console/batches"),
    ("batches-none", "/console/batches?status=canceled"),
    ("batch", "/console/batches/{batch}"),
    ("problems", "/console/problems"),
    ("problems-none", "/console/problems?day=2026-01-01"),
    ("dead-letters", "/console/problems/dead-letters"),
    ("templates", "/console/templates"),
    ("templates-none", "/console/templates?q=no-such-words"),
    ("template", "/console/templates/{template}"),
    ("template-new", "/console/templates/new"),
    ("version", "/console/templates/{template}/versions/{draft}?preview=1&person=john"),
    ("version-new", "/console/templates/{template}/versions/new"),
    ("inbox", "/console/inbox"),
    ("inbox-none", "/console/inbox?view=claimed"),
    ("inbox-unknown", "/console/inbox?view=unknown"),
    ("task", "/console/inbox/tasks/{task}"),
    ("task-unknown", "/console/inbox/tasks/{unknown}"),
    ("auto-responses", "/console/inbox/auto-responses"),
    ("auto-response", "/console/inbox/auto-responses/{answering}"),
    ("settings", "/console/settings"),
    ("keys", "/console/settings/keys"),
    ("webhooks", "/console/settings/webhooks"),
];

/// Forms that are refused, and looked at then: a name, the path, the field, what is typed into it, and the button.
const REFUSED: &[(&str, &str, &str, &str, &str)] = &[
    (
        "template-new-fault",
        "/console/templates/new?starter=paymentSuccessful.text.en",
        "#f-subject",
        "no such!",
        "main button",
    ),
    (
        "version-fault",
        "/console/templates/{template}/versions/{draft}",
        "#f-contentTextTemplate",
        "{% endfor %}",
        "main button",
    ),
    (
        "settings-fault",
        "/console/settings",
        "#f-conversationTimeoutMinutes",
        "soon",
        "form:has(#f-timeZone) button",
    ),
];

/// What stands in the paths of [`PAGES`], by the name that it has there.
struct Seen(Vec<(&'static str, String)>);

impl Seen {
    /// A lender in the middle of its day.
    async fn of(app: &TestApp) -> Self {
        let body = json!({
            "name": "Payment reminder", "template_type": "payment_reminder", "channel": "email", "language": "en",
            "subject": "Your payment is due, {{ borrower.first_name }}",
            "body": "Dear {{ borrower.first_name }},\n\nYour payment of $312.50 is due on January 15, 2026.\n\nThank you,\n{{ tenant.name }}",
            "body_html": "<h1>Your payment is due</h1><p>Dear {{ borrower.first_name }},</p><p>Your payment of <strong>$312.50</strong> is due on January 15, 2026.</p>",
        });
        let reminder = id(&app.post("/api/v1/communication-templates", body).await.expect(201));
        let delivered = app.sent(&reminder, "ext-john").await;
        app.sent(&app.template("sms", "welcome").await, "ext-maria").await;
        app.sent(&app.template("email", "receipt").await, "ext-nia").await;
        app.drain().await;
        app.report("ses", json!({ "message": delivered, "event": "Delivery" })).await;
        let late = json!({
            "template_id": reminder, "borrower_id": "ext-john", "purpose": "collections", "send_at": "2026-01-06T03:30:00Z",
        });
        let blocked = app.post("/api/v1/communications/send", late).await.expect(409);
        let blocked = blocked["interactionId"].as_str().unwrap().to_owned();
        let scheduled = scheduled(app).await;
        borrowers::talked_to(app).await;
        rules::changed(app).await;
        problems::failed(app).await;
        let batch = batches::batch(app, &["ext-john", "ext-maria", "ext-nia", "ext-nobody"]).await;
        app.drain().await;
        let (template, draft) = templates::written(app).await;
        let (task, unknown, answering) = inbox::received(app).await;
        settings::subscribed(app).await;
        Self(vec![
            ("{delivered}", delivered),
            ("{blocked}", blocked),
            ("{scheduled}", scheduled),
            ("{batch}", batch),
            ("{template}", template),
            ("{draft}", draft),
            ("{task}", task),
            ("{unknown}", unknown),
            ("{answering}", answering),
        ])
    }

    fn path(&self, path: &str) -> String {
        self.0.iter().fold(path.to_owned(), |path, (name, id)| path.replace(name, id))
    }
}

/// The id of what was made.
fn id(made: &Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}

/// The script that finds what is hard to use, as `make test` installs it.
fn axe() -> String {
    let venv = std::env::var("POSTRIDER_VENV").unwrap_or_else(|_| "../.local/venv".to_owned());
    let library = std::fs::read_dir(Path::new(&venv).join("lib")).unwrap().next().unwrap().unwrap().path();
    let script = library.join("site-packages/axe_playwright_python/axe.min.js");
    std::fs::read_to_string(&script)
        .unwrap_or_else(|error| panic!("{}: {error}; make test installs it", script.display()))
}

/// Signs in by keyboard.
fn sign_in(browser: &mut Browser, url: &str, key: &str) {
    browser.open(&format!("{url}/console"));
    browser.reach("#f-credential");
    browser.keys(key);
    browser.press("Enter");
    browser.wait_for_page();
}

/// What the browser has against the pages it showed. That it tells of answers that are refusals is right.
fn complaints(browser: &mut Browser) -> Vec<String> {
    browser.complaints().into_iter().filter(|said| !said.contains("with a status of 4")).collect()
}

/// What somebody who has signed in with a key does in a browser of this width, in which no script runs.
async fn walk(
    app: &TestApp,
    key: &'static str,
    width: u32,
    walk: impl FnOnce(&mut Browser) + Send + 'static,
) {
    let url = app.system.url().to_owned();
    let walked = tokio::task::spawn_blocking(move || {
        let mut browser = Browser::start(width, false);
        browser.become_one(width, 900, false, "en");
        sign_in(&mut browser, &url, key);
        walk(&mut browser);
        assert_eq!(complaints(&mut browser), [""; 0]);
    });
    walked.await.unwrap();
}

#[tokio::test]
async fn an_officer_finds_a_message_in_a_browser_and_sees_why() {
    let app = TestApp::start().await;
    let message = app.sent(&app.template("sms", "welcome").await, "ext-maria").await;
    let body = json!({
        "name": "Receipt", "template_type": "receipt", "channel": "email", "subject": "Thank you", "body": "Hello",
        "body_html": "<p>Hello</p>",
    });
    let template = id(&app.post("/api/v1/communication-templates", body).await.expect(201));
    let found = app.sent(&template, "ext-john").await;
    app.drain().await;
    walk(&app, "demo-loan-officer", 1280, move |browser| {
        assert_eq!(browser.evaluate("location.pathname"), "/console/messages");
        // The first thing that Tab reaches leads past what stands on every page.
        browser.press("Tab");
        assert_eq!(browser.evaluate("document.activeElement.className"), "skip");
        browser.press("Enter");
        assert_eq!(browser.evaluate("document.activeElement.id"), "main");
        browser.reach("#f-by");
        browser.keys("Address");
        browser.reach("#f-q");
        browser.keys("john@example.com");
        browser.press("Enter");
        browser.wait_for_page();
        assert!(browser.evaluate("location.search").as_str().unwrap().starts_with("?by=borrower&q=BO-"));
        assert!(!browser.reads("table").contains(&message));
        browser.follow(&format!("a[href='/console/messages/{found}']"));
        assert_eq!(browser.reads("h1"), "Receipt");
        assert_eq!(browser.evaluate("document.querySelector('iframe').getAttribute('sandbox')"), "");
        // What it says stands in the frame, although that may do nothing.
        let frame = "performance.getEntriesByType('resource').filter(one => one.name.endsWith('/content')).map(one => \
                     one.responseStatus).join()";
        assert_eq!(browser.evaluate(frame), "200");
        assert_eq!(browser.reads(".verdict .pill"), "Allowed");
        browser.follow(".who a");
        assert_eq!(browser.evaluate("document.documentElement.lang"), "es");
        browser.follow("a[href='/console/borrowers']");
        assert_eq!(browser.evaluate("document.documentElement.lang"), "es", "a choice is kept");
        browser.follow(".who button");
        assert_eq!(browser.evaluate("location.pathname"), "/console/sign-in");
    })
    .await;
}

/// Looks at the page that is open in every width and color, and gives what is wrong with it.
fn look(
    browser: &mut Browser,
    axe: &str,
    name: &str,
    language: &str,
    pictures: Option<&Path>,
) -> Vec<String> {
    assert_eq!(browser.evaluate("document.documentElement.lang"), language, "{name}");
    browser.run(axe);
    let mut faults = Vec::new();
    for (width, height) in [(320, 640), (1280, 800), (3840, 2160)] {
        for dark in [false, true] {
            browser.become_one(width, height, dark, language);
            let what = format!("{name}-{width}-{}-{language}", if dark { "dark" } else { "light" });
            let fits = "document.documentElement.scrollWidth <= window.innerWidth";
            if browser.evaluate(fits) != true {
                faults.push(format!("{what}: wider than the window"));
            }
            if let Some(folder) = pictures {
                std::fs::write(folder.join(format!("{what}.png")), browser.picture_of_page()).unwrap();
            }
            // It takes its time, so it sees each language in both widths and both colors, each pair of these in one language. A wider
            // page is the second with more room around it.
            let is_seen = (width == 320) == (dark == (language == "es"));
            if width > 1280 || !is_seen {
                continue;
            }
            let found = browser.run(
                "axe.run(document, { iframes: false, resultTypes: ['violations'] }).then(found => \
                 found.violations.map(fault => fault.id + ': ' + fault.nodes.map(node => node.html + ' ' + \
                 node.failureSummary).join(' | ')))",
            );
            faults.extend(found.as_array().unwrap().iter().map(|fault| format!("{what}: {fault}")));
        }
    }
    faults.extend(complaints(browser).iter().map(|said| format!("{name}-{language}: {said}")));
    faults
}

/// With `POSTRIDER_PICTURES`, a folder, every page is kept there as it looks.
#[tokio::test]
async fn every_page_can_be_used_by_everybody() {
    let app = TestApp::start().await;
    let seen = Seen::of(&app).await;
    let url = app.system.url().to_owned();
    let pictures = std::env::var_os("POSTRIDER_PICTURES").map(PathBuf::from);
    let looked_at = tokio::task::spawn_blocking(move || {
        let (axe, pictures) = (axe(), pictures.as_deref());
        let mut browser = Browser::start(1280, true);
        sign_in(&mut browser, &url, "demo-admin");
        let mut faults = Vec::new();
        for language in ["en", "es"] {
            for (name, path) in PAGES {
                browser.become_one(1280, 800, false, language);
                browser.open(&format!("{url}{}", seen.path(path)));
                faults.extend(look(&mut browser, &axe, name, language, pictures));
            }
            for (name, path, field, typed, button) in REFUSED {
                browser.become_one(1280, 800, false, language);
                browser.open(&format!("{url}{}", seen.path(path)));
                browser.type_into(field, typed);
                browser.follow(button);
                assert_eq!(
                    browser.evaluate("document.querySelector('[role=alert]') !== null"),
                    true,
                    "{name}"
                );
                faults.extend(look(&mut browser, &axe, name, language, pictures));
            }
            browser.become_one(1280, 800, false, language);
            browser.open(&format!("{url}{}", seen.path("/console/inbox/tasks/{task}")));
            browser.type_into("#f-note", "He called.");
            browser.lose_cookies();
            browser.follow("form:has(#f-note) button");
            assert_eq!(browser.evaluate("document.querySelector('textarea').value"), "He called.");
            faults.extend(look(&mut browser, &axe, "session-over", language, pictures));
            sign_in(&mut browser, &url, "demo-admin");
        }
        assert!(faults.is_empty(), "{faults:#?}");
    });
    looked_at.await.unwrap();
}
