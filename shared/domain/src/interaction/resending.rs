//! Sending again: what of a message may go out once more, and how one that failed does under its own id (003).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Content, ExternalIds, Interaction, Origin, Step};
use crate::{
    compliance::Scrutiny,
    error::{Conflict, Error},
    person::{Loan, Person},
    vocabulary::{
        FailureReason, InteractionStatus, MessageState, MessageType, StatusDetails, progress::State,
    },
};

/// Whether sending a message again that failed makes sense.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RetryAdvice {
    /// Whether, and when.
    pub worth: Worth,
    /// Why, and what is to be done first.
    pub why: String,
}

/// When sending again makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Worth {
    /// Now: what was in the way may be gone.
    Now,
    /// Once somebody put something in order.
    OnceCorrected,
    /// Not: it would fail again, or is not sent again.
    No,
}

/// What joins what asked for a message to be sent again and who did, in its history.
const RETRIED: &str = " by ";

impl Interaction {
    /// Whether sending it again makes sense, by why it failed; `None` if it did not fail.
    pub fn retry_advice(&self) -> Option<RetryAdvice> {
        if self.message_state() != MessageState::Failed {
            return None;
        }
        let (worth, why) = match self.may_be_resent() {
            Err(Error::Conflict { detail, .. }) => (Worth::No, detail),
            Err(error) => (Worth::No, error.to_string()),
            Ok(()) => {
                let (worth, why) = self.worth();
                (worth, why.to_owned())
            }
        };
        Some(RetryAdvice { worth, why })
    }

    fn worth(&self) -> (Worth, &'static str) {
        use FailureReason as F;
        use StatusDetails as D;
        const ACCOUNT: (Worth, &str) =
            (Worth::OnceCorrected, "The account at the provider refused it; put the account in order first.");
        const ADDRESS: (Worth, &str) =
            (Worth::No, "The address does not take it; correct the contact and send a new message.");
        const LATER: (Worth, &str) = (Worth::Now, "The provider did not take it then; it may now.");
        const RECIPIENT: (Worth, &str) =
            (Worth::OnceCorrected, "It had no address to go to; add one to the person first.");
        const WORDS: (Worth, &str) =
            (Worth::No, "What it says cannot be sent; correct the words and send it anew.");
        match self.state.details {
            Some(D::BlockedByComplianceGuard) if self.is_made_anew() => {
                return (
                    Worth::OnceCorrected,
                    "The compliance guard stopped it; once it may be sent, use messages:resend.",
                );
            }
            Some(D::BlockedByComplianceGuard) if self.says_nothing() => {
                return (
                    Worth::No,
                    "The compliance guard stopped it before it had words; send it anew once it may be sent.",
                );
            }
            Some(D::BlockedByComplianceGuard) => {
                return (
                    Worth::OnceCorrected,
                    "The compliance guard stopped it, and is asked again; remove what is in the way, or wait until it ends.",
                );
            }
            Some(
                D::EmailBounced
                | D::EmailDropped
                | D::TextLandlineOrUnreachableCarrier
                | D::TextNumberDisconnected
                | D::LetterReturnedToSender,
            ) => return ADDRESS,
            Some(D::EmailReportedAsSpam | D::TextUnsubscribedRecipient) => {
                return (Worth::No, "The recipient wants no such messages.");
            }
            Some(D::TextCarrierViolation | D::TextMessageBlocked) => {
                return (Worth::No, "The carrier filters what it says; change the words and send it anew.");
            }
            Some(D::TextDeviceUnreachable) => {
                return (Worth::Now, "The phone was off or out of reach; it may be back.");
            }
            _ => {}
        }
        match self.failure.as_ref().map_or(F::Other, |failure| failure.reason) {
            F::InvalidSmtpCredentials
            | F::EmailServiceNotEnabled
            | F::SmsServiceNotEnabled
            | F::InvalidSmsGatewayCredentials
            | F::WebhookNotificationsDisabled => ACCOUNT,
            F::MissingSmsRecipient | F::MissingEmailRecipientAddress | F::UndefinedDestination => RECIPIENT,
            F::SmsTooLong
            | F::UnsupportedEncodingException
            | F::InvalidJsonBodySyntax
            | F::MissingTemplateKey
            | F::MaxMessageSizeLimitExceeded => match self.is_made_anew() {
                true => (
                    Worth::OnceCorrected,
                    "It is made anew by its rule: correct the template or the rule, and use messages:resend.",
                ),
                false => WORDS,
            },
            F::InvalidHttpProtocol | F::BlacklistedUrl => (
                Worth::No,
                "The URL may not be called; correct it in the rule or the endpoint, and send it anew.",
            ),
            F::MessagingException
            | F::SmsNotSent
            | F::SmsServiceError
            | F::SmsConnectionException
            | F::SmsGatewayError
            | F::InvalidHttpResponse
            | F::HttpErrorWhileSending => LATER,
            F::Other => (Worth::Now, "Nothing is known that would make it fail again."),
        }
    }

