//! Templates in the console: an author sees what is missing, writes, previews, compares, puts into use and brings back.

use postrider_tests::TestApp;
use serde_json::json;

use crate::letters_sent::{ROOMY, html_template};

use super::{Visitor, id, leads, location, page, shows, walk};

/// A template, of which one version is in use and another is a draft, and the same in Spanish: the first one's id, and the draft's.
pub(super) async fn written(app: &TestApp) -> (String, String) {
    let body = json!({
        "name": "Payment received", "template_type": "paymentSuccessful", "channel": "sms", "language": "en",
        "body": "{{ tenant.name }}: we received your payment.\nThank you, {{ borrower.first_name }}.\nReply STOP to opt out.",
    });
    let template = id(&app.post("/api/v1/communication-templates", body).await.expect(201));
    let spanish = json!({
        "name": "Pago recibido", "template_type": "paymentSuccessful", "channel": "sms", "language": "es",
        "body": "{{ tenant.name }}: recibimos su pago.\nGracias, {{ borrower.first_name }}.\nResponda STOP para no recibir más.",
    });
    app.post("/api/v1/communication-templates", spanish).await.expect(201);
    let words = "{{ tenant.name }}: we received your payment of {{ payment_amount | currency(locale) }}.\nThank you, \
                 {{ borrower.first_name }}.\nReply STOP to opt out.";
    let draft = json!({ "descriptorId": template, "contentTextTemplate": words });
    let draft = id(&app.post("/communicator/templates", draft).await.expect(201));
    (template, draft)
}

#[tokio::test]
async fn what_a_language_lacks_shows_beside_what_others_have() {
    let app = TestApp::start().await;
    let path = "/console/templates?q=autopay";
    let admin = Visitor::signed_in(&app, "demo-admin").await;
    assert!(admin.page(path).await.contains("No template fits"));
    let make = |language: &str| json!({ "template_type": "autopay_enabled", "channel": "sms", "language": language, "name": format!("Autopay {language}"), "body": "Autopay is on" });
    app.post("/api/v1/communication-templates", make("en")).await.expect(201);
    let both = json!({ "template_type": "other", "channel": "sms", "language": "es", "name": "Otra", "body": "Hola" });
    app.post("/api/v1/communication-templates", both).await.expect(201);
    let html = admin.page(path).await;
    shows(
        &html,
        &["Autopay enabled", "Autopay en", ">In use<", ">Missing<", ">Spanish<", "language=es\">Add"],
    );
    let html = admin.page("/console/templates?show=missing&channel=text").await;
    assert!(html.contains("Autopay en") && html.contains("Otra"), "{html}");
    app.post("/api/v1/communication-templates", make("es")).await.expect(201);
    assert!(!admin.page(path).await.contains(">Missing<"));

    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    let html = viewer.page("/console/templates").await;
    assert!(!html.contains("New template") && !html.contains("/console/templates/new"), "{html}");
    page(viewer.get("/console/templates/new").await, 403);
    let other = Visitor::signed_in(&app, "other-admin").await;
    assert!(!other.page("/console/templates").await.contains("Autopay en"));
}

