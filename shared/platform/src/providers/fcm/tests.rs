//! FCM as its documentation has it, and the servers that give access tokens.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode as Status, Uri},
};
use data_encoding::BASE64URL_NOPAD;
use domain::{
    Error,
    delivery::{About, ContactEffect},
};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;
use crate::providers::fixtures::{INTERACTION, Message, hanging_up_after, nobody, now};

const KEY: &str = include_str!("test_key.pem");
/// The same key's public part, as ring reads it (PKCS #1).
const PUBLIC_KEY: &[u8] = include_bytes!("test_key.pub");
const NAME: &str = "projects/acme-loans/messages/0:1500415314455276%31bd1c9631bd1c96";

fn service_account() -> Value {
    json!({
        "type": "service_account",
        "project_id": "acme-loans",
        "private_key_id": "9a1b",
        "private_key": KEY,
        "client_email": "postrider@acme-loans.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    })
}

struct Secret(String);

#[async_trait]
impl Secrets for Secret {
    async fn secret(&self, name: &str) -> Result<String, Error> {
        if name == "demo/fcm" { Ok(self.0.clone()) } else { Err(Error::Unavailable(name.into())) }
    }
}

/// Goes when it is told to.
#[derive(Default)]
struct Watch(Mutex<SignedDuration>);

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        now() + *self.0.lock().unwrap()
    }
}

/// Google: gives tokens `token-1`, `token-2` …, and to sends the answers it was told, else success.
#[derive(Clone, Default)]
struct Google(Arc<Told>);

#[derive(Default)]
struct Told {
    grants: AtomicUsize,
    assertions: Mutex<Vec<String>>,
    sends: Mutex<Vec<(Uri, String, Value)>>,
    answers: Mutex<VecDeque<(u16, String)>>,
}

impl Google {
    async fn start(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(
            async move { axum::serve(listener, Router::new().fallback(answer).with_state(self)).await },
        );
        url
    }

    fn answering(self, answers: &[(u16, Value)]) -> Self {
        let answers = answers.iter().map(|(status, body)| (*status, body.to_string()));
        self.0.answers.lock().unwrap().extend(answers);
        self
    }

    fn grants(&self) -> usize {
        self.0.grants.load(Ordering::SeqCst)
    }

    fn sends(&self) -> Vec<(Uri, String, Value)> {
        self.0.sends.lock().unwrap().clone()
    }
}