    /// Whether it failed before it said anything, and a rule made it of an event.
    fn is_made_anew(&self) -> bool {
        self.says_nothing() && self.trigger.as_ref().is_some_and(|trigger| trigger.rule_id.is_some())
    }

    /// Whether it was refused before it had words. What stands apart are words.
    pub fn says_nothing(&self) -> bool {
        matches!(&self.content, Content::Inline(content) if content.is_empty()) && self.letter.is_none()
    }

    /// Whether it was sent again last by somebody who said why, and has not failed since.
    pub fn was_retried(&self) -> bool {
        let last = self.timeline.iter().rev().find(|moment| moment.what == Step::Resent);
        let is_retry =
            last.and_then(|moment| moment.note.as_deref()).is_some_and(|note| note.contains(RETRIED));
        is_retry && self.message_state() != MessageState::Failed
    }

    /// Names what asks for it to be sent again, and says who asked and why.
    pub fn retried_by(operation: &str, who: &str, why: &str) -> String {
        format!("{operation}{RETRIED}{who}: {why}")
    }

    /// How often a message is sent again under its own id: each time adds to its history.
    pub const MOST_RESENT: usize = 20;

    /// Whether a copy of it may go out as it was (001).
    ///
    /// # Errors
    /// [`Conflict::NotSentYet`] while it may leave itself; [`Conflict::CannotBeRepeated`] if it had no words; as
    /// [`may_be_repeated`](Self::may_be_repeated).
    pub fn may_be_copied(&self) -> Result<(), Error> {
        self.may_be_repeated()?;
        if self.due_at.is_some() {
            let detail = "The interaction has not been sent yet, and would be sent twice. Wait until it has been, or cancel it first: \
                          PUT /interactions/{id} with the status canceled.";
            return Err(Error::conflict(Conflict::NotSentYet, detail));
        }
        if self.says_nothing() {
            let detail =
                "The interaction says nothing: it was refused before it had words. Send the message anew.";
            return Err(Error::conflict(Conflict::CannotBeRepeated, detail));
        }
        Ok(())
    }

    /// Whether what it says may go out once more, as a copy (001) or under its own id (003).
    ///
    /// # Errors
    /// [`Conflict::NotSentByPostrider`], [`Conflict::PersonErased`]; [`Conflict::CannotBeRepeated`] of what counts for a moment
    /// only: of a confirmation code nothing is kept but dots.
    fn may_be_repeated(&self) -> Result<(), Error> {
        if !matches!(self.origin, Origin::Sent) {
            let detail = "Postrider did not send this interaction: it was received, or recorded by you. Send a new message.";
            return Err(Error::conflict(Conflict::NotSentByPostrider, detail));
        }
        if self.erased_at.is_some() {
            let detail =
                "The person was erased, and with them what the interaction said; it cannot be sent again.";
            return Err(Error::conflict(Conflict::PersonErased, detail));
        }
        if self.circumstances.scrutiny == Scrutiny::Requested {
            let detail = "A confirmation code is sent once, and so is an answer to HELP; ask for a new code with \
                          send-confirmation-code.";
            return Err(Error::conflict(Conflict::CannotBeRepeated, detail));
        }
        Ok(())
    }

