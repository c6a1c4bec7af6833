//! Unsubscribing by the link in a message: one click in a mailbox (RFC 8058), or the page.

use postrider_tests::{Answer, TestApp, answer, browser::Browser};
use reqwest::Method;
use serde_json::{Value, json};

const FORM: &str = "application/x-www-form-urlencoded";
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// Sends John an e-mail that is not transactional and gives the link in its header.
async fn link_of_an_email(app: &TestApp) -> String {
    let template = app.template("email", "hello").await;
    write(app, &template, "ext-john").await.expect(202);
    app.drain().await;
    link_in(&app.outbox("email").await[0])
}

/// Sends what people may answer, and unsubscribe from.
async fn write(app: &TestApp, template: &str, borrower: &str) -> Answer {
    let message = json!({ "template_id": template, "borrower_id": borrower, "is_transactional": false });
    app.post("/api/v1/communications/send", message).await
}

/// The link in the header of an e-mail as it left.
fn link_in(mail: &Value) -> String {
    let headers = &mail["headers"];
    assert_eq!(headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click", "{headers:#}");
    let ways = headers["List-Unsubscribe"].as_str().unwrap();
    let (link, by_mail) = ways.split_once(',').expect(ways);
    assert!(by_mail.trim().starts_with("<mailto:service@acme.example?subject=unsubscribe"), "{ways}");
    link.trim().trim_start_matches('<').trim_end_matches('>').to_owned()
}

async fn open(app: &TestApp, link: &str) -> Answer {
    answer(app.anonymous(Method::GET, link)).await
}

async fn submit(app: &TestApp, link: &str, content_type: &str, body: impl Into<String>) -> Answer {
    let request = app.anonymous(Method::POST, link).header("content-type", content_type);
    answer(request.body(body.into())).await
}

async fn click(app: &TestApp, link: &str) -> Answer {
    submit(app, link, FORM, ONE_CLICK).await
}

/// A page with this heading.
#[track_caller]
fn page(answer: Answer, status: u16, heading: &str) -> String {
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    let html = answer.expect(status).as_str().unwrap().to_owned();
    assert!(html.contains(&format!("<h1>{heading}</h1>")), "{html}");
    html
}

async fn consents(app: &TestApp, person: &str) -> Value {
    app.get(&format!("/people/ext-{person}/consents")).await.expect(200)
}

/// A person with an e-mail address.
async fn person(app: &TestApp, name: &str, address: &str) {
    let contact = json!({ "externalId": format!("{name}-mail"), "contactType": "email", "value": address, "affiliation": "self" });
    let person = json!({ "firstName": name, "contacts": [contact] });
    app.put(&format!("/people/ext-{name}"), person).await.expect(201);
}

#[tokio::test]
async fn opening_the_link_shows_a_page_without_any_name_or_loan_and_changes_nothing() {
    let app = TestApp::start().await;
    let link = link_of_an_email(&app).await;
    let token = link.rsplit('/').next().unwrap();
    assert_eq!(token.len(), 36, "{link}");
    let before = consents(&app, "john").await;
    for link in [link.clone(), format!("{link}?utm_source=mail&x=1")] {
        let answer = open(&app, &link).await;
        for (header, value) in [
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("x-frame-options", "DENY"),
            ("x-robots-tag", "noindex, nofollow"),
        ] {
            assert_eq!(answer.headers[header], value);
        }
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'nonce-"), "{policy}");
        let html = page(answer, 200, "Unsubscribe");
        assert!(html.contains("Acme Lending sends e-mails to j•••@e•••.com."), "{html}");
        for secret in ["John", "john", "LN-", "Hello", "<script"] {
            assert!(!html.contains(secret), "{secret}: {html}");
        }
    }
    let head = app.anonymous(Method::HEAD, &link).send().await.unwrap();
    assert!(head.status().is_success());
    assert_eq!(consents(&app, "john").await, before);
}

#[tokio::test]
async fn one_click_holds_for_everybody_with_the_address_and_what_waits_does_not_leave() {
    let app = TestApp::start().await;
    person(&app, "ann", "John@Example.com").await;
    let link = link_of_an_email(&app).await;
    let template = app.template("email", "waiting").await;
    let waiting = app.sent(&template, "ext-ann").await;
    let html = page(click(&app, &link).await, 200, "You are unsubscribed");
    assert!(html.contains("sends no more e-mails to j•••@e•••.com"), "{html}");
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1, "only the first");
    assert_eq!(app.log(&waiting).await["status"], "canceled");
    let after = consents(&app, "john").await;
    let last = after.as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["channel"], &last["status"], &last["source"], &last["wording"]),
        (&json!("email"), &json!("revoked"), &json!("unsubscribe link"), &json!(ONE_CLICK))
    );
    for name in ["john", "ann"] {
        app.send(&template, &format!("ext-{name}")).await.problem(409, "consent-revoked");
    }
    let text = app.template("sms", "hello").await;
    app.advance(86_400).await;
    app.send(&text, "ext-john").await.expect(202);

    let multipart =
        "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    page(
        submit(&app, &link, "multipart/form-data; boundary=b", multipart).await,
        200,
        "You are unsubscribed",
    );
    page(click(&app, &link).await, 200, "You are unsubscribed");
    let mut again = consents(&app, "john").await;
    again
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .for_each(|one| drop(one.as_object_mut().unwrap().remove("repeatedAt")));
    assert_eq!(again, after, "done again, it changes nothing but when it was said last");
}

