use std::collections::BTreeMap;

use mail::{Mail, Mailbox};
use serde::Deserialize;

/// What a mail is expected to say. What is not named is expected not to be there.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Expected {
    from: String,
    reply_to: Option<String>,
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    cc: Vec<String>,
    #[serde(default)]
    delivered_to: Vec<String>,
    subject: String,
    sent_at: Option<String>,
    message_id: Option<String>,
    #[serde(default)]
    answers: Vec<String>,
    text: String,
    quoted: Option<String>,
    #[serde(default)]
    has_html: bool,
    /// Name, media type, bytes, content id.
    #[serde(default)]
    files: Vec<String>,
    automatic: Option<String>,
}

impl Expected {
    fn of(mail: Mail) -> Self {
        let written = |one: &Mailbox| match &one.name {
            Some(name) => format!("{name} <{}>", one.address),
            None => one.address.clone(),
        };
        let file = |file: mail::Enclosure| {
            let id = file.content_id.map(|id| format!(", {id}")).unwrap_or_default();
            format!("{}, {}, {}{id}", file.name, file.media_type, file.bytes.len())
        };
        Self {
            from: mail.from.as_ref().map(written).unwrap_or_default(),
            reply_to: mail.reply_to.as_ref().map(written),
            to: mail.to.iter().map(written).collect(),
            cc: mail.cc.iter().map(written).collect(),
            delivered_to: mail.delivered_to,
            subject: mail.subject,
            sent_at: mail.sent_at.map(|at| at.to_string()),
            message_id: mail.message_id,
            answers: mail.answers,
            text: mail.text,
            quoted: mail.quoted,
            has_html: mail.html.is_some(),
            files: mail.files.into_iter().map(file).collect(),
            automatic: mail.automatic.map(|reason| format!("{reason:?}")),
        }
    }
}

#[test]
fn a_mail_of_every_program_says_what_its_sender_wrote() {
    let expected: BTreeMap<String, Expected> =
        toml::from_str(include_str!("../mails.toml")).expect("a table");
    let mails = super::mails();
    assert!(expected.keys().eq(mails.iter().map(|(name, _)| name)), "one entry for each mail");
    for (name, raw) in mails {
        // A file in quoted-printable or none has the line breaks that it came with.
        let ways = [("line feeds", raw.clone()), ("the wire", super::on_the_wire(&raw))];
        for (way, raw) in ways {
            let read = mail::read(&raw).unwrap_or_else(|error| panic!("{name}: {error}"));
            let mut found = Expected::of(read);
            if way == "the wire" {
                found.files.clone_from(&expected[&name].files);
            }
            assert_eq!(found, expected[&name], "{name}, by {way}");
        }
    }
}
