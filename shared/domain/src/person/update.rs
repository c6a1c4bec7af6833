//! Updates of a person by the lender, and how they are merged with what is known.
//!
//! - A field left out stays; `null` clears it.
//! - A list given replaces the list, and each entry says everything about its thing. Consents are the exception: they
//!   are evidence, and only ever added.
//! - What we learned ourselves stays with the address we learned it about ([`contacts`]).
//!
//! Each `with_…` returns the person as it is afterwards, or every fault found. What a single value looks like is
//! [`crate::formats`]'; where requests come from and where people are kept is not known here.

mod check;
mod contacts;
mod loans;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use jiff::{Timestamp, civil::Date};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Address, Affiliation, CommunicationPreference, Consent, ConsentScope, ConsentStatus, ContactLabel,
    ContactStatus, ContactTimes, ContactType, DoNotContact, Person, PersonKind, PersonStatus,
};
use crate::{
    error::{Conflict, Error, Ours as _},
    id::{self, ExternalId, Id, Ref},
    money::{Amount, NotNegative},
    shape::{self, given, left_out, when},
    tenant::TenantId,
    update::{Change, Faults, MetaData},
    vocabulary::{CaseType, Channel},
};

/// A person as the lender's system of record pushes it. Fields left out stay, `null` clears, lists replace.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PersonUpdate {
    /// Your id. Given once; on `PUT` it stands in the path and may be left out here.
    pub external_id: Option<ExternalId>,
    /// The person's given name.
    #[schemars(with = "Option<shape::LineOrEmpty<200>>")]
    pub first_name: Option<String>,
    /// The person's family name.
    #[schemars(with = "Option<shape::LineOrEmpty<200>>")]
    pub last_name: Option<String>,
    /// What the person is to you: `client` by default.
    pub kind: Option<PersonKind>,
    /// Whether the person may be contacted at all.
    pub status: Option<PersonStatus>,
    /// ISO 639-1; your settings by default.
    #[schemars(with = "Option<shape::Language>")]
    pub language: Change<String>,
    /// BCP 47; your settings by default.
    #[schemars(with = "Option<shape::Locale>")]
    pub locale: Change<String>,
    /// The IANA time zone the person stated.
    #[schemars(with = "Option<shape::TimeZone>")]
    pub time_zone: Change<String>,
    /// Forbids contact on every channel; `null` allows it again.
    pub do_not_contact: Change<DoNotContact>,
    /// Which channels the person wants.
    pub communication_preference: Option<CommunicationPreference>,
    /// When the person wants to be contacted, and when not, on the clock where the person is.
    pub contact_times: Option<ContactTimes>,
    /// All ways to reach the person. Whether an address bounced, is verified or takes texts stays as it is known,
    /// unless stated here.
    #[schemars(with = "Option<Vec<NewContact>>", length(max = Person::MAX_CONTACTS))]
    pub contacts: Option<Vec<ContactUpdate>>,
    /// All loans the person borrows or signs for.
    #[schemars(with = "Option<Vec<ListedLoan>>", length(max = Person::MAX_LOANS))]
    pub loans: Option<Vec<LoanUpdate>>,
    /// Consents and revocations. Those not known yet are added; none is ever removed. One without `recordedAt` is known
    /// if the same was recorded at any time.
    #[schemars(length(max = Person::MAX_CONSENTS))]
    pub consents: Option<Vec<ConsentUpdate>>,
    /// All open cases.
    #[schemars(with = "Option<Vec<ListedCase>>", length(max = Person::MAX_CASES))]
    pub cases: Option<Vec<CaseUpdate>>,
    /// Your own keys and values: 50 of them, keys up to 100 and values up to 500 characters.
    #[schemars(with = "Option<MetaData>")]
    pub meta_data: Option<Map<String, Value>>,
}