    /// Whether it may be sent again under its own id. It may, however often others were in the last hour, for only what failed
    /// goes again: so whoever has it never gets it twice, and each may fail so often.
    ///
    /// # Errors
    /// [`Conflict::StatusCannotChange`] if it did not fail; [`Conflict::CannotBeRepeated`] if it was called off, or sent
    /// again [too often](Self::MOST_RESENT); as [`may_be_repeated`](Self::may_be_repeated).
    pub fn may_be_resent(&self) -> Result<(), Error> {
        let state = self.message_state();
        if state != MessageState::Failed {
            let detail = format!("The message is {state}; only what is FAILED is sent again.");
            return Err(Error::conflict(Conflict::StatusCannotChange, detail));
        }
        self.may_be_repeated()?;
        let refuse = |detail| Err(Error::conflict(Conflict::CannotBeRepeated, detail));
        if self.was_called_off() {
            return refuse("The message was called off before it left. Send it anew.".to_owned());
        }
        let times = self.timeline.iter().filter(|moment| moment.what == Step::Resent).count();
        if times >= Self::MOST_RESENT {
            return refuse(format!("The message was sent again {times} times already. Send it anew."));
        }
        Ok(())
    }

    /// Whether it is meant if everything is sent again that failed. What was sent for somebody who waited to hear of it (004)
    /// is not: whether to repeat it was theirs to say.
    pub fn is_resent_with_others(&self) -> bool {
        self.message_type().is_some() && self.awaited_until.is_none() && self.may_be_resent().is_ok()
    }

    /// Somebody called it off. What the guard stopped as it was to leave is canceled, too, and may be asked about again.
    fn was_called_off(&self) -> bool {
        let is_blocked = self.state.details == Some(StatusDetails::BlockedByComplianceGuard);
        self.state.status == Some(InteractionStatus::Canceled) && !is_blocked
    }

    /// Sends it again as it is; the guard looks at it anew when it is taken. `by` is what asks for it.
    ///
    /// # Errors
    /// As [`may_be_resent`](Self::may_be_resent).
    pub fn send_again(&mut self, by: &str, now: Timestamp) -> Result<(), Error> {
        self.may_be_resent()?;
        self.state = State::QUEUED;
        self.failure = None;
        self.attempts = 0;
        self.earlier_decisions.extend(self.decision.take());
        self.note(now, Step::Resent, Some(by.to_owned()));
        self.let_go_unasked(now);
        Ok(())
    }

    /// Whether it goes to a person, and nobody, or no address, was known when it failed.
    pub fn lacks_recipient(&self) -> bool {
        let is_to_person = matches!(self.message_type(), Some(MessageType::Email | MessageType::Sms));
        let has_address = self.contact_id.is_some() || !self.to.is_empty();
        is_to_person && !(self.person_id.is_some() && has_address)
    }

    /// It goes to this person, who was not known when it failed, or had no address: to the address it was given, else to the best
    /// contact there is by now; the guard tells where there is none. `loans` are what it is about.
    ///
    /// # Errors
    /// [`Conflict::ContactNotOfPerson`].
    pub fn goes_to_person(&mut self, person: &Person, loans: &[&Loan]) -> Result<(), Error> {
        let contact = match self.to.is_empty() {
            true => person.select_contact(self.channel),
            false => {
                let detail = "The destination is not a contact of the person: add it to the person, or send the message anew.";
                let contact = person.contact_on(self.channel, &self.to);
                Some(contact.ok_or_else(|| Error::conflict(Conflict::ContactNotOfPerson, detail))?)
            }
        };
        self.person_id = Some(person.id.clone());
        self.external_ids = ExternalIds::of(person, contact, loans);
        self.loan_ids = loans.iter().map(|loan| loan.id.clone()).collect();
        if let Some(contact) = contact {
            self.contact_id = Some(contact.id.clone());
            self.to = contact.destination().into_owned();
        }
        Ok(())
    }

