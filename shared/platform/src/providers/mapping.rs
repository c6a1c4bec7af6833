//! What providers' words mean for a message, as data: the tables by which the adapters read, in one shape.
//!
//! [`document`](document::document) writes `docs/providers.md` from it. What no provider has said (a missing sender, a secret
//! that cannot be read) has no place here.

use domain::{
    delivery::{About, ContactEffect, News, Refusal, Retry, SendOutcome},
    vocabulary::{Channel, FailureReason, InteractionStatus, StatusDetails},
};
use reqwest::StatusCode;

pub mod document;

/// One word of a provider's, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// As the provider spells it: a code, a status of HTTP, the name of an event. Empty for what has no word.
    pub word: String,
    /// What must be true besides, for people.
    pub given: Option<String>,
    /// When it is said.
    pub when: When,
    /// What it means.
    pub meaning: Meaning,
}

/// When a provider says something of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// When it is sent.
    Sending,
    /// In a report, after the message was taken.
    Afterwards,
    /// Then or then, and it means the same.
    Either,
}

/// What a word means for a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing changes.
    NoNews,
    /// The message came further, or failed.
    News(News),
    /// What the code says that comes with it.
    ByCode,
    /// Nobody knows whether the message left.
    InDoubt,
}

impl Mapping {
    /// Of a word that is said when a message is sent.
    pub fn sending(word: impl ToString, meaning: impl Into<Meaning>) -> Self {
        Self { word: word.to_string(), given: None, when: When::Sending, meaning: meaning.into() }
    }

    /// Of a word that is said afterwards.
    pub fn afterwards(word: impl ToString, meaning: impl Into<Meaning>) -> Self {
        Self { when: When::Afterwards, ..Self::sending(word, meaning) }
    }

    /// Of a word that is said then or then.
    pub fn either(word: impl ToString, meaning: impl Into<Meaning>) -> Self {
        Self { when: When::Either, ..Self::sending(word, meaning) }
    }

    /// The same if that is true besides.
    #[must_use]
    pub fn given(self, given: impl ToString) -> Self {
        Self { given: Some(given.to_string()), ..self }
    }

    /// The same if a row of a table has such a condition.
    #[must_use]
    pub fn given_if(self, given: Option<&impl ToString>) -> Self {
        Self { given: given.map(ToString::to_string), ..self }
    }

    /// Whether it ends the message: trying again cannot help.
    pub fn is_final(&self) -> bool {
        matches!(&self.meaning, Meaning::News(News::Failed(refusal)) if refusal.retry == Retry::Never)
    }
}

impl From<Refusal> for Meaning {
    fn from(refusal: Refusal) -> Self {
        Self::News(News::Failed(refusal))
    }
}

impl From<Option<News>> for Meaning {
    fn from(news: Option<News>) -> Self {
        news.map_or(Self::NoNews, Self::News)
    }
}

impl From<SendOutcome> for Meaning {
    fn from(outcome: SendOutcome) -> Self {
        let taken = |status| Self::News(News::Progress { status, details: None, effect: None });
        match outcome {
            SendOutcome::Sent(_) => taken(InteractionStatus::Attempted),
            SendOutcome::Delivered(_) => taken(InteractionStatus::Succeeded),
            SendOutcome::Refused(refusal) => refusal.into(),
            SendOutcome::Unknown { .. } => Self::InDoubt,
        }
    }
}

/// What an HTTP API's statuses mean, by asking for each that is no success. Those that mean the same share a row, and where they
/// differ only by the status that is told, "…" stands for it.
pub fn by_status(answer: impl Fn(StatusCode) -> SendOutcome) -> Vec<Mapping> {
    let mut rows: Vec<(Meaning, Vec<u16>)> = Vec::new();
    for status in (300..600).filter_map(|code| StatusCode::from_u16(code).ok()) {
        let meaning = match answer(status) {
            SendOutcome::Refused(refusal) => {
                let description = refusal.description.replace(&status.to_string(), "…");
                Refusal { code: None, description, ..refusal }.into()
            }
            outcome => outcome.into(),
        };
        match rows.iter_mut().find(|row| row.0 == meaning) {
            Some((_, codes)) => codes.push(status.as_u16()),
            None => rows.push((meaning, vec![status.as_u16()])),
        }
    }
    rows.into_iter().map(|(meaning, codes)| Mapping::sending(ranges(&codes), meaning)).collect()
}

