//! What the OpenAPI document shows can be recorded, and words are words.

use domain::interaction::NewInteraction;

use super::{example_body, example_view, words};

#[test]
fn the_example_can_be_recorded_and_its_answer_repeats_it() {
    let new: NewInteraction = serde_json::from_value(example_body()).expect("readable");
    new.check("2019-08-24T14:19:05Z".parse().expect("a time")).expect("possible");
    let (body, view) = (example_body(), example_view());
    for (name, value) in body.as_object().expect("an object") {
        assert_eq!(view[name], *value, "{name}");
    }
}

#[test]
fn a_status_detail_is_shown_in_words() {
    for (detail, expected) in [
        ("emailBounced", "Email bounced"),
        ("blockedByComplianceGuard", "Blocked by compliance guard"),
        ("textA2PCampaignUnregistered", "Text a2 p campaign unregistered"),
        ("", ""),
    ] {
        assert_eq!(words(detail), expected);
    }
}
