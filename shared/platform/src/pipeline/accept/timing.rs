//! When a message is to leave, and what the guard says to that hour.

use domain::{
    compliance::{self, Decision, Facts},
    update::Faults,
};
use jiff::{SignedDuration, Timestamp};

use crate::pipeline::rate::Paced;

/// The farthest a message may be scheduled ahead (001, `sendAt`).
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 7);
/// The farthest it may lie in the past: callers' clocks differ, and requests travel.
const MAX_PAST: SignedDuration = SignedDuration::from_mins(5);
/// The longest jitter, in seconds: a day.
pub const MAX_JITTER: u32 = 86_400;

/// When a message is to leave.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::pipeline) struct Timing {
    /// Not before this instant. If it is left open and only the hour is wrong, the next right one is taken.
    pub send_at: Option<Timestamp>,
    /// So much later than now, if that is left open.
    pub delay: SignedDuration,
    /// Up to this many seconds later.
    pub jitter: u32,
    /// When its turn comes, if it is one of many.
    pub paced: Option<Paced>,
}

/// Asks the guard about the instant the message is to leave, after the jitter or as much of it as is right. If the
/// caller left that open and only the hour is wrong, about the next right one (001, `sendAt`): then, what was decided
/// about the first comes second.
pub(super) fn decide(
    facts: &Facts<'_>,
    send_at: Option<Timestamp>,
    soonest: Timestamp,
    jitter: SignedDuration,
) -> (Decision, Option<Decision>) {
    let first = decide_after(facts, send_at.map_or(soonest, |at| at.max(soonest)), jitter);
    match first.next_right_hour().filter(|_| send_at.is_none()) {
        None => (first, None),
        Some(next) => match decide_after(facts, next, jitter) {
            later if later.allowed => (later, Some(first)),
            _ => (first, None),
        },
    }
}

/// The decision about `at` after the jitter; if that is too late, after less of it or none. What is refused in any
/// case is refused as of `at`.
fn decide_after(facts: &Facts<'_>, at: Timestamp, jitter: SignedDuration) -> Decision {
    let shares = [jitter, jitter / 2, jitter / 4, jitter / 8].into_iter().filter(|share| !share.is_zero());
    shares
        .map(|share| compliance::decide_on_record(facts, at + share))
        .find(|decision| decision.allowed)
        .unwrap_or_else(|| compliance::decide_on_record(facts, at))
}

/// Notes a time too far ahead or past; `pointer` is what the dialect calls the field.
pub fn check_send_at(faults: &mut Faults, send_at: Option<Timestamp>, now: Timestamp, pointer: &str) {
    let Some(at) = send_at else { return };
    let ahead = at.duration_since(now);
    faults.expect(ahead <= MAX_AHEAD, pointer, "must be at most 7 days ahead");
    faults.expect(
        ahead >= -MAX_PAST,
        pointer,
        "must be at most 5 minutes in the past; leave it out to send now",
    );
}

/// Notes a jitter that is too long; `pointer` is what the dialect calls the field.
pub fn check_jitter(faults: &mut Faults, seconds: u32, pointer: &str) {
    faults.expect(seconds <= MAX_JITTER, pointer, &format!("must be at most {MAX_JITTER} seconds"));
}