#[tokio::test]
async fn an_author_begins_with_a_wording_changes_it_and_puts_it_into_use() {
    let app = TestApp::start().await;
    let author = Visitor::signed_in(&app, "demo-admin").await;
    let html = author.page("/console/templates/new?starter=paymentSuccessful.text.es").await;
    shows(
        &html,
        &[
            "value=\"paymentSuccessful\"",
            "value=\"es\"",
            "aria-current=\"true\"",
            "<option value=\"text\" selected>",
        ],
    );
    let html = page(
        author
            .submit_to(
                "/console/templates/new",
                "/console/templates",
                "create",
                &[("name", "A"), ("subject", "no such!"), ("channel", "text")],
            )
            .await,
        400,
    );
    shows(&html, &["id=\"f-subject-fault\"", "value=\"no such!\""]);
    let typed = [
        ("name", "Pago recibido"),
        ("subject", "paymentSuccessful"),
        ("channel", "text"),
        ("language", "es"),
        ("starter", "paymentSuccessful.text.es"),
    ];
    let made = author.submit_to("/console/templates/new", "/console/templates", "create", &typed).await;
    let to = location(&made).to_owned();
    assert!(
        made.status == 303
            && to.contains("/versions/new?starter=paymentSuccessful.text.es&done=template_made"),
        "{to}"
    );
    let html = author.page(&to).await;
    shows(&html, &["The template was created", "Recibimos", "What every message knows"]);

    let broken = "Hola {{ borrower.first_name }}\r\n{% if payment_amount %}gracias\r\n{% endfor %}";
    let refused = author.submit(&to, "save", &[("contentTextTemplate", broken)]).await;
    let html = page(refused, 422);
    shows(
        &html,
        &[
            "The wording cannot be rendered",
            "line 3",
            "class=\"is-wrong\"><code>{% endfor %}",
            "aria-invalid=\"true\"",
            "gracias",
        ],
    );
    let text =
        "Hola {{ borrower.frist_name }}\r\nGracias por {{ payment_amount | currency(locale) }}. {{ advice }}";
    let saved = author
        .submit(&to, "save", &[("contentTextTemplate", text), ("preview", "1"), ("person", "john")])
        .await;
    let draft = location(&saved).to_owned();
    assert!(draft.contains("?preview=1&person=john&done=wording_saved"), "{draft}");
    let html = author.page(&draft).await;
    shows(
        &html,
        &[
            ">Draft<",
            "Unknown fields",
            "borrower.frist_name",
            "Undefined variables",
            "advice",
            "from the request",
            "on record",
            "text segment",
            "Gracias por ",
        ],
    );
    let path = draft.split('?').next().unwrap();
    let stored =
        app.get(&format!("/communicator/templates/{}", path.rsplit('/').next().unwrap())).await.expect(200);
    assert!(!stored["contentTextTemplate"].as_str().unwrap().contains('\r'), "lines end plainly: {stored:#}");
    shows(
        &html,
        &[
            "Every request must give: <code>advice</code>",
            "<details class=\"surely\"><summary>Activate</summary>",
        ],
    );
    let used = author.submit(&draft, "activate", &[]).await;
    let html = author.page(location(&used)).await;
    shows(&html, &["The version is in use", ">In use<", "Version 1"]);
    let begun = author.page(&format!("{}/new", path.rsplit_once('/').unwrap().0)).await;
    shows(&begun, &["Hola {{ borrower.frist_name }}", "value=\"save\""]);
    let english = author.page(&format!("{path}?preview=1&person=nobody")).await;
    shows(&english, &["Not found", "role=\"alert\""]);
}

#[tokio::test]
async fn an_author_changes_a_wording_in_a_browser_sees_it_filled_in_and_puts_it_into_use() {
    let app = TestApp::start().await;
    let (template, draft) = written(&app).await;
    let walked = format!("/console/templates/{template}");
    walk(&app, "demo-admin", 1280, move |browser| {
        browser.follow("a[href='/console/templates']");
        browser.follow(&format!("a[href='{walked}']"));
        browser.follow(&format!("a[href='{walked}/versions/{draft}']"));
        let words = "#f-contentTextTemplate";
        browser.type_into(words, "Thank you.\n{% endfor %}");
        browser.follow("form:has([value=save]) button");
        assert_eq!(browser.reads(".is-wrong"), "{% endfor %}");
        browser.type_into(words, "Thank you, {{ borrower.first_name }}.");
        browser.follow("form:has([value=save]) button");
        assert_eq!(browser.reads(".head .pill"), "Draft");
        browser.type_into("#f-person", "ext-john");
        browser.press("Enter");
        browser.wait_for_page();
        assert_eq!(browser.reads("section:has(#f-person) pre"), "Thank you, John.");
        browser.follow("form:has([value=activate]) button");
        assert!(browser.reads(".notice.is-good").contains("The version is in use"));
        assert_eq!(browser.reads(".head .pill"), "In use");
    })
    .await;
    app.send(&template, "ext-john").await.expect(202);
    app.drain().await;
    assert_eq!(app.outbox("text").await[0]["body"], "Thank you, John.");
}

