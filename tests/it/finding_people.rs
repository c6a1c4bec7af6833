//! How an integrator finds people: by the lender's id, by address, by what changed.

use postrider_tests::{Answer, TestApp};
use serde_json::{Value, json};

/// The lender's ids of the people on a page, in its order.
fn names(answer: Answer) -> Vec<String> {
    let page = answer.expect(200);
    let people = page["data"].as_array().unwrap();
    assert_eq!((&page["status"], &page["count"]), (&json!(200), &json!(people.len())));
    people.iter().map(|person| person["externalId"].as_str().unwrap().to_owned()).collect()
}

fn person(name: &str, contacts: &[(&str, &str)]) -> Value {
    let contacts = contacts.iter().map(|(kind, value)| json!({ "contactType": kind, "value": value }));
    json!({ "externalId": name, "firstName": name, "contacts": contacts.collect::<Vec<_>>() })
}

/// On a Monday long after the demo's people were made, by the machine's clock.
async fn later() -> TestApp {
    let app = TestApp::start().await;
    app.set_clock("2100-01-04T15:00:00Z").await;
    app
}

/// Ada, Bess and Cleo, a minute apart: one number for all, one mailbox for Ada and Bess.
async fn household() -> TestApp {
    let app = later().await;
    for (name, contacts) in [
        ("ada", [("phone", "+16175550142"), ("email", "Family@example.com")]),
        ("bess", [("phone", "+16175550142"), ("email", "family@Example.com")]),
        ("cleo", [("phone", "+16175550142"), ("email", "cleo@example.com")]),
    ] {
        app.advance(60).await;
        app.post("/people", person(name, &contacts)).await.expect(201);
    }
    app
}

#[tokio::test]
async fn by_the_lenders_id_there_is_one_or_none() {
    let app = TestApp::start().await;
    let page = app.get("/people?externalId=john").await.expect(200);
    assert_eq!(page["data"], json!([app.get("/people/ext-john").await.expect(200)]), "shown as GET shows it");
    assert_eq!(names(app.get("/people?externalId=nobody").await), [""; 0]);
}

#[tokio::test]
async fn by_an_address_however_it_is_written() {
    let app = TestApp::start().await;
    app.post("/people", person("ada", &[("email", "Ada+Loans@Example.com"), ("phone", "+442079460018")]))
        .await
        .expect(201);
    for (query, found) in [
        ("email=john@example.com", "john"),
        ("email=JOHN%40Example.COM", "john"),
        ("email=ada%2Bloans@example.com", "ada"),
        ("email=ada+loans@example.com", "ada"),
        ("phone=%2B13125550101", "john"),
        ("phone=+13125550101", "john"),
        ("phone=3125550101", "john"),
        ("phone=(312)%20555-0101", "john"),
        ("phone=312.555.0101", "john"),
        ("phone=1+312+555+0101", "john"),
        ("phone=%2B44%2020%207946%200018", "ada"),
        ("phone=+442079460018", "ada"),
    ] {
        assert_eq!(names(app.get(&format!("/people?{query}")).await), [found], "{query}");
    }
    assert_eq!(names(app.get("/people?email=loans@example.com").await), [""; 0], "the whole address counts");
}

#[tokio::test]
async fn of_several_at_one_address_the_one_changed_last_comes_first() {
    let app = household().await;
    let by_phone = "/people?phone=%2B16175550142";
    assert_eq!(names(app.get(by_phone).await), ["cleo", "bess", "ada"]);
    app.advance(60).await;
    app.put("/people/ext-ada", json!({ "lastName": "Lovelace" })).await.expect(200);
    assert_eq!(names(app.get(by_phone).await), ["ada", "cleo", "bess"]);
    for (edge, expected) in [
        ("&limit=2", &["ada", "cleo"][..]),
        ("&limit=2&startingAfter=ext-cleo", &["bess"]),
        ("&startingAfter=ext-bess", &[]),
        ("&limit=1&endingBefore=ext-bess", &["cleo"]),
        ("&endingBefore=ext-ada", &[]),
    ] {
        assert_eq!(names(app.get(&format!("{by_phone}{edge}")).await), expected, "{edge}");
    }
}

#[tokio::test]
async fn of_several_filters_all_must_hold() {
    let app = household().await;
    let since_bess = app.get("/people/ext-bess").await.expect(200)["updatedAt"].as_str().unwrap().to_owned();
    for (query, expected) in [
        ("phone=6175550142&email=family@example.com".to_owned(), &["bess", "ada"][..]),
        ("phone=6175550142&email=cleo@example.com".to_owned(), &["cleo"]),
        ("phone=6175550142&email=john@example.com".to_owned(), &[]),
        ("externalId=ada&email=family@example.com".to_owned(), &["ada"]),
        ("externalId=cleo&email=family@example.com".to_owned(), &[]),
        (format!("phone=6175550142&updatedSince={since_bess}"), &["cleo", "bess"]),
        (format!("email=family@example.com&updatedSince={since_bess}"), &["bess"]),
        (format!("externalId=ada&updatedSince={since_bess}"), &[]),
    ] {
        assert_eq!(names(app.get(&format!("/people?{query}")).await), expected, "{query}");
    }
}

