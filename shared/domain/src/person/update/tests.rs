//! What may be said about a person, and what becomes of it.

mod properties;

use serde_json::{Value, json};

use super::*;
use crate::{
    delivery::ContactEffect,
    person::{Contact, Loan},
};

fn tenant() -> TenantId {
    "demo".parse().unwrap()
}

fn now() -> Timestamp {
    "2026-01-05T15:00:00Z".parse().unwrap()
}

fn john() -> Person {
    Person::new(Id::external("demo", "john"), Some("john".parse().unwrap()), now())
}

fn parsed<T: for<'de> Deserialize<'de>>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

fn with(person: &Person, json: Value) -> Person {
    person.with(&parsed(json), &tenant(), now()).unwrap()
}

fn pointers<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    match result {
        Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect(),
        other => panic!("expected faults, got {other:?}"),
    }
}

fn email(value: &str) -> Value {
    json!({ "contactType": "email", "value": value })
}

fn learn(person: &mut Person, value: &str, channel: Channel, effect: ContactEffect) {
    let id = contact(person, value).id.clone();
    assert!(person.learn(&id, channel, effect, "twilio", now()));
}

#[track_caller]
fn contact<'a>(person: &'a Person, value: &str) -> &'a Contact {
    person.contacts.iter().find(|contact| contact.value == value).expect("the contact is there")
}

const MOBILE: &str = "+13125550142";

