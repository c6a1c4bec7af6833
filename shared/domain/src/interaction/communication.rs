//! How an interaction stands in the words of communication messages (003).

use jiff::Timestamp;

use super::{EventKeys, Failure, Interaction, Moment, Origin, Step};
use crate::{
    compliance::{Decision, ReasonCode},
    error::{Conflict, Error},
    id::{self, Id, Kind},
    vocabulary::{
        Channel, Direction, FailureReason, InteractionStatus, MessageState, MessageType, WaitingReason,
        progress::State,
    },
};

impl Interaction {
    /// What type of communication message it is; none if it is of another channel, came in, or was sent by others.
    pub fn message_type(&self) -> Option<MessageType> {
        let is_ours = matches!(self.origin, Origin::Sent) && self.direction == Direction::Outbound;
        MessageType::try_from(self.channel).ok().filter(|_| is_ours)
    }

    /// How far it has come as one.
    pub fn message_state(&self) -> MessageState {
        let status = match self.state.status {
            // It was attempted, was refused later, and is tried again.
            Some(InteractionStatus::Attempted) if self.due_at.is_some() => None,
            status => status,
        };
        match MessageState::of(status, self.channel, self.leased_until.is_some()) {
            MessageState::Queued if self.waits_for_its_account() || self.waits_for_its_time() => {
                MessageState::Waiting
            }
            state => state,
        }
    }

    /// What it waits for, if it does.
    pub fn waiting_reason(&self) -> Option<WaitingReason> {
        match self.message_state() {
            MessageState::Waiting if self.waits_for_its_account() => Some(WaitingReason::WaitForCloseCircuit),
            MessageState::Waiting => Some(WaitingReason::ReadyToBeSent),
            MessageState::SendingAsync => Some(WaitingReason::Sending),
            MessageState::Sent
            | MessageState::Queued
            | MessageState::QueuedForStream
            | MessageState::Failed => None,
        }
    }

    fn waits_for_its_account(&self) -> bool {
        self.turn.is_some() && self.last_step() == Some(Step::Waiting)
    }

    /// Whether the guard put off another attempt.
    fn waits_for_its_time(&self) -> bool {
        self.state.status == Some(InteractionStatus::Attempted) && self.last_step() == Some(Step::Scheduled)
    }

    /// What happened last, attempts aside.
    fn last_step(&self) -> Option<Step> {
        self.timeline.iter().rev().map(|moment| moment.what).find(|what| !what.is_of_attempt())
    }

    /// Among whose messages it stands: of whom it is with; where it goes to nobody we know, of whom it is about, known or not.
    pub fn owner(&self) -> Option<Id<id::Person>> {
        let trigger = self.trigger.as_ref();
        let about = || trigger?.person_id.clone();
        let client = || {
            let named = EventKeys::person(trigger?.keys.client_key.as_deref()?)?;
            Some(named.resolve(self.tenant.as_str()))
        };
        self.person_id.clone().or_else(about).or_else(client)
    }

    /// When it left, by the attempt that stands: none does of what is tried again.
    pub fn sent_at(&self) -> Option<Timestamp> {
        self.standing()?.iter().find(|moment| moment.what == Step::Sent).map(|moment| moment.at)
    }

    /// The provider's id of the attempt that stands.
    pub fn standing_reference(&self) -> Option<&str> {
        let standing = self.standing()?;
        let is_first = standing.len() == self.timeline.len();
        let was_taken = standing.iter().any(|moment| moment.what == Step::Claimed);
        self.reference.as_deref().filter(|_| is_first || was_taken)
    }

    /// What happened since it was last to be tried again; nothing stands of what is still to be.
    fn standing(&self) -> Option<&[Moment]> {
        let is_again = |moment: &Moment| matches!(moment.what, Step::Retrying | Step::Resent);
        let since = self.timeline.iter().rposition(is_again).map_or(0, |at| at + 1);
        self.timeline.get(since..).filter(|_| self.due_at.is_none())
    }

