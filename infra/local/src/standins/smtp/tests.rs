use std::time::Duration;

use data_encoding::BASE64;
use domain::vocabulary::ProviderName;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::*;
use crate::faults::Mode;
use crate::outbox::Filter;
use crate::standins::Setup;
use crate::standins::ses::SesConfig;
use crate::standins::testbed::{SOON, Testbed, Webhook, client, serve};

struct Bench {
    bed: Testbed,
    address: String,
    controls: String,
    webhook: Webhook,
}

impl Bench {
    async fn new() -> Self {
        let (bed, (webhook, webhooks)) = (Testbed::new(), Webhook::start().await);
        let demo = Demo::read().unwrap();
        let behavior = aws_config::BehaviorVersion::latest();
        let setup = Setup {
            aws: String::new(),
            sdk: aws_config::SdkConfig::builder().behavior_version(behavior).build(),
            bucket: String::new(),
            webhooks,
            auto_deliver: None,
        };
        let ses = Ses::new(SesConfig::of(&demo, &setup).unwrap(), bed.surroundings());
        let smtp = Smtp::new(SmtpLogin::of(&demo).unwrap(), bed.surroundings(), ses);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(Arc::clone(&smtp).serve(listener));
        Self { bed, address, controls: serve(smtp.controls()).await, webhook }
    }

