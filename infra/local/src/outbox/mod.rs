//! Everything that left the building: what each provider's stand-in accepted, as it was sent, and what the
//! provider reported about it since.
//!
//! Nothing here knows a provider's wire format; a stand-in fills in a [`Message`] from it.

mod journal;
mod page;
mod pages;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Redirect;
use axum::routing::get;
use axum::{Json, Router};
use domain::vocabulary::{Channel, CommunicationsApiChannel, ProviderName, SendingChannel};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de};

use self::journal::Journal;
use crate::problem::Problem;

/// How many messages are kept; older ones make room.
pub const CAPACITY: usize = 10_000;

/// One message a provider accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Its place in the outbox, from 1; given by [`Outbox::record`], whatever it was before.
    pub sequence: u64,
    /// When it was accepted, by the local clock.
    pub at: Timestamp,
    /// Who accepted it.
    pub provider: ProviderName,
    /// The provider's id for it.
    pub provider_message_id: String,
    /// How it travels.
    pub channel: SendingChannel,
    /// The bare addresses or number it goes to, several parted by `", "`.
    pub to: String,
    /// The sender as the send named it: an address, a number, or a messaging service.
    pub from: String,
    /// The subject of an e-mail.
    pub subject: Option<String>,
    /// The text to read.
    pub body: String,
    /// The HTML part of an e-mail.
    pub html: Option<String>,
    /// The headers of an e-mail, decoded and unfolded; those of one name joined by a line break.
    pub headers: BTreeMap<String, String>,
    /// The files that go with it.
    pub attachments: Vec<Attachment>,
    /// What the send carried for our own use, by the provider's names: SES tags, Twilio's `StatusCallback`.
    pub tags: BTreeMap<String, String>,
    /// What the provider reported since, in the order it did.
    pub reports: Vec<Report>,
    /// The content exactly as sent: the MIME message, or the form.
    pub raw: String,
}

/// A file that goes with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its file name, or the address it is fetched from.
    pub name: String,
    /// Its media type; `None` when the send does not say.
    pub media_type: Option<String>,
    /// Its size in bytes; `None` when the send does not carry the file itself.
    pub size: Option<usize>,
}

/// What a provider told our webhook about a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// When, by the local clock.
    pub at: Timestamp,
    /// The provider's word for what happened: `delivered`, `Bounce`.
    pub event: String,
    /// The provider's closer word, where it has one: Twilio's error code, SES's bounce type.
    pub detail: Option<String>,
    /// The HTTP status our webhook answered.
    pub answered: u16,
}

impl Report {
    /// Whether our webhook took it.
    pub fn was_taken(&self) -> bool {
        (200..300).contains(&self.answered)
    }
}

impl Message {
    /// Whether `id` is the provider's id of this message, or stands as a whole word in what the send carried for our
    /// own use, as our interaction id does.
    pub fn answers_to(&self, id: &str) -> bool {
        let within_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let stands_in = |value: &String| value.split(|c| !within_word(c)).any(|word| word == id);
        !id.is_empty()
            && (self.provider_message_id == id
                || self.tags.values().chain(self.headers.values()).any(stands_in))
    }

    /// Whether it goes to `address`, in any case, with or without the `+` a query string turns into a blank.
    fn goes_to(&self, address: &str) -> bool {
        fn bare(address: &str) -> &str {
            address.trim().trim_start_matches('+')
        }
        self.to.split(", ").any(|one| bare(one).eq_ignore_ascii_case(bare(address)))
    }
}

/// Which messages to show.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Only of this channel; `sms` does for `text`, as the Communications API (000) calls it.
    #[serde(deserialize_with = "channel", default)]
    pub channel: Option<SendingChannel>,
    /// Only to this address or number.
    pub to: Option<String>,
    /// At most this many, the newest.
    pub limit: Option<usize>,
}

/// A channel in our word for it or in that of 000.
fn channel<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SendingChannel>, D::Error> {
    let Some(word) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let in_000 = || Channel::from(word.parse::<CommunicationsApiChannel>().ok()?).sending();
    word.parse().or_else(|unknown| in_000().ok_or(unknown)).map(Some).map_err(de::Error::custom)
}