    /// The message in the place of one that failed while it was made. `by` is what asks for it.
    #[must_use]
    pub fn instead_of(mut self, failed: &Self, by: &str, now: Timestamp) -> Self {
        self.created_at = failed.created_at;
        self.revision = failed.revision + 1;
        self.timeline.clone_from(&failed.timeline);
        self.note(now, Step::Resent, Some(by.to_owned()));
        self
    }

    /// What became of it when this sent it again: whether it was let go, rather than failed again before it could be. `None`
    /// if this did not.
    pub fn was_let_go_by(&self, by: &str) -> Option<bool> {
        let is_this = |step: &super::Moment| step.what == Step::Resent && step.note.as_deref() == Some(by);
        let at = self.timeline.iter().position(is_this)?;
        Some(self.timeline.get(at + 1).is_none_or(|next| next.what != Step::Failed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        compliance::Circumstances,
        delivery::Retry,
        interaction::Record,
        interaction::tests::{after, claimed, forbidden, refusal, text},
        vocabulary::FailureReason,
    };
    use jiff::SignedDuration;

    fn failed() -> Interaction {
        let mut message = claimed();
        message.refused(&refusal(Retry::Never), SignedDuration::ZERO, after(1));
        message
    }

    fn conflict(result: Result<(), Error>) -> Option<Conflict> {
        match result {
            Ok(()) => None,
            Err(Error::Conflict { conflict, .. }) => Some(conflict),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn only_what_failed_and_still_counts_is_sent_again() {
        let code = Circumstances { scrutiny: Scrutiny::Requested, ..Circumstances::default() };
        let mut canceled = text();
        assert!(canceled.cancel("batch canceled", None, after(1)));
        let mut blocked = text();
        blocked.blocked(&forbidden(), after(1));
        let mut erased = failed();
        erased.erase(after(2));
        let awaited = Interaction { awaited_until: Some(after(10)), ..failed() };
        for (message, refused, with_others) in [
            (failed(), None, true),
            (blocked, None, true),
            (awaited, None, false),
            (text(), Some(Conflict::StatusCannotChange), false),
            (claimed(), Some(Conflict::StatusCannotChange), false),
            (canceled, Some(Conflict::CannotBeRepeated), false),
            (Interaction { circumstances: code, ..failed() }, Some(Conflict::CannotBeRepeated), false),
            (erased, Some(Conflict::PersonErased), false),
            (
                Interaction { origin: Origin::Recorded(Record::default()), ..failed() },
                Some(Conflict::NotSentByPostrider),
                false,
            ),
        ] {
            assert_eq!(conflict(message.may_be_resent()), refused, "{message:#?}");
            assert_eq!(message.is_resent_with_others(), with_others, "{message:#?}");
            let (before, mut again) = (message.clone(), message);
            assert_eq!(conflict(again.send_again("OP-1", after(5))), refused);
            match refused {
                Some(_) => assert_eq!(again, before, "nothing of it changed"),
                None => assert_eq!((again.message_state(), again.failure), (MessageState::Queued, None)),
            }
        }
    }

    #[test]
    fn a_copy_is_made_of_what_has_words_and_will_not_leave_itself() {
        let said = Content::Inline([("body".to_owned(), "Hello".into())].into_iter().collect());
        let worded = |message: Interaction| Interaction { content: said.clone(), ..message };
        let mut canceled = worded(text());
        assert!(canceled.cancel("by the lender", None, after(1)));
        for (message, refused) in [
            (worded(failed()), None),
            (canceled, None),
            (worded(text()), Some(Conflict::NotSentYet)),
            (worded(claimed()), Some(Conflict::NotSentYet)),
            (failed(), Some(Conflict::CannotBeRepeated)),
        ] {
            assert_eq!(conflict(message.may_be_copied()), refused, "{message:#?}");
        }
    }

    #[test]
    fn whether_a_retry_makes_sense_follows_from_why_it_failed() {
        let because = |reason: FailureReason, details: Option<StatusDetails>| {
            let mut message = failed();
            message.state.details = details;
            message.failure =
                message.failure.map(|failure| crate::interaction::Failure { reason, ..failure });
            message.retry_advice().map(|advice| advice.worth)
        };
        for (reason, details, worth) in [
            (FailureReason::SmsConnectionException, None, Worth::Now),
            (FailureReason::SmsNotSent, Some(StatusDetails::TextDeviceUnreachable), Worth::Now),
            (FailureReason::SmsNotSent, Some(StatusDetails::TextNumberDisconnected), Worth::No),
            (FailureReason::InvalidSmsGatewayCredentials, None, Worth::OnceCorrected),
            (FailureReason::MissingSmsRecipient, None, Worth::OnceCorrected),
            (FailureReason::SmsTooLong, None, Worth::No),
            // It has no words yet.
            (FailureReason::Other, Some(StatusDetails::BlockedByComplianceGuard), Worth::No),
        ] {
            assert_eq!(because(reason, details), Some(worth), "{reason}");
        }
        let mut worded = failed();
        worded.state.details = Some(StatusDetails::BlockedByComplianceGuard);
        worded.content = Content::Inline([("body".to_owned(), "Hello".into())].into_iter().collect());
        assert_eq!(worded.retry_advice().map(|advice| advice.worth), Some(Worth::OnceCorrected));
        assert_eq!(text().retry_advice(), None);
        let mut erased = failed();
        erased.erase(after(2));
        assert_eq!(erased.retry_advice().map(|advice| advice.worth), Some(Worth::No));
    }

    #[test]
    fn who_asked_for_a_retry_and_why_stands_in_its_history() {
        let mut message = failed();
        assert!(!message.was_retried());
        let by = Interaction::retried_by("OP-1", "AK-1", "the account is in order again");
        assert!(message.send_again(&by, after(5)).is_ok());
        assert!(message.was_retried());
        assert_eq!(
            message.timeline.last().unwrap().note.as_deref(),
            Some("OP-1 by AK-1: the account is in order again")
        );
        let mut other = failed();
        assert!(other.send_again("OP-1", after(5)).is_ok());
        assert!(!other.was_retried());
    }

    #[test]
    fn who_sent_it_again_is_known_however_long_its_history_is() {
        let mut message = failed();
        while message.timeline.len() < Interaction::MAX_TIMELINE {
            message.note(after(1), Step::Reported, None);
        }
        for time in 0..Interaction::MOST_RESENT {
            let by = format!("OP-{time}");
            assert_eq!(message.was_let_go_by(&by), None);
            assert!(message.send_again(&by, after(2)).is_ok(), "{by}");
            assert_eq!(message.was_let_go_by(&by), Some(true), "{by}");
            message.blocked(&forbidden(), after(3));
            assert_eq!(message.timeline.last().map(|last| last.what), Some(Step::Canceled), "{by}");
        }
        assert_eq!(conflict(message.send_again("OP-20", after(4))), Some(Conflict::CannotBeRepeated));
    }

    #[test]
    fn one_that_fails_again_while_it_is_made_was_not_let_go() {
        let stillborn = text().stillborn(FailureReason::Other, "no template".into(), after(1));
        let again = text().instead_of(&stillborn, "OP-1", after(2));
        let again = again.stillborn(FailureReason::Other, "no template".into(), after(2));
        let made = text().instead_of(&again, "OP-2", after(3));
        assert_eq!(again.was_let_go_by("OP-1"), Some(false));
        assert_eq!((made.was_let_go_by("OP-1"), made.was_let_go_by("OP-2")), (Some(false), Some(true)));
        assert_eq!(made.was_let_go_by("OP-3"), None);
    }
}
