//! Automatic answers to one sender: how many and by which rule, so that no two machines answer each other endlessly.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{self, Id};

/// See the module documentation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Replies {
    /// The newest of every rule, and all of the last hour; the oldest first.
    pub given: Vec<Given>,
    /// Moves with every change.
    pub revision: u64,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Given {
    /// When it happened.
    pub at: Timestamp,
    /// To what.
    pub to: Id<id::Interaction>,
    /// By which rule; none if Postrider answers without one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule: Option<Id<id::AutoResponse>>,
}

impl Replies {
    /// The most that one sender gets within an hour.
    pub const MOST_AN_HOUR: usize = 5;
    const HOUR: SignedDuration = SignedDuration::from_hours(1);
    /// How long any answer is remembered: the longest a rule may pause.
    pub const MEMORY: SignedDuration = SignedDuration::from_hours(24 * 30);

    /// Whether one more may be given by this rule, which pauses so long after each.
    pub fn allow(&self, rule: Option<&Id<id::AutoResponse>>, pause: SignedDuration, now: Timestamp) -> bool {
        let within = |given: &&Given, span: SignedDuration| now.duration_since(given.at) < span;
        let of_hour = self.given.iter().filter(|given| within(given, Self::HOUR)).count();
        let paused = self.given.iter().any(|given| given.rule.as_ref() == rule && within(&given, pause));
        of_hour < Self::MOST_AN_HOUR && !paused
    }

    /// Whether this was answered already.
    pub fn has_answered(&self, received: &Id<id::Interaction>) -> bool {
        self.given.iter().any(|given| given.to == *received)
    }

    /// Notes one that is given, and forgets what no longer counts.
    pub fn give(&mut self, given: Given) {
        let now = given.at;
        self.given.push(given);
        let all = self.given.clone();
        let is_newest = |at: usize, one: &Given| !all[at + 1..].iter().any(|later| later.rule == one.rule);
        let mut at = 0;
        self.given.retain(|one| {
            let age = now.duration_since(one.at);
            let keep = age < Self::HOUR || (age < Self::MEMORY && is_newest(at, one));
            at += 1;
            keep
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    fn rule(name: &str) -> Option<Id<id::AutoResponse>> {
        Some(Id::external("demo", name))
    }

    fn given(minute: i64, name: &str) -> Given {
        Given { at: at(minute), to: Id::external("demo", &format!("{name} {minute}")), rule: rule(name) }
    }

    #[test]
    fn one_sender_gets_five_an_hour_whatever_the_rules() {
        let mut replies = Replies::default();
        for minute in 0..5 {
            assert!(replies.allow(rule("a").as_ref(), SignedDuration::ZERO, at(minute)));
            replies.give(given(minute, "a"));
        }
        for (minute, allowed) in [(5, false), (59, false), (60, true)] {
            assert_eq!(
                replies.allow(rule("b").as_ref(), SignedDuration::ZERO, at(minute)),
                allowed,
                "{minute}"
            );
        }
    }

    #[test]
    fn a_rule_pauses_for_its_own_time_and_holds_up_no_other() {
        let mut replies = Replies::default();
        replies.give(given(0, "a"));
        let day = SignedDuration::from_hours(24);
        for (name, minute, allowed) in
            [("a", 1, false), ("a", 1_439, false), ("a", 1_440, true), ("b", 1, true)]
        {
            assert_eq!(replies.allow(rule(name).as_ref(), day, at(minute)), allowed, "{name} {minute}");
        }
    }

    #[test]
    fn what_no_longer_counts_is_forgotten() {
        let mut replies = Replies::default();
        for minute in 0..2_000 {
            replies.give(given(minute * 30, if minute % 2 == 0 { "a" } else { "b" }));
        }
        assert_eq!(replies.given, [given(59_940, "a"), given(59_970, "b")]);
        assert!(replies.has_answered(&given(59_970, "b").to) && !replies.has_answered(&given(0, "a").to));
        replies.give(given(59_970 + 31 * 24 * 60, "c"));
        assert_eq!(replies.given.len(), 1);
    }
}
