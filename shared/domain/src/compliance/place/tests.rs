//! Where evidence says a person is.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{id::Id, person::Person};

fn contact(kind: ContactType, value: &str, address: Option<Address>) -> Contact {
    Contact { address, ..Contact::new(Id::external("demo", value), kind, value) }
}

fn address(city: &str, state: &str, zip: &str, country: &str) -> Contact {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let address = Address {
        address_line1: "1 Main St".into(),
        address_line2: None,
        city: city.into(),
        state: given(state),
        postal_code: given(zip),
        country: country.into(),
    };
    contact(ContactType::Address, "", Some(address))
}

fn invalid(contact: Contact) -> Contact {
    Contact { valid: false, ..contact }
}

fn phone(number: &str) -> Contact {
    contact(ContactType::Phone, number, None)
}

fn person(contacts: Vec<Contact>) -> Person {
    Person { contacts, ..Person::new(Id::external("demo", "john"), None, Timestamp::UNIX_EPOCH) }
}

fn told(contacts: Vec<Contact>) -> (String, String, bool) {
    let place = Place::of(&person(contacts), None);
    let jurisdictions: Vec<_> = place.jurisdictions.iter().map(ToString::to_string).collect();
    (place.zone_names().join(" "), jurisdictions.join(" "), place.is_state_known)
}

#[test]
fn all_evidence_counts_and_no_evidence_tells_nothing() {
    let (ny, ct, mt) = ("America/New_York", "America/Chicago", "America/Denver");
    for (contacts, zones, jurisdictions, is_known) in [
        (vec![], String::new(), "US", false),
        (vec![phone("+18005550123")], String::new(), "US", false),
        (vec![phone("+442071838750")], String::new(), "US", false),
        (vec![phone("+19055550123")], "America/Toronto".into(), "US", false),
        (vec![phone("+13125550123")], ct.into(), "US IL", true),
        (vec![phone("+12125550123")], ny.into(), "US NY NYC", true),
        // 689, an overlay of 407, is Orlando's; 448 and 850 straddle Florida's two zones.
        (vec![phone("+16895550123")], ny.into(), "US FL", true),
        (vec![phone("+14485550123")], format!("{ct} {ny}"), "US FL", true),
        (vec![address("Austin", "TX", "", "US")], format!("{ct} {mt}"), "US TX", true),
        (
            vec![address("Boston", "MA", "", "US"), phone("+13105550123")],
            format!("{ny} America/Los_Angeles"),
            "US MA CA",
            true,
        ),
        // State and ZIP code that contradict each other both count.
        (vec![address("Anywhere", "VT", "05401", "US")], ny.into(), "US VT", true),
        (vec![address("Anywhere", "VT", "60601", "US")], format!("{ct} {ny}"), "US IL VT", true),
        (vec![address("Anywhere", "", "05401", "US")], ny.into(), "US VT", true),
        (vec![address("Anywhere", "", "", "US")], String::new(), "US", false),
        // Where an address tells no time, a phone does not either.
        (vec![address("APO", "AE", "09012", "US")], String::new(), "US", true),
        (vec![address("APO", "", "09974", "US"), phone("+13125550123")], String::new(), "US IL", true),
        (vec![address("London", "", "SW1A 1AA", "GB")], String::new(), "US", true),
        (vec![phone("+13125550123"), address("London", "", "SW1A 1AA", "GB")], String::new(), "US IL", true),
        // Addresses that are all marked invalid tell no state, but what they told is held to.
        (vec![invalid(address("Boston", "MA", "", "US"))], ny.into(), "US MA", false),
        (
            vec![invalid(address("Boston", "MA", "", "US")), phone("+13125550123")],
            format!("{ny} {ct}"),
            "US MA IL",
            false,
        ),
        (
            vec![invalid(address("Boston", "MA", "", "US")), address("Burlington", "VT", "05401", "US")],
            ny.into(),
            "US VT",
            true,
        ),
        // Newfoundland and Saskatchewan, and the Caribbean.
        (vec![phone("+18795550123")], "America/Halifax America/St_Johns".into(), "US", false),
        (vec![phone("+14745550123")], "America/Regina".into(), "US", false),
        (vec![phone("+18765550123")], "America/Jamaica".into(), "US", false),
        (vec![phone("+17295550123")], format!("{ct} {ny}"), "US TN", true),
        (vec![invalid(phone("+13125550123"))], String::new(), "US", false),
        (
            vec![Contact { status: ContactStatus::Archived, ..phone("+13125550123") }],
            String::new(),
            "US",
            false,
        ),
        (
            vec![Contact { affiliation: Affiliation::Other, ..phone("+13125550123") }],
            String::new(),
            "US",
            false,
        ),
    ] {
        let what = format!("{contacts:?}");
        assert_eq!(told(contacts), (zones, jurisdictions.to_owned(), is_known), "{what}");
    }
}

