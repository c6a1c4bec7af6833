//! Letters for a print house that fetches them: a folder of the bucket, below the tenant's name.
//!
//! `letters/out/<day>/<message>.pdf` has the pages, `….json` beside it says what to do with them ([`Manifest`]). It is put
//! there last: whoever sees it has the pages. What the print house knows of a letter, it puts as
//! `letters/status/<message>.json` ([`Report`]), which the sweep takes in and removes. See `docs/letters.md`.

use async_trait::async_trait;
use domain::{
    Error,
    delivery::{About, ContactEffect, DeliveryEvent, News, Receipt, Retry, SendOutcome},
    id::{self, Id},
    letter::{Addressee, Letter, Mailing, PageSize, Window},
    tenant::TenantId,
    vocabulary::{Channel, FailureReason, ProviderName, StatusDetails},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Carrier, Malformed, Outgoing, Provider,
    mapping::{Mapping, Says},
    refusal,
};
use crate::{objects::Objects, queues::RawReport};

/// The layout of the manifest. It moves when a print house must read it differently.
const VERSION: u32 = 1;

/// See the module documentation.
pub struct Drop {
    objects: Objects,
}

/// What a print house is to do with a letter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    version: u32,
    /// Our id of the message: a letter whose manifest comes again under it is the same one.
    id: Id<id::Interaction>,
    /// The file with the pages, beside this one.
    file: String,
    pages: usize,
    bytes: u64,
    sha256: String,
    page_size: PageSize,
    /// `clear`: print the addresses onto the first page. `address`: it shows through the window of the usual #10 envelope.
    /// `covered`: put a page with the addresses before it.
    window: Window,
    /// Line by line, as in the window.
    to: Vec<String>,
    /// To whom it comes back.
    from: Vec<String>,
    #[serde(flatten)]
    mailing: Mailing,
    /// When we took the message.
    accepted_at: Timestamp,
}

/// What a print house says of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Report {
    /// How far it is.
    pub status: ReportedStatus,
    /// Since when.
    pub at: Timestamp,
    /// Why it failed or came back, in the print house's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// The same for people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
}

/// How far a letter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReportedStatus {
    /// It is on paper.
    Printed,
    /// The post has it.
    Mailed,
    /// It arrived.
    Delivered,
    /// It came back.
    Returned,
    /// It was not mailed and will not be.
    Failed,
}

/// The most characters of a print house's words that are kept.
const CODE: usize = 100;
/// See [`CODE`].
const DESCRIPTION: usize = 500;

impl Drop {
    /// Over the bucket that holds the folder.
    pub fn new(objects: Objects) -> Self {
        Self { objects }
    }

    async fn lay_out(&self, message: &Outgoing<'_>) -> Result<(), SendOutcome> {
        let letter = message.interaction.letter.as_ref();
        let (Some(letter), [pages]) = (letter, message.attachments) else {
            return Err(SendOutcome::Refused(refusal(
                About::Message,
                Some(StatusDetails::LetterFailedToCreate),
                FailureReason::Other,
                Retry::Never,
                "The message was accepted before letters were printed. Send it again.",
            )));
        };
        let manifest = Manifest::of(message, letter);
        let unknown = |error: String| SendOutcome::Unknown { description: error };
        let manifest = serde_json::to_vec_pretty(&manifest).map_err(|error| unknown(error.to_string()))?;
        let prefix = prefix(message);
        for (ending, bytes) in [("pdf", pages.bytes.clone()), ("json", manifest)] {
            let put = self.objects.put(&format!("{prefix}{ending}"), bytes).await;
            put.map_err(|error| unknown(error.to_string()))?;
        }
        Ok(())
    }
}

/// What the keys of a letter begin with: the same at every attempt.
fn prefix(message: &Outgoing<'_>) -> String {
    let interaction = message.interaction;
    Objects::dropped_prefix(&interaction.tenant, interaction.first_taken_on(), &interaction.id)
}

impl Manifest {
    fn of(message: &Outgoing<'_>, letter: &Letter) -> Self {
        let Letter { key: _, pages, bytes, sha256, page_size, window, to, from, mailing } = letter.clone();
        let lines = |one: &Addressee| one.lines();
        Self {
            version: VERSION,
            id: message.interaction.id.clone(),
            file: format!("{}.pdf", message.interaction.id),
            pages,
            bytes,
            sha256,
            page_size,
            window,
            to: lines(&to),
            from: lines(&from),
            mailing,
            accepted_at: message.interaction.created_at,
        }
    }
}

