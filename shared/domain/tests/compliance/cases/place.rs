//! Where somebody lives and which number rings: what both tell is written down here, or read from the table of states.

use domain::{
    compliance::rule::Rule,
    person::{Affiliation, Contact, ContactStatus, ContactType},
};
use proptest::{option, prelude::*, sample::select};

use crate::{
    naive::Known,
    world::{World, contact},
};

/// A number, and the zones and jurisdictions its area code tells.
pub type Phone = (&'static str, &'static [&'static str], &'static [&'static str]);

const PHONES: [Phone; 5] = [
    ("+18005550123", &[], &[]),
    ("+13125550123", &["America/Chicago"], &["IL"]),
    ("+12125550123", &["America/New_York"], &["NY", "NYC"]),
    ("+18085550123", &["Pacific/Honolulu"], &["HI"]),
    ("+18505550123", &["America/New_York", "America/Chicago"], &["FL"]),
];

/// A state with its zones, `NYC` of New York, one of [`ABROAD`], or `US` for an address that tells nothing.
#[derive(Debug, Clone)]
pub struct Whereabouts {
    state: &'static str,
    of_state: Vec<&'static str>,
    /// Whether letters to the address came back.
    is_outdated: bool,
    phone: Phone,
    stated: Option<&'static str>,
}

/// Military post offices in Europe and the Pacific, and another country.
const ABROAD: [&str; 3] = ["AE", "AP", "DE"];

/// States whose zones are known.
fn states() -> Vec<(&'static str, Vec<&'static str>)> {
    let rows = include_str!("../../../data/states.csv").lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| {
        let mut cells = row.split(',');
        let mut next = || cells.next().unwrap();
        (next(), next().split_whitespace().collect::<Vec<_>>())
    })
    .filter(|(_, zones)| !zones.is_empty())
    .chain([("NYC", vec!["America/New_York"])])
    .collect()
}

pub fn phone() -> impl Strategy<Value = Phone> {
    select(PHONES.to_vec())
}

/// Mostly where the rule protects; a federal one does everywhere.
pub fn whereabouts(rule: &Rule) -> impl Strategy<Value = Whereabouts> + use<> {
    let all = states();
    let name = rule.jurisdiction.to_string();
    let here: Vec<_> = all.iter().filter(|(state, _)| *state == name).cloned().collect();
    let here = if here.is_empty() { all.clone() } else { here };
    let abroad = select(&ABROAD[..]).prop_map(|state| (state, vec![]));
    let state = prop_oneof![24 => select(here), 1 => select(all), 1 => Just(("US", vec![])), 1 => abroad];
    let phone = prop_oneof![3 => Just(PHONES[0]), 1 => phone()];
    let stated =
        option::weighted(0.15, select(vec!["America/Los_Angeles", "Asia/Tokyo", "America/New_York"]));
    (state, prop::bool::weighted(0.05), phone, stated).prop_map(
        |((state, of_state), is_outdated, phone, stated)| Whereabouts {
            state,
            of_state,
            is_outdated,
            phone,
            stated,
        },
    )
}

impl Whereabouts {
    /// A clock that the person may live by, if any is known.
    pub fn clock(&self) -> Option<&'static str> {
        self.stated.or(self.of_state.first().or(self.phone.1.first()).copied())
    }

    /// Whose rules hold besides the federal ones, as far as the address tells.
    fn of_address(&self) -> &[&'static str] {
        match self.state {
            "US" | "AE" | "AP" | "DE" => &[],
            "NYC" => &["NY", "NYC"],
            _ => std::slice::from_ref(&self.state),
        }
    }

    /// Whose rules hold, if the phone is in use.
    pub fn jurisdictions(&self) -> Vec<&'static str> {
        [&["US"], self.of_address(), self.phone.2].concat()
    }

    pub fn world(&self) -> World {
        let mut world = World::in_state(self.state, "UTC");
        world.person.time_zone = self.stated.map(str::to_owned);
        world.person.contacts[PHONE] = contact(ContactType::Phone, self.phone.0);
        let address = &mut world.person.contacts[ADDRESS];
        address.valid = !self.is_outdated;
        if let Some(abroad) = address.address.as_mut().filter(|_| self.state == "DE") {
            (abroad.state, abroad.country) = (None, "DE".into());
        }
        world
    }

    /// What is known of a person who has, perhaps among others, the phone and the address of this place.
    pub fn known(&self, world: &World, used: Option<usize>) -> Known {
        let is_own = |contact: &Contact| {
            contact.affiliation == Affiliation::SelfPerson && contact.status != ContactStatus::Archived
        };
        let (phone, address) = (&world.person.contacts[PHONE], &world.person.contacts[ADDRESS]);
        // Whatever is used is evidence, whosever and in whatever state; an outdated address tells something.
        let has_phone = used == Some(PHONE) || (is_own(phone) && phone.valid);
        let has_address = used == Some(ADDRESS) || is_own(address);
        let (_, of_phone, by_phone) = if has_phone { self.phone } else { PHONES[0] };
        let (of_state, by_address): (&[_], _) =
            if has_address { (&self.of_state, self.of_address()) } else { (&[], &[][..]) };
        let is_abroad = has_address && ABROAD.contains(&self.state);
        let zones = match self.stated {
            Some(stated) => vec![stated],
            None if is_abroad => vec![],
            None => [of_state, of_phone].concat(),
        };
        let is_outdated = is_own(address) && !address.valid;
        let jurisdictions = [&["US"], by_address, by_phone].concat();
        Known {
            zones,
            is_state_known: !is_outdated && (is_abroad || jurisdictions.len() > 1),
            jurisdictions,
            contact: used,
        }
    }
}

/// Places among the contacts of [`World::in_state`].
const PHONE: usize = 0;
const ADDRESS: usize = 2;
