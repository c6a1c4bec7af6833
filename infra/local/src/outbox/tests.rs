use std::fs;
use std::path::Path;

use axum::http::StatusCode;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::standins::testbed::{client, serve};

fn text(to: &str, body: &str) -> Message {
    Message {
        sequence: 0,
        at: "2026-01-15T14:00:00Z".parse().unwrap(),
        provider: ProviderName::Twilio,
        provider_message_id: format!("SM-{body}"),
        channel: SendingChannel::Text,
        to: to.to_owned(),
        from: "+13125550199".to_owned(),
        subject: None,
        body: body.to_owned(),
        html: None,
        headers: BTreeMap::new(),
        attachments: Vec::new(),
        tags: BTreeMap::new(),
        reports: Vec::new(),
        raw: String::new(),
    }
}

fn mail(to: &str, html: &str) -> Message {
    Message {
        provider: ProviderName::Ses,
        channel: SendingChannel::Email,
        subject: Some("Your payment".to_owned()),
        html: Some(html.to_owned()),
        attachments: vec![Attachment {
            name: "statement.pdf".to_owned(),
            media_type: Some("application/pdf".to_owned()),
            size: Some(1234),
        }],
        ..text(to, "Hello")
    }
}

fn report(event: &str) -> Report {
    Report { at: Timestamp::UNIX_EPOCH, event: event.to_owned(), detail: None, answered: 204 }
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.body.as_str()).collect()
}