#[tokio::test]
async fn two_versions_are_compared_and_a_former_one_is_brought_back() {
    let app = TestApp::start().await;
    let lines: Vec<String> = (1..=30).map(|n| format!("line {n} of <b>it</b>")).collect();
    let body = json!({ "template_type": "payment_reminder", "channel": "email", "name": "Reminder <1>", "subject": "Due", "body": lines.join("\n") });
    let id = app.post("/api/v1/communication-templates", body).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/console/templates/{id}");
    let author = Visitor::signed_in(&app, "demo-admin").await;
    let html = author.page(&path).await;
    let first = html.split("/versions/TV-").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let first = format!("{path}/versions/TV-{first}");
    let mut changed = lines.clone();
    changed[9] = "line ten".into();
    let saved = author
        .submit(
            &first,
            "save",
            &[("subjectLineTemplate", "Due"), ("contentTextTemplate", &changed.join("\r\n"))],
        )
        .await;
    let second = location(&saved).split('?').next().unwrap().to_owned();
    assert_ne!(first, second, "what is in use stays as it is");
    let html = author.page(&path).await;
    shows(
        &html,
        &[
            "What differs",
            "Reminder &lt;1&gt;",
            "<tr class=\"is-removed\"><td>10</td>",
            "line 10 of &lt;b&gt;it",
            "line ten",
            "line 7 of",
        ],
    );
    assert!(!html.contains("line 20 of") && !html.contains("<b>it"), "only what is near: {html}");
    let version = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let stale = author.form(&second, "activate").await;
    author.submit(&second, "activate", &[]).await;
    assert_eq!(
        app.get(&format!("/communicator/templatedescriptors/{id}")).await.expect(200)["activeVersionId"],
        version(&second)
    );
    shows(&author.page(&path).await, &[">Bring back<", ">Was in use<"]);
    // A version is saved at its own template's address only.
    let other = app.template("email", "welcome").await;
    let others = second.replace(&id, &other);
    page(author.submit_to(&second, &others, "save", &[("contentTextTemplate", "stolen")]).await, 404);
    let done = author.submit(&first, "activate", &[]).await;
    assert_eq!(leads(&done), format!("{path}?done=activated"));
    assert_eq!(
        app.get(&format!("/communicator/templatedescriptors/{id}")).await.expect(200)["activeVersionId"],
        version(&first)
    );
    // Whose page shows what was in use before takes nobody's place.
    let stale = page(author.post(&second, &super::visitor::fields(&stale, &[])).await, 412);
    shows(&stale, &["Somebody changed it after you opened this page"]);
    let html = author.page(&format!("{path}?from={}&to={}", version(&first), version(&first))).await;
    assert!(html.contains("They say the same."), "{html}");

    let viewer = Visitor::signed_in(&app, "demo-viewer").await;
    for shown in [&path, &first] {
        let html = viewer.page(shown).await;
        assert!(
            !html.contains("name=\"action\" value=\"save\"")
                && !html.contains("value=\"activate\"")
                && !html.contains("value=\"archive\""),
            "{html}"
        );
        page(viewer.submit(shown, "activate", &[("version", &version(&second))]).await, 403);
    }
    let other = Visitor::signed_in(&app, "other-admin").await;
    let others = other.page("/console/templates").await;
    assert!(!others.contains(&id));
    for shown in [
        &path,
        &first,
        &format!("{first}/content"),
        &format!("{first}/letter"),
        &format!("{path}/versions/new"),
    ] {
        page(other.get(shown).await, 404);
    }
    page(other.submit_to("/console/templates", &path, "archive", &[]).await, 404);
    page(other.submit_to("/console/templates", &first, "save", &[("contentTextTemplate", "x")]).await, 404);

    let settings = [("name", "Reminder"), ("language", "e"), ("enabled", "on")];
    shows(&page(author.submit(&path, "settings", &settings).await, 400), &["id=\"f-language-fault\""]);
    let settings = [("name", "Reminder"), ("language", "en"), ("sensitive", "on")];
    let done = author.submit(&path, "settings", &settings).await;
    shows(&author.page(location(&done)).await, &["Saved.", ">Off<", "sensitive"]);
    let done = author.submit(&path, "archive", &[]).await;
    let html = author.page(location(&done)).await;
    assert!(html.contains(">Archived<") && !html.contains("value=\"activate\""), "{html}");
    shows(&author.page("/console/templates").await, &["Archived templates"]);
    assert_eq!(author.submit_to("/console/templates", &path, "no-such", &[]).await.status, 400);
}

