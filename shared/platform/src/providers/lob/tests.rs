use std::sync::atomic::Ordering;

use data_encoding::BASE64;
use domain::{
    delivery::Refusal,
    interaction::Interaction,
    letter::{ExtraService, MailClass, Window},
};
use lambda_http::http::HeaderMap;
use ring::hmac;
use serde_json::{Value, json};

use super::*;
use crate::providers::fixtures::{INTERACTION, Message, Server, StoppedClock, hanging_up_after, nobody, now};

/// The secrets of the fixtures' account.
struct Account;

#[async_trait]
impl Secrets for Account {
    async fn secret(&self, name: &str) -> Result<String, Error> {
        match name {
            "demo/lob" => Ok("test_key".into()),
            "demo/lob-webhook" => Ok("webhook secret".into()),
            _ => Err(Error::Unavailable(name.into())),
        }
    }
}

fn lob(base_url: &str) -> Lob {
    Lob::new(Outbound::new(), base_url, Arc::new(Account), Arc::new(StoppedClock))
}

const PAGES: &[u8] = b"%PDF-1.7 pages";

async fn send(base_url: &str, message: &Message) -> SendOutcome {
    lob(base_url).send(&message.outgoing()).await
}

async fn answered(status: u16, body: Value) -> SendOutcome {
    let server = Server::answering(status, &[], body).await;
    send(&server.url, &Message::letter(PAGES)).await
}