    /// Why it failed, and what was said of that: by whom it was called off, if it was.
    pub fn message_failure(&self) -> Option<(FailureReason, String)> {
        if let Some(failure) = &self.failure {
            return Some((
                failure.reason,
                failure.code.clone().unwrap_or_else(|| failure.description.clone()),
            ));
        }
        let canceled = self.timeline.iter().rev().find(|moment| moment.what == Step::Canceled);
        let is_canceled = self.state.status == Some(InteractionStatus::Canceled);
        canceled.filter(|_| is_canceled).map(|canceled| {
            let why = canceled.note.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
            (FailureReason::Other, format!("It was called off{why}."))
        })
    }

    /// The message that could not be made: kept as a failure, for what triggered it happened.
    pub fn stillborn(mut self, reason: FailureReason, description: String, now: Timestamp) -> Self {
        self.state = State { status: Some(InteractionStatus::Failed), details: None };
        self.failure = Some(Failure { reason, code: None, summary: None, description, rule_id: None });
        self.note(now, Step::Failed, None);
        self
    }
}

impl FailureReason {
    /// Why a message on this channel could not be made.
    pub fn of_error(error: &Error, channel: Channel) -> Self {
        match error {
            Error::NotFound { what, .. } if *what == id::Person::NAME => Self::no_recipient(channel),
            Error::NotFound { .. } => Self::MissingTemplateKey,
            Error::Template(_) if channel == Channel::Webhook => Self::InvalidJsonBodySyntax,
            Error::TooLarge(_) => Self::MaxMessageSizeLimitExceeded,
            Error::Conflict { conflict, .. } => Self::of_conflict(*conflict, channel),
            Error::Invalid(_)
            | Error::Unauthenticated
            | Error::Unproven
            | Error::Forbidden(_)
            | Error::MethodNotAllowed
            | Error::PreconditionFailed(_)
            | Error::UnsupportedMediaType(_)
            | Error::Template(_)
            | Error::KeyReused
            | Error::RateLimited { .. }
            | Error::Unavailable(_)
            | Error::Internal(_) => Self::Other,
        }
    }

    const fn of_conflict(conflict: Conflict, channel: Channel) -> Self {
        use Conflict as C;
        match conflict {
            C::TemplateDisabled
            | C::TemplateNotActive
            | C::NoTemplate
            | C::PartMissing
            | C::ChannelMismatch => Self::MissingTemplateKey,
            C::ChannelNotConfigured => match channel {
                Channel::Email => Self::EmailServiceNotEnabled,
                Channel::Text => Self::SmsServiceNotEnabled,
                Channel::Webhook => Self::WebhookNotificationsDisabled,
                _ => Self::Other,
            },
            C::MessageTooLarge | C::AttachmentsTooLarge => match channel {
                Channel::Text => Self::SmsTooLong,
                _ => Self::MaxMessageSizeLimitExceeded,
            },
            C::NothingSaid => match channel {
                Channel::Text => Self::SmsNotSent,
                _ => Self::Other,
            },
            C::ContactNotOfPerson | C::PersonErased => Self::no_recipient(channel),
            C::SharedTemplateInUse
            | C::CaseNotOfPerson
            | C::LoanNotOfPerson
            | C::AgentCannotSend
            | C::MustBeEdited
            | C::CaseRequired
            | C::DocumentEmpty
            | C::AttachmentNotPrintable
            | C::AddressNotPrintable
            | C::LetterTooLong
            | C::EventIdUsed
            | C::LoanIncomplete
            | C::DuplicateExternalId
            | C::SentByPostrider
            | C::NotSentByPostrider
            | C::CannotBeRepeated
            | C::NotSentYet
            | C::ConfirmationCodeWrong
            | C::BoundToAnother
            | C::TaskClaimed
            | C::StatusCannotChange
            | C::EditConflict
            | C::StillRunning
            | C::LimitReached
            | C::AlreadyShown
            | C::OwnCredential => Self::Other,
        }
    }

