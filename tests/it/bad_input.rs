//! What callers get wrong: every fault is named by its place, and nothing partial is stored.

use postrider_tests::{TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

/// What is no UTF-8 once it is decoded names nothing, and is answered as everything unknown.
#[tokio::test]
async fn a_path_that_cannot_be_read_is_a_path_that_is_not_there() {
    let app = TestApp::start().await;
    for path in ["/people/ext-%ff", "/tasks/%ff", "/people/ext-%C0%AF"] {
        app.get(path).await.problem(404, "not-found");
    }
    let answer = app.get("/people/ext-john").await;
    assert_eq!(
        answer.headers["cache-control"], "no-store",
        "what is known of a person is kept nowhere between"
    );
}

#[tokio::test]
async fn every_faulty_field_is_named() {
    let app = TestApp::start().await;
    let send = "/api/v1/communications/send";
    let template = "/api/v1/communication-templates";
    let can_interact = "/api/v1/communications/can-interact";
    let cases: Vec<(&str, Value, Vec<&str>)> = vec![
        (send, json!({}), vec!["/borrower_id", "/template_id"]),
        (send, json!([]), vec![""]),
        (send, json!({ "template_id": 7, "borrower_id": "ext-john" }), vec!["/template_id"]),
        (send, json!({ "template_id": "nonsense", "borrower_id": "ext-john" }), vec!["/template_id"]),
        (
            send,
            json!({ "template_id": "ext-a", "borrower_id": "ext-john", "chanel": "email", "colour": 1 }),
            vec!["/chanel", "/colour"],
        ),
        (
            send,
            json!({ "template_id": "ext-a", "borrower_id": "ext-john", "channel": "pigeon" }),
            vec!["/channel"],
        ),
        (
            send,
            json!({ "template_id": "ext-a", "borrower_id": "ext-john", "send_jitter": 86401 }),
            vec!["/send_jitter"],
        ),
        (
            send,
            json!({ "template_id": "ext-a", "borrower_id": "ext-john", "send_jitter": -1 }),
            vec!["/send_jitter"],
        ),
        (
            send,
            json!({ "template_id": "ext-a", "borrower_id": "ext-john", "send_at": "2026-01-12T15:00:01Z" }),
            vec!["/send_at"],
        ),
        (
            send,
            json!({ "template_id": "ext-a", "borrower_id": "ext-john", "send_at": "tomorrow" }),
            vec!["/send_at"],
        ),
        (send, json!({ "template_id": "ext-a", "borrower_id": "ext-john", "context": [] }), vec!["/context"]),
        (can_interact, json!({ "borrower_id": "ext-john" }), vec!["/channel"]),
        (
            template,
            json!({ "name": "x", "template_type": "Not A Name", "channel": "email", "body": "x" }),
            vec!["/template_type"],
        ),
        (
            template,
            json!({ "name": " ", "template_type": "a", "channel": "email", "body": "", "language": "english" }),
            vec!["/body", "/language", "/name", "/subject"],
        ),
        (
            "/api/v1/communications/send-batch",
            json!({ "template_id": "ext-payment-reminder", "borrower_ids": [] }),
            vec!["/borrower_ids"],
        ),
        (
            "/api/v1/communications/send-batch",
            json!({ "template_id": "ext-payment-reminder" }),
            vec!["/borrower_ids"],
        ),
        (
            "/api/v1/communications/send-batch",
            json!({ "template_id": "ext-payment-reminder", "borrower_ids_s3_key": "other/batches/x" }),
            vec!["/borrower_ids_s3_key"],
        ),
    ];
    for (path, body, expected) in cases {
        let told = app.post(path, body.clone()).await;
        assert_eq!(told.violations(), expected, "{path} {body}");
    }
}

/// Bodies are held to it too: `http::body`.
#[tokio::test]
async fn an_instant_in_a_query_is_one_of_rfc_3339() {
    let app = TestApp::start().await;
    for (path, name) in [("/api/v1/communication-logs", "from"), ("/people", "updatedSince")] {
        for at in ["2026-01-01T00:00:00%2B24:00", "2026-01-01T00:00:00Z[UTC]", "-000001-01-01T00:00:00Z"] {
            let refused = app.get(&format!("{path}?{name}={at}")).await.problem(400, "invalid-request");
            let fault = &refused["violations"][0];
            assert_eq!(fault["pointer"], format!("?{name}"), "{at}");
            let words = fault["message"].as_str().unwrap();
            assert!(words.starts_with("must be a time such as 2026-01-15T15:00:00Z; "), "{words}");
        }
        app.get(&format!("{path}?{name}=2026-01-01T00:00:00.5-23:59")).await.expect(200);
    }
}

#[tokio::test]
async fn bodies_that_are_not_json_are_refused_by_kind() {
    let app = TestApp::start().await;
    let post = || app.request(Method::POST, "/api/v1/communications/send");
    let json_type = ("content-type", "application/json");
    answer(post().header(json_type.0, json_type.1).body("{")).await.problem(400, "invalid-request");
    answer(post().header(json_type.0, json_type.1).body("")).await.problem(400, "invalid-request");
    answer(post().header("content-type", "text/plain").body("{}"))
        .await
        .problem(415, "unsupported-media-type");
    answer(post().body("{}")).await.problem(415, "unsupported-media-type");
    let huge = format!(r#"{{"template_id": "{}"}}"#, "x".repeat(1024 * 1024));
    answer(post().header(json_type.0, json_type.1).body(huge)).await.problem(413, "body-too-large");
    let deep = "[".repeat(100_000);
    answer(post().header(json_type.0, json_type.1).body(deep)).await.problem(400, "invalid-request");
}

#[tokio::test]
async fn json_is_taken_as_it_was_meant_or_not_at_all() {
    let app = TestApp::start().await;
    let put = |body: &'static str| {
        let request = app.request(Method::PUT, "/people/ext-pat").header("content-type", "application/json");
        answer(request.body(body))
    };
    for (body, pointers) in [
        (r#"{"firstName": "P", "doNotContact": [null, null]}"#, vec!["/doNotContact"]),
        (
            r#"{"contacts": [{"contactType": "address", "address": ["1 Main St", "Apt 2", "Chicago", "IL", "60606", "US"]}]}"#,
            vec!["/contacts/0/address"],
        ),
        (
            r#"{"contacts": [["email", "p@example.com"], {"contactType": 1}], "firstName": 2}"#,
            vec!["/contacts/0", "/contacts/1/contactType", "/firstName"],
        ),
        (r#"{"firstName": "P", "lastName": "C", "firstName": "Q"}"#, vec!["/firstName"]),
        (r#"{"attributes": {"a": [{"b": 1, "b": 2}]}}"#, vec!["/attributes/a/0/b"]),
    ] {
        let mut told = put(body).await.violations();
        told.sort();
        assert_eq!(told, pointers, "{body}");
    }
    app.get("/people/ext-pat").await.problem(404, "not-found");

    let template = app.template("email", "welcome").await;
    let deep = (0..20).fold(json!(1), |inner, _| json!([inner]));
    let batch = json!({ "template_id": template, "borrower_ids": ["ext-john"], "context": { "deep": deep } });
    assert_eq!(app.post("/api/v1/communications/send-batch", batch).await.violations(), ["/context"]);
}

#[tokio::test]
async fn a_cursor_that_we_did_not_give_is_told_so() {
    let app = TestApp::start().await;
    for name in ["one", "two", "three"] {
        app.post("/api-keys", json!({ "name": name, "role": "viewer" })).await.expect(201);
        app.template("email", name).await;
    }
    for path in ["/api-keys", "/api/v1/communication-templates"] {
        let page = app.get(&format!("{path}?limit=1")).await.expect(200);
        let cursor = page["next_cursor"].as_str().or(page["nextCursor"].as_str()).unwrap().to_owned();
        assert_eq!(app.get(&format!("{path}?limit=1&cursor={cursor}")).await.status, 200);
        let shown = data_encoding::BASE64URL_NOPAD.decode(cursor.as_bytes()).unwrap();
        let mut place: Value = serde_json::from_slice(&shown).unwrap();
        assert!(!place.to_string().contains("APIKEY"), "{place}");
        place["place"] = json!("2026-01-05T15:00:00.000Z#AK-1");
        let moved = data_encoding::BASE64URL_NOPAD.encode(place.to_string().as_bytes());
        let listed: Vec<&Value> = place.as_object().unwrap().values().collect();
        let listed = data_encoding::BASE64URL_NOPAD.encode(json!(listed).to_string().as_bytes());
        let backwards: String = cursor.chars().rev().collect();
        for forged in [
            &cursor[..cursor.len() - 8],
            &cursor[..cursor.len() / 2],
            &backwards,
            "AAAA",
            "bnVsbA",
            &moved,
            &listed,
        ] {
            assert_eq!(app.get(&format!("{path}?limit=1&cursor={forged}")).await.violations(), ["?cursor"]);
        }
    }
}

#[tokio::test]
async fn a_query_parameter_is_given_once() {
    let app = TestApp::start().await;
    for query in ["limit=x&limit=5", "limit=5&limit=5", "limit=5&l%69mit=6"] {
        assert_eq!(app.get(&format!("/people?{query}")).await.violations(), ["?limit"], "{query}");
    }
    let missing = app.delete("/compliance/rules/US-REGF-TIME").await.problem(400, "invalid-request");
    assert_eq!(missing["violations"][0]["message"], "must be given: why, for the record");
}

#[tokio::test]
async fn unknown_things_are_404_and_wrong_combinations_409() {
    let app = TestApp::start().await;
    let email = app.template("email", "welcome").await;
    let send = |body: Value| app.post("/api/v1/communications/send", body);
    send(json!({ "template_id": "ext-none", "borrower_id": "ext-john" })).await.problem(404, "not-found");
    send(json!({ "template_id": email, "borrower_id": "ext-nobody" })).await.problem(404, "not-found");
    send(json!({ "template_id": email, "borrower_id": "ext-john", "channel": "sms" }))
        .await
        .problem(409, "channel-mismatch");
    send(json!({ "template_id": email, "borrower_id": "ext-john", "loan_id": "ext-not-his" }))
        .await
        .problem(409, "loan-not-of-person");
    send(json!({ "template_id": email, "borrower_id": "ext-john", "contact_id": "ext-not-his" }))
        .await
        .problem(409, "contact-not-of-person");
    assert_eq!(
        app.get("/api/v1/communication-logs").await.expect(200)["data"],
        json!([]),
        "nothing was stored"
    );
}

#[tokio::test]
async fn a_channel_that_is_not_sent_or_has_no_sender_is_refused_before_anything_is_accepted() {
    let app = TestApp::start().await;
    let other = app.seen_by(Some("other-admin"));
    let text = json!({ "name": "text", "template_type": "text", "channel": "sms", "body": "Hello" });
    let text = other.post("/api/v1/communication-templates", text).await.expect(201);
    let batch = json!({ "template_id": text["id"], "borrower_ids": ["ext-anybody"] });
    let refused = other.post("/api/v1/communications/send-batch", batch).await;
    let refused = refused.problem(409, "channel-not-configured");
    assert!(refused["detail"].as_str().unwrap().contains("Other Bank has no sender"), "{refused:#}");

    app.drain().await;
    assert_eq!(app.get("/api/v1/communication-logs").await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn a_template_that_fails_on_this_borrower_stores_nothing() {
    let app = TestApp::start().await;
    let template = json!({
        "name": "strict", "template_type": "strict", "channel": "email", "subject": "Hi", "body": "Hi {{ missing.thing }}",
    });
    let template = app.post("/api/v1/communication-templates", template).await.expect(201);
    let send = json!({ "template_id": template["id"], "borrower_id": "ext-john", "strict_undefined": true });
    let problem =
        app.post("/api/v1/communications/send", send).await.problem(422, "template-does-not-render");
    assert_eq!(problem["template"]["part"], "contentText");
    assert_eq!(app.get("/api/v1/communication-logs").await.expect(200)["data"], json!([]));
    let strict = json!({ "template_id": template["id"], "borrower_id": "ext-john" });
    app.post("/api/v1/communications/preview", strict).await.problem(422, "template-does-not-render");
}