fn refused(outcome: SendOutcome) -> Refusal {
    match outcome {
        SendOutcome::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn created() -> Value {
    json!({ "id": "ltr_4868c3b754655f90", "object": "letter", "send_date": "2026-11-21T12:05:00.000Z" })
}

/// The fields of a multipart body, in their order.
fn fields(content_type: &str, body: &str) -> Vec<(String, String)> {
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let separator = format!("--{boundary}");
    body.split(&separator)
        .filter(|part| part.contains("name="))
        .map(|part| {
            let (head, value) = part.split_once("\r\n\r\n").unwrap();
            let name = head.split("name=\"").nth(1).unwrap().split('"').next().unwrap();
            (name.to_owned(), value.strip_suffix("\r\n").unwrap().to_owned())
        })
        .collect()
}

async fn posted(message: &Message) -> Vec<(String, String)> {
    let server = Server::answering(200, &[], created()).await;
    assert!(matches!(send(&server.url, message).await, SendOutcome::Sent(_)));
    let [call] = &server.calls()[..] else { panic!("one call") };
    fields(call.headers["content-type"].to_str().unwrap(), &call.body)
}

#[tokio::test]
async fn a_letter_is_posted_as_lob_documents_it() {
    let server = Server::answering(200, &[], created()).await;
    let outcome = send(&server.url, &Message::letter(PAGES)).await;
    let receipt = Receipt { reference: "ltr_4868c3b754655f90".into(), segments: None };
    assert_eq!(outcome, SendOutcome::Sent(receipt));

    let [call] = &server.calls()[..] else { panic!("one call") };
    assert_eq!((call.method.as_str(), call.uri.path()), ("POST", "/v1/letters"));
    assert_eq!(call.headers["authorization"], format!("Basic {}", BASE64.encode(b"test_key:")));
    assert_eq!(call.headers["idempotency-key"], INTERACTION);
    assert_eq!(call.headers["lob-version"], "2020-02-11");
    let expected = [
        ("to[name]", "John Doe"),
        ("to[address_line1]", "233 S Wacker Dr"),
        ("to[address_city]", "Chicago"),
        ("to[address_state]", "IL"),
        ("to[address_zip]", "60606-1234"),
        ("to[address_country]", "US"),
        ("from[name]", "Acme Lending"),
        ("from[address_line1]", "500 W Madison St"),
        ("from[address_city]", "Chicago"),
        ("from[address_state]", "IL"),
        ("from[address_zip]", "60661"),
        ("from[address_country]", "US"),
        ("color", "false"),
        ("double_sided", "true"),
        ("address_placement", "top_first_page"),
        ("mail_type", "usps_first_class"),
        ("use_type", "operational"),
        ("return_envelope", "false"),
        ("metadata[tenant]", "demo"),
        ("metadata[interaction]", INTERACTION),
        ("file", "%PDF-1.7 pages"),
    ];
    let form = fields(call.headers["content-type"].to_str().unwrap(), &call.body);
    let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(form, expected);
    assert!(call.body.contains("filename=\"letter.pdf\"\r\nContent-Type: application/pdf\r\n"));
}

#[tokio::test]
async fn a_letter_on_other_paper_is_refused_before_lob_is_asked() {
    let server = Server::answering(200, &[], created()).await;
    let mut message = Message::letter(PAGES);
    message.interaction.letter.as_mut().unwrap().page_size = PageSize::A4;
    let refusal = refused(send(&server.url, &message).await);
    assert!(refusal.description.contains("its pages are A4, and Lob prints US Letter"), "{refusal:#?}");
    assert_eq!((refusal.details, refusal.retry), (Some(StatusDetails::LetterFailedToCreate), Retry::Never));
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn options_are_those_the_letter_was_accepted_with() {
    let mut message = Message::letter(PAGES);
    let letter = message.interaction.letter.as_mut().unwrap();
    letter.window = Window::Address;
    letter.mailing.color = true;
    letter.mailing.double_sided = false;
    letter.mailing.return_envelope = true;
    letter.mailing.extra_service = Some(ExtraService::CertifiedReturnReceipt);
    message.interaction.circumstances.purpose = Some(domain::vocabulary::Purpose::Marketing);
    let form = posted(&message).await;
    for (name, value) in [
        ("color", "true"),
        ("double_sided", "false"),
        ("address_placement", "insert_blank_page"),
        ("return_envelope", "true"),
        ("perforated_page", "1"),
        ("extra_service", "certified_return_receipt"),
        ("use_type", "marketing"),
    ] {
        assert!(form.contains(&(name.into(), value.into())), "{name}={value}");
    }
    message.interaction.letter.as_mut().unwrap().mailing.mail_class = MailClass::Standard;
    assert!(posted(&message).await.contains(&("mail_type".into(), "usps_standard".into())));
}

#[tokio::test]
async fn an_error_is_the_refusal_its_code_says() {
    for (status, code, retry) in [
        (401, "unauthorized", Retry::Never),
        (403, "feature_limit_reached", Retry::Never),
        (404, "not_found", Retry::Never),
        (422, "failed_deliverability_strictness", Retry::Never),
        (422, "invalid", Retry::Never),
        (429, "rate_limit_exceeded", Retry::WhileAllowed),
        (500, "internal_server_error", Retry::WhileAllowed),
        (503, "service_unavailable", Retry::WhileAllowed),
    ] {
        let body = json!({ "error": { "message": "No.", "status_code": status, "code": code } });
        let refusal = refused(answered(status, body).await);
        assert_eq!((refusal.code.as_deref(), refusal.retry), (Some(code), retry), "{status}");
        assert!(!refusal.description.contains("No."), "Lob's words may name people");
    }
    let refusal = refused(answered(422, json!("<html>")).await);
    assert_eq!((refusal.code.as_deref(), refusal.retry), (Some("422"), Retry::Never));
}

#[tokio::test]
async fn what_is_not_certain_is_unknown_and_what_never_left_is_not() {
    for status in [502, 504] {
        assert!(matches!(answered(status, json!({})).await, SendOutcome::Unknown { .. }), "{status}");
    }
    assert!(matches!(answered(200, json!({ "object": "letter" })).await, SendOutcome::Unknown { .. }));
    let (url, connections) = hanging_up_after("").await;
    assert!(matches!(send(&url, &Message::letter(PAGES)).await, SendOutcome::Unknown { .. }));
    assert_eq!(connections.load(Ordering::SeqCst), 1, "asked once");
    let refusal = refused(send(&nobody().await, &Message::letter(PAGES)).await);
    assert_eq!(refusal.retry, Retry::WhileAllowed);
}

#[tokio::test]
async fn without_account_secret_or_pages_nothing_is_asked() {
    let server = Server::answering(200, &[], created()).await;
    let with = |change: fn(&mut Message)| {
        let mut message = Message::letter(PAGES);
        change(&mut message);
        message
    };
    let lob_of =
        |message: &mut Message| message.tenant.senders.letter.as_mut().and_then(|letter| letter.lob.take());
    let mut no_account = Message::letter(PAGES);
    drop(lob_of(&mut no_account));
    let no_pages = with(|message| message.attachments.clear());
    let no_letter = with(|message| message.interaction.letter = None);
    for message in [no_account, no_pages, no_letter] {
        assert_eq!(refused(send(&server.url, &message).await).retry, Retry::Never);
    }
    let no_secret = with(|message| {
        let letter = message.tenant.senders.letter.as_mut().unwrap();
        letter.lob.as_mut().unwrap().api_key_secret = "demo/none".into();
    });
    assert_eq!(refused(send(&server.url, &no_secret).await).retry, Retry::WhileAllowed);
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn a_letter_is_found_by_our_id_unless_it_was_deleted() {
    let found = json!({ "data": [{ "id": "ltr_2", "deleted": true }, { "id": "ltr_1" }], "count": 2 });
    let server = Server::answering(200, &[], found).await;
    let message = Message::letter(PAGES);
    let receipts = lob(&server.url).find(&message.outgoing(), now()).await.unwrap();
    assert_eq!(receipts, [Receipt { reference: "ltr_1".into(), segments: None }]);
    let [call] = &server.calls()[..] else { panic!("one call") };
    let query = call.uri.query().unwrap();
    let query: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!(query, [("metadata[interaction]".to_owned(), INTERACTION.to_owned())]);

    for status in [401, 429, 500] {
        let server = Server::answering(status, &[], json!({})).await;
        assert!(lob(&server.url).find(&message.outgoing(), now()).await.is_err(), "{status}");
    }
}

#[tokio::test]
async fn lob_gives_a_letter_back_or_says_that_it_is_too_late_or_cannot_be_asked() {
    let tenant = Message::letter(PAGES).tenant;
    let recall = async |status, body| {
        let server = Server::answering(status, &[], body).await;
        let recalled = lob(&server.url).recall(&tenant, "ltr_1").await;
        (recalled, server.calls())
    };
    let (recalled, calls) = recall(200, json!({ "id": "ltr_1", "deleted": true })).await;
    assert!(recalled.unwrap());
    assert_eq!((calls[0].method.as_str(), calls[0].uri.path()), ("DELETE", "/v1/letters/ltr_1"));
    // It says no, and shows the letter as it is.
    let (recalled, calls) = recall(422, json!({ "error": { "code": "not_deletable" } })).await;
    assert!(!recalled.unwrap());
    assert_eq!((calls[1].method.as_str(), calls[1].uri.path()), ("GET", "/v1/letters/ltr_1"));
    for status in [429, 500, 503] {
        assert!(matches!(recall(status, json!({})).await.0, Err(Error::Unavailable(_))), "{status}");
    }
    assert!(matches!(recall(401, json!({})).await.0, Err(Error::Internal(_))));
    assert!(matches!(lob(&nobody().await).recall(&tenant, "ltr_1").await, Err(Error::Unavailable(_))));
}

fn signed(secret: &str, timestamp: &str, body: &[u8]) -> HeaderMap {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = hmac::sign(&key, &[timestamp.as_bytes(), b".", body].concat());
    let signature = data_encoding::HEXLOWER.encode(signature.as_ref());
    let mut headers = HeaderMap::new();
    headers.insert(signature::HEADER, signature.parse().unwrap());
    headers.insert(signature::TIMESTAMP, timestamp.parse().unwrap());
    headers
}

#[tokio::test]
async fn a_call_is_believed_with_the_secret_of_the_tenants_webhook_alone() {
    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    let (lob, message) = (lob("https://api.lob.com"), Message::letter(PAGES));
    let timestamp = now().as_millisecond().to_string();
    let verdict = async |headers: &HeaderMap, body: &'static [u8]| {
        let call = WebhookCall {
            webhook: Webhook::DeliveryStatus,
            domain: None,
            headers,
            query: "tenant=demo",
            body,
        };
        lob.verify(&message.tenant, &call).await
    };
    let headers = signed("webhook secret", &timestamp, BODY);
    assert_eq!(verdict(&headers, BODY).await.unwrap().as_deref(), Some(BODY));
    let mut undated = headers.clone();
    undated.remove(signature::TIMESTAMP);
    for (headers, body) in [
        (&headers, &b"{}"[..]),
        (&signed("another", &timestamp, BODY), BODY),
        (&signed("webhook secret", "1", BODY), BODY),
        (&undated, BODY),
    ] {
        assert!(matches!(verdict(headers, body).await, Err(Error::Unauthenticated)));
    }
}

#[test]
fn a_letter_accepted_before_there_were_pages_reads_as_it_was_stored() {
    let mut stored = serde_json::to_value(Message::text("Hi").interaction).unwrap();
    assert!(stored.as_object_mut().unwrap().remove("letter").is_none());
    let read: Interaction = serde_json::from_value(stored).unwrap();
    assert_eq!(read.letter, None);
}
