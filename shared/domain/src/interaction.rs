//! One message on one channel: what it is, where it stands, and the rules by which it moves on.
//!
//! A communication-log entry (000), an interaction (001) and a CommunicationMessage (003) are views of this type.

mod amend;
mod attachment;
mod begin;
mod communication;
mod conversation;
mod copies;
mod enclosure;
mod erase;
mod external_ids;
mod facts;
mod history;
mod notice;
mod origin;
mod overriding;
mod reach;
mod record;
mod reports;
mod resending;
mod steps;
mod telling;
#[cfg(test)]
mod tests;
mod trigger;
mod turn;
mod unmasked;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use amend::InteractionUpdate;
pub use attachment::Attachment;
pub use begin::Outline;
pub use copies::{Copies, Recipient};
pub use enclosure::Enclosure;
pub use external_ids::ExternalIds;
pub use history::{Failure, Moment, Step};
pub use notice::Notice;
pub use origin::Origin;
pub use overriding::Overriding;
pub use record::{NewInteraction, Record, When};
pub use reports::Settled;
pub use resending::{RetryAdvice, Worth};
pub use telling::{FailureNews, MessageNews};
pub use trigger::{EventKeys, Trigger};
pub use turn::Turn;
pub use unmasked::Unmasked;

use crate::{
    account::Account,
    compliance::{Circumstances, Decision},
    id::{self, ExternalId, Id},
    letter::Letter,
    tenant::TenantId,
    vocabulary::{Channel, Direction, ProviderName, Subject, Theme, progress::State},
};

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interaction {
    /// The id that Postrider gave it.
    pub id: Id<id::Interaction>,
    /// Whose.
    pub tenant: TenantId,
    /// The id that the lender gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub external_id: Option<ExternalId>,
    /// With whom; with nobody we know by default.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person_id: Option<Id<id::Person>>,
    /// The contact used, if the channel needs one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contact_id: Option<Id<id::Contact>>,
    /// The person's address, number or token, frozen: what ours went to, or what theirs came from.
    pub to: String,
    /// Our own address or number, if it is known: what theirs came to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ours: Option<String>,
    /// What the lender calls whom and what it is about.
    #[serde(skip_serializing_if = "ExternalIds::is_empty", default)]
    pub external_ids: ExternalIds,
    /// The channel that messages are sent by.
    pub channel: Channel,
    /// Ours to them or theirs to us.
    pub direction: Direction,
    /// What about. What others recorded may leave it open, and what is dispatched does (004).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<Subject>,
    /// The theme of the message: why it is sent.
    pub theme: Theme,
    /// What its sender said of it besides.
    #[serde(default)]
    pub circumstances: Circumstances,
    /// Sent by a system in response to an event, as 001 defines it.
    pub transactional: bool,
    /// About which loans.
    #[serde(default)]
    pub loan_ids: Vec<Id<id::Loan>>,
    /// In which case.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub case_id: Option<Id<id::Case>>,
    /// About which statement.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub statement_id: Option<Id<id::Statement>>,
    /// Rendered from which template; none if its words are free, or others'.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub descriptor_id: Option<Id<id::Descriptor>>,
    /// Rendered from which wording.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version_id: Option<Id<id::Version>>,
    /// The batch it is part of.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub batch_id: Option<Id<id::Batch>>,
    /// Which bulk operation of the lender's over cases it belongs to (001, `supercaseBulkOperationId`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub supercase_bulk_operation_id: Option<String>,
    /// What it says.
    pub content: Content,
    /// The same with the secret that `content` only hints at, such as a confirmation code; until it left or ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unmasked: Option<Unmasked>,
    /// The pages that say it, of a letter.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub letter: Option<Letter>,
    /// Whom an e-mail goes to besides.
    #[serde(skip_serializing_if = "Copies::is_empty", default)]
    pub copies: Copies,
    /// The files it carries besides.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attachments: Vec<Attachment>,
    /// The files it came with.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub enclosures: Vec<Enclosure>,
    /// Whether it came in and may be from somebody else than it says.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub unproven: bool,
    /// Whether what it says is kept from callers who may only view.
    #[serde(default)]
    pub sensitive: bool,
    /// How it came about.
    pub origin: Origin,
    /// The event of the lender's core system that triggered it, if one did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trigger: Option<Trigger>,
    /// Where it stands.
    pub state: State,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure: Option<Failure>,
    /// The provider that was asked to take it, or took it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provider: Option<String>,
    /// By which of the tenant's accounts there, as it was then; absent if the provider has none that is out of order by itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// Every provider that was asked, each once.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub asked: Vec<ProviderName>,
    /// The provider's id of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<String>,
    /// Billed parts of a text message.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub segments: Option<u16>,
    /// When its recipient refused to have more such messages, by what is known of this one; of one that came in, when it said so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub opted_out_at: Option<Timestamp>,
    /// Not before this instant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub send_at: Option<Timestamp>,
    /// When its turn comes to leave, if it is held back for others or for its provider.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub turn: Option<Turn>,
    /// Since when it waits for its account, which is out of order; until it is attempted again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waits_since: Option<Timestamp>,
    /// When somebody must look at it again; absent once nothing is left to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_at: Option<Timestamp>,
    /// Set while a dispatcher holds it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub leased_until: Option<Timestamp>,
    /// Until when its sender waits to hear what becomes of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub awaited_until: Option<Timestamp>,
    /// How often a dispatcher took it.
    #[serde(default)]
    pub attempts: u32,
    /// The guard's last decision, as evidence; absent for what the guard was not asked about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decision: Option<Decision>,
    /// Who answers for sending it in spite of facts that would have stopped it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub overridden: Option<Overriding>,
    /// Those it replaced that say more: why the message had to wait, or by which it may have left.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub earlier_decisions: Vec<Decision>,
    /// The ledger version that decision saw.
    pub ledger_version: u64,
    /// Joins logs from request to webhook.
    pub trace_id: String,
    /// What happened when.
    pub timeline: Vec<Moment>,
    /// When accepted.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
    /// When its person was erased, and of it all that is personal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub erased_at: Option<Timestamp>,
    /// Moves with every change; writes are conditional on it.
    pub revision: u64,
}

/// What an interaction says, in place or, when large, in the object store: the rendered parts of a message
/// ([`crate::template::Source`]), or whatever was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Content {
    /// Here.
    Inline(#[serde(with = "crate::free_json")] Map<String, Value>),
    /// Under this key.
    Stored(String),
}

/// Whether a dispatcher may take a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Yes; it holds the lease now.
    Taken,
    /// Not before this instant: scheduled, or held by another.
    NotBefore(Timestamp),
    /// Never: nothing is left to do.
    Done,
    /// Never: every attempt was cut off, and the message has failed now.
    Spent,
}