#[test]
fn a_zip_code_tells_the_zones_of_the_codes_that_begin_alike() {
    let (ny, ct, mt, pt) = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles");
    for (city, state, zip, zones) in [
        ("Austin", "TX", "78701", ct.to_owned()),
        ("El Paso", "TX", "79901", mt.to_owned()),
        ("El Paso", "TX", "79942", mt.to_owned()),
        ("Van Horn", "TX", "79855", format!("{ct} {mt}")),
        ("Chattanooga", "TN", "37402", ny.to_owned()),
        ("Knoxville", "TN", "37701", ny.to_owned()),
        ("Crab Orchard", "TN", "37723", format!("{ct} {ny}")),
        ("Peru", "IN", "46970", ny.to_owned()),
        ("Ora", "IN", "46968", format!("{ny} {ct}")),
        ("El Paso", "TX", "88510", mt.to_owned()),
        ("Miami", "FL", "33101-1234", ny.to_owned()),
        ("Pensacola", "FL", "32501", ct.to_owned()),
        // Panama City is Central, Port St. Joe's north Eastern; their codes begin alike.
        ("Panama City", "FL", "32401", format!("{ny} {ct}")),
        ("Indianapolis", "IN", "46204", ny.to_owned()),
        ("Gary", "IN", "46402", ct.to_owned()),
        ("Coeur d'Alene", "ID", "83814", pt.to_owned()),
        ("Elko", "NV", "89801", format!("{pt} {mt}")),
        ("Pago Pago", "AS", "96799", "Pacific/Pago_Pago".to_owned()),
        // No code begins so: the whole state.
        ("Nowhere", "FL", "34301", format!("{ny} {ct}")),
        ("Anywhere", "GA", "32501", format!("{ct} {ny}")),
    ] {
        let (told, _, _) = told(vec![address(city, state, zip, "US")]);
        assert_eq!(told, zones, "{city} {zip}");
    }
}

#[test]
fn a_territory_is_one_of_the_us_whether_it_is_given_as_state_or_as_country() {
    let guam = ("Pacific/Guam".to_owned(), "US GU".to_owned(), true);
    let puerto_rico = ("America/Puerto_Rico".to_owned(), "US PR".to_owned(), true);
    for (state, zip, country, expected) in [
        ("GU", "96913", "US", &guam),
        ("GU", "", "US", &guam),
        ("", "96913", "US", &guam),
        ("", "96913", "GU", &guam),
        ("", "", "GU", &guam),
        ("Guam", "96913", "GU", &guam),
        ("PR", "00901", "PR", &puerto_rico),
        ("San Juan", "", "PR", &puerto_rico),
        ("", "00802", "VI", &("America/St_Thomas".to_owned(), "US VI".to_owned(), true)),
        ("", "96799", "AS", &("Pacific/Pago_Pago".to_owned(), "US AS".to_owned(), true)),
        ("", "96950", "MP", &("Pacific/Saipan".to_owned(), "US MP".to_owned(), true)),
        ("", "96960", "MH", &("Pacific/Majuro".to_owned(), "US MH".to_owned(), true)),
        // What contradicts itself counts twice, and other countries are abroad though a state is written so.
        ("GU", "00901", "US", &("America/Puerto_Rico Pacific/Guam".to_owned(), "US PR GU".to_owned(), true)),
        ("ON", "", "CA", &(String::new(), "US".to_owned(), true)),
        ("", "10115", "DE", &(String::new(), "US".to_owned(), true)),
    ] {
        assert_eq!(
            &told(vec![address("Anywhere", state, zip, country)]),
            expected,
            "{state} {zip} {country}"
        );
    }
}

#[test]
fn the_state_tells_which_of_those_that_share_a_beginning_is_meant() {
    for (state, expected) in [("AR", "US AR"), ("MO", "US MO"), ("", "US AR MO"), ("TX", "US AR MO TX")] {
        assert_eq!(told(vec![address("Anywhere", state, "72643", "US")]).1, expected, "{state}");
    }
}

#[test]
fn a_code_that_begins_like_another_states_is_its_own_states() {
    for (zip, jurisdictions) in [
        ("73960", "US TX"),
        ("72643", "US AR MO"),
        ("83414", "US WY"),
        ("20588", "US MD"),
        ("20598", "US VA"),
        ("96799", "US AS"),
        ("96801", "US HI"),
        ("09910", "US"),
    ] {
        assert_eq!(told(vec![address("Anywhere", "", zip, "US")]).1, jurisdictions, "{zip}");
    }
}