/// A way to reach a person.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ContactUpdate {
    /// As we answered it, if you send back what you read.
    pub id: Option<Id<id::Contact>>,
    /// Your id. A contact without one is known by its address.
    pub external_id: Option<ExternalId>,
    /// What kind of address. Required for a new contact; never changes.
    pub contact_type: Option<ContactType>,
    /// Where it rings; `personal` by default.
    pub label: Option<ContactLabel>,
    /// Whose it is; `self` by default.
    pub affiliation: Option<Affiliation>,
    /// Its rank among contacts of its type; `primary` by default.
    pub status: Option<ContactStatus>,
    /// The e-mail address, the number in E.164, or the push token.
    #[schemars(with = "Option<shape::Any<4096>>")]
    pub value: Option<String>,
    /// The postal address, for `address`.
    pub address: Option<Address>,
    /// Whether messages arrive there.
    pub valid: Option<bool>,
    /// Whether the person proved it is theirs.
    pub verified: Option<bool>,
    /// Whether the number takes texts and the person agreed to them.
    pub receive_text_messages: Option<bool>,
    /// Whether the borrower allowed speaking to this third party.
    pub authorized_third_party: Option<bool>,
}

/// What is to be stored about a loan.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LoanUpdate {
    /// As we answered it, if you send back what you read.
    pub id: Option<Id<id::Loan>>,
    /// Your id. Required for a new loan in a list; below `/loans/{loanId}` it stands in the path.
    pub external_id: Option<ExternalId>,
    /// As printed on statements.
    #[schemars(with = "Option<shape::Line<100>>")]
    pub loan_number: Change<String>,
    /// The loan product, `program_id` of the Communications API.
    #[schemars(with = "Option<shape::Line<255>>")]
    pub product_id: Change<String>,
    /// Your word for its state.
    #[schemars(with = "Option<shape::Line<100>>")]
    pub status: Change<String>,
    /// The currency as an ISO 4217 code, such as USD.
    #[schemars(with = "Option<shape::Currency>")]
    pub currency: Change<String>,
    /// What is owed in all; below zero when overpaid.
    pub balance: Change<Amount>,
    /// Yearly interest as a fraction: 0.0725 is 7.25 %.
    #[schemars(with = "Option<NotNegative>")]
    pub rate: Change<Amount>,
    /// The next payment.
    #[schemars(with = "Option<NotNegative>")]
    pub payment_amount: Change<Amount>,
    /// When it is due.
    pub due_date: Change<Date>,
    /// How many days the oldest unpaid installment is past due.
    pub days_past_due: Change<u32>,
    /// Whatever else your templates use: 16 KB of JSON.
    #[schemars(with = "Option<shape::Stored>")]
    pub attributes: Option<Map<String, Value>>,
}

/// A consent given or taken back.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentUpdate {
    /// To what; to being contacted by default.
    #[serde(default)]
    pub scope: ConsentScope,
    /// The channel it applies to; all by default.
    #[serde(default)]
    pub channel: Option<Channel>,
    /// The contact it applies to; all by default.
    #[serde(default)]
    pub contact_id: Option<Ref<id::Contact>>,
    /// Given or taken back.
    pub status: ConsentStatus,
    /// When, not in the future. Now by default; in a person's list it is required of a consent that was revoked since.
    #[serde(default)]
    pub recorded_at: Option<Timestamp>,
    /// How you know: `web form`, `agent`; `lender` by default.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<100>>")]
    pub source: Option<String>,
    /// The person's own words.
    #[serde(default)]
    #[schemars(with = "Option<shape::Text<2000>>")]
    pub wording: Option<String>,
}

/// A case about a person.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CaseUpdate {
    /// As we answered it, if you send back what you read.
    pub id: Option<Id<id::Case>>,
    /// Your id. Required for a new case in a list; below `/cases/{caseId}` it stands in the path.
    pub external_id: Option<ExternalId>,
    /// What it is about. Required for a new case, and in a list.
    pub case_type: Option<CaseType>,
    /// Forbids contact because of the case; `null` allows it again.
    pub do_not_interact: Change<DoNotContact>,
    /// Whatever else your templates use: 16 KB of JSON.
    #[schemars(with = "Option<shape::Stored>")]
    pub attributes: Option<Map<String, Value>>,
}

/// Declares what stands for an update in schemas, with what else is asked of it.
macro_rules! whole {
    ($(#[$doc:meta])* $name:ident of $update:ident: $ask:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let mut schema = $update::json_schema(generator);
                let ask: fn(&mut Schema) = $ask;
                ask(&mut schema);
                schema
            }
        }
    };
}

whole! {
    /// A new person, who has a name or an id of the lender's.
    NewPerson of PersonUpdate: |schema| {
        let named = |name: &str| json!({ "required": [name], "properties": { name: { "type": "string", "minLength": 1 } } });
        let names = json!({ "anyOf": [named("firstName"), named("lastName")] });
        shape::hold(schema, json!([{ "if": given("externalId"), "else": names }]));
    }
}

