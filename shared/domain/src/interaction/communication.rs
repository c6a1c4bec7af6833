//! How an interaction stands in the words of communication messages (003).

use jiff::Timestamp;

use super::{EventKeys, Failure, Interaction, Origin, Step};
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
    /// What type of communication message it is; none where it is of another channel, came in, or was sent by others.
    pub fn message_type(&self) -> Option<MessageType> {
        let is_ours = matches!(self.origin, Origin::Sent) && self.direction == Direction::Outbound;
        MessageType::try_from(self.channel).ok().filter(|_| is_ours)
    }

    /// How far it has come as one.
    pub fn message_state(&self) -> MessageState {
        match MessageState::of(self.state.status, self.channel, self.leased_until.is_some()) {
            MessageState::Queued if self.waits_for_its_account() => MessageState::Waiting,
            state => state,
        }
    }

    /// What it waits for, where it does.
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
        let last = self.timeline.iter().rev().find(|moment| !moment.what.is_of_attempt());
        self.turn.is_some() && last.is_some_and(|last| last.what == Step::Waiting)
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

    /// When it left.
    pub fn sent_at(&self) -> Option<Timestamp> {
        self.timeline.iter().find(|moment| moment.what == Step::Sent).map(|moment| moment.at)
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
            | C::ConfirmationCodeWrong
            | C::BoundToAnother
            | C::TaskClaimed
            | C::StatusCannotChange
            | C::EditConflict
            | C::StillRunning
            | C::LimitReached
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

    /// The reason where there is nobody, or no address, to send to on this channel.
    pub const fn no_recipient(channel: Channel) -> Self {
        match channel {
            Channel::Email => Self::MissingEmailRecipientAddress,
            Channel::Text => Self::MissingSmsRecipient,
            _ => Self::UndefinedDestination,
        }
    }
}