#[test]
fn every_fault_is_named_by_its_place() {
    let long = "x".repeat(501);
    let deep = (0..17).fold(json!(1), |inner, _| json!([inner]));
    let many: Map<_, _> = (0..51).map(|n| (format!("k{n}"), json!(n))).collect();
    for (body, expected) in [
        (json!({ "externalId": "jane" }), vec!["/externalId"]),
        (json!({ "firstName": "a\nb", "lastName": "x".repeat(201) }), vec!["/firstName", "/lastName"]),
        (
            json!({ "language": "eng", "locale": "en_US", "timeZone": "Mars/Base" }),
            vec!["/language", "/locale", "/timeZone"],
        ),
        (json!({ "doNotContact": { "reason": long } }), vec!["/doNotContact/reason"]),
        (
            json!({ "communicationPreference": { "optedOut": ["text"], "preferred": "text" } }),
            vec!["/communicationPreference/preferred"],
        ),
        (json!({ "contacts": [{}] }), vec!["/contacts/0/contactType"]),
        (
            json!({ "contactTimes": { "inconvenient": [{ "from": "22:00", "to": "06:00" }] } }),
            vec!["/contactTimes/inconvenient/0/to"],
        ),
        (
            json!({ "contactTimes": { "convenient": vec![json!({ "from": "08:00", "to": "09:00" }); 29] } }),
            vec!["/contactTimes/convenient"],
        ),
        (json!({ "contacts": [{ "contactType": "email" }] }), vec!["/contacts/0/value"]),
        (
            json!({ "contacts": [email("john"), email("john@example.com"), email("@")] }),
            vec!["/contacts/0/value", "/contacts/2/value"],
        ),
        (
            json!({ "contacts": [{ "contactType": "phone", "value": "312-555-0142" }] }),
            vec!["/contacts/0/value"],
        ),
        (json!({ "contacts": [{ "contactType": "push", "value": "a b" }] }), vec!["/contacts/0/value"]),
        (json!({ "contacts": [{ "contactType": "address" }] }), vec!["/contacts/0/address"]),
        (
            json!({ "contacts": [{ "contactType": "address", "value": "1 Main St", "address": {
                "addressLine1": "", "city": "Chicago", "state": "Illinois", "postalCode": "6060" } }] }),
            vec![
                "/contacts/0/value",
                "/contacts/0/address/addressLine1",
                "/contacts/0/address/state",
                "/contacts/0/address/postalCode",
            ],
        ),
        (
            json!({ "contacts": [{ "contactType": "address", "address": {
                "addressLine1": "1 Main St", "city": "Chicago", "country": "usa" } }] }),
            vec!["/contacts/0/address/country"],
        ),
        (
            json!({ "contacts": [{ "contactType": "email", "value": "a@example.com", "receiveTextMessages": true,
                "address": { "addressLine1": "1 Main St", "city": "Chicago" } }] }),
            vec!["/contacts/0/address", "/contacts/0/receiveTextMessages"],
        ),
        (json!({ "contacts": [email("a@example.com"), email("A@example.com")] }), vec!["/contacts/1"]),
        (
            json!({ "contacts": [{ "id": "CT-KEY-X", "contactType": "email", "value": "a@example.com" }] }),
            vec!["/contacts/0/id"],
        ),
        (json!({ "contacts": vec![email("a@example.com"); 51] }), vec!["/contacts"]),
        (json!({ "loans": [{}] }), vec!["/loans/0/externalId"]),
        (json!({ "loans": [{ "id": "LN-EXT-X" }] }), vec!["/loans/0/id"]),
        (json!({ "loans": [{ "id": "LN-EXT-X", "externalId": "1" }] }), vec!["/loans/0/id"]),
        (json!({ "loans": [{ "externalId": "1" }, { "externalId": "1" }] }), vec!["/loans/1"]),
        (
            json!({ "loans": [{ "externalId": "1", "currency": "usd", "rate": -0.01, "paymentAmount": "-1", "loanNumber": "" }] }),
            vec!["/loans/0/loanNumber", "/loans/0/currency", "/loans/0/rate", "/loans/0/paymentAmount"],
        ),
        (
            json!({ "loans": [{ "externalId": "1", "attributes": { "x": "y".repeat(16 * 1024) } }] }),
            vec!["/loans/0/attributes"],
        ),
        (
            json!({ "loans": [{ "externalId": "1", "attributes": { "x": deep } }] }),
            vec!["/loans/0/attributes"],
        ),
        (
            json!({ "loans": [{ "externalId": "1", "attributes": { "x": [{ "": 1 }] } }] }),
            vec!["/loans/0/attributes"],
        ),
        (
            json!({ "consents": [{ "status": "revoked", "recordedAt": "2026-01-05T15:00:01Z" }] }),
            vec!["/consents/0/recordedAt"],
        ),
        (
            json!({ "consents": [{ "status": "revoked", "recordedAt": "2026-01-05T15:00:00Z", "contactId": "ext-nobody",
                "wording": "" }] }),
            vec!["/consents/0/wording"],
        ),
        (
            json!({ "consents": [{ "status": "revoked", "recordedAt": "2026-01-05T15:00:00Z", "contactId": "ext-nobody" }] }),
            vec!["/consents/0/contactId"],
        ),
        (json!({ "cases": [{ "caseType": "bankruptcy" }] }), vec!["/cases/0/externalId"]),
        (
            json!({ "cases": [{ "externalId": "1", "caseType": "bankruptcy", "doNotInteract": { "reason": "" } }] }),
            vec!["/cases/0/doNotInteract/reason"],
        ),
        (
            json!({ "cases": [{ "externalId": "1", "caseType": "bankruptcy", "attributes": { "x": deep } }] }),
            vec!["/cases/0/attributes"],
        ),
        (json!({ "metaData": many }), vec!["/metaData"]),
        (json!({ "metaData": { "a/b": "x".repeat(501), "": 1 } }), vec!["/metaData/", "/metaData/a~1b"]),
        (json!({ "metaData": { "k".repeat(101): 1 } }), vec![&*format!("/metaData/{}", "k".repeat(101))]),
    ] {
        let mut found = pointers(john().with(&parsed(body.clone()), &tenant(), now()));
        let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{body}");
    }
}

#[test]
fn a_person_too_large_for_storage_is_refused_whole() {
    let loan = |n: u32| json!({ "externalId": n.to_string(), "attributes": { "x": "y".repeat(16_000) } });
    let loans: Vec<_> = (0..17).map(loan).collect();
    assert_eq!(pointers(john().with(&parsed(json!({ "loans": loans })), &tenant(), now())), [""]);
}

#[test]
fn fields_left_out_stay_and_null_clears() {
    let before = with(
        &john(),
        json!({ "firstName": "John", "lastName": "Doe", "language": "en", "timeZone": "America/Chicago",
            "doNotContact": { "reason": "asked" }, "metaData": { "branch": 7 },
            "communicationPreference": { "optedOut": ["text"] } }),
    );
    assert_eq!(with(&before, json!({})), before);
    let after = with(&before, json!({ "lastName": "Dow", "language": null, "doNotContact": null }));
    let expected = Person { last_name: "Dow".into(), language: None, do_not_contact: None, ..before };
    assert_eq!(after, expected);
}