whole! {
    /// A contact with all that is known of it.
    NewContact of ContactUpdate: |schema| {
        shape::require(schema, &["contactType"]);
        let value = |kind: &str, shape: Schema| {
            let then = json!({ "required": ["value"], "properties": { "value": shape, "address": { "type": "null" } } });
            when("contactType", &[kind], then)
        };
        let mut generator = SchemaGenerator::default();
        let no_texts = json!({ "properties": { "receiveTextMessages": { "enum": [false, null] } } });
        let conditions = json!([
            value("email", shape::Email::json_schema(&mut generator)),
            value("phone", shape::Phone::json_schema(&mut generator)),
            value("push", shape::PushToken::json_schema(&mut generator)),
            when("contactType", &["address"], json!({ "allOf": [given("address"), left_out(&["value"])] })),
            when("contactType", &["email", "push", "address"], no_texts),
        ]);
        shape::hold(schema, conditions);
    }
}

whole! {
    /// A loan in a person's list.
    ListedLoan of LoanUpdate: |schema| {
        shape::hold(schema, json!([{ "if": given("id"), "else": given("externalId") }]));
    }
}

whole! {
    /// A case in a person's list.
    ListedCase of CaseUpdate: |schema| {
        shape::require(schema, &["caseType"]);
        shape::hold(schema, json!([{ "if": given("id"), "else": given("externalId") }]));
    }
}

impl PersonUpdate {
    /// Refuses a new person with neither a name nor an id of the lender's: nobody could find it again, and each push
    /// would make another.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn expect_name(&self) -> Result<(), Error> {
        let is_named = |name: &Option<String>| name.as_ref().is_some_and(|name| !name.is_empty());
        if self.external_id.is_some() || is_named(&self.first_name) || is_named(&self.last_name) {
            return Ok(());
        }
        let message = "must be given for a person without a name; or give firstName or lastName";
        Err(Error::invalid("/externalId", message))
    }
}

impl Person {
    /// The person after the lender said this.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn with(&self, update: &PersonUpdate, tenant: &TenantId, now: Timestamp) -> Result<Self, Error> {
        let mut faults = update.check(self, tenant, now);
        let is_other = update.external_id.is_some() && update.external_id != self.external_id;
        faults.expect(!is_other, "/externalId", "must stay as the person was created; leave it out");
        faults.none()?;

