//! The address book says exactly what people have, whatever is pushed, in whatever order, by however many at once.

use std::collections::BTreeSet;

use futures::future::join_all;
use postrider_tests::TestApp;
use proptest::{
    collection::vec,
    option,
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::{Value, json};

const PEOPLE: [&str; 3] = ["ada", "bess", "cleo"];
const ADDRESSES: [(&str, &str); 6] = [
    ("email", "a@example.com"),
    ("email", "B@Example.com"),
    ("email", "c+loans@example.com"),
    ("phone", "+13125550142"),
    ("phone", "+16175550143"),
    ("phone", "+442079460018"),
];

/// Who is found by an address.
async fn at(app: &TestApp, kind: &str, address: &str) -> BTreeSet<String> {
    let address = address.replace('+', "%2B");
    let page = app.get(&format!("/people?{kind}={address}")).await.expect(200);
    names(&page)
}

fn names(page: &Value) -> BTreeSet<String> {
    let people = page["data"].as_array().unwrap().iter();
    people.map(|person| person["externalId"].as_str().unwrap().to_owned()).collect()
}

/// What the people themselves say: who has the address among their contacts.
async fn with_contact(app: &TestApp, address: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for name in PEOPLE {
        let answer = app.get(&format!("/people/ext-{name}")).await;
        if answer.status == 404 {
            continue;
        }
        let person = answer.expect(200);
        let is_there = |contact: &Value| {
            contact["value"].as_str().is_some_and(|value| value.eq_ignore_ascii_case(address))
        };
        if person["contacts"].as_array().unwrap().iter().any(is_there) {
            found.insert(name.to_owned());
        }
    }
    found
}

/// One push: who, and which addresses the person has then, some under the lender's own ids, in capitals or not.
type Push = (usize, Vec<(usize, Option<u8>, bool)>);

/// A push of one person lists no address and no id twice.
fn entry((who, contacts): &Push) -> Value {
    let (mut places, mut ids) = (BTreeSet::new(), BTreeSet::new());
    let contacts = contacts
        .iter()
        .filter(|(place, id, _)| places.insert(*place) && id.is_none_or(|id| ids.insert(id)))
        .map(|(place, id, in_capitals)| {
            let (kind, value) = ADDRESSES[*place];
            let value = if *in_capitals { value.to_uppercase() } else { value.to_owned() };
            let mut contact = json!({ "contactType": kind, "value": value });
            if let Some(id) = id {
                contact["externalId"] = json!(format!("{}-{id}", PEOPLE[*who]));
            }
            contact
        });
    json!({ "contacts": contacts.collect::<Vec<_>>() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_any_pushes_one_by_one_in_bulk_and_at_once_the_book_says_what_people_have() {
    let app = TestApp::start().await;
    let push = (0..PEOPLE.len(), vec((0..ADDRESSES.len(), option::of(0..3u8), proptest::bool::ANY), 0..6));
    let rounds = vec((proptest::bool::ANY, vec(push, 1..5)), 24);
    let rounds = rounds.new_tree(&mut TestRunner::deterministic()).unwrap().current();
    for (in_bulk, pushes) in rounds {
        if in_bulk {
            let mut seen = BTreeSet::new();
            let fresh = pushes.iter().filter(|(who, _)| seen.insert(*who));
            let people: Vec<_> = fresh
                .map(|push| {
                    let mut person = entry(push);
                    person["externalId"] = json!(PEOPLE[push.0]);
                    person
                })
                .collect();
            let told = app.post("/people/bulk", json!({ "people": people })).await.expect(200);
            let results = told["results"].as_array().unwrap();
            assert!(results.iter().all(|result| result["outcome"] != "failed"), "{told:#}");
        } else {
            let app = &app;
            let answers = join_all(pushes.iter().map(|push| async move {
                app.put(&format!("/people/ext-{}", PEOPLE[push.0]), entry(push)).await
            }));
            assert!(answers.await.iter().all(|answer| answer.status.is_success()));
        }
        for (kind, address) in ADDRESSES {
            assert_eq!(
                at(&app, kind, address).await,
                with_contact(&app, address).await,
                "{address} {pushes:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_contact_added_changed_or_dropped_is_in_the_book_at_once() {
    let app = TestApp::start().await;
    let ada = || BTreeSet::from(["ada".to_owned()]);
    let nobody = BTreeSet::new();
    app.post("/people", json!({ "externalId": "ada", "contacts": [email("a@example.com")] }))
        .await
        .expect(201);
    assert_eq!(at(&app, "email", "a@example.com").await, ada());
    let named = json!({ "externalId": "c1", "contactType": "email", "value": "b@example.com" });
    app.post("/people/ext-ada/contacts", named).await.expect(201);
    assert_eq!(at(&app, "email", "b@example.com").await, ada());
    let moved = json!({ "value": "c@example.com" });
    app.put("/people/ext-ada/contacts/ext-c1", moved).await.expect(200);
    assert_eq!(at(&app, "email", "b@example.com").await, nobody);
    assert_eq!(at(&app, "email", "c@example.com").await, ada());
    let others = json!({ "people": [{ "externalId": "ada", "contacts": [email("d@example.com")] }] });
    app.post("/people/bulk", others).await.expect(200);
    assert_eq!(at(&app, "email", "c@example.com").await, nobody);
    assert_eq!(at(&app, "email", "d@example.com").await, ada());
    app.put("/people/ext-ada", json!({ "contacts": [] })).await.expect(200);
    assert_eq!(at(&app, "email", "d@example.com").await, nobody);
}

#[tokio::test]
async fn what_was_archived_or_bounced_is_found_still_however_often_the_report_comes() {
    let app = TestApp::start().await;
    let john = || BTreeSet::from(["john".to_owned()]);
    let archived = json!({ "status": "archived" });
    app.put("/people/ext-john/contacts/ext-john-mobile", archived).await.expect(200);
    assert_eq!(at(&app, "phone", "+13125550101").await, john());
    let template = app.template("email", "welcome").await;
    let id = app.sent(&template, "ext-john").await;
    app.drain().await;
    for _ in 0..2 {
        let bounce = json!({ "message": id, "event": "Bounce", "bounce_type": "Permanent" });
        app.post("/_local/providers/ses/status", bounce).await.expect(200);
        app.drain_repeating().await;
    }
    assert_eq!(app.get("/people/ext-john/contacts").await.expect(200)[0]["valid"], false);
    assert_eq!(at(&app, "email", "john@example.com").await, john());
    // Taken out of the list, it is archived with what was learned, and found by still.
    app.put("/people/ext-john", json!({ "contacts": [email("new@example.com")] })).await.expect(200);
    assert_eq!(at(&app, "email", "john@example.com").await, john());
    assert_eq!(at(&app, "phone", "+13125550101").await, BTreeSet::new(), "nothing was learned about it");
}

#[tokio::test]
async fn two_lenders_may_know_one_address_and_neither_sees_the_others_people() {
    let app = TestApp::start().await;
    let other = app.seen_by(Some("other-admin"));
    let jack = json!({ "externalId": "jack", "contacts": [email("maria@example.com")] });
    other.post("/people", jack).await.expect(201);
    assert_eq!(at(&app, "email", "maria@example.com").await, BTreeSet::from(["maria".to_owned()]));
    let page = other.get("/people?email=maria@example.com").await.expect(200);
    assert_eq!(names(&page), BTreeSet::from(["jack".to_owned()]));
    assert_eq!(other.get("/people?phone=%2B16175550102").await.expect(200)["count"], 0);
}

#[tokio::test]
async fn all_of_fifty_addresses_are_changed_in_steps() {
    let app = TestApp::start().await;
    let push = |of: &str, count: usize| {
        let contacts: Vec<_> = (0..count).map(|n| email(&format!("{of}{n}@example.com"))).collect();
        json!({ "contacts": contacts })
    };
    app.put("/people/ext-ada", push("a", 50)).await.expect(201);
    app.put("/people/ext-ada", push("b", 50)).await.problem(409, "limit-reached");
    let ada = BTreeSet::from(["ada".to_owned()]);
    assert_eq!(at(&app, "email", "a49@example.com").await, ada, "nothing changed");
    app.put("/people/ext-ada", push("b", 48)).await.expect(200);
    app.put("/people/ext-ada", push("b", 50)).await.expect(200);
    assert_eq!(at(&app, "email", "a49@example.com").await, BTreeSet::new());
    assert_eq!(at(&app, "email", "b49@example.com").await, ada);
}

fn email(address: &str) -> Value {
    json!({ "contactType": "email", "value": address })
}
