//! What somebody who has an address wants from now on: an opt-out or an opt-in as it comes in, before it is on record with
//! whoever has the address.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BookAddress, Consent, ConsentScope, ConsentStatus, Contact, Person};
use crate::{
    id::{self, Id},
    vocabulary::Channel,
};

/// See the module documentation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wish {
    /// Where it came from, and what it is about. Absent if the person is known and the address is not: then it is about
    /// all of the person's.
    pub address: Option<BookAddress>,
    /// How far it goes.
    pub reach: Reach,
    /// Whether contact is wanted.
    pub status: ConsentStatus,
    /// When it was said.
    pub at: Timestamp,
    /// How we know: `text`, `e-mail`, `unsubscribe link`.
    pub source: String,
    /// In which words.
    pub wording: Option<String>,
    /// Whether it was read out of free words and waits for somebody to say that it was meant so.
    pub provisional: bool,
}

/// How far a wish goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reach {
    /// The address, on this channel.
    Channel(Channel),
    /// The address, on all its channels; and for this person, whose message it answers, everything.
    Everything(Option<Id<id::Person>>),
}

impl Wish {
    /// Characters of the words that are kept.
    pub const MAX_WORDING: usize = 300;

    /// That the address opted out of a channel, as somebody else reports.
    pub fn opt_out(address: BookAddress, channel: Channel, at: Timestamp, source: &str) -> Self {
        Self {
            address: Some(address),
            reach: Reach::Channel(channel),
            status: ConsentStatus::Revoked,
            at,
            source: source.to_owned(),
            wording: None,
            provisional: false,
        }
    }

    fn consent(&self, channel: Option<Channel>, contact: Option<&Id<id::Contact>>) -> Consent {
        Consent {
            scope: ConsentScope::Contact,
            channel,
            contact_id: contact.cloned(),
            status: self.status,
            recorded_at: self.at,
            repeated_at: None,
            source: self.source.clone(),
            wording: self.wording.as_ref().map(|words| words.chars().take(Self::MAX_WORDING).collect()),
            provisional: self.provisional,
        }
    }
}

impl Person {
    /// Puts a wish on record, for every contact with the address. What was said later stands; what says nothing new is left
    /// out. Returns whether anything changed.
    pub fn heed(&mut self, wish: &Wish) -> bool {
        let channel = match &wish.reach {
            Reach::Channel(channel) => Some(*channel),
            Reach::Everything(_) => None,
        };
        let is_there = |of: &&Contact| wish.address.is_some() && BookAddress::of(of) == wish.address;
        let contacts = self.contacts.iter().filter(is_there);
        let mut records: Vec<Consent> =
            contacts.map(|contact| wish.consent(channel, Some(&contact.id))).collect();
        let is_for_all = wish.reach == Reach::Everything(Some(self.id.clone()));
        if wish.address.is_none() || is_for_all {
            records.push(wish.consent(channel, None));
        }
        let before = self.consents.len();
        let mut changed = false;
        records.retain(|record| {
            let is_news = self.is_news(record);
            changed |= is_news || self.repeat(record);
            is_news
        });
        self.add_consents(records);
        self.forget_overruled(before.max(Self::MAX_CONSENTS));
        if changed {
            self.updated_at = self.updated_at.max(wish.at);
        }
        changed
    }

    /// Notes that what is on record was said again, later: it then stands against whatever was said in between and comes late.
    /// Returns whether it was.
    fn repeat(&mut self, record: &Consent) -> bool {
        let of_kind = self.consents.iter_mut().filter(|known| is_of_one_kind(known, record));
        match of_kind.max_by_key(|known| known.last_said_at()) {
            Some(newest) if newest.status == record.status && newest.last_said_at() < record.recorded_at => {
                newest.repeated_at = Some(record.recorded_at);
                true
            }
            _ => false,
        }
    }

    /// Marks an address as not theirs, as whoever is there says. Returns whether anything changed.
    pub fn disown(&mut self, address: &BookAddress, at: Timestamp) -> bool {
        let mut changed = false;
        for contact in self.contacts.iter_mut().filter(|of| BookAddress::of(of).as_ref() == Some(address)) {
            changed |= std::mem::replace(&mut contact.valid, false);
        }
        if changed {
            self.updated_at = self.updated_at.max(at);
        }
        changed
    }