#[test]
fn a_list_given_replaces_the_list() {
    let before = with(
        &john(),
        json!({ "contacts": [email("a@example.com"), email("b@example.com")],
            "loans": [{ "externalId": "1", "daysPastDue": 30 }, { "externalId": "2" }],
            "cases": [{ "externalId": "1", "caseType": "bankruptcy", "doNotInteract": {} }] }),
    );
    let after = with(
        &before,
        json!({ "contacts": [email("b@example.com")], "loans": [{ "externalId": "1" }], "cases": [] }),
    );
    assert_eq!(after.contacts, [contact(&before, "b@example.com").clone()]);
    assert_eq!(
        after.loans,
        [Loan::new(Id::external("demo", "1"), Some("1".parse().unwrap()))],
        "nothing stale stays"
    );
    assert!(after.cases.is_empty());
}

#[test]
fn what_was_read_can_be_sent_back() {
    let before = with(
        &john(),
        json!({ "contacts": [email("a@example.com"), { "externalId": "m", "contactType": "phone", "value": MOBILE },
                { "contactType": "address", "address": { "addressLine1": "1 Main St", "city": "Chicago", "state": "IL" } }],
            "loans": [{ "externalId": "1", "balance": "10.50" }],
            "cases": [{ "externalId": "1", "caseType": "bankruptcy", "attributes": { "court": "N.D. Ill." } }],
            "consents": [{ "status": "consented", "contactId": "ext-m", "recordedAt": "2026-01-01T00:00:00Z" }] }),
    );
    let read = serde_json::to_value(&before).unwrap();
    let lists = ["contacts", "loans", "cases", "consents"].map(|list| (list.to_owned(), read[list].clone()));
    assert_eq!(with(&before, Value::Object(lists.into_iter().collect())), before);
}

#[test]
fn a_contact_is_named_by_the_lender_or_by_its_address() {
    let named = json!({ "externalId": "c1", "contactType": "email", "value": "a@example.com" });
    let person = with(&john(), json!({ "contacts": [named, email("B@example.com")] }));
    assert_eq!(person.contacts[0].id, Id::external("demo", "c1"));
    assert_eq!(person.contacts[1].id, Id::keyed("demo", john().id.as_str(), "email:b@example.com"));
    let again = with(&person, json!({ "contacts": [email("b@EXAMPLE.com"), email("a@example.com")] }));
    let ids = |person: &Person| person.contacts.iter().map(|contact| contact.id.clone()).collect::<Vec<_>>();
    assert_eq!(
        ids(&again),
        [person.contacts[1].id.clone(), person.contacts[0].id.clone()],
        "ids stay with addresses"
    );
}

#[test]
fn what_was_learned_about_an_address_stays_unless_the_lender_says_otherwise() {
    let push = json!({ "contacts": [email("a@example.com"), { "contactType": "phone", "value": MOBILE, "receiveTextMessages": true }] });
    let mut person = with(&john(), push);
    learn(&mut person, "a@example.com", Channel::Email, ContactEffect::Invalid);
    learn(&mut person, MOBILE, Channel::Text, ContactEffect::CannotReceiveTexts);

    let silent = json!({ "contacts": [email("A@example.com"), { "contactType": "phone", "value": MOBILE, "label": "work" }] });
    let pushed = with(&person, silent);
    assert!(!contact(&pushed, "A@example.com").valid);
    assert!(!contact(&pushed, MOBILE).receive_text_messages);
    assert_eq!(contact(&pushed, MOBILE).label, ContactLabel::Work);

    let explicit = json!({ "contacts": [{ "contactType": "email", "value": "a@example.com", "valid": true },
        { "contactType": "phone", "value": MOBILE, "receiveTextMessages": true }] });
    let corrected = with(&person, explicit);
    assert!(contact(&corrected, "a@example.com").valid);
    assert!(contact(&corrected, MOBILE).receive_text_messages);
}

#[test]
fn a_new_address_starts_clean_and_the_old_one_is_archived_with_what_is_known() {
    let at =
        |value: &str| json!({ "contacts": [{ "externalId": "c1", "contactType": "email", "value": value }] });
    let mut person = with(&john(), at("old@example.com"));
    learn(&mut person, "old@example.com", Channel::Email, ContactEffect::Invalid);

    let moved = with(&person, at("new@example.com"));
    assert_eq!(moved.contacts[0].id, person.contacts[0].id);
    assert!(contact(&moved, "new@example.com").valid);
    let old = contact(&moved, "old@example.com");
    assert_eq!((old.status, old.valid, &old.external_id), (ContactStatus::Archived, false, &None));

    let back = with(&moved, at("old@example.com"));
    assert!(!contact(&back, "old@example.com").valid, "it bounced before");
    assert_eq!(contact(&back, "old@example.com").status, ContactStatus::Primary);
    assert_eq!(back.contacts.len(), 1, "nothing was learned about the new address");
}

