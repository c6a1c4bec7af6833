//! What the OpenAPI document shows can be sent, and is what is answered.

use domain::{
    Error,
    error::Conflict,
    id::Id,
    person::{
        Consent, Contact, Loan, Person,
        update::{LoanUpdate, PersonUpdate},
    },
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{bulk::EntryOutcome, examples};

#[test]
fn the_example_of_a_push_gives_the_examples_of_its_answers() {
    let update: PersonUpdate = serde_json::from_value(examples::update()).expect("readable");
    let at: Timestamp = "2026-01-05T15:00:00Z".parse().expect("a time");
    let tenant = "demo".parse().expect("a tenant");
    let john = Person::new(Id::external("demo", "john"), "john".parse().ok(), at);
    let john = json!(john.with(&update, &tenant, at).expect("valid"));

    let mut person = examples::person();
    // Shown is one contact of three.
    person["contacts"] = john["contacts"].clone();
    assert_eq!(without_ids(john.clone()), without_ids(person));
    assert_eq!(without_ids(john["contacts"][1].clone()), without_ids(examples::contact()));
    assert_eq!(without_ids(john["loans"][0].clone()), without_ids(examples::loan()));
    assert_eq!(john["consents"][0], examples::consent());
}

/// Hashes are as good as any other in an example.
fn without_ids(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            members.remove("id");
            members.values_mut().for_each(|member| *member = without_ids(member.take()));
        }
        Value::Array(entries) => entries.iter_mut().for_each(|entry| *entry = without_ids(entry.take())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    value
}

#[test]
fn the_examples_of_answers_can_be_read() {
    serde_json::from_value::<Person>(examples::person()).expect("a person");
    serde_json::from_value::<Contact>(examples::contact()).expect("a contact");
    serde_json::from_value::<Loan>(examples::loan()).expect("a loan");
    serde_json::from_value::<Consent>(examples::consent()).expect("a consent");
    serde_json::from_value::<LoanUpdate>(examples::loan_update()).expect("what is said about a loan");
}

#[test]
fn a_failed_entry_says_what_its_own_request_would_be_answered() {
    for (error, expected) in [
        (
            Error::invalid("/language", "is wrong"),
            json!({
                "externalId": "john",
                "outcome": "failed",
                "detail": "/people/7/language is wrong",
                "violations": [{ "pointer": "/people/7/language", "message": "is wrong" }],
            }),
        ),
        (
            Error::conflict(Conflict::EditConflict, "Send it again."),
            json!({ "externalId": "john", "outcome": "failed", "detail": "Send it again." }),
        ),
        (
            Error::Internal("a secret of ours".into()),
            json!({
                "externalId": "john",
                "outcome": "failed",
                "detail": "Something went wrong on our side; the trace id helps us find it.",
            }),
        ),
    ] {
        assert_eq!(json!(EntryOutcome::failed(Some("john".into()), error.within("/people/7"))), expected);
    }
}