        let mut person = self.clone();
        person.first_name = update.first_name.clone().unwrap_or(person.first_name);
        person.last_name = update.last_name.clone().unwrap_or(person.last_name);
        person.kind = update.kind.unwrap_or(person.kind);
        person.status = update.status.unwrap_or(person.status);
        update.language.apply(&mut person.language);
        update.locale.apply(&mut person.locale);
        update.time_zone.apply(&mut person.time_zone);
        update.do_not_contact.apply(&mut person.do_not_contact);
        if let Some(preference) = &update.communication_preference {
            person.communication_preference = preference.clone();
        }
        if let Some(times) = &update.contact_times {
            person.contact_times = times.clone();
        }
        if let Some(given) = &update.meta_data {
            person.meta_data = given.clone();
        }
        let mut faults = Faults::default();
        faults.expect(
            person.is_named() || !self.is_named(),
            "/lastName",
            "must stay, or firstName: the person has no externalId, and without a name nobody could find it again",
        );
        if let Some(given) = &update.contacts {
            faults.within("/contacts", contacts::replace(&mut person, tenant, given));
        }
        if let Some(given) = &update.loans {
            faults.within("/loans", loans::replace_loans(&mut person, tenant, given));
        }
        if let Some(given) = &update.cases {
            faults.within("/cases", loans::replace_cases(&mut person, tenant, given));
        }
        if let Some(given) = &update.consents {
            faults.within("/consents", person.add_stated(given, tenant, now));
        }
        faults.none()?;
        person.fitting()
    }

    /// The person with contact forbidden.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn with_do_not_contact(&self, order: &DoNotContact, now: Timestamp) -> Result<Self, Error> {
        order.faults(self.do_not_contact.as_ref(), now).none()?;
        Self { do_not_contact: Some(order.clone()), ..self.clone() }.fitting()
    }

    /// The person after a consent or a revocation was recorded, and the record.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Conflict::LimitReached`].
    pub fn with_consent(
        &self,
        update: &ConsentUpdate,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<(Self, Consent), Error> {
        update.check(now).none()?;
        let consent = self.consent_of(update, tenant, now)?;
        let mut person = self.clone();
        person.add_consents([consent.clone()]);
        within(person.consents.len(), Self::MAX_CONSENTS, "consents")?;
        Ok((person.fitting()?, consent))
    }

    /// Adds the records that are not there yet, each at its place in time.
    pub(super) fn add_consents(&mut self, records: impl IntoIterator<Item = Consent>) {
        for record in records {
            if !self.consents.contains(&record) {
                self.consents.push(record);
            }
        }
        self.consents.sort_by_key(|record| record.recorded_at);
    }

    fn add_stated(&mut self, given: &[ConsentUpdate], tenant: &TenantId, now: Timestamp) -> Faults {
        let mut faults = Faults::default();
        let before = self.consents.len();
        for (at, update) in given.iter().enumerate() {
            match self.consent_of(update, tenant, now) {
                // The same push, sent again, is no other record.
                Ok(consent) if update.recorded_at.is_none() && self.has_recorded(&consent) => {}
                Ok(consent) if update.recorded_at.is_none() && self.has_revoked(&consent) => faults.expect(
                    false,
                    &format!("/{at}/recordedAt"),
                    "must be given: this was revoked, and only the time tells whether it is consented to since",
                ),
                Ok(consent) => self.add_consents([consent]),
                Err(error) => faults.take(&format!("/{at}"), error),
            }
        }
        let fits = self.consents.len() <= Self::MAX_CONSENTS || self.consents.len() == before;
        faults.expect(
            fits,
            "",
            &format!("must have at most {} entries with those that are known already", Self::MAX_CONSENTS),
        );
        faults
    }

    /// Whether the same was recorded, at whatever time.
    fn has_recorded(&self, consent: &Consent) -> bool {
        let at_the_same_time = |known: &Consent| Consent {
            recorded_at: known.recorded_at,
            repeated_at: known.repeated_at,
            ..consent.clone()
        };
        self.consents.iter().any(|known| *known == at_the_same_time(known))
    }

    /// Whether something that this consents to is revoked as things stand.
    fn has_revoked(&self, consent: &Consent) -> bool {
        let overlaps = |known: &&Consent| {
            known.scope == consent.scope
                && (known.channel.is_none() || consent.channel.is_none() || known.channel == consent.channel)
                && (known.contact_id.is_none()
                    || consent.contact_id.is_none()
                    || known.contact_id == consent.contact_id)
        };
        let newest = self.consents.iter().filter(overlaps).max_by_key(|known| known.last_said_at());
        consent.status == ConsentStatus::Consented
            && newest.is_some_and(|newest| newest.status == ConsentStatus::Revoked)
    }

    fn consent_of(
        &self,
        update: &ConsentUpdate,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Consent, Error> {
        let contact_id = update.contact_id.as_ref().map(|named| named.resolve(tenant.as_str()));
        if contact_id.as_ref().is_some_and(|id| self.contact(id).is_none()) {
            return Err(Error::invalid("/contactId", "must be a contact of this person"));
        }
        Ok(Consent {
            scope: update.scope,
            channel: update.channel,
            contact_id,
            status: update.status,
            recorded_at: update.recorded_at.unwrap_or(now),
            source: update.source.clone().unwrap_or_else(|| "lender".into()),
            wording: update.wording.clone(),
            provisional: false,
            repeated_at: None,
        })
    }

    /// The person, if it fits into storage.
    fn fitting(self) -> Result<Self, Error> {
        let size = serde_json::to_vec(&self).internal()?.len();
        if size <= Self::MAX_BYTES {
            return Ok(self);
        }
        let message = format!(
            "must leave the person within {} bytes of JSON; with what is known already it would be {size}",
            Self::MAX_BYTES
        );
        Err(Error::invalid("", message))
    }
}

/// Refuses one thing too many.
fn within(count: usize, most: usize, what: &str) -> Result<(), Error> {
    if count <= most {
        return Ok(());
    }
    Err(Error::conflict(
        Conflict::LimitReached,
        format!("A person has at most {most} {what}; remove some first."),
    ))
}
