//! Rendering without sending (001, 002): which template is chosen, what it sees, and the files it makes.

use postrider_tests::{TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

/// A template of a subject and channel in a language, in use.
async fn template(app: &TestApp, channel: &str, language: &str, parts: Value) -> String {
    let descriptor = json!({
        "subject": "paymentFailed", "channel": channel, "language": language, "name": format!("Pago fallido {language}"),
    });
    let descriptor = app.post("/communicator/templatedescriptors", descriptor).await.expect(201);
    let mut version = parts;
    version["descriptorId"] = descriptor["id"].clone();
    let version = app.post("/communicator/templates", version).await.expect(201);
    let path = format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap());
    app.post(&path, json!({})).await.expect(200);
    descriptor["id"].as_str().unwrap().to_owned()
}

fn for_john(channel: &str) -> Value {
    json!({ "subject": "paymentFailed", "channel": channel, "personId": "ext-john", "loanId": "ext-LN-0001" })
}

/// A file as it comes.
async fn file(app: &TestApp, path: &str, body: Value) -> (reqwest::header::HeaderMap, Vec<u8>) {
    let response = app.request(Method::POST, path).json(&body).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    (response.headers().clone(), response.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn the_documents_context_renders_as_it_says() {
    let app = TestApp::start().await;
    template(&app, "text", "en", json!({ "contentTextTemplate": "Hello from {{lenderName}}!" })).await;
    let mut request = for_john("text");
    request["context"] = json!({
        "dateSigned": "Aug 27, 2021",
        "lenderName": "Peachy Lender",
        "paymentMethod": "bankAccount",
        "paymentMethodLastFour": "1110",
        "supportEmail": "support@peach.com",
        "supportPhone": "888-888-8888"
    });
    let preview = app.post("/communicator/preview", request).await.expect(200);
    assert_eq!(preview["contentText"], "Hello from Peachy Lender!");
    assert_eq!((&preview["subjectLine"], &preview["contentHtml"]), (&Value::Null, &Value::Null));
    assert_eq!(
        preview["size"]["text"],
        json!({ "encoding": "GSM-7", "characters": 25, "segments": 1, "mostSegments": 10 })
    );
}

#[tokio::test]
async fn the_borrowers_language_is_chosen_and_a_fallback_is_told() {
    let app = TestApp::start().await;
    let english = template(&app, "text", "en", json!({ "contentTextTemplate": "{{ payment_amount|currency(locale) }}, {{ due_date|date(locale) }}" })).await;
    app.put("/people/ext-john", json!({ "language": "es", "locale": "es-MX" })).await.expect(200);
    let preview = app.post("/communicator/preview", for_john("text")).await.expect(200);
    assert_eq!(preview["template"]["descriptorId"], english);
    assert_eq!(preview["template"]["fallbacks"], json!(["language"]));
    assert_eq!(
        preview["contentText"], "$312.50, January 15, 2026",
        "an English text is not written the Mexican way"
    );

    let spanish = template(
        &app,
        "text",
        "es",
        json!({ "contentTextTemplate": "{{ locale }}: {{ due_date|date(locale) }}" }),
    )
    .await;
    let preview = app.post("/communicator/preview", for_john("text")).await.expect(200);
    assert_eq!(preview["template"]["descriptorId"], spanish);
    assert_eq!(preview["template"]["fallbacks"], json!([]));
    assert_eq!(preview["contentText"], "es-MX: 15 de enero de 2026");
}

#[tokio::test]
async fn without_a_fitting_template_the_answer_says_what_is_missing() {
    let app = TestApp::start().await;
    let problem = app.post("/communicator/preview", for_john("text")).await.problem(409, "no-template");
    assert!(problem["detail"].as_str().unwrap().contains("paymentFailed"), "{problem:#}");
    let id = template(&app, "text", "en", json!({ "contentTextTemplate": "Hi" })).await;
    let path = format!("/communicator/templatedescriptors/{id}");
    app.put(&path, json!({ "enabled": false })).await.expect(200);
    app.post("/communicator/preview", for_john("text")).await.problem(409, "template-disabled");
    app.put(&path, json!({ "enabled": true })).await.expect(200);
    app.post("/communicator/preview", for_john("text")).await.expect(200);
}

#[tokio::test]
async fn what_is_on_record_stands_unless_the_lender_allows_otherwise() {
    let app = TestApp::start().await;
    template(
        &app,
        "text",
        "en",
        json!({ "contentTextTemplate": "{{ borrower.first_name }} {{ note }} {{ payment_amount }}" }),
    )
    .await;
    let mut request = for_john("text");
    request["context"] = json!({ "borrower": { "first_name": "Eve" }, "note": "hi", "payment_amount": 1 });
    let preview = app.post("/communicator/preview", request.clone()).await.expect(200);
    assert_eq!(preview["contentText"], "John hi 1");
    assert_eq!(preview["ignoredVariables"], json!(["borrower"]));

    let mut settings = app.get("/settings").await.expect(200);
    settings["contextOverrides"] = json!(["borrower"]);
    app.put("/settings", settings).await.expect(200);
    assert_eq!(app.post("/communicator/preview", request).await.expect(200)["contentText"], "Eve hi 1");
}

#[tokio::test]
async fn loan_case_and_statement_are_filled_in_from_what_the_lender_pushed() {
    let app = TestApp::start().await;
    let text = "{{ loan.loan_number }}, {{ case.case_type }} {{ case.court }}, {{ statement.payment_due }} {{ statement.cycle }}";
    template(&app, "text", "en", json!({ "contentTextTemplate": text })).await;
    let case =
        json!({ "externalId": "bk", "caseType": "disputeOfDebt", "attributes": { "court": "Springfield" } });
    app.put("/people/ext-john", json!({ "cases": [case] })).await.expect(200);
    let statement = json!({ "issuedOn": "2026-01-01", "paymentDue": "99.10", "attributes": { "cycle": 12 } });
    app.put("/people/ext-john/statements/ext-2026-01", statement).await.expect(201);
    let mut request = for_john("text");
    request["caseId"] = "ext-bk".into();
    request["statementId"] = "ext-2026-01".into();
    let preview = app.post("/communicator/preview", request.clone()).await.expect(200);
    assert_eq!(preview["contentText"], "LN-0001, disputeOfDebt Springfield, 99.10 12");
    assert_eq!(preview["undefinedVariables"], json!([]));

    for (field, value, status, slug) in [
        ("personId", "ext-nobody", 404, "not-found"),
        ("loanId", "ext-other", 409, "loan-not-of-person"),
        ("caseId", "ext-other", 409, "case-not-of-person"),
        ("statementId", "ext-other", 404, "not-found"),
    ] {
        let mut wrong = request.clone();
        wrong[field] = value.into();
        app.post("/communicator/preview", wrong).await.problem(status, slug);
    }
}

#[tokio::test]
async fn undefined_variables_are_listed_and_are_errors_only_when_asked() {
    let app = TestApp::start().await;
    let text = "Hello {{ nickname }}, {{ loan.balanse }} {{ '€' }}";
    template(&app, "text", "en", json!({ "contentTextTemplate": text })).await;
    let preview = app.post("/communicator/preview", for_john("text")).await.expect(200);
    assert_eq!(preview["undefinedVariables"], json!(["loan.balanse", "nickname"]));
    let mut strict = for_john("text");
    strict["strictUndefined"] = true.into();
    let problem = app.post("/communicator/preview", strict).await.problem(422, "template-does-not-render");
    assert_eq!(problem["template"]["part"], "contentText");
    // What is not on record is not there, rather than "None".
    let bare = json!({ "loans": [{ "externalId": "LN-0001", "loanNumber": "LN-0001" }] });
    app.put("/people/ext-john", bare).await.expect(200);
    template(&app, "gui", "en", json!({ "contentTextTemplate": "{{ loan.balance }}|{{ due_date }}" })).await;
    let preview = app.post("/communicator/preview", for_john("gui")).await.expect(200);
    assert_eq!(preview["contentText"], "|");
    assert_eq!(preview["undefinedVariables"], json!(["due_date"]));
    let mut nobodys = for_john("text");
    nobodys["personId"] = "ext-nobody".into();
    let problem = app.post("/communicator/preview", nobodys).await.problem(404, "not-found");
    assert!(problem["detail"].as_str().unwrap().contains("ext-nobody"), "{problem:#}");
    let bad =
        app.post("/communicator/preview", json!({ "subject": "x y", "channel": "text", "typo": 1 })).await;
    assert!(bad.violations().len() >= 2);
}

#[tokio::test]
async fn a_template_is_downloaded_as_text_html_or_pdf() {
    let app = TestApp::start().await;
    let parts = json!({
        "subjectLineTemplate": "About {{ loan.loan_number }}",
        "contentTextTemplate": "Dear {{ borrower.first_name }}",
        "contentHtmlTemplate": "{% extends 'postrider/letter.html' %}{% block content %}<p>Dear {{ borrower.first_name }}</p>{% endblock %}",
    });
    template(&app, "mail", "en", parts).await;
    for (format, media_type, name, begins) in [
        ("?fmt=text", "text/plain; charset=utf-8", "pago-fallido-en.txt", "Dear John"),
        ("", "text/html; charset=utf-8", "pago-fallido-en.html", "<!"),
        ("?fmt=pdf", "application/pdf", "pago-fallido-en.pdf", "%PDF-"),
    ] {
        let path = format!("/communicator/render{format}");
        let (headers, bytes) = file(&app, &path, for_john("mail")).await;
        assert_eq!(headers["content-type"], media_type);
        let disposition = headers["content-disposition"].to_str().unwrap();
        assert!(disposition.starts_with(&format!("attachment; filename=\"{name}\"")), "{disposition}");
        assert!(
            bytes.starts_with(begins.as_bytes()),
            "{format}: {:?}",
            String::from_utf8_lossy(&bytes[..20])
        );
        assert!(headers.contains_key("postrider-template-version"));
    }
    let wrong =
        answer(app.request(Method::POST, "/communicator/render?fmt=docx").json(&for_john("mail"))).await;
    assert_eq!(wrong.violations(), ["?fmt"]);
    assert_eq!(app.post("/communicator/render", for_john("voice")).await.violations(), ["/channel"]);
}

#[tokio::test]
async fn a_text_without_html_becomes_a_letter() {
    let app = TestApp::start().await;
    template(&app, "text", "en", json!({ "contentTextTemplate": "Line one\nLine <two>" })).await;
    let (_, html) = file(&app, "/communicator/render", for_john("text")).await;
    let html = String::from_utf8(html).unwrap();
    assert!(html.contains("Line one<br>Line &lt;two&gt;"), "{html}");
    let (_, pdf) = file(&app, "/communicator/render?fmt=pdf", for_john("text")).await;
    assert!(pdf.starts_with(b"%PDF-"));
    let only_html = template(&app, "gui", "en", json!({ "contentHtmlTemplate": "<p>Hi</p>" })).await;
    assert!(only_html.starts_with("TD-"));
    app.post("/communicator/render?fmt=text", for_john("gui")).await.problem(409, "part-missing");
}

#[tokio::test]
async fn what_cannot_be_printed_is_told_and_harms_nobody() {
    let app = TestApp::start().await;
    template(
        &app,
        "mail",
        "en",
        json!({ "contentHtmlTemplate": "<img src=\"https://x.example/logo.png\">{{ more|safe }}" }),
    )
    .await;
    let problem = app
        .post("/communicator/render?fmt=pdf", for_john("mail"))
        .await
        .problem(422, "template-does-not-render");
    assert_eq!(problem["template"]["part"], "contentHtml", "{problem:#}");
    let mut deep = for_john("mail");
    deep["context"] = json!({ "more": "<div>".repeat(20_000) });
    app.post("/communicator/render?fmt=pdf", deep).await.problem(422, "template-does-not-render");
    app.get("/healthz").await.expect(200);
}

#[tokio::test]
async fn a_template_is_rendered_into_a_document() {
    let app = TestApp::start().await;
    template(&app, "mail", "en", json!({ "contentHtmlTemplate": "<p>Dear {{ borrower.first_name }}</p>" }))
        .await;
    let document = app
        .post("/people/ext-john/documents", json!({ "externalId": "doc", "name": "Notice" }))
        .await
        .expect(201);
    let mut request = for_john("mail");
    request["documentId"] = "ext-doc".into();
    for (format, media_type) in [("html", "text/html"), ("pdf", "application/pdf")] {
        let path = format!("/communicator/render-to-document?fmt={format}");
        let written = app.post(&path, request.clone()).await.expect(200);
        assert_eq!(written["id"], document["id"]);
        assert_eq!(written["content"]["mediaType"], media_type);
        let content =
            app.request(Method::GET, "/people/ext-john/documents/ext-doc/content").send().await.unwrap();
        let bytes = content.bytes().await.unwrap();
        assert_eq!(bytes.len() as u64, written["content"]["bytes"].as_u64().unwrap());
    }
    request["personId"] = "ext-maria".into();
    request.as_object_mut().unwrap().remove("loanId");
    app.post("/communicator/render-to-document", request).await.problem(404, "not-found");
    let viewer = app.seen_by(Some("demo-viewer"));
    viewer.post("/communicator/render-to-document", json!({})).await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_version_renders_to_a_file_before_it_is_in_use() {
    let app = TestApp::start().await;
    let id = template(&app, "text", "en", json!({ "contentTextTemplate": "in use" })).await;
    let draft = json!({ "descriptorId": id, "contentTextTemplate": "draft for {{ borrower.first_name }}" });
    let draft = app.post("/communicator/templates", draft).await.expect(201);
    let draft = draft["id"].as_str().unwrap();
    // The document's request, with the version in the path overridden.
    let request = json!({
        "subject": "annualPrivacyPolicyNotice", "channel": "email", "personId": "ext-john", "loanId": "ext-LN-0001",
        "context": {}, "overrideTemplateId": draft,
    });
    let path = "/communicator/templates/TV-AAAA-BBBB/render-file?fmt=text";
    let (headers, text) = file(&app, path, request).await;
    assert_eq!(text, b"draft for John");
    assert_eq!(headers["postrider-template-version"], draft);
    let path = format!("/communicator/templates/{draft}/render");
    let rendered = app.post(&path, json!({ "personId": "ext-john" })).await.expect(200);
    assert_eq!(rendered["contentText"], "draft for John");
    assert_eq!(app.post(&path, json!({ "loanId": "ext-LN-0001" })).await.violations(), ["/loanId"]);
}

#[tokio::test]
async fn a_free_form_email_is_shown_within_the_brand() {
    let app = TestApp::start().await;
    let body = json!({ "subjectLine": "Your question", "contentHtml": "<p>Yes, <b>you may</b>.</p>", "contentPlain": "Yes, you may." });
    let preview = app.post("/communicator/preview-free-form-email", body.clone()).await.expect(200);
    assert_eq!(preview["subjectLine"], "Your question");
    assert!(preview["contentHtml"].as_str().unwrap().contains("<b>you may</b>"), "{preview:#}");
    assert!(preview["contentHtml"].as_str().unwrap().contains("Acme Lending"));
    assert!(preview["contentText"].as_str().unwrap().starts_with("Yes, you may."));

    let descriptor = json!({ "subject": "freeFormBranded", "channel": "email", "name": "Ours" });
    let descriptor = app.post("/communicator/templatedescriptors", descriptor).await.expect(201);
    let version = json!({
        "descriptorId": descriptor["id"], "subjectLineTemplate": "[Acme] {{ subjectLine }}",
        "contentTextTemplate": "{{ contentText }}\n-- Acme", "contentHtmlTemplate": "{{ contentHtml|safe }}<hr>",
    });
    let version = app.post("/communicator/templates", version).await.expect(201);
    app.post(&format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap()), json!({}))
        .await
        .expect(200);
    let preview = app.post("/communicator/preview-free-form-email", body).await.expect(200);
    assert_eq!(preview["subjectLine"], "[Acme] Your question");
    assert_eq!(preview["contentText"], "Yes, you may.\n-- Acme");
}

#[tokio::test]
async fn an_email_leaves_with_its_styles_written_into_its_elements() {
    let app = TestApp::start().await;
    let parts = json!({
        "subjectLineTemplate": "s", "contentTextTemplate": "t",
        "contentHtmlTemplate": "<style>p { color: #102030 }</style><p>Dear {{ borrower.first_name }}</p>",
    });
    let id = template(&app, "email", "en", parts).await;
    let message = app.sent(&id, "ext-john").await;
    app.drain().await;
    let entry = app.log(&message).await;
    let html = entry["body_html"].as_str().unwrap_or_default();
    assert!(html.contains("<p style=\"color: #102030;\">Dear John</p>"), "{entry:#}");
}

#[tokio::test]
async fn an_address_is_in_snake_case_and_answers_to_its_older_names() {
    let app = TestApp::start().await;
    let text = "{{ borrower.address.address_line1 }} {{ borrower.address.postal_code }}|\
                {{ person.address.addressLine1 }} {{ borrower.address.postalCode }}|\
                {{ borrower.address | list | join(' ') }}";
    template(&app, "text", "en", json!({ "contentTextTemplate": text })).await;
    let preview = app.post("/communicator/preview", for_john("text")).await.expect(200);
    assert_eq!(
        preview["contentText"],
        "233 S Wacker Dr 60606|233 S Wacker Dr 60606|address_line1 city state postal_code country"
    );
    assert_eq!(preview["undefinedVariables"], json!([]));
}

#[tokio::test]
async fn an_attribute_that_no_object_has_is_told_when_it_is_saved_and_previewed() {
    let app = TestApp::start().await;
    let text = "{{ borrower.frist_name }} {{ borrower['address'].zip }} {{ loan.late_fees }} {{ advice }} {{ borrower.first_name }} \
                {{ borrower.meta_data.branch }} {{ tenant.branding.motto }} {{ borrower.address.address_line2 }} \
                {% for l in loans %}{{ l.loan_numbr }}{{ l.loan_number }}{% endfor %}";
    let told = json!(["borrower.address.zip", "borrower.frist_name", "loan.late_fees", "loans[].loan_numbr"]);
    let descriptor =
        json!({ "subject": "paymentFailed", "channel": "text", "language": "en", "name": "Typos" });
    let descriptor = app.post("/communicator/templatedescriptors", descriptor).await.expect(201);
    let version = json!({ "descriptorId": descriptor["id"], "contentTextTemplate": text });
    let version = app.post("/communicator/templates", version).await.expect(201);
    assert_eq!(version["undefinedVariables"], told);
    let path = format!("/communicator/templates/{}", version["id"].as_str().unwrap());
    let fixed = json!({ "contentTextTemplate": "{{ borrower.first_name }}" });
    assert_eq!(app.get(&path).await.expect(200).get("undefinedVariables"), None);
    assert_eq!(app.put(&path, fixed).await.expect(200)["undefinedVariables"], json!([]));
    assert_eq!(
        app.put(&path, json!({ "contentTextTemplate": text })).await.expect(200)["undefinedVariables"],
        told
    );
    let rendered = app.post(&format!("{path}/render"), json!({ "personId": "ext-john" })).await.expect(200);
    assert_eq!(
        rendered["undefinedVariables"],
        json!([
            "advice",
            "borrower.address.zip",
            "borrower.frist_name",
            "borrower.meta_data.branch",
            "loan.late_fees",
            "loans[].loan_numbr",
            "tenant.branding.motto"
        ])
    );
    let body = json!({ "name": "Typos", "template_type": "typos", "channel": "sms", "language": "en", "body": text });
    let template = app.post("/api/v1/communication-templates", body.clone()).await.expect(201);
    assert_eq!(template["undefined_variables"], told);
    let path = format!("/api/v1/communication-templates/{}", template["id"].as_str().unwrap());
    assert_eq!(app.put(&path, body).await.expect(200)["undefined_variables"], told);
}
