//! A limit of so many days counts them on every clock the person may live by, and never fewer hours than they usually
//! have. Where clocks are put back, the days are longer.

use domain::{ledger::Outcome, person::ContactType, vocabulary::Channel};

use crate::world::{World, contact, local};

#[test]
fn a_contact_counts_until_its_last_day_is_over_on_every_clock() {
    // Nashville's number and an address in New York: clocks an hour apart, both put back on 2026-11-01.
    let mut world = World { channel: Channel::Voice, ..World::in_state("NY", "UTC") };
    world.person.time_zone = None;
    world.person.contacts[0] = contact(ContactType::Phone, "+16155550123");
    let (eastern, central) = ("America/New_York", "America/Chicago");
    let blocks = |made, at| {
        let mut world = world.clone();
        world.sent(made, Outcome::Conversation);
        world.is_blocked_by("US-REGF-AFTERCONV", at)
    };
    for (made, last, free) in [
        // The seventh day ends last in the west, or in the east, where the conversation was on the day after.
        (
            local(central, "2026-10-30T00:30"),
            local(central, "2026-11-05T23:59"),
            local(central, "2026-11-06T00:00"),
        ),
        (
            local(central, "2026-10-29T23:30"),
            local(eastern, "2026-11-05T23:59"),
            local(eastern, "2026-11-06T00:00"),
        ),
        // Without a change of clocks seven days are as many times 24 hours.
        (
            local(central, "2026-09-15T00:30"),
            local(central, "2026-09-22T00:29"),
            local(central, "2026-09-22T00:30"),
        ),
        // Where clocks were put forward, the hours last beyond the day.
        (
            local(central, "2027-03-12T23:30"),
            local(central, "2027-03-20T00:29"),
            local(central, "2027-03-20T00:30"),
        ),
    ] {
        assert!(blocks(made, last), "{made}: still at {last}");
        assert!(!blocks(made, free), "{made}: no more at {free}");
    }
}
