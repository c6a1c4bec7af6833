//! Validates an update of a person field by field. Every fault is listed.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{CaseUpdate, Change, ConsentUpdate, ContactUpdate, LoanUpdate, PersonUpdate};
use crate::{
    error::Error,
    formats::{self, Verdict},
    id::Id,
    money::Amount,
    person::{Address, Case, CommunicationPreference, ContactType, DoNotContact, Person},
    tenant::TenantId,
    update::Faults,
};

impl PersonUpdate {
    pub(super) fn check(&self, person: &Person, tenant: &TenantId, now: Timestamp) -> Faults {
        let mut faults = Faults::default();
        faults.value("/firstName", self.first_name.as_ref(), name);
        faults.value("/lastName", self.last_name.as_ref(), name);
        faults.value("/language", self.language.given(), formats::language);
        faults.value("/locale", self.locale.given(), formats::locale);
        faults.value("/timeZone", self.time_zone.given(), formats::time_zone);
        if let Some(order) = self.do_not_contact.given() {
            faults.within("/doNotContact", order.faults(person.do_not_contact.as_ref(), now));
        }
        if let Some(preference) = &self.communication_preference {
            faults.within("/communicationPreference", preference.faults());
        }
        if let Some(times) = &self.contact_times {
            faults.within("/contactTimes/convenient", Faults::of_spans(&times.convenient));
            faults.within("/contactTimes/inconvenient", Faults::of_spans(&times.inconvenient));
        }
        faults.list("/contacts", self.contacts.as_ref(), Person::MAX_CONTACTS, ContactUpdate::check);
        faults.list("/loans", self.loans.as_ref(), Person::MAX_LOANS, LoanUpdate::check);
        faults.list("/consents", self.consents.as_ref(), Person::MAX_CONSENTS, |consent| consent.check(now));
        let known = |case: &CaseUpdate| {
            let external = case.external_id.as_ref().map(|name| Id::external(tenant.as_str(), name.as_str()));
            person.case(external.as_ref().or(case.id.as_ref())?)
        };
        faults.list("/cases", self.cases.as_ref(), Person::MAX_CASES, |case| case.check(known(case), now));
        if let Some(given) = &self.meta_data {
            faults.meta_data(given);
        }
        faults
    }
}

impl ContactUpdate {
    pub(super) fn check(&self) -> Faults {
        let mut faults = Faults::default();
        let Some(kind) = self.contact_type else {
            faults.expect(false, "/contactType", "must be given");
            return faults;
        };
        let value = self.value.as_deref().filter(|value| !value.is_empty());
        match kind {
            ContactType::Address => {
                faults.expect(
                    value.is_none(),
                    "/value",
                    "must be left out for the type address; an address goes into address",
                );
                faults.expect(
                    self.address.is_some(),
                    "/address",
                    "must be given for a contact of type address",
                );
            }
            ContactType::Email | ContactType::Phone | ContactType::Push => {
                faults.expect(value.is_some(), "/value", "must be given");
                faults.expect(
                    self.address.is_none(),
                    "/address",
                    "must be left out except for contacts of type address",
                );
            }
        }
        match kind {
            ContactType::Email => faults.value("/value", value, formats::email),
            ContactType::Phone => faults.value("/value", value, formats::phone),
            ContactType::Push => faults.value("/value", value, formats::push_token),
            ContactType::Address => {
                faults.within("/address", self.address.as_ref().map(address).unwrap_or_default())
            }
        }
        let takes_texts = kind == ContactType::Phone || self.receive_text_messages != Some(true);
        faults.expect(takes_texts, "/receiveTextMessages", "must be left out except for phone numbers");
        faults
    }
}

fn address(address: &Address) -> Faults {
    let mut faults = Faults::default();
    faults.line("/addressLine1", Some(&address.address_line1), 200);
    faults.line("/addressLine2", address.address_line2.as_ref(), 200);
    faults.line("/city", Some(&address.city), 100);
    faults.value("/country", Some(&address.country), formats::country);
    if address.country == "US" {
        faults.value("/state", address.state.as_ref(), formats::us_state);
        faults.value("/postalCode", address.postal_code.as_ref(), formats::zip);
    } else {
        faults.line("/state", address.state.as_ref(), 100);
        faults.line("/postalCode", address.postal_code.as_ref(), 20);
    }
    faults
}

impl LoanUpdate {
    pub(super) fn check(&self) -> Faults {
        let mut faults = Faults::default();
        faults.line("/loanNumber", self.loan_number.given(), 100);
        faults.line("/productId", self.product_id.given(), 255);
        faults.line("/status", self.status.given(), 100);
        faults.value("/currency", self.currency.given(), formats::currency);
        let is_negative =
            |amount: &Change<Amount>| amount.given().is_some_and(|amount| amount.0 < Decimal::ZERO);
        faults.expect(!is_negative(&self.rate), "/rate", "must not be negative");
        faults.expect(!is_negative(&self.payment_amount), "/paymentAmount", "must not be negative");
        if let Some(given) = &self.attributes {
            faults.attributes(given);
        }
        faults
    }
}

impl ConsentUpdate {
    pub(super) fn check(&self, now: Timestamp) -> Faults {
        let mut faults = Faults::default();
        // A record from the future would outweigh a revocation made until then.
        faults.expect(
            self.recorded_at.is_none_or(|at| at <= now),
            "/recordedAt",
            "must not be in the future",
        );
        faults.line("/source", self.source.as_ref(), 100);
        faults.value("/wording", self.wording.as_ref(), |text| formats::text(text, 2000));
        faults
    }
}

impl CaseUpdate {
    pub(super) fn check(&self, known: Option<&Case>, now: Timestamp) -> Faults {
        let mut faults = Faults::default();
        if let Some(order) = self.do_not_interact.given() {
            let known = known.and_then(|case| case.do_not_interact.as_ref());
            faults.within("/doNotInteract", order.faults(known, now));
        }
        if let Some(given) = &self.attributes {
            faults.attributes(given);
        }
        faults
    }
}

impl DoNotContact {
    /// What is wrong with it as an order in the place of one that is known. What is on record already may be said again, also once
    /// it is over.
    pub(super) fn faults(&self, known: Option<&Self>, now: Timestamp) -> Faults {
        let mut faults = Faults::default();
        faults.value("/reason", self.reason.as_ref(), |text| formats::text(text, 500));
        faults.expect(self.is_in_force(now) || known == Some(self), "/until", "must be in the future");
        faults
    }
}

impl CommunicationPreference {
    /// Whether it can be taken over.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn check(&self) -> Result<(), Error> {
        self.faults().none()
    }

    fn faults(&self) -> Faults {
        let mut faults = Faults::default();
        let is_wanted = self.preferred.is_none_or(|preferred| !self.opted_out.contains(&preferred));
        faults.expect(is_wanted, "/preferred", "must not be among optedOut");
        faults
    }
}

/// A name on one line, which may be empty: some people have just one.
fn name(text: &str) -> Verdict {
    if text.is_empty() { Ok(()) } else { formats::line(text, 200) }
}
