//! Whoever is at an address, known or not: what is unwanted there is kept with the address, and holds for whoever gets it one
//! day.

use serde::{Deserialize, Serialize};

use super::{BookAddress, Consent, ConsentStatus, Contact, ContactType, Person, Reach, Wish};
use crate::{id::Id, tenant::TenantId};

/// See the module documentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stranger {
    /// In the place of a person: one contact, and what was said there.
    pub person: Person,
    /// Moves with every change; writes are conditional on it.
    pub revision: u64,
}

impl Stranger {
    /// Somebody at an address who has not said anything yet.
    pub fn at(tenant: &TenantId, address: &BookAddress, now: jiff::Timestamp) -> Self {
        let contact_type = match address {
            BookAddress::Email(_) => ContactType::Email,
            BookAddress::Phone(_) => ContactType::Phone,
            BookAddress::Device(_) => ContactType::Push,
        };
        let contact = Contact {
            receive_text_messages: true,
            ..Contact::new(
                Id::keyed(tenant.as_str(), "stranger", address.as_str()),
                contact_type,
                address.as_str(),
            )
        };
        let mut person = Person::new(Id::keyed(tenant.as_str(), "stranger", address.as_str()), None, now);
        person.contacts.push(contact);
        Self { person, revision: 0 }
    }

    /// Without the address, and without the words: what is kept of somebody permanently, also once they are erased.
    pub fn nameless(&self) -> Self {
        let mut kept = self.clone();
        kept.person.contacts.iter_mut().for_each(|contact| contact.value.clear());
        kept.person.consents.iter_mut().for_each(|consent| consent.wording = None);
        kept
    }

    /// The same at its address.
    pub fn named(mut self, address: &BookAddress) -> Self {
        self.person.contacts.iter_mut().for_each(|contact| address.as_str().clone_into(&mut contact.value));
        self
    }

    /// What is unwanted at the address, as things stand. What somebody else agreed to there binds nobody who gets it.
    pub fn wishes<'a>(&'a self, address: &'a BookAddress) -> impl Iterator<Item = Wish> + 'a {
        let consents = &self.person.consents;
        let is_last = |one: &&Consent| {
            let is_later =
                |other: &Consent| other.channel == one.channel && one.last_said_at() < other.last_said_at();
            one.status == ConsentStatus::Revoked && !consents.iter().any(is_later)
        };
        consents.iter().filter(is_last).map(|consent| Wish {
            address: Some(address.clone()),
            reach: consent.channel.map_or(Reach::Everything(None), Reach::Channel),
            status: consent.status,
            at: consent.last_said_at(),
            source: consent.source.clone(),
            wording: consent.wording.clone(),
            provisional: consent.provisional,
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::{person::ConsentStatus, vocabulary::Channel};

    #[test]
    fn what_a_stranger_said_holds_for_whoever_gets_the_address_unless_they_said_otherwise_since() {
        let (tenant, now) = ("demo".parse().unwrap(), Timestamp::UNIX_EPOCH);
        let later = |seconds| now + SignedDuration::from_secs(seconds);
        let address = BookAddress::Email("john@example.com".into());
        let mut stranger = Stranger::at(&tenant, &address, now);
        assert!(stranger.person.heed(&Wish::opt_out(address.clone(), Channel::Email, later(5), "link")));
        for (said_at, revoked) in [(None, true), (Some(4), true), (Some(6), false)] {
            let mut john = Person::new(Id::external("demo", "john"), None, now);
            let own = Contact::new(Id::external("demo", "mail"), ContactType::Email, "John@Example.com");
            john.contacts.push(own.clone());
            if let Some(at) = said_at {
                let yes = Wish {
                    status: ConsentStatus::Consented,
                    ..Wish::opt_out(address.clone(), Channel::Email, later(at), "form")
                };
                john.heed(&yes);
            }
            for wish in stranger.wishes(&address) {
                john.heed(&wish);
            }
            assert_eq!(john.consent_revoked(Channel::Email, Some(&own.id)).is_some(), revoked, "{said_at:?}");
        }
    }
}