/// The shared record of what left the building.
#[derive(Debug, Default)]
pub struct Outbox {
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    /// By sequence number.
    messages: BTreeMap<u64, Message>,
    journal: Option<Journal>,
    /// The pages of letters by sequence number, while this process lives.
    letters: BTreeMap<u64, Arc<[u8]>>,
}

impl Shelf {
    fn put(&mut self, message: Message) {
        self.messages.insert(message.sequence, message.clone());
        while self.messages.len() > CAPACITY {
            self.messages.pop_first();
        }
        let Some(journal) = &mut self.journal else { return };
        if let Err(error) = journal.append(&message, &self.messages) {
            tracing::error!(%error, "the outbox is not being kept on disk");
        }
    }
}

impl Outbox {
    /// An outbox kept in the file at `path` too, one JSON object a line, with what it holds from before.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn open(path: impl Into<PathBuf>) -> std::io::Result<Self> {
        let (journal, messages) = Journal::open(path.into())?;
        Ok(Self { shelf: Mutex::new(Shelf { messages, journal: Some(journal), ..Shelf::default() }) })
    }

    /// Adds a message; answers it with its sequence number.
    pub fn add(&self, mut message: Message) -> Message {
        let mut shelf = self.shelf();
        message.sequence = shelf.messages.last_key_value().map_or(0, |(last, _)| *last) + 1;
        shelf.put(message.clone());
        drop(shelf);
        tracing::info!(
            provider = %message.provider,
            to = message.to,
            subject = message.subject,
            id = message.provider_message_id,
            "message left the building"
        );
        message
    }

    /// Adds a letter with its pages, a PDF.
    pub fn add_letter(&self, message: Message, pages: Vec<u8>) -> Message {
        let message = self.add(message);
        let letters = &mut self.shelf().letters;
        letters.insert(message.sequence, pages.into());
        while letters.len() > pages::KEPT {
            letters.pop_first();
        }
        message
    }

    /// The pages of a letter, a PDF.
    pub fn letter(&self, sequence: u64) -> Option<Arc<[u8]>> {
        self.shelf().letters.get(&sequence).cloned()
    }

    /// Adds what the provider reported about a message; nothing if the message made room meanwhile.
    pub fn report(&self, sequence: u64, report: Report) {
        let mut shelf = self.shelf();
        let Some(mut message) = shelf.messages.get(&sequence).cloned() else { return };
        message.reports.push(report);
        shelf.put(message);
    }

    /// The message of that sequence number.
    pub fn get(&self, sequence: u64) -> Option<Message> {
        self.shelf().messages.get(&sequence).cloned()
    }

    /// The newest message `provider` accepted that [answers to](Message::answers_to) `id`.
    pub fn find(&self, provider: ProviderName, id: &str) -> Option<Message> {
        let is_meant = |message: &&Message| message.provider == provider && message.answers_to(id);
        self.shelf().messages.values().rev().find(is_meant).cloned()
    }

    /// The messages of `wanted`, newest first.
    pub fn select(&self, wanted: impl Fn(&Message) -> bool) -> Vec<Message> {
        self.shelf().messages.values().rev().filter(|message| wanted(message)).cloned().collect()
    }

    /// The messages a filter leaves, newest first.
    pub fn list(&self, filter: &Filter) -> Vec<Message> {
        let mut messages = self.select(|message| {
            filter.channel.is_none_or(|channel| channel == message.channel)
                && filter.to.as_deref().is_none_or(|address| message.goes_to(address))
        });
        messages.truncate(filter.limit.unwrap_or(CAPACITY));
        messages
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `GET /_local/outbox` for scripts, newest first, and the page for people at `/_local/`.
pub fn routes(outbox: Arc<Outbox>) -> Router {
    Router::new()
        .route("/_local", get(|| async { Redirect::permanent("/_local/") }))
        .route("/_local/", get(page::show))
        .route("/_local/outbox", get(list))
        .route("/_local/outbox/{sequence}/letter", get(pages::letter))
        .route("/_local/outbox/{sequence}/pages/{number}", get(pages::page))
        .with_state(outbox)
}

async fn list(
    State(outbox): State<Arc<Outbox>>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<Vec<Message>>, Problem> {
    let Query(filter) = filter.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
    Ok(Json(outbox.list(&filter)))
}
