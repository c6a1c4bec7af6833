use axum::http::StatusCode;
use domain::vocabulary::ProviderName;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use super::*;
use crate::faults::Mode;
use crate::standins::testbed::{SOON, Testbed, Webhook as OurWebhook, client, serve};

const KEY: &str = "test_key";
const SECRET: &str = "the webhook's secret";

/// The smallest PDF of one page of this size, in points.
fn pdf(width: u32, height: u32) -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Resources << >> >>"),
    ];
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (object, number) in objects.iter().zip(1..) {
        places.push(file.len());
        file.extend_from_slice(format!("{number} 0 obj\n{object}\nendobj\n").as_bytes());
    }
    let start = file.len();
    file.extend_from_slice(b"xref\n0 4\n0000000000 65535 f \n");
    for place in places {
        file.extend_from_slice(format!("{place:010} 00000 n \n").as_bytes());
    }
    let end = format!("trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    file.extend_from_slice(end.as_bytes());
    file
}

struct Setup {
    bed: Testbed,
    url: String,
    webhook: OurWebhook,
    webhook_url: String,
}

impl Setup {
    async fn new(auto_deliver: Option<Duration>) -> Self {
        let bed = Testbed::new();
        let (webhook, webhook_url) = OurWebhook::start().await;
        let account = LobAccount {
            owner: "demo".into(),
            api_key: KEY.into(),
            webhook_secret: SECRET.into(),
            webhook_url: format!("{webhook_url}/status?tenant=demo"),
        };
        let lob = Lob::new(LobConfig { accounts: vec![account], auto_deliver }, bed.surroundings());
        let router = lob.api().unwrap().merge(lob.controls());
        Self { url: serve(router).await, bed, webhook, webhook_url }
    }

