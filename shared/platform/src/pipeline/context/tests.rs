use domain::id::{ExternalId, Id};

use super::*;

fn names(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

fn members(object: &str) -> Vec<&'static str> {
    MEMBERS.iter().find(|(name, _)| *name == object).unwrap().1.to_vec()
}

#[test]
fn what_is_known_of_an_object_is_what_it_has() {
    let john: ExternalId = "john".parse().unwrap();
    let person = Person::new(Id::external("demo", "john"), Some(john), Timestamp::UNIX_EPOCH);
    let loan: Loan = serde_json::from_value(json!({ "id": "LN-1-1" })).unwrap();
    let case: Case = serde_json::from_value(json!({ "id": "CS-1-1", "caseType": "bankruptcy" })).unwrap();
    let address: Address =
        serde_json::from_value(json!({ "addressLine1": "1 Main St", "city": "Chicago" })).unwrap();
    for (object, value) in [
        ("borrower", borrower(&person, Channel::Email)),
        ("borrower.address", self::address(&address)),
        ("loan", self::loan(&loan)),
        ("case", self::case(&case)),
    ] {
        assert_eq!(names(&value), members(object), "{object}");
        assert!(names(&value).iter().all(|name| !name.contains(char::is_uppercase)), "{object}");
    }
}

#[test]
fn attributes_that_no_object_has_are_found_by_their_paths() {
    for (path, is_unknown) in [
        ("borrower.frist_name", true),
        ("person.frist_name", true),
        ("borrower.first_name", false),
        ("borrower.first_name.upper", false),
        ("borrower.firstName", true),
        ("borrower.address", false),
        ("borrower.address.zip", true),
        ("borrower.address.postal_code", false),
        ("borrower.address.postalCode", false),
        ("borrower.address.items", false),
        ("borrower.meta_data.anything.at.all", false),
        ("loan.late_fees", true),
        ("loan.balance", false),
        ("loans", false),
        ("tenant.branding.colour", false),
        ("company.phone", true),
        ("statement.total", true),
        ("case.case_type", false),
        ("advice", false),
        ("borrowers.x", false),
    ] {
        let found = unknown([path.to_owned()].iter());
        assert_eq!(!found.is_empty(), is_unknown, "{path}");
    }
}