/// A file of its own for one test, removed afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("postrider-outbox-{}-{name}", std::process::id())))
    }

    fn file(&self) -> PathBuf {
        self.0.join("outbox.jsonl")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn lines(path: &Path) -> usize {
    fs::read_to_string(path).unwrap().lines().count()
}

#[test]
fn messages_are_numbered_and_listed_newest_first() {
    let outbox = Outbox::default();
    assert_eq!(outbox.add(text("+13125550100", "one")).sequence, 1);
    assert_eq!(outbox.add(text("+13125550100", "two")).sequence, 2);
    assert_eq!(bodies(&outbox.list(&Filter::default())), ["two", "one"]);
}

#[test]
fn filter_leaves_the_channel_the_recipient_and_the_newest() {
    let outbox = Outbox::default();
    outbox.add(text("+13125550100", "one"));
    outbox.add(text("+13125550101", "two"));
    outbox.add(mail("john@example.com, mary@example.com", "<p>Hi</p>"));
    let list = |channel, to: Option<&str>, limit| {
        outbox.list(&Filter { channel, to: to.map(str::to_owned), limit }).len()
    };
    assert_eq!(list(Some(SendingChannel::Text), None, None), 2);
    assert_eq!(list(Some(SendingChannel::Email), None, None), 1);
    assert_eq!(list(None, Some("Mary@Example.com"), None), 1);
    assert_eq!(list(None, Some("+13125550101"), None), 1);
    // A `+` not written as %2B in a query arrives as a blank.
    assert_eq!(list(None, Some(" 13125550101"), None), 1);
    assert_eq!(list(None, Some("+1312555010"), None), 0);
    assert_eq!(list(None, None, Some(2)), 2);
}

#[test]
fn oldest_messages_make_room() {
    let outbox = Outbox::default();
    for n in 0..CAPACITY + 3 {
        outbox.add(text("+13125550100", &n.to_string()));
    }
    let messages = outbox.list(&Filter::default());
    assert_eq!(messages.len(), CAPACITY);
    assert_eq!(messages.last().unwrap().sequence, 4);
}

#[test]
fn message_is_found_by_the_provider_s_id_or_an_id_it_carries() {
    let outbox = Outbox::default();
    let mut message = text("+13125550100", "one");
    message.tags.insert(
        "StatusCallback".to_owned(),
        "http://127.0.0.1:8080/hook?interaction=IN-01JD-8ZQ4&t=demo".to_owned(),
    );
    message.headers.insert("Message-ID".to_owned(), "<IN-EXT-abc@postrider>".to_owned());
    outbox.add(message);
    let found = |id: &str| outbox.find(ProviderName::Twilio, id).is_some();
    assert!(found("SM-one"));
    assert!(found("IN-01JD-8ZQ4"));
    assert!(found("IN-EXT-abc"));
    assert!(!found("IN-01JD"), "only whole words count");
    assert!(!found(""));
    assert!(outbox.find(ProviderName::Ses, "SM-one").is_none(), "another provider's message");
}

#[test]
fn newest_of_several_messages_with_the_same_id_is_found() {
    let outbox = Outbox::default();
    for body in ["first", "second"] {
        let mut message = text("+13125550100", body);
        message.tags.insert("interaction".to_owned(), "IN-1".to_owned());
        outbox.add(message);
    }
    assert_eq!(outbox.find(ProviderName::Twilio, "IN-1").unwrap().body, "second");
}

#[test]
fn outbox_on_disk_survives_a_restart_with_its_reports() {
    let scratch = Scratch::new("restart");
    let outbox = Outbox::open(scratch.file()).unwrap();
    outbox.add(text("+13125550100", "one"));
    let sequence = outbox.add(mail("john@example.com", "<p>Hi</p>")).sequence;
    outbox.report(sequence, report("Delivery"));
    let before = outbox.list(&Filter::default());
    drop(outbox);

    let outbox = Outbox::open(scratch.file()).unwrap();
    assert_eq!(outbox.list(&Filter::default()), before);
    assert_eq!(outbox.add(text("+13125550100", "three")).sequence, 3);
    assert_eq!(lines(&scratch.file()), 3);
}

#[test]
fn line_cut_off_by_a_kill_is_left_out() {
    let scratch = Scratch::new("torn");
    Outbox::open(scratch.file()).unwrap().add(text("+13125550100", "one"));
    let mut content = fs::read(scratch.file()).unwrap();
    content.extend_from_slice(&content.clone()[..content.len() / 2]);
    fs::write(scratch.file(), content).unwrap();

    let outbox = Outbox::open(scratch.file()).unwrap();
    outbox.add(text("+13125550100", "two"));
    drop(outbox);
    assert_eq!(bodies(&Outbox::open(scratch.file()).unwrap().list(&Filter::default())), ["two", "one"]);
}

#[test]
fn restart_leaves_one_line_per_message() {
    let scratch = Scratch::new("lines");
    let outbox = Outbox::open(scratch.file()).unwrap();
    let sequence = outbox.add(text("+13125550100", "one")).sequence;
    for _ in 0..300 {
        outbox.report(sequence, report("sent"));
    }
    assert_eq!(lines(&scratch.file()), 301);
    drop(outbox);
    let outbox = Outbox::open(scratch.file()).unwrap();
    assert_eq!(lines(&scratch.file()), 1);
    assert_eq!(outbox.get(sequence).unwrap().reports.len(), 300);
}

proptest! {
    #[test]
    fn any_text_survives_the_disk(body in "\\PC*", subject in proptest::option::of(".*")) {
        let scratch = Scratch::new("any");
        let outbox = Outbox::open(scratch.file()).unwrap();
        let message = outbox.add(Message { subject, ..text("+13125550100", &body) });
        drop(outbox);
        prop_assert_eq!(Outbox::open(scratch.file()).unwrap().get(1), Some(message));
    }
}

async fn get(outbox: &Arc<Outbox>, path: &str) -> (StatusCode, String) {
    let url = serve(routes(Arc::clone(outbox))).await;
    let answer = client().get(format!("{url}{path}")).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn scripts_read_the_outbox_as_json() {
    let outbox = Arc::new(Outbox::default());
    outbox.add(text("+13125550100", "one"));
    outbox.add(mail("john@example.com", "<p>Hi</p>"));
    let (status, body) = get(&outbox, "/_local/outbox?channel=sms&to=+13125550100").await;
    assert_eq!(status, StatusCode::OK);
    let messages: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(messages.as_array().unwrap().len(), 1);
    assert_eq!(messages[0]["provider"], "twilio");
    assert_eq!(messages[0]["channel"], "text");
    assert_eq!(messages[0]["to"], "+13125550100");
    assert_eq!(messages[0]["at"], "2026-01-15T14:00:00Z");
}

#[tokio::test]
async fn unknown_channel_or_parameter_is_a_problem_naming_the_known_ones() {
    let outbox = Arc::new(Outbox::default());
    let (status, body) = get(&outbox, "/_local/outbox?channel=pigeon").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body.contains("email, text"), "{body}");
    assert_eq!(get(&outbox, "/_local/outbox?chanel=text").await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn page_shows_a_message_s_html_only_inside_a_sandboxed_frame() {
    let outbox = Arc::new(Outbox::default());
    outbox.add(mail("john@example.com", r#"<p class="x">Hi</p><script>alert('1')</script>"#));
    outbox.add(text("+13125550100", "</div><script>alert(2)</script>"));
    let (status, newest) = get(&outbox, "/_local/").await;
    assert_eq!(status, StatusCode::OK);
    assert!(!newest.contains("<script>"), "{newest}");
    let (_, opened) = get(&outbox, "/_local/?channel=email&to=john@example.com&message=1").await;
    assert!(opened.contains(
        r#"<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="&lt;p class=&quot;x&quot;&gt;Hi&lt;/p&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;""#
    ));
    assert!(opened.contains("statement.pdf"));
    assert!(opened.contains("href=\"?channel=email&amp;to=john%40example.com&amp;message=1\""), "{opened}");
}

#[tokio::test]
async fn links_in_a_text_can_be_followed_and_do_nothing_else() {
    let outbox = Arc::new(Outbox::default());
    outbox.add(text(
        "+13125550100",
        "Stop: http://127.0.0.1:1/u/demo/a?b&c=\"x, or (https://a.example/b). <i>",
    ));
    let (_, page) = get(&outbox, "/_local/").await;
    for (url, after) in
        [("http://127.0.0.1:1/u/demo/a?b&amp;c=", "&quot;x, or ("), ("https://a.example/b", "). &lt;i&gt;")]
    {
        let link = format!("<a href=\"{url}\" target=\"_blank\" rel=\"noreferrer\">{url}</a>{after}");
        assert!(page.contains(&link), "{link}: {page}");
    }
}

#[tokio::test]
async fn page_of_an_empty_outbox_says_so() {
    let (status, page) = get(&Arc::default(), "/_local/").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("No message here yet."));
}
