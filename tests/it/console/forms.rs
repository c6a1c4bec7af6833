//! Forms of the console: what is sent twice is done once, and what somebody else changed meanwhile is not overwritten.

use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

use super::visitor::{FORM, Visitor, fields, location, page, shows};

impl Visitor<'_> {
    /// Clicks twice on what sends a form of one page to another. Which of the two is answered first, nobody knows.
    async fn submit_twice(&self, from: &str, to: &str, action: &str, typed: &[(&str, &str)]) -> [Answer; 2] {
        let form = self.form(from, action).await;
        let fields = fields(&form, typed);
        let mut answers: [Answer; 2] = futures::join!(self.post(to, &fields), self.post(to, &fields)).into();
        answers.sort_by_key(|answer| answer.status);
        answers
    }

    /// The same for what leads on, as if it had been sent once.
    async fn leads_twice(&self, from: &str, to: &str, action: &str, typed: &[(&str, &str)]) -> String {
        let [one, other] = self.submit_twice(from, to, action, typed).await;
        assert_eq!(location(&one), location(&other), "{action}");
        location(&one).to_owned()
    }
}

async fn count(app: &TestApp, path: &str, is_meant: impl Fn(&Value) -> bool) -> usize {
    let answer = app.get(path).await.expect(200);
    let all = answer.as_array().or(answer["data"].as_array()).unwrap();
    all.iter().filter(|one| is_meant(one)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_is_sent_twice_does_its_thing_once() {
    let app = TestApp::start().await;
    let admin = Visitor::signed_in(&app, "demo-admin").await;

    let john = "/console/borrowers/ext-john";
    let before = count(&app, "/people/ext-john/consents", |_| true).await;
    let said = [
        ("status", "revoked"),
        ("scope", "contact"),
        ("channel", "text"),
        ("source", "call"),
        ("wording", "No"),
    ];
    admin.leads_twice(john, john, "consent", &said).await;
    assert_eq!(count(&app, "/people/ext-john/consents", |_| true).await, before + 1);

    let template = app.template("email", "welcome").await;
    let body = json!({ "template_id": template, "borrower_ids": ["ext-john", "ext-nia"] });
    let batch = app.post("/api/v1/communications/send-batch", body).await.expect(202);
    let batch = format!("/console/batches/{}", batch["batch_id"].as_str().unwrap());
    admin.leads_twice(&batch, &batch, "cancel", &[]).await;

    let new = [
        ("name", "Pago recibido"),
        ("subject", "paymentSuccessful"),
        ("channel", "text"),
        ("language", "es"),
        ("starter", "paymentSuccessful.text.es"),
    ];
    let made = admin.leads_twice("/console/templates/new", "/console/templates", "create", &new).await;
    let is_meant = |one: &Value| one["name"] == "Pago recibido";
    assert_eq!(count(&app, "/communicator/templatedescriptors", is_meant).await, 1);
    let draft = made.split('?').next().unwrap();
    let wording = [("contentTextTemplate", "Hola")];
    let saved = admin.leads_twice(&made, draft, "save", &wording).await;
    let saved = saved.split('?').next().unwrap();
    admin
        .leads_twice(saved, saved, "save", &[("contentTextTemplate", "Hola {{ borrower.first_name }}")])
        .await;

    admin.leads_twice(saved, saved, "activate", &[]).await;
    let (task, ..) = super::inbox::received(&app).await;
    let task = format!("/console/inbox/tasks/{task}");
    let answer = [
        ("subjectLine", "Re: My payment"),
        ("contentPlain", "It is due on Friday."),
        ("theme", "opsServicing"),
        ("is_done", "on"),
    ];
    admin.leads_twice(&task, &task, "answer", &answer).await;
    app.drain().await;
    let answers = app.outbox("email").await;
    let answers = answers.iter().filter(|mail| mail["subject"] == "Re: My payment");
    assert_eq!(answers.count(), 1);

    let rules = "/console/inbox/auto-responses";
    let rule = [
        ("name", "Balance"),
        ("channel", "sms"),
        ("trigger", "keyword"),
        ("keywords", "balance"),
        ("reply_text", "See your account."),
        ("priority", "1"),
    ];
    admin.leads_twice(&format!("{rules}/new"), &format!("{rules}/new"), "save", &rule).await;
    assert_eq!(count(&app, "/api/v1/auto-responses", |one| one["name"] == "Balance").await, 1);
    let html = admin.page(rules).await;
    let made = html.split(&format!("{rules}/AR-")).nth(1).unwrap().split('"').next().unwrap();
    let made = format!("{rules}/AR-{made}");
    admin.leads_twice(&made, &made, "delete", &[]).await;

    let rule = [
        ("rule.id", "two texts"),
        ("rule.title", "Two texts a day"),
        ("rule.citation", "Policy 3.2"),
        ("rule.jurisdiction", "US"),
        ("channels.text", "1"),
        ("rule.caps.0.most", "2"),
        ("rule.caps.0.period", "1"),
        ("rule.caps.0.scope", "person"),
        ("rule.caps.0.counts", "placed"),
        ("reason", "Decided on Monday"),
    ];
    let own = admin.leads_twice("/console/rules", "/console/rules", "add", &rule).await;
    let own = own.split('?').next().unwrap();
    assert!(own.ends_with("OWN%2DTWO%2DTEXTS"), "{own}");
    shows(
        &page(admin.submit("/console/rules", "add", &rule).await, 400),
        &["id=\"f-rule.id-fault\"", "must be the name of no other rule"],
    );
    admin.leads_twice(own, own, "remove", &[("reason", "No more")]).await;

    let settings = "/console/settings";
    let hours = [("officeHours.0.mon", "on"), ("officeHours.0.from", "09:00"), ("officeHours.0.to", "17:30")];
    admin.leads_twice(settings, settings, "hours", &hours).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_of_a_form_that_is_sent_twice_is_shown_once() {
    let app = TestApp::start().await;
    let admin = Visitor::signed_in(&app, "demo-admin").await.reading("es");
    let keys = "/console/settings/keys";
    let new = [("name", "Core system"), ("role", "viewer")];
    let [shown, told] = admin.submit_twice(keys, keys, "create", &new).await;
    assert!(page(shown, 200).contains("postrider_"));
    let html = page(told, 409);
    shows(&html, &["Esto ya se hizo", "role=\"alert\""]);
    assert!(!html.contains("postrider_"), "{html}");
    assert_eq!(count(&app, "/api-keys", |key| key["name"] == "Core system").await, 1);

    let hooks = "/console/settings/webhooks";
    let new = [("url", "https://hooks.acme.example/in"), ("event.message.delivered", "on")];
    let [one, other] = admin.submit_twice(hooks, hooks, "endpoint", &new).await;
    let secret = |html: String| {
        html.split("class=\"secret\"").nth(1).unwrap().split("</pre>").next().unwrap().to_owned()
    };
    assert_eq!(
        secret(page(one, 200)),
        secret(page(other, 200)),
        "an endpoint's secret follows from the form"
    );
    assert_eq!(count(&app, "/webhook-endpoints", |_| true).await, 1);
}

/// A page, the action of a form of its, what is typed in, and how the API changes the same thing.
type Form<'t> = (String, &'t str, &'t [(&'t str, &'t str)], String, Value);

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_not_overwritten() {
    let app = TestApp::start().await;
    let admin = Visitor::signed_in(&app, "demo-admin").await;
    let template = app.template("email", "payment_reminder").await;
    let version =
        json!({ "descriptorId": template, "subjectLineTemplate": "Due", "contentTextTemplate": "Mine" });
    let version =
        app.post("/communicator/templates", version).await.expect(201)["id"].as_str().unwrap().to_owned();
    let answer = json!({
        "name": "Payoff", "channel": "sms", "trigger": "keyword", "keywords": ["payoff"], "reply_text": "See your account.",
    });
    let answer =
        app.post("/api/v1/auto-responses", answer).await.expect(201)["id"].as_str().unwrap().to_owned();
    let own = |title: &str| {
        json!({
            "reason": "Policy", "rule": {
                "id": "OWN-TEXTS", "title": title, "citation": "Policy 3.2", "channels": ["text"],
                "caps": [{ "most": 2, "period": { "days": 1 } }],
            },
        })
    };
    app.put("/compliance/rules/OWN-TEXTS", own("Two texts")).await.expect(200);
    let general = [
        ("timeZone", "America/Chicago"),
        ("locale", "en-US"),
        ("language", "en"),
        ("currency", "USD"),
        ("optOutHandling", "postrider"),
        ("helpText", "Typed in"),
    ];
    let (task, ..) = super::inbox::received(&app).await;
    let forms: [Form<'_>; 6] = [
        (
            format!("/console/inbox/tasks/{task}"),
            "finish",
            &[("note", "Typed in")],
            format!("/tasks/{task}"),
            json!({ "note": "Theirs" }),
        ),
        (
            format!("/console/templates/{template}/versions/{version}"),
            "save",
            &[("subjectLineTemplate", "Due"), ("contentTextTemplate", "Typed in")],
            format!("/communicator/templates/{version}"),
            json!({ "contentTextTemplate": "Theirs" }),
        ),
        (
            format!("/console/templates/{template}"),
            "settings",
            &[("name", "Typed in"), ("language", "en"), ("enabled", "on")],
            format!("/communicator/templatedescriptors/{template}"),
            json!({ "name": "Theirs" }),
        ),
        (
            format!("/console/inbox/auto-responses/{answer}"),
            "save",
            &[
                ("name", "Typed in"),
                ("channel", "sms"),
                ("trigger", "keyword"),
                ("keywords", "payoff"),
                ("reply_text", "Yours"),
                ("priority", "1"),
            ],
            format!("/api/v1/auto-responses/{answer}"),
            json!({ "name": "Theirs" }),
        ),
        (
            "/console/settings".into(),
            "settings",
            &general,
            "/settings".into(),
            json!({ "helpText": "Theirs" }),
        ),
        (
            "/console/rules/OWN-TEXTS".into(),
            "change",
            &[
                ("rule.title", "Typed in"),
                ("rule.citation", "Policy 3.2"),
                ("rule.jurisdiction", "US"),
                ("channels.text", "1"),
                ("rule.caps.0.most", "1"),
                ("rule.caps.0.period", "1"),
                ("rule.caps.0.scope", "person"),
                ("rule.caps.0.counts", "placed"),
                ("reason", "Mine"),
            ],
            "/compliance/rules/OWN-TEXTS".into(),
            own("Theirs"),
        ),
    ];
    for (path, action, typed, changed_at, change) in &forms {
        let form = admin.form(path, action).await;
        app.put(changed_at, change.clone()).await.expect(200);
        let html = page(admin.post(path, &fields(&form, typed)).await, 412);
        shows(&html, &["Somebody changed it after you opened this page", "Typed in", "See how it is now"]);
        let html = admin.page(path).await;
        shows(&html, &["Theirs"]);
        // Whoever has seen that, may.
        let done = admin.submit(path, action, typed).await;
        assert_eq!(done.status, 303, "{path}: {:#}", done.body);
    }
    let spanish = admin.reading("es");
    let (path, action, typed, changed_at, change) = &forms[1];
    let form = spanish.form(path, action).await;
    app.put(changed_at, change.clone()).await.expect(200);
    let html = page(spanish.post(path, &fields(&form, typed)).await, 412);
    shows(&html, &["Alguien lo cambió después de que usted abrió esta página", "Ver cómo está ahora"]);
}

#[tokio::test]
async fn what_is_chosen_or_clicked_is_not_done_to_what_somebody_else_changed() {
    let app = TestApp::start().await;
    let admin = Visitor::signed_in(&app, "demo-admin").await;
    let endpoint = json!({ "url": "https://hooks.acme.example.com/in", "events": ["message.sent"] });
    let endpoint = super::id(&app.post("/webhook-endpoints", endpoint).await.expect(201));
    let (task, ..) = super::inbox::received(&app).await;
    let (hooks, task_page) =
        ("/console/settings/webhooks".to_owned(), format!("/console/inbox/tasks/{task}"));
    let (hook, task) = (format!("/webhook-endpoints/{endpoint}"), format!("/tasks/{task}"));
    let id = [("id", endpoint.as_str())];
    let off = [id[0], ("enabled", "off")];
    let preferred = "/people/ext-john/communication-preference".to_owned();
    let order = "/people/ext-john/do-not-contact".to_owned();
    let forms: [Form<'_>; 8] = [
        (
            "/console/borrowers/ext-john".into(),
            "forbid",
            &[("reason", "Until Saturday"), ("until", "2026-01-10")],
            order,
            json!({ "reason": "For good" }),
        ),
        (
            task_page.clone(),
            "answer",
            &[("subjectLine", "Re"), ("contentPlain", "Hello"), ("theme", "opsServicing")],
            task.clone(),
            json!({ "note": "Zero" }),
        ),
        (
            "/console/borrowers/ext-john".into(),
            "prefer",
            &[("preferred", "email")],
            preferred,
            json!({ "optedOut": ["text"] }),
        ),
        (hooks.clone(), "switch", &off, hook.clone(), json!({ "description": "One" })),
        (hooks.clone(), "rotate", &id, hook.clone(), json!({ "description": "Two" })),
        (hooks, "remove", &id, hook, json!({ "description": "Three" })),
        (task_page.clone(), "claim", &[], task.clone(), json!({ "note": "Four" })),
        (task_page, "give_back", &[], task, json!({ "note": "Five" })),
    ];
    for (path, action, typed, changed_at, change) in &forms {
        let form = admin.form(path, action).await;
        app.put(changed_at, change.clone()).await.expect(200);
        let html = page(admin.post(path, &fields(&form, typed)).await, 412);
        shows(&html, &["Somebody changed it after you opened this page"]);
        let done = admin.submit(path, action, typed).await;
        assert!(
            done.status == 303 || (*action == "rotate" && done.status == 200),
            "{action}: {:#}",
            done.body
        );
    }
}

#[tokio::test]
async fn an_opt_out_that_is_ticked_outlives_a_refusal_and_one_that_no_box_shows_stays() {
    let app = TestApp::start().await;
    let (path, preference) = ("/console/borrowers/ext-john", "/people/ext-john/communication-preference");
    app.put(preference, json!({ "optedOut": ["voice", "task"] })).await.expect(200);
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    let form = officer.form(path, "prefer").await;
    app.put(preference, json!({ "optedOut": ["voice", "webhook"], "preferred": "email" })).await.expect(200);
    let html = page(officer.post(path, &fields(&form, &[("optedOut.fax", "1")])).await, 412);
    shows(&html, &["name=\"optedOut.fax\" value=\"1\" checked"]);
    let boxes = [("optedOut.fax", "1"), ("optedOut.voice", "1"), ("preferred", "text")];
    officer.submit(path, "prefer", &boxes).await;
    let kept = app.get("/people/ext-john").await.expect(200)["communicationPreference"].clone();
    assert_eq!(kept, json!({ "optedOut": ["voice", "fax", "webhook"], "preferred": "text" }));
}

#[tokio::test]
async fn of_two_who_answer_a_task_that_goes_on_the_second_is_told() {
    let app = TestApp::start().await;
    let (task, ..) = super::inbox::received(&app).await;
    let path = format!("/console/inbox/tasks/{task}");
    let typed = [("subjectLine", "Re"), ("contentPlain", "Yes, you can."), ("theme", "opsServicing")];
    let first = Visitor::signed_in(&app, "demo-loan-officer").await;
    let second = Visitor::signed_in(&app, "demo-admin").await;
    let form = second.form(&path, "answer").await;
    let done = first.submit(&path, "answer", &typed).await;
    shows(&first.page(location(&done)).await, &["The answer is on its way.", "Answered by"]);
    let html = page(second.post(&path, &fields(&form, &typed)).await, 412);
    shows(&html, &["Somebody changed it after you opened this page", "Yes, you can.", "Answered by"]);
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1);
    let answer = app.get(&format!("/tasks/{task}")).await.expect(200)["answerId"].clone();
    let said = app.log(answer.as_str().unwrap()).await["body"].clone();
    assert!(said.as_str().unwrap().starts_with("Yes, you can."), "{said}");
    // Whoever has seen the first answer may give another.
    assert_eq!(second.submit(&path, "answer", &typed).await.status, 303);
    let unknown = json!({ "answerId": "IN-AAAA-BBBB" });
    assert_eq!(app.put(&format!("/tasks/{task}"), unknown).await.violations(), ["/answerId"]);
}

#[tokio::test]
async fn what_is_refused_is_told_though_its_form_is_gone() {
    let app = TestApp::start().await;
    let officer = Visitor::signed_in(&app, "demo-loan-officer").await;
    let (_, unknown, _) = super::inbox::received(&app).await;
    let (john, task) = ("/console/borrowers/ext-john", format!("/console/inbox/tasks/{unknown}"));
    app.put("/people/ext-john/do-not-contact", json!({})).await.expect(200);
    let lifting = officer.form(john, "allow").await;
    let binding = officer.form(&task, "bind").await;
    officer.submit(john, "allow", &[]).await;
    officer.submit(&task, "bind", &[("personId", "john")]).await;
    for (path, form, typed) in [(john, &lifting, &[][..]), (&task, &binding, &[("personId", "maria")])] {
        let html = page(officer.post(path, &fields(form, typed)).await, 412);
        shows(&html, &["role=\"alert\"", "Somebody changed it after you opened this page"]);
    }
}

#[tokio::test]
async fn what_is_typed_when_the_session_has_ended_is_shown_to_copy_from() {
    let app = TestApp::start().await;
    let (task, ..) = super::inbox::received(&app).await;
    let path = format!("/console/inbox/tasks/{task}");
    let visitor = Visitor::signed_in(&app, "demo-loan-officer").await;
    let form = visitor.form(&path, "finish").await;
    let note = "\n</textarea><script>alert(1)</script>\"{{ 7 * 7 }}\r\n\u{202e}He called.";
    let typed = [
        ("note", note),
        ("<b>", "\"><img>"),
        ("credential", "demo-admin"),
        ("newSecret", "hush"),
        ("blank", " "),
    ];
    let sent = fields(&form, &typed);
    app.advance(8 * 3600).await;
    for (visitor, said) in [
        (
            visitor.reading("en"),
            ["Your session has ended", "Nothing was done, and nothing was saved.", ">Note</label>"],
        ),
        (visitor.reading("es"), ["Su sesión ha terminado", "No se hizo ni se guardó nada.", ">Nota</label>"]),
        // A browser whose cookie is gone sends none.
        (Visitor::new(&app), ["What you typed", "Sign in (opens a new tab)", "lang=\"en\""]),
    ] {
        let answer = visitor.post(&path, &sent).await;
        assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Cookie "));
        assert_eq!(answer.headers.contains_key("set-cookie"), visitor.cookie.is_some());
        let html = page(answer, 401);
        shows(&html, &said);
        shows(
            &html,
            &["target=\"_blank\"", "sign-in?to=", &task, "He called.", "&lt;script&gt;", "readonly"],
        );
        assert_eq!(html.matches("<textarea").count(), 1, "no page has the other fields: {html}");
        for hidden in
            ["<script", "<img", "<b>", "demo-admin", "hush", ">49", form[1].1.as_str(), form[2].1.as_str()]
        {
            assert!(!html.contains(hidden), "{hidden}: {html}");
        }
    }
    assert_eq!(app.get(&format!("/tasks/{task}")).await.expect(200)["status"], "open");
    // A button has nothing typed in.
    let html = page(visitor.post(&path, &fields(&form, &[])).await, 401);
    assert!(!html.contains("<textarea") && !html.contains("What you typed"), "{html}");
    // Neither has one that says which thing it is about.
    let clicked = [("action", "archive"), ("archive", "CT-1"), ("id", "WE-1")];
    let html = page(visitor.post("/console/borrowers/ext-john", &clicked).await, 401);
    assert!(!html.contains("<textarea"), "{html}");
    // What is too long for any form is not looked at.
    let long = "a".repeat(3_000_000);
    let html = page(visitor.post(&path, &[("theme", "late"), ("note", &long)]).await, 401);
    assert!(!html.contains("<textarea"), "the body is not read");
    // What another site sends, what is read, and who signs out, is led to signing in.
    let body = "action=finish&note=Typed+in";
    let elsewhere = visitor.request(Method::POST, &path).header("content-type", FORM).body(body);
    let led = answer(elsewhere.header("sec-fetch-site", "cross-site")).await;
    for (led, to) in [
        (led, format!("/console/sign-in?to=%2Fconsole%2Finbox%2Ftasks%2F{task}")),
        (visitor.get(&path).await, format!("/console/sign-in?to=%2Fconsole%2Finbox%2Ftasks%2F{task}")),
        (visitor.post("/console/sign-out", &sent).await, "/console/sign-in?to=%2Fconsole%2Fsign-out".into()),
    ] {
        assert_eq!((led.status.as_u16(), location(&led)), (303, to.as_str()));
    }
    // Whoever signed in again meanwhile sends what the session before had opened.
    let again = Visitor::signed_in(&app, "demo-loan-officer").await;
    let html = page(again.post(&path, &sent).await, 403);
    shows(&html, &["This form is out of date", "What you typed", "He called."]);
}

#[tokio::test]
async fn what_is_wrong_is_said_in_the_visitors_language_before_the_apis_words() {
    let app = TestApp::start().await;
    let admin = Visitor::signed_in(&app, "demo-admin").await.reading("es");
    let wrong =
        [("timeZone", "Mars/Olympus"), ("locale", "en-US"), ("language", "en"), ("optOutHandling", "never")];
    let html = page(admin.submit("/console/settings", "settings", &wrong).await, 400);
    shows(
        &html,
        &[
            "<strong>Corrija lo que está marcado</strong>",
            "No es correcto: <span lang=\"en\">must be",
            "No es una de las opciones: <span lang=\"en\">must be one of",
        ],
    );
}