    async fn control(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/_local/providers/smtp/{path}", self.controls);
        let answer = client().post(url).body(body.to_string()).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn connect(&self) -> Line {
        let mut line = Line(BufReader::new(TcpStream::connect(&self.address).await.unwrap()));
        assert!(line.answer().await.starts_with("220 "));
        line
    }

    /// A connection that is signed in and has leave to send a message.
    async fn addressed(&self) -> Line {
        let mut line = self.connect().await;
        for (command, code) in [
            ("EHLO acme.example", "250 "),
            (&format!("AUTH PLAIN {}", BASE64.encode(b"\0demo\0demo-smtp-password"))[..], "235 "),
            ("MAIL FROM:<bounces+x@acme.example>", "250 "),
            ("RCPT TO:<john@example.com>", "250 "),
            ("DATA", "354 "),
        ] {
            let answer = line.say(command).await;
            assert!(answer.starts_with(code), "{command}: {answer}");
        }
        line
    }
}

struct Line(BufReader<TcpStream>);

impl Line {
    /// The last line of an answer; "" where the server hung up.
    async fn answer(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await.unwrap();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    async fn say(&mut self, command: &str) -> String {
        self.0.get_mut().write_all(format!("{command}\r\n").as_bytes()).await.unwrap();
        self.answer().await
    }
}

const MAIL: &str = "From: Acme <care@acme.example>\r\nTo: john@example.com\r\nSubject: Due\r\nMessage-ID: <IN-1.K@acme.example>\r\n\r\nHi\r\n..\r\n..a\r\n.";

#[tokio::test]
async fn a_message_leaves_the_building_as_it_was_said() {
    let bench = Bench::new().await;
    assert!(bench.addressed().await.say(MAIL).await.starts_with("250 2.0.0 "));
    let [left] = &bench.bed.outbox.list(&Filter::default())[..] else { panic!("one message") };
    assert_eq!((left.provider, left.to.as_str()), (ProviderName::Smtp, "john@example.com"));
    assert_eq!(left.body, "Hi\r\n.\r\n.a\r\n");
    assert_eq!(left.headers["Subject"], "Due");
    assert_eq!(left.tags["smtp:return-path"], "bounces+x@acme.example");
    assert!(left.answers_to("IN-1"));
}

#[tokio::test]
async fn commands_out_of_turn_and_strangers_are_refused_with_enhanced_codes() {
    let bench = Bench::new().await;
    let mut line = bench.connect().await;
    for (command, answer) in [
        ("EHLO acme.example", "250 AUTH PLAIN LOGIN"),
        ("MAIL FROM:<a@acme.example>", "530 5.7.0"),
        ("AUTH PLAIN", "334 "),
        (&BASE64.encode(b"\0demo\0guess"), "535 5.7.8"),
        ("AUTH LOGIN", "334 VXNlcm5hbWU6"),
        (&BASE64.encode(b"demo"), "334 UGFzc3dvcmQ6"),
        (&BASE64.encode(b"demo-smtp-password"), "235 2.7.0"),
        ("AUTH CRAM-MD5", "504 5.5.4"),
        ("RCPT TO:<john@example.com>", "503 5.5.1"),
        ("DATA", "503 5.5.1"),
        ("MAIL FROM:a@acme.example", "501 5.1.7"),
        ("mail from:<a@acme.example> SIZE=100", "250 2.1.0"),
        ("RCPT TO:<john>", "501 5.1.3"),
        ("DATA", "503 5.5.1"),
        ("STARTTLS", "502 5.5.1"),
        ("RSET", "250 2.0.0"),
        ("PIGEON", "500 5.5.2"),
        ("QUIT", "221 2.0.0"),
    ] {
        let told = line.say(command).await;
        assert!(told.starts_with(answer), "{command}: {told}");
    }
    assert_eq!(line.answer().await, "");
}

#[tokio::test]
async fn a_step_is_refused_as_often_as_asked() {
    let bench = Bench::new().await;
    let asked = json!({ "stage": "message", "reply": "554 5.7.1 Spam", "times": 1 });
    assert_eq!(bench.control("refuse", asked.clone()).await, (200, json!([asked])));
    assert!(bench.addressed().await.say(MAIL).await.starts_with("554 5.7.1 Spam"));
    assert!(bench.addressed().await.say(MAIL).await.starts_with("250 "));
    for wrong in ["250 Ok", "no", "550 a\r\nb"] {
        assert_eq!(
            bench.control("refuse", json!({ "stage": "rcpt", "reply": wrong })).await.0,
            400,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_fault_befalls_the_final_dot() {
    let bench = Bench::new().await;
    for (mode, answer, left) in
        [(Mode::Error, "451 4.3.0", 0), (Mode::Throttle, "421 4.7.0", 0), (Mode::DropAnswer, "", 1)]
    {
        bench.bed.next_send_meets(ProviderName::Smtp, mode);
        let told = bench.addressed().await.say(MAIL).await;
        assert!(told.starts_with(answer) && told.is_empty() == answer.is_empty(), "{mode:?}: {told}");
        assert_eq!(bench.bed.outbox.list(&Filter::default()).len(), left, "{mode:?}");
    }
    bench.bed.next_send_meets(ProviderName::Smtp, Mode::CrashBeforeRecord);
    let mut line = bench.addressed().await;
    assert!(timeout(SOON.max(Duration::from_millis(300)), line.say(MAIL)).await.is_err(), "no answer");
    assert_eq!(bench.bed.crashed.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn what_comes_back_is_a_mail_to_the_lender_that_names_the_message() {
    let bench = Bench::new().await;
    bench.addressed().await.say(MAIL).await;
    let asked = json!({ "message": "IN-1", "action": "failed", "code": "5.2.2" });
    let (status, answer) = bench.control("status", asked).await;
    assert_eq!((status, answer["status"].as_u64()), (200, Some(204)), "{answer}");
    let notification: Value = serde_json::from_str(&bench.webhook.last_call().body).unwrap();
    let message: Value = serde_json::from_str(notification["Message"].as_str().unwrap()).unwrap();
    assert_eq!(message["receipt"]["recipients"], json!(["bounces+x@acme.example"]));
    let mail = BASE64.decode(message["content"].as_str().unwrap().as_bytes()).unwrap();
    let mail = String::from_utf8(mail).unwrap();
    for part in [
        "Content-Type: multipart/report; report-type=delivery-status;",
        "Final-Recipient: rfc822; john@example.com\r\nAction: failed\r\nStatus: 5.2.2\r\n",
        "Message-ID: <IN-1.K@acme.example>\r\n",
    ] {
        assert!(mail.contains(part), "{part}: {mail}");
    }
    let (status, _) = bench.control("status", json!({ "message": "IN-2", "action": "failed" })).await;
    assert_eq!(status, 404);
}
