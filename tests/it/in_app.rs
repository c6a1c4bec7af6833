//! Notices inside the lender's application: kept, shown, counted and read.

use domain::{
    id::{self, Id},
    interaction::Claim,
};
use postrider_tests::{TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

async fn template(app: &TestApp, template_type: &str) -> String {
    let body = json!({
        "name": template_type, "template_type": template_type, "channel": "in_app", "subject": "About {{ borrower.first_name }}",
        "body": format!("Hello {{{{ borrower.first_name }}}}, {template_type}"),
    });
    app.post("/api/v1/communication-templates", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

/// A notice of a type of its own, as often as wanted within the day.
async fn kept(app: &TestApp, template_type: &str) -> String {
    let id = app.sent(&template(app, template_type).await, "ext-john").await;
    app.drain().await;
    id
}

async fn inbox(app: &TestApp, query: &str) -> Value {
    app.get(&format!("/in-app/ext-john{query}")).await.expect(200)
}

fn ids(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|notice| notice["id"].as_str().unwrap()).collect()
}

async fn read(app: &TestApp, id: &str) -> Value {
    app.post(&format!("/in-app/ext-john/{id}/read"), json!({})).await.expect(200)["data"].clone()
}

#[tokio::test]
async fn a_notice_is_shown_once_its_dispatcher_kept_it_and_counts_until_it_is_read() {
    let app = TestApp::start().await;
    let id = app.sent(&template(&app, "statement_ready").await, "ext-john").await;
    assert_eq!(inbox(&app, "").await["count"], 0, "it waits for its dispatcher");
    app.drain().await;
    assert_eq!(app.log(&id).await["status"], "sent");

    let page = inbox(&app, "").await;
    assert_eq!((&page["status"], &page["count"], &page["unreadCount"]), (&json!(200), &json!(1), &json!(1)));
    let notice = &page["data"][0];
    for (member, value) in [
        ("id", json!(id)),
        ("title", json!("About John")),
        ("text", json!("Hello John, statement_ready")),
        ("subject", json!("statementReady")),
        ("isRead", json!(false)),
        ("readAt", json!(null)),
    ] {
        assert_eq!(notice[member], value, "{member}: {notice:#}");
    }
    for (member, second) in [("at", "2026-01-05T15:00:"), ("expiresAt", "2026-02-04T15:00:")] {
        assert!(notice[member].as_str().unwrap().starts_with(second), "{member}: {notice:#}");
    }

    app.advance(60).await;
    let officer = app.seen_by(Some("demo-loan-officer"));
    let told = officer.post(&format!("/in-app/ext-john/{id}/read"), json!({})).await.expect(200);
    assert_eq!(told["data"]["isRead"], true);
    assert!(told["data"]["readAt"].as_str().unwrap().starts_with("2026-01-05T15:01:"), "{told:#}");
    assert_eq!(app.log(&id).await["status"], "delivered");
    let interaction = app.get(&format!("/interactions/{id}")).await.expect(200);
    assert_eq!(interaction["data"]["status"], "succeeded");

    let page = inbox(&app, "").await;
    assert_eq!((&page["count"], &page["unreadCount"]), (&json!(1), &json!(0)));
    assert_eq!(inbox(&app, "?unread=true").await["count"], 0);
    let shown = app.outbox("in_app").await;
    assert_eq!((shown.len(), &shown[0]["subject"]), (1, &json!("About John")));
}

#[tokio::test]
async fn a_person_is_named_by_any_of_their_ids_and_found_by_no_other_tenant() {
    let app = TestApp::start().await;
    const UUID: &str = "660e8400-e29b-41d4-a716-446655440000";
    app.put(&format!("/people/{UUID}"), json!({ "firstName": "Una" })).await.expect(201);
    let notice = template(&app, "welcome").await;
    let id = app.sent(&notice, UUID).await;
    app.drain().await;
    let una = app.get(&format!("/people/{UUID}")).await.expect(200)["id"].as_str().unwrap().to_owned();
    for named in [UUID, &format!("ext-{UUID}"), &una] {
        assert_eq!(ids(&app.get(&format!("/in-app/{named}")).await.expect(200)), [&id], "{named}");
    }
    kept(&app, "another").await;
    assert_eq!(app.get("/in-app/john").await.expect(200)["count"], 1, "a bare id of the lender's");

    let other = app.seen_by(Some("other-admin"));
    for path in [format!("/in-app/{una}"), "/in-app/nobody".into()] {
        other.get(&path).await.problem(404, "not-found");
        other.post(&format!("{path}/read-all"), json!({})).await.problem(404, "not-found");
    }
    other.post(&format!("/in-app/{una}/{id}/read"), json!({})).await.problem(404, "not-found");
    app.get("/in-app/nobody").await.problem(404, "not-found");
}

#[tokio::test]
async fn only_the_persons_own_notices_can_be_read_and_only_by_those_who_may() {
    let app = TestApp::start().await;
    let id = kept(&app, "statement_ready").await;
    let text = app.sent(&app.template("sms", "hello").await, "ext-john").await;
    app.drain().await;
    for path in [
        format!("/in-app/ext-maria/{id}/read"),
        format!("/in-app/ext-john/{text}/read"),
        "/in-app/ext-john/IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H/read".into(),
        "/in-app/ext-john/nothing/read".into(),
    ] {
        app.post(&path, json!({})).await.problem(404, "not-found");
    }
    let viewer = app.seen_by(Some("demo-viewer"));
    viewer.get("/in-app/ext-john").await.expect(200);
    for path in [format!("/in-app/ext-john/{id}/read"), "/in-app/ext-john/read-all".into()] {
        viewer.post(&path, json!({})).await.problem(403, "forbidden");
    }
    app.seen_by(None).get("/in-app/ext-john").await.problem(401, "unauthenticated");
    for (query, pointer) in [
        (format!("?startingAfter={text}"), "?startingAfter"),
        ("?limit=0".into(), "?limit"),
        ("?unread=perhaps".into(), "?unread"),
        ("?cursor=x".into(), "?cursor"),
    ] {
        assert_eq!(app.get(&format!("/in-app/ext-john{query}")).await.violations(), [pointer]);
    }
}

#[tokio::test]
async fn pages_are_by_when_notices_appeared_whoever_read_which_in_between() {
    let app = TestApp::start().await;
    let mut kept_ids = Vec::new();
    for n in 0..6 {
        app.advance(60).await;
        kept_ids.insert(0, kept(&app, &format!("news_{n}")).await);
    }
    read(&app, &kept_ids[1]).await;
    read(&app, &kept_ids[4]).await;
    assert_eq!(ids(&inbox(&app, "").await), kept_ids);
    let mut found: Vec<String> = Vec::new();
    loop {
        let after = found.last().map(|id| format!("&startingAfter={id}")).unwrap_or_default();
        let page = inbox(&app, &format!("?limit=2{after}")).await;
        assert_eq!(page["unreadCount"], 4);
        found.extend(ids(&page).into_iter().map(str::to_owned));
        if page["count"] == 0 {
            break;
        }
    }
    assert_eq!(found, kept_ids);
    let before = |id: &str| format!("?limit=2&endingBefore={id}");
    assert_eq!(ids(&inbox(&app, &before(&kept_ids[3])).await), kept_ids[1..3]);
    assert_eq!(ids(&inbox(&app, &before(&kept_ids[1])).await), kept_ids[..1]);
    let unread = [0, 2, 3, 5].map(|at| kept_ids[at].as_str());
    assert_eq!(ids(&inbox(&app, "?unread=true").await), unread);
    let page = inbox(&app, &format!("?unread=true&limit=2&startingAfter={}", kept_ids[1])).await;
    assert_eq!((ids(&page), &page["unreadCount"]), (unread[1..3].to_vec(), &json!(4)));
}

#[tokio::test]
async fn what_is_scheduled_appears_when_it_leaves() {
    let app = TestApp::start().await;
    let later = template(&app, "later").await;
    let body = json!({ "template_id": later, "borrower_id": "ext-john", "send_at": "2026-01-06T15:00:00Z" });
    let scheduled = app.post("/api/v1/communications/send", body).await.expect(202);
    let now = kept(&app, "now").await;
    assert_eq!(ids(&inbox(&app, "").await), [&now]);
    app.set_clock("2026-01-06T15:00:30Z").await;
    app.sweep().await;
    let scheduled = scheduled["communication_id"].as_str().unwrap();
    assert_eq!(ids(&inbox(&app, "").await), [scheduled, &now]);
}

#[tokio::test]
async fn read_again_and_by_many_at_once_it_was_read_once() {
    let app = TestApp::start().await;
    let (first, second) = (kept(&app, "first").await, kept(&app, "second").await);
    let path = format!("/in-app/ext-john/{first}/read");
    let all = futures::join!(
        app.post(&path, json!({})),
        app.post(&path, json!({})),
        app.post("/in-app/ext-john/read-all", json!({})),
        app.post("/in-app/ext-john/read-all", json!({})),
    );
    let told = [all.0.expect(200), all.1.expect(200)];
    assert_eq!(told[0]["data"], told[1]["data"]);
    let together: u64 = [all.2.expect(200), all.3.expect(200)]
        .iter()
        .map(|told| told["data"]["read"].as_u64().unwrap())
        .sum();
    assert!((1..=2).contains(&together), "each was read by one of them: {together}");
    for id in [&first, &second] {
        let timeline = app.log(id).await["timeline"].clone();
        let read = timeline.as_array().unwrap().iter().filter(|moment| moment["what"] == "delivered");
        assert_eq!(read.count(), 1, "{timeline:#}");
    }
    let before = app.log(&first).await;
    app.advance(3600).await;
    read(&app, &first).await;
    assert_eq!(app.log(&first).await, before);
    assert_eq!(inbox(&app, "").await["unreadCount"], 0);
}

#[tokio::test]
async fn a_long_notice_is_shown_whole_and_a_repeated_call_is_answered_the_same() {
    let app = TestApp::start().await;
    let text = "All about your loan. ".repeat(600);
    let body = json!({ "name": "long", "template_type": "long", "channel": "in_app", "body": text });
    let long = app.post("/api/v1/communication-templates", body).await.expect(201);
    let id = app.sent(long["id"].as_str().unwrap(), "ext-john").await;
    app.drain().await;
    let shown = inbox(&app, "").await["data"][0].clone();
    assert_eq!((&shown["text"], &shown["title"]), (&json!(text), &json!(null)));
    for path in [format!("/in-app/ext-john/{id}/read"), "/in-app/ext-john/read-all".into()] {
        let call =
            || answer(app.request(Method::POST, &path).header("idempotency-key", &path).json(&json!({})));
        let (first, again) = (call().await, call().await);
        assert_eq!(again.headers["idempotent-replay"], "true", "{path}");
        assert_eq!(first.expect(200), again.expect(200));
    }
}

#[tokio::test]
async fn all_are_read_at_once_however_many() {
    let app = TestApp::start().await;
    for n in 0..27 {
        app.sent(&template(&app, &format!("news_{n}")).await, "ext-john").await;
    }
    app.drain().await;
    assert_eq!(inbox(&app, "?limit=1").await["unreadCount"], 27);
    let told = app.post("/in-app/ext-john/read-all", json!({})).await.expect(200);
    assert_eq!(told["data"], json!({ "read": 27, "unreadCount": 0 }));
    let told = app.post("/in-app/ext-john/read-all", json!({})).await.expect(200);
    assert_eq!(told["data"], json!({ "read": 0, "unreadCount": 0 }));
    assert_eq!(inbox(&app, "?unread=true").await["count"], 0);
}

#[tokio::test]
async fn what_expired_is_neither_shown_nor_counted_and_stays_attempted() {
    let app = TestApp::start().await;
    let (old, read_once) = (kept(&app, "old").await, kept(&app, "read_once").await);
    read(&app, &read_once).await;
    app.set_clock("2026-02-04T14:59:00Z").await;
    assert_eq!(inbox(&app, "").await["count"], 2, "30 days are not over");
    let young = kept(&app, "young").await;
    app.set_clock("2026-02-04T15:00:01Z").await;
    let page = inbox(&app, "").await;
    assert_eq!((ids(&page), &page["unreadCount"]), (vec![young.as_str()], &json!(1)));
    assert_eq!(
        app.get(&format!("/in-app/ext-john?startingAfter={old}")).await.violations(),
        ["?startingAfter"]
    );
    assert_eq!(app.log(&old).await["status"], "sent");
    let told = app.post("/in-app/ext-john/read-all", json!({})).await.expect(200);
    assert_eq!(told["data"]["read"], 1);
    assert_eq!(app.log(&old).await["status"], "sent", "nobody saw it");
    // An application may tell late of what it showed in time.
    read(&app, &old).await;
    assert_eq!(app.log(&old).await["status"], "delivered");
}

#[tokio::test]
async fn what_a_sensitive_notice_says_is_kept_from_viewers() {
    let app = TestApp::start().await;
    let notice = template(&app, "secret").await;
    app.put(&format!("/communicator/templatedescriptors/{notice}"), json!({ "sensitive": true }))
        .await
        .expect(200);
    app.sent(&notice, "ext-john").await;
    app.drain().await;
    let shown = app.seen_by(Some("demo-viewer")).get("/in-app/ext-john").await.expect(200)["data"][0].clone();
    assert_eq!(
        (&shown["sensitive"], &shown["title"], &shown["text"]),
        (&json!(true), &json!(null), &json!(null))
    );
    assert_eq!(inbox(&app, "").await["data"][0]["text"], "Hello John, secret");
}

#[tokio::test]
async fn the_guard_holds_for_notices_as_for_all_that_is_sent() {
    let app = TestApp::start().await;
    app.set_clock("2026-01-05T08:00:00Z").await;
    let times = json!({ "contactTimes": { "convenient": [{ "from": "10:00", "to": "11:00" }] } });
    app.put("/people/ext-john", times).await.expect(200);
    let text = app.template("sms", "at_night").await;
    let scheduled = app.send(&text, "ext-john").await.expect(202);
    assert_eq!(scheduled["status"], "scheduled", "it is night: {scheduled:#}");
    let notice = template(&app, "at_night_too").await;
    assert_eq!(app.send(&notice, "ext-john").await.expect(202)["status"], "scheduled");

    app.put("/people/ext-john/communication-preference", json!({ "optedOut": ["in_app"] })).await.expect(200);
    let problem =
        app.send(&template(&app, "unwanted").await, "ext-john").await.problem(409, "channel-opted-out");
    assert_eq!(problem["reasons"][0]["code"], "channel_opted_out");
    app.advance(24 * 3_600).await;
    app.sweep().await;
    assert_eq!(inbox(&app, "").await["count"], 0, "called off: the person opted out before it was kept");
}

#[tokio::test]
async fn a_notice_kept_twice_or_by_a_second_dispatcher_is_one_notice() {
    let app = TestApp::start().await;
    let twice = app.sent(&template(&app, "twice").await, "ext-john").await;
    app.drain_repeating().await;
    assert_eq!(ids(&inbox(&app, "").await), [&twice]);

    let id = app.sent(&template(&app, "crash").await, "ext-john").await;
    let (store, tenant) = (&app.system.app().store, "demo".parse().unwrap());
    let mut message = store.interaction(&tenant, &id.parse::<Id<id::Interaction>>().unwrap()).await.unwrap();
    assert_eq!(message.claim(app.system.app().now()), Claim::Taken);
    assert!(store.save_interaction(&mut message).await.unwrap());
    app.drain().await;
    assert_eq!(inbox(&app, "").await["count"], 1, "who vanished kept nothing");
    app.advance(120).await;
    app.sweep().await;
    assert_eq!(ids(&inbox(&app, "").await), [&id, &twice]);
    assert_eq!(app.outbox("gui").await.len(), 2);
}

#[tokio::test]
async fn notices_go_out_by_batch_and_by_what_the_borrower_likes_best() {
    let app = TestApp::start().await;
    let batch =
        json!({ "template_id": template(&app, "for_all").await, "borrower_ids": ["ext-john", "ext-maria"] });
    app.post("/api/v1/communications/send-batch", batch).await.expect(202);
    app.drain().await;
    for person in ["john", "maria"] {
        let page = app.get(&format!("/in-app/{person}?unread=true")).await.expect(200);
        assert_eq!((&page["count"], &page["unreadCount"]), (&json!(1), &json!(1)), "{person}");
    }

    let likes = json!({ "optedOut": [], "preferred": "gui" });
    app.put("/people/ext-john/communication-preference", likes).await.expect(200);
    for channel in ["email", "in_app"] {
        let body = json!({
            "name": channel, "template_type": "good_news", "channel": channel, "subject": "News", "body": "Good news",
        });
        app.post("/api/v1/communication-templates", body).await.expect(201);
    }
    let send = json!({ "subject": "good_news", "personId": "ext-john", "theme": "opsServicing" });
    let accepted = app.post("/communicator/send", send).await.expect(202);
    assert_eq!(accepted["data"]["channel"], "gui", "{accepted:#}");
}

#[tokio::test]
async fn dispatch_shows_a_notice_at_once() {
    let app = TestApp::start().await;
    let body = json!({ "subject": "Welcome", "body": "Good to have you", "isHtml": false, "channels": ["InApp"], "userId": "john" });
    let told = app.post("/api/v1/communications/send", body).await.expect(200);
    assert_eq!(told["results"], json!([{ "channel": "InApp", "success": true, "error": null }]));
    let page = inbox(&app, "").await;
    let notice = &page["data"][0];
    assert_eq!(
        (&notice["title"], &notice["text"]),
        (&json!("Welcome"), &json!("Good to have you")),
        "{page:#}"
    );
    assert_eq!(app.outbox("gui").await[0]["subject"], "Welcome");
}

#[tokio::test]
async fn of_an_erased_person_nothing_is_shown() {
    let app = TestApp::start().await;
    let id = kept(&app, "before").await;
    app.delete("/people/ext-john").await;
    app.get("/in-app/ext-john").await.problem(404, "not-found");
    app.post(&format!("/in-app/ext-john/{id}/read"), json!({})).await.problem(404, "not-found");
    app.advance(600).await;
    app.sweep().await;
    let tenant = "demo".parse().unwrap();
    let id: Id<id::Interaction> = id.parse().unwrap();
    let left = app.system.app().store.interaction(&tenant, &id).await.unwrap();
    assert_eq!((left.erased_at.is_some(), left.notice()), (true, None));
}
