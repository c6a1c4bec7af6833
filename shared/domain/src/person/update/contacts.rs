//! A person's contacts: which is which, and what stays known about an address.
//!
//! Facts belong to the address, not to the entry that mentions it: that it bounced, takes texts, is verified, or that
//! somebody there said STOP. So they follow it from one id to another, and an address taken out of the list is archived
//! if something was learned about it, for the day it comes back.

use super::{ContactUpdate, within};
use crate::{
    error::{Conflict, Error},
    id::{self, ExternalId, Id},
    person::{Consent, Contact, ContactStatus, ContactType, Person, contact::address_key},
    tenant::TenantId,
    update::Faults,
};

impl Person {
    /// The person with one more contact, or with what is said about the one that has this address already; and which
    /// contact that is.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Conflict::DuplicateExternalId`]; [`Conflict::LimitReached`].
    pub fn with_contact(&self, update: &ContactUpdate, tenant: &TenantId) -> Result<(Self, Contact), Error> {
        update.check().none()?;
        let contact = update.contact(tenant, &self.id, &self.contacts, &[])?;
        if self.contact(&contact.id).is_some_and(|known| !known.is_same_address(&contact)) {
            // Without one of the lender's an id follows from the address, and cannot be another's.
            let name = contact.external_id.as_ref().map_or("", ExternalId::as_str);
            let detail = format!("The contact ext-{name} exists with another address; change it there.");
            return Err(Error::conflict(Conflict::DuplicateExternalId, detail));
        }
        self.placing(contact, tenant)
    }

    /// The person after one contact changed, and the contact. Fields left out stay.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`], also for another address of a contact that is known by its address.
    pub fn with_changed_contact(
        &self,
        id: &Id<id::Contact>,
        update: &ContactUpdate,
        tenant: &TenantId,
    ) -> Result<(Self, Contact), Error> {
        let known = self.contact(id).ok_or_else(|| Error::not_found("contact", id))?;
        let mut faults = Faults::default();
        faults.expect(
            update.id.as_ref().is_none_or(|id| *id == known.id),
            "/id",
            "must be the one in the path, or left out",
        );
        let is_named_anew = update.external_id.is_some() && update.external_id != known.external_id;
        faults.expect(!is_named_anew, "/externalId", "must stay as the contact was created; leave it out");
        let is_same_kind = update.contact_type.is_none_or(|kind| kind == known.contact_type);
        faults.expect(is_same_kind, "/contactType", "must stay as it is; add another contact");
        faults.none()?;

        let whole = update.over(known);
        whole.check().none()?;
        let key = address_key(
            known.contact_type,
            whole.value.as_deref().unwrap_or_default(),
            whole.address.as_ref(),
        );
        if known.external_id.is_none() && key != known.address_key() {
            let message = "must stay as it is: a contact without an external id is known by it; add another and archive this one";
            return Err(Error::invalid(place(known), message));
        }
        let about = self.contacts.iter().find(|other| other.address_key() == key);
        self.placing(
            whole.under(known.contact_type, known.id.clone(), known.external_id.clone(), about),
            tenant,
        )
    }

    /// The person with this contact in the place of what it was, or behind the others.
    fn placing(&self, contact: Contact, tenant: &TenantId) -> Result<(Self, Contact), Error> {
        let is_in_use = |known: &&Contact| {
            known.is_same_address(&contact)
                && known.id != contact.id
                && known.status != ContactStatus::Archived
        };
        let mut in_use = self.contacts.iter().filter(is_in_use);
        if let Some(other) = in_use.find_map(|other| other.external_id.as_ref()) {
            let message = format!(
                "must not be that of another contact; ext-{} has it, so change that one",
                other.as_str()
            );
            return Err(Error::invalid(place(&contact), message));
        }
        let mut person = self.clone();
        let is_replaced = |known: &Contact| known.id == contact.id || known.is_same_address(&contact);
        let at = person.contacts.iter().position(is_replaced);
        person.contacts.retain(|known| !is_replaced(known));
        person.contacts.insert(at.unwrap_or(person.contacts.len()), contact.clone());
        remember(&mut person, tenant, &self.contacts);
        if person.contacts.len() > self.contacts.len() {
            within(person.contacts.len(), Self::MAX_CONTACTS, "contacts")?;
        }
        Ok((person.fitting()?, contact))
    }
}

/// Puts a list in the place of the contacts.
pub(super) fn replace(person: &mut Person, tenant: &TenantId, given: &[ContactUpdate]) -> Faults {
    let mut faults = Faults::default();
    let former = std::mem::take(&mut person.contacts);
    let names: Vec<&ExternalId> = given.iter().filter_map(|update| update.external_id.as_ref()).collect();
    for (at, update) in given.iter().enumerate() {
        match update.contact(tenant, &person.id, &former, &names) {
            Ok(contact) => {
                let twin = person.contacts.iter().find(|c| c.id == contact.id || c.is_same_address(&contact));
                faults.expect(
                    twin.is_none(),
                    &format!("/{at}"),
                    "must be in the list once; its id or its address is there already",
                );
                person.contacts.push(contact);
            }
            Err(error) => faults.take(&format!("/{at}"), error),
        }
    }
    remember(person, tenant, &former);
    faults
}