#[tokio::test]
async fn without_a_filter_all_people_are_listed_by_their_last_change() {
    let app = household().await;
    let all = names(app.get("/people").await);
    assert_eq!(all[..3], ["cleo", "bess", "ada"]);
    assert!(all.len() > 5 && all.contains(&"john".to_owned()), "{all:?}");
    app.advance(60).await;
    app.put("/people/ext-bess", json!({ "firstName": "bess" })).await.expect(200);
    assert_eq!(names(app.get("/people").await), all, "what changes nothing moves nobody");
    app.put("/people/ext-bess", json!({ "firstName": "Bess" })).await.expect(200);
    let all = names(app.get("/people").await);
    assert_eq!(all[..3], ["bess", "cleo", "ada"]);

    let mut read = names(app.get("/people?limit=2").await);
    while read.len() < all.len() {
        let last = read.last().unwrap();
        let page = names(app.get(&format!("/people?limit=2&startingAfter=ext-{last}")).await);
        assert!(!page.is_empty(), "{read:?}");
        read.extend(page);
    }
    assert_eq!(read, all, "page by page, everybody once");
    let before = names(app.get("/people?limit=2&endingBefore=ext-ada").await);
    assert_eq!(before, ["bess", "cleo"]);
    assert_eq!(names(app.seen_by(Some("other-admin")).get("/people?externalId=ada").await), [""; 0]);
    let theirs = names(app.seen_by(Some("other-admin")).get("/people").await);
    assert!(!theirs.iter().any(|name| all[..3].contains(name)), "{theirs:?}");
    names(app.seen_by(Some("demo-viewer")).get("/people").await);
}

#[tokio::test]
async fn what_changed_since_is_what_a_copy_must_take_over() {
    let app = household().await;
    let since = app.get("/people/ext-bess").await.expect(200)["updatedAt"].as_str().unwrap().to_owned();
    let query = format!("/people?updatedSince={since}");
    assert_eq!(names(app.get(&query).await), ["cleo", "bess"]);
    assert_eq!(names(app.get(&format!("{query}&limit=1")).await), ["cleo"]);
    assert_eq!(names(app.get(&format!("{query}&limit=1&startingAfter=ext-cleo")).await), ["bess"]);
    app.advance(60).await;
    app.post("/people/ext-ada/contacts", json!({ "contactType": "email", "value": "ada@example.com" }))
        .await
        .expect(201);
    assert_eq!(names(app.get(&query).await), ["ada", "cleo", "bess"]);
    let template = app.template("email", "welcome").await;
    let id = app.sent(&template, "ext-john").await;
    app.drain().await;
    app.advance(60).await;
    app.report("ses", json!({ "message": id, "event": "Bounce", "bounce_type": "Permanent" })).await;
    assert_eq!(names(app.get(&query).await)[0], "john", "what we learn is a change too");
}

#[tokio::test]
async fn a_page_of_large_people_is_as_full_as_any_other() {
    let app = later().await;
    let since = app.system.app().now();
    let filling = "x".repeat(15 * 1024);
    let people: Vec<_> = (0..12)
        .map(|n| {
            let loan = |m| json!({ "externalId": format!("{n}-{m}"), "attributes": { "note": filling } });
            json!({ "externalId": format!("b{n}"), "loans": (0..9).map(loan).collect::<Vec<_>>() })
        })
        .collect();
    app.post("/people/bulk", json!({ "people": people })).await.expect(200);
    // 12 × 135 KB are more than the 1 MB that DynamoDB reads at a time.
    let page = names(app.get(&format!("/people?updatedSince={since}")).await);
    assert_eq!(page.len(), 12);
    let last = page.last().unwrap();
    let before = names(app.get(&format!("/people?limit=11&endingBefore=ext-{last}")).await);
    assert_eq!(before, page[..11]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_named() {
    let app = household().await;
    let cases = [
        ("email=john", "?email"),
        ("email=", "?email"),
        ("phone=hello", "?phone"),
        ("phone=555-0142", "?phone"),
        ("updatedSince=yesterday", "?updatedSince"),
        ("externalId=", "?externalId"),
        ("limit=0", "?limit"),
        ("external_id=john", "?external_id"),
        ("startingAfter=ext-nobody", "?startingAfter"),
        ("startingAfter=nonsense", "?startingAfter"),
        ("email=family@example.com&startingAfter=ext-cleo", "?startingAfter"),
        ("email=family@example.com&endingBefore=nonsense", "?endingBefore"),
        ("updatedSince=2101-01-01T00:00:00Z&startingAfter=ext-ada", "?startingAfter"),
    ];
    for (query, pointer) in cases {
        assert_eq!(app.get(&format!("/people?{query}")).await.violations(), [pointer], "{query}");
    }
    let all_wrong = app.get("/people?externalId=&email=john&phone=1&updatedSince=now").await;
    assert_eq!(all_wrong.violations(), ["?email", "?externalId", "?phone", "?updatedSince"]);
}
