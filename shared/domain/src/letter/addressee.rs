//! The addressee of a letter, as printed on the envelope.

use serde::{Deserialize, Serialize};

use crate::{
    error::{Conflict, Error},
    formats,
    person::{Address, Person},
    update::Faults,
};

/// Whom a letter goes to, or comes back to, as that shows in the window of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Addressee {
    /// The first line.
    pub name: String,
    /// The lines below.
    pub address: Address,
}

impl Addressee {
    /// The longest name, in characters: what Lob prints on one line.
    pub const NAME: usize = 40;
    /// The longest line of an address, in characters: what Lob prints on one.
    const LINE: usize = 64;

    /// A person at an address.
    ///
    /// # Errors
    /// [`Conflict::AddressNotPrintable`], with everything that is wrong with the two.
    pub fn of(person: &Person, address: &Address) -> Result<Self, Error> {
        let name = format!("{} {}", person.first_name, person.last_name);
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let addressee = Self { name, address: address.domestic().into_owned() };
        let wrong: Vec<String> = addressee
            .faults()
            .below("")
            .into_iter()
            .map(|one| format!("{} {}", &one.pointer[1..], one.message))
            .collect();
        if wrong.is_empty() {
            return Ok(addressee);
        }
        let detail = format!("The letter cannot be addressed. Correct the person: {}.", wrong.join("; "));
        Err(Error::conflict(Conflict::AddressNotPrintable, detail))
    }

    /// What cannot be printed on an envelope, or not be delivered.
    pub fn faults(&self) -> Faults {
        let Self { name, address } = self;
        let Address { address_line1, address_line2, city, state, postal_code, country } = address;
        let mut faults = Faults::default();
        let line = |most| move |text: &str| formats::line(text, most).and_then(|()| prints(text));
        faults.value("/name", Some(name), line(Self::NAME));
        faults.value("/addressLine1", Some(address_line1), line(Self::LINE));
        faults.value("/addressLine2", address_line2.as_ref(), line(Self::LINE));
        faults.value("/city", Some(city), line(Self::LINE));
        if self.is_abroad() {
            faults.value("/country", Some(country), formats::country);
            faults.value("/state", state.as_ref(), line(Self::LINE));
            faults.value("/postalCode", postal_code.as_ref(), line(Self::LINE));
        } else {
            faults.expect(state.is_some(), "/state", "must be given");
            faults.expect(postal_code.is_some(), "/postalCode", "must be given");
            faults.value("/state", state.as_ref(), formats::us_state);
            faults.value("/postalCode", postal_code.as_ref(), formats::zip);
        }
        faults
    }

    /// Whether it is outside the US.
    pub fn is_abroad(&self) -> bool {
        self.address.country != "US"
    }

    /// The lines as they stand in the window, from the top.
    pub fn lines(&self) -> Vec<String> {
        let Self { name, address } = self;
        let Address { address_line1, address_line2, city, state, postal_code, country } = address;
        let place = [Some(city), state.as_ref(), postal_code.as_ref()].into_iter().flatten();
        let place = place.map(String::as_str).collect::<Vec<_>>().join(" ");
        let abroad = Some(country.clone()).filter(|_| self.is_abroad());
        let lines =
            [Some(name.clone()), Some(address_line1.clone()), address_line2.clone(), Some(place), abroad];
        lines.into_iter().flatten().collect()
    }
}

/// Whether every character is of Latin script, which postal services read, and can be printed.
fn prints(text: &str) -> formats::Verdict {
    let is_latin = |c: char| {
        matches!(c, ' '..='~' | '\u{a0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{2010}'..='\u{2019}')
            && c != '\u{ad}'
    };
    match text.chars().find(|c| !is_latin(*c)) {
        None => Ok(()),
        Some(other) => {
            Err(format!("must have only characters that are printed on envelopes; {other:?} is not"))
        }
    }
}

#[cfg(test)]
impl Addressee {
    pub(crate) fn example() -> Self {
        let address = serde_json::json!({
            "addressLine1": "233 S Wacker Dr", "city": "Chicago", "state": "IL", "postalCode": "60606",
        });
        Self { name: "John Doe".into(), address: serde_json::from_value(address).unwrap() }
    }

    pub(crate) fn example_abroad() -> Self {
        let address = serde_json::json!({
            "addressLine1": "Hauptstraße 5", "city": "Köln", "postalCode": "50667", "country": "DE",
        });
        Self { name: "Zoë Müller".into(), address: serde_json::from_value(address).unwrap() }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::id::Id;

    fn pointers(addressee: &Addressee) -> Vec<String> {
        addressee.faults().below("").into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn the_lines_stand_as_the_postal_service_reads_them() {
        assert_eq!(Addressee::example().lines(), ["John Doe", "233 S Wacker Dr", "Chicago IL 60606"]);
        assert_eq!(Addressee::example_abroad().lines(), ["Zoë Müller", "Hauptstraße 5", "Köln 50667", "DE"]);
    }

    #[test]
    fn a_territory_given_as_the_country_is_a_state_to_the_postal_service() {
        let address = serde_json::from_value(serde_json::json!({
            "addressLine1": "1 Calle", "city": "San Juan", "country": "PR", "postalCode": "00901",
        }));
        let mut person = Person::new(Id::external("demo", "pat"), None, Timestamp::UNIX_EPOCH);
        (person.first_name, person.last_name) = ("Pat".into(), "Case".into());
        let addressee = Addressee::of(&person, &address.unwrap()).unwrap();
        assert!(!addressee.is_abroad());
        assert_eq!(addressee.lines(), ["Pat Case", "1 Calle", "San Juan PR 00901"]);
    }

    #[test]
    fn what_would_not_print_or_arrive_is_named() {
        assert_eq!(pointers(&Addressee::example()), [""; 0]);
        assert_eq!(pointers(&Addressee::example_abroad()), [""; 0]);
        let with = |change: fn(&mut Addressee)| {
            let mut addressee = Addressee::example();
            change(&mut addressee);
            pointers(&addressee)
        };
        assert_eq!(with(|one| one.name = String::new()), ["/name"]);
        assert_eq!(with(|one| one.name = "x".repeat(Addressee::NAME + 1)), ["/name"]);
        assert_eq!(with(|one| one.name = "x".repeat(Addressee::NAME)), [""; 0]);
        assert_eq!(with(|one| one.name = "田中".into()), ["/name"]);
        assert_eq!(with(|one| one.address.address_line1 = "x".repeat(65)), ["/addressLine1"]);
        assert_eq!(with(|one| one.address.address_line2 = Some("Apt\u{200b}4".into())), ["/addressLine2"]);
        assert_eq!(with(|one| one.address.state = None), ["/state"]);
        assert_eq!(with(|one| one.address.state = Some("Illinois".into())), ["/state"]);
        assert_eq!(with(|one| one.address.postal_code = None), ["/postalCode"]);
        assert_eq!(with(|one| one.address.postal_code = Some("6060".into())), ["/postalCode"]);
        assert_eq!(with(|one| one.address.city = " ".into()), ["/city"]);
    }
}
