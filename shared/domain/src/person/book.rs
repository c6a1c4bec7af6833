//! What the address book knows people by: the addresses something comes in from, or goes to by its address alone.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Contact, ContactType, Person};
use crate::{formats, vocabulary::Channel};

/// An e-mail address, a phone number or a device, in the one form that is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BookAddress {
    /// In small letters, all of it: mail servers treat both spellings alike, whatever RFC 5321 allows them.
    Email(String),
    /// In E.164.
    Phone(String),
    /// By the token that its messaging service gave it, letter by letter. Nothing comes in from it.
    Device(String),
}

impl BookAddress {
    /// An e-mail address in any capitals.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn email(text: &str) -> Result<Self, String> {
        formats::email(text).map(|()| Self::Email(text.to_lowercase()))
    }

    /// A phone number in any form that can be understood; without a country it is one of the US.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn phone(text: &str) -> Result<Self, String> {
        formats::e164(text).map(Self::Phone)
    }

    /// The address that something came from or goes to on a channel, however that is written; `None` if nobody is known by
    /// it, as by letter, or it is none.
    pub fn on(channel: Channel, text: &str) -> Option<Self> {
        match ContactType::for_channel(channel)? {
            ContactType::Email => Self::email(text).ok(),
            ContactType::Phone => Self::phone(text).ok(),
            ContactType::Push => formats::push_token(text).ok().map(|()| Self::Device(text.to_owned())),
            ContactType::Address => None,
        }
    }

    /// The one form.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(text) | Self::Phone(text) | Self::Device(text) => text,
        }
    }

    /// With enough of it left for its owner to know it, and for nobody else: `j•••@e•••.com`, `•••0142`. A device's token means
    /// nothing to its owner, and keeps its end.
    pub fn masked(&self) -> String {
        const HIDDEN: &str = "•••";
        let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
        match self {
            Self::Phone(text) | Self::Device(text) => {
                let last: Vec<char> = text.chars().rev().take(4).collect();
                format!("{HIDDEN}{}", last.into_iter().rev().collect::<String>())
            }
            Self::Email(address) => {
                let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
                let (name, top) = domain.rsplit_once('.').unwrap_or((domain, ""));
                format!("{}{HIDDEN}@{}{HIDDEN}.{top}", first(local), first(name))
            }
        }
    }

    /// A contact's; `None` if nobody is known by it, as by letter.
    pub fn of(contact: &Contact) -> Option<Self> {
        match contact.contact_type {
            ContactType::Email => Some(Self::Email(contact.value.to_lowercase())),
            ContactType::Phone => Some(Self::Phone(contact.value.clone())),
            ContactType::Push => Some(Self::Device(contact.value.clone())),
            ContactType::Address => None,
        }
    }
}

impl Person {
    /// The contact with this address, one in use before one that is archived.
    pub fn contact_with(&self, address: &BookAddress) -> Option<&Contact> {
        let there = self.contacts.iter().filter(|contact| BookAddress::of(contact).as_ref() == Some(address));
        there.min_by_key(|contact| contact.status)
    }

    /// The contact with the address that something came from on a channel, however that is written.
    pub fn contact_on(&self, channel: Channel, address: &str) -> Option<&Contact> {
        BookAddress::on(channel, address).and_then(|address| self.contact_with(&address))
    }

    /// Under which addresses the person is in the book. Contacts that are archived, or that bounced, are too: what comes in
    /// from there is still theirs.
    pub fn book_addresses(&self) -> BTreeSet<BookAddress> {
        self.contacts.iter().filter_map(BookAddress::of).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{id::Id, person::ContactStatus};

    #[test]
    fn an_address_has_one_form_however_it_is_written() {
        let phone = Ok(BookAddress::Phone("+13125550142".into()));
        for text in
            ["+13125550142", "(312) 555-0142", "312.555.0142", "1 312 555 0142", "tel:+1-312-555-0142"]
        {
            assert_eq!(BookAddress::phone(text), phone, "{text}");
        }
        let email = Ok(BookAddress::Email("john.doe@example.com".into()));
        for text in ["john.doe@example.com", "John.Doe@Example.COM"] {
            assert_eq!(BookAddress::email(text), email, "{text}");
        }
        for text in ["", "john", "John <john@example.com>"] {
            assert!(BookAddress::email(text).is_err(), "{text}");
        }
        for text in ["", "12", "hello", "+19995550142"] {
            assert!(BookAddress::phone(text).is_err(), "{text}");
        }
    }

    #[test]
    fn where_a_channel_leads_somebody_is_known_but_by_letter() {
        let email = BookAddress::Email("john@example.com".into());
        for (channel, text, expected) in [
            (Channel::Email, "John@example.com", Some(email)),
            (Channel::Text, "312-555-0142", Some(BookAddress::Phone("+13125550142".into()))),
            (Channel::Voice, "312-555-0142", Some(BookAddress::Phone("+13125550142".into()))),
            (Channel::Push, "fcm:APA91b", Some(BookAddress::Device("fcm:APA91b".into()))),
            (Channel::Push, "no token", None),
            (Channel::Mail, "233 S Wacker Dr", None),
            (Channel::Webhook, "https://hooks.acme.example", None),
        ] {
            assert_eq!(BookAddress::on(channel, text), expected, "{channel} {text}");
        }
    }

    #[test]
    fn a_masked_address_hides_all_but_what_its_owner_knows_it_by() {
        for (address, masked) in [
            (BookAddress::Email("john.doe@example.com".into()), "j•••@e•••.com"),
            (BookAddress::Email("a@mail.b.example".into()), "a•••@m•••.example"),
            (BookAddress::Email("ñandú@ejemplo.mx".into()), "ñ•••@e•••.mx"),
            (BookAddress::Phone("+13125550142".into()), "•••0142"),
            (BookAddress::Device("fcm:APA91b-0001".into()), "•••0001"),
        ] {
            assert_eq!(address.masked(), masked);
        }
    }

    #[test]
    fn a_person_is_in_the_book_under_every_number_mailbox_and_device_once() {
        let mut john = Person::new(Id::external("demo", "john"), "john".parse().ok(), Timestamp::UNIX_EPOCH);
        let contact = |kind, value: &str| Contact::new(Id::external("demo", value), kind, value);
        let bounced = Contact { valid: false, ..contact(ContactType::Email, "Old@example.com") };
        let archived =
            Contact { status: ContactStatus::Archived, ..contact(ContactType::Phone, "+13125550142") };
        john.contacts = vec![
            bounced,
            archived,
            contact(ContactType::Email, "old@example.com"),
            contact(ContactType::Push, "fcm:APA91b"),
            contact(ContactType::Address, ""),
        ];
        let expected = [
            BookAddress::Email("old@example.com".into()),
            BookAddress::Phone("+13125550142".into()),
            BookAddress::Device("fcm:APA91b".into()),
        ];
        assert_eq!(john.book_addresses(), BTreeSet::from(expected));
    }
}
