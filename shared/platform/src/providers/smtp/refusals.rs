//! What mail servers' refusals mean for a message and its recipient: one table of enhanced status codes (RFC 3463, RFC 7372
//! and the registry at <https://www.iana.org/assignments/smtp-enhanced-status-codes>), for answers and for mail that comes
//! back alike. If a server gives none, the three digits of RFC 5321, section 4.2.3, have to do.

use std::ops::RangeInclusive;

use domain::{
    delivery::{
        About::{self, Account, Message, Recipient, Server},
        ContactEffect::{self, Invalid},
        Refusal,
        Retry::{self, Never, Times, WhileAllowed},
    },
    vocabulary::{Channel, FailureReason::*, StatusDetails::*},
};

use crate::providers::mapping::{
    self, Mapping,
    Word::{self, Of001, Of003},
};

/// A step of handing a message over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Until TLS stands.
    Greeting,
    /// `AUTH`.
    SigningIn,
    /// `MAIL FROM`.
    Sender,
    /// `RCPT TO`.
    Recipient,
    /// `DATA`.
    Leave,
    /// The message with its final dot.
    Message,
}

impl Stage {
    const ALL: [Self; 6] =
        [Self::Greeting, Self::SigningIn, Self::Sender, Self::Recipient, Self::Leave, Self::Message];

    fn in_words(self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::SigningIn => "`AUTH`",
            Self::Sender => "`MAIL FROM`",
            Self::Recipient => "`RCPT TO`",
            Self::Leave => "`DATA`",
            Self::Message => "the message",
        }
    }
}

/// The server ends the connection with this answer.
pub const CLOSING: u16 = 421;

/// A code or what codes begin with, about whom it is, word, whether to try again, what it says about the address, and what to tell the
/// lender's people.
type Row = (&'static str, About, Word, Retry, Option<ContactEffect>, &'static str);