#[tokio::test]
async fn everything_is_every_channel_of_the_person_and_of_others_the_address() {
    let app = TestApp::start().await;
    person(&app, "ann", "john@example.com").await;
    let phone = json!({ "externalId": "ann-mobile", "contactType": "phone", "value": "+13125550177", "receiveTextMessages": true });
    app.post("/people/ext-ann/contacts", phone).await.expect(201);
    app.post("/people/ext-ann/consents", json!({ "channel": "text", "status": "consented" }))
        .await
        .expect(201);
    let link = link_of_an_email(&app).await;
    let html = page(submit(&app, &link, FORM, "choice=all&unknown=1").await, 200, "You are unsubscribed");
    assert!(html.contains("no more messages of any kind"), "{html}");
    let (email, text) = (app.template("email", "more").await, app.template("sms", "more").await);
    for (template, person, status) in
        [(&email, "john", 409), (&text, "john", 409), (&email, "ann", 409), (&text, "ann", 202)]
    {
        app.send(template, &format!("ext-{person}")).await.expect(status);
    }
    let consents = consents(&app, "john").await;
    assert_eq!(consents.as_array().unwrap().last().unwrap()["wording"], "All messages from Acme Lending");
}

#[tokio::test]
async fn everything_is_for_the_person_it_went_to_at_whatever_address_they_have_by_now() {
    let app = TestApp::start().await;
    let link = link_of_an_email(&app).await;
    let moved = json!({ "value": "john@new.example" });
    app.put("/people/ext-john/contacts/ext-john-email", moved).await.expect(200);
    let template = app.template("email", "more").await;
    click(&app, &link).await;
    app.send(&template, "ext-john").await.expect(202);
    page(submit(&app, &link, FORM, "choice=all").await, 200, "You are unsubscribed");
    let other = app.template("email", "other").await;
    app.send(&other, "ext-john").await.problem(409, "consent-revoked");
}

#[tokio::test]
async fn everybody_in_a_batch_has_a_link_of_their_own() {
    let app = TestApp::start().await;
    app.template("email", "annual_privacy_policy_notice").await;
    let batch = json!({ "subject": "annualPrivacyPolicyNotice", "channel": "email", "personIds": ["ext-john", "ext-maria"], "isTransactional": false });
    app.post("/communicator/send-batch", batch).await.expect(202);
    app.drain().await;
    let outbox = app.outbox("email").await;
    let links: std::collections::BTreeSet<String> = outbox.iter().map(link_in).collect();
    assert_eq!(links.len(), 2, "{links:?}");
}

