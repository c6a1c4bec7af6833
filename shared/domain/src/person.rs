//! Borrowers and the other people messages go to, with all the facts the guard and the templates need.
//!
//! The lender's loan system is the system of record and pushes these facts; deliveries and answers add what we learn
//! ourselves (an address that bounces, a STOP). [`update`] is what the lender may say, and how it meets what is known.

mod book;
mod consent;
mod contact;
mod erasure;
mod stranger;
pub mod update;
mod wish;

use std::{cmp::Reverse, collections::BTreeSet};

pub use book::BookAddress;
pub use consent::{Consent, ConsentScope, ConsentStatus};
pub use contact::{Address, Affiliation, Contact, ContactLabel, ContactStatus, ContactType};
pub use erasure::Erasure;
use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
pub use stranger::Stranger;
pub use wish::{Reach, Wish};

use crate::{
    delivery::ContactEffect,
    id::{self, ExternalId, Id},
    money::Amount,
    schedule::Span,
    shape,
    vocabulary::{AnyChannel, CaseType, Channel},
};

/// A person with everything known about them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The id that Postrider gave it.
    pub id: Id<id::Person>,
    /// The id that the lender gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub external_id: Option<ExternalId>,
    /// The person's given name.
    #[serde(default)]
    pub first_name: String,
    /// The person's family name.
    #[serde(default)]
    pub last_name: String,
    /// What the person is to the lender.
    #[serde(default)]
    pub kind: PersonKind,
    /// Whether the person may be contacted at all.
    #[serde(default)]
    pub status: PersonStatus,
    /// ISO 639-1; the tenant's by default.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub language: Option<String>,
    /// BCP 47; follows the language or the tenant by default.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub locale: Option<String>,
    /// The IANA time zone the person stated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub time_zone: Option<String>,
    /// Set when the person must not be contacted on any channel.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub do_not_contact: Option<DoNotContact>,
    /// Which channels the person wants.
    #[serde(default)]
    pub communication_preference: CommunicationPreference,
    /// When the person wants to be contacted, and when not.
    #[serde(default)]
    pub contact_times: ContactTimes,
    /// Addresses, numbers and tokens.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// Loans the person borrows or signs for.
    #[serde(default)]
    pub loans: Vec<Loan>,
    /// Consents and revocations, oldest first. Only ever grows: it is evidence.
    #[serde(default)]
    pub consents: Vec<Consent>,
    /// The person's open cases.
    #[serde(default)]
    pub cases: Vec<Case>,
    /// The lender's own keys and values.
    #[serde(default, with = "crate::free_json")]
    #[schemars(with = "Map<String, Value>")]
    pub meta_data: Map<String, Value>,
    /// When first pushed.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Person {
    /// The limits on lists that live inside a person, so that the whole stays one storage item.
    pub const MAX_CONTACTS: usize = 50;
    /// See [`Self::MAX_CONTACTS`].
    pub const MAX_LOANS: usize = 100;
    /// See [`Self::MAX_CONTACTS`].
    pub const MAX_CONSENTS: usize = 500;
    /// See [`Self::MAX_CONTACTS`].
    pub const MAX_CASES: usize = 50;
    /// The size of the whole as JSON. DynamoDB takes items of 400 KB and counts some numbers higher than JSON does.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// A person of whom only the id is known.
    pub fn new(id: Id<id::Person>, external_id: Option<ExternalId>, now: Timestamp) -> Self {
        Self {
            id,
            external_id,
            first_name: String::new(),
            last_name: String::new(),
            kind: PersonKind::Client,
            status: PersonStatus::Active,
            language: None,
            locale: None,
            time_zone: None,
            do_not_contact: None,
            communication_preference: CommunicationPreference::default(),
            contact_times: ContactTimes::default(),
            contacts: Vec::new(),
            loans: Vec::new(),
            consents: Vec::new(),
            cases: Vec::new(),
            meta_data: Map::new(),
            created_at: now,
            updated_at: now,
        }
    }

    /// The contact with this id.
    pub fn contact(&self, id: &Id<id::Contact>) -> Option<&Contact> {
        self.contacts.iter().find(|contact| contact.id == *id)
    }

    /// The contact behind an address a message was frozen with: the one it was chosen by, unless that has moved on to
    /// another address; then whichever has the address now.
    pub fn contact_at(&self, id: Option<&Id<id::Contact>>, address: &str) -> Option<&Contact> {
        let has_address = |contact: &&Contact| contact.value == address || contact.destination() == address;
        let chosen = id.and_then(|id| self.contact(id)).filter(has_address);
        chosen.or_else(|| self.contacts.iter().filter(|_| !address.is_empty()).find(has_address))
    }

    /// The loan with this id.
    pub fn loan(&self, id: &Id<id::Loan>) -> Option<&Loan> {
        self.loans.iter().find(|loan| loan.id == *id)
    }

    /// Whether a loan is, or may be, more days past due than this. It may if that is not known, be it of the loan.
    pub fn may_be_past_due(&self, loan: &Id<id::Loan>, days: u32) -> bool {
        self.loan(loan).and_then(|known| known.days_past_due).is_none_or(|past| past > days)
    }

    /// The case with this id.
    pub fn case(&self, id: &Id<id::Case>) -> Option<&Case> {
        self.cases.iter().find(|case| case.id == *id)
    }

    /// Whether anybody could find the person again: by the lender's id, or by a name.
    pub fn is_named(&self) -> bool {
        self.external_id.is_some() || !self.first_name.is_empty() || !self.last_name.is_empty()
    }

    /// The best contact for a channel: the person's own, valid, primary before secondary before additional; for texts
    /// a number that receives them, a personal one first; for push the device that was added last, for that is the one in
    /// use. `None` for channels that need no contact.
    pub fn select_contact(&self, channel: Channel) -> Option<&Contact> {
        let kind = ContactType::for_channel(channel)?;
        let rank = |at: usize, contact: &Contact| {
            let is_second_best = channel == Channel::Text && contact.label != ContactLabel::Personal;
            (is_second_best, contact.status, (channel == Channel::Push).then_some(Reverse(at)))
        };
        let usable = self
            .contacts
            .iter()
            .enumerate()
            .filter(|(_, c)| c.contact_type == kind && c.valid && c.affiliation == Affiliation::SelfPerson)
            .filter(|(_, c)| c.status != ContactStatus::Archived)
            .filter(|(_, c)| channel != Channel::Text || c.receive_text_messages);
        usable.min_by_key(|(at, contact)| rank(*at, contact)).map(|(_, contact)| contact)
    }

    /// Takes over what a delivery taught us about a contact at `now`. An opt-out older than what the person said since
    /// changes nothing. Returns whether anything changed.
    pub fn learn(
        &mut self,
        contact: &Id<id::Contact>,
        channel: Channel,
        effect: ContactEffect,
        source: &str,
        now: Timestamp,
    ) -> bool {
        let Some(known) = self.contacts.iter_mut().find(|c| c.id == *contact) else { return false };
        let changed = match effect {
            ContactEffect::Invalid => std::mem::replace(&mut known.valid, false),
            ContactEffect::CannotReceiveTexts => std::mem::replace(&mut known.receive_text_messages, false),
            ContactEffect::OptedOut => {
                let Some(address) = BookAddress::of(known) else { return false };
                return self.heed(&Wish::opt_out(address, channel, now, source));
            }
        };
        if changed {
            self.updated_at = now;
        }
        changed
    }
}

