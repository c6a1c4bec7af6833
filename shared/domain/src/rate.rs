//! How fast messages may leave by an account: one after the other, each with an instant of its own.

use jiff::{SignedDuration, Timestamp};

use crate::vocabulary::SendingChannel;

/// What messages of an account stand in line for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// To leave: everything that does, if the account has a rate.
    Departures,
    /// To be handed to dispatchers: messages of batches, when they are accepted.
    Bulk,
}

/// How fast a lane moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Microseconds from one message to the next.
    interval: i64,
    /// Microseconds that a lane which stood idle makes up for at once.
    idle: i64,
}

impl Pace {
    /// What batches leave of a rate to messages sent one by one: a fifth.
    const BULK_PERCENT: u32 = 80;
    /// Seconds' worth of a batch that is handed out at once, if no rate forbids it.
    const AT_ONCE: i64 = 5;

    /// Of an account's departures.
    pub fn of_departures(max_per_second: u16) -> Self {
        Self::per_hundred_seconds(u32::from(max_per_second) * 100, 0)
    }

    /// Of messages of batches by an account, with a rate or without.
    pub fn of_bulk(channel: SendingChannel, max_per_second: Option<u16>) -> Self {
        match max_per_second {
            Some(most) => Self::per_hundred_seconds(u32::from(most) * Self::BULK_PERCENT, 0),
            None => Self::per_hundred_seconds(unlimited(channel) * 100, Self::AT_ONCE),
        }
    }

    fn per_hundred_seconds(messages: u32, at_once: i64) -> Self {
        Self { interval: 100_000_000 / i64::from(messages.max(1)), idle: at_once * 1_000_000 }
    }

    /// From one message to the next.
    pub fn interval(self) -> SignedDuration {
        SignedDuration::from_micros(self.interval)
    }

    /// What so many messages take.
    pub fn span(self, messages: u32) -> SignedDuration {
        SignedDuration::from_micros(self.interval.saturating_mul(i64::from(messages)))
    }

    /// The earliest place there is now.
    pub fn earliest(self, now: Timestamp) -> Timestamp {
        now.checked_sub(SignedDuration::from_micros(self.idle)).unwrap_or(now)
    }

    /// So many places in a row, from the first on.
    pub fn places(self, first: Timestamp, many: u32) -> impl Iterator<Item = Timestamp> {
        (0..many).map(move |place| first.checked_add(self.span(place)).unwrap_or(first))
    }
}

/// How many messages of batches a second are handed to a channel's dispatchers if the account has no rate: fewer than they
/// manage, so that what is sent one by one finds them free.
const fn unlimited(channel: SendingChannel) -> u32 {
    match channel {
        SendingChannel::Email | SendingChannel::Gui | SendingChannel::Push => 25,
        SendingChannel::Text | SendingChannel::Webhook => 10,
        SendingChannel::Mail => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_keeps_to_the_rate_and_batches_leave_a_fifth() {
        let email = SendingChannel::Email;
        for (pace, interval) in [
            (Pace::of_departures(5), 200_000),
            (Pace::of_departures(1_000), 1_000),
            (Pace::of_bulk(email, Some(5)), 250_000),
            (Pace::of_bulk(email, Some(100)), 12_500),
            (Pace::of_bulk(email, None), 40_000),
        ] {
            assert_eq!(pace.interval(), SignedDuration::from_micros(interval), "{pace:?}");
        }
    }

    #[test]
    fn places_follow_each_other_and_only_a_lane_without_a_rate_makes_up_for_standing_idle() {
        let now: Timestamp = "2026-01-05T15:00:00Z".parse().unwrap();
        let (limited, free) = (Pace::of_departures(4), Pace::of_bulk(SendingChannel::Text, None));
        assert_eq!(limited.earliest(now), now);
        assert_eq!(free.earliest(now), now - SignedDuration::from_secs(5));
        let places: Vec<_> = limited.places(now, 3).map(|at| at.duration_since(now).as_millis()).collect();
        assert_eq!(places, [0, 250, 500]);
        assert_eq!(limited.span(8), SignedDuration::from_secs(2));
    }
}
