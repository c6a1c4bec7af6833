//! Where somebody lives and which number rings: what both tell is written down here, or read from the table of states.

use domain::{compliance::rule::Rule, person::ContactType};
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

/// A state with its zones, `NYC` of New York, or `US` for an address that tells nothing.
#[derive(Debug, Clone)]
pub struct Whereabouts {
    state: &'static str,
    of_state: Vec<&'static str>,
    phone: Phone,
    stated: Option<&'static str>,
}

/// States whose zones are known.
fn states() -> Vec<(&'static str, Vec<&'static str>)> {
    let rows = include_str!("../../../data/states.csv").lines().filter(|line| !line.starts_with('#'));
    let cells = rows.filter_map(|row| row.split_once(','));
    cells
        .map(|(state, zones)| (state, zones.split_whitespace().collect::<Vec<_>>()))
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
    let state = prop_oneof![24 => select(here), 1 => select(all), 1 => Just(("US", vec![]))];
    let phone = prop_oneof![3 => Just(PHONES[0]), 1 => phone()];
    let stated =
        option::weighted(0.15, select(vec!["America/Los_Angeles", "Asia/Tokyo", "America/New_York"]));
    (state, phone, stated).prop_map(|((state, of_state), phone, stated)| Whereabouts {
        state,
        of_state,
        phone,
        stated,
    })
}

impl Whereabouts {
    /// Every plausible zone; the stated one alone.
    pub fn zones(&self) -> Vec<&'static str> {
        match self.stated {
            Some(stated) => vec![stated],
            None => self.of_state.iter().chain(self.phone.1).copied().collect(),
        }
    }

    pub fn world(&self) -> World {
        let mut world = World::in_state(self.state, "UTC");
        world.person.time_zone = self.stated.map(str::to_owned);
        world.person.contacts[0] = contact(ContactType::Phone, self.phone.0);
        world
    }

    pub fn known(&self, contact: Option<usize>) -> Known {
        let of_state: &[_] = match self.state {
            "US" => &[],
            "NYC" => &["NY", "NYC"],
            _ => std::slice::from_ref(&self.state),
        };
        let jurisdictions: Vec<_> = of_state.iter().chain(self.phone.2).copied().collect();
        Known {
            zones: self.zones(),
            is_state_known: !jurisdictions.is_empty(),
            jurisdictions: [&["US"], &jurisdictions[..]].concat(),
            contact,
        }
    }
}
