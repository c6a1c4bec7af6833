//! Where a person may be: every plausible time zone, and every jurisdiction whose rules protect the person.
//!
//! Evidence is the person's addresses and the area codes of the phones in use. A window must hold in all zones the
//! evidence allows, and the rules of all its states count: the stricter wins. Only the person's own statement narrows the
//! zones, and it narrows nothing but the zones. A ZIP code gives the state, the city if that has rules of its own, and
//! the zones of the codes that begin alike; a state alone may be any of its cities.
//! No evidence is no licence to guess, and neither is an address that is marked invalid or gives no zone.

use std::sync::{LazyLock, OnceLock};

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::rule::Jurisdiction;
use crate::person::{Address, Affiliation, Contact, ContactStatus, ContactType, Person};

/// See the module documentation.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Every zone the person may be in; empty if unknown.
    pub zones: Vec<TimeZone>,
    /// Whose rules hold. The federal ones always do: they bind the lender wherever the person is.
    pub jurisdictions: Vec<Jurisdiction>,
    /// Whether it is known which states' rules apply, even if none do.
    pub is_state_known: bool,
    /// Why the person's addresses say nothing.
    pub doubt: Option<Doubt>,
}

/// Why a person's addresses do not say where the person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// All are marked invalid. Their states' rules and zones are held to still, but others may hold as well.
    InvalidAddress,
    /// One is abroad or a military post office. No phone says the time there.
    Abroad,
}

/// What an area code, a state or the beginning of a ZIP code says.
#[derive(Debug)]
struct Area {
    jurisdictions: Vec<Jurisdiction>,
    zone_names: Vec<&'static str>,
    /// Looked up when a window must hold in them.
    zones: OnceLock<Vec<TimeZone>>,
}

/// The bundled time zones: what a rule means must not depend on the machine.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A row of a table of `data/`, and what it says, made when somebody may be there: few people of a process are in many places.
#[derive(Debug)]
struct Row<const CELLS: usize> {
    cells: [&'static str; CELLS],
    area: OnceLock<Area>,
}

// `AREA_CODES` and `STATES` by their first cells, and `ZIP_PREFIXES`, of which the first that fits holds: `build.rs` makes them.
include!(concat!(env!("OUT_DIR"), "/places.rs"));

impl<const CELLS: usize> Row<CELLS> {
    const fn new(cells: [&'static str; CELLS]) -> Self {
        Self { cells, area: OnceLock::new() }
    }

    /// The one of this name.
    fn named(rows: &'static [Self], name: &str) -> Option<&'static Self> {
        let at = rows.binary_search_by(|row| row.cells[0].cmp(name)).ok()?;
        rows.get(at)
    }
}

fn of_area_code(code: &str) -> Option<&'static Area> {
    Row::named(&AREA_CODES, code).map(|row| {
        let [_, jurisdictions, zones] = row.cells;
        row.area.get_or_init(|| Area::new(jurisdictions, zones))
    })
}

fn of_state(name: &str) -> Option<&'static Area> {
    Row::named(&STATES, name).map(|row| {
        let [_, zones, jurisdictions] = row.cells;
        row.area.get_or_init(|| Area::new(jurisdictions, zones))
    })
}

fn of_zip(zip: &str) -> Option<&'static Area> {
    let begins = |from: &str, to: &str| zip.get(..from.len()).is_some_and(|of| (from..=to).contains(&of));
    ZIP_PREFIXES.iter().find(|row| begins(row.cells[0], row.cells[1])).map(of_zip_prefix)
}

fn of_zip_prefix(row: &'static Row<4>) -> &'static Area {
    let [_, _, jurisdictions, zones] = row.cells;
    row.area.get_or_init(|| {
        let mut area = Area::new(jurisdictions, zones);
        if area.zone_names.is_empty() {
            let states = area.jurisdictions.iter().filter_map(|of| of_state(of.as_str()));
            area.zone_names = states.flat_map(|state| state.zone_names.iter().copied()).collect();
        }
        area
    })
}

impl Area {
    fn new(jurisdictions: &str, zones: &'static str) -> Self {
        Self {
            jurisdictions: jurisdictions.split_whitespace().filter_map(Jurisdiction::parse).collect(),
            zone_names: zones.split_whitespace().collect(),
            zones: OnceLock::new(),
        }
    }

    fn zones(&self) -> &[TimeZone] {
        self.zones.get_or_init(|| self.zone_names.iter().copied().filter_map(zone).collect())
    }

    /// Whether the two can be told of one place.
    fn agrees_with(&self, other: &Self) -> bool {
        self.jurisdictions.iter().any(|of| other.jurisdictions.contains(of))
    }

    /// What both say.
    fn within(&self, other: &Self) -> Self {
        Self {
            jurisdictions: self
                .jurisdictions
                .iter()
                .filter(|of| other.jurisdictions.contains(of))
                .copied()
                .collect(),
            zone_names: self
                .zone_names
                .iter()
                .filter(|name| other.zone_names.contains(name))
                .copied()
                .collect(),
            zones: OnceLock::new(),
        }
    }
}

/// The zone of this IANA name.
pub fn zone(name: &str) -> Option<TimeZone> {
    DATABASE.get(name).ok()
}

/// Whose rules numbers of this area code bring: none, if it serves Canada or the Caribbean countries. `None` if it serves
/// no area that is known.
pub fn served_by(area_code: &str) -> Option<&'static [Jurisdiction]> {
    of_area_code(area_code).map(|area| &area.jurisdictions[..])
}