/// What a person is to the lender (003).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PersonKind {
    /// A borrower, or another person the lender has to do with.
    #[default]
    Client,
    /// Several who borrow together and have an address in common.
    Group,
    /// One of the lender's own people.
    User,
}

/// Whether a person may be contacted at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PersonStatus {
    /// Yes.
    #[default]
    Active,
    /// No longer a customer.
    Inactive,
    /// Only the estate's representative may be contacted.
    Deceased,
}

/// No contact on any channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DoNotContact {
    /// When it ends; never by default. An order that is over already must be on record.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
    /// Why, for the lender's people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<shape::Text<500>>")]
    pub reason: Option<String>,
}

impl DoNotContact {
    /// Whether it forbids contact at this instant.
    pub fn is_in_force(&self, at: Timestamp) -> bool {
        self.until.is_none_or(|until| at < until)
    }
}

/// Which channels the person wants.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CommunicationPreference {
    /// Channels the person does not want, in any document's words; shown as `text`, `mail`, `gui` and so on.
    #[serde(deserialize_with = "in_any_words")]
    #[schemars(with = "BTreeSet<AnyChannel>", extend("maxItems" = AnyChannel::words().len()))]
    pub opted_out: BTreeSet<Channel>,
    /// The channel the person likes best.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "one_in_any_words")]
    #[schemars(with = "Option<AnyChannel>")]
    pub preferred: Option<Channel>,
}