#[test]
fn a_stop_follows_the_number_to_another_id() {
    let as_c =
        |name: &str| json!({ "contacts": [{ "externalId": name, "contactType": "phone", "value": MOBILE }] });
    let mut person = with(&john(), as_c("c1"));
    learn(&mut person, MOBILE, Channel::Text, ContactEffect::OptedOut);
    for push in [
        as_c("c2"),
        json!({ "contacts": [] }),
        json!({ "contacts": [{ "contactType": "phone", "value": MOBILE }] }),
        as_c("c3"),
    ] {
        person = with(&person, push.clone());
        let id = contact(&person, MOBILE).id.clone();
        assert!(person.consent_revoked(Channel::Text, Some(&id)).is_some(), "after {push}");
    }
}

#[test]
fn consents_are_added_once_and_kept_in_order() {
    let consent = |status: &str, at: &str| json!({ "status": status, "recordedAt": at, "channel": "text" });
    let late = consent("revoked", "2026-01-03T00:00:00Z");
    let early = consent("consented", "2026-01-01T00:00:00Z");
    let person = with(&john(), json!({ "consents": [late] }));
    let person = with(&person, json!({ "consents": [early, late] }));
    let person = with(&person, json!({ "consents": [] }));
    let statuses: Vec<_> = person.consents.iter().map(|consent| consent.status).collect();
    assert_eq!(statuses, [ConsentStatus::Consented, ConsentStatus::Revoked]);
    assert_eq!(person.consents[0].source, "lender");
}

#[test]
fn a_listed_consent_without_a_time_is_recorded_now_and_once() {
    let listed = json!({ "consents": [{ "status": "consented", "channel": "text", "source": "form" }] });
    let person = with(&john(), listed.clone());
    assert_eq!(person.consents[0].recorded_at, now());
    let later = now() + jiff::SignedDuration::from_hours(24);
    let again = person.with(&parsed(listed.clone()), &tenant(), later).unwrap();
    assert_eq!(again.consents, person.consents, "the same push again");
    let stop = parsed(json!({ "status": "revoked", "channel": "text" }));
    let (stopped, _) = person.with_consent(&stop, &tenant(), later).unwrap();
    let again = stopped.with(&parsed(listed), &tenant(), later).unwrap();
    assert_eq!(again.consents, stopped.consents, "it does not outweigh what was said since");
}

#[test]
fn a_listed_consent_to_what_was_revoked_says_when_it_was_given() {
    let stop = parsed(json!({ "status": "revoked", "channel": "text" }));
    let (stopped, _) = john().with_consent(&stop, &tenant(), now()).unwrap();
    for (consent, expected) in [
        (json!({ "status": "consented", "channel": "text" }), vec!["/consents/0/recordedAt"]),
        (json!({ "status": "consented" }), vec!["/consents/0/recordedAt"]),
        (json!({ "status": "consented", "channel": "text", "recordedAt": now() }), vec![]),
        (json!({ "status": "consented", "channel": "email" }), vec![]),
        (json!({ "status": "revoked", "channel": "text", "source": "form" }), vec![]),
    ] {
        let update = parsed(json!({ "consents": [consent.clone()] }));
        match stopped.with(&update, &tenant(), now()) {
            Ok(_) => assert!(expected.is_empty(), "{consent}"),
            refused => assert_eq!(pointers(refused), expected, "{consent}"),
        }
    }
}

#[test]
fn a_consent_is_recorded_now_unless_said_otherwise() {
    let (person, consent) =
        john().with_consent(&parsed(json!({ "status": "revoked" })), &tenant(), now()).unwrap();
    assert_eq!(consent.recorded_at, now());
    assert_eq!(person.consents, [consent]);
    let future = parsed(json!({ "status": "consented", "recordedAt": "2026-01-06T00:00:00Z" }));
    assert_eq!(pointers(john().with_consent(&future, &tenant(), now())), ["/recordedAt"]);
}