#[tokio::test]
async fn a_letter_and_an_e_mail_are_previewed_in_every_part_and_language() {
    let app = TestApp::start().await;
    for (language, text) in [("en", "Hello"), ("es", "Hola")] {
        let body = json!({
            "template_type": "autopay_enabled", "channel": "email", "language": language, "name": language, "subject": "S",
            "body": text, "body_html": format!("<p>{text} {{{{ borrower.first_name }}}}</p><script>alert(1)</script>"),
        });
        app.post("/api/v1/communication-templates", body).await.expect(201);
    }
    let author = Visitor::signed_in(&app, "demo-viewer").await;
    let table = author.page("/console/templates?q=autopay_enabled&channel=email").await;
    let id = table.split("/console/templates/TD-").nth(1).unwrap().split('"').next().unwrap();
    let html = author.page(&format!("/console/templates/TD-{id}")).await;
    let version = html.split("/versions/TV-").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/console/templates/TD-{id}/versions/TV-{version}");
    let html = author.page(&format!("{path}?preview=1&person=john")).await;
    shows(&html, &["<iframe sandbox", "The same in other languages", "Spanish", "bytes"]);
    let content = author.get(&format!("{path}/content?preview=1&person=john")).await;
    let policy = content.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("sandbox; default-src 'none';"), "{policy}");
    assert!(content.body.as_str().unwrap().contains("Hello John"), "{:#}", content.body);
    let pdf = author.get(&format!("{path}/letter?person=john")).await;
    assert_eq!(
        (pdf.status.as_u16(), pdf.headers["content-type"].to_str().unwrap()),
        (200, "application/pdf")
    );

    let letter = html_template(&app, "statement", ROOMY).await;
    let html = author.page(&format!("/console/templates/{letter}")).await;
    let version = html.split("/versions/TV-").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/console/templates/{letter}/versions/TV-{version}");
    let tried = author.get(&format!("{path}?preview=1&person=john")).await.expect(200);
    let html = tried.as_str().unwrap();
    shows(html, &[&format!("src=\"{path}/pages/1?preview=1&amp;person=john\"")]);
    let drawn = author.get(&format!("{path}/pages/1?preview=1&person=john")).await;
    assert_eq!((drawn.status.as_u16(), &drawn.headers["content-type"]), (200, &"image/png".parse().unwrap()));
    for none in ["pages/99?person=john", "pages/1?person=nobody"] {
        page(author.get(&format!("{path}/{none}")).await, 404);
    }
}

#[tokio::test]
async fn variables_of_the_lenders_own_are_tried_in_the_preview() {
    let app = TestApp::start().await;
    let body = json!({ "template_type": "payment_link", "channel": "sms", "name": "Link", "body": "Pay at {{ link }}" });
    let id = app.post("/api/v1/communication-templates", body).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let author = Visitor::signed_in(&app, "demo-admin").await;
    let html = author.page(&format!("/console/templates/{id}")).await;
    let version = html.split("/versions/TV-").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/console/templates/{id}/versions/TV-{version}");
    let tried = |context: &str| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("preview", "1"), ("person", "john"), ("context", context)])
            .finish();
        format!("{path}?{query}")
    };
    let html = author.page(&tried("{ \"link\": \"pay.example/<1>\" }")).await;
    shows(&html, &["Pay at pay.example/&lt;1&gt;", "id=\"f-context\"", "{ &quot;link&quot;: "]);
    for (context, fault) in
        [("{ \"link\": ", "must be valid JSON"), ("[1]", "must be a JSON object; a list was sent")]
    {
        let html = author.page(&tried(context)).await;
        shows(
            &html,
            &["id=\"f-context-fault\"", fault, "aria-invalid=\"true\"", "Please correct what is marked"],
        );
        assert!(!html.contains("Pay at pay.example"), "{html}");
        page(author.get(&tried(context).replace('?', "/content?")).await, 400);
    }
    // Whoever saves goes on trying with them.
    let saved = author
        .submit(
            &tried("{}"),
            "save",
            &[("contentTextTemplate", "Pay: {{ link }}"), ("preview", "1"), ("context", "{}")],
        )
        .await;
    assert!(location(&saved).contains("context=%7B%7D"), "{}", location(&saved));
}

#[tokio::test]
async fn pages_of_templates_take_three_calls_to_aws_at_most() {
    let app = TestApp::start().await;
    let id = app.template("email", "payment_reminder").await;
    let author = Visitor::signed_in(&app, "demo-admin").await;
    let path = format!("/console/templates/{id}");
    let html = author.page(&path).await;
    let version = html.split("/versions/TV-").nth(1).unwrap().split('"').next().unwrap();
    for path in [
        "/console/templates".to_owned(),
        "/console/templates/new".to_owned(),
        format!("{path}/versions/new"),
        format!("{path}/versions/TV-{version}"),
    ] {
        author.takes_calls(&path, 3).await;
    }
    // The session, the template, and its versions: a list is two, of which the second has its entries. Two of them are made at once.
    author.takes_calls(&path, 4).await;
}
