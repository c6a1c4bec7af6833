//! What a business relationship lifts, and for how long.

use domain::{
    compliance::Exemption,
    ledger::Outcome::Attempted,
    person::{ConsentScope, ConsentStatus},
    vocabulary::{Channel, Purpose},
};
use jiff::{SignedDuration, Timestamp};

use crate::world::{World, local};

const NY: &str = "America/New_York";

fn noon() -> Timestamp {
    local(NY, "2026-09-16T12:00")
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// A text that sells, to a resident who consented to it.
fn world(state: &str) -> World {
    World {
        purpose: Purpose::Marketing,
        channel: Channel::Text,
        subject: "offer".parse().ok(),
        ..World::in_state(state, NY).consenting()
    }
}

#[test]
fn who_has_a_business_relationship_may_be_called_more_often_where_the_law_says_so() {
    // HB 3865 (2025) of Oregon; Fla. Stat. 501.616 knows no such thing.
    for (state, rule, is_lifted) in [("OR", "OR-MKT-CAP", true), ("FL", "FL-MKT", false)] {
        let mut world = world(state);
        for n in 0..3 {
            world.sent(noon() - hours(n + 1), Attempted);
        }
        assert!(world.is_blocked_by(rule, noon()), "{rule}");
        world.consents(ConsentScope::BusinessRelationship, ConsentStatus::Consented, "2025-09-16T16:00:01Z");
        assert_eq!(!world.is_blocked_by(rule, noon()), is_lifted, "{rule}, with a relationship");
        let second = SignedDuration::from_secs(1);
        assert!(world.is_blocked_by(rule, noon() + second), "{rule}, a year later");
        world.consents(ConsentScope::BusinessRelationship, ConsentStatus::Consented, "2026-08-01T00:00:00Z");
        assert_eq!(!world.is_blocked_by(rule, noon() + second), is_lifted, "{rule}, with another payment");
        world.consents(ConsentScope::BusinessRelationship, ConsentStatus::Revoked, "2026-08-02T00:00:00Z");
        assert!(world.is_blocked_by(rule, noon()), "{rule}, asked not to be called");
        let mut world = self::world(state);
        for n in 0..3 {
            world.sent(noon() - hours(n + 1), Attempted).exempt = vec![Exemption::BusinessRelationship];
        }
        assert_eq!(!world.is_blocked_by(rule, noon()), is_lifted, "{rule}: what it lifts does not count");
    }
}

#[test]
fn hours_yield_to_a_business_relationship_where_the_law_says_so() {
    use Channel::{Text, Voice};
    let night = local(NY, "2026-09-16T22:00");
    for (state, channel, rule, is_lifted) in [
        ("SC", Text, "SC-MKT", true),         // S.C. Code 37-21-20
        ("TX", Text, "TX-MKT", true),         // Tex. Bus. & Com. Code 302
        ("WY", Voice, "WY-MKT", true),        // Wyo. Stat. 40-12-302(d)
        ("PA", Voice, "PA-MKT", true),        // 73 P.S. 2245
        ("VA", Text, "VA-MKT", false),        // Va. Code 59.1-511 names consent only
        ("VA", Voice, "US-TCPA-TIME", false), // 16 CFR 310.4(c) names consent only
        ("CT", Voice, "CT-MKT", false),
    ] {
        let mut world = World { channel, ..world(state) };
        assert!(world.is_blocked_by(rule, night), "{rule}");
        world.consents(ConsentScope::BusinessRelationship, ConsentStatus::Consented, "2026-01-05T00:00:00Z");
        assert_eq!(!world.is_blocked_by(rule, night), is_lifted, "{rule}");
    }
}

#[test]
fn what_is_allowed_by_a_relationship_that_is_about_to_end_is_asked_about_again() {
    let mut world = world("OR");
    world.profile.safety_margin_minutes = 5;
    let end = noon() + SignedDuration::from_mins(3);
    let began = end - hours(365 * 24);
    world.consents(ConsentScope::BusinessRelationship, ConsentStatus::Consented, &began.to_string());
    assert_eq!(world.decide(noon()).expires_at, Some(end));
    assert_eq!(world.decide(noon() - hours(1)).expires_at, None);
}