fn in_any_words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<Channel>, D::Error> {
    Ok(BTreeSet::<AnyChannel>::deserialize(deserializer)?.into_iter().map(Channel::from).collect())
}

fn one_in_any_words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Channel>, D::Error> {
    Ok(Option::<AnyChannel>::deserialize(deserializer)?.map(Channel::from))
}

/// When the person wants to be contacted, and when not, on the clock where the person is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ContactTimes {
    /// Only then, if any is given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = Span::MOST))]
    pub convenient: Vec<Span>,
    /// Times at which the person does not want to be contacted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = Span::MOST))]
    pub inconvenient: Vec<Span>,
}

impl ContactTimes {
    /// Whether the person named none.
    pub fn is_empty(&self) -> bool {
        self.convenient.is_empty() && self.inconvenient.is_empty()
    }
}

/// A loan as templates and rules see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Loan {
    /// The id that Postrider gave it.
    pub id: Id<id::Loan>,
    /// The id that the lender gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub external_id: Option<ExternalId>,
    /// As printed on statements.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub loan_number: Option<String>,
    /// The loan product, `program_id` of 000.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub product_id: Option<String>,
    /// The lender's word for its state.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<String>,
    /// The currency as an ISO 4217 code, such as USD.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<String>,
    /// What is owed in all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub balance: Option<Amount>,
    /// Yearly interest as a fraction: 0.0725 is 7.25 %.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rate: Option<Amount>,
    /// The next payment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment_amount: Option<Amount>,
    /// When it is due.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_date: Option<Date>,
    /// How many days the oldest unpaid installment is past due.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub days_past_due: Option<u32>,
    /// Whatever else the lender's templates use.
    #[serde(default, with = "crate::free_json")]
    #[schemars(with = "Map<String, Value>")]
    pub attributes: Map<String, Value>,
}

impl Loan {
    /// Whether only its names are known: nothing a message about it could say, or a rule could ask for.
    pub fn is_a_name_only(&self) -> bool {
        *self == Self::new(self.id.clone(), self.external_id.clone())
    }

    /// A loan of which only the names are known.
    pub fn new(id: Id<id::Loan>, external_id: Option<ExternalId>) -> Self {
        Self {
            id,
            external_id,
            loan_number: None,
            product_id: None,
            status: None,
            currency: None,
            balance: None,
            rate: None,
            payment_amount: None,
            due_date: None,
            days_past_due: None,
            attributes: Map::new(),
        }
    }
}

/// A case about a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// The id that Postrider gave it.
    pub id: Id<id::Case>,
    /// The id that the lender gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub external_id: Option<ExternalId>,
    /// What it is about.
    pub case_type: CaseType,
    /// Set when the case forbids contact.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub do_not_interact: Option<DoNotContact>,
    /// Whatever else the lender's templates use.
    #[serde(default, with = "crate::free_json")]
    #[schemars(with = "Map<String, Value>")]
    pub attributes: Map<String, Value>,
}

impl Case {
    /// A case of which only its names and its type are known.
    pub fn new(id: Id<id::Case>, external_id: Option<ExternalId>, case_type: CaseType) -> Self {
        Self { id, external_id, case_type, do_not_interact: None, attributes: Map::new() }
    }
}