/// Numbers that rise, for people: `429, 500–501, 503`.
pub fn ranges(codes: &[u16]) -> String {
    let runs = codes.chunk_by(|one, next| one + 1 == *next);
    let texts = runs.filter_map(|run| match (run.first()?, run.last()?) {
        (first, last) if first == last => Some(first.to_string()),
        (first, last) => Some(format!("{first}–{last}")),
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// What the documents call a failure.
#[derive(Debug, Clone, Copy)]
pub enum Word {
    /// A detail of 001, which implies the reason of 003.
    Of001(StatusDetails),
    /// 001 has no word for it.
    Of003(FailureReason),
}

impl Word {
    /// The refusal of a message of the channel that is called so; it has no code, and taught nothing about the contact.
    pub fn refusal(
        self,
        channel: Channel,
        about: About,
        retry: Retry,
        description: impl Into<String>,
    ) -> Refusal {
        let (details, reason) = match self {
            Self::Of001(details) => (Some(details), FailureReason::of(details, channel)),
            Self::Of003(reason) => (None, Some(reason)),
        };
        let reason = reason.unwrap_or(FailureReason::Other);
        Refusal { details, ..Refusal::new(about, reason, retry, description) }
    }
}

/// What it means if a provider says nothing when it is sent a message: `away` if no connection came about.
pub fn unanswered(away: Refusal) -> [Mapping; 2] {
    [
        Mapping::sending("", away).given("no connection"),
        Mapping::sending("", Meaning::InDoubt).given("no answer"),
    ]
}

/// What a report says of a message, in the adapters' tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// How far it came, by a detail of 001.
    Progress(StatusDetails),
    /// That it did not arrive: about whom that is, the detail of 001, what this taught about the contact, what to tell the
    /// lender's people.
    Failed(About, StatusDetails, Option<ContactEffect>, &'static str),
    /// That its recipient unsubscribed with the provider.
    Unsubscribed,
    /// What is no news.
    NoNews,
}

impl Says {
    /// What that is for a message of the channel. `code` is the provider's own, for a failure. No message is sent again on a
    /// report of this kind: the provider itself tried for as long as that could help.
    pub fn news(self, channel: Channel, code: Option<String>) -> Option<News> {
        match self {
            Self::Progress(details) => {
                Some(News::Progress { status: details.status()?, details: Some(details), effect: None })
            }
            Self::Failed(about, details, effect, description) => {
                let refusal = Word::Of001(details).refusal(channel, about, Retry::Never, description);
                Some(News::Failed(Refusal { code, effect, ..refusal }))
            }
            Self::Unsubscribed => Some(News::Progress {
                status: InteractionStatus::Attempted,
                details: None,
                effect: Some(ContactEffect::OptedOut),
            }),
            Self::NoNews => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_a_row_are_a_range() {
        for (codes, text) in [
            (&[429][..], "429"),
            (&[500, 501, 503], "500–501, 503"),
            (&[429, 500, 501, 502], "429, 500–502"),
            (&[], ""),
        ] {
            assert_eq!(ranges(codes), text);
        }
    }

    #[test]
    fn statuses_that_mean_the_same_share_a_row_whatever_their_code() {
        let refused = |status: StatusCode, retry| {
            let description = format!("It answered {status}.");
            let refusal = Refusal::new(About::Server, FailureReason::Other, retry, description);
            SendOutcome::Refused(Refusal { code: Some(status.to_string()), ..refusal })
        };
        let rows = by_status(|status| match status.as_u16() {
            502 | 504 => SendOutcome::Unknown { description: status.to_string() },
            429 | 500.. => refused(status, Retry::WhileAllowed),
            _ => refused(status, Retry::Never),
        });
        let words: Vec<_> = rows.iter().map(|row| row.word.as_str()).collect();
        assert_eq!(words, ["300–428, 430–499", "429, 500–501, 503, 505–599", "502, 504"]);
        assert_eq!(rows.iter().map(Mapping::is_final).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!(rows[2].meaning, Meaning::InDoubt);
        let Meaning::News(News::Failed(refusal)) = &rows[0].meaning else { panic!() };
        assert_eq!(refusal.description, "It answered ….");
    }

    #[test]
    fn an_unsubscription_takes_nothing_from_a_message_that_came() {
        let news = Says::Unsubscribed.news(Channel::Email, None);
        let effect = Some(ContactEffect::OptedOut);
        let status = InteractionStatus::Attempted;
        assert_eq!(news, Some(News::Progress { status, details: None, effect }));
        assert_eq!(Says::NoNews.news(Channel::Email, None), None);
    }
}