#[tokio::test]
async fn a_mistake_is_undone_where_the_link_made_it_and_nowhere_else() {
    let app = TestApp::start().await;
    let link = link_of_an_email(&app).await;
    let template = app.template("email", "more").await;
    click(&app, &link).await;
    app.advance(60).await;
    let html = page(submit(&app, &link, FORM, "choice=again").await, 200, "You are subscribed again");
    assert!(!html.contains("<form"), "{html}");
    app.send(&template, "ext-john").await.expect(202);

    let stop = json!({ "channel": "email", "status": "revoked", "source": "agent" });
    app.advance(60).await;
    app.post("/people/ext-john/consents", stop).await.expect(201);
    app.advance(60).await;
    page(submit(&app, &link, FORM, "choice=again").await, 200, "This cannot be changed here");
    app.send(&template, "ext-john").await.problem(409, "consent-revoked");
}

#[tokio::test]
async fn do_not_contact_is_not_undone_by_a_link() {
    let app = TestApp::start().await;
    let link = link_of_an_email(&app).await;
    click(&app, &link).await;
    app.put("/people/ext-john/do-not-contact", json!({ "reason": "asked by phone" })).await.expect(200);
    app.advance(60).await;
    page(submit(&app, &link, FORM, "choice=again").await, 200, "This cannot be changed here");
    let last = consents(&app, "john").await.as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["status"], "revoked");
}

#[tokio::test]
async fn what_is_no_link_of_the_tenants_is_one_and_the_same_page() {
    let app = TestApp::start().await;
    let link = link_of_an_email(&app).await;
    let before = consents(&app, "john").await;
    let (base, token) = link.rsplit_once('/').unwrap();
    let root = base.strip_suffix("demo").unwrap();
    let mut changed = token.to_owned();
    changed.replace_range(0..1, if token.starts_with('A') { "B" } else { "A" });
    let body = |html: String| html.split("<body>").nth(1).unwrap().to_owned();
    let mut seen = std::collections::BTreeSet::new();
    for wrong in [
        format!("{root}other/{token}"),
        format!("{root}nobody/{token}"),
        format!("{root}De%20mo/{token}"),
        format!("{base}/{changed}"),
        format!("{base}/sample"),
        format!("{base}/{}", "A".repeat(36)),
        format!("{base}/{}", "A".repeat(5_000)),
        format!("{base}/%F0%9F%98%80"),
    ] {
        seen.insert(body(page(open(&app, &wrong).await, 404, "This link leads nowhere")));
        seen.insert(body(page(click(&app, &wrong).await, 404, "This link leads nowhere")));
    }
    assert_eq!(seen.len(), 1);
    assert_eq!(consents(&app, "john").await, before);
}

#[tokio::test]
async fn what_is_no_form_of_ours_is_a_page_too_and_changes_nothing() {
    let app = TestApp::start().await;
    let link = link_of_an_email(&app).await;
    let before = consents(&app, "john").await;
    for (content_type, body, status, heading) in [
        (FORM, String::new(), 400, "Unsubscribe"),
        (FORM, "choice=maybe".into(), 400, "Unsubscribe"),
        (FORM, "List-Unsubscribe=Two-Clicks".into(), 400, "Unsubscribe"),
        ("application/json", json!({ "choice": "all" }).to_string(), 415, "This could not be understood"),
        ("text/plain", ONE_CLICK.into(), 415, "This could not be understood"),
        (FORM, format!("{ONE_CLICK}&x={}", "x".repeat(1 << 20)), 413, "This could not be understood"),
    ] {
        page(submit(&app, &link, content_type, body).await, status, heading);
    }
    app.fault("dynamodb", "error", 20).await;
    page(click(&app, &link).await, 503, "Something went wrong on our side");
    app.no_faults().await;
    assert_eq!(consents(&app, "john").await, before);
}

