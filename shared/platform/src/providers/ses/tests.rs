use std::sync::atomic::Ordering;

use aws_sdk_sesv2::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::tls::{Provider as Tls, rustls_provider::CryptoMode};
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::*;
use crate::{
    outbound::Outbound,
    providers::fixtures::{INTERACTION, Message, Server, StoppedClock, hanging_up_after, nobody},
};

/// A client as the SDK makes it by default: with retries.
fn ses(endpoint: &str) -> Ses {
    let http =
        aws_smithy_http_client::Builder::new().tls_provider(Tls::Rustls(CryptoMode::Ring)).build_https();
    let config = config::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .endpoint_url(endpoint)
        .http_client(http)
        .retry_config(RetryConfig::standard())
        .build();
    let sns = Arc::new(sns::SnsOverHttps::new(Outbound::new()));
    Ses::new(Client::from_conf(config), sns, Arc::new(StoppedClock), "bodies".into())
}

async fn send(endpoint: &str, message: &Message) -> SendOutcome {
    ses(endpoint).send(&message.outgoing()).await
}

fn reminder() -> Message {
    Message::email("Your payment is due", "Hi John", "<p>Hi John</p>")
}

async fn refused_with(status: u16, kind: &'static str) -> (Refusal, usize) {
    let body = json!({"message": "Email address is not verified: john@borrower.example"});
    let server = Server::answering(status, &[("x-amzn-errortype", kind)], body).await;
    match send(&server.url, &reminder()).await {
        SendOutcome::Refused(refusal) => (refusal, server.calls().len()),
        other => panic!("{kind}: {other:?}"),
    }
}

#[tokio::test]
async fn a_message_is_sent_raw_with_our_ids_as_tags() {
    let server = Server::answering(200, &[], json!({"MessageId": "0100-abc"})).await;
    let outcome = send(&server.url, &reminder()).await;
    assert_eq!(outcome, SendOutcome::Sent(Receipt { reference: "0100-abc".into(), segments: None }));

    let [call] = &server.calls()[..] else { panic!("one call") };
    assert_eq!((call.method.as_str(), call.uri.path()), ("POST", "/v2/email/outbound-emails"));
    let request: Value = serde_json::from_str(&call.body).unwrap();
    assert_eq!(request["Destination"], json!({"ToAddresses": ["john@borrower.example"]}));
    assert_eq!(request["ConfigurationSetName"], "postrider");
    let tags = json!([{"Name": "interaction", "Value": INTERACTION}, {"Name": "tenant", "Value": "demo"}]);
    assert_eq!(request["EmailTags"], tags);
    let raw = BASE64.decode(request["Content"]["Raw"]["Data"].as_str().unwrap().as_bytes()).unwrap();
    assert!(String::from_utf8(raw).unwrap().starts_with("From: \"Acme Lending\" <care@acme.example>\r\n"));
}

#[tokio::test]
async fn what_is_the_messages_or_the_accounts_fault_is_final() {
    use FailureReason::{EmailServiceNotEnabled, MessagingException};
    for (status, kind, details, reason) in [
        (400, "MessageRejected", Some(StatusDetails::EmailDropped), MessagingException),
        (400, "BadRequestException", None, MessagingException),
        (400, "MailFromDomainNotVerifiedException", None, EmailServiceNotEnabled),
        (400, "AccountSuspendedException", None, EmailServiceNotEnabled),
        (400, "SendingPausedException", None, EmailServiceNotEnabled),
        (404, "NotFoundException", None, EmailServiceNotEnabled),
    ] {
        let (refusal, calls) = refused_with(status, kind).await;
        assert_eq!(
            (refusal.details, refusal.reason, refusal.retry),
            (details, reason, Retry::Never),
            "{kind}"
        );
        assert_eq!((refusal.code.as_deref(), calls), (Some(kind), 1), "{kind}");
        assert!(!refusal.description.contains('@'), "{}", refusal.description);
    }
}

#[tokio::test]
async fn a_busy_ses_is_tried_again_by_the_pipeline_and_not_by_the_sdk() {
    for (status, kind) in [
        (429, "TooManyRequestsException"),
        (400, "LimitExceededException"),
        (400, "ThrottlingException"),
        (500, "InternalServiceErrorException"),
        (503, "ServiceUnavailable"),
    ] {
        let (refusal, calls) = refused_with(status, kind).await;
        assert_eq!((refusal.details, refusal.retry, calls), (None, Retry::WhileAllowed, 1), "{kind}");
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_it_open_whether_the_message_left() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"MessageId\""] {
        let (url, connections) = hanging_up_after(answer).await;
        assert!(matches!(send(&url, &reminder()).await, SendOutcome::Unknown { .. }), "{answer:?}");
        assert_eq!(connections.load(Ordering::SeqCst), 1, "nothing is sent twice on its own");
    }
    let silent = Server::answering(200, &[], json!({})).await;
    assert!(matches!(send(&silent.url, &reminder()).await, SendOutcome::Unknown { .. }));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_is_not_waited_for() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    assert!(matches!(send(&url, &reminder()).await, SendOutcome::Unknown { .. }));
}

#[tokio::test]
async fn without_a_connection_nothing_left() {
    for url in [nobody().await, "http://nowhere.invalid".into()] {
        let SendOutcome::Refused(refusal) = send(&url, &reminder()).await else { panic!("{url}") };
        assert_eq!(refusal.retry, Retry::WhileAllowed, "{url}");
    }
}

#[tokio::test]
async fn what_cannot_be_composed_or_has_no_sender_is_refused_without_asking_ses() {
    let server = Server::answering(200, &[], json!({"MessageId": "m"})).await;
    let mut no_sender = reminder();
    no_sender.tenant.senders.email = None;
    let mut no_address = reminder();
    no_address.interaction.to = "john".into();
    for message in [no_sender, no_address] {
        let SendOutcome::Refused(refusal) = send(&server.url, &message).await else { panic!() };
        assert_eq!(refusal.retry, Retry::Never);
    }
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn nobody_can_say_whether_a_lost_message_left() {
    let message = reminder();
    let found = ses(&nobody().await).find(&message.outgoing(), crate::providers::fixtures::now()).await;
    assert_eq!(found, Ok(Vec::new()));
}

#[test]
fn an_account_that_may_not_send_is_out_of_order_and_a_message_is_not() {
    for (code, about) in [
        ("AccountSuspendedException", Account),
        ("SendingPausedException", Account),
        ("MailFromDomainNotVerifiedException", Account),
        ("NotFoundException", Account),
        ("MessageRejected", Message),
        ("BadRequestException", Message),
        ("TooManyRequestsException", About::Server),
        ("AccessDeniedException", Account),
    ] {
        assert_eq!(refused(Some(code)).about, about, "{code}");
    }
}
