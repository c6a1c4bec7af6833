//! What is composed here is read back by another library.

use domain::vocabulary::MediaType;
use mail_parser::{HeaderName, Message as Parsed, MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::*;
use crate::providers::fixtures::{INTERACTION, Message, now};

fn composed(message: &Message) -> Result<Vec<u8>, Refusal> {
    let email = Email::of(&message.outgoing(), message.tenant.senders.email.as_ref().unwrap())?;
    Ok(email.raw(None, now()))
}

fn raw(message: &Message) -> String {
    String::from_utf8(composed(message).unwrap()).unwrap()
}

fn parse(raw: &str) -> Parsed<'_> {
    MessageParser::default().parse(raw.as_bytes()).unwrap()
}

fn header_names(raw: &str) -> Vec<&str> {
    let head = raw.split("\r\n\r\n").next().unwrap();
    head.split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split(':').next().unwrap())
        .collect()
}

fn address(raw: &str, header: HeaderName<'static>) -> Option<(Option<String>, String)> {
    let message = parse(raw);
    let first = message.header(header)?.as_address()?.first()?;
    Some((first.name().map(str::to_owned), first.address()?.to_owned()))
}

fn reminder() -> Message {
    Message::email("Your payment is due", "Hi John,\n312.50 is due.", "<p>Hi John,</p>")
}

#[test]
fn text_comes_before_html_as_alternatives() {
    let raw = raw(&reminder());
    let message = parse(&raw);
    assert!(
        message.content_type().is_some_and(|t| t.c_type == "multipart" && t.subtype() == Some("alternative"))
    );
    assert_eq!(message.body_text(0).unwrap(), "Hi John,\r\n312.50 is due.");
    assert_eq!(message.body_html(0).unwrap(), "<p>Hi John,</p>");
    assert!(raw.find("text/plain").unwrap() < raw.find("text/html").unwrap());
    assert_eq!(message.subject(), Some("Your payment is due"));
    assert_eq!(address(&raw, HeaderName::To), Some((None, "john@borrower.example".into())));
    assert_eq!(message.date().unwrap().to_rfc3339(), "2026-11-21T12:00:00Z");
}

#[test]
fn files_follow_what_is_to_be_read_byte_for_byte_under_their_names() {
    let mut message = reminder();
    let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let file = |name: &str| File { name: name.into(), media_type: MediaType::Pdf, bytes: bytes.clone() };
    message.attachments = vec![file("Grüße \u{201c}2026\u{201d}.pdf"), file(&"x".repeat(200))];
    let raw = raw(&message);
    let parsed = parse(&raw);
    assert_eq!(parsed.content_type().unwrap().subtype(), Some("mixed"));
    assert_eq!(parsed.body_text(0).unwrap(), "Hi John,\r\n312.50 is due.");
    let files: Vec<_> = parsed.attachments().collect();
    assert_eq!(files.len(), 2);
    for (found, sent) in files.iter().zip(&message.attachments) {
        assert_eq!((found.attachment_name(), found.contents()), (Some(sent.name.as_str()), &sent.bytes[..]));
    }
    assert!(raw.lines().all(|line| line.len() <= 998), "RFC 5322, section 2.1.1");
}

#[test]
fn one_part_stands_alone() {
    let text_only = Message::email("s", "Hi", " ");
    assert_eq!(parse(&raw(&text_only)).content_type().unwrap().subtype(), Some("plain"));
    let html_only = Message::email("s", "", "<p>Hi</p>");
    assert_eq!(parse(&raw(&html_only)).content_type().unwrap().subtype(), Some("html"));
}

#[test]
fn headers_are_ours_and_each_stands_once() {
    let raw = raw(&reminder());
    assert_eq!(
        header_names(&raw).join(" "),
        "From To Subject Date MIME-Version Reply-To List-Unsubscribe X-Postrider-Interaction List-Unsubscribe-Post Content-Type"
    );
    assert!(raw.contains(&format!("\r\nX-Postrider-Interaction: {INTERACTION}\r\n")));
}

