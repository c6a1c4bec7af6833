//! Sends, from the request's body to the answers that never came.

use std::sync::atomic::Ordering;

use domain::{delivery::Refusal, interaction::Recipient, vocabulary::MediaType};
use serde_json::{Value, json};

use super::*;
use crate::providers::{
    File,
    fixtures::{INTERACTION, Message, Secret, Server, StoppedClock, hanging_up_after, nobody},
};

fn at(endpoint: &str) -> Sendgrid {
    let secrets = Arc::new(Secret("SG.key\n"));
    Sendgrid::new(Outbound::new(), Some(endpoint), secrets, Arc::new(StoppedClock))
}

async fn send(endpoint: &str, message: &Message) -> SendOutcome {
    at(endpoint).send(&message.outgoing()).await
}

fn reminder() -> Message {
    Message::email("Your payment is due", "Hi John", "<p>Hi John</p>")
}

/// What is posted for a message.
async fn posted(message: &Message) -> Value {
    let server = Server::answering(202, &[("x-message-id", "14c5d75ce93")], json!("")).await;
    let taken = SendOutcome::Sent(Receipt { reference: "14c5d75ce93".into(), segments: None });
    assert_eq!(send(&server.url, message).await, taken);
    let [call] = &server.calls()[..] else { panic!("one call") };
    assert_eq!((call.method.as_str(), call.uri.path()), ("POST", "/v3/mail/send"));
    assert_eq!(call.headers["authorization"], "Bearer SG.key");
    assert_eq!(call.headers["content-type"], "application/json");
    serde_json::from_str(&call.body).unwrap()
}

#[tokio::test]
async fn a_message_is_posted_with_its_texts_in_order_its_headers_and_our_ids() {
    let mail_to = format!("<mailto:answers@acme.example?subject=unsubscribe%20{INTERACTION}>");
    let expected = json!({
        "personalizations": [{ "to": [{ "email": "john@borrower.example" }] }],
        "from": { "email": "care@acme.example", "name": "Acme Lending" },
        "reply_to": { "email": "answers@acme.example" },
        "subject": "Your payment is due",
        "content": [
            { "type": "text/plain", "value": "Hi John" },
            { "type": "text/html", "value": "<p>Hi John</p>" },
        ],
        "headers": {
            "List-Unsubscribe": format!("<https://go.acme.example/u/demo/token>, {mail_to}"),
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Message-ID": format!("<{INTERACTION}@acme.example>"),
            "X-Postrider-Interaction": INTERACTION,
        },
        "custom_args": { "tenant": "demo", "interaction": INTERACTION },
    });
    assert_eq!(posted(&reminder()).await, expected);
}

#[tokio::test]
async fn an_answer_names_the_mail_it_answers_and_a_transactional_message_has_no_way_out() {
    let mut message = reminder();
    message.interaction.transactional = true;
    message.interaction.circumstances.automatic = true;
    let outgoing = Outgoing { answers: Some("theirs@borrower.example"), ..message.outgoing() };
    let email = Email::of(&outgoing, message.tenant.senders.email.as_ref().unwrap()).unwrap();
    let headers = &json!(MailSend::of(&email, &outgoing))["headers"];
    let names: Vec<&str> = headers.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["Auto-Submitted", "In-Reply-To", "Message-ID", "References", "X-Postrider-Interaction"]
    );
    assert_eq!(headers["References"], "<theirs@borrower.example>");
}

#[tokio::test]
async fn files_go_along_in_base64_and_nobody_is_written_to_twice() {
    let mut message = reminder();
    message.content.content_html = None;
    message.attachments =
        vec![File { name: "Bill 1.pdf".into(), media_type: MediaType::Pdf, bytes: b"%PDF".to_vec() }];
    let someone = |email: &str| Recipient { email: email.into(), name: Some("Ann".into()) };
    message.interaction.copies.cc = vec![someone("ann@borrower.example"), someone("John@Borrower.example")];
    message.interaction.copies.bcc = vec![someone("ANN@borrower.example"), someone("audit@acme.example")];
    let posted = posted(&message).await;
    let pdf = json!({
        "content": "JVBERg==", "type": "application/pdf", "filename": "Bill 1.pdf", "disposition": "attachment",
    });
    assert_eq!(posted["attachments"], json!([pdf]));
    assert_eq!(posted["content"].as_array().unwrap().len(), 1);
    let people = json!([{
        "to": [{ "email": "john@borrower.example" }],
        "cc": [{ "email": "ann@borrower.example", "name": "Ann" }],
        "bcc": [{ "email": "audit@acme.example", "name": "Ann" }],
    }]);
    assert_eq!(posted["personalizations"], people);
}

async fn refused_with(status: u16, body: Value) -> Refusal {
    let server = Server::answering(status, &[], body).await;
    match send(&server.url, &reminder()).await {
        SendOutcome::Refused(refusal) => refusal,
        other => panic!("{status}: {other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_is_certain_and_names_no_address() {
    let told = "Does not contain a valid address: john@borrower.example";
    for (status, retry) in [
        (400, Retry::Never),
        (401, Retry::WhileAllowed),
        (413, Retry::Never),
        (429, Retry::WhileAllowed),
        (500, Retry::WhileAllowed),
        (503, Retry::WhileAllowed),
    ] {
        let body = json!({ "errors": [{ "message": told, "field": null, "help": null }] });
        let refusal = refused_with(status, body).await;
        assert_eq!((refusal.retry, refusal.code), (retry, Some(status.to_string())));
        assert!(!refusal.description.contains('@'), "{}", refusal.description);
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_or_says_nothing_leaves_it_open_whether_the_message_left() {
    for answer in ["", "HTTP/1.1 202"] {
        let (url, connections) = hanging_up_after(answer).await;
        assert!(matches!(send(&url, &reminder()).await, SendOutcome::Unknown { .. }), "{answer:?}");
        assert_eq!(connections.load(Ordering::SeqCst), 1, "nothing is sent twice on its own");
    }
    for status in [200, 202, 302, 408, 502, 504] {
        let server = Server::answering(status, &[], json!({})).await;
        assert!(matches!(send(&server.url, &reminder()).await, SendOutcome::Unknown { .. }), "{status}");
    }
}

#[tokio::test]
async fn without_a_connection_nothing_left() {
    let SendOutcome::Refused(refusal) = send(&nobody().await, &reminder()).await else { panic!() };
    assert_eq!(refusal.retry, Retry::WhileAllowed);
}

#[tokio::test]
async fn what_cannot_be_composed_or_has_no_account_is_refused_without_asking_sendgrid() {
    let server = Server::answering(202, &[("x-message-id", "m")], json!("")).await;
    let mut no_account = reminder();
    no_account.tenant.senders.email.as_mut().unwrap().sendgrid = None;
    let mut no_address = reminder();
    no_address.interaction.to = "john".into();
    for message in [no_account, no_address] {
        let SendOutcome::Refused(refusal) = send(&server.url, &message).await else { panic!() };
        assert_eq!(refusal.retry, Retry::Never);
    }
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn nobody_can_say_whether_a_lost_message_left() {
    let sendgrid = at(&nobody().await);
    assert!(!sendgrid.can_be_asked());
    let found = sendgrid.find(&reminder().outgoing(), crate::providers::fixtures::now()).await;
    assert_eq!(found, Ok(Vec::new()));
}
