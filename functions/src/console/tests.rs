use domain::error::Conflict;
use pages::console::{has_word, spanish_title};
use serde_json::json;

use super::*;
use crate::{catalog, communication_logs::LogStatus};

#[test]
fn only_paths_of_the_console_are_led_to_after_signing_in() {
    for ours in [
        "/console",
        "/console/messages?q=a%20b&by=loan",
        "/console/messages/IN-1-2",
        "/console/borrowers/ext-j%2Edoe",
    ] {
        assert_eq!(way_back(Some(ours)), ours);
    }
    for other in [
        "",
        "/",
        "//evil.example/console",
        "https://evil.example/console",
        "/consoles",
        "/console//evil.example",
        "/console/\\evil.example",
        "/console/a b",
        "/console/../people",
        "/console/%2e%2E/people",
        "/console/\u{e9}",
        "/console/sign-in?to=/console",
        "/console/sign-out",
        "/docs",
        "\\console",
    ] {
        assert_eq!(way_back(Some(other)), FIRST, "{other}");
    }
    assert_eq!(way_back(None), FIRST);
}

#[test]
fn every_status_of_the_log_can_be_chosen_and_has_words() {
    for status in messages::messages::STATUSES {
        assert!(has_word("status", status), "{status}");
        assert!(status == messages::messages::BLOCKED || status.parse::<LogStatus>().is_ok(), "{status}");
    }
}

#[test]
fn every_rule_of_ours_has_a_title_in_spanish() {
    let listed = domain::compliance::rules::list(&domain::tenant::Settings::default(), Timestamp::now());
    assert!(listed.len() > 100, "{}", listed.len());
    for one in listed {
        assert!(spanish_title(&one.rule.title).is_some(), "{}", one.rule.title);
    }
}

#[test]
fn every_problem_that_a_form_may_meet_has_words() {
    // The fan-out's, which no page begins; what a page says right; and our own faults, which are pages of their own.
    let others = [
        "nothing-sent",
        "unsupported-media-type",
        "method-not-allowed",
        "unauthenticated",
        "unavailable",
        "internal",
    ];
    let documented = include_str!("../../../docs/problems.md").lines();
    let slugs =
        documented.filter_map(|line| line.strip_prefix("| `")?.split_once("` |").map(|(slug, _)| slug));
    // The guard's codes, which stand there too, are no slugs.
    let slugs: Vec<_> = slugs.filter(|slug| !slug.contains('_') && !others.contains(slug)).collect();
    assert!(slugs.contains(&"precondition-failed") && slugs.len() > 40, "{slugs:?}");
    for slug in &slugs {
        assert!(has_word("problem", slug), "problem.{slug}");
    }
    for conflict in Conflict::ALL {
        assert!(slugs.contains(&conflict.as_str()), "docs/problems.md says nothing of {conflict}");
    }
}

#[test]
fn cookies_are_credentials_below_the_console_alone() {
    for (path, is) in [
        ("/console", true),
        ("/console/x", true),
        ("/consoles", false),
        ("/", false),
        ("/people/{id}", false),
    ] {
        assert_eq!(is_path(path), is, "{path}");
    }
}

#[test]
fn whatever_acts_may_keep_what_it_answered_so_that_a_form_is_done_once() {
    // Where one signs in nobody is known yet, and a question changes nothing.
    let others = ["console-session", "console-what-if"];
    let acts = catalog::ALL.iter().filter(|function| {
        let is_form = function.routes().iter().any(|api| !api.is_published && api.method == Method::POST);
        is_form && !others.contains(&function.name)
    });
    for function in acts {
        assert!(TELL.iter().all(|need| function.may().contains(need)), "{}: super::TELL", function.name);
    }
}

#[test]
fn what_the_api_says_is_wrong_stands_at_the_field() {
    let members = json!({
        "type": "urn:postrider:problem:invalid-request",
        "detail": "x",
        "violations": [{ "pointer": "/settings/locale", "message": "must be one" }, { "pointer": "?from", "message": "must" }],
    });
    let problem = Problem { status: StatusCode::BAD_REQUEST, members };
    let refused = Form::default().refused(&problem);
    assert_eq!(refused["faults"], json!({ "settings.locale": "must be one", "from": "must" }));
    assert_eq!(refused["problem"]["slug"], "invalid-request");
}
