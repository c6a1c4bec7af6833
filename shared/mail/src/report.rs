//! What a mail system reports of mail that was given to it (RFC 3464): whom it could not deliver it to, and why.

use crate::{Enclosure, headers::Headers};

/// Recipients of one report that are read.
const RECIPIENTS: usize = 100;
/// Bytes of a report, and of the header of a mail that came back, that are read.
const BYTES: usize = 256 * 1024;
/// Characters of a field.
const FIELD: usize = 320;

/// What a mail system says of mail that was given to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// What became of it, by recipient; at most 100.
    pub recipients: Vec<Returned>,
    /// The Message-ID of the mail, without angle brackets, if the report encloses it or its header.
    pub message_id: Option<String>,
}

/// What became of a mail for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Where it was to go in the end: aliases and redirections are followed.
    pub recipient: Option<String>,
    /// Whom its sender addressed, if the system tells.
    pub original_recipient: Option<String>,
    /// What became of it.
    pub action: Action,
    /// Three numbers (RFC 3463), such as `5.1.1`.
    pub status: Option<String>,
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The system goes on trying.
    Delayed,
    /// Given to a system that does not report.
    Relayed,
    /// Given to a list of others.
    Expanded,
    /// In the mailbox.
    Delivered,
    /// Given up.
    Failed,
}

impl Action {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Delayed, Self::Relayed, Self::Expanded, Self::Delivered, Self::Failed];

    /// As reports spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delayed => "delayed",
            Self::Relayed => "relayed",
            Self::Expanded => "expanded",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    fn read(word: &str) -> Option<Self> {
        let word = word.split([' ', '(']).next()?;
        Self::ALL.into_iter().find(|action| word.eq_ignore_ascii_case(action.as_str()))
    }
}

/// The report among what a mail holds, if there is one that tells of a recipient.
pub(crate) fn among(files: &[Enclosure]) -> Option<Report> {
    let of = |types: &[&str]| files.iter().find(|file| types.contains(&file.media_type.as_str()));
    let status = of(&["message/delivery-status", "message/global-delivery-status"])?;
    let recipients = recipients(&status.bytes[..status.bytes.len().min(BYTES)]);
    let returned = of(&["message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"]);
    let message_id = returned.and_then(|mail| {
        let (headers, _) = Headers::read(&mail.bytes[..mail.bytes.len().min(BYTES)], |_| false);
        headers.ids("message-id").into_iter().next()
    });
    (!recipients.is_empty()).then_some(Report { recipients, message_id })
}

/// Groups of fields with empty lines between: the first is about the mail, each other about a recipient. Some systems leave
/// the empty line after the first out.
fn recipients(mut rest: &[u8]) -> Vec<Returned> {
    let mut recipients = Vec::new();
    while !rest.is_empty() && recipients.len() < RECIPIENTS {
        let (fields, length) = Headers::read(rest, |_| false);
        if length == 0 {
            // What is no field says nothing to a program.
            let line = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
            rest = &rest[line..];
            continue;
        }
        rest = &rest[length..];
        let Some(action) = fields.first("action").and_then(Action::read) else { continue };
        recipients.push(Returned {
            recipient: fields.first("final-recipient").and_then(address),
            original_recipient: fields.first("original-recipient").and_then(address),
            action,
            status: fields.first("status").and_then(status),
        });
    }
    recipients
}

/// The address of `rfc822; ana@mail.example`.
fn address(field: &str) -> Option<String> {
    let (_, address) = field.split_once(';')?;
    let address = address.trim().trim_matches(['<', '>']);
    ((1..=FIELD).contains(&address.len()) && address.contains('@')).then(|| address.to_owned())
}

/// The numbers that a field begins with: comments may follow.
fn status(field: &str) -> Option<String> {
    let word = field.split([' ', '\t', '(']).next()?;
    let parts: Vec<&str> = word.split('.').collect();
    let is_number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let is_class = matches!(parts.first(), Some(&("2" | "4" | "5")));
    (parts.len() == 3 && is_class && parts.iter().all(is_number)).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(media_type: &str, bytes: &str) -> Enclosure {
        Enclosure {
            name: "x".into(),
            media_type: media_type.into(),
            bytes: bytes.as_bytes().to_vec(),
            content_id: None,
        }
    }

    fn told(status: &str) -> Vec<Returned> {
        among(&[file("message/delivery-status", status)]).unwrap_or_default().recipients
    }

    fn returned(recipient: &str, action: Action, status: &str) -> Returned {
        Returned {
            recipient: Some(recipient.into()),
            original_recipient: None,
            action,
            status: Some(status.into()),
        }
    }

    #[test]
    fn each_recipient_is_told_of_by_its_own_fields() {
        let status = "Reporting-MTA: dns; mx.acme.example\r\nArrival-Date: Fri, 3 May 2024 10:11:12 -0400\r\n\r\n\
            Original-Recipient: rfc822; ana@acme.example\r\nFinal-Recipient: RFC822;\r\n <ana@mail.example>\r\n\
            Action: failed (user unknown)\r\nStatus: 5.1.1 (no such user)\r\nDiagnostic-Code: smtp; 550 5.1.1 no\r\n\r\n\
            Final-Recipient: rfc822; ben@mail.example\r\nAction: Delayed\r\nStatus: 4.4.7\r\n\r\n";
        let first = Returned {
            original_recipient: Some("ana@acme.example".into()),
            ..returned("ana@mail.example", Action::Failed, "5.1.1")
        };
        assert_eq!(told(status), [first, returned("ben@mail.example", Action::Delayed, "4.4.7")]);
    }

    #[test]
    fn what_is_missing_or_wrong_is_left_out() {
        for (fields, expected) in [
            ("Action: relayed\nStatus: 2.1.9\nFinal-Recipient: rfc822;a@b.example", Some(Some("2.1.9"))),
            ("Action: failed\nStatus: 550 5.1.1", Some(None)),
            ("Action: failed", Some(None)),
            ("Reporting-MTA: dns;x\nAction: failed\nStatus: 5.0.0", Some(Some("5.0.0"))),
            ("Action: exploded\nStatus: 5.0.0", None),
            ("Status: 5.0.0", None),
            ("not a field\n\nAction: failed\nStatus: 5.2.2", Some(Some("5.2.2"))),
            ("", None),
        ] {
            let told = told(fields);
            let status = told.first().map(|one| one.status.as_deref());
            assert_eq!(status, expected, "{fields}");
        }
    }

    #[test]
    fn the_mail_that_came_back_is_known_by_its_header_whole_or_alone() {
        let status = file("message/delivery-status", "Action: failed\nStatus: 5.1.1");
        for media_type in ["message/rfc822", "text/rfc822-headers"] {
            let mail = file(media_type, "Subject: Due\nMessage-ID: <IN-1.K@acme.example>\n\nHi");
            let report = among(&[status.clone(), mail]).unwrap();
            assert_eq!(report.message_id.as_deref(), Some("IN-1.K@acme.example"), "{media_type}");
        }
        assert_eq!(among(std::slice::from_ref(&status)).unwrap().message_id, None);
        assert_eq!(among(&[file("message/rfc822", "Message-ID: <x@y>\n\n")]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_not(bytes: Vec<u8>) {
            let status = Enclosure { bytes, ..file("message/delivery-status", "") };
            let _ = among(&[status]);
        }
    }
}