#[test]
fn new_york_city_is_its_five_boroughs() {
    for (city, zip, expected) in [
        ("New York", "10001", true),
        ("Bronx", "10451", true),
        ("Staten Island", "10301", true),
        ("Brooklyn", "11201", true),
        ("Queens", "11004", true),
        ("Floral Park", "11002", true),
        ("Floral Park", "11001", false),
        ("Far Rockaway", "11691", true),
        ("Yonkers", "10701", false),
        ("brooklyn", "", true),
        ("Flushing", "", true),
        ("New  York", "", true),
        // Nothing but a ZIP code tells that it is not the city.
        ("Albany", "", true),
        ("Albany", "1220", true),
        ("Albany", "05401", true),
        ("Albany", "12207", false),
        ("New York", "12207", false),
    ] {
        let (_, jurisdictions, _) = told(vec![address(city, "NY", zip, "US")]);
        assert_eq!(jurisdictions.contains("NYC"), expected, "{city} {zip}: {jurisdictions}");
    }
}

#[test]
fn a_contact_in_use_counts_whosever_it_is_and_a_stated_zone_alone() {
    let mut john = person(vec![phone("+13125550123")]);
    let spouse = Contact { affiliation: Affiliation::Spouse, ..phone("+18085550123") };
    assert_eq!(Place::of(&john, Some(&spouse)).zone_names(), ["America/Chicago", "Pacific/Honolulu"]);
    john.time_zone = Some("America/Phoenix".into());
    let place = Place::of(&john, Some(&spouse));
    assert_eq!(place.zone_names(), ["America/Phoenix"]);
    assert_eq!(place.jurisdictions.len(), 3, "the rules of all states hold still");
}

#[test]
fn every_row_of_the_tables_reads() {
    assert!(AREA_CODES.len() > 400 && STATES.len() == 62 && ZIP_PREFIXES.len() > 70);
    for row in &AREA_CODES {
        let (code, area) = (row.cells[0], of_area_code(row.cells[0]).unwrap());
        assert!(code.len() == 3 && !area.zones().is_empty(), "{code}");
        assert!(area.jurisdictions.iter().all(|of| is_known(*of)), "{code}");
        // Area codes that serve ZIP codes beyond their state's border, such as Nevada's 775 in Utah.
        let names = area.jurisdictions.iter().filter_map(|of| of_state(of.as_str()));
        let of_states: Vec<_> = names.flat_map(|state| state.zones()).collect();
        let stray = area.zones().iter().any(|zone| !of_states.is_empty() && !of_states.contains(&zone));
        let known = ["229", "256", "334", "442", "483", "575", "706", "725", "762", "775", "938"];
        assert!(!stray || known.contains(&code), "{code}");
    }
    for row in &ZIP_PREFIXES {
        let ([from, to, ..], area) = (row.cells, of_zip_prefix(row));
        assert!(from <= to && from.len() == to.len(), "{from}");
        assert!(area.jurisdictions.iter().all(|of| is_known(*of)), "{from}");
        let states: Vec<_> = area.jurisdictions.iter().filter_map(|of| of_state(of.as_str())).collect();
        let is_military = ["090", "340", "962"].contains(&from);
        assert_eq!(states.is_empty(), is_military, "{from}");
        let is_of_states = |zone| states.iter().any(|state| state.zones().contains(zone));
        assert!(area.zones().iter().all(is_of_states), "{from}");
    }
}

#[test]
fn zones_left_out_of_the_tables_keep_the_clock_of_one_that_is_in() {
    let pairs = [
        ("America/Detroit", "America/New_York"),
        ("America/Kentucky/Louisville", "America/New_York"),
        ("America/Kentucky/Monticello", "America/New_York"),
        ("America/Indiana/Indianapolis", "America/New_York"),
        ("America/Indiana/Vincennes", "America/New_York"),
        ("America/Indiana/Winamac", "America/New_York"),
        ("America/Indiana/Marengo", "America/New_York"),
        ("America/Indiana/Petersburg", "America/New_York"),
        ("America/Indiana/Vevay", "America/New_York"),
        ("America/Indiana/Tell_City", "America/Chicago"),
        ("America/Indiana/Knox", "America/Chicago"),
        ("America/Menominee", "America/Chicago"),
        ("America/North_Dakota/Center", "America/Chicago"),
        ("America/North_Dakota/New_Salem", "America/Chicago"),
        ("America/North_Dakota/Beulah", "America/Chicago"),
        ("America/Boise", "America/Denver"),
        ("America/Juneau", "America/Anchorage"),
        ("America/Sitka", "America/Anchorage"),
        ("America/Nome", "America/Anchorage"),
        ("America/Yakutat", "America/Anchorage"),
        ("America/Metlakatla", "America/Anchorage"),
    ];
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    for (left_out, named) in pairs {
        let (left_out, named) = (zone(left_out).unwrap(), zone(named).unwrap());
        for hours in (0..10 * 365 * 24).step_by(6) {
            let at = start + SignedDuration::from_hours(hours);
            assert_eq!(left_out.to_datetime(at), named.to_datetime(at), "{named:?} at {at}");
        }
    }
}