/// Keeps what is known about addresses that were there before, wherever they are now.
fn remember(person: &mut Person, tenant: &TenantId, former: &[Contact]) {
    for known in former {
        let listed = person.contacts.iter().find(|contact| contact.is_same_address(known));
        let id = match listed {
            Some(contact) => contact.id.clone(),
            None if !is_worth_keeping(person, known) => continue,
            None => {
                let mut kept = Contact { status: ContactStatus::Archived, ..known.clone() };
                // The lender's id may name another address by now.
                if person.contact(&kept.id).is_some() {
                    kept.id = Id::keyed(tenant.as_str(), person.id.as_str(), &kept.address_key());
                    kept.external_id = None;
                }
                let id = kept.id.clone();
                person.contacts.push(kept);
                id
            }
        };
        if id != known.id {
            let of_old =
                person.consents.iter().filter(|consent| consent.contact_id.as_ref() == Some(&known.id));
            let of_new: Vec<_> =
                of_old.map(|c| Consent { contact_id: Some(id.clone()), ..c.clone() }).collect();
            person.add_consents(of_new);
        }
    }
}

fn is_worth_keeping(person: &Person, contact: &Contact) -> bool {
    let is_named = person.consents.iter().any(|consent| consent.contact_id.as_ref() == Some(&contact.id));
    is_named || contact.verified || !contact.valid
}

/// Where a contact's address stands in a request.
fn place(contact: &Contact) -> &'static str {
    match contact.contact_type {
        ContactType::Address => "/address",
        ContactType::Email | ContactType::Phone | ContactType::Push => "/value",
    }
}

impl ContactUpdate {
    /// The contact this describes. It is named by the lender's id; without one it is the contact known under this
    /// address, unless the lender's id of that one is among `names` for another; else it is named by its address.
    fn contact(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        known: &[Contact],
        names: &[&ExternalId],
    ) -> Result<Contact, Error> {
        let kind = self.contact_type.ok_or_else(|| Error::invalid("/contactType", "must be given"))?;
        let key = address_key(kind, self.value.as_deref().unwrap_or_default(), self.address.as_ref());
        let about = known.iter().find(|contact| contact.address_key() == key);
        let is_free =
            |contact: &&Contact| contact.external_id.as_ref().is_none_or(|name| !names.contains(&name));
        let (id, external_id) = match (&self.external_id, about.filter(is_free)) {
            (Some(name), _) => (Id::external(tenant.as_str(), name.as_str()), Some(name.clone())),
            (None, Some(contact)) => (contact.id.clone(), contact.external_id.clone()),
            (None, None) => (Id::keyed(tenant.as_str(), person.as_str(), &key), None),
        };
        if self.id.as_ref().is_some_and(|given| *given != id) {
            return Err(Error::invalid("/id", "must be this contact's id as we answered it; leave it out"));
        }
        Ok(self.under(kind, id, external_id, about))
    }

    /// The contact under these names, with what is known about its address if nothing is said.
    fn under(
        &self,
        kind: ContactType,
        id: Id<id::Contact>,
        external_id: Option<ExternalId>,
        about: Option<&Contact>,
    ) -> Contact {
        Contact {
            id,
            external_id,
            contact_type: kind,
            label: self.label.unwrap_or_default(),
            affiliation: self.affiliation.unwrap_or_default(),
            status: self.status.unwrap_or_default(),
            value: self.value.clone().unwrap_or_default(),
            address: self.address.clone(),
            valid: self.valid.or(about.map(|known| known.valid)).unwrap_or(true),
            verified: self.verified.or(about.map(|known| known.verified)).unwrap_or(false),
            receive_text_messages: self
                .receive_text_messages
                .or(about.map(|known| known.receive_text_messages))
                .unwrap_or(false),
            authorized_third_party: self.authorized_third_party.unwrap_or(false),
        }
    }

    /// The same with the fields left out taken from `known`, but for what is known about the address: that depends on
    /// whether the address stays.
    fn over(&self, known: &Contact) -> Self {
        Self {
            id: None,
            external_id: known.external_id.clone(),
            contact_type: Some(known.contact_type),
            label: self.label.or(Some(known.label)),
            affiliation: self.affiliation.or(Some(known.affiliation)),
            status: self.status.or(Some(known.status)),
            value: self.value.clone().or_else(|| Some(known.value.clone())),
            address: self.address.clone().or_else(|| known.address.clone()),
            valid: self.valid,
            verified: self.verified,
            receive_text_messages: self.receive_text_messages,
            authorized_third_party: self.authorized_third_party.or(Some(known.authorized_third_party)),
        }
    }
}
