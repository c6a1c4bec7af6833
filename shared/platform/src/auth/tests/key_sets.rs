//! When an issuer's keys are fetched, and which of them count.

use std::time::Duration;

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::json;

use super::{signing::IssuerKey, *};

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// The outcome in one word or the refusal's text.
async fn at(time: Timestamp, token: &str, known: &Known, key_sets: &KeySets) -> String {
    let draft = headers(&[("authorization", &format!("Bearer {token}"))]);
    match authenticate(&draft, time, known, key_sets).await {
        Ok(_) => "ok".into(),
        Err(refusal) => refusal.to_string(),
    }
}

#[tokio::test]
async fn a_key_set_is_fetched_once_in_ten_minutes() {
    let key = IssuerKey::ec("one");
    let server = KeyServer::publishing(&[&key]).await;
    let (known, key_sets) = (Known::trusting_keys_of(&server), key_sets());
    let token = UnsignedToken::default().signed_by(&key);
    for (seconds, asked) in [(0, 1), (1, 1), (599, 1), (600, 2), (1199, 2), (1200, 3)] {
        assert_eq!(at(later(seconds), &token, &known, &key_sets).await, "ok");
        assert_eq!(server.asked(), asked, "after {seconds} s");
    }
}

#[tokio::test]
async fn a_withdrawn_key_stops_working_within_ten_minutes() {
    let (old, new) = (IssuerKey::ec("old"), IssuerKey::ec("new"));
    let server = KeyServer::publishing(&[&old]).await;
    let (known, key_sets) = (Known::trusting_keys_of(&server), key_sets());
    let token = UnsignedToken::default().signed_by(&old);
    assert_eq!(at(now(), &token, &known, &key_sets).await, "ok");
    server.publish(&[&new]);
    assert_eq!(at(later(599), &token, &known, &key_sets).await, "ok");
    assert_eq!(
        at(later(600), &token, &known, &key_sets).await,
        r#"the issuer's key set has no key Some("old")"#
    );
}