    /// Puts an opt-in on record that takes an opt-out of the same source back, and no other: if the newest word on one of
    /// the contacts came from elsewhere, or nobody may contact the person, nothing changes. Returns whether anything did.
    pub fn take_back(&mut self, wish: &Wish) -> bool {
        let Reach::Channel(channel) = wish.reach else { return false };
        let is_ours = |of: &Contact| {
            let newest = self.consent_revoked(channel, Some(&of.id));
            newest.is_some_and(|newest| newest.source == wish.source)
        };
        let is_there = |of: &&Contact| wish.address.is_some() && BookAddress::of(of) == wish.address;
        let mut contacts = self.contacts.iter().filter(is_there);
        let mut orders = self.do_not_contact.iter();
        let is_forbidden = orders.any(|order| order.until.is_none_or(|until| wish.at < until));
        !is_forbidden && contacts.all(is_ours) && self.heed(wish)
    }

    /// Whether a record says something else than the newest of its kind, which is not later.
    fn is_news(&self, record: &Consent) -> bool {
        let newest = self
            .consents
            .iter()
            .filter(|known| is_of_one_kind(known, record))
            .max_by_key(|of| of.recorded_at);
        newest.is_none_or(|newest| {
            newest.recorded_at <= record.recorded_at
                && (newest.status != record.status || newest.provisional && !record.provisional)
        }) && self.consents.iter().all(|known| !is_overruled_by(record, known))
    }

    /// Makes room if somebody said yes and no too often to keep it all: what a later record of the same kind overrules goes,
    /// the oldest first. The messages that said so are kept with all others.
    fn forget_overruled(&mut self, most: usize) {
        while self.consents.len() > most {
            let overruled = self
                .consents
                .iter()
                .position(|old| self.consents.iter().any(|new| is_overruled_by(old, new)));
            let Some(oldest) = overruled else { return };
            self.consents.remove(oldest);
        }
    }
}

fn is_of_one_kind(one: &Consent, other: &Consent) -> bool {
    (one.scope, one.channel, &one.contact_id) == (other.scope, other.channel, &other.contact_id)
}

