//! Which mail a machine wrote. To answer it would be wrong (RFC 3834, section 2), and what it says nobody said.

use crate::{Mailbox, headers::Headers, parameters::Parameters};

/// Why a mail counts as written by a machine: of several reasons the most telling one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Automatic {
    /// Mail could not be delivered, or only late: a `multipart/report` of `delivery-status` (RFC 3464), a mail that names
    /// `X-Failed-Recipients` (Exim, Gmail), or one by `MAILER-DAEMON` or `postmaster` (RFC 5321, section 4.5.1).
    Bounce,
    /// Mail was displayed or deleted: a `multipart/report` of `disposition-notification` (RFC 8098).
    ReadReceipt,
    /// An invitation was accepted or declined: a calendar with the method `REPLY` (RFC 5546, section 3.2.3).
    CalendarAnswer,
    /// An answer while nobody reads: `Auto-Submitted: auto-replied` (RFC 3834, section 5), or what came before it and
    /// beside it: `X-Autoreply`, `X-Autorespond`, `Precedence: auto_reply`, the fields of Exchange's mailbox rules.
    OutOfOffice,
    /// Any other `Auto-Submitted` but `no` (RFC 3834, section 5), a report of another kind (RFC 6522), or
    /// `X-Auto-Response-Suppress: All` ([MS-OXCMAIL], section 2.2.3.2.14).
    ///
    /// A list of kinds in that last field does not count: gateways and ticket systems add one to whatever passes, and to
    /// take what a person wrote for a machine's is the graver mistake. Exchange writes `All` if it writes itself.
    AutoSubmitted,
    /// It came by a mailing list: `List-Id` (RFC 2919) or another of its fields (RFC 2369), or `Precedence: list`.
    List,
    /// It went to many: `Precedence: bulk` or `junk`, which RFC 3834, section 2, asks to heed.
    Bulk,
    /// Nobody wants to hear of it: an empty `Return-Path` (RFC 3834, section 2; RFC 5321, section 4.5.5).
    NullReturnPath,
}

/// Fields that only mailing lists add (RFC 2919; RFC 2369).
const LIST: [&str; 6] =
    ["list-id", "list-unsubscribe", "list-post", "list-subscribe", "list-owner", "mailing-list"];
/// Fields that only automatic answers have: of Gmail, Exchange, Lotus Notes, cPanel and others.
const ANSWERS: [&str; 7] = [
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-ms-exchange-inbox-rules-loop",
    "x-ms-exchange-generated-message-source",
];
/// How Exchange and Outlook begin the subject of an automatic answer, in small letters.
const ANSWER_SUBJECTS: [&str; 12] = [
    "automatic reply:",
    "out of office:",
    "respuesta automática:",
    "fuera de la oficina:",
    "resposta automática:",
    "réponse automatique",
    "automatische antwort:",
    "abwesend:",
    "risposta automatica:",
    "automatisch antwoord:",
    "自動応答:",
    "自动答复:",
];

/// Why a machine wrote it, if one did. `answers_invitation` is whether it holds a calendar's answer.
pub(crate) fn reason(
    headers: &Headers,
    media: &Parameters,
    from: Option<&Mailbox>,
    subject: &str,
    answers_invitation: bool,
) -> Option<Automatic> {
    // Of several, the one that tells of a machine counts.
    let first_word = |name: &str| {
        let words = headers.all(name).map(|value| {
            let value = value.trim().trim_matches('"').to_ascii_lowercase();
            value.split([';', ',', '(', ' ', '"']).next().unwrap_or_default().to_owned()
        });
        words.max_by_key(|word| !word.is_empty() && word != "no").unwrap_or_default()
    };
    let is_report = media.value == "multipart/report";
    let submitted = first_word("auto-submitted");
    let precedence = first_word("precedence");
    let suppresses = first_word("x-auto-response-suppress") == "all";
    let is_marked = !submitted.is_empty() && submitted != "no" || suppresses;
    let subject = subject.to_lowercase();
    let has_start = ANSWER_SUBJECTS.iter().any(|start| subject.starts_with(start));
    let has_any =
        |names: &[&str]| names.iter().any(|name| headers.first(name).is_some_and(|value| !is_no(value)));

    let is_bounce = is_report && media.says("report-type", "delivery-status")
        || headers.has("x-failed-recipients")
        || from.is_some_and(is_daemon);
    let reasons = [
        (is_bounce, Automatic::Bounce),
        (is_report && media.says("report-type", "disposition-notification"), Automatic::ReadReceipt),
        (answers_invitation, Automatic::CalendarAnswer),
        (submitted == "auto-replied" || precedence == "auto_reply", Automatic::OutOfOffice),
        (has_any(&ANSWERS) || is_marked && has_start, Automatic::OutOfOffice),
        (is_marked || is_report, Automatic::AutoSubmitted),
        (has_any(&LIST) || precedence == "list", Automatic::List),
        (matches!(&*precedence, "bulk" | "junk"), Automatic::Bulk),
        (headers.all("return-path").any(|path| path.trim() == "<>"), Automatic::NullReturnPath),
    ];
    reasons.into_iter().find(|(holds, _)| *holds).map(|(_, reason)| reason)
}

