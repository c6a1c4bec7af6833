//! Wordings that a lender begins with: one file for each subject, channel and language.
//!
//! A file holds what people call the template, then a section for each part under the part's name in 002:
//!
//! ```text
//! Payment received
//!
//! --- subjectLine
//! We received your payment
//!
//! --- contentText
//! Hello {{ borrower.first_name }}, …
//! ```
//!
//! An e-mail has all three parts, a text message `contentText`, a letter `subjectLine` and `contentHtml`. Besides the
//! variables of every message, `confirmationCode` needs `code`, and `freeFormBranded` the `subjectLine`, `contentHtml`
//! and `contentText` of the request.

use domain::{
    template::Source,
    vocabulary::{Channel, KnownSubject, Subject},
};

use crate::error::Part;

/// A wording and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starter {
    /// What the message is about.
    pub subject: Subject,
    /// By which channel.
    pub channel: Channel,
    /// ISO 639-1 code of the wording.
    pub language: &'static str,
    /// For people, in the language of the wording.
    pub name: &'static str,
    /// The parts in Jinja.
    pub source: Source,
}

/// Lists a subject's channels, each with a file in every language.
macro_rules! files {
    ($($subject:ident $name:literal [$($channel:ident $by:literal),+])+) => {
        [$($(
            (KnownSubject::$subject, Channel::$channel, "en", include_str!(concat!("starters/en/", $name, ".", $by, ".jinja"))),
            (KnownSubject::$subject, Channel::$channel, "es", include_str!(concat!("starters/es/", $name, ".", $by, ".jinja"))),
        )+)+]
    };
}

const FILES: &[(KnownSubject, Channel, &str, &str)] = &files! {
    AutopayEnabled "autopayEnabled" [Email "email", Text "text"]
    ConfirmationCode "confirmationCode" [Email "email", Text "text"]
    ElectronicConsentOptOut "electronicConsentOptOut" [Text "text"]
    FreeFormBranded "freeFormBranded" [Email "email"]
    LoanOverdueFirstNotice "loanOverdueFirstNotice" [Email "email", Text "text", Mail "mail"]
    PaymentDueDateReminder "paymentDueDateReminder" [Email "email", Text "text", Mail "mail"]
    PaymentFailed "paymentFailed" [Email "email", Text "text"]
    PaymentSuccessful "paymentSuccessful" [Email "email", Text "text"]
    Statement "statement" [Email "email", Text "text", Mail "mail"]
    UnmonitoredEmailAddress "unmonitoredEmailAddress" [Email "email"]
};

/// All wordings, by subject, channel and language.
pub fn starters() -> impl Iterator<Item = Starter> {
    FILES.iter().map(|&(subject, channel, language, file)| Starter {
        subject: Subject::Known(subject),
        channel,
        language,
        name: file.lines().next().unwrap_or_default(),
        source: Source {
            subject_line: section(file, Part::SubjectLine),
            content_text: section(file, Part::ContentText),
            content_html: section(file, Part::ContentHtml),
        },
    })
}

/// What stands between a part's heading and the next.
fn section(file: &str, part: Part) -> Option<String> {
    let heading = format!("\n--- {part}\n");
    let (_, rest) = file.split_once(&heading)?;
    let text = rest.split_once("\n--- ").map_or(rest, |(text, _)| text);
    Some(text.trim_end().to_owned())
}