fn is_overruled_by(old: &Consent, new: &Consent) -> bool {
    is_of_one_kind(old, new) && old.last_said_at() < new.last_said_at()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::person::{ContactStatus, ContactType, DoNotContact};

    const NUMBER: &str = "+13125550142";

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    fn john() -> Person {
        let mut john = Person::new(Id::external("demo", "john"), "john".parse().ok(), at(0));
        let phone = |id: &str| Contact::new(Id::external("demo", id), ContactType::Phone, NUMBER);
        let old = Contact { status: ContactStatus::Archived, ..phone("old") };
        john.contacts = vec![
            phone("cell"),
            old,
            Contact::new(Id::external("demo", "mail"), ContactType::Email, "j@example.com"),
        ];
        john
    }

    fn wish(status: ConsentStatus, minute: i64) -> Wish {
        Wish {
            address: Some(BookAddress::Phone(NUMBER.into())),
            reach: Reach::Channel(Channel::Text),
            status,
            at: at(minute),
            source: "text".into(),
            wording: Some("STOP".into()),
            provisional: false,
        }
    }

    fn is_revoked(john: &Person, channel: Channel, contact: &str) -> bool {
        john.consent_revoked(channel, Some(&Id::external("demo", contact))).is_some()
    }

    #[test]
    fn a_stop_is_for_every_contact_with_the_number_and_for_nothing_else() {
        let mut john = john();
        assert!(john.heed(&wish(ConsentStatus::Revoked, 1)));
        for (channel, contact, revoked) in [
            (Channel::Text, "cell", true),
            (Channel::Text, "old", true),
            (Channel::Voice, "cell", false),
            (Channel::Email, "mail", false),
        ] {
            assert_eq!(is_revoked(&john, channel, contact), revoked, "{channel} {contact}");
        }
        assert_eq!(john.consents[0].wording.as_deref(), Some("STOP"));
        let stranger = Wish {
            address: Some(BookAddress::Phone("+13125550199".into())),
            ..wish(ConsentStatus::Revoked, 1)
        };
        assert!(!john.heed(&stranger));
    }

    #[test]
    fn the_last_word_stands_in_whatever_order_the_words_arrive() {
        use ConsentStatus::{Consented, Revoked};
        // Each line: what is said at which minute, in the order in which it arrives; then whether texts are stopped.
        for (wishes, stopped) in [
            (vec![(Revoked, 1)], true),
            (vec![(Revoked, 1), (Consented, 2)], false),
            (vec![(Consented, 2), (Revoked, 1)], false),
            (vec![(Revoked, 3), (Consented, 2)], true),
            (vec![(Revoked, 1), (Consented, 2), (Revoked, 3)], true),
            (vec![(Revoked, 1), (Revoked, 1), (Revoked, 2)], true),
            // What was said in between and comes late changes nothing.
            (vec![(Revoked, 1), (Revoked, 3), (Consented, 2)], true),
            (vec![(Revoked, 1), (Consented, 2), (Consented, 4), (Revoked, 3)], false),
        ] {
            let mut john = john();
            for (status, minute) in &wishes {
                john.heed(&wish(*status, *minute));
            }
            assert_eq!(is_revoked(&john, Channel::Text, "cell"), stopped, "{wishes:?}");
        }
    }

    #[test]
    fn saying_it_again_is_noted_with_the_first_and_meaning_it_confirms_what_was_provisional() {
        let mut john = john();
        let provisional = Wish { provisional: true, ..wish(ConsentStatus::Revoked, 1) };
        assert!(john.heed(&provisional));
        assert!(john.heed(&Wish { at: at(2), ..provisional.clone() }));
        assert!(john.heed(&wish(ConsentStatus::Revoked, 3)));
        assert!(john.heed(&wish(ConsentStatus::Revoked, 4)));
        for again in [wish(ConsentStatus::Revoked, 4), wish(ConsentStatus::Revoked, 3), provisional] {
            assert!(!john.heed(&again), "brought again: {again:?}");
        }
        assert_eq!(john.consents.len(), 4, "two contacts, each twice");
        let newest =
            john.consent(ConsentScope::Contact, Channel::Text, Some(&Id::external("demo", "cell"))).unwrap();
        assert_eq!((newest.recorded_at, newest.repeated_at), (at(3), Some(at(4))));
    }

    #[test]
    fn everything_is_the_person_whose_message_it_answers_and_of_others_the_address() {
        let (mut john, mut ada) = (john(), john());
        ada.id = Id::external("demo", "ada");
        let all = Wish { reach: Reach::Everything(Some(john.id.clone())), ..wish(ConsentStatus::Revoked, 1) };
        assert!(john.heed(&all) && ada.heed(&all));
        for (person, channel, contact, revoked) in [
            (&john, Channel::Email, "mail", true),
            (&john, Channel::Voice, "cell", true),
            (&ada, Channel::Email, "mail", false),
            (&ada, Channel::Voice, "cell", true),
        ] {
            assert_eq!(is_revoked(person, channel, contact), revoked, "{} {channel}", person.id);
        }
    }

    #[test]
    fn an_opt_out_is_taken_back_where_it_came_from_and_nowhere_else() {
        let undo = wish(ConsentStatus::Consented, 3);
        let elsewhere = Wish { source: "agent".into(), ..wish(ConsentStatus::Revoked, 2) };
        let order = |until| Some(DoNotContact { until, reason: None });
        for (what, revoked, forbidden, undone) in [
            ("here", wish(ConsentStatus::Revoked, 1), None, true),
            (
                "here, everything",
                Wish { reach: Reach::Everything(Some(john().id)), ..wish(ConsentStatus::Revoked, 1) },
                None,
                true,
            ),
            ("elsewhere", elsewhere, None, false),
            ("here, and forbidden", wish(ConsentStatus::Revoked, 1), order(None), false),
            ("here, and forbidden till then", wish(ConsentStatus::Revoked, 1), order(Some(at(3))), true),
            ("never", wish(ConsentStatus::Consented, 1), None, false),
        ] {
            let mut john = john();
            john.heed(&revoked);
            john.do_not_contact = forbidden;
            assert_eq!(john.take_back(&undo), undone, "{what}");
            assert!(!undone || !is_revoked(&john, Channel::Text, "cell"), "{what}");
            assert!(!john.take_back(&undo), "{what}, again");
        }
    }

    #[test]
    fn whoever_changes_their_mind_all_day_fills_nothing_and_the_last_word_stands() {
        let mut john = john();
        for minute in 0..2_000 {
            let status = if minute % 2 == 0 { ConsentStatus::Consented } else { ConsentStatus::Revoked };
            assert!(john.heed(&wish(status, minute)));
        }
        assert_eq!(john.consents.len(), Person::MAX_CONSENTS);
        assert!(is_revoked(&john, Channel::Text, "cell"));
    }
}
