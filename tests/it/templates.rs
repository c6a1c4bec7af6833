//! Templates (002): descriptors, versions and shared templates, from draft to use and back, and between tenants.

use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

/// The document's requests, word for word but for ids and placeholders.
fn the_documents_descriptor() -> Value {
    json!({
        "subject": "annualPrivacyPolicyNotice",
        "channel": "voice",
        "language": "en",
        "productId": "LT-AAAA-BBBB",
        "sensitive": false,
        "enabled": true,
        "name": "string"
    })
}

fn the_documents_version(descriptor: &str) -> Value {
    json!({
        "descriptorId": descriptor,
        "status": "draft",
        "subjectLineTemplate": "Hello {{foobar}}",
        "contentTextTemplate": "Hello {{foobar}}",
        "contentHtmlTemplate": "Hello,<br/><p>{{foobar}}</p>"
    })
}

fn id(body: &Value) -> String {
    body["id"].as_str().unwrap().to_owned()
}

/// A descriptor for texts about a subject, with no version.
async fn descriptor(app: &TestApp, subject: &str) -> String {
    let body = json!({ "subject": subject, "channel": "text", "name": subject });
    id(&app.post("/communicator/templatedescriptors", body).await.expect(201))
}

/// A version of it that says something.
async fn version(app: &TestApp, descriptor: &str, text: &str) -> String {
    let body = json!({ "descriptorId": descriptor, "contentTextTemplate": text });
    id(&app.post("/communicator/templates", body).await.expect(201))
}

async fn activate(app: &TestApp, version: &str) -> Answer {
    app.post(&format!("/communicator/templates/{version}/activate"), json!({})).await
}

async fn share(app: &TestApp, name: &str, content: &str) -> Answer {
    app.put(&format!("/communicator/shared-templates/{name}"), json!({ "content": content })).await
}

async fn put_if(app: &TestApp, path: &str, tag: &str, body: Value) -> Answer {
    answer(app.request(Method::PUT, path).header("if-match", tag).json(&body)).await
}

/// Lists are by time, and the demo tenant's own templates are as old as the system.
async fn after_the_demo_templates(app: &TestApp) {
    app.set_clock("2099-01-05T15:00:00Z").await;
}