#[tokio::test]
async fn a_new_key_is_found_when_its_first_token_comes() {
    let (old, new) = (IssuerKey::ec("old"), IssuerKey::rsa("new"));
    let server = KeyServer::publishing(&[&old]).await;
    let (known, key_sets) = (Known::trusting_keys_of(&server), key_sets());
    assert_eq!(at(now(), &UnsignedToken::default().signed_by(&old), &known, &key_sets).await, "ok");

    server.publish(&[&old, &new]);
    assert_eq!(at(later(61), &UnsignedToken::default().signed_by(&new), &known, &key_sets).await, "ok");
    assert_eq!(at(later(62), &UnsignedToken::default().signed_by(&old), &known, &key_sets).await, "ok");
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn invented_key_ids_cause_one_fetch_a_minute() {
    let key = IssuerKey::ec("real");
    let server = KeyServer::publishing(&[&key]).await;
    let (known, key_sets) = (Known::trusting_keys_of(&server), key_sets());
    for (seconds, asked) in [(0, 1), (1, 1), (59, 1), (60, 2), (61, 2), (119, 2), (120, 3)] {
        let invented = UnsignedToken::default().signed_by(&IssuerKey::ec(&format!("invented-{seconds}")));
        let reason = at(later(seconds), &invented, &known, &key_sets).await;
        assert!(reason.starts_with("the issuer's key set has no key"), "{reason}");
        assert_eq!(server.asked(), asked, "after {seconds} s");
    }
}

#[tokio::test]
async fn an_issuer_that_fails_is_asked_again_after_five_seconds() {
    let key = IssuerKey::ec("one");
    let server = KeyServer::publishing(&[&key]).await;
    let (known, key_sets) = (Known::trusting_keys_of(&server), key_sets());
    let token = UnsignedToken::default().signed_by(&key);
    server.answer_with(StatusCode::BAD_GATEWAY, "");
    for (seconds, asked) in [(0, 1), (4, 1), (5, 2)] {
        let reason = at(later(seconds), &token, &known, &key_sets).await;
        assert!(
            reason.starts_with("unavailable: key set") && reason.contains("status 502 Bad Gateway"),
            "{reason}"
        );
        assert_eq!(server.asked(), asked, "after {seconds} s");
    }
    server.publish(&[&key]);
    assert_eq!(at(later(10), &token, &known, &key_sets).await, "ok");
}

#[tokio::test]
async fn known_keys_outlast_an_issuer_that_fails() {
    let key = IssuerKey::ec("one");
    let server = KeyServer::publishing(&[&key]).await;
    let (known, key_sets) = (Known::trusting_keys_of(&server), key_sets());
    let token = UnsignedToken::default().signed_by(&key);
    assert_eq!(at(now(), &token, &known, &key_sets).await, "ok");

    server.answer_with(StatusCode::INTERNAL_SERVER_ERROR, "");
    let invented = UnsignedToken::default().signed_by(&IssuerKey::ec("invented"));
    assert!(at(later(60), &invented, &known, &key_sets).await.starts_with("unavailable"));
    assert_eq!(at(later(61), &token, &known, &key_sets).await, "ok");
    assert!(
        at(later(600), &token, &known, &key_sets).await.starts_with("unavailable"),
        "not beyond their time"
    );
}

#[tokio::test]
async fn a_clock_set_back_makes_a_key_set_old() {
    let key = IssuerKey::ec("one");
    let server = KeyServer::publishing(&[&key]).await;
    let (known, key_sets) = (Known::trusting_keys_of(&server), key_sets());
    let token = UnsignedToken::default().with("nbf", json!(0)).signed_by(&key);
    assert_eq!(at(later(60), &token, &known, &key_sets).await, "ok");
    assert_eq!(at(later(0), &token, &known, &key_sets).await, "ok");
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn parallel_requests_share_one_fetch() {
    let key = IssuerKey::ec("one");
    let server = KeyServer::publishing(&[&key]).await;
    let (known, key_sets) = (Known::trusting_keys_of(&server), key_sets());
    let token = UnsignedToken::default().signed_by(&key);
    let (a, b, c) = tokio::join!(
        at(now(), &token, &known, &key_sets),
        at(now(), &token, &known, &key_sets),
        at(now(), &token, &known, &key_sets),
    );
    assert_eq!([a, b, c], ["ok", "ok", "ok"]);
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn answers_that_are_no_key_set_make_the_issuer_unavailable() {
    let key = IssuerKey::ec("one");
    let token = UnsignedToken::default().signed_by(&key);
    for (status, body) in [
        (StatusCode::OK, "<html>".to_owned()),
        (StatusCode::OK, "{}".to_owned()),
        (StatusCode::OK, r#"{"keys": {}}"#.to_owned()),
        (StatusCode::OK, json!({"keys": [key.jwk()], "padding": "x".repeat(256 * 1024)}).to_string()),
        (StatusCode::NOT_FOUND, json!({"keys": [key.jwk()]}).to_string()),
        (StatusCode::FOUND, json!({"keys": [key.jwk()]}).to_string()),
    ] {
        let server = KeyServer::publishing(&[]).await;
        server.answer_with(status, body.clone());
        let reason = at(now(), &token, &Known::trusting_keys_of(&server), &key_sets()).await;
        assert!(reason.starts_with("unavailable: key set"), "{status} {:.40}: {reason}", body);
    }
}

#[tokio::test]
async fn a_key_set_is_never_fetched_in_the_clear() {
    let known =
        Known::default().trusting(signing::ISSUER, Verification::Jwks("http://id.acme.example/keys".into()));
    let token = UnsignedToken::default().signed_by(&IssuerKey::ec("one"));
    let reason =
        tokio::time::timeout(Duration::from_secs(1), at(now(), &token, &known, &key_sets())).await.unwrap();
    assert!(reason.contains("neither https nor http to this machine"), "{reason}");
}

#[tokio::test]
async fn keys_that_are_for_something_else_are_passed_over() {
    let key = IssuerKey::ec("one");
    let token = UnsignedToken::default().signed_by(&key);
    let marked = |name: &str, value: serde_json::Value| {
        let mut jwk = key.jwk();
        jwk[name] = value;
        jwk
    };
    for (what, set, good) in [
        ("for signatures", vec![marked("use", json!("sig"))], true),
        ("for this algorithm", vec![marked("alg", json!("ES256"))], true),
        ("with members of its own", vec![marked("expires", json!(1.5)), json!({"kty": "RSA"})], true),
        (
            "beside keys nobody understands",
            vec![json!(7), json!({"kty": "QR", "kid": "one", "size": 3}), key.jwk()],
            true,
        ),
        ("beside a broken one", vec![json!({"kid": "one", "kty": "EC", "x5c": 7}), key.jwk()], true),
        ("beside an RSA key of the same name", vec![IssuerKey::rsa("one").jwk(), key.jwk()], true),
        ("for encryption", vec![marked("use", json!("enc"))], false),
        ("for another algorithm", vec![marked("alg", json!("ES384"))], false),
        ("on another curve", vec![marked("crv", json!("P-384"))], false),
        ("twice under one name", vec![key.jwk(), IssuerKey::ec("one").jwk()], false),
        ("a secret", vec![json!({"kid": "one", "kty": "oct", "k": "AAAA"})], false),
    ] {
        let server = KeyServer::publishing(&[]).await;
        server.publish_json(&set);
        let outcome = at(now(), &token, &Known::trusting_keys_of(&server), &key_sets()).await;
        assert_eq!(outcome == "ok", good, "{what}: {outcome}");
    }
}

#[tokio::test]
async fn a_token_without_key_id_is_for_the_only_key() {
    let (one, two) = (IssuerKey::ec("one"), IssuerKey::ec("two"));
    let nameless = UnsignedToken::default().signed_namelessly_by(&one);
    for (keys, good) in [(vec![&one], true), (vec![&one, &two], false)] {
        let server = KeyServer::publishing(&keys).await;
        let outcome = at(now(), &nameless, &Known::trusting_keys_of(&server), &key_sets()).await;
        assert_eq!(outcome == "ok", good, "{outcome}");
    }
}
