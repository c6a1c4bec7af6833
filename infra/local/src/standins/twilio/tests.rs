use axum::http::StatusCode;
use serde_json::{Value, json};

use super::*;
use crate::faults::Mode;
use crate::outbox::{Filter, Message};
use crate::standins::testbed::{SOON, Testbed, Webhook, client, serve};

const SID: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TOKEN: &str = "a-token";
const OUR_NUMBER: &str = "+13125550199";
const PERSON: &str = "+13125550100";

/// A Twilio with one account, its API, its controls and our webhook, each served.
struct Setup {
    bed: Testbed,
    twilio: Arc<Twilio>,
    url: String,
    webhook: Webhook,
    webhook_url: String,
}

impl Setup {
    async fn new(auto_deliver: Option<Duration>) -> Self {
        let bed = Testbed::new();
        let (webhook, webhook_url) = Webhook::start().await;
        let account = TwilioAccount {
            sid: SID.to_owned(),
            auth_token: TOKEN.to_owned(),
            numbers: vec![OUR_NUMBER.to_owned()],
            inbound_url: Some(format!("{webhook_url}/inbound/sms")),
        };
        let twilio = Twilio::new(TwilioConfig { accounts: vec![account], auto_deliver }, bed.surroundings());
        let url = serve(twilio.api().unwrap().merge(twilio.controls())).await;
        Self { bed, twilio, url, webhook, webhook_url }
    }

    fn callback(&self) -> String {
        format!("{}/status?interaction=IN-0001", self.webhook_url)
    }

    fn messages_url(&self) -> String {
        format!("{}/2010-04-01/Accounts/{SID}/Messages.json", self.url)
    }

    fn form(&self) -> Vec<(&'static str, String)> {
        vec![
            ("To", PERSON.to_owned()),
            ("From", OUR_NUMBER.to_owned()),
            ("Body", "Your payment of $312.50 is due.".to_owned()),
            ("StatusCallback", self.callback()),
        ]
    }

    async fn try_send(&self, form: &[(&str, String)]) -> reqwest::Result<(StatusCode, Value)> {
        let request =
            client().post(self.messages_url()).basic_auth(SID, Some(TOKEN)).form(form).timeout(SOON);
        let answer = request.send().await?;
        Ok((answer.status(), answer.json().await?))
    }