    fn form(&self) -> Vec<(&'static str, String)> {
        [
            ("to[name]", "John Doe"),
            ("to[address_line1]", "233 S Wacker Dr"),
            ("to[address_city]", "Chicago"),
            ("to[address_state]", "IL"),
            ("to[address_zip]", "60606"),
            ("from[name]", "Acme"),
            ("from[address_line1]", "500 W Madison St"),
            ("from[address_city]", "Chicago"),
            ("from[address_state]", "IL"),
            ("from[address_zip]", "60661"),
            ("color", "false"),
            ("metadata[interaction]", "IN-0001"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .to_vec()
    }

    async fn call(&self, method: Method, path: &str) -> (StatusCode, Value) {
        let request = client().request(method, format!("{}{path}", self.url)).basic_auth(KEY, Some(""));
        read(request.send().await.unwrap()).await
    }

    fn post(&self, form: &[(&str, String)], file: &[u8], key: &str) -> reqwest::RequestBuilder {
        let mut body = Vec::new();
        for (name, value) in form {
            let part = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"letter.pdf\"\r\n\r\n";
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--b--\r\n");
        client()
            .post(format!("{}/v1/letters", self.url))
            .header("content-type", "multipart/form-data; boundary=b")
            .header("idempotency-key", key)
            .basic_auth(KEY, Some(""))
            .body(body)
    }

    async fn create(&self, form: &[(&str, String)], key: &str) -> (StatusCode, Value) {
        read(self.post(form, &pdf(612, 792), key).send().await.unwrap()).await
    }

    async fn control(&self, body: Value) -> (StatusCode, Value) {
        let url = format!("{}/_local/providers/lob/status", self.url);
        read(client().post(url).json(&body).send().await.unwrap()).await
    }

    fn made(&self) -> Vec<Message> {
        self.bed.outbox.select(|message| message.provider == ProviderName::Lob)
    }
}

async fn read(response: reqwest::Response) -> (StatusCode, Value) {
    let status = response.status();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
}

#[tokio::test]
async fn one_idempotency_key_is_one_letter_which_can_be_read_and_listed() {
    let setup = Setup::new(None).await;
    let (status, made) = setup.create(&setup.form(), "IN-0001").await;
    assert_eq!(status, StatusCode::OK, "{made:#}");
    assert_eq!(setup.create(&setup.form(), "IN-0001").await.1["id"], made["id"]);
    let (_, other) = setup.create(&setup.form(), "IN-0002").await;
    assert_ne!(other["id"], made["id"]);
    assert_eq!(setup.made().len(), 2);
    let path = format!("/v1/letters/{}", made["id"].as_str().unwrap());
    let (_, read) = setup.call(Method::GET, &path).await;
    assert_eq!((&read["id"], &read["metadata"]["interaction"]), (&made["id"], &json!("IN-0001")));
    let listed = setup.call(Method::GET, "/v1/letters?metadata[interaction]=IN-0001&limit=1").await.1;
    assert_eq!((&listed["count"], &listed["data"][0]["id"]), (&json!(1), &other["id"]));
    let none = setup.call(Method::GET, "/v1/letters?metadata[interaction]=IN-0003").await.1;
    assert_eq!(none["data"], json!([]));
    assert_eq!(setup.call(Method::GET, "/v1/letters/ltr_none").await.0, StatusCode::NOT_FOUND);
    let (_, pages) = (setup.made(), setup.bed.outbox.letter(1).unwrap());
    assert_eq!(pages.to_vec(), pdf(612, 792));
}

#[tokio::test]
async fn what_lob_refuses_is_refused_with_its_code_and_makes_no_letter() {
    let setup = Setup::new(None).await;
    let with = |name: &'static str, value: &str| {
        let mut form = setup.form();
        form.retain(|(known, _)| *known != name);
        form.push((name, value.to_owned()));
        form
    };
    for (form, code) in [
        (with("to[name]", ""), "invalid"),
        (with("to[name]", &"x".repeat(41)), "address_length_exceeds_limit"),
        (with("to[address_zip]", "606061234"), "invalid"),
        (with("to[address_line1]", "1 UNDELIVERABLE ST"), "failed_deliverability_strictness"),
        (with("from[address_country]", "CA"), "foreign_return_address"),
        (with("color", ""), "invalid"),
        (with("mail_type", "pigeon"), "invalid"),
        (with("return_envelope", "true"), "invalid_perforation_return_envelope"),
    ] {
        let (status, refusal) = setup.create(&form, "k").await;
        assert_eq!((status, &refusal["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)));
        assert_eq!(refusal["error"]["status_code"], 422);
    }
    for (file, code) in [(pdf(595, 842), "invalid_file_dimensions"), (b"text".to_vec(), "invalid_file")] {
        let (_, refusal) = read(setup.post(&setup.form(), &file, "k").send().await.unwrap()).await;
        assert_eq!(refusal["error"]["code"], code);
    }
    let url = format!("{}/v1/letters", setup.url);
    let stranger = client().get(url).basic_auth("another", Some("")).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    assert!(setup.made().is_empty());
}

#[tokio::test]
async fn faults_befall_one_letter_each() {
    let setup = Setup::new(None).await;
    for (mode, status) in
        [(Mode::Error, StatusCode::INTERNAL_SERVER_ERROR), (Mode::Throttle, StatusCode::TOO_MANY_REQUESTS)]
    {
        setup.bed.next_send_meets(ProviderName::Lob, mode);
        assert_eq!(setup.create(&setup.form(), "k").await.0, status);
        assert!(setup.made().is_empty());
    }
    setup.bed.next_send_meets(ProviderName::Lob, Mode::DropAnswer);
    setup.post(&setup.form(), &pdf(612, 792), "k").send().await.unwrap_err();
    assert_eq!(setup.made().len(), 1, "taken, and not answered");
    setup.bed.next_send_meets(ProviderName::Lob, Mode::CrashBeforeRecord);
    let lost = setup.post(&setup.form(), &pdf(612, 792), "k").timeout(SOON).send().await;
    assert!(lost.unwrap_err().is_timeout());
    assert_eq!((setup.bed.crashed.lock().unwrap().len(), setup.made().len()), (1, 1));
}

#[tokio::test]
async fn a_letter_is_canceled_for_five_minutes_unless_the_post_has_it() {
    let setup = Setup::new(None).await;
    let mut letters = Vec::new();
    for key in ["a", "b", "c"] {
        let made = setup.create(&setup.form(), key).await.1;
        letters.push(format!("/v1/letters/{}", made["id"].as_str().unwrap()));
    }
    let (status, gone) = setup.call(Method::DELETE, &letters[0]).await;
    assert_eq!((status, &gone["deleted"]), (StatusCode::OK, &json!(true)));
    assert_eq!(setup.call(Method::DELETE, &letters[0]).await.0, StatusCode::NOT_FOUND);
    assert_eq!(setup.call(Method::GET, &letters[0]).await.1["deleted"], true);

    let id = letters[1].rsplit('/').next().unwrap();
    setup.control(json!({ "message": id, "event": "letter.mailed" })).await;
    let refused = setup.call(Method::DELETE, &letters[1]).await.1;
    assert_eq!(refused["error"]["code"], "not_deletable");
    let later = setup.bed.clock.now() + SignedDuration::from_secs(301);
    setup.bed.clock.set(later);
    let refused = setup.call(Method::DELETE, &letters[2]).await.1;
    assert_eq!(refused["error"]["code"], "not_deletable");
}

#[tokio::test]
async fn events_are_posted_signed_to_the_accounts_webhook() {
    let setup = Setup::new(None).await;
    let made = setup.create(&setup.form(), "k").await.1;
    let (status, answer) = setup.control(json!({ "message": "IN-0001", "event": "in_transit" })).await;
    assert_eq!((status, &answer["status"]), (StatusCode::OK, &json!(204)));
    assert_eq!(answer["url"], format!("{}/status?tenant=demo", setup.webhook_url));
    let call = setup.webhook.last_call();
    let timestamp = call.header("lob-signature-timestamp");
    let told: i64 = timestamp.parse().unwrap();
    assert!((0..1000).contains(&(setup.bed.clock.now().as_millisecond() - told)), "{timestamp}");
    assert_eq!(call.header("lob-signature"), signature(SECRET, timestamp, &call.body));
    let event: Value = serde_json::from_str(&call.body).unwrap();
    assert_eq!(
        (&event["event_type"]["id"], &event["reference_id"]),
        (&json!("letter.in_transit"), &made["id"])
    );
    assert_eq!(event["body"]["metadata"]["interaction"], "IN-0001");
    for (body, expected) in [
        (json!({ "message": "IN-0001", "event": "letter.lost" }), StatusCode::BAD_REQUEST),
        (json!({ "message": "IN-9", "event": "letter.mailed" }), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(setup.control(body).await.0, expected);
    }
}

#[tokio::test]
async fn by_itself_lob_reports_the_journey_to_its_end() {
    let setup = Setup::new(Some(Duration::from_millis(2))).await;
    setup.webhook.answer_next(&[StatusCode::SERVICE_UNAVAILABLE]);
    setup.create(&setup.form(), "k").await;
    let calls = setup.webhook.wait_for_calls(8).await;
    let told: Vec<Value> = calls.iter().map(|call| serde_json::from_str(&call.body).unwrap()).collect();
    assert_eq!(told[0]["event_type"]["id"], "letter.created");
    assert_eq!(told[1]["event_type"]["id"], "letter.created", "until it is taken");
    assert_eq!(told[7]["event_type"]["id"], "letter.delivered");
}