#[async_trait]
impl Provider for Drop {
    fn name(&self) -> ProviderName {
        ProviderName::Drop
    }

    /// Nobody answers when a letter is laid out.
    fn mappings(&self) -> Vec<Mapping> {
        let reported = ReportedStatus::ALL.into_iter();
        reported
            .map(|status| Mapping::afterwards(status.as_str(), status.says().news(Channel::Mail, None)))
            .collect()
    }

    /// `query` is the key of the file, which names the message.
    fn read(&self, report: &RawReport) -> Result<Vec<DeliveryEvent>, Malformed> {
        let status: Report = serde_json::from_str(&report.body).map_err(|error| {
            Malformed(format!(
                "no report of a print house, at line {}, column {}",
                error.line(),
                error.column()
            ))
        })?;
        let interaction = reported(&report.query, &report.tenant)?;
        let event = status.news().map(|news| DeliveryEvent {
            reference: interaction.to_string(),
            event_id: format!("{interaction}:{}", status.at),
            interaction_id: Some(interaction),
            provider: ProviderName::Drop,
            occurred_at: status.at.min(report.received_at),
            news,
        });
        Ok(event.into_iter().collect())
    }
}

/// The message that a report is named after.
fn reported(key: &str, tenant: &TenantId) -> Result<Id<id::Interaction>, Malformed> {
    let name = key.strip_prefix(&Objects::drop_reports_prefix(tenant));
    let name = name.and_then(|name| name.strip_suffix(".json"));
    let named = name.and_then(|name| name.parse().ok());
    named.ok_or_else(|| Malformed("the file is not named after a message: <message>.json".into()))
}

#[async_trait]
impl Carrier for Drop {
    async fn send(&self, message: &Outgoing<'_>) -> SendOutcome {
        match self.lay_out(message).await {
            Ok(()) => SendOutcome::Sent(receipt(message)),
            Err(outcome) => outcome,
        }
    }

    /// The manifest names the message. One that is not fetched yet is found besides, and not laid out again.
    fn knows_repeats(&self) -> bool {
        true
    }

    async fn find(&self, message: &Outgoing<'_>, _: Timestamp) -> Result<Vec<Receipt>, String> {
        match self.objects.get(&format!("{}json", prefix(message))).await {
            Ok(_) => Ok(vec![receipt(message)]),
            Err(Error::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// A print house has no ids of its own.
fn receipt(message: &Outgoing<'_>) -> Receipt {
    Receipt { reference: message.interaction.id.to_string(), segments: None }
}

impl Report {
    fn news(&self) -> Option<News> {
        let code = self.code.as_deref().map(|code| code.chars().take(CODE).collect());
        let mut news = self.status.says().news(Channel::Mail, code)?;
        if let (News::Failed(refusal), Some(description)) = (&mut news, &self.description) {
            refusal.description = description.chars().take(DESCRIPTION).collect();
        }
        Some(news)
    }
}

impl ReportedStatus {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Printed, Self::Mailed, Self::Delivered, Self::Returned, Self::Failed];

    /// What it says of a letter, unless the print house says more.
    const fn says(self) -> Says {
        use StatusDetails::*;
        match self {
            Self::Printed => Says::Progress(LetterRenderedPdf),
            Self::Mailed => Says::Progress(LetterInTransit),
            Self::Delivered => Says::Progress(LetterDelivered),
            Self::Returned => Says::Failed(
                About::Recipient,
                LetterReturnedToSender,
                Some(ContactEffect::Invalid),
                "The letter came back: it cannot be delivered at this address. Ask the borrower for the right one.",
            ),
            Self::Failed => Says::Failed(
                About::Message,
                LetterFailedToCreate,
                None,
                "The print house did not mail the letter and does not say why. Ask it.",
            ),
        }
    }

    /// As a print house spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Printed => "printed",
            Self::Mailed => "mailed",
            Self::Delivered => "delivered",
            Self::Returned => "returned",
            Self::Failed => "failed",
        }
    }
}

#[cfg(test)]
mod tests;