    async fn send(&self, form: &[(&str, String)]) -> (StatusCode, Value) {
        self.try_send(form).await.unwrap()
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let request = client().get(format!("{}{path}", self.url)).basic_auth(SID, Some(TOKEN));
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn list(&self, query: &[(&str, &str)]) -> Value {
        let url = format!("{}?{}", self.messages_url(), serde_urlencoded::to_string(query).unwrap());
        client().get(url).basic_auth(SID, Some(TOKEN)).send().await.unwrap().json().await.unwrap()
    }

    async fn control(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let request =
            client().post(format!("{}/_local/providers/twilio/{path}", self.url)).body(body.to_string());
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    fn sent(&self) -> Vec<Message> {
        self.bed.outbox.list(&Filter::default())
    }
}

fn assert_signed(call: &crate::standins::testbed::Call, base: &str) {
    let expected = signature(TOKEN, &format!("{base}{}", call.path), &call.form());
    assert_eq!(call.header("x-twilio-signature"), expected);
    assert_eq!(call.header("content-type"), "application/x-www-form-urlencoded");
}

#[tokio::test]
async fn send_is_answered_with_the_message_resource_and_leaves_the_building() {
    let setup = Setup::new(None).await;
    let (status, message) = setup.send(&setup.form()).await;
    assert_eq!(status, StatusCode::CREATED);
    let sid = message["sid"].as_str().unwrap();
    assert!(sid.len() == 34 && sid.starts_with("SM"), "{sid}");
    assert_eq!(message["status"], "queued");
    assert_eq!(message["to"], PERSON);
    assert_eq!(message["from"], OUR_NUMBER);
    assert_eq!(message["body"], "Your payment of $312.50 is due.");
    assert_eq!(message["num_segments"], "1");
    assert_eq!(message["direction"], "outbound-api");
    assert_eq!(message["uri"], format!("/2010-04-01/Accounts/{SID}/Messages/{sid}.json"));
    assert!(message["date_created"].as_str().unwrap().starts_with("Thu, 15 Jan 2026 14:00:0"), "{message}");
    assert!(message["date_created"].as_str().unwrap().ends_with(" +0000"));
    for absent in ["date_sent", "error_code", "error_message", "price", "messaging_service_sid"] {
        assert_eq!(message[absent], Value::Null, "{absent}");
    }

    let left = &setup.sent()[0];
    assert_eq!(left.provider_message_id, sid);
    assert_eq!((left.to.as_str(), left.from.as_str()), (PERSON, OUR_NUMBER));
    assert!(left.answers_to("IN-0001"));
    assert!(left.raw.contains("Body=Your+payment"));
}

#[tokio::test]
async fn messaging_service_accepts_and_picks_sender_and_segments_later() {
    let setup = Setup::new(None).await;
    let form =
        [("To", PERSON.to_owned()), ("MessagingServiceSid", "MG1".to_owned()), ("Body", "Hi".to_owned())];
    let (status, message) = setup.send(&form).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(message["status"], "accepted");
    assert_eq!(message["messaging_service_sid"], "MG1");
    assert_eq!(message["num_segments"], "0");
    assert_eq!(message["from"], Value::Null);
}

#[tokio::test]
async fn wrong_credentials_are_refused_with_20003() {
    let setup = Setup::new(None).await;
    let url = setup.messages_url();
    let requests = [
        client().post(&url).form(&setup.form()),
        client().post(&url).basic_auth(SID, Some("guess")).form(&setup.form()),
        client().post(&url).basic_auth("ACother", Some(TOKEN)).form(&setup.form()),
        client().post(&url).bearer_auth(TOKEN).form(&setup.form()),
        client().post(url.replace(SID, "ACother")).basic_auth("ACother", Some(TOKEN)).form(&setup.form()),
        client().get(&url),
    ];
    for request in requests {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["code"], 20003);
        assert_eq!(body["status"], 401);
        assert_eq!(body["more_info"], "https://www.twilio.com/docs/errors/20003");
    }
    assert_eq!(setup.sent(), []);
}

#[tokio::test]
async fn refused_send_does_not_leave_the_building() {
    let setup = Setup::new(None).await;
    let (status, body) = setup.send(&[("To", "555-0100".to_owned()), ("Body", "Hi".to_owned())]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["code"], 21211);
    assert_eq!(setup.sent(), []);
}

#[tokio::test]
async fn opted_out_number_is_refused_until_it_opts_in() {
    let setup = Setup::new(None).await;
    let texts = |body: &str| json!({ "from": PERSON, "to": OUR_NUMBER, "body": body });
    setup.control("inbound", texts(" stop ")).await;
    let (status, body) = setup.send(&setup.form()).await;
    assert_eq!((status, body["code"].as_u64()), (StatusCode::BAD_REQUEST, Some(21610)));
    setup.control("inbound", texts("please don't stop")).await;
    assert_eq!(setup.send(&setup.form()).await.0, StatusCode::BAD_REQUEST);
    setup.control("inbound", texts("START")).await;
    assert_eq!(setup.send(&setup.form()).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn fault_before_acceptance_leaves_nothing_and_befalls_one_send() {
    for (mode, status, code) in [
        (Mode::Error, StatusCode::INTERNAL_SERVER_ERROR, 20500),
        (Mode::Throttle, StatusCode::TOO_MANY_REQUESTS, 20429),
    ] {
        let setup = Setup::new(None).await;
        setup.bed.next_send_meets(ProviderName::Twilio, mode);
        let (answered, body) = setup.send(&setup.form()).await;
        assert_eq!(answered, status);
        assert_eq!(body["code"], code);
        assert_eq!(setup.sent(), []);
        assert_eq!(setup.send(&setup.form()).await.0, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn refused_send_does_not_use_a_fault_up() {
    let setup = Setup::new(None).await;
    setup.bed.next_send_meets(ProviderName::Twilio, Mode::Error);
    assert_eq!(setup.send(&[]).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(setup.send(&setup.form()).await.0, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn timed_out_send_is_not_accepted() {
    let setup = Setup::new(None).await;
    setup.bed.next_send_meets(ProviderName::Twilio, Mode::Timeout);
    assert!(setup.try_send(&setup.form()).await.unwrap_err().is_timeout());
    assert_eq!(setup.sent(), []);
}

#[tokio::test]
async fn send_whose_answer_is_dropped_was_accepted_and_is_found_by_the_list() {
    let setup = Setup::new(None).await;
    setup.bed.next_send_meets(ProviderName::Twilio, Mode::DropAnswer);
    let error = setup.try_send(&setup.form()).await.unwrap_err();
    assert!(error.is_request() && !error.is_timeout(), "the connection closes without an answer: {error:?}");
    let sid = setup.sent()[0].provider_message_id.clone();
    let listed = setup.list(&[("To", PERSON)]).await;
    assert_eq!(listed["messages"][0]["sid"], sid);
    assert_eq!(listed["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn crash_before_record_fires_the_hook_and_never_answers() {
    let setup = Setup::new(None).await;
    setup.bed.next_send_meets(ProviderName::Twilio, Mode::CrashBeforeRecord);
    assert!(setup.try_send(&setup.form()).await.unwrap_err().is_timeout());
    let crashed = setup.bed.crashed.lock().unwrap();
    assert_eq!(*crashed, setup.sent());
    assert!(crashed[0].answers_to("IN-0001"));
}

#[tokio::test]
async fn list_filters_and_pages_as_twilio_does() {
    let setup = Setup::new(None).await;
    for day in 10..=14 {
        setup.bed.clock.set(format!("2026-01-{day}T12:00:00Z").parse().unwrap());
        let (_, message) = setup.send(&setup.form()).await;
        setup.control("status", json!({ "message": message["sid"], "status": "sent" })).await;
    }
    let mut other = setup.form();
    other[0].1 = "+13125550101".to_owned();
    setup.send(&other).await;

    let count = async |query: &[(&str, &str)]| setup.list(query).await["messages"].as_array().unwrap().len();
    assert_eq!(count(&[]).await, 6);
    assert_eq!(count(&[("To", PERSON)]).await, 5);
    assert_eq!(count(&[("From", "+10000000000")]).await, 0);
    assert_eq!(count(&[("To", PERSON), ("DateSent>", "2026-01-13")]).await, 2);
    assert_eq!(count(&[("To", PERSON), ("DateSent>", "2026-01-13T12:30:00Z")]).await, 1);
    assert_eq!(count(&[("To", PERSON), ("DateSent", "2026-01-12")]).await, 1);
    assert_eq!(count(&[("To", PERSON), ("DateSent<", "2026-01-11")]).await, 2);
    assert_eq!(count(&[("To", "+13125550101"), ("DateSent>", "2026-01-01")]).await, 0, "still queued");
    assert_eq!(setup.list(&[("DateSent>", "soon")]).await["code"], 20001);

    let first = setup.list(&[("To", PERSON), ("PageSize", "2")]).await;
    assert_eq!(first["messages"].as_array().unwrap().len(), 2);
    assert_eq!((first["start"].as_u64(), first["end"].as_u64()), (Some(0), Some(1)));
    let (_, second) = setup.get(first["next_page_uri"].as_str().unwrap()).await;
    let (_, third) = setup.get(second["next_page_uri"].as_str().unwrap()).await;
    assert_eq!(third["messages"].as_array().unwrap().len(), 1);
    assert_eq!(third["next_page_uri"], Value::Null);
    let days: Vec<&str> = [&first, &second, &third]
        .iter()
        .flat_map(|page| page["messages"].as_array().unwrap())
        .map(|message| &message["date_created"].as_str().unwrap()[5..7])
        .collect();
    assert_eq!(days, ["14", "13", "12", "11", "10"], "newest first, none twice");
}

#[tokio::test]
async fn message_of_another_account_or_none_is_not_found() {
    let setup = Setup::new(None).await;
    let (status, body) = setup.get(&format!("/2010-04-01/Accounts/{SID}/Messages/SM0.json")).await;
    assert_eq!((status, body["code"].as_u64()), (StatusCode::NOT_FOUND, Some(20404)));
}

#[tokio::test]
async fn status_is_reported_to_the_callback_signed_and_shows_in_the_resource() {
    let setup = Setup::new(None).await;
    let (_, message) = setup.send(&setup.form()).await;
    let sid = message["sid"].as_str().unwrap();

    let (status, answer) = setup.control("status", json!({ "message": sid, "status": "sent" })).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer, json!({ "url": setup.callback(), "status": 204, "body": "" }));
    let call = setup.webhook.last_call();
    assert_eq!(call.path, "/status?interaction=IN-0001");
    assert_signed(&call, &setup.webhook_url);
    for (name, value) in [
        ("MessageSid", sid),
        ("SmsSid", sid),
        ("MessageStatus", "sent"),
        ("SmsStatus", "sent"),
        ("To", PERSON),
        ("From", OUR_NUMBER),
        ("AccountSid", SID),
        ("ApiVersion", "2010-04-01"),
    ] {
        assert_eq!(call.parameter(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(call.parameter("ErrorCode"), None);

    let failed = json!({ "message": "IN-0001", "status": "undelivered", "error_code": 30005 });
    setup.control("status", failed).await;
    let call = setup.webhook.last_call();
    assert_signed(&call, &setup.webhook_url);
    assert_eq!(call.parameter("ErrorCode").as_deref(), Some("30005"));
    assert_eq!(call.parameter("ErrorMessage").as_deref(), Some("Unknown destination handset"));
    assert_eq!(call.parameter("RawDlrDoneDate").as_deref(), Some("2601151400"));

    // A late "sent" does not take the message back.
    setup.control("status", json!({ "message": sid, "status": "sent" })).await;
    let (_, resource) = setup.get(message["uri"].as_str().unwrap()).await;
    assert_eq!(resource["status"], "undelivered");
    assert_eq!(resource["error_code"], 30005);
    assert!(resource["date_sent"].is_string());
    assert_eq!(setup.sent()[0].reports.len(), 3);
}

#[tokio::test]
async fn what_our_webhook_answered_is_told() {
    let setup = Setup::new(None).await;
    setup.send(&setup.form()).await;
    setup.webhook.answer_next(&[StatusCode::UNAUTHORIZED]);
    let delivered = json!({ "message": "IN-0001", "status": "delivered" });
    let (status, answer) = setup.control("status", delivered).await;
    assert_eq!((status, answer["status"].as_u64()), (StatusCode::OK, Some(401)));
    assert_eq!(setup.sent()[0].reports[0].answered, 401);
}

#[tokio::test]
async fn control_that_cannot_be_carried_out_is_a_problem() {
    let setup = Setup::new(None).await;
    let mut form = setup.form();
    form.retain(|(name, _)| *name != "StatusCallback");
    let (_, silent) = setup.send(&form).await;
    form.push(("StatusCallback", "http://127.0.0.1:1/IN-0002".to_owned()));
    setup.send(&form).await;

    for (path, body, expected) in [
        ("status", json!({ "message": "SM0", "status": "sent" }), StatusCode::NOT_FOUND),
        ("status", json!({ "message": silent["sid"], "status": "sent" }), StatusCode::CONFLICT),
        ("status", json!({ "message": "IN-0002", "status": "sent" }), StatusCode::BAD_GATEWAY),
        ("status", json!({ "message": "IN-0002", "status": "lost" }), StatusCode::BAD_REQUEST),
        ("inbound", json!({ "from": PERSON, "to": "+1", "body": "Hi" }), StatusCode::NOT_FOUND),
        ("inbound", json!({ "to": OUR_NUMBER }), StatusCode::BAD_REQUEST),
    ] {
        let (status, problem) = setup.control(path, body.clone()).await;
        assert_eq!(status, expected, "{body}");
        assert_eq!(problem["status"], expected.as_u16());
        assert!(problem["detail"].is_string());
    }
}

#[tokio::test]
async fn inbound_text_reaches_our_webhook_signed() {
    let setup = Setup::new(None).await;
    let inbound =
        json!({ "from": PERSON, "to": OUR_NUMBER, "body": "Can I pay Friday? 💸", "opt_out_type": "HELP" });
    let (status, answer) = setup.control("inbound", inbound).await;
    assert_eq!((status, answer["status"].as_u64()), (StatusCode::OK, Some(204)));
    let call = setup.webhook.last_call();
    assert_eq!(call.path, "/inbound/sms");
    assert_signed(&call, &setup.webhook_url);
    for (name, value) in [
        ("From", PERSON),
        ("To", OUR_NUMBER),
        ("Body", "Can I pay Friday? 💸"),
        ("AccountSid", SID),
        ("SmsStatus", "received"),
        ("NumMedia", "0"),
        ("OptOutType", "HELP"),
    ] {
        assert_eq!(call.parameter(name).as_deref(), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_picture_is_had_with_the_accounts_credentials_alone() {
    let setup = Setup::new(None).await;
    let media = json!([{ "media_type": "image/png", "content": "a picture" }]);
    // Without a number it is the account's.
    setup.control("inbound", json!({ "from": PERSON, "media": media })).await;
    let call = setup.webhook.last_call();
    assert_signed(&call, &setup.webhook_url);
    for (name, value) in
        [("To", OUR_NUMBER), ("Body", ""), ("NumMedia", "1"), ("MediaContentType0", "image/png")]
    {
        assert_eq!(call.parameter(name).as_deref(), Some(value), "{name}");
    }
    let url = call.parameter("MediaUrl0").unwrap().replace("https://api.twilio.com", &setup.url);
    assert_eq!(client().get(&url).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let moved = client().get(&url).basic_auth(SID, Some(TOKEN)).send().await.unwrap();
    assert_eq!(moved.status(), StatusCode::TEMPORARY_REDIRECT);
    let location = moved.headers()["location"].to_str().unwrap().to_owned();
    let bytes = client().get(format!("{}{location}", setup.url)).send().await.unwrap();
    assert_eq!(bytes.bytes().await.unwrap(), "a picture");
}

#[tokio::test]
async fn by_itself_twilio_reports_sent_and_delivered_until_our_webhook_takes_them() {
    let setup = Setup::new(Some(Duration::from_millis(5))).await;
    setup.webhook.answer_next(&[StatusCode::SERVICE_UNAVAILABLE]);
    setup.send(&setup.form()).await;
    let calls = setup.webhook.wait_for_calls(3).await;
    let told: Vec<_> = calls.iter().filter_map(|call| call.parameter("MessageStatus")).collect();
    assert_eq!(told, ["sent", "sent", "delivered"]);
}

#[tokio::test]
async fn restart_takes_up_the_reports_it_cut_off_and_no_others() {
    let setup = Setup::new(None).await;
    for status in ["sent", "delivered", "undelivered"] {
        setup.send(&setup.form()).await;
        setup.control("status", json!({ "message": "IN-0001", "status": status })).await;
    }
    let config = TwilioConfig { auto_deliver: Some(Duration::from_millis(5)), ..setup.twilio.config.clone() };
    Twilio::new(config, setup.bed.surroundings()).resume();
    let calls = setup.webhook.wait_for_calls(4).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(setup.webhook.calls().len(), 4);
    assert_eq!(calls[3].parameter("MessageStatus").as_deref(), Some("delivered"));
    assert_eq!(calls[3].parameter("MessageSid"), calls[0].parameter("MessageSid"));
}
