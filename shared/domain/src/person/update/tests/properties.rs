//! What holds whatever is pushed and learned, in any order.

use std::collections::BTreeSet;

use proptest::{collection::vec, option, prelude::*};

use super::*;

const ADDRESSES: [&str; 3] = ["a@example.com", "b@example.com", "c@example.com"];

/// A push that lists some addresses under some names, and says nothing that would overrule what was learned.
fn push() -> impl Strategy<Value = PersonUpdate> {
    let entry = (0..3usize, option::of(0..3u8));
    let consents = vec((0..4i64, any::<bool>()), 0..3);
    (option::of(vec(entry, 0..4)), option::of(consents)).prop_map(|(contacts, consents)| {
        let (mut places, mut names) = (BTreeSet::new(), BTreeSet::new());
        let contacts = contacts.map(|entries| {
            let fresh = entries
                .into_iter()
                .filter(|(place, name)| places.insert(*place) && name.is_none_or(|name| names.insert(name)));
            fresh.map(|(place, name)| entry_of(place, name)).collect()
        });
        let consents = consents.map(|all| all.into_iter().map(|(day, yes)| consent(day, yes)).collect());
        PersonUpdate { contacts, consents, ..PersonUpdate::default() }
    })
}

fn entry_of(place: usize, name: Option<u8>) -> ContactUpdate {
    ContactUpdate {
        external_id: name.map(|name| format!("c{name}").parse().unwrap()),
        contact_type: Some(ContactType::Email),
        value: Some(ADDRESSES[place].into()),
        ..ContactUpdate::default()
    }
}

/// By letter, so that it bears on no e-mail.
fn consent(day: i64, given: bool) -> ConsentUpdate {
    ConsentUpdate {
        scope: ConsentScope::Contact,
        channel: Some(Channel::Mail),
        contact_id: None,
        status: if given { ConsentStatus::Consented } else { ConsentStatus::Revoked },
        recorded_at: Some(now() - jiff::SignedDuration::from_hours(24 * day)),
        source: None,
        wording: None,
    }
}

/// A push, and what was learned afterwards: about which address, and whether it bounced or somebody there said STOP.
fn history() -> impl Strategy<Value = Vec<(PersonUpdate, Option<(usize, bool)>)>> {
    vec((push(), option::of((0..3usize, any::<bool>()))), 1..8)
}

fn effect(bounced: bool) -> ContactEffect {
    if bounced { ContactEffect::Invalid } else { ContactEffect::OptedOut }
}

proptest! {
    #[test]
    fn the_same_push_twice_is_as_good_as_once(history in history()) {
        let mut person = john();
        for (update, learned) in history {
            person = person.with(&update, &tenant(), now()).unwrap();
            prop_assert_eq!(&person.with(&update, &tenant(), now()).unwrap(), &person);
            if let Some((place, bounced)) = learned
                && let Some(id) = person.contacts.iter().find(|c| c.value == ADDRESSES[place]).map(|c| c.id.clone())
            {
                person.learn(&id, Channel::Email, effect(bounced), "ses", now());
            }
        }
    }

    #[test]
    fn what_was_learned_survives_every_push(history in history()) {
        let mut person = john();
        let mut lessons = Vec::new();
        for (update, learned) in history {
            person = person.with(&update, &tenant(), now()).unwrap();
            for (place, bounced) in &lessons {
                if let Some(contact) = person.contacts.iter().find(|c| c.value == ADDRESSES[*place]) {
                    let holds = match bounced {
                        true => !contact.valid,
                        false => person.consent_revoked(Channel::Email, Some(&contact.id)).is_some(),
                    };
                    prop_assert!(holds, "{} was forgotten: {:?}", contact.value, person.contacts);
                }
            }
            if let Some((place, bounced)) = learned
                && let Some(id) = person.contacts.iter().find(|c| c.value == ADDRESSES[place]).map(|c| c.id.clone())
            {
                person.learn(&id, Channel::Email, effect(bounced), "ses", now());
                lessons.push((place, bounced));
            }
        }
    }

    #[test]
    fn consents_never_shrink_and_stay_in_order(pushes in vec(push(), 1..8)) {
        let mut person = john();
        for update in pushes {
            let after = person.with(&update, &tenant(), now()).unwrap();
            prop_assert!(person.consents.iter().all(|consent| after.consents.contains(consent)));
            prop_assert!(after.consents.is_sorted_by_key(|consent| consent.recorded_at));
            person = after;
        }
    }

    #[test]
    fn no_two_contacts_share_an_id_or_an_address(pushes in vec(push(), 1..8)) {
        let mut person = john();
        for update in pushes {
            person = person.with(&update, &tenant(), now()).unwrap();
            for (at, contact) in person.contacts.iter().enumerate() {
                let is_twin = |other: &Contact| other.id == contact.id || other.is_same_address(contact);
                prop_assert!(!person.contacts[..at].iter().any(is_twin));
            }
        }
    }
}
