//! Limits on how often something may be done in a period, across all callers.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// At most so often within a time that ends now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How often.
    pub most: u32,
    /// Within which time.
    pub within: SignedDuration,
}

impl Limit {
    /// At most so often an hour.
    pub const fn an_hour(most: u32) -> Self {
        Self { most, within: SignedDuration::from_hours(1) }
    }
}

/// How often it was done, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// How often at each instant.
    pub taken: BTreeMap<Timestamp, u32>,
    /// Moves with every change.
    pub revision: u64,
}

impl Usage {
    /// Instants that are distinguished. If there are more, the oldest count as one, as of the later: never too little.
    const INSTANTS: usize = 120;

    /// Takes `times` at `now`, if that is within the limit; nothing otherwise.
    ///
    /// # Errors
    /// When so many may be taken, if nobody else takes any; never, if more are asked for than the limit has: then, when
    /// the limit is whole again.
    pub fn take(&mut self, limit: Limit, times: u32, now: Timestamp) -> Result<(), Timestamp> {
        self.taken.retain(|at, _| now.duration_since(*at) < limit.within);
        let free = limit.most.saturating_sub(self.taken.values().sum());
        if times > free {
            let mut missing = times - free;
            for (at, count) in &self.taken {
                missing = missing.saturating_sub(*count);
                if missing == 0 {
                    return Err(*at + limit.within);
                }
            }
            return Err(now + limit.within);
        }
        *self.taken.entry(now).or_default() += times;
        while self.taken.len() > Self::INSTANTS {
            let Some((_, count)) = self.taken.pop_first() else { break };
            if let Some(mut next) = self.taken.first_entry() {
                *next.get_mut() += count;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_767_625_200 + seconds).expect("a time")
    }

    #[test]
    fn a_limit_holds_for_every_hour_and_tells_when_there_is_room() {
        let (mut usage, ten) = (Usage::default(), Limit::an_hour(10));
        for second in 0..10 {
            assert_eq!(usage.take(ten, 1, at(second)), Ok(()));
        }
        assert_eq!(usage.take(ten, 1, at(10)), Err(at(3_600)));
        assert_eq!(usage.take(ten, 3, at(10)), Err(at(3_602)));
        assert_eq!(usage.take(ten, 1, at(3_599)), Err(at(3_600)));
        assert_eq!(usage.take(ten, 1, at(3_600)), Ok(()));
        assert_eq!(usage.take(ten, 1, at(3_600)), Err(at(3_601)));
        assert_eq!(usage.take(ten, 11, at(9_000)), Err(at(12_600)), "more than there ever is");
    }

    proptest! {
        #[test]
        fn no_hour_has_more_than_the_limit(steps in prop::collection::vec((0..900i64, 1..4u32), 1..300)) {
            let (mut usage, limit) = (Usage::default(), Limit::an_hour(20));
            let (mut now, mut taken) = (0, Vec::new());
            for (wait, times) in steps {
                now += wait;
                if usage.take(limit, times, at(now)).is_ok() {
                    taken.push((now, times));
                }
            }
            for (end, _) in &taken {
                let hour = taken.iter().filter(|(then, _)| (end - 3_599..=*end).contains(then));
                prop_assert!(hour.map(|(_, times)| times).sum::<u32>() <= 20);
            }
        }
    }
}