async fn answer(
    State(google): State<Google>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> (Status, String) {
    if uri.path() == "/token" {
        // Long enough for others to come by meanwhile.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let number = google.0.grants.fetch_add(1, Ordering::SeqCst) + 1;
        google.0.assertions.lock().unwrap().push(body);
        let granted =
            json!({ "access_token": format!("token-{number}"), "expires_in": 3599, "token_type": "Bearer" });
        return (Status::OK, granted.to_string());
    }
    let bearer = headers["authorization"].to_str().unwrap().to_owned();
    google.0.sends.lock().unwrap().push((uri, bearer, serde_json::from_str(&body).unwrap()));
    match google.0.answers.lock().unwrap().pop_front() {
        Some((status, body)) => (Status::from_u16(status).unwrap(), body),
        None => (Status::OK, json!({ "name": NAME }).to_string()),
    }
}

fn fcm(url: &str, secret: &Value, clock: Arc<dyn Clock>) -> Fcm {
    Fcm::new(Outbound::new(), Some(url), Arc::new(Secret(secret.to_string())), clock)
}

async fn client(google: &Google) -> Fcm {
    fcm(&google.clone().start().await, &service_account(), Arc::new(Watch::default()))
}

async fn send(fcm: &Fcm) -> SendOutcome {
    fcm.send(&Message::push("Payment due", "Your payment is due on Friday.").outgoing()).await
}

fn sent() -> SendOutcome {
    SendOutcome::Sent(Receipt { reference: NAME.into(), segments: None })
}

fn refused(outcome: SendOutcome) -> Refusal {
    match outcome {
        SendOutcome::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn fault(status: u16, canonical: &str, code: Option<&str>) -> (u16, Value) {
    let fcm_error = code.map(
        |code| json!({ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code }),
    );
    let details: Vec<Value> = fcm_error.into_iter().collect();
    (status, json!({ "error": { "code": status, "message": "…", "status": canonical, "details": details } }))
}

#[tokio::test]
async fn a_notification_goes_to_its_device_and_names_itself_there() {
    let google = Google::default();
    let fcm = client(&google).await;
    assert_eq!(send(&fcm).await, sent());
    let [(uri, bearer, body)] = &google.sends()[..] else { panic!() };
    assert_eq!(uri.path(), "/v1/projects/acme-loans/messages:send");
    assert_eq!(bearer, "Bearer token-1");
    assert_eq!(
        *body,
        json!({ "message": {
            "token": "fcm:APA91b-john",
            "notification": { "title": "Payment due", "body": "Your payment is due on Friday." },
            "data": { "interactionId": INTERACTION },
            "android": { "priority": "normal", "notification": { "tag": INTERACTION } },
            "apns": { "headers": { "apns-priority": "5", "apns-collapse-id": INTERACTION } },
            "webpush": { "notification": { "tag": INTERACTION } },
        } })
    );
    assert!(!fcm.can_be_asked());
}

#[tokio::test]
async fn the_account_signs_who_asks_for_what_and_for_how_long() {
    let google = Google::default();
    send(&client(&google).await).await;
    let form = google.0.assertions.lock().unwrap()[0].clone();
    let form: std::collections::BTreeMap<_, _> =
        url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let (signed, signature) = form["assertion"].rsplit_once('.').unwrap();
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, PUBLIC_KEY);
    assert!(key.verify(signed.as_bytes(), &signature).is_ok());
    let parts: Vec<Value> = signed
        .split('.')
        .map(|part| serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap())
        .collect();
    assert_eq!(parts[0], json!({ "alg": "RS256", "typ": "JWT", "kid": "9a1b" }));
    let at = now().as_second();
    assert_eq!(
        parts[1],
        json!({
            "iss": "postrider@acme-loans.iam.gserviceaccount.com",
            "scope": "https://www.googleapis.com/auth/firebase.messaging",
            "aud": "https://oauth2.googleapis.com/token",
            "iat": at,
            "exp": at + 3600,
        })
    );
}

#[tokio::test]
async fn a_token_serves_until_shortly_before_its_end_however_many_ask_at_once() {
    let google = Google::default();
    let watch = Arc::new(Watch::default());
    let fcm = fcm(&google.clone().start().await, &service_account(), watch.clone());
    assert_eq!(join_all((0..10).map(|_| send(&fcm))).await, vec![sent(); 10]);
    assert_eq!(google.grants(), 1);
    for (seconds, grants) in [(3538, 1), (3539, 2), (3539 + 3538, 2), (3539 + 3539, 3)] {
        *watch.0.lock().unwrap() = SignedDuration::from_secs(seconds);
        assert_eq!(send(&fcm).await, sent());
        assert_eq!(google.grants(), grants, "{seconds}");
    }
}

#[tokio::test]
async fn a_token_that_ended_on_the_way_is_asked_for_anew_once() {
    let ended = || fault(401, "UNAUTHENTICATED", None);
    let google = Google::default().answering(&[ended()]);
    let fcm = client(&google).await;
    assert_eq!(send(&fcm).await, sent());
    assert_eq!((google.grants(), google.sends().len()), (2, 2));
    assert_eq!(google.sends()[1].1, "Bearer token-2");
    assert_eq!(send(&fcm).await, sent());
    assert_eq!(google.grants(), 2, "the new one is kept");

    let google = Google::default().answering(&[ended(), ended()]);
    let refusal = refused(send(&client(&google).await).await);
    assert_eq!((refusal.about, google.sends().len()), (About::Account, 2));
    assert_eq!(refusal.code.as_deref(), Some("UNAUTHENTICATED"));
}

#[tokio::test]
async fn those_whose_token_ended_together_share_the_next() {
    let google = Google::default().answering(&vec![fault(401, "UNAUTHENTICATED", None); 5]);
    let fcm = client(&google).await;
    assert_eq!(join_all((0..5).map(|_| send(&fcm))).await, vec![sent(); 5]);
    assert_eq!((google.grants(), google.sends().len()), (2, 10));
}

#[tokio::test]
async fn what_fcm_refuses_is_certain_and_asks_for_no_other_token() {
    for (answer, retry, effect) in [
        (fault(404, "NOT_FOUND", Some("UNREGISTERED")), Retry::Never, Some(ContactEffect::Invalid)),
        (fault(429, "RESOURCE_EXHAUSTED", Some("QUOTA_EXCEEDED")), Retry::WhileAllowed, None),
        (fault(503, "UNAVAILABLE", Some("UNAVAILABLE")), Retry::WhileAllowed, None),
        (fault(500, "INTERNAL", Some("INTERNAL")), Retry::WhileAllowed, None),
        (fault(401, "UNAUTHENTICATED", Some("THIRD_PARTY_AUTH_ERROR")), Retry::WhileAllowed, None),
    ] {
        let google = Google::default().answering(std::slice::from_ref(&answer));
        let refusal = refused(send(&client(&google).await).await);
        assert_eq!((refusal.retry, refusal.effect), (retry, effect), "{answer:?}");
        assert_eq!((google.grants(), google.sends().len()), (1, 1));
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_says_nothing() {
    for answer in [(502, json!("bad gateway")), (504, json!("too late")), (200, json!({}))] {
        let google = Google::default().answering(std::slice::from_ref(&answer));
        let outcome = send(&client(&google).await).await;
        assert!(matches!(outcome, SendOutcome::Unknown { .. }), "{answer:?}: {outcome:?}");
    }
}

/// A client that has its token already, and whose server for sends is this.
async fn with_token(url: String) -> Fcm {
    let google = Google::default();
    let mut fcm = client(&google).await;
    send(&fcm).await;
    fcm.base_url = url;
    fcm
}

#[tokio::test]
async fn a_connection_that_breaks_is_unknown_and_one_that_never_came_about_is_refused() {
    let (url, _) = hanging_up_after("").await;
    assert!(matches!(send(&with_token(url).await).await, SendOutcome::Unknown { .. }));
    let refusal = refused(send(&with_token(nobody().await).await).await);
    assert_eq!((refusal.retry, refusal.reason), (Retry::WhileAllowed, FailureReason::HttpErrorWhileSending));
}

#[tokio::test]
async fn without_a_token_nothing_is_sent_and_whose_fault_it_is_decides_on_another_attempt() {
    let refusal = refused(send(&fcm(&nobody().await, &service_account(), Arc::new(Watch::default()))).await);
    assert_eq!(refusal.retry, Retry::WhileAllowed);
    for (answer, retry, code) in [
        (
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 25\r\n\r\n{\"error\":\"invalid_grant\"}",
            Retry::Never,
            Some("invalid_grant"),
        ),
        ("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n", Retry::WhileAllowed, None),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", Retry::WhileAllowed, None),
    ] {
        let (url, connections) = hanging_up_after(answer).await;
        let refusal = refused(send(&fcm(&url, &service_account(), Arc::new(Watch::default()))).await);
        assert_eq!((refusal.retry, refusal.code.as_deref()), (retry, code), "{answer}");
        assert_eq!(connections.load(Ordering::SeqCst), 1, "no more than the token was asked for");
    }
}

#[tokio::test]
async fn a_secret_that_is_no_service_account_is_told_without_a_word_of_it() {
    let without = |member: &str, value: Value| {
        let mut secret = service_account();
        secret[member] = value;
        secret
    };
    for (secret, told) in [
        (json!("-----BEGIN PRIVATE KEY-----"), "is not the JSON key file"),
        (json!({ "project_id": "acme-loans" }), "is not the JSON key file"),
        (without("project_id", json!("../acme")), "project_id"),
        (without("project_id", json!("")), "project_id"),
        (without("private_key", json!("-----BEGIN PRIVATE KEY-----\nAAAA\n")), "private_key"),
        (without("token_uri", json!("nowhere")), "token_uri"),
    ] {
        let refusal = refused(send(&fcm("http://127.0.0.1:1", &secret, Arc::new(Watch::default()))).await);
        assert_eq!(refusal.retry, Retry::Never);
        assert!(refusal.description.contains(told), "{}", refusal.description);
        assert!(!refusal.description.contains("BEGIN"), "{}", refusal.description);
    }
    // Without a stand-in the account's own address is asked.
    let secret = without("token_uri", json!("http://oauth2.example/token")).to_string();
    let fcm = Fcm::new(Outbound::new(), None, Arc::new(Secret(secret)), Arc::new(Watch::default()));
    let refusal = refused(send(&fcm).await);
    assert!(refusal.description.contains("token_uri"), "{}", refusal.description);
}

#[tokio::test]
async fn what_cannot_be_sent_at_all_asks_nobody() {
    let fcm = fcm(&nobody().await, &service_account(), Arc::new(Watch::default()));
    let long = "x".repeat(notification::MAX_BYTES);
    for (text, reason) in
        [("  ", FailureReason::Other), (long.as_str(), FailureReason::MaxMessageSizeLimitExceeded)]
    {
        let refusal = refused(fcm.send(&Message::push("Title", text).outgoing()).await);
        assert_eq!((refusal.reason, refusal.retry), (reason, Retry::Never));
    }
    let mut message = Message::push("Title", "Text");
    message.tenant.senders.push = None;
    assert_eq!(refused(fcm.send(&message.outgoing()).await).retry, Retry::Never);
    let mut message = Message::push("Title", "Text");
    message.tenant.senders.push.as_mut().unwrap().service_account_secret = "demo/gone".into();
    assert_eq!(refused(fcm.send(&message.outgoing()).await).retry, Retry::WhileAllowed);
}

#[tokio::test]
async fn what_goes_with_the_longest_words_is_within_what_fcm_carries() {
    let google = Google::default();
    let fcm = client(&google).await;
    let frame = notification::bytes(&Message::push("Title", "").content);
    let message = Message::push("Title", &"x".repeat(notification::MAX_BYTES - frame));
    assert_eq!(fcm.send(&message.outgoing()).await, sent());
    let body = &google.sends()[0].2["message"];
    let carried = body["notification"].to_string().len() + body["data"].to_string().len();
    assert!(carried <= 4096, "{carried}");
}