fn is_no(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "no" | "false" | "0")
}

fn is_daemon(from: &Mailbox) -> bool {
    let local = from.address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    matches!(local.as_str(), "mailer-daemon" | "postmaster" | "mail-daemon")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_known_by_what_it_says_of_itself() {
        use Automatic::{
            AutoSubmitted, Bounce, Bulk, CalendarAnswer, List, NullReturnPath, OutOfOffice, ReadReceipt,
        };
        for (fields, reason_of) in [
            ("Subject: hi", None),
            ("Auto-Submitted: no", None),
            ("Auto-Submitted: auto-replied (vacation)", Some(OutOfOffice)),
            ("Auto-Submitted: Auto-Generated; type=x", Some(AutoSubmitted)),
            ("Auto-Submitted: auto-notified", Some(AutoSubmitted)),
            ("X-Autoreply: yes", Some(OutOfOffice)),
            ("X-Autoreply: no", None),
            ("X-Autorespond: Gone fishing", Some(OutOfOffice)),
            ("Precedence: bulk\nX-Autoreply: yes", Some(OutOfOffice)),
            ("X-Auto-Response-Suppress: All\nSubject: Automatic reply: Your loan", Some(OutOfOffice)),
            ("X-Auto-Response-Suppress: All", Some(AutoSubmitted)),
            ("X-Auto-Response-Suppress: DR, OOF, AutoReply", None),
            ("Subject: Automatic reply: Your loan", None),
            ("Precedence: bulk", Some(Bulk)),
            ("Precedence: junk", Some(Bulk)),
            ("Precedence: list", Some(List)),
            ("Precedence: first-class", None),
            ("List-Id: <x.example>", Some(List)),
            ("List-Unsubscribe: <mailto:x@x.example>", Some(List)),
            ("Return-Path: <>", Some(NullReturnPath)),
            ("Return-Path: <ada@x.example>", None),
            ("From: MAILER-DAEMON@x.example", Some(Bounce)),
            ("From: Postmaster <postmaster@x.example>", Some(Bounce)),
            ("X-Failed-Recipients: ada@x.example", Some(Bounce)),
            ("Content-Type: multipart/report; report-type=delivery-status", Some(Bounce)),
            ("Content-Type: multipart/report; report-type=\"disposition-notification\"", Some(ReadReceipt)),
            ("Content-Type: multipart/report; report-type=feedback-report", Some(AutoSubmitted)),
        ] {
            let (headers, _) = Headers::read(fields.as_bytes(), |_| false);
            let media = headers.parameters("content-type").unwrap_or_default();
            let from = crate::addresses::mailboxes(headers.first("from").unwrap_or_default(), 1);
            let subject = headers.text("subject", 998).unwrap_or_default();
            assert_eq!(reason(&headers, &media, from.first(), &subject, false), reason_of, "{fields}");
        }
        let nothing = (Headers::default(), Parameters::default());
        assert_eq!(reason(&nothing.0, &nothing.1, None, "", true), Some(CalendarAnswer));
    }
}
