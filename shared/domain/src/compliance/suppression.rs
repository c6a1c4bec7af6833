//! Suppression (000): a borrower who had a message of the same type a short while ago gets no second one.

use jiff::{SignedDuration, Timestamp};

use super::{Facts, Reason, ReasonCode};
use crate::vocabulary::Direction;

/// The reason, if a message of the same subject lies within the tenant's hours before or after `at`.
///
/// Messages scheduled for later hold their place too: otherwise one sent now and one due in an hour would pass.
pub fn reason(facts: &Facts<'_>, at: Timestamp) -> Option<Reason> {
    let hours = facts.settings.suppression_hours;
    let span = SignedDuration::from_hours(i64::from(hours));
    let subject = facts.subject.filter(|_| hours > 0)?;
    let latest = facts
        .ledger
        .contacts
        .iter()
        .filter(|(id, _)| facts.interaction != Some(id))
        .map(|(_, entry)| entry)
        .filter(|entry| entry.direction == Direction::Outbound && entry.subject == *subject)
        .filter(|entry| at.duration_since(entry.at).abs() < span)
        .map(|entry| entry.at)
        .max()?;
    Some(Reason {
        rule_id: "tenant.suppression".into(),
        code: ReasonCode::RecentlyContacted,
        detail: format!(
            "A {subject} message goes to this borrower at {latest}; the next may follow {hours} h later."
        ),
        until: latest.checked_add(span).ok(),
    })
}