/// The statuses of a template's versions, newest first.
async fn statuses(app: &TestApp, descriptor: &str) -> Vec<String> {
    let list =
        app.get(&format!("/communicator/templatedescriptors/{descriptor}/templates")).await.expect(200);
    list.as_array().unwrap().iter().map(|version| version["status"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_documents_requests_are_answered_as_it_prints_them() {
    let app = TestApp::start().await;
    after_the_demo_templates(&app).await;
    let created = app.post("/communicator/templatedescriptors", the_documents_descriptor()).await.expect(201);
    for (field, value) in the_documents_descriptor().as_object().unwrap() {
        assert_eq!(&created[field], value, "{field}");
    }
    assert!(created["companyId"].as_str().is_some_and(|company| company.starts_with("CP-")), "{created:#}");
    assert_eq!(created["activeVersionId"], Value::Null);
    let descriptor = id(&created);
    assert!(descriptor.starts_with("TD-"));

    let version = app.post("/communicator/templates", the_documents_version(&descriptor)).await.expect(201);
    for (field, value) in the_documents_version(&descriptor).as_object().unwrap() {
        assert_eq!(&version[field], value, "{field}");
    }
    let version = id(&version);
    assert!(version.starts_with("TV-"));

    let path = format!("/communicator/templates/{version}");
    let rendered =
        app.post(&format!("{path}/render"), json!({ "context": { "foobar": "World" } })).await.expect(200);
    assert_eq!(rendered["subjectLine"], "Hello World");
    assert_eq!(rendered["contentText"], "Hello World");
    assert_eq!(rendered["contentHtml"], "Hello,<br/><p>World</p>");
    let variables = app.get(&format!("{path}/context-variables")).await.expect(200);
    assert_eq!(variables, json!(["foobar"]));

    assert_eq!(activate(&app, &version).await.expect(200)["status"], "active");
    let path = format!("/communicator/templatedescriptors/{descriptor}");
    assert_eq!(app.get(&path).await.expect(200)["activeVersionId"], version);
    let updated = app.put(&path, the_documents_descriptor()).await.expect(200);
    assert_eq!(updated["activeVersionId"], version);

    let page = app.get("/v2/communicator/templates").await.expect(200);
    assert_eq!(
        (&page["status"], &page["count"]),
        (&json!(200), &page["data"].as_array().unwrap().len().into())
    );
    assert_eq!(page["data"][0]["id"], version);
    assert_eq!(app.get("/communicator/templates").await.expect(200)[0]["id"], version);
    assert_eq!(app.get("/communicator/templatedescriptors").await.expect(200)[0]["id"], descriptor);
}

#[tokio::test]
async fn exactly_one_version_is_active_and_an_older_one_can_be_brought_back() {
    let app = TestApp::start().await;
    let descriptor = descriptor(&app, "payoffOffer").await;
    let first = version(&app, &descriptor, "one").await;
    let second = version(&app, &descriptor, "two").await;
    assert_eq!(statuses(&app, &descriptor).await, ["draft", "draft"]);
    activate(&app, &first).await.expect(200);
    activate(&app, &second).await.expect(200);
    assert_eq!(statuses(&app, &descriptor).await, ["active", "retired"]);
    activate(&app, &second).await.expect(200);
    assert_eq!(statuses(&app, &descriptor).await, ["active", "retired"], "twice is as good as once");

    let message = app.sent(&descriptor, "ext-john").await;
    activate(&app, &first).await.expect(200);
    assert_eq!(statuses(&app, &descriptor).await, ["retired", "active"]);
    assert_eq!(app.log(&message).await["body"], "two", "what was accepted keeps its wording");
    let preview = json!({ "template_id": descriptor, "borrower_id": "ext-john" });
    assert_eq!(app.post("/api/v1/communications/preview", preview).await.expect(200)["body"], "one");
}

#[tokio::test]
async fn of_many_activations_at_once_one_remains() {
    let app = TestApp::start().await;
    let descriptor = descriptor(&app, "payoffOffer").await;
    let mut versions = Vec::new();
    for number in 0..6 {
        versions.push(version(&app, &descriptor, &format!("version {number}")).await);
    }
    let all = versions.iter().map(|version| activate(&app, version));
    for outcome in futures::future::join_all(all).await {
        outcome.expect(200);
    }
    let statuses = statuses(&app, &descriptor).await;
    assert_eq!(statuses.iter().filter(|status| *status == "active").count(), 1, "{statuses:?}");
    let active = &app.get(&format!("/communicator/templatedescriptors/{descriptor}")).await.expect(200)["activeVersionId"];
    let position = versions.iter().rev().position(|version| active == version.as_str()).unwrap();
    assert_eq!(statuses[position], "active");
}

#[tokio::test]
async fn drafts_made_at_the_same_time_get_numbers_of_their_own() {
    let app = TestApp::start().await;
    let descriptor = descriptor(&app, "payoffOffer").await;
    futures::future::join_all((0..8).map(|_| version(&app, &descriptor, "text"))).await;
    let list =
        app.get(&format!("/communicator/templatedescriptors/{descriptor}/templates")).await.expect(200);
    let numbers: Vec<_> = list.as_array().unwrap().iter().map(|v| v["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [8, 7, 6, 5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn a_draft_is_edited_in_place_and_a_version_in_use_never() {
    let app = TestApp::start().await;
    let descriptor = descriptor(&app, "payoffOffer").await;
    let draft = version(&app, &descriptor, "one").await;
    let path = format!("/communicator/templates/{draft}");
    let edited = app.put(&path, json!({ "contentTextTemplate": "uno" })).await.expect(200);
    assert_eq!((&edited["id"], &edited["contentTextTemplate"]), (&json!(draft), &json!("uno")));
    activate(&app, &draft).await.expect(200);

    let edited = app.put(&path, json!({ "contentTextTemplate": "dos" })).await.expect(201);
    assert_ne!(edited["id"], json!(draft));
    assert_eq!((&edited["status"], &edited["number"]), (&json!("draft"), &json!(2)));
    assert_eq!(app.get(&path).await.expect(200)["contentTextTemplate"], "uno");
    let refused = app.put(&path, json!({ "status": "active", "contentTextTemplate": "x" })).await;
    assert_eq!(refused.violations(), ["/status"]);
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_not_overwritten() {
    let app = TestApp::start().await;
    let descriptor = descriptor(&app, "payoffOffer").await;
    let draft = version(&app, &descriptor, "one").await;
    for (path, change) in [
        (format!("/communicator/templatedescriptors/{descriptor}"), json!({ "name": "Other" })),
        (format!("/communicator/templates/{draft}"), json!({ "contentTextTemplate": "other" })),
    ] {
        let read = app.get(&path).await;
        let tag = read.headers["etag"].to_str().unwrap().to_owned();
        put_if(&app, &path, &tag, change.clone()).await.expect(200);
        put_if(&app, &path, &tag, change.clone()).await.problem(412, "precondition-failed");
        put_if(&app, &path, "*", change).await.expect(200);
    }
    let path = format!("/communicator/templates/{draft}/activate");
    let stale = answer(app.request(Method::POST, &path).header("if-match", "\"1\"")).await;
    stale.problem(412, "precondition-failed");
    assert_eq!(statuses(&app, &descriptor).await, ["draft"]);
}

#[tokio::test]
async fn a_version_that_cannot_render_cannot_be_saved() {
    let app = TestApp::start().await;
    let body = json!({ "subject": "payoffOffer", "channel": "email", "name": "Offer" });
    let descriptor = id(&app.post("/communicator/templatedescriptors", body).await.expect(201));
    for (part, template, line, column) in [
        ("subjectLine", "{{ name", 1, 4),
        ("contentText", "Hello\n{{ name|currencyy }}", 2, 9),
        ("contentHtml", "<p>\n{% include 'nope' %}", 2, 4),
        ("contentHtml", "{% if x is odder %}{% endif %}", 1, 12),
        ("contentText", "{{ total() }}", 1, 4),
        ("contentText", "{% extends 'missing.html' %}", 1, 4),
    ] {
        let mut body =
            json!({ "descriptorId": descriptor, "subjectLineTemplate": "s", "contentTextTemplate": "t" });
        body[format!("{part}Template")] = template.into();
        let problem =
            app.post("/communicator/templates", body).await.problem(422, "template-does-not-render");
        let place = &problem["template"];
        assert_eq!(
            (&place["part"], &place["line"], &place["column"]),
            (&json!(part), &json!(line), &json!(column)),
            "{template}: {problem:#}"
        );
    }
    let too_large = "x".repeat(70_000);
    let body =
        json!({ "descriptorId": descriptor, "subjectLineTemplate": "s", "contentTextTemplate": too_large });
    app.post("/communicator/templates", body).await.problem(422, "template-does-not-render");
    assert!(statuses(&app, &descriptor).await.is_empty());
}

#[tokio::test]
async fn bad_input_is_told_field_by_field() {
    let app = TestApp::start().await;
    let text = descriptor(&app, "payoffOffer").await;
    let email = json!({ "subject": "payoffOffer", "channel": "email", "name": "Offer" });
    let email = id(&app.post("/communicator/templatedescriptors", email).await.expect(201));
    let descriptors = "/communicator/templatedescriptors";
    let versions = "/communicator/templates";
    for (path, body, expected) in [
        (
            descriptors,
            json!({ "subject": "payoffOffer", "channel": "pigeon", "name": "x" }),
            vec!["/channel"],
        ),
        (descriptors, json!({ "subject": "Payoff Offer", "channel": "text", "name": "x" }), vec!["/subject"]),
        (
            descriptors,
            json!({ "subject": "payoffOffer", "channel": "text", "name": " ", "language": "english" }),
            vec!["/language", "/name"],
        ),
        (
            descriptors,
            json!({ "subject": "payoffOffer", "channel": "text", "name": "x", "typo": 1 }),
            vec!["/typo"],
        ),
        (versions, json!({ "descriptorId": "nonsense", "contentTextTemplate": "x" }), vec!["/descriptorId"]),
        (versions, json!({ "descriptorId": text }), vec!["/contentTextTemplate"]),
        (
            versions,
            json!({ "descriptorId": email, "subjectLineTemplate": " ", "contentHtmlTemplate": "" }),
            vec!["/contentTextTemplate"],
        ),
        (
            versions,
            json!({ "descriptorId": text, "contentTextTemplate": "x", "status": "active" }),
            vec!["/status"],
        ),
        (versions, json!({ "descriptorId": text, "contentTextTemplate": 7 }), vec!["/contentTextTemplate"]),
    ] {
        assert_eq!(app.post(path, body.clone()).await.violations(), expected, "{body}");
    }
    for path in
        ["/v2/communicator/templates?limit=0", "/v2/communicator/templates?startingAfter=TV-AAAA-BBBB"]
    {
        assert_eq!(app.get(path).await.violations().len(), 1, "{path}");
    }
    let body = json!({ "descriptorId": "TD-AAAA-BBBB", "contentTextTemplate": "x" });
    app.post(versions, body).await.problem(404, "not-found");
}

#[tokio::test]
async fn another_tenants_templates_do_not_exist() {
    let app = TestApp::start().await;
    let descriptor = descriptor(&app, "payoffOffer").await;
    let draft = version(&app, &descriptor, "secret").await;
    share(&app, "footer.html", "secret").await.expect(201);
    let other = app.seen_by(Some("other-admin"));
    for path in [
        format!("/communicator/templatedescriptors/{descriptor}"),
        format!("/communicator/templatedescriptors/{descriptor}/templates"),
        format!("/communicator/templates/{draft}"),
        format!("/communicator/templates/{draft}/context-variables"),
        "/communicator/shared-templates/footer.html".to_owned(),
    ] {
        other.get(&path).await.problem(404, "not-found");
    }
    for path in ["activate", "render", "render-file"] {
        other
            .post(&format!("/communicator/templates/{draft}/{path}"), json!({}))
            .await
            .problem(404, "not-found");
    }
    let update = json!({ "contentTextTemplate": "taken over" });
    other.put(&format!("/communicator/templates/{draft}"), update).await.problem(404, "not-found");
    for path in
        ["/communicator/shared-templates", "/communicator/templates", "/communicator/templates/export"]
    {
        let list = other.get(path).await.expect(200);
        assert!(!list.to_string().contains("secret"), "{path}: {list}");
    }
    let mine = json!({ "descriptorId": descriptor, "contentTextTemplate": "x" });
    other.post("/communicator/templates", mine).await.problem(404, "not-found");
}

#[tokio::test]
async fn shared_templates_carry_the_brand_into_every_message() {
    let app = TestApp::start().await;
    share(&app, "footer", "\n-- {{ company.name }}").await.expect(201);
    share(&app, "macros", "{% macro due() %}{{ payment_amount|currency(locale) }}{% endmacro %}")
        .await
        .expect(201);
    let descriptor = descriptor(&app, "payoffOffer").await;
    let draft = version(&app, &descriptor, "You owe {{ due() }}.{% include 'footer' %}").await;
    let variables = app.get(&format!("/communicator/templates/{draft}/context-variables")).await.expect(200);
    assert_eq!(variables, json!(["company", "locale", "payment_amount"]));
    activate(&app, &draft).await.expect(200);
    let preview = json!({ "template_id": descriptor, "borrower_id": "ext-john" });
    let text = || async {
        app.post("/api/v1/communications/preview", preview.clone()).await.expect(200)["body"].clone()
    };
    assert_eq!(text().await, "You owe $312.50.\n-- Acme Lending");

    // A change is seen at once by the process that made it.
    share(&app, "footer", "\nYours, {{ company.name }}").await.expect(200);
    assert_eq!(text().await, "You owe $312.50.\nYours, Acme Lending");
}

#[tokio::test]
async fn a_shared_template_in_use_is_not_broken_and_not_removed() {
    let app = TestApp::start().await;
    share(&app, "footer", "bye").await.expect(201);
    share(&app, "shell", "{% block content %}{% endblock %}{% include 'footer' %}").await.expect(201);
    let path = "/communicator/shared-templates/footer";
    let problem = app.delete(path).await.problem(409, "shared-template-in-use");
    assert!(problem["detail"].as_str().unwrap().contains("shell"), "{problem:#}");

    let descriptor = descriptor(&app, "payoffOffer").await;
    let draft = version(&app, &descriptor, "{% extends 'shell' %}{% block content %}Hi{% endblock %}").await;
    activate(&app, &draft).await.expect(200);
    let problem =
        app.delete("/communicator/shared-templates/shell").await.problem(409, "shared-template-in-use");
    assert!(problem["detail"].as_str().unwrap().contains("payoffOffer"), "{problem:#}");

    let circle =
        share(&app, "footer", "{% include 'shell' %}").await.problem(422, "template-does-not-render");
    assert!(circle["detail"].as_str().unwrap().contains("comes back to"), "{circle:#}");
    share(&app, "footer", "{{ unclosed").await.problem(422, "template-does-not-render");
    assert_eq!(share(&app, "Footer", "x").await.violations(), ["{name}"]);
    assert_eq!(app.get(path).await.expect(200)["content"], "bye");
    app.delete("/communicator/shared-templates/nothing").await.problem(404, "not-found");
}

#[tokio::test]
async fn a_shared_template_nothing_takes_from_is_removed_as_it_was_seen() {
    let app = TestApp::start().await;
    let path = "/communicator/shared-templates/footer";
    share(&app, "footer", "bye").await.expect(201);
    let seen = app.get(path).await.headers["etag"].to_str().unwrap().to_owned();
    share(&app, "footer", "see you").await.expect(200);
    let remove = |tag: &str| answer(app.request(Method::DELETE, path).header("if-match", tag));
    remove(&seen).await.problem(412, "precondition-failed");
    let now = app.get(path).await.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(remove(&now).await.expect(204), Value::Null);
    app.get(path).await.problem(404, "not-found");
    app.delete(path).await.problem(404, "not-found");
    assert_eq!(app.get("/communicator/shared-templates").await.expect(200), json!([]));
    share(&app, "footer", "hello again").await.expect(201);
}

#[tokio::test]
async fn an_export_builds_the_same_templates_elsewhere_and_again_does_nothing() {
    let app = TestApp::start().await;
    share(&app, "footer", "-- {{ company.name }}").await.expect(201);
    let descriptor = descriptor(&app, "payoffOffer").await;
    let first = version(&app, &descriptor, "one {% include 'footer' %}").await;
    activate(&app, &first).await.expect(200);
    version(&app, &descriptor, "two").await;
    let export = app.get("/communicator/templates/export?subject=payoffOffer").await.expect(200);
    assert_eq!(export.as_array().unwrap().len(), 2, "{export:#}");

    let other = app.seen_by(Some("other-admin"));
    let import = "/communicator/templates/import";
    let outcomes = |body: Value| {
        let list = body.as_array().unwrap().clone();
        list.iter().map(|entry| entry["outcome"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let dry = other.post(&format!("{import}?dryRun=true"), export.clone()).await.expect(200);
    assert_eq!(outcomes(dry), ["created", "created"]);
    assert_eq!(other.get("/communicator/templates").await.expect(200), json!([]), "a dry run writes nothing");

    let done = other.post(import, export.clone()).await.expect(200);
    assert_eq!((&done[1]["versionsCreated"], &done[1]["activated"]), (&json!(2), &json!(true)), "{done:#}");
    let there = other.get("/communicator/templates/export").await.expect(200);
    assert_eq!(there, export, "what was imported is exported alike");
    let again = other.post(import, export.clone()).await.expect(200);
    assert_eq!(outcomes(again), ["unchanged", "unchanged"]);

    // Promotion: the next wording moves on, one that was changed there stays and is told.
    let third = version(&app, &descriptor, "three").await;
    activate(&app, &third).await.expect(200);
    let export = app.get("/communicator/templates/export?subject=payoffOffer").await.expect(200);
    assert_eq!(outcomes(other.post(import, export).await.expect(200)), ["unchanged", "updated"]);
    let list = other.get("/communicator/templates").await.expect(200);
    let active =
        list.as_array().unwrap().iter().find(|version| version["status"] == "active").unwrap().clone();
    assert_eq!(active["contentTextTemplate"], "three");

    let path = format!("/communicator/templates/{}", active["id"].as_str().unwrap());
    let own = other.put(&path, json!({ "contentTextTemplate": "our own" })).await.expect(201);
    let path = format!("/communicator/templates/{}/activate", own["id"].as_str().unwrap());
    other.post(&path, json!({})).await.expect(200);
    let fourth = version(&app, &descriptor, "four").await;
    activate(&app, &fourth).await.expect(200);
    let export = app.get("/communicator/templates/export?subject=payoffOffer").await.expect(200);
    let told = other.post(import, export.clone()).await.expect(200);
    assert_eq!(told[1]["outcome"], "conflicting", "{told:#}");
    assert_eq!(told[1]["conflicts"].as_array().unwrap().len(), 1);
    let replaced = other.post(&format!("{import}?onConflict=replace"), export).await.expect(200);
    assert_eq!(outcomes(replaced), ["unchanged", "updated"]);
}

#[tokio::test]
async fn an_import_with_a_fault_changes_nothing() {
    let app = TestApp::start().await;
    let entry = |name: &str, text: &str| {
        json!({
            "kind": "template", "subject": "payoffOffer", "channel": "text", "language": "en", "enabled": true,
            "name": name, "versions": [{ "status": "active", "contentTextTemplate": text }]
        })
    };
    let before = app.get("/communicator/templates").await.expect(200);
    let import = "/communicator/templates/import";
    let body = json!([entry("good", "Hi"), entry("bad", "Hi\n{{ x|nope }}")]);
    let problem = app.post(import, body).await.problem(422, "template-does-not-render");
    assert_eq!(problem["template"]["part"], "/1/versions/0/contentText", "{problem:#}");
    assert_eq!(problem["template"]["line"], 2);
    let body = json!([entry("good", "Hi"), entry("", "Hi"), { "kind": "letter" }]);
    assert!(!app.post(import, body).await.violations().is_empty());
    let body = json!([entry("good", "Hi"), entry("  ", " ")]);
    assert_eq!(app.post(import, body).await.violations(), ["/1/name", "/1/versions/0/contentTextTemplate"]);
    assert_eq!(app.get("/communicator/templates").await.expect(200), before);
}

#[tokio::test]
async fn what_was_done_here_survives_an_import() {
    let app = TestApp::start().await;
    let descriptor = descriptor(&app, "payoffOffer").await;
    let first = version(&app, &descriptor, "one").await;
    activate(&app, &first).await.expect(200);
    let export = || async { app.get("/communicator/templates/export?subject=payoffOffer").await.expect(200) };
    let other = app.seen_by(Some("other-admin"));
    let import = "/communicator/templates/import";
    let done = other.post(import, export().await).await.expect(200);
    let there = done[0]["descriptorId"].as_str().unwrap().to_owned();
    let path = format!("/communicator/templatedescriptors/{there}");

    // Renamed there: it is still the one the import made.
    other.put(&path, json!({ "name": "Renamed" })).await.expect(200);
    let told = other.post(import, export().await).await.expect(200);
    assert_eq!((&told[0]["outcome"], &told[0]["descriptorId"]), (&json!("conflicting"), &json!(there)));
    assert_eq!(other.get(&path).await.expect(200)["name"], "Renamed");

    // Rolled back there: the newer wording stays out of use.
    let second = version(&app, &descriptor, "two").await;
    activate(&app, &second).await.expect(200);
    other.post(import, export().await).await.expect(200);
    let versions = format!("{path}/templates");
    let list = other.get(&versions).await.expect(200);
    let older = list.as_array().unwrap().iter().find(|v| v["contentTextTemplate"] == "one").unwrap();
    let back = format!("/communicator/templates/{}/activate", older["id"].as_str().unwrap());
    other.post(&back, json!({})).await.expect(200);
    let told = other.post(import, export().await).await.expect(200);
    assert_eq!(told[0]["outcome"], "conflicting", "{told:#}");
    assert_eq!(other.get(&path).await.expect(200)["activeVersionId"], older["id"]);

    let mut named = export().await[0].clone();
    named["externalId"] = "payoff".into();
    assert_eq!(other.post(import, json!([named, named])).await.violations(), ["/1/externalId"]);
}

#[tokio::test]
async fn templates_alike_in_all_but_their_words_are_imported_as_what_they_are() {
    let app = TestApp::start().await;
    let mut own = Vec::new();
    for words in ["one", "two", "two"] {
        let template = descriptor(&app, "payoffOffer").await;
        activate(&app, &version(&app, &template, words).await).await.expect(200);
        own.insert(0, template);
        app.advance(1).await;
    }
    // A draft that lacks what its channel needs is exported too.
    let body = json!({ "subject": "payoffOffer", "channel": "email", "name": "Draft" });
    let draft = id(&app.post("/communicator/templatedescriptors", body).await.expect(201));
    version(&app, &draft, "no subject line").await;
    own.insert(0, draft);
    let export = || async { app.get("/communicator/templates/export?subject=payoffOffer").await.expect(200) };
    let import = "/communicator/templates/import";
    let told = |body: Value, member: &str| -> Vec<String> {
        body.as_array().unwrap().iter().map(|one| one[member].as_str().unwrap().to_owned()).collect()
    };
    let again = app.post(import, export().await).await.expect(200);
    assert_eq!(told(again.clone(), "outcome"), ["unchanged"; 4]);
    assert_eq!(told(again, "descriptorId"), own, "each is itself");

    let other = app.seen_by(Some("other-admin"));
    let done = other.post(import, export().await).await.expect(200);
    assert_eq!(told(done.clone(), "outcome"), ["created"; 4]);
    let there = other.get("/communicator/templates/export").await.expect(200);
    assert_eq!(there, export().await, "in their order, of which the newest is sent");
    let again = other.post(import, export().await).await.expect(200);
    assert_eq!(told(again.clone(), "outcome"), ["unchanged"; 4]);
    assert_eq!(told(again, "descriptorId"), told(done, "descriptorId"));

    // One more of them is one more there.
    let fourth = descriptor(&app, "payoffOffer").await;
    activate(&app, &version(&app, &fourth, "four").await).await.expect(200);
    let more = other.post(import, export().await).await.expect(200);
    let mut outcomes = told(more, "outcome");
    outcomes.sort();
    assert_eq!(outcomes, ["created", "unchanged", "unchanged", "unchanged", "unchanged"]);
}

#[tokio::test]
async fn an_export_and_an_import_read_a_hundred_templates_at_once() {
    let app = TestApp::start().await;
    let entry = |number: usize| {
        json!({
            "kind": "template", "subject": "payoffOffer", "channel": "text", "enabled": true,
            "language": if number == 0 { "es" } else { "en" }, "name": format!("Offer {number}"), "versions": [{ "status": "draft", "contentTextTemplate": "Hi" }]
        })
    };
    let other = app.seen_by(Some("other-admin"));
    let import = "/communicator/templates/import";
    let all: Vec<Value> = (0..110).map(entry).collect();
    other.post(import, all.into()).await.expect(200);
    let calls = |queries: u64| {
        let calls = app.system.calls();
        let of = |call: &str| calls.get(call).copied().unwrap_or_default();
        assert!(of("dynamodb.Query") <= queries && of("dynamodb.GetItem") <= 8, "{calls:#?}");
        app.system.reset_calls();
    };
    app.system.reset_calls();
    let export = other.get("/communicator/templates/export").await.expect(200);
    assert_eq!(export.as_array().unwrap().len(), 110);
    // Two pages of templates and two of versions.
    calls(4);
    let again = other.post(&format!("{import}?dryRun=true"), export).await.expect(200);
    assert!(again.as_array().unwrap().iter().all(|one| one["outcome"] == "unchanged"), "{again:#}");
    // Once more the templates, whose versions in use must stand.
    calls(6);
    // One of them alone is read by itself.
    let export = other.get("/communicator/templates/export?language=es").await.expect(200);
    assert_eq!(export.as_array().unwrap().len(), 1);
    calls(3);
    other.post(&format!("{import}?dryRun=true"), export).await.expect(200);
    calls(5);
}

#[tokio::test]
async fn a_shared_template_and_what_calls_it_move_together() {
    let app = TestApp::start().await;
    let other = app.seen_by(Some("other-admin"));
    let import = "/communicator/templates/import";
    let entries = |macros: &str, text: &str| {
        json!([
            { "kind": "sharedTemplate", "name": "macros", "content": macros },
            {
                "kind": "template", "subject": "payoffOffer", "channel": "text", "language": "en", "enabled": true,
                "name": "Offer", "versions": [{ "status": "active", "contentTextTemplate": text }]
            },
        ])
    };
    other.post(import, entries("{% macro due() %}1{% endmacro %}", "{{ due() }}")).await.expect(200);
    let next = entries("{% macro amount_due() %}2{% endmacro %}", "{{ amount_due() }}");
    // The version in use there takes from what would change.
    other.post(&format!("{import}?onConflict=replace&dryRun=true"), next.clone()).await.expect(200);
    let done = other.post(&format!("{import}?onConflict=replace"), next.clone()).await.expect(200);
    assert_eq!((&done[0]["outcome"], &done[1]["activated"]), (&json!("updated"), &json!(true)), "{done:#}");
    let alone = json!([{ "kind": "sharedTemplate", "name": "macros", "content": "nothing" }]);
    for query in ["?onConflict=replace&dryRun=true", "?onConflict=replace"] {
        let refused = other.post(&format!("{import}{query}"), alone.clone()).await;
        refused.problem(409, "shared-template-in-use");
    }

    // A wording of the past that no longer compiles is left out of another import, not in its way.
    let export = other.get("/communicator/templates/export").await.expect(200);
    let here = app.post(import, export).await.expect(200);
    assert_eq!(
        (&here[1]["outcome"], &here[1]["versionsCreated"]),
        (&json!("created"), &json!(1)),
        "{here:#}"
    );
    assert!(here[1]["conflicts"][0].as_str().unwrap().starts_with("a version is left out"), "{here:#}");
}

#[tokio::test]
async fn a_dry_run_and_the_import_itself_are_two_requests_under_one_key() {
    let app = TestApp::start().await;
    let entries = json!([{ "kind": "sharedTemplate", "name": "footer", "content": "bye" }]);
    let import = |query: &str| {
        let path = format!("/communicator/templates/import{query}");
        app.request(Method::POST, &path).header("idempotency-key", "one key").json(&entries)
    };
    answer(import("?dryRun=true")).await.expect(200);
    answer(import("")).await.problem(422, "idempotency-key-reused");
}

#[tokio::test]
async fn a_template_in_use_keeps_what_its_channel_needs() {
    let app = TestApp::start().await;
    let descriptor = descriptor(&app, "payoffOffer").await;
    let draft = version(&app, &descriptor, "Hi").await;
    let path = format!("/communicator/templatedescriptors/{descriptor}");
    app.put(&path, json!({ "channel": "email" })).await.expect(200);
    activate(&app, &draft).await.problem(409, "part-missing");
    app.put(&path, json!({ "channel": "text" })).await.expect(200);
    activate(&app, &draft).await.expect(200);
    app.put(&path, json!({ "channel": "email" })).await.problem(409, "part-missing");
}

#[tokio::test]
async fn lists_go_by_pages_in_both_directions() {
    let app = TestApp::start().await;
    after_the_demo_templates(&app).await;
    let descriptor = descriptor(&app, "payoffOffer").await;
    let mut versions = Vec::new();
    for number in 0..5 {
        versions.push(version(&app, &descriptor, &format!("version {number}")).await);
        app.advance(1).await;
    }
    versions.reverse();
    let ids = |body: Value| -> Vec<String> {
        let list = body.get("data").cloned().unwrap_or(body);
        list.as_array().unwrap().iter().map(id).collect()
    };
    for list in [
        "/v2/communicator/templates".to_owned(),
        format!("/communicator/templatedescriptors/{descriptor}/templates"),
    ] {
        let page = |query: String| {
            let path = format!("{list}?{query}");
            let app = &app;
            async move { ids(app.get(&path).await.expect(200)) }
        };
        assert_eq!(page("limit=2".into()).await, versions[..2]);
        assert_eq!(page(format!("limit=2&startingAfter={}", versions[1])).await, versions[2..4]);
        assert_eq!(page(format!("limit=2&endingBefore={}", versions[4])).await, versions[2..4]);
        assert_eq!(
            page(format!("limit=2&endingBefore={}&startingAfter={}", versions[1], versions[3])).await,
            versions[..1]
        );
    }
    let descriptors = ids(app.get("/communicator/templatedescriptors").await.expect(200));
    let path = format!("/communicator/templatedescriptors?startingAfter={}", descriptors[0]);
    assert_eq!(ids(app.get(&path).await.expect(200)), descriptors[1..]);
}

#[tokio::test]
async fn a_company_is_named_as_the_document_does_or_by_its_name_here() {
    let app = TestApp::start().await;
    let list = app.get("/communicator/templatedescriptors").await.expect(200);
    let company = list[0]["companyId"].as_str().unwrap().to_owned();
    for own in [company.as_str(), "demo", "ext-demo"] {
        let path = format!("/communicator/templatedescriptors?companyId={own}");
        assert_eq!(app.get(&path).await.expect(200), list, "{own}");
        assert_eq!(app.seen_by(Some("other-admin")).get(&path).await.expect(200), json!([]), "{own}");
    }
    for other in ["CP-AAAA-BBBB", "other", "ext-other", "TD-AAAA-BBBB"] {
        let path = format!("/communicator/templatedescriptors?companyId={other}");
        assert_eq!(app.get(&path).await.expect(200), json!([]), "{other}");
    }
}

#[tokio::test]
async fn a_draft_lacks_what_its_channel_needs_until_it_is_activated() {
    let app = TestApp::start().await;
    for (channel, parts, missing) in [
        ("email", json!({ "contentTextTemplate": "Hello" }), "subjectLineTemplate"),
        ("email", json!({ "subjectLineTemplate": "Hello" }), "contentTextTemplate"),
        ("text", json!({ "subjectLineTemplate": "Hello" }), "contentTextTemplate"),
        ("text", json!({ "contentHtmlTemplate": "Hello" }), "contentTextTemplate"),
        ("mail", json!({ "subjectLineTemplate": "Hello" }), "contentTextTemplate"),
    ] {
        let body = json!({ "subject": "payoffOffer", "channel": channel, "name": "Draft" });
        let template = id(&app.post("/communicator/templatedescriptors", body).await.expect(201));
        let mut body = parts.clone();
        body["descriptorId"] = template.into();
        let draft = id(&app.post("/communicator/templates", body).await.expect(201));
        let path = format!("/communicator/templates/{draft}");
        app.post(&format!("{path}/render"), json!({ "context": {} })).await.expect(200);
        let refused = activate(&app, &draft).await.problem(409, "part-missing");
        assert!(refused["detail"].as_str().unwrap().starts_with(missing), "{refused:#}");
        app.put(&path, json!({ missing: "Here it is" })).await.expect(200);
        activate(&app, &draft).await.expect(200);
    }
}

#[tokio::test]
async fn the_list_without_pages_says_what_takes_its_place() {
    let app = TestApp::start().await;
    let answer = app.get("/communicator/templates").await;
    let deprecation = answer.headers["deprecation"].to_str().unwrap();
    assert!(deprecation.starts_with('@') && deprecation[1..].parse::<u64>().is_ok(), "{deprecation}");
    assert_eq!(answer.headers["link"], "</v2/communicator/templates>; rel=\"successor-version\"");
    assert!(app.get("/v2/communicator/templates").await.headers.get("deprecation").is_none());
}

#[tokio::test]
async fn an_edge_or_a_descriptor_that_is_not_there_is_named_as_the_caller_did() {
    let app = TestApp::start().await;
    let list = "/communicator/templatedescriptors?startingAfter=ext-nobody";
    assert_eq!(app.get(list).await.violations(), ["?startingAfter"]);
    let draft = version(&app, &descriptor(&app, "payoffOffer").await, "Hi").await;
    let path = format!("/communicator/templates/{draft}");
    let moved =
        app.put(&path, json!({ "descriptorId": "ext-elsewhere" })).await.problem(400, "invalid-request");
    assert!(!moved.to_string().contains("TD-"), "{moved:#}");
}

#[tokio::test]
async fn templates_of_the_other_document_are_the_same_templates() {
    let app = TestApp::start().await;
    let template = app.template("sms", "payoff_offer").await;
    let path = format!("/communicator/templatedescriptors/{template}");
    let descriptor = app.get(&path).await.expect(200);
    assert_eq!((&descriptor["subject"], &descriptor["channel"]), (&json!("payoffOffer"), &json!("text")));
    let draft = version(&app, &template, "from 002").await;
    activate(&app, &draft).await.expect(200);
    let path = format!("/api/v1/communication-templates/{template}");
    let view = app.get(&path).await.expect(200);
    assert_eq!((&view["body"], &view["version"]), (&json!("from 002"), &json!(2)));
    let body = json!({ "name": "x", "template_type": "payoff_offer", "channel": "sms", "body": "from 000" });
    assert_eq!(app.put(&path, body).await.expect(200)["version"], 3);
    assert_eq!(statuses(&app, &template).await, ["active", "retired", "retired"]);
    app.delete(&path).await.expect(204);
    activate(&app, &draft).await.problem(409, "template-disabled");
}

#[tokio::test]
async fn roles_are_held_to_what_they_may_do() {
    let app = TestApp::start().await;
    let descriptor = descriptor(&app, "payoffOffer").await;
    let draft = version(&app, &descriptor, "Hi").await;
    let officer = app.seen_by(Some("demo-loan-officer"));
    officer.get(&format!("/communicator/templates/{draft}")).await.expect(200);
    officer.post(&format!("/communicator/templates/{draft}/render"), json!({})).await.expect(200);
    officer
        .post(&format!("/communicator/templates/{draft}/activate"), json!({}))
        .await
        .problem(403, "forbidden");
    officer.put(&format!("/communicator/templates/{draft}"), json!({})).await.problem(403, "forbidden");
    officer.get("/communicator/templates/export").await.problem(403, "forbidden");
    officer.put("/communicator/shared-templates/x", json!({ "content": "" })).await.problem(403, "forbidden");
}
