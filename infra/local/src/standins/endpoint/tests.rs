use jiff::SignedDuration;
use serde_json::json;

use super::*;
use crate::standins::testbed::{Testbed, client, serve};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The receiver, its address and that of its controls.
async fn receiver(testbed: &Testbed) -> (String, String) {
    let endpoint = Endpoint::new(testbed.surroundings());
    (serve(endpoint.api().unwrap()).await, serve(endpoint.controls()).await)
}

async fn call(testbed: &Testbed, api: &str, minutes_ago: i64) -> reqwest::Response {
    let (at, body) = (testbed.clock.now() - SignedDuration::from_mins(minutes_ago), r#"{"type":"a.b"}"#);
    client()
        .post(format!("{api}/messages"))
        .header("host", "hooks.example.com")
        .header(ID, "IN-1-1")
        .header(TIMESTAMP, at.as_second())
        .header(SIGNATURE, Secret::parse(SECRET).unwrap().sign("IN-1-1", at, body.as_bytes()))
        .body(body)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_call_is_taken_and_its_signature_judged_by_the_secrets_it_was_told() {
    let testbed = Testbed::new();
    let (api, controls) = receiver(&testbed).await;
    call(&testbed, &api, 0).await;
    let told = client().post(format!("{controls}/_local/providers/endpoint/secrets"));
    assert_eq!(told.json(&json!({ "secret": SECRET })).send().await.unwrap().status(), 204);
    for minutes in [0, 6] {
        assert_eq!(call(&testbed, &api, minutes).await.status(), 204);
    }
    let judged: Vec<_> = testbed.outbox.select(|_| true).into_iter().collect();
    let mut verdicts: Vec<_> = judged.iter().map(|message| message.tags["signature"].as_str()).collect();
    verdicts.sort_unstable();
    assert_eq!(verdicts, ["invalid", "unknown", "valid"]);
    assert!(judged.iter().all(|message| message.to == "https://hooks.example.com/messages"));
}

#[tokio::test]
async fn it_answers_what_was_asked_for_and_keeps_what_came() {
    let testbed = Testbed::new();
    let (api, controls) = receiver(&testbed).await;
    let planned = json!([{ "status": 503, "headers": { "retry-after": "9" }, "body": "later" }]);
    let asked = client().put(format!("{controls}/_local/providers/endpoint/answers")).json(&planned);
    assert_eq!(asked.send().await.unwrap().status(), 204);
    let answer = call(&testbed, &api, 0).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (503, "9"));
    assert_eq!(call(&testbed, &api, 0).await.status(), 204);
    let calls = client().get(format!("{controls}/_local/providers/endpoint/calls")).send().await.unwrap();
    let calls: Vec<Value> = calls.json().await.unwrap();
    assert_eq!(calls.iter().map(|call| call["answered"].as_u64().unwrap()).collect::<Vec<_>>(), [503, 204]);
    assert_eq!(testbed.outbox.select(|_| true).len(), 1);
}
