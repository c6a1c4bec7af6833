//! Auto-responses (000): rules by which what borrowers write is answered by itself, as far as the lender sets them.

use futures::future::join_all;
use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const RULES: &str = "/api/v1/auto-responses";
const TRY: &str = "/api/v1/auto-responses/test";

/// What every rule needs, with more of it or something else; null takes something away.
fn with(more: Value) -> Value {
    let mut body = json!({ "name": "Rule", "channel": "sms", "trigger": "any", "reply_text": "Hello" });
    for (name, value) in more.as_object().unwrap() {
        match value {
            Value::Null => drop(body.as_object_mut().unwrap().remove(name)),
            value => body[name] = value.clone(),
        }
    }
    body
}

fn path(rule: &Value) -> String {
    format!("{RULES}/{}", rule["id"].as_str().unwrap())
}

async fn made(app: &TestApp, more: Value) -> Value {
    app.post(RULES, with(more)).await.expect(201)
}

async fn names(app: &TestApp, query: &str) -> Vec<String> {
    let list = app.get(&format!("{RULES}{query}")).await.expect(200);
    let name = |rule: &Value| rule["name"].as_str().unwrap().to_owned();
    list["data"].as_array().unwrap().iter().map(name).collect()
}

async fn tried(app: &TestApp, message: Value) -> Value {
    app.post(TRY, message).await.expect(200)
}

#[tokio::test]
async fn a_rule_is_made_read_changed_and_deleted() {
    let app = TestApp::start().await;
    let content = json!({ "trigger": "keyword", "keywords": ["hours", "open"], "external_id": "hours" });
    let answer = app.post(RULES, with(content.clone())).await;
    assert_eq!(answer.headers["etag"], "\"1\"");
    let mut rule = answer.expect(201);
    assert!(rule["id"].as_str().unwrap().starts_with("AR-EXT-"), "{rule:#}");
    let expected = json!({
        "id": rule["id"],
        "external_id": "hours",
        "name": "Rule",
        "channel": "sms",
        "trigger": "keyword",
        "keywords": ["hours", "open"],
        "reply_text": "Hello",
        "priority": 100,
        "enabled": true,
        "cooldown_minutes": 0,
        "created_at": rule["created_at"],
        "updated_at": rule["created_at"],
    });
    assert_eq!(rule, expected);
    assert_eq!(app.get(&path(&rule)).await.expect(200), rule);
    assert_eq!(app.get(&format!("{RULES}/ext-hours")).await.expect(200), rule);
    app.post(RULES, with(content)).await.problem(409, "duplicate-external-id");

    for (content, member, value) in [
        (json!({ "keyword": "hours" }), "keywords", json!(["hours"])),
        (json!({ "priority": 5 }), "priority", json!(5)),
        (json!({ "enabled": false }), "enabled", json!(false)),
        (json!({ "cooldown_minutes": 10 }), "cooldown_minutes", json!(10)),
        (json!({ "cooldown_minutes": null }), "cooldown_minutes", json!(0)),
        (json!({ "language": "es" }), "language", json!("es")),
    ] {
        let after = app.put(&path(&rule), content).await.expect(200);
        assert!(after["updated_at"].as_str() > rule["updated_at"].as_str(), "{after:#}");
        rule["updated_at"] = after["updated_at"].clone();
        rule[member] = value;
        assert_eq!(after, rule, "what is left out stays");
    }
    let after = app.put(&path(&rule), rule.clone()).await.expect(200);
    rule["updated_at"] = after["updated_at"].clone();
    assert_eq!(after, rule, "as it was read");
    assert_eq!(app.get(&path(&rule)).await.expect(200), rule);

    app.delete(&path(&rule)).await.expect(204);
    app.delete(&path(&rule)).await.problem(404, "not-found");
    app.get(&path(&rule)).await.problem(404, "not-found");
    app.put(&path(&rule), json!({})).await.problem(404, "not-found");
    assert_eq!(names(&app, "").await, [] as [&str; 0]);
}