#[test]
fn one_contact_is_added_or_met_again() {
    let add = |person: &Person, json| person.with_contact(&parsed(json), &tenant());
    let (person, first) = add(&john(), email("a@example.com")).unwrap();
    let (same, again) =
        add(&person, json!({ "contactType": "email", "value": "A@example.com", "status": "secondary" }))
            .unwrap();
    assert_eq!((same.contacts.len(), &again.id), (1, &first.id));
    assert_eq!(same.contacts[0].status, ContactStatus::Secondary);

    let named = json!({ "externalId": "c1", "contactType": "email", "value": "a@example.com" });
    let (person, contact) = add(&person, named).unwrap();
    assert_eq!(
        (person.contacts.len(), &contact.id),
        (1, &Id::external("demo", "c1")),
        "the lender may name it later"
    );
    let other_name = json!({ "externalId": "c2", "contactType": "email", "value": "a@example.com" });
    assert_eq!(pointers(add(&person, other_name)), ["/value"]);
    let other_address = json!({ "externalId": "c1", "contactType": "email", "value": "b@example.com" });
    assert!(matches!(
        add(&person, other_address),
        Err(Error::Conflict { conflict: Conflict::DuplicateExternalId, .. })
    ));

    let full: Vec<_> = (0..50).map(|n| email(&format!("{n}@example.com"))).collect();
    let full = with(&john(), json!({ "contacts": full }));
    let one_more = add(&full, email("a@example.com"));
    assert!(matches!(one_more, Err(Error::Conflict { conflict: Conflict::LimitReached, .. })));
    assert!(add(&full, email("0@example.com")).is_ok());
}

#[test]
fn a_contact_changes_where_something_is_said() {
    let named =
        json!({ "externalId": "c1", "contactType": "email", "value": "a@example.com", "label": "work" });
    let mut person = with(&john(), json!({ "contacts": [named, email("b@example.com")] }));
    learn(&mut person, "a@example.com", Channel::Email, ContactEffect::Invalid);
    let (c1, b) = (person.contacts[0].id.clone(), person.contacts[1].id.clone());
    let change = |id: &Id<id::Contact>, json| person.with_changed_contact(id, &parsed(json), &tenant());

    let (ranked, _) = change(&c1, json!({ "status": "additional" })).unwrap();
    let expected = Contact { status: ContactStatus::Additional, ..person.contacts[0].clone() };
    assert_eq!(ranked.contacts[0], expected);

    let (moved, _) = change(&c1, json!({ "value": "c@example.com" })).unwrap();
    assert_eq!((&moved.contacts[0].id, moved.contacts[0].valid), (&c1, true));
    assert!(!contact(&moved, "a@example.com").valid, "kept for the record");

    for (id, body, expected) in [
        (&b, json!({ "value": "c@example.com" }), "/value"),
        (&b, json!({ "externalId": "c2" }), "/externalId"),
        (&c1, json!({ "contactType": "phone" }), "/contactType"),
        (&c1, json!({ "id": b.as_str() }), "/id"),
        (&c1, json!({ "value": "not an address" }), "/value"),
    ] {
        assert_eq!(pointers(change(id, body.clone())), [expected], "{body}");
    }
    assert!(
        change(&c1, json!({ "value": "b@example.com" }))
            .is_ok_and(|(person, _)| person.contact(&b).is_none())
    );
    let nobody = Id::external("demo", "nobody");
    assert!(matches!(change(&nobody, json!({})), Err(Error::NotFound { what: "contact", .. })));
}

#[test]
fn a_loan_is_added_under_the_lenders_id_and_changed_where_something_is_said() {
    let put = |person: &Person, named: &str, json| {
        person.with_loan(&named.parse().unwrap(), &parsed(json), &tenant())
    };
    let (person, loan) = put(&john(), "ext-LN-1", json!({ "balance": "1000.10", "daysPastDue": 5 })).unwrap();
    assert_eq!(loan.id, Id::external("demo", "LN-1"));
    let (person, loan) =
        put(&person, loan.id.as_str(), json!({ "daysPastDue": null, "currency": "USD" })).unwrap();
    assert_eq!(person.loan(&loan.id), Some(&loan));
    assert_eq!(loan.balance.unwrap().to_string(), "1000.10");
    assert_eq!((loan.days_past_due, loan.currency.as_deref()), (None, Some("USD")));

    assert!(matches!(put(&person, "LN-EXT-OTHER", json!({})), Err(Error::NotFound { what: "loan", .. })));
    assert_eq!(
        pointers(put(&person, "ext-LN-1", json!({ "externalId": "LN-2", "currency": "$" }))),
        ["/currency", "/externalId"]
    );
    let loans: Vec<_> = (0..100).map(|n| json!({ "externalId": n.to_string() })).collect();
    let full = with(&john(), json!({ "loans": loans }));
    assert!(matches!(
        put(&full, "ext-x", json!({})),
        Err(Error::Conflict { conflict: Conflict::LimitReached, .. })
    ));
    assert!(put(&full, "ext-7", json!({ "status": "paid" })).is_ok());
}