#[tokio::test]
async fn a_template_shows_the_link_and_a_text_has_one_of_its_own() {
    let app = TestApp::start().await;
    let template = json!({
        "name": "offer", "template_type": "offer", "channel": "sms", "language": "es",
        "body": "Hola. {{ unsubscribe_url }}",
    });
    let template = app.post("/api/v1/communication-templates", template).await.expect(201);
    let template = template["id"].as_str().unwrap();
    let preview = json!({ "template_id": template, "borrower_id": "ext-john" });
    let preview = app.post("/api/v1/communications/preview", preview).await.expect(200);
    assert_eq!(preview["body"], format!("Hola. {}/u/demo/sample", app.system.url()));
    write(&app, template, "ext-john").await.expect(202);
    app.drain().await;
    let text = app.outbox("text").await[0]["body"].as_str().unwrap().to_owned();
    let link = text.strip_prefix("Hola. ").unwrap();
    let html = page(open(&app, link).await, 200, "Cancelar suscripción");
    assert!(
        html.contains("<html lang=\"es\">")
            && html.contains("Acme Lending envía mensajes de texto a •••0101.")
    );
    page(submit(&app, link, FORM, "choice=channel").await, 200, "Suscripción cancelada");
    app.send(template, "ext-john").await.problem(409, "consent-revoked");
}

#[tokio::test]
async fn nobody_unsubscribes_from_what_is_transactional_or_went_to_several() {
    let app = TestApp::start().await;
    let base = json!({ "theme": null, "language": "en", "subjectLine": "s", "contentHtml": "<p>Hi</p>" });
    for (to, transactional) in [
        (json!([{ "email": "john@example.com" }]), true),
        (json!([{ "email": "john@example.com" }, { "email": "maria@example.com" }]), false),
    ] {
        let mut body = base.clone();
        body["personalizations"] = json!([{ "to": to }]);
        body["isTransactional"] = transactional.into();
        app.post("/communicator/send-free-form-email", body).await.expect(202);
        app.drain().await;
        let mail = app.outbox("email").await[0].clone();
        assert!(mail["headers"]["List-Unsubscribe-Post"].is_null(), "{mail:#}");
        assert!(!mail["html"].as_str().unwrap().contains("Unsubscribe"), "{mail:#}");
    }
}

#[tokio::test]
async fn what_somebody_nobody_knows_wants_is_kept_and_holds_for_whoever_gets_the_address() {
    let app = TestApp::start().await;
    let body = json!({
        "personalizations": [{ "to": [{ "email": "Stranger@Example.com" }] }], "theme": null, "language": "en",
        "subjectLine": "s", "contentHtml": "<p>Hi</p>",
    });
    app.post("/communicator/send-free-form-email", body.clone()).await.expect(202);
    app.drain().await;
    let mail = app.outbox("email").await[0].clone();
    let link = link_in(&mail);
    assert!(mail["html"].as_str().unwrap().contains(&link), "the branded e-mail shows it: {mail:#}");
    page(click(&app, &link).await, 200, "You are unsubscribed");
    page(click(&app, &link).await, 200, "You are unsubscribed");
    app.post("/communicator/send-free-form-email", body.clone()).await.problem(409, "consent-revoked");

    app.advance(60).await;
    page(submit(&app, &link, FORM, "choice=again").await, 200, "You are subscribed again");
    app.post("/communicator/send-free-form-email", body).await.expect(202);
    app.advance(60).await;
    page(click(&app, &link).await, 200, "You are unsubscribed");

    let template = app.template("email", "hello").await;
    person(&app, "stranger", "stranger@example.com").await;
    app.send(&template, "ext-stranger").await.problem(409, "consent-revoked");
    person(&app, "other", "other@example.com").await;
    let contact = json!({ "externalId": "second", "contactType": "email", "value": "STRANGER@example.com" });
    app.post("/people/ext-other/contacts", contact).await.expect(201);
    let consents = consents(&app, "other").await;
    assert_eq!(consents.as_array().unwrap().last().unwrap()["status"], "revoked", "{consents:#}");
}