#[tokio::test]
async fn rules_are_listed_in_the_order_in_which_they_are_asked_by_pages_and_filters() {
    let app = TestApp::start().await;
    for (name, more) in [
        ("third", json!({})),
        ("fourth", json!({ "channel": "email", "trigger": "unmonitored_address" })),
        ("first", json!({ "priority": 1, "trigger": "pattern", "pattern": "pay" })),
        ("fifth", json!({ "priority": 200, "enabled": false })),
        ("second", json!({ "priority": 2, "trigger": "outside_hours" })),
    ] {
        let mut rule = with(more);
        rule["name"] = json!(name);
        app.post(RULES, rule).await.expect(201);
        app.advance(1).await;
    }
    assert_eq!(names(&app, "").await, ["first", "second", "third", "fourth", "fifth"]);
    for (query, expected) in [
        ("?channel=email", &["fourth"][..]),
        ("?channel=sms&enabled=true", &["first", "second", "third"]),
        ("?enabled=false", &["fifth"]),
        ("?trigger=any", &["third", "fifth"]),
        ("?trigger=keyword", &[]),
    ] {
        assert_eq!(names(&app, query).await, expected, "{query}");
    }
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("{RULES}?limit=2&channel=sms{cursor}")).await.expect(200);
        all.extend(page["data"].as_array().unwrap().iter().map(|rule| rule["name"].clone()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(all, ["first", "second", "third", "fifth"]);
    for query in ["?channel=letter", "?trigger=never", "?enabled=yes", "?limit=0", "?cursor=x"] {
        let name = query.split('=').next().unwrap();
        assert_eq!(app.get(&format!("{RULES}{query}")).await.violations(), [name]);
    }
}

#[tokio::test]
async fn every_fault_of_a_rule_is_told_at_once() {
    let app = TestApp::start().await;
    assert_eq!(
        app.post(RULES, json!({})).await.violations(),
        ["/channel", "/name", "/reply_text", "/trigger"]
    );
    let wrong = with(json!({
        "name": "", "channel": "letter", "keyword": 7, "pattern": "(", "priority": -1, "cooldown_minutes": 50_000,
        "language": "english", "colour": "red",
    }));
    let faults = [
        "/channel",
        "/colour",
        "/cooldown_minutes",
        "/keyword",
        "/language",
        "/name",
        "/pattern",
        "/priority",
    ];
    assert_eq!(app.post(RULES, wrong).await.violations(), faults);
    for (more, pointer) in [
        (json!({ "trigger": "keyword" }), "/keywords"),
        (json!({ "trigger": "keyword", "keyword": "Stop!" }), "/keyword"),
        (json!({ "trigger": "keyword", "keywords": ["hi", "opt out"] }), "/keywords/1"),
        (json!({ "keywords": ["hi"] }), "/keywords"),
        (json!({ "trigger": "pattern" }), "/pattern"),
        (json!({ "trigger": "pattern", "pattern": r"\w{1000}{1000}" }), "/pattern"),
        (json!({ "trigger": "sometimes" }), "/trigger"),
        (json!({ "trigger": "unmonitored_address" }), "/trigger"),
        (json!({ "reply_text": null }), "/reply_text"),
        (json!({ "template_id": "ext-x" }), "/template_id"),
        (json!({ "template_id": "x" }), "/template_id"),
        (json!({ "reply_subject": "Hours" }), "/reply_subject"),
        (json!({ "external_id": "a b" }), "/external_id"),
    ] {
        assert_eq!(app.post(RULES, with(more.clone())).await.violations(), [pointer], "{more}");
    }
    let rule = made(&app, json!({})).await;
    let wrong = json!({ "name": 7, "trigger": "keyword", "external_id": "new" });
    assert_eq!(app.put(&path(&rule), wrong).await.violations(), ["/external_id", "/keywords", "/name"]);
    assert_eq!(names(&app, "").await, ["Rule"]);
    let wrong =
        json!({ "channel": "sms", "body": "", "from": "john", "to": "+1", "at": "soon", "borrower_id": "x" });
    let faults = ["/at", "/body", "/borrower_id", "/from", "/to"];
    assert_eq!(app.post(TRY, wrong).await.violations(), faults);
}

#[tokio::test]
async fn words_that_do_not_compile_and_templates_that_cannot_be_used_are_refused() {
    let app = TestApp::start().await;
    for (more, part, line) in [
        (json!({ "reply_text": "Hello\n{{ borrower.first_name" }), "contentText", 2),
        (json!({ "reply_text": "{{ amount | curency }}" }), "contentText", 1),
        (json!({ "channel": "email", "reply_subject": "{% if %}" }), "subjectLine", 1),
    ] {
        let refused = app.post(RULES, with(more)).await.problem(422, "template-does-not-render");
        assert_eq!(
            (&refused["template"]["part"], &refused["template"]["line"]),
            (&json!(part), &json!(line))
        );
    }
    let by = |template: &str| with(json!({ "reply_text": null, "template_id": template }));
    let (text, mail) = (app.template("sms", "hours").await, app.template("email", "hours").await);
    app.post(RULES, by("ext-none")).await.problem(404, "not-found");
    app.post(RULES, by(&mail)).await.problem(409, "channel-mismatch");
    let rule = app.post(RULES, by(&text)).await.expect(201);
    assert_eq!((&rule["template_id"], &rule["reply_text"]), (&json!(text), &Value::Null));
    app.put(&path(&rule), json!({ "channel": "email" })).await.problem(409, "channel-mismatch");
    app.put(&path(&rule), json!({ "reply_text": "{{" })).await.problem(422, "template-does-not-render");

    app.delete(&format!("/api/v1/communication-templates/{text}")).await.expect(204);
    app.post(RULES, by(&text)).await.problem(409, "template-disabled");
    app.put(&path(&rule), json!({ "name": "Other" })).await.problem(409, "template-disabled");
    app.put(&path(&rule), json!({ "enabled": false })).await.expect(200);
    let words = app.put(&path(&rule), json!({ "reply_text": "Hi", "enabled": true })).await.expect(200);
    assert_eq!((&words["template_id"], &words["reply_text"]), (&Value::Null, &json!("Hi")));
}

#[tokio::test]
async fn rules_are_read_by_viewers_changed_by_admins_and_unknown_to_other_tenants() {
    let app = TestApp::start().await;
    let rule = made(&app, json!({ "external_id": "own" })).await;
    for key in ["demo-viewer", "demo-loan-officer"] {
        let caller = app.seen_by(Some(key));
        caller.get(RULES).await.expect(200);
        caller.get(&path(&rule)).await.expect(200);
        caller.post(TRY, json!({ "channel": "sms", "body": "hi" })).await.expect(200);
        caller.post(RULES, with(json!({}))).await.problem(403, "forbidden");
        caller.put(&path(&rule), json!({})).await.problem(403, "forbidden");
        caller.delete(&path(&rule)).await.problem(403, "forbidden");
    }
    let others = app.seen_by(Some("other-admin"));
    assert_eq!(others.get(RULES).await.expect(200)["data"], json!([]));
    for path in [path(&rule), format!("{RULES}/ext-own"), format!("{RULES}/nonsense")] {
        others.get(&path).await.problem(404, "not-found");
        others.put(&path, json!({ "enabled": false })).await.problem(404, "not-found");
        others.delete(&path).await.problem(404, "not-found");
    }
    let tried = others.post(TRY, json!({ "channel": "sms", "body": "hi" })).await.expect(200);
    assert_eq!(tried["matched"], Value::Null);
    let template = app.template("sms", "hours").await;
    let theirs = with(json!({ "reply_text": null, "template_id": template }));
    others.post(RULES, theirs).await.problem(404, "not-found");
    let john = app.get("/people/ext-john").await.expect(200);
    let message = json!({ "channel": "sms", "body": "hi", "borrower_id": john["id"] });
    others.post(TRY, message).await.problem(404, "not-found");
    assert_eq!(app.get(&path(&rule)).await.expect(200), rule);
}

#[tokio::test]
async fn one_idempotency_key_makes_one_rule_and_if_match_changes_only_what_was_seen() {
    let app = TestApp::start().await;
    let once = async |body: &Value| {
        let request = app.request(Method::POST, RULES).header("idempotency-key", "k1");
        answer(request.json(body)).await
    };
    let first = once(&with(json!({}))).await;
    let again = once(&with(json!({}))).await;
    assert_eq!(again.headers["idempotent-replay"], "true");
    let rule = first.expect(201);
    assert_eq!(again.expect(201), rule);
    once(&with(json!({ "name": "Other" }))).await.problem(422, "idempotency-key-reused");
    assert_eq!(names(&app, "").await, ["Rule"]);

    let change = async |method: Method, tag: &str| -> Answer {
        let request = app.request(method, &path(&rule)).header("if-match", tag);
        answer(request.json(&json!({ "priority": 3 }))).await
    };
    change(Method::PUT, "\"7\"").await.problem(412, "precondition-failed");
    let changed = change(Method::PUT, "\"1\"").await;
    assert_eq!(changed.headers["etag"], "\"2\"");
    changed.expect(200);
    change(Method::DELETE, "\"1\"").await.problem(412, "precondition-failed");
    change(Method::DELETE, "\"2\"").await.expect(204);
}

#[tokio::test]
async fn of_rules_made_at_the_same_time_none_is_lost() {
    let app = TestApp::start().await;
    let making = (0..5).map(|n| app.post(RULES, with(json!({ "priority": n }))));
    for answer in join_all(making).await {
        answer.expect(201);
    }
    assert_eq!(names(&app, "").await.len(), 5);
}

#[tokio::test]
async fn a_message_tried_is_answered_by_the_first_rule_that_fits_and_nothing_is_sent() {
    let app = TestApp::start().await;
    let hours = json!({ "officeHours": [{ "days": ["mon"], "from": "09:00", "to": "17:00" }] });
    app.put("/settings", hours).await.expect(200);
    for (name, more) in [
        (
            "closed",
            json!({ "priority": 2, "trigger": "outside_hours", "reply_text": "We are here {{ office_hours }}." }),
        ),
        (
            "payoff",
            json!({ "priority": 1, "trigger": "keyword", "keyword": "pay off", "reply_text": "Hi {{ borrower.first_name if borrower }}" }),
        ),
        (
            "echo",
            json!({ "trigger": "pattern", "pattern": "^echo ", "language": "es", "reply_text": "{{ inbound.from }}: {{ inbound.body }} {{ office_hours }}" }),
        ),
        (
            "mail",
            json!({ "channel": "email", "trigger": "unmonitored_address", "reply_text": "{{ tenant.name }} does not read {{ inbound.subject }}" }),
        ),
        ("any mail", json!({ "channel": "email", "reply_subject": "We have it", "reply_text": "Thanks" })),
    ] {
        let mut rule = with(more);
        rule["name"] = json!(name);
        app.post(RULES, rule).await.expect(201);
    }
    let spanish = "+13125550142: echo hi lunes 9:00 a. m. a 5:00 p. m.";
    for (message, rule, reply) in [
        (
            json!({ "channel": "sms", "body": "PAYOFF!", "borrower_id": "ext-john" }),
            "payoff",
            json!({ "language": "en", "body": "Hi John" }),
        ),
        (
            json!({ "channel": "sms", "body": "pay off" }),
            "payoff",
            json!({ "language": "en", "body": "Hi " }),
        ),
        (json!({ "channel": "sms", "body": "hello" }), "", Value::Null),
        (
            json!({ "channel": "sms", "body": "echo hi", "at": "2026-01-06T15:00:00Z" }),
            "closed",
            json!({ "language": "en", "body": "We are here Monday 9:00 AM to 5:00 PM." }),
        ),
        (
            json!({ "channel": "sms", "body": "echo hi", "from": "+13125550142" }),
            "echo",
            json!({ "language": "es", "body": spanish }),
        ),
        (
            json!({ "channel": "email", "body": "x", "subject": "My loan", "to": "No-Reply@acme.example" }),
            "mail",
            json!({ "language": "en", "subject": "Re: My loan", "body": "Acme Lending does not read My loan" }),
        ),
        (
            json!({ "channel": "email", "body": "x", "to": "service@acme.example" }),
            "any mail",
            json!({ "language": "en", "subject": "We have it", "body": "Thanks" }),
        ),
    ] {
        let tried = tried(&app, message.clone()).await;
        assert_eq!(tried["matched"]["name"].as_str().unwrap_or_default(), rule, "{message}");
        assert_eq!(tried["reply"], reply, "{message}");
        assert!(
            tried["why"].as_str().unwrap().starts_with(if rule.is_empty() { "No " } else { rule }),
            "{tried:#}"
        );
    }
    app.drain().await;
    assert!(app.outbox("text").await.is_empty() && app.outbox("email").await.is_empty());
}

#[tokio::test]
async fn an_answer_by_template_has_its_words_and_one_that_does_not_render_says_so() {
    let app = TestApp::start().await;
    let template = json!({
        "name": "Got it", "template_type": "got_it", "channel": "email", "language": "en",
        "subject": "About {{ inbound.subject }}", "body": "Dear {{ borrower.first_name }}, loan {{ loan.loan_number }}",
    });
    let template = app.post("/api/v1/communication-templates", template).await.expect(201);
    let rule = json!({ "channel": "email", "reply_text": null, "template_id": template["id"] });
    made(&app, rule).await;
    let message = json!({ "channel": "email", "body": "x", "subject": "hours", "borrower_id": "ext-john" });
    let reply = json!({ "language": "en", "subject": "About hours", "body": "Dear John, loan LN-0001" });
    assert_eq!(tried(&app, message).await["reply"], reply);
    let stranger = json!({ "channel": "email", "body": "x" });
    app.post(TRY, stranger.clone()).await.problem(422, "template-does-not-render");
    app.delete(&format!("/api/v1/communication-templates/{}", template["id"].as_str().unwrap()))
        .await
        .expect(204);
    app.advance(31).await;
    app.post(TRY, stranger).await.problem(409, "template-disabled");
}

#[tokio::test]
async fn the_guard_says_whether_the_reply_would_go() {
    let app = TestApp::start().await;
    made(&app, json!({})).await;
    let message =
        |borrower: Option<&str>| json!({ "channel": "sms", "body": "Hello?", "borrower_id": borrower });
    // At night, too: it answers what John just wrote.
    app.set_clock("2026-01-06T05:00:00Z").await;
    assert_eq!(
        tried(&app, message(Some("ext-john"))).await["guard"],
        json!({ "allowed": true, "rule_ids": [], "detail": "" })
    );
    assert_eq!(tried(&app, message(None)).await["guard"], Value::Null);
    app.put("/people/ext-john/do-not-contact", json!({ "reason": "asked by letter" })).await.expect(200);
    let guard = tried(&app, message(Some("ext-john"))).await["guard"].clone();
    assert_eq!((&guard["allowed"], &guard["rule_ids"]), (&json!(false), &json!(["stop.do_not_contact"])));
    assert!(guard["detail"].as_str().unwrap().contains("asked by letter"), "{guard:#}");
    let mut stop = message(Some("ext-john"));
    stop["body"] = json!("STOP");
    let heard = tried(&app, stop).await;
    assert_eq!((&heard["heard"], &heard["guard"]), (&json!("opt_out"), &Value::Null));
}

#[tokio::test]
async fn a_message_is_tried_as_that_of_the_one_who_has_its_sender_s_number() {
    let app = TestApp::start().await;
    let rule = json!({
        "name": "Balance", "channel": "sms", "trigger": "keyword", "keywords": ["balance"],
        "reply_text": "Your balance, {{ borrower.first_name }}, stands in your account.",
    });
    app.post(RULES, rule).await.expect(201);
    let tried = |from: &str| json!({ "channel": "sms", "body": "balance", "from": from });
    let answer = app.post(TRY, tried("+13125550101")).await.expect(200);
    assert_eq!(answer["reply"]["body"], "Your balance, John, stands in your account.");
    assert_eq!(answer["guard"]["allowed"], true);
    app.post(TRY, tried("+13125550188")).await.problem(422, "template-does-not-render");
}
