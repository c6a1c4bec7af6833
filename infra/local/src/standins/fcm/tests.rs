//! FCM as its clients meet it: tokens for whoever signs, and answers in FCM's own form.

use axum::http::StatusCode;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding, Signer};
use serde_json::{Value, json};

use super::*;
use crate::faults::Mode;
use crate::standins::testbed::{Testbed, client, serve};
use data_encoding::BASE64URL_NOPAD;
use domain::vocabulary::ProviderName;

const DEVICE: &str = "fcm-device:APA91b-john";
const NOW: i64 = 1_768_485_600;

struct World {
    testbed: Testbed,
    api: String,
    controls: String,
    key: SigningKey<Sha256>,
}

impl World {
    async fn start() -> Self {
        let testbed = Testbed::new();
        assert_eq!(testbed.clock.now().as_second(), NOW);
        let demo = Demo::read().unwrap();
        let fcm = Fcm::new(FcmConfig::of(&demo).unwrap(), testbed.surroundings());
        let file: Value = serde_json::from_str(demo.secret("postrider/providers/demo/fcm").unwrap()).unwrap();
        let pem = file["private_key"].as_str().unwrap().to_owned();
        let der: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let key = rsa::RsaPrivateKey::from_pkcs8_der(&BASE64.decode(der.as_bytes()).unwrap()).unwrap();
        Self {
            testbed,
            api: serve(fcm.api().unwrap()).await,
            controls: serve(fcm.controls()).await,
            key: SigningKey::new(key),
        }
    }

    fn assertion(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = json!({
            "iss": "postrider@acme-loans.iam.gserviceaccount.com",
            "scope": "https://www.googleapis.com/auth/firebase.messaging",
            "aud": "https://oauth2.googleapis.com/token",
            "iat": NOW,
            "exp": NOW + 3600,
        });
        change(&mut claims);
        let part = |part: &Value| BASE64URL_NOPAD.encode(part.to_string().as_bytes());
        let signed = format!("{}.{}", part(&json!({ "alg": "RS256", "typ": "JWT" })), part(&claims));
        let signature = self.key.sign(signed.as_bytes()).to_vec();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
    }