/// The first row that fits counts.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    // Addresses.
    ("5.1.1", Recipient, Of001(EmailBounced), Never, Some(Invalid), "The recipient's mailbox does not exist."),
    ("5.1.2", Recipient, Of001(EmailBounced), Never, Some(Invalid), "The domain of the recipient's address does not exist."),
    ("5.1.3", Recipient, Of001(EmailBounced), Never, Some(Invalid), "The recipient's address is not one that can exist."),
    ("5.1.6", Recipient, Of001(EmailBounced), Never, Some(Invalid), "The recipient's mailbox has moved, and nobody knows where."),
    ("5.1.10", Recipient, Of001(EmailBounced), Never, Some(Invalid), "The domain of the recipient's address takes no mail."),
    ("5.1.7", Server, Of003(EmailServiceNotEnabled), WhileAllowed, None,
        "The mail server does not take the sender's address for one. Correct the tenant's e-mail sender."),
    ("5.1.8", Server, Of003(EmailServiceNotEnabled), WhileAllowed, None,
        "The domain of the sender's address does not exist. Correct the tenant's e-mail sender."),
    ("5.1.", Recipient, Of001(EmailBounced), Never, None, "The recipient's address takes no e-mail."),
    // Mailboxes.
    ("5.2.1", Recipient, Of001(EmailBounced), Never, Some(Invalid), "The recipient's mailbox is disabled."),
    ("5.2.2", Recipient, Of001(EmailBlocked), Times(2), None, "The recipient's mailbox is full."),
    ("4.2.2", Recipient, Of001(EmailBlocked), Times(3), None, "The recipient's mailbox is full."),
    ("5.2.3", Message, Of003(MaxMessageSizeLimitExceeded), Never, None, "The message is larger than the recipient's mailbox takes."),
    ("5.2.", Recipient, Of001(EmailBlocked), Never, None, "The recipient's mailbox does not take the message."),
    // Systems.
    ("5.3.4", Message, Of003(MaxMessageSizeLimitExceeded), Never, None, "The message is larger than the mail server takes."),
    ("4.3.", Server, Of001(EmailBlocked), WhileAllowed, None, "The mail server does not take messages for now."),
    ("5.3.", Recipient, Of001(EmailBlocked), Never, None, "The recipient's mail server does not take the message."),
    // Ways there.
    ("5.4.", Recipient, Of001(EmailBlocked), Never, None, "The recipient's mail server could not be reached."),
    // What is said to the server.
    ("5.5.", Message, Of003(MessagingException), Never, None, "The mail server does not understand what it is told."),
    // Of its coding: conversion (RFC 3463, section 3.7), characters outside ASCII (RFC 6531, section 4.4).
    ("5.6.1", Message, Of003(UnsupportedEncodingException), Never, None,
        "The mail server does not take the media that the message has."),
    ("5.6.2", Message, Of003(UnsupportedEncodingException), Never, None,
        "The message needs to be converted, which the mail server must not do."),
    ("5.6.3", Message, Of003(UnsupportedEncodingException), Never, None,
        "The message needs to be converted, which the mail server cannot do."),
    ("5.6.7", Message, Of003(UnsupportedEncodingException), Never, None,
        "The address has characters outside ASCII, which the mail server does not take."),
    ("5.6.", Message, Of001(EmailDropped), Never, None, "The mail server does not take the message's content."),
    // Policy. Of what a server asks of the sender's domain, 5.7.20 to 5.7.22 are about DKIM, 5.7.23 and 5.7.24 about SPF, 5.7.25
    // about the server's name (RFC 7372); 5.7.27 about the domain's own mail (RFC 7505).
    ("5.7.8", Account, Of003(InvalidSmtpCredentials), WhileAllowed, None,
        "The mail server does not accept the credentials. Correct the secret."),
    ("5.7.9", Account, Of003(InvalidSmtpCredentials), WhileAllowed, None,
        "The mail server does not take credentials presented in this way. Correct the account."),
    ("5.7.11", Account, Of003(InvalidSmtpCredentials), WhileAllowed, None,
        "The mail server wants the credentials presented in another way. Correct the account."),
    ("5.7.13", Account, Of003(InvalidSmtpCredentials), WhileAllowed, None,
        "The account at the mail server is disabled. Settle that with whoever runs it."),
    ("5.7.14", Account, Of003(InvalidSmtpCredentials), WhileAllowed, None,
        "The mail server wants somebody to confirm the account by hand first."),
    ("5.7.20", Message, Of001(EmailBlocked), Never, None, NO_DKIM),
    ("5.7.21", Message, Of001(EmailBlocked), Never, None, NO_DKIM),
    ("5.7.22", Message, Of001(EmailBlocked), Never, None, NO_DKIM),
    ("5.7.23", Message, Of001(EmailBlocked), Never, None, NO_SPF),
    ("5.7.24", Message, Of001(EmailBlocked), Never, None, NO_SPF),
    ("5.7.25", Message, Of001(EmailBlocked), Never, None,
        "The address of the mail server that sends has no name, or another one leads there. Correct its reverse DNS."),
    ("5.7.26", Message, Of001(EmailBlocked), Never, None,
        "The message fails several checks of its sender: SPF, DKIM, DMARC or reverse DNS. Correct the sender's domain."),
    ("5.7.27", Message, Of001(EmailBlocked), Never, None,
        "The domain of the sender's address takes no mail itself. Correct the tenant's e-mail sender."),
    ("5.7.", Message, Of001(EmailBlocked), Never, None,
        "A policy of the mail server forbids the message: its content, or its sender's reputation."),
    ("4.7.8", Server, Of003(InvalidSmtpCredentials), WhileAllowed, None, "The mail server cannot check the credentials now."),
    // Whatever else is for now or for good.
    ("4.", Recipient, Of001(EmailBlocked), WhileAllowed, None, "The mail server does not take the message for now."),
    ("5.", Recipient, Of001(EmailBlocked), Never, None, "The mail server does not take the message."),
];