/// Whether rules of this jurisdiction can hold for anybody.
pub fn is_known(jurisdiction: Jurisdiction) -> bool {
    jurisdiction == Jurisdiction::US
        || STATES.iter().any(|row| row.cells[2].split(' ').any(|of| of == jurisdiction.as_str()))
}

impl Place {
    /// Where the person may be when contacted at `contact`.
    pub fn of(person: &Person, contact: Option<&Contact>) -> Self {
        let mut place = Self {
            zones: Vec::new(),
            jurisdictions: vec![Jurisdiction::US],
            is_state_known: false,
            doubt: None,
        };
        let own = || {
            person.contacts.iter().filter(|known| {
                known.affiliation == Affiliation::SelfPerson && known.status != ContactStatus::Archived
            })
        };
        let mut addresses = own().filter(|known| known.address.is_some()).peekable();
        let is_outdated = addresses.peek().is_some() && addresses.all(|known| !known.valid);
        let is_evidence =
            |known: &&Contact| known.valid || (is_outdated && known.contact_type == ContactType::Address);
        for known in own().filter(is_evidence).chain(contact) {
            match (known.contact_type, &known.address) {
                (ContactType::Phone, _) => place.add_phone(&known.value),
                (ContactType::Address, Some(address)) => place.add_address(address),
                (ContactType::Address, None) | (ContactType::Email | ContactType::Push, _) => {}
            }
        }
        if place.doubt == Some(Doubt::Abroad) {
            place.zones.clear();
        }
        if is_outdated {
            place.is_state_known = false;
            place.doubt = Some(Doubt::InvalidAddress);
        }
        if let Some(stated) = person.time_zone.as_deref().and_then(zone) {
            place.zones = vec![stated];
        }
        place
    }

    fn add_phone(&mut self, number: &str) {
        let Some(code) = number.strip_prefix("+1").and_then(|national| national.get(..3)) else { return };
        if let Some(area) = of_area_code(code) {
            self.add(area);
            self.is_state_known |= !area.jurisdictions.is_empty();
        }
    }

    fn add_address(&mut self, address: &Address) {
        let address = address.domestic();
        if address.country != "US" {
            // No state's rules then; the zone is for the person to tell.
            self.is_state_known = true;
            self.doubt = Some(Doubt::Abroad);
            return;
        }
        let digits = |zip: &&str| zip.bytes().take_while(u8::is_ascii_digit).count() >= 5;
        let by_zip = address.postal_code.as_deref().filter(digits).and_then(of_zip);
        let by_state = address.state.as_deref().and_then(of_state);
        match (by_zip, by_state) {
            // Of a beginning that several states share, the state tells which.
            (Some(by_zip), Some(by_state)) if by_zip.agrees_with(by_state) => {
                self.add_home(&by_zip.within(by_state));
            }
            // Where state and ZIP code contradict each other, both count.
            (by_zip, by_state) => {
                by_zip.into_iter().chain(by_state).for_each(|area| self.add_home(area));
            }
        }
    }

    fn add_home(&mut self, area: &Area) {
        self.add(area);
        self.is_state_known = true;
        if area.zones().is_empty() {
            self.doubt = Some(Doubt::Abroad);
        }
    }

    fn add(&mut self, area: &Area) {
        for zone in area.zones() {
            if !self.zones.contains(zone) {
                self.zones.push(zone.clone());
            }
        }
        for jurisdiction in &area.jurisdictions {
            if !self.jurisdictions.contains(jurisdiction) {
                self.jurisdictions.push(*jurisdiction);
            }
        }
    }

    /// The zones' IANA names.
    pub fn zone_names(&self) -> Vec<String> {
        self.zones.iter().filter_map(|zone| zone.iana_name()).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests;
