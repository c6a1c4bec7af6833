//! How far an interaction got, and when, for the contact ledger.

use jiff::Timestamp;

use super::Interaction;
use crate::{
    compliance::Exemption,
    ledger::{LedgerEntry, Outcome},
    vocabulary::{Channel, Direction, InteractionStatus, StatusDetails},
};

impl Interaction {
    /// Its place in the ledger: when it takes or took place, and how far it got. `None` if nothing left and nothing
    /// will.
    pub fn place(&self) -> Option<(Timestamp, Outcome)> {
        self.outcome().map(|outcome| (self.takes_place_at(), outcome))
    }

    /// The same as an entry, if the ledger has none of it (any more): a call that was said to be long past, or planned too
    /// far ahead, and then took place. Where it rang and what it answered is left open, so that no limit passes it over.
    pub fn entry_anew(&self) -> Option<LedgerEntry> {
        let (at, outcome) = self.place()?;
        Some(LedgerEntry {
            at,
            channel: self.channel,
            direction: self.direction,
            subject: self.subject.clone(),
            theme: self.theme,
            purpose: self.circumstances.purpose,
            loans: self.loan_ids.clone(),
            contact: self.contact_id.clone(),
            label: None,
            outcome,
            exempt: self.circumstances.prior_consent.then_some(Exemption::PriorConsent).into_iter().collect(),
        })
    }

    /// When a message leaves or left, a call starts or started.
    pub fn takes_place_at(&self) -> Timestamp {
        match self.origin.record() {
            None => self.last_claimed_at().or(self.send_at).unwrap_or(self.created_at),
            Some(record) if self.state.status == Some(InteractionStatus::Scheduled) => {
                record.scheduled_at_from.or(record.started_at).unwrap_or(self.created_at)
            }
            Some(record) => record.started_at.unwrap_or(self.created_at),
        }
    }

    /// How far the contact got. `None` if nothing left and nothing will.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.state.status {
            Some(InteractionStatus::Canceled) if self.attempts == 0 => None,
            Some(InteractionStatus::Canceled) if self.was_called_off_in_doubt() => Some(Outcome::Attempted),
            Some(InteractionStatus::Canceled) => Some(Outcome::Failed),
            None | Some(InteractionStatus::Scheduled) => Some(Outcome::Attempted),
            Some(
                begun @ (InteractionStatus::InProgress
                | InteractionStatus::Attempted
                | InteractionStatus::Succeeded
                | InteractionStatus::Failed),
            ) => Some(self.reach(begun)),
        }
    }

    /// How far what began got: by the agent's word, which may come after all else; then by what the line reported; then
    /// by the status. Of two readings the stricter.
    fn reach(&self, status: InteractionStatus) -> Outcome {
        let agents = self.origin.record().and_then(|record| record.agent_outcome);
        if let Some(outcome) = agents.and_then(|outcome| of_call(outcome.into(), self.direction)) {
            return outcome;
        }
        let reported = self.state.details.and_then(|details| of_call(details, self.direction));
        match (status, reported) {
            // What failed does not count (001), unless the line reports that somebody was there.
            (InteractionStatus::Failed, Some(Outcome::Attempted))
                if self.direction == Direction::Outbound =>
            {
                Outcome::Failed
            }
            (_, Some(reported)) => reported,
            (InteractionStatus::Failed, None) => Outcome::Failed,
            (_, None) if self.direction == Direction::Inbound => Outcome::Conversation,
            (InteractionStatus::Succeeded, None) if self.channel == Channel::Voice => Outcome::Conversation,
            // That a message arrived was assumed.
            (_, None) => Outcome::Attempted,
        }
    }
}

/// How far a call got of which this is known; `None` for an outcome that does not say, or is not about a call.
///
/// A call that rang counts as one placed, answered or not; one that met a busy or dead line does not (12 CFR
/// 1006.14(b)(2), (b)(3)(ii)).
const fn of_call(details: StatusDetails, direction: Direction) -> Option<Outcome> {
    use StatusDetails as D;
    match details {
        D::VoiceSpokeWithFirstParty => Some(Outcome::Conversation),
        D::VoiceSpokeWithThirdParty
        | D::VoiceLeftVoicemailFirstParty
        | D::VoiceLeftVoicemailThirdParty
        | D::VoiceLeftVoicemail
        | D::VoicePickedHungUp => Some(Outcome::Connected),
        // Somebody took the call; what was said before it broke off is not known.
        D::VoiceConnected | D::VoiceUnexpectedDisconnect => Some(match direction {
            Direction::Outbound => Outcome::Connected,
            Direction::Inbound => Outcome::Conversation,
        }),
        // It rang and nobody answered; of those who called us, nobody took the call.
        D::VoiceRangNoPickup
        | D::VoiceReachedVoicemailNoMessageLeft
        | D::VoiceReceivedOutsideOpenHours
        | D::VoiceReceivedNoAgentsAvailable
        | D::VoiceLenderDisabledInboundCalls
        | D::VoiceDisconnectedWhileQueuedOnHold => Some(Outcome::Attempted),
        D::VoiceLineBusyNoRing
        | D::VoiceFailedToInitiate
        | D::VoiceNumberDisconnected
        | D::VoiceNumberInvalid => Some(Outcome::NotConnected),
        D::EmailSent
        | D::EmailDelivered
        | D::EmailBlocked
        | D::EmailBounced
        | D::EmailOpened
        | D::EmailClick
        | D::EmailDropped
        | D::EmailFailedToSend
        | D::EmailReportedAsSpam
        | D::LetterCreated
        | D::LetterFailedToCreate
        | D::LetterRenderedPdf
        | D::LetterRenderedThumbnails
        | D::LetterProcessedForDelivery
        | D::LetterRerouted
        | D::LetterInLocalArea
        | D::LetterInTransit
        | D::LetterDelivered
        | D::LetterReturnedToSender
        | D::LetterDeleted
        | D::ChatPosted
        | D::ChatRead
        | D::ChatBorrowerInactivity
        | D::ChatReceivedOutsideOpenHours
        | D::TextConvoTimeoutAutoclose
        | D::TextConvoClosedStale
        | D::TextConvoUnknownNumberRejected
        | D::TextConvoClosedByAgent
        | D::TextLenderDisabledInboundTexts
        | D::TextUnsubscribedRecipient
        | D::TextQueueOverflow
        | D::TextAccountSuspended
        | D::TextDeviceUnreachable
        | D::TextMessageBlocked
        | D::TextNumberDisconnected
        | D::TextLandlineOrUnreachableCarrier
        | D::TextCarrierViolation
        | D::TextUnknownError
        | D::TextMissingSegment
        | D::TextMessagePriceExceedsMax
        | D::TextA2PCampaignUnregistered
        | D::TextRegionInvalid
        | D::BlockedByComplianceGuard
        | D::InvalidContact => None,
    }
}

#[cfg(test)]
mod tests;