/// What an answer's enhanced code must be for a row to fit.
#[derive(Debug, Clone, Copy)]
enum Told {
    Whatever,
    Nothing,
    /// It does not begin so.
    Not(&'static str),
}

impl Told {
    fn fits(self, told: Option<&str>) -> bool {
        match self {
            Self::Whatever => true,
            Self::Nothing => told.is_none(),
            Self::Not(beginning) => !told.is_some_and(|told| told.starts_with(beginning)),
        }
    }

    fn in_words(self) -> String {
        match self {
            Self::Whatever => "whatever its enhanced code".into(),
            Self::Nothing => "without an enhanced code".into(),
            Self::Not(beginning) => format!("unless its enhanced code begins {beginning}"),
        }
    }
}

/// What an answer means.
#[derive(Debug, Clone, Copy)]
enum Means {
    This(About, Word, Retry, &'static str),
    /// The same as this status.
    Like(&'static str),
}

impl Means {
    fn refusal(self) -> Refusal {
        match self {
            Self::This(about, word, retry, description) => meaning(about, word, retry, description),
            Self::Like(status) => of_status(status),
        }
    }
}

use Means::{Like, This};

/// Steps, digits, enhanced code, and what it means. The first row that fits counts; if none does, the enhanced code says it.
type Answer = (&'static [Stage], &'static [RangeInclusive<u16>], Told, Means);

#[rustfmt::skip]
const ANSWERS: &[Answer] = &[
    // No server has anything to say of a message before it hears of it.
    (&[Stage::Greeting], &[400..=599], Told::Whatever,
        This(Server, Of003(MessagingException), WhileAllowed, "The mail server takes no mail now.")),
    (&[Stage::SigningIn], &[500..=599], Told::Whatever, This(Account, Of003(InvalidSmtpCredentials), WhileAllowed, NO_CREDENTIALS)),
    (&Stage::ALL, &[530..=530, 534..=535, 538..=538], Told::Whatever,
        This(Account, Of003(InvalidSmtpCredentials), WhileAllowed, NO_CREDENTIALS)),
    (&[Stage::SigningIn], &[400..=499], Told::Whatever,
        This(Server, Of003(InvalidSmtpCredentials), WhileAllowed, "The mail server cannot check the credentials now.")),
    (&Stage::ALL, &[CLOSING..=CLOSING], Told::Whatever,
        This(Server, Of003(MessagingException), WhileAllowed, "The mail server is busy, or about to end.")),
    (&[Stage::Sender], &[500..=599], Told::Not("5.3."), This(Server, Of003(EmailServiceNotEnabled), WhileAllowed,
        "The mail server does not send from the sender's address. Correct the tenant's e-mail sender, or the account.")),
    // It has not heard yet for whom the message is.
    (&[Stage::Sender], &[400..=499], Told::Whatever,
        This(Server, Of001(EmailBlocked), WhileAllowed, "The mail server does not take messages for now.")),
    (&[Stage::Recipient], &[550..=551, 553..=553], Told::Nothing, This(Recipient, Of001(EmailBounced), Never,
        "The mail server does not take mail for the recipient's address, and does not say why.")),
    (&[Stage::Recipient], &[552..=552], Told::Nothing, Like("5.2.2")),
    (&[Stage::Leave, Stage::Message], &[552..=552], Told::Nothing, Like("5.3.4")),
    (&Stage::ALL, &[400..=499], Told::Nothing, Like("4.0.0")),
    (&Stage::ALL, &[500..=599], Told::Nothing, Like("5.0.0")),
];

const NO_CREDENTIALS: &str =
    "The mail server does not accept the credentials, or wants some. Correct the secret.";

const NO_DKIM: &str = "The recipient's mail server finds no DKIM signature of the sender's domain that holds. Have the mail server sign by it.";
const NO_SPF: &str =
    "The SPF record of the sender's domain does not permit the mail server that sends. Correct the record.";

/// Every answer and every status, and what comes back by mail.
pub fn mappings() -> impl Iterator<Item = Mapping> {
    let answers = ANSWERS.iter().map(|(stages, codes, told, means)| {
        let codes: Vec<u16> = codes.iter().cloned().flatten().collect();
        let steps: Vec<_> = stages.iter().map(|stage| stage.in_words()).collect();
        let at = if *stages == Stage::ALL { "at any step".into() } else { steps.join(" or ") };
        let given = format!("{at}, {}", told.in_words());
        Mapping::sending(mapping::ranges(&codes), means.refusal()).given(given)
    });
    let statuses = TABLE.iter().map(|row| match row.0.strip_suffix('.') {
        Some(beginning) => Mapping::sending(format_args!("{beginning}.…"), of_status(row.0)),
        None => Mapping::sending(row.0, of_status(row.0)),
    });
    answers.chain(statuses)
}

/// What an answer means. What the server said is not repeated.
pub fn of(stage: Stage, code: u16, text: &str) -> Refusal {
    let told = enhanced(text).filter(|told| told.starts_with(if code < 500 { '4' } else { '5' }));
    let raw = told.map_or_else(|| code.to_string(), |told| format!("{code} {told}"));
    let fits = |(stages, codes, wording, _): &&Answer| {
        stages.contains(&stage) && codes.iter().any(|codes| codes.contains(&code)) && wording.fits(told)
    };
    let refusal = match ANSWERS.iter().find(fits) {
        Some((.., means)) => means.refusal(),
        None => of_status(told.unwrap_or(UNEXPLAINED)),
    };
    Refusal { code: Some(raw), ..refusal }
}

/// The status of what failed for no reason that is told.
pub const UNEXPLAINED: &str = "5.0.0";

/// What the status of mail that came back means. The server tried for as long as that could help.
pub fn returned(status: &str) -> Refusal {
    Refusal { code: Some(status.to_owned()), retry: Never, ..of_status(status) }
}

fn of_status(status: &str) -> Refusal {
    let fits = |row: &&Row| row.0 == status || row.0.ends_with('.') && status.starts_with(row.0);
    match TABLE.iter().find(fits) {
        Some((_, about, word, retry, effect, description)) => {
            Refusal { effect: *effect, ..meaning(*about, *word, *retry, description) }
        }
        None => meaning(Recipient, Of001(EmailBlocked), Never, "The mail server does not take the message."),
    }
}

fn meaning(about: About, word: Word, retry: Retry, description: &str) -> Refusal {
    word.refusal(Channel::Email, about, retry, description)
}

/// The code that an answer begins with: three numbers of at most three digits.
pub fn enhanced(text: &str) -> Option<&str> {
    let word = text.split_whitespace().next()?;
    let parts: Vec<&str> = word.split('.').collect();
    let is_number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let is_class = matches!(parts.first(), Some(&("2" | "4" | "5")));
    (parts.len() == 3 && is_class && parts.iter().all(is_number)).then_some(word)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::vocabulary::InteractionStatus;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_answer_means_what_its_step_and_codes_say() {
        use Stage::*;
        let policy = "5.7.1 Blocked by policy: john@borrower.example";
        for (stage, code, text, details, reason, retry, effect) in [
            (Greeting, 554, "No SMTP service here", None, MessagingException, WhileAllowed, None),
            (Greeting, 421, "4.3.2 Too many connections", None, MessagingException, WhileAllowed, None),
            (SigningIn, 535, "5.7.8 Bad credentials", None, InvalidSmtpCredentials, WhileAllowed, None),
            (SigningIn, 535, "Authentication failed", None, InvalidSmtpCredentials, WhileAllowed, None),
            (SigningIn, 534, "5.7.9 Too weak", None, InvalidSmtpCredentials, WhileAllowed, None),
            (SigningIn, 454, "4.7.0 Temporary", None, InvalidSmtpCredentials, WhileAllowed, None),
            (Sender, 530, "5.7.0 Authentication required", None, InvalidSmtpCredentials, WhileAllowed, None),
            (Sender, 553, "5.7.1 Not owned by user", None, EmailServiceNotEnabled, WhileAllowed, None),
            (Sender, 550, "5.1.8 Domain not found", None, EmailServiceNotEnabled, WhileAllowed, None),
            (Sender, 552, "5.3.4 Too big", None, MaxMessageSizeLimitExceeded, Never, None),
            (Sender, 421, "4.7.0 Try again later", None, MessagingException, WhileAllowed, None),
            (Sender, 451, "4.7.1 Greylisted", Some(EmailBlocked), MessagingException, WhileAllowed, None),
            (
                Recipient,
                550,
                "5.1.1 No such user",
                Some(EmailBounced),
                MessagingException,
                Never,
                Some(Invalid),
            ),
            (Recipient, 550, "5.1.10 Null MX", Some(EmailBounced), MessagingException, Never, Some(Invalid)),
            (
                Recipient,
                550,
                "5.1.2 Bad domain",
                Some(EmailBounced),
                MessagingException,
                Never,
                Some(Invalid),
            ),
            (
                Recipient,
                553,
                "5.1.3 Bad syntax",
                Some(EmailBounced),
                MessagingException,
                Never,
                Some(Invalid),
            ),
            (Recipient, 550, "5.1.0 Rejected", Some(EmailBounced), MessagingException, Never, None),
            (Recipient, 550, "5.2.1 Disabled", Some(EmailBounced), MessagingException, Never, Some(Invalid)),
            (Recipient, 552, "5.2.2 Full", Some(EmailBlocked), MessagingException, Times(2), None),
            (Recipient, 452, "4.2.2 Full", Some(EmailBlocked), MessagingException, Times(3), None),
            (Recipient, 552, "Mailbox full", Some(EmailBlocked), MessagingException, Times(2), None),
            (Recipient, 550, "User unknown", Some(EmailBounced), MessagingException, Never, None),
            (Recipient, 450, "4.7.1 Greylisted", Some(EmailBlocked), MessagingException, WhileAllowed, None),
            (Recipient, 451, "Local error", Some(EmailBlocked), MessagingException, WhileAllowed, None),
            (Recipient, 550, policy, Some(EmailBlocked), MessagingException, Never, None),
            (Recipient, 550, "5.4.1 Access denied", Some(EmailBlocked), MessagingException, Never, None),
            // A class that its three digits contradict counts for nothing.
            (Recipient, 450, "5.1.1 Odd", Some(EmailBlocked), MessagingException, WhileAllowed, None),
            (Leave, 503, "5.5.1 Bad sequence", None, MessagingException, Never, None),
            (Leave, 554, "No valid recipients", Some(EmailBlocked), MessagingException, Never, None),
            (
                Message,
                550,
                "5.1.1 No such user",
                Some(EmailBounced),
                MessagingException,
                Never,
                Some(Invalid),
            ),
            (Message, 554, "5.6.0 Bad content", Some(EmailDropped), MessagingException, Never, None),
            (Message, 550, "5.7.26 Unauthenticated", Some(EmailBlocked), MessagingException, Never, None),
            (Message, 552, "Too big", None, MaxMessageSizeLimitExceeded, Never, None),
            (Message, 554, "5.2.3 Too long", None, MaxMessageSizeLimitExceeded, Never, None),
            (Message, 554, "Transaction failed", Some(EmailBlocked), MessagingException, Never, None),
            (Message, 451, "4.3.0 Try again", Some(EmailBlocked), MessagingException, WhileAllowed, None),
        ] {
            let refusal = of(stage, code, text);
            assert_eq!(
                (refusal.details, refusal.reason, refusal.retry, refusal.effect),
                (details, reason, retry, effect),
                "{stage:?} {code} {text}"
            );
            assert!(refusal.code.unwrap().starts_with(&code.to_string()));
            assert!(!refusal.description.contains('@'));
        }
        assert_eq!(of(Recipient, 550, "5.1.1 No such user").code.as_deref(), Some("550 5.1.1"));
    }

    #[test]
    fn what_one_recipients_server_says_is_about_no_other_message() {
        use Stage::{Greeting, Leave, Recipient as To, Sender, SigningIn};
        for (stage, code, text, about) in [
            (Greeting, 554, "No SMTP service here", Server),
            (SigningIn, 535, "5.7.8 Bad credentials", Account),
            (SigningIn, 525, "5.7.13 User account disabled", Account),
            (SigningIn, 454, "4.7.0 Temporary", Server),
            (Sender, 553, "5.7.1 Not owned by user", Server),
            (Sender, 452, "4.3.1 Full", Server),
            (Sender, 451, "4.7.1 Greylisted", Server),
            (To, 421, "4.7.0 Too many", Server),
            (To, 452, "4.3.1 Full", Server),
            (To, 450, "4.7.1 Greylisted", Recipient),
            (To, 451, "4.4.3 No such domain for now", Recipient),
            (To, 450, "Mailbox unavailable", Recipient),
            (To, 550, "5.1.1 No such user", Recipient),
            (To, 550, "5.7.13 User account disabled", Account),
            (Leave, 451, "Local error", Recipient),
            (Stage::Message, 450, "4.7.1 Greylisted", Recipient),
            (Stage::Message, 554, "5.6.0 Bad content", Message),
        ] {
            assert_eq!(of(stage, code, text).about, about, "{stage:?} {code} {text}");
        }
    }

    #[test]
    fn what_is_missing_of_the_senders_domain_is_named_as_the_registry_does() {
        for (status, what) in [
            ("5.7.20", "DKIM"),
            ("5.7.21", "DKIM"),
            ("5.7.22", "DKIM"),
            ("5.7.23", "SPF"),
            ("5.7.24", "SPF"),
            ("5.7.25", "reverse DNS"),
            ("5.7.26", "several checks"),
            ("5.7.27", "takes no mail"),
        ] {
            let refusal = returned(status);
            assert!(refusal.description.contains(what), "{status}: {}", refusal.description);
            assert_eq!((refusal.details, refusal.about), (Some(EmailBlocked), Message), "{status}");
        }
    }

    #[test]
    fn mail_that_came_back_is_not_sent_again() {
        for (status, details, effect) in [
            ("5.1.1", EmailBounced, Some(Invalid)),
            ("5.2.2", EmailBlocked, None),
            ("4.4.7", EmailBlocked, None),
            ("5.7.1", EmailBlocked, None),
            ("5.0.0", EmailBlocked, None),
        ] {
            let refusal = returned(status);
            assert_eq!(
                (refusal.details, refusal.effect, refusal.retry),
                (Some(details), effect, Never),
                "{status}"
            );
        }
    }

    #[test]
    fn every_code_stands_once_before_what_it_begins_with_and_means_a_failed_mail() {
        let codes: BTreeSet<_> = TABLE.iter().map(|row| row.0).collect();
        assert_eq!(codes.len(), TABLE.len());
        for (at, (code, _, word, ..)) in TABLE.iter().enumerate() {
            let hides = |row: &&Row| row.0.ends_with('.') && code.starts_with(row.0);
            assert!(TABLE[..at].iter().find(hides).is_none(), "{code}");
            if let Of001(details) = word {
                assert_eq!(details.status(), Some(InteractionStatus::Failed), "{code}");
                assert_eq!(details.channel(), Some(Channel::Email), "{code}");
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_a_server_says_is_a_refusal(code in 400u16..600, text in "\\PC{0,60}") {
            let raw = of(Stage::Recipient, code, &text).code.unwrap();
            prop_assert!(raw.starts_with(&code.to_string()));
            prop_assert!(raw.len() <= 15);
        }
    }
}
