//! How an interaction's status moves: forward only, whatever order reports arrive in.
//!
//! Providers repeat themselves, overtake themselves and report late. So a report is applied like this: one that
//! contradicts itself or the interaction is refused, one that tells nothing newer changes nothing, any other is the
//! new state. Retries, schedules and leases are the pipeline's and are no states: a message being retried is still
//! queued.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Channel, Direction, InteractionStatus, StatusDetails};

/// Where an interaction stands. Fields are named as in 001.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// `None` while it is queued and not yet attempted.
    #[serde(default)]
    pub status: Option<InteractionStatus>,
    /// What is known beyond the status.
    #[serde(default, rename = "statusDetails")]
    pub details: Option<StatusDetails>,
}

/// For people: `attempted (voiceConnected)`.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.status.map_or("queued", InteractionStatus::as_str))?;
        self.details.map_or(Ok(()), |details| write!(f, " ({details})"))
    }
}

/// What a report did to an interaction's state.
#[must_use = "a contradiction or a stale report must not be taken for news"]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Movement {
    /// It was news; the state is now the reported one.
    Advanced,
    /// Repeated, late or overtaken: nothing to do, and no error.
    Stale,
    /// The report cannot be true of this interaction.
    Invalid(Contradiction),
}

/// Why a state cannot be that of an interaction. The text is fit for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// The detail goes with another status.
    #[error("must go with the status: {details} goes with {allowed}, and the status is {given}")]
    Status {
        /// The detail.
        details: StatusDetails,
        /// The statuses it goes with.
        allowed: String,
        /// The status it was given with; `null` for none.
        given: &'static str,
    },
    /// The detail belongs to another channel.
    #[error("must go with the channel: {details} is for {allowed}, and the channel is {given}")]
    Channel {
        /// The detail.
        details: StatusDetails,
        /// The channel it belongs to.
        allowed: Channel,
        /// The interaction's channel.
        given: Channel,
    },
    /// The detail happens in the other direction only.
    #[error("must go with the direction: {details} is for {allowed} interactions, and this one is {given}")]
    Direction {
        /// The detail.
        details: StatusDetails,
        /// The direction it belongs to.
        allowed: Direction,
        /// The interaction's direction.
        given: Direction,
    },
}

/// Reports of one channel in the order they happen. One further on is always news, one further back never is.
///
/// The failures among them are facts learned late: mail that was accepted can still bounce, an opened one be reported
/// as spam ("delivered, but later reported", 001), a delivered letter come back. A program that follows links before
/// the mailbox refuses the message produces opens and clicks, so a bounce outweighs them.
const TRACKS: [&[StatusDetails]; 3] = {
    use StatusDetails::*;
    [
        &[EmailSent, EmailDelivered, EmailOpened, EmailClick, EmailBounced, EmailReportedAsSpam],
        &[
            LetterCreated,
            LetterRenderedPdf,
            LetterRenderedThumbnails,
            LetterInTransit,
            LetterInLocalArea,
            LetterProcessedForDelivery,
            LetterRerouted,
            LetterDelivered,
            LetterReturnedToSender,
        ],
        &[ChatPosted, ChatRead],
    ]
};

/// Statuses of an interaction that began: those a detail without a status of its own may go with.
const BEGUN: [InteractionStatus; 4] = [
    InteractionStatus::InProgress,
    InteractionStatus::Attempted,
    InteractionStatus::Succeeded,
    InteractionStatus::Failed,
];

impl StatusDetails {
    /// The statuses it goes with.
    pub(crate) fn statuses(self) -> Vec<InteractionStatus> {
        match self {
            // What the guard stops before anybody took it is called off; what a provider's own guard stops has failed.
            Self::BlockedByComplianceGuard => vec![InteractionStatus::Failed, InteractionStatus::Canceled],
            _ => self.status().map_or_else(|| BEGUN.to_vec(), |status| vec![status]),
        }
    }
}

impl State {
    /// Accepted and waiting for its turn.
    pub const QUEUED: Self = Self { status: None, details: None };

    /// Checks that status and detail belong together, and that the detail can happen on this channel in this direction.
    ///
    /// # Errors
    /// The first contradiction, saying what is allowed.
    pub fn check(self, channel: Channel, direction: Direction) -> Result<(), Contradiction> {
        let Some(details) = self.details else { return Ok(()) };
        let allowed = details.statuses();
        if !self.status.is_some_and(|status| allowed.contains(&status)) {
            return Err(Contradiction::Status {
                details,
                allowed: allowed.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(", "),
                given: self.status.map_or("null", InteractionStatus::as_str),
            });
        }
        if let Some(allowed) = details.channel().filter(|allowed| *allowed != channel) {
            return Err(Contradiction::Channel { details, allowed, given: channel });
        }
        if let Some(allowed) = details.direction().filter(|allowed| *allowed != direction) {
            return Err(Contradiction::Direction { details, allowed, given: direction });
        }
        Ok(())
    }

    /// Takes in a report about an interaction that stands here.
    pub fn advance(
        &mut self,
        channel: Channel,
        direction: Direction,
        status: InteractionStatus,
        details: Option<StatusDetails>,
    ) -> Movement {
        let report = Self { status: Some(status), details };
        match report.check(channel, direction) {
            Err(contradiction) => Movement::Invalid(contradiction),
            Ok(()) if report.may_follow(*self) => {
                *self = report;
                Movement::Advanced
            }
            Ok(()) => Movement::Stale,
        }
    }

    /// Whether this state is news to an interaction that stands at `current`. A strict order: nothing follows itself.
    pub fn may_follow(self, current: Self) -> bool {
        use InteractionStatus::{Attempted, Canceled, Failed, InProgress, Scheduled, Succeeded};
        let more_is_known = self.knowledge() > current.knowledge();
        match (current.status, self.status) {
            (Some(Canceled), _) => false,
            (None, None) => more_is_known,
            (Some(before), Some(after)) if before == after => more_is_known,
            (None | Some(Scheduled), Some(Canceled)) => true,
            (Some(Succeeded), Some(Failed)) => self.is_late_fact(),
            (None, Some(Scheduled | InProgress | Attempted | Succeeded | Failed))
            | (Some(Scheduled), Some(InProgress | Attempted | Succeeded | Failed))
            | (Some(InProgress), Some(Attempted | Succeeded | Failed))
            | (Some(Attempted), Some(Succeeded | Failed)) => true,
            (Some(Scheduled | InProgress | Attempted | Succeeded | Failed), _) => false,
        }
    }

    /// How much the detail says: nothing, something, or a place on its track.
    fn knowledge(self) -> usize {
        let place = |details| TRACKS.iter().find_map(|track| track.iter().position(|step| *step == details));
        self.details.map_or(0, |details| place(details).map_or(1, |place| place + 2))
    }

    fn is_late_fact(self) -> bool {
        self.status == Some(InteractionStatus::Failed) && self.knowledge() > 1
    }
}

#[cfg(test)]
mod tests;
