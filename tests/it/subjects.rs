//! Subjects (001): what messages are about, as the lender sees and changes it.

use domain::{id::Id, vocabulary::Theme};
use futures::future::join_all;
use postrider_tests::TestApp;
use serde_json::{Value, json};

const SUBJECTS: &str = "/communicator/subjects";

fn named<'a>(list: &'a Value, subject: &str) -> Option<&'a Value> {
    list.as_array().unwrap().iter().find(|descriptor| descriptor["subject"] == subject)
}

/// The theme of a message from a template of this type.
async fn theme_of_a_message(app: &TestApp, template_type: &str) -> Theme {
    let template = app.template("email", template_type).await;
    let id: Id<_> = app.sent(&template, "ext-john").await.parse().unwrap();
    app.system.app().store.interaction(&"demo".parse().unwrap(), &id).await.unwrap().theme
}

#[tokio::test]
async fn every_known_subject_has_a_descriptor_before_anybody_changed_one() {
    let app = TestApp::start().await;
    let list = app.get(SUBJECTS).await.expect(200);
    let notice = json!({
        "subject": "loanOverdueFirstNotice",
        "title": "Loan overdue, first notice",
        "theme": "opsCollDebt",
        "caseTypes": [],
        "agentCanSend": false,
        "previewOnly": false,
    });
    let listed = named(&list, "loanOverdueFirstNotice").unwrap();
    assert_eq!(*listed, app.get(&format!("{SUBJECTS}/loanOverdueFirstNotice")).await.expect(200));
    assert_eq!(listed["theme"], notice["theme"]);
    let members = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(listed), members(&notice));
    assert_eq!(named(&list, "custom1").unwrap()["theme"], Value::Null);
}

#[tokio::test]
async fn what_is_left_out_stays_and_a_theme_of_null_is_the_implied_one() {
    let app = TestApp::start().await;
    let path = format!("{SUBJECTS}/annualPrivacyPolicyNotice");
    let sample = json!({
        "theme": "agentNotification", "caseTypes": ["generic"], "agentCanSend": true, "previewOnly": true,
    });
    let changed = app.put(&path, sample.clone()).await.expect(200);
    for (member, value) in sample.as_object().unwrap() {
        assert_eq!(changed[member], *value, "{member}");
    }
    let changed = app.put(&path, json!({ "previewOnly": false })).await.expect(200);
    assert_eq!((&changed["theme"], &changed["agentCanSend"]), (&json!("agentNotification"), &json!(true)));
    let changed = app.put(&path, json!({ "theme": null })).await.expect(200);
    assert_eq!(changed["theme"], "opsServicing");
    assert_eq!(app.get(&path).await.expect(200), changed);
    assert_eq!(named(&app.get(SUBJECTS).await.expect(200), "annualPrivacyPolicyNotice"), Some(&changed));
}

#[tokio::test]
async fn a_name_that_is_not_on_the_list_becomes_a_subject_of_the_lenders_own() {
    let app = TestApp::start().await;
    let path = format!("{SUBJECTS}/hardshipPlan");
    app.get(&path).await.problem(404, "not-found");
    let made =
        app.put(&path, json!({ "theme": "inbBug", "title": "Hardship plan offered" })).await.expect(201);
    assert_eq!(
        (&made["theme"], &made["title"]),
        (&json!("inbGeneralInquiry"), &json!("Hardship plan offered"))
    );
    assert_eq!(app.put(&path, json!({})).await.expect(200), made);
    assert_eq!(app.get(&format!("{SUBJECTS}/hardship_plan")).await.expect(200), made, "the spelling of 000");
    assert_eq!(app.get(SUBJECTS).await.expect(200).as_array().unwrap().last(), Some(&made));
    app.seen_by(Some("other-admin")).get(&path).await.problem(404, "not-found");
}

#[tokio::test]
async fn another_lenders_subjects_stay_as_they_are() {
    let app = TestApp::start().await;
    let other = app.seen_by(Some("other-admin"));
    let before = other.get(SUBJECTS).await.expect(200);
    app.put(&format!("{SUBJECTS}/statement"), json!({ "theme": "opsCollDebt" })).await.expect(200);
    app.put(&format!("{SUBJECTS}/hardshipPlan"), json!({})).await.expect(201);
    assert_eq!(other.get(SUBJECTS).await.expect(200), before);
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_its_place_and_changes_nothing() {
    let app = TestApp::start().await;
    let before = app.get(SUBJECTS).await.expect(200);
    for (subject, content, expected) in [
        ("statement", json!({ "theme": "outOpsLoan" }), vec!["/theme"]),
        ("statement", json!({ "caseTypes": ["divorce"] }), vec!["/caseTypes/0"]),
        ("statement", json!({ "theme": 1, "colour": 1 }), vec!["/colour", "/theme"]),
        ("statement", json!({ "agentCanSend": "yes" }), vec!["/agentCanSend"]),
        ("statement", json!({ "title": "Our statement" }), vec!["/title"]),
        ("hardshipPlan", json!({ "title": " " }), vec!["/title"]),
        ("Hardship-Plan", json!({}), vec!["{subject}"]),
        ("x".repeat(65).as_str(), json!({}), vec!["{subject}"]),
    ] {
        let found = app.put(&format!("{SUBJECTS}/{subject}"), content.clone()).await.violations();
        assert_eq!(found, expected, "{subject} {content}");
    }
    app.get(&format!("{SUBJECTS}/Hardship-Plan")).await.problem(404, "not-found");
    assert_eq!(app.get(SUBJECTS).await.expect(200), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_changes_made_at_the_same_time_none_is_lost() {
    let app = TestApp::start().await;
    let names = ["one", "two", "three", "four", "five"];
    let paths = names.map(|name| format!("{SUBJECTS}/{name}"));
    for told in join_all(paths.iter().map(|path| app.put(path, json!({})))).await {
        told.expect(201);
    }
    let list = app.get(SUBJECTS).await.expect(200);
    assert!(names.iter().all(|name| named(&list, name).is_some()), "{list:#}");
}

#[tokio::test]
async fn a_message_carries_the_theme_the_lender_gave_its_subject() {
    let app = TestApp::start().await;
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    assert_eq!(theme_of_a_message(&app, "collections_call_back").await, Theme::OpsServicing);
    let theme = json!({ "theme": "opsCollDebt" });
    app.put(&format!("{SUBJECTS}/collectionsCallBack"), theme).await.expect(201);
    assert_eq!(theme_of_a_message(&app, "collections_call_back").await, Theme::OpsCollDebt);
    assert_eq!(theme_of_a_message(&app, "loan_overdue_first_notice").await, Theme::OpsCollDebt);
}