    async fn grant(&self, assertion: &str) -> (StatusCode, Value) {
        let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)];
        let answer = client().post(format!("{}/token", self.api)).form(&form).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn token(&self) -> String {
        let (status, granted) = self.grant(&self.assertion(|_| {})).await;
        assert_eq!(status, StatusCode::OK, "{granted}");
        assert_eq!((&granted["token_type"], &granted["expires_in"]), (&json!("Bearer"), &json!(3599)));
        granted["access_token"].as_str().unwrap().to_owned()
    }

    async fn send_to(&self, project: &str, token: &str, body: &Value) -> (StatusCode, Value) {
        let url = format!("{}/v1/projects/{project}/messages:send", self.api);
        let answer = client().post(url).bearer_auth(token).json(body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn send(&self, token: &str, body: &Value) -> (u16, Value) {
        let (status, answer) = self.send_to("acme-loans", token, body).await;
        (status.as_u16(), answer)
    }

    async fn control(&self, name: &str, body: Value) -> Value {
        let url = format!("{}/_local/providers/fcm/{name}", self.controls);
        client().post(url).json(&body).send().await.unwrap().json().await.unwrap()
    }
}

fn notification() -> Value {
    json!({ "message": {
        "token": DEVICE,
        "notification": { "title": "Payment due", "body": "Your payment is due on Friday." },
        "data": { "interactionId": "IN-1" },
        "android": { "priority": "normal" },
    } })
}

fn code(answer: &Value) -> &Value {
    &answer["error"]["details"][0]["errorCode"]
}

#[tokio::test]
async fn whoever_signs_as_the_account_gets_a_token_and_nobody_else() {
    let world = World::start().await;
    world.token().await;
    for (assertion, error, why) in [
        (
            world.assertion(|claims| claims["iss"] = "nobody@acme".into()),
            "invalid_grant",
            "account not found",
        ),
        (world.assertion(|claims| claims["aud"] = "https://elsewhere".into()), "invalid_grant", "audience"),
        (world.assertion(|claims| claims["scope"] = "openid".into()), "invalid_scope", "scope"),
        (world.assertion(|claims| claims["exp"] = (NOW + 7200).into()), "invalid_grant", "short-lived"),
        (
            world.assertion(|claims| {
                claims["iat"] = (NOW - 7200).into();
                claims["exp"] = (NOW - 3600).into();
            }),
            "invalid_grant",
            "short-lived",
        ),
        (format!("{}AA", world.assertion(|_| {})), "invalid_grant", ""),
        ("a.b".into(), "invalid_grant", ""),
    ] {
        let (status, denied) = world.grant(&assertion).await;
        assert_eq!((status, &denied["error"]), (StatusCode::BAD_REQUEST, &json!(error)), "{denied}");
        assert!(denied["error_description"].as_str().unwrap().contains(why), "{denied}");
    }
    let forged = {
        let good = world.assertion(|_| {});
        let other = world.assertion(|claims| claims["iat"] = (NOW - 1).into());
        format!("{}.{}", good.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1)
    };
    assert_eq!(world.grant(&forged).await.1["error_description"], "Invalid JWT Signature.");
}

#[tokio::test]
async fn a_notification_that_is_accepted_stands_in_the_outbox() {
    let world = World::start().await;
    let (status, answer) = world.send(&world.token().await, &notification()).await;
    assert_eq!(status, 200, "{answer}");
    let name = answer["name"].as_str().unwrap();
    assert!(name.starts_with("projects/acme-loans/messages/"), "{name}");
    let kept = world.testbed.outbox.find(ProviderName::Fcm, "IN-1").unwrap();
    assert_eq!((kept.provider_message_id.as_str(), kept.to.as_str()), (name, DEVICE));
    assert_eq!(
        (kept.subject.as_deref(), kept.body.as_str()),
        (Some("Payment due"), "Your payment is due on Friday.")
    );
}

#[tokio::test]
async fn what_is_only_validated_is_not_sent() {
    let world = World::start().await;
    let mut body = notification();
    body["validate_only"] = true.into();
    let (status, answer) = world.send(&world.token().await, &body).await;
    assert_eq!((status, answer), (200, json!({ "name": "projects/acme-loans/messages/fake_message_id" })));
    assert!(world.testbed.outbox.select(|_| true).is_empty());
}

#[tokio::test]
async fn a_token_is_good_for_its_project_until_it_ends_or_is_ended() {
    let world = World::start().await;
    let token = world.token().await;
    let (status, answer) = world.send_to("other-project", &token, &notification()).await;
    assert_eq!((status, &answer["error"]["status"]), (StatusCode::FORBIDDEN, &json!("PERMISSION_DENIED")));
    assert_eq!(world.send("ya29.made-up", &notification()).await.0, 401);

    assert_eq!(world.control("expire-tokens", json!({})).await, json!({ "expired": 1 }));
    let (status, answer) = world.send(&token, &notification()).await;
    assert_eq!((status, &answer["error"]["status"]), (401, &json!("UNAUTHENTICATED")));

    let token = world.token().await;
    world.testbed.clock.set("2026-01-15T14:59:58Z".parse().unwrap());
    assert_eq!(world.send(&token, &notification()).await.0, 200);
    world.testbed.clock.set("2026-01-15T15:00:00Z".parse().unwrap());
    assert_eq!(world.send(&token, &notification()).await.0, 401);
}

#[tokio::test]
async fn a_message_fcm_cannot_take_is_told_by_its_field() {
    let world = World::start().await;
    let token = world.token().await;
    for (pointer, value, field, message) in [
        ("/message/token", json!("short"), json!("message.token"), "registration token"),
        ("/message/token", json!("no token at all, sorry"), json!("message.token"), "registration token"),
        ("/message/data", json!({ "count": 3 }), json!("message.data[0].value"), "TYPE_STRING"),
        ("/message/notification/body", json!("x".repeat(4096)), Value::Null, "too big"),
    ] {
        let mut body = notification();
        *body.pointer_mut(pointer).unwrap() = value;
        let (status, answer) = world.send(&token, &body).await;
        assert_eq!((status, code(&answer)), (400, &json!("INVALID_ARGUMENT")), "{answer}");
        assert_eq!(answer["error"]["details"][1]["fieldViolations"][0]["field"], field, "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(message), "{answer}");
    }
    let mut body = notification();
    body["message"]["notification"]["sound"] = "loud".into();
    let (status, answer) = world.send(&token, &body).await;
    assert_eq!((status, &answer["error"]["status"]), (400, &json!("INVALID_ARGUMENT")));
    assert!(answer["error"]["message"].as_str().unwrap().contains("sound"), "{answer}");
}

#[tokio::test]
async fn a_device_is_unregistered_until_it_is_registered_again() {
    let world = World::start().await;
    let token = world.token().await;
    world.control("unregister", json!({ "token": DEVICE })).await;
    let (status, answer) = world.send(&token, &notification()).await;
    assert_eq!((status, code(&answer)), (404, &json!("UNREGISTERED")));
    world.control("unregister", json!({ "token": DEVICE, "registered": true })).await;
    assert_eq!(world.send(&token, &notification()).await.0, 200);
}

#[tokio::test]
async fn the_next_sends_are_refused_as_asked() {
    let world = World::start().await;
    let token = world.token().await;
    for known in Refusal::codes() {
        world.control("answer", json!({ "code": known })).await;
        assert_eq!(code(&world.send(&token, &notification()).await.1), known);
    }
    assert_eq!(world.send(&token, &notification()).await.0, 200);
    let told = world.control("answer", json!({ "code": "SULKS" })).await;
    assert!(told["detail"].as_str().unwrap().contains("UNREGISTERED"), "{told}");
}

#[tokio::test]
async fn faults_befall_a_send_that_would_be_accepted() {
    let world = World::start().await;
    let token = world.token().await;
    for (mode, expected) in [(Mode::Error, "INTERNAL"), (Mode::Throttle, "QUOTA_EXCEEDED")] {
        world.testbed.next_send_meets(ProviderName::Fcm, mode);
        assert_eq!(code(&world.send(&token, &notification()).await.1), expected);
    }
    assert!(world.testbed.outbox.select(|_| true).is_empty());
    world.testbed.next_send_meets(ProviderName::Fcm, Mode::DropAnswer);
    let url = format!("{}/v1/projects/acme-loans/messages:send", world.api);
    assert!(client().post(url).bearer_auth(&token).json(&notification()).send().await.is_err());
    assert_eq!(world.testbed.outbox.select(|_| true).len(), 1);
}