    /// Why the guard let no message out on this channel.
    pub fn of_decision(decision: &Decision, channel: Channel) -> Self {
        let code = decision.ruling().map(|reason| reason.code);
        match code {
            Some(ReasonCode::NoContact | ReasonCode::ContactInvalid) => Self::no_recipient(channel),
            _ => Self::Other,
        }
    }

    /// The reason if there is nobody, or no address, to send to on this channel.
    pub const fn no_recipient(channel: Channel) -> Self {
        match channel {
            Channel::Email => Self::MissingEmailRecipientAddress,
            Channel::Text => Self::MissingSmsRecipient,
            _ => Self::UndefinedDestination,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::{
        delivery::{Receipt, Retry},
        interaction::tests::{after, claimed, forbidden, refusal, text},
        vocabulary::ProviderName,
    };

    fn attempted() -> Interaction {
        let mut message = claimed();
        let receipt = Receipt { reference: "SM1".into(), segments: None };
        message.sent(ProviderName::Twilio, receipt, after(1));
        message
    }

    /// One that its carrier refused after the provider had taken it.
    fn refused_later() -> Interaction {
        let mut message = attempted();
        message.due_at = Some(after(10));
        message.note(after(2), Step::Retrying, Some("30003".into()));
        message
    }

    #[test]
    fn what_is_tried_again_is_not_sent_and_shows_the_attempt_that_stands() {
        let shown = |message: &Interaction| {
            let reference = message.standing_reference().map(str::to_owned);
            (message.message_state(), message.sent_at(), reference)
        };
        let sent = |at, reference: &str| (MessageState::Sent, Some(after(at)), Some(reference.to_owned()));
        assert_eq!(shown(&attempted()), sent(1, "SM1"));
        let mut message = refused_later();
        assert_eq!(shown(&message), (MessageState::Queued, None, None));
        let mut put_off = message.clone();
        put_off.postponed(after(3_600), None, after(3));
        assert_eq!(shown(&put_off), (MessageState::Waiting, None, None));
        assert_eq!(put_off.waiting_reason(), Some(WaitingReason::ReadyToBeSent));
        message.claim(after(10));
        assert_eq!(shown(&message), (MessageState::SendingAsync, None, None));
        let receipt = Receipt { reference: "SM2".into(), segments: None };
        message.sent(ProviderName::Twilio, receipt, after(11));
        assert_eq!(shown(&message), sent(11, "SM2"));
        message.fail(&refusal(Retry::Never), after(12));
        assert_eq!(shown(&message), (MessageState::Failed, Some(after(11)), Some("SM2".into())));
        assert!(message.send_again("OP-1", after(13)).is_ok());
        assert_eq!(shown(&message), (MessageState::Queued, None, None));
        message.blocked(&forbidden(), after(14));
        assert_eq!(shown(&message), (MessageState::Failed, None, None));
    }

    #[test]
    fn whatever_failed_says_why() {
        let mut canceled = text();
        assert!(canceled.cancel("by request", Some("AK-1"), after(1)));
        let mut ended = text();
        ended.call_off_for_good(None, after(1));
        let mut blocked = text();
        blocked.blocked(&forbidden(), after(1));
        let mut refused = claimed();
        refused.refused(&refusal(Retry::Never), SignedDuration::ZERO, after(1));
        for (message, expected) in [
            (text(), None),
            (attempted(), None),
            (canceled, Some((FailureReason::Other, "It was called off (by request)."))),
            (ended, Some((FailureReason::Other, "It was called off."))),
            (blocked, Some((FailureReason::MissingSmsRecipient, "There is no number."))),
            (refused, Some((FailureReason::SmsNotSent, "30003"))),
        ] {
            let expected = expected.map(|(reason, cause)| (reason, cause.to_owned()));
            assert_eq!(message.message_failure(), expected, "{message:#?}");
        }
    }
}
