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

fn compiled(expression: &str) -> rendering::Version {
    let source =
        template::Source { content_text: Some(format!("{{{{ {expression} }}}}")), ..Default::default() };
    rendering::Version::compile(&source, &rendering::Library::default()).unwrap()
}

#[test]
fn attributes_that_no_object_has_are_found_by_their_paths() {
    for (path, is_unknown) in [
        ("borrower.frist_name", true),
        ("person.frist_name", true),
        ("borrower.first_name", false),
        ("borrower.first_name.upper", false),
        ("borrower.firstName", true),
        ("borrower['late fee']", true),
        ("borrower.address", false),
        ("borrower.address.zip", true),
        ("borrower.address.postal_code", false),
        ("borrower.address.postalCode", false),
        ("borrower.address.items", false),
        ("borrower.get('frist_name')", true),
        ("borrower.meta_data.anything.at.all", false),
        ("borrower.attributes", true),
        ("loan.late_fees", true),
        ("loan.balance", false),
        ("loans", false),
        ("loans[0].loan_numbr", true),
        ("loans[0].loan_number", false),
        ("loans|map(attribute='loan_numbr')", true),
        ("loans|selectattr('status', '==', 'open')", false),
        ("loans.x", false),
        ("tenant.branding.colour", false),
        ("company.phone", true),
        ("statement.total", true),
        ("case.case_type", false),
        ("advice", false),
        ("borrowers.x", false),
        ("payments[0].amount", false),
    ] {
        let found = unknown(compiled(path).demands().paths.iter());
        assert_eq!(!found.is_empty(), is_unknown, "{path}");
    }
}

#[test]
fn what_our_objects_have_is_defined_also_where_nothing_is_on_record() {
    let on_record = json!({
        "borrower": { "first_name": "John", "meta_data": { "branch": 7 } },
        "loan": { "fee": 1, "balance": 2 },
        "loans": [{ "fee": 1, "balance": 2 }],
        "due_date": "2026-01-05",
    });
    for (path, own, is_undefined) in [
        ("borrower.last_name", json!({}), false),
        ("borrower.frist_name", json!({}), true),
        // There is no address at all.
        ("borrower.address.address_line2", json!({}), false),
        ("borrower.address.addressLine2", json!({}), false),
        ("borrower.address.zip", json!({}), true),
        ("borrower.email|upper", json!({}), false),
        ("borrower.meta_data.branch", json!({}), false),
        ("borrower.meta_data.brunch", json!({}), true),
        ("loan.rate", json!({}), false),
        ("loan.fee", json!({}), false),
        ("loan.feee", json!({}), true),
        ("loans[0].rate", json!({}), false),
        ("loans[0].fee", json!({}), false),
        ("loans|sum(attribute='feee')", json!({}), true),
        // None is on record.
        ("case.case_type", json!({}), true),
        ("statement", json!({}), true),
        ("payment_amount", json!({}), true),
        ("advice", json!({}), true),
        ("advice", json!({ "advice": null }), false),
        // The caller's own is what it is.
        ("case.case_type", json!({ "case": {} }), true),
        ("case.number", json!({ "case": { "number": 1 } }), false),
    ] {
        let Value::Object(own) = own else { unreachable!("{path}") };
        let mut values = on_record.clone();
        values.as_object_mut().unwrap().extend(own.clone());
        let variables = Variables { values, ignored: Vec::new() };
        let found = undefined(&compiled(path), &variables, &own);
        assert_eq!(!found.is_empty(), is_undefined, "{path}: {found:?}");
    }
    // What the caller gave in vain is not what the message has.
    let own = json!({ "borrower": {} }).as_object().unwrap().clone();
    let variables = Variables { values: on_record, ignored: vec!["borrower".to_owned()] };
    assert!(undefined(&compiled("borrower.last_name"), &variables, &own).is_empty());
}