#[test]
fn a_message_id_stands_once_where_it_is_ours_to_give() {
    let message = reminder();
    let email = Email::of(&message.outgoing(), message.tenant.senders.email.as_ref().unwrap()).unwrap();
    let raw = String::from_utf8(email.raw(Some("IN-1.K@acme.example"), now())).unwrap();
    assert_eq!(raw.matches("\r\nMessage-ID: <IN-1.K@acme.example>\r\n").count(), 1, "{raw}");
}

#[test]
fn a_message_people_may_answer_names_who_reads_the_answer() {
    let raw = raw(&reminder());
    assert_eq!(
        address(&raw, HeaderName::From),
        Some((Some("Acme Lending".into()), "care@acme.example".into()))
    );
    assert_eq!(address(&raw, HeaderName::ReplyTo), Some((None, "answers@acme.example".into())));
}

fn ways_to_unsubscribe(raw: &str) -> Vec<String> {
    let message = parse(raw);
    let Some(ways) = message.header(HeaderName::ListUnsubscribe).and_then(|value| value.as_address()) else {
        return Vec::new();
    };
    ways.iter().filter_map(|way| Some(way.address()?.to_owned())).collect()
}

#[test]
fn a_message_people_may_answer_is_unsubscribed_by_one_click_or_by_mail() {
    let mut message = reminder();
    let by_mail = format!("mailto:answers@acme.example?subject=unsubscribe%20{INTERACTION}");
    let link = "https://go.acme.example/u/demo/token".to_owned();
    assert_eq!(ways_to_unsubscribe(&raw(&message)), [link.clone(), by_mail.clone()]);
    assert!(raw(&message).contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    message.unsubscribe = None;
    assert_eq!(ways_to_unsubscribe(&raw(&message)), [by_mail]);
    assert!(!header_names(&raw(&message)).contains(&"List-Unsubscribe-Post"));
}

#[test]
fn a_transactional_message_comes_from_the_unmonitored_pair_and_cannot_be_unsubscribed() {
    let mut message = reminder();
    message.interaction.transactional = true;
    let raw = raw(&message);
    assert_eq!(address(&raw, HeaderName::From).unwrap().1, "no-reply@acme.example");
    assert!(!header_names(&raw).contains(&"Reply-To"));
    assert!(!header_names(&raw).iter().any(|name| name.starts_with("List-Unsubscribe")));
}

#[test]
fn without_reply_to_unsubscribing_goes_to_the_sender() {
    let mut message = reminder();
    message.tenant.senders.email.as_mut().unwrap().conversational.reply_to = None;
    let unsubscribe = ways_to_unsubscribe(&raw(&message)).pop().unwrap();
    assert!(unsubscribe.starts_with("mailto:care@acme.example?"), "{unsubscribe}");
}

#[test]
fn names_and_texts_of_any_script_arrive() {
    let mut message =
        Message::email("Последний платёж — 312,50 €", "Señora Núñez: ¡gracias! 谢谢 🙂", "<p>Žluťoučký</p>");
    message.tenant.senders.email.as_mut().unwrap().conversational.from =
        "Crédit \"Été\" 株式会社 <care@bücher.example>".into();
    let raw = raw(&message);
    assert!(raw.is_ascii());
    let parsed = parse(&raw);
    assert_eq!(parsed.subject(), Some("Последний платёж — 312,50 €"));
    assert_eq!(parsed.body_text(0).unwrap(), "Señora Núñez: ¡gracias! 谢谢 🙂");
    assert_eq!(parsed.body_html(0).unwrap(), "<p>Žluťoučký</p>");
    let (name, address) = address(&raw, HeaderName::From).unwrap();
    assert_eq!(address, "care@xn--bcher-kva.example");
    assert!(name.unwrap().starts_with("Crédit"));
}

#[test]
fn a_subject_cannot_add_a_header() {
    for subject in [
        "Hi\r\nBcc: evil@example.com",
        "Hi\nBcc: evil@example.com",
        "Hi\rBcc: evil@example.com",
        "Hi\r\n\r\n<script>",
        "Hi\u{0}\u{b}\u{c}\u{85}\u{1b}",
        "=?utf-8?q?=0D=0ABcc:_evil@example.com?=",
    ] {
        let raw = raw(&Message::email(subject, "text", "<p>html</p>"));
        assert_eq!(header_names(&raw).len(), 10, "{subject:?} {raw}");
        assert_eq!(parse(&raw).body_text(0).unwrap(), "text", "{subject:?}");
    }
}

#[test]
fn what_looks_like_an_encoded_word_arrives_as_it_is_written() {
    for name in
        ["=?utf-8?q?fake?=", "S =?utf-8?q?fake?=", "=?utf-8?B?ZmFrZQ==?= =?utf-8?B?ZmFrZQ==?=", "a =?b"]
    {
        let mut message = Message::email(name, "text", "");
        let quoted = format!("\"{name}\" <care@acme.example>");
        message.tenant.senders.email.as_mut().unwrap().conversational.from = quoted.clone();
        message.tenant.senders.email.as_mut().unwrap().conversational.reply_to = Some(quoted);
        message.interaction.copies.name = Some(name.into());
        message.interaction.copies.to =
            vec![Recipient { email: "pat@borrower.example".into(), name: Some("Pat, Núñez".into()) }];
        message.interaction.copies.cc = vec![Recipient { email: "cc@borrower.example".into(), name: None }];
        message.attachments =
            vec![File { name: format!("{name}.pdf"), media_type: MediaType::Pdf, bytes: b"%PDF".to_vec() }];
        let raw = raw(&message);
        assert!(!raw.contains("?q?fake"), "{raw}");
        let parsed = parse(&raw);
        assert_eq!(parsed.subject(), Some(name));
        for header in [HeaderName::From, HeaderName::ReplyTo, HeaderName::To] {
            assert_eq!(address(&raw, header.clone()).unwrap().0.as_deref(), Some(name), "{header:?} {raw}");
        }
        let second = parsed.to().unwrap().as_list().unwrap()[1].clone();
        assert_eq!((second.name(), second.address()), (Some("Pat, Núñez"), Some("pat@borrower.example")));
        assert_eq!(address(&raw, HeaderName::Cc), Some((None, "cc@borrower.example".into())));
        let file = parsed.attachments().next().unwrap();
        assert_eq!(file.attachment_name(), Some(&*format!("{name}.pdf")));
    }
}

#[test]
fn a_display_name_keeps_its_blanks() {
    for name in ["Acme  Lending", "  Acme Lending", "Acme   Crédit  Été", "Acme\u{a0}Lending  Inc."] {
        let mut message = reminder();
        message.tenant.senders.email.as_mut().unwrap().conversational.from =
            format!("\"{name}\" <care@acme.example>");
        assert!(
            address(&raw(&message), HeaderName::From).unwrap().0.unwrap().ends_with(name.trim_start()),
            "{name}"
        );
    }
    let mut message = reminder();
    message.tenant.senders.email.as_mut().unwrap().conversational.from =
        "Acme  Lending <care@acme.example>".into();
    assert!(raw(&message).starts_with("From: \"Acme  Lending\" <care@acme.example>\r\n"));
}

#[test]
fn what_is_hidden_does_not_pass_into_headers() {
    let mut message = Message::email("Pay\u{202e}ment \u{2066}due\u{2069}\u{200b}", "text", "");
    let file = |name: &str| File { name: name.into(), media_type: MediaType::Pdf, bytes: b"%PDF".to_vec() };
    message.attachments = vec![file("invoice\u{202e}fdp.exe")];
    let raw = raw(&message);
    let parsed = parse(&raw);
    assert_eq!(parsed.subject(), Some("Payment due"));
    assert_eq!(parsed.attachments().next().unwrap().attachment_name(), Some("invoicefdp.exe"));
    message.tenant.senders.email.as_mut().unwrap().conversational.from =
        "Ac\u{202e}me <care@acme.example>".into();
    assert_eq!(composed(&message).unwrap_err().reason, FailureReason::EmailServiceNotEnabled);
}

#[test]
fn a_recipient_that_is_not_one_address_is_refused_for_good() {
    for to in ["john", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "jöhn@b.example", ""] {
        let mut message = reminder();
        message.interaction.to = to.into();
        let refusal = composed(&message).unwrap_err();
        assert_eq!(refusal.details, Some(StatusDetails::InvalidContact), "{to:?}");
        assert_eq!(refusal.reason, FailureReason::MissingEmailRecipientAddress);
        assert_eq!(refusal.retry, Retry::Never);
        assert!(to.is_empty() || !refusal.description.contains(to));
    }
}

#[test]
fn a_sender_that_is_not_an_address_is_the_lenders_to_correct() {
    for (from, reply_to) in
        [("Acme Lending", None), ("a@b.example\nBcc: c@d.example", None), ("a@b.example", Some("nobody"))]
    {
        let mut message = reminder();
        let sender = message.tenant.senders.email.as_mut().unwrap();
        sender.conversational.from = from.into();
        sender.conversational.reply_to = reply_to.map(str::to_owned);
        let refusal = composed(&message).unwrap_err();
        assert_eq!(
            (refusal.reason, refusal.retry),
            (FailureReason::EmailServiceNotEnabled, Retry::Never),
            "{from:?}"
        );
    }
}

#[test]
fn a_message_without_content_is_refused() {
    let refusal = composed(&Message::email("Subject only", " \n", "")).unwrap_err();
    assert_eq!((refusal.reason, refusal.retry), (FailureReason::MessagingException, Retry::Never));
}

#[test]
fn every_line_break_becomes_one_and_control_characters_vanish() {
    let raw = raw(&Message::email("s", "a\r\nb\nc\rd\u{0}\u{7}\te\r\n.\r\nf", ""));
    assert_eq!(parse(&raw).body_text(0).unwrap(), "a\r\nb\r\nc\r\nd\te\r\n.\r\nf");
}

proptest! {
    #[test]
    fn whatever_is_said_arrives_and_adds_no_header(
        subject in "[\\PC\r\n\t\u{0}]{0,200}",
        text in "[\\PC\r\n\t\u{0}]{1,400}",
        html in "[\\PC\r\n]{1,400}",
        name in "[\\PC\"\\\\,;:<>]{0,60}",
    ) {
        prop_assume!(!text.trim().is_empty() && !html.trim().is_empty());
        let mut message = Message::email(&subject, &text, &html);
        message.tenant.senders.email.as_mut().unwrap().conversational.from = format!("{name} <care@acme.example>");
        // A name that is no phrase makes no address.
        let Ok(raw) = composed(&message) else { return Ok(()) };
        let raw = String::from_utf8(raw).unwrap();
        prop_assert_eq!(address(&raw, HeaderName::To).unwrap().1, "john@borrower.example");
        prop_assert!(raw.is_ascii());
        prop_assert_eq!(header_names(&raw).len(), 10, "{}", raw);
        prop_assert!(raw.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n', '\0'])));
        let parsed = parse(&raw);
        let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
        prop_assert_eq!(lines(&parsed.body_text(0).unwrap()), lines(&text));
        prop_assert_eq!(lines(&parsed.body_html(0).unwrap()), lines(&html));
        prop_assert_eq!(address(&raw, HeaderName::From).unwrap().1, "care@acme.example");
    }
}