#[tokio::test]
async fn of_an_erased_person_the_link_tells_nothing() {
    let app = TestApp::start().await;
    let link = link_of_an_email(&app).await;
    app.delete("/people/ext-john").await;
    app.sweep().await;
    app.advance(120).await;
    app.sweep().await;
    page(open(&app, &link).await, 404, "This link leads nowhere");
    page(click(&app, &link).await, 404, "This link leads nowhere");
}

#[tokio::test]
async fn hostile_branding_stays_out_of_the_page() {
    let app = TestApp::start().await;
    let branding = json!({
        "color": "#fff}</style><script>alert(1)</script>", "logo": "https://evil.example;script-src */x.png",
    });
    app.put("/settings", json!({ "branding": branding })).await.expect(200);
    let html = page(open(&app, &link_of_an_email(&app).await).await, 200, "Unsubscribe");
    assert!(!html.contains("<script") && !html.contains("evil") && !html.contains("<img"), "{html}");
}

#[tokio::test]
async fn in_a_narrow_browser_without_scripts_it_is_done_by_keyboard_alone() {
    let app = TestApp::start().await;
    let link = link_of_an_email(&app).await;
    let heading = tokio::task::spawn_blocking(move || {
        let mut browser = Browser::start(320, false);
        browser.open(&link);
        let fits = "document.documentElement.scrollWidth <= window.innerWidth && window.innerWidth === 320";
        assert_eq!(browser.evaluate(fits), true);
        assert_eq!(
            browser.evaluate("getComputedStyle(document.querySelector('button')).backgroundColor"),
            "rgb(31, 78, 121)"
        );
        let focused = "document.activeElement.value || document.activeElement.textContent";
        browser.press("Tab");
        assert_eq!(browser.evaluate(focused), "channel");
        browser.press("ArrowDown");
        assert_eq!(browser.evaluate("document.querySelector(':checked').value"), "all");
        browser.press("Tab");
        assert_eq!(browser.evaluate(focused), "Unsubscribe");
        assert_eq!(browser.evaluate("getComputedStyle(document.activeElement).outlineStyle"), "solid");
        browser.press("Enter");
        browser.wait_for_page();
        assert_eq!(browser.evaluate(fits), true);
        browser.evaluate("document.querySelector('h1').textContent")
    });
    assert_eq!(heading.await.unwrap(), "You are unsubscribed");
    let last = consents(&app, "john").await.as_array().unwrap().last().unwrap().clone();
    assert!(last["channel"].is_null() && last["status"] == "revoked", "{last:#}");
}

#[tokio::test]
async fn marketing_always_carries_the_way_out() {
    let app = TestApp::start().await;
    let template = app.template("email", "spring_offer").await;
    let offer = json!({ "template_id": template, "borrower_id": "ext-john", "purpose": "marketing" });
    app.post("/api/v1/communications/send", offer).await.expect(202);
    let many = json!({ "template_id": template, "borrower_ids": ["ext-maria"], "purpose": "marketing" });
    app.post("/api/v1/communications/send-batch", many).await.expect(202);
    app.drain().await;
    let left = app.outbox("email").await;
    assert_eq!(left.len(), 2, "{left:#?}");
    assert!(
        left.iter().all(|mail| mail["raw"].as_str().unwrap().contains("List-Unsubscribe-Post")),
        "{left:#?}"
    );
    let hidden = json!({
        "template_id": template, "borrower_id": "ext-john", "purpose": "marketing", "is_transactional": true,
    });
    assert_eq!(app.post("/api/v1/communications/send", hidden).await.violations(), ["/is_transactional"]);
}
