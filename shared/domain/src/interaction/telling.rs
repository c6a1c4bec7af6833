//! Events about a message, for those who subscribed to them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Failure, Interaction, Origin, Step};
use crate::{
    id::{self, ExternalId, Id},
    vocabulary::{
        Channel, FailureReason, InteractionStatus, MessageEvent, Milestone, State, StatusDetails, Subject,
    },
};

/// What an event about a message reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageNews {
    /// The message.
    pub interaction_id: Id<id::Interaction>,
    /// Your id of it.
    pub external_id: Option<ExternalId>,
    /// The person; null for somebody unknown.
    pub person_id: Option<Id<id::Person>>,
    /// Your id of the person.
    pub person_external_id: Option<ExternalId>,
    /// The loans it is about.
    pub loan_ids: Vec<Id<id::Loan>>,
    /// Your ids of them, in the same order; null for one you have none for.
    pub loan_external_ids: Vec<Option<ExternalId>>,
    /// The channel that messages are sent by.
    pub channel: Channel,
    /// What it is about.
    pub subject: Option<Subject>,
    /// How far it has come; null while it waits to be sent.
    pub status: Option<InteractionStatus>,
    /// What is known beyond the status.
    pub status_details: Option<StatusDetails>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureNews>,
    /// When it came so far.
    pub at: Timestamp,
}

/// What is reported about a failure: its names. The words for people may hold an address, and stand with the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailureNews {
    /// The reason as the Communication Messages API (003) names it.
    pub reason: FailureReason,
    /// The provider's code, raw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The guard's rule, if it was the guard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_id: Option<String>,
}

impl From<&Failure> for FailureNews {
    fn from(failure: &Failure) -> Self {
        Self { reason: failure.reason, code: failure.code.clone(), rule_id: failure.rule_id.clone() }
    }
}

impl From<&Interaction> for MessageNews {
    fn from(message: &Interaction) -> Self {
        Self {
            interaction_id: message.id.clone(),
            external_id: message.external_id.clone(),
            person_id: message.person_id.clone(),
            person_external_id: message.external_ids.person.clone(),
            loan_ids: message.loan_ids.clone(),
            loan_external_ids: message.external_ids.of_loans(&message.loan_ids),
            channel: message.channel,
            subject: message.subject.clone(),
            status: message.state.status,
            status_details: message.state.details,
            failure: message.failure.as_ref().map(FailureNews::from),
            at: message.updated_at,
        }
    }
}

impl MessageEvent {
    /// What became of a message between two states of it, the first absent for one that is new; in the order it is told.
    ///
    /// Of what others had, and of what only tells, nothing is told. What a rule or somebody says to the lender's own systems and people
    /// is told of only if it failed: then they have not heard it. What bounced or was blocked is not told as failed too. A notice
    /// inside the lender's application has arrived once it is shown there, and is opened when it was read.
    pub fn between(before: Option<&Interaction>, after: &Interaction) -> Vec<Self> {
        let mut events = match &after.origin {
            Origin::Sent if after.is_for_the_lender() => {
                of_sent(before, after).into_iter().filter(|event| *event == Self::Failed).collect()
            }
            Origin::Sent => of_sent(before, after),
            Origin::Received(_) if before.is_none() => vec![Self::Received],
            Origin::Received(_) => Vec::new(),
            Origin::Told | Origin::Recorded(_) => return Vec::new(),
        };
        let is_opt_out =
            after.opted_out_at.is_some() && before.is_none_or(|before| before.opted_out_at.is_none());
        events.extend(is_opt_out.then_some(Self::OptedOut));
        events
    }
}

impl Milestone {
    /// What is counted of a message between two states of it, the first absent for one that is new. Of what others had, and of what
    /// only tells, nothing is.
    pub fn between(before: Option<&Interaction>, after: &Interaction) -> Vec<Self> {
        match &after.origin {
            Origin::Sent => {
                let was_failed =
                    before.is_some_and(|before| before.state.status == Some(InteractionStatus::Failed));
                let counted = of_sent(before, after).into_iter().filter_map(|event| match event {
                    MessageEvent::Accepted => Some(Self::Accepted),
                    MessageEvent::Sent => Some(Self::Sent),
                    MessageEvent::Delivered => Some(Self::Delivered),
                    MessageEvent::Blocked => Some(Self::Blocked),
                    MessageEvent::Canceled => Some(Self::Canceled),
                    MessageEvent::Failed => Some(Self::Failed),
                    // What bounced is told as such alone.
                    MessageEvent::Bounced => (!was_failed).then_some(Self::Failed),
                    MessageEvent::Scheduled
                    | MessageEvent::Opened
                    | MessageEvent::Clicked
                    | MessageEvent::OptedOut
                    | MessageEvent::Received => None,
                });
                counted.collect()
            }
            Origin::Received(_) if before.is_none() => vec![Self::Received],
            Origin::Received(_) | Origin::Told | Origin::Recorded(_) => Vec::new(),
        }
    }
}

fn of_sent(before: Option<&Interaction>, after: &Interaction) -> Vec<MessageEvent> {
    use InteractionStatus::{Canceled, Failed, Scheduled};
    use MessageEvent as M;
    let (was, is, channel) =
        (before.map_or(State::QUEUED, |before| before.state), after.state, after.channel);
    let becomes = |status| is.status == Some(status) && was.status != Some(status);
    let comes = |so_far: fn(State, Channel) -> bool| so_far(is, channel) && !so_far(was, channel);
    // What was refused when it was asked for was never accepted.
    let is_accepted = before.is_none() && !matches!(is.status, Some(Failed | Canceled));
    let is_put_off = before.is_some_and(|before| before.send_at != after.send_at);
    let all = [
        (M::Accepted, is_accepted),
        (M::Scheduled, becomes(Scheduled) || (is.status == Some(Scheduled) && is_put_off)),
        (M::Sent, comes(has_left)),
        (M::Delivered, comes(has_arrived)),
        (M::Opened, comes(was_opened)),
        (M::Clicked, comes(was_followed)),
        (M::Bounced, comes(came_back)),
        (M::Blocked, comes(was_blocked)),
        (M::Canceled, becomes(Canceled) && !was_blocked(is, channel)),
        (M::Failed, becomes(Failed) && !came_back(is, channel) && !was_blocked(is, channel)),
    ];
    all.into_iter().filter_map(|(event, holds)| holds.then_some(event)).collect()
}

fn has_left(state: State, _: Channel) -> bool {
    use InteractionStatus::{Attempted, InProgress, Succeeded};
    matches!(state.status, Some(Attempted | InProgress | Succeeded))
}

fn has_arrived(state: State, channel: Channel) -> bool {
    match channel {
        Channel::Gui => has_left(state, channel),
        _ => state.status == Some(InteractionStatus::Succeeded),
    }
}

fn was_opened(state: State, channel: Channel) -> bool {
    // Whoever follows a link may not show pictures, by which opening is seen: following alone is not told as opening.
    let is_reported = matches!(state.details, Some(StatusDetails::EmailOpened | StatusDetails::ChatRead));
    is_reported || (channel == Channel::Gui && state.status == Some(InteractionStatus::Succeeded))
}

fn was_followed(state: State, _: Channel) -> bool {
    state.details == Some(StatusDetails::EmailClick)
}

fn came_back(state: State, _: Channel) -> bool {
    matches!(state.details, Some(StatusDetails::EmailBounced | StatusDetails::LetterReturnedToSender))
}

fn was_blocked(state: State, _: Channel) -> bool {
    state.details == Some(StatusDetails::BlockedByComplianceGuard)
}

impl Interaction {
    /// Whether it notifies the lender of something: a communication message (003) to its systems or its people. A dispatch (004) to a URL
    /// is none: its sender has somebody else in mind.
    fn is_for_the_lender(&self) -> bool {
        match self.channel {
            Channel::EventStream | Channel::Task => true,
            Channel::Webhook => self.trigger.is_some(),
            _ => false,
        }
    }

    /// A reader of the lender's was handed the message, which is of its stream. Returns whether that is news.
    pub fn handed_out(&mut self, now: Timestamp) -> bool {
        let is_news = self.channel == Channel::EventStream
            && self.state == State::QUEUED
            && self.advance(InteractionStatus::Succeeded, None);
        if is_news {
            self.due_at = None;
            self.note(now, Step::Sent, None);
            self.note(now, Step::Delivered, None);
        }
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::{
        EventKeys, Record, Trigger,
        tests::{after, start, text},
    };

    fn at(state: (Option<InteractionStatus>, Option<StatusDetails>), channel: Channel) -> Interaction {
        let state = State { status: state.0, details: state.1 };
        Interaction { state, channel, ..text() }
    }

    #[test]
    fn each_step_of_a_message_is_told_by_its_name_and_once() {
        use Channel::{Email, Gui, Mail, Text};
        use InteractionStatus::{Attempted, Canceled, Failed, Scheduled, Succeeded};
        use MessageEvent as M;
        use StatusDetails as D;
        const QUEUED: (Option<InteractionStatus>, Option<StatusDetails>) = (None, None);
        // Each line: the channel, how it stood (absent for a new one), how it stands, and what is told.
        for (channel, before, now, told) in [
            (Text, None, QUEUED, vec![M::Accepted]),
            (Text, None, (Some(Scheduled), None), vec![M::Accepted, M::Scheduled]),
            (Text, None, (Some(Failed), None), vec![M::Failed]),
            (Text, None, (Some(Failed), Some(D::BlockedByComplianceGuard)), vec![M::Blocked]),
            (Text, Some(QUEUED), QUEUED, vec![]),
            (Text, Some(QUEUED), (Some(Scheduled), None), vec![M::Scheduled]),
            (Text, Some((Some(Scheduled), None)), (Some(Scheduled), None), vec![]),
            (Text, Some((Some(Scheduled), None)), (Some(Attempted), None), vec![M::Sent]),
            (Text, Some(QUEUED), (Some(Succeeded), None), vec![M::Sent, M::Delivered]),
            (Text, Some((Some(Attempted), None)), (Some(Succeeded), None), vec![M::Delivered]),
            (
                Text,
                Some((Some(Attempted), None)),
                (Some(Failed), Some(D::TextMessageBlocked)),
                vec![M::Failed],
            ),
            (Text, Some(QUEUED), (Some(Canceled), None), vec![M::Canceled]),
            (Text, Some(QUEUED), (Some(Canceled), Some(D::BlockedByComplianceGuard)), vec![M::Blocked]),
            // Called off while nobody knew whether it left, and then it had.
            (Text, Some((Some(Canceled), None)), (Some(Attempted), None), vec![M::Sent]),
            (Email, Some(QUEUED), (Some(Attempted), Some(D::EmailSent)), vec![M::Sent]),
            (
                Email,
                Some((Some(Attempted), Some(D::EmailSent))),
                (Some(Succeeded), Some(D::EmailDelivered)),
                vec![M::Delivered],
            ),
            (
                Email,
                Some((Some(Attempted), Some(D::EmailSent))),
                (Some(Succeeded), Some(D::EmailOpened)),
                vec![M::Delivered, M::Opened],
            ),
            (
                Email,
                Some((Some(Succeeded), Some(D::EmailDelivered))),
                (Some(Succeeded), Some(D::EmailOpened)),
                vec![M::Opened],
            ),
            (
                Email,
                Some((Some(Succeeded), Some(D::EmailOpened))),
                (Some(Succeeded), Some(D::EmailClick)),
                vec![M::Clicked],
            ),
            (
                Email,
                Some((Some(Attempted), Some(D::EmailSent))),
                (Some(Failed), Some(D::EmailBounced)),
                vec![M::Bounced],
            ),
            (
                Email,
                Some((Some(Failed), Some(D::EmailDropped))),
                (Some(Failed), Some(D::EmailBounced)),
                vec![M::Bounced],
            ),
            (
                Email,
                Some((Some(Succeeded), Some(D::EmailOpened))),
                (Some(Failed), Some(D::EmailReportedAsSpam)),
                vec![M::Failed],
            ),
            (
                Mail,
                Some((Some(Attempted), Some(D::LetterCreated))),
                (Some(Attempted), Some(D::LetterInTransit)),
                vec![],
            ),
            (
                Mail,
                Some((Some(Succeeded), Some(D::LetterDelivered))),
                (Some(Failed), Some(D::LetterReturnedToSender)),
                vec![M::Bounced],
            ),
            (Gui, Some(QUEUED), (Some(Attempted), None), vec![M::Sent, M::Delivered]),
            (Gui, Some((Some(Attempted), None)), (Some(Succeeded), None), vec![M::Opened]),
        ] {
            let before = before.map(|state| at(state, channel));
            let now = at(now, channel);
            assert_eq!(MessageEvent::between(before.as_ref(), &now), told, "{channel} {}", now.state);
            assert_eq!(MessageEvent::between(Some(&now), &now), [], "{channel} {}: told again", now.state);
        }
    }

    #[test]
    fn each_step_of_a_message_is_counted_once() {
        use InteractionStatus::{Attempted, Canceled, Failed, Succeeded};
        use Milestone as N;
        use StatusDetails as D;
        const QUEUED: (Option<InteractionStatus>, Option<StatusDetails>) = (None, None);
        for (channel, before, now, counted) in [
            (Channel::Text, None, QUEUED, vec![N::Accepted]),
            (Channel::Text, Some(QUEUED), (Some(Attempted), None), vec![N::Sent]),
            (Channel::Text, Some((Some(Attempted), None)), (Some(Succeeded), None), vec![N::Delivered]),
            (Channel::Text, None, (Some(Failed), Some(D::BlockedByComplianceGuard)), vec![N::Blocked]),
            (
                Channel::Text,
                Some(QUEUED),
                (Some(Canceled), Some(D::BlockedByComplianceGuard)),
                vec![N::Blocked],
            ),
            (Channel::Text, Some(QUEUED), (Some(Canceled), None), vec![N::Canceled]),
            (
                Channel::Email,
                Some((Some(Attempted), None)),
                (Some(Failed), Some(D::EmailBounced)),
                vec![N::Failed],
            ),
            (
                Channel::Email,
                Some((Some(Failed), Some(D::EmailDropped))),
                (Some(Failed), Some(D::EmailBounced)),
                vec![],
            ),
            // Of what goes to the lender itself, too.
            (Channel::Webhook, Some(QUEUED), (Some(Succeeded), None), vec![N::Sent, N::Delivered]),
        ] {
            let before = before.map(|state| at(state, channel));
            let now = at(now, channel);
            assert_eq!(Milestone::between(before.as_ref(), &now), counted, "{channel} {}", now.state);
            assert_eq!(Milestone::between(Some(&now), &now), [], "{channel} {}: counted again", now.state);
        }
        let received = Interaction { origin: Origin::Received(Record::default()), ..text() };
        assert_eq!(Milestone::between(None, &received), [Milestone::Received]);
        assert_eq!(Milestone::between(Some(&received), &received), []);
        for origin in [Origin::Told, Origin::Recorded(Record::default())] {
            assert_eq!(Milestone::between(None, &Interaction { origin, ..text() }), []);
        }
    }

    #[test]
    fn a_message_that_is_put_off_again_is_told_as_scheduled_again() {
        let scheduled = |seconds| Interaction {
            send_at: Some(after(seconds)),
            ..at((Some(InteractionStatus::Scheduled), None), Channel::Text)
        };
        assert_eq!(MessageEvent::between(Some(&scheduled(60)), &scheduled(120)), [MessageEvent::Scheduled]);
    }

    #[test]
    fn only_what_we_send_and_what_comes_in_is_told_of() {
        let done = at((Some(InteractionStatus::Succeeded), None), Channel::Text);
        let of = |origin: Origin| Interaction { origin, ..done.clone() };
        let received = of(Origin::Received(Record::default()));
        for (message, told) in [
            (of(Origin::Told), vec![]),
            (of(Origin::Recorded(Record::default())), vec![]),
            (received.clone(), vec![MessageEvent::Received]),
            (
                Interaction { opted_out_at: Some(start()), ..received.clone() },
                vec![MessageEvent::Received, MessageEvent::OptedOut],
            ),
        ] {
            assert_eq!(MessageEvent::between(None, &message), told, "{:?}", message.origin);
        }
        let opted_out = Interaction { opted_out_at: Some(start()), ..done.clone() };
        assert_eq!(MessageEvent::between(Some(&done), &opted_out), [MessageEvent::OptedOut]);
        assert_eq!(MessageEvent::between(Some(&received), &received), []);
    }

    #[test]
    fn of_what_goes_to_the_lender_itself_only_a_failure_is_told() {
        use MessageEvent as M;
        let trigger = Some(Trigger::by_hand(EventKeys::default()));
        for (channel, trigger, is_for_lender) in [
            (Channel::Webhook, trigger.clone(), true),
            (Channel::EventStream, trigger.clone(), true),
            (Channel::Task, trigger.clone(), true),
            (Channel::Webhook, None, false),
            (Channel::Email, trigger.clone(), false),
            (Channel::Text, trigger, false),
        ] {
            let stands = |status| Interaction { trigger: trigger.clone(), ..at((status, None), channel) };
            let (new, done) = (stands(None), stands(Some(InteractionStatus::Succeeded)));
            let failed = stands(Some(InteractionStatus::Failed));
            let told = [
                MessageEvent::between(None, &new),
                MessageEvent::between(Some(&new), &done),
                MessageEvent::between(Some(&new), &failed),
                MessageEvent::between(None, &failed),
            ];
            let all = match is_for_lender {
                true => [vec![], vec![], vec![M::Failed], vec![M::Failed]],
                false => [vec![M::Accepted], vec![M::Sent, M::Delivered], vec![M::Failed], vec![M::Failed]],
            };
            assert_eq!(told, all, "{channel}");
        }
    }

    #[test]
    fn what_is_told_names_things_as_the_lender_does() {
        let mut message = text();
        message.external_id = Some("reminder-7".parse().unwrap());
        message.external_ids.person = Some("john".parse().unwrap());
        message.loan_ids = vec![Id::external("demo", "loan-1"), Id::external("demo", "loan-2")];
        message.external_ids.loans = [(Id::external("demo", "loan-1"), "loan-1".parse().unwrap())].into();
        let told = serde_json::to_value(MessageNews::from(&message)).unwrap();
        assert_eq!(told["externalId"], "reminder-7");
        assert_eq!(told["personExternalId"], "john");
        assert_eq!(told["loanExternalIds"], serde_json::json!(["loan-1", null]));
        assert_eq!((&told["status"], told.get("failure")), (&serde_json::Value::Null, None));
    }

    #[test]
    fn what_is_told_holds_no_address_whatever_a_failure_says() {
        const ADDRESS: &str = "john@example.com";
        for channel in Channel::ALL {
            for reason in FailureReason::ALL {
                let failure = Failure {
                    reason: *reason,
                    code: Some("30007".into()),
                    summary: Some(format!("not to {ADDRESS}")),
                    description: format!("{ADDRESS} is no contact of the person."),
                    rule_id: Some("FDCPA-TIME".into()),
                };
                let message =
                    Interaction { channel: *channel, to: ADDRESS.into(), failure: Some(failure), ..text() };
                let told = serde_json::to_value(MessageNews::from(&message)).unwrap();
                assert!(!told.to_string().contains(ADDRESS), "{told}");
                let failure =
                    serde_json::json!({ "reason": reason, "code": "30007", "ruleId": "FDCPA-TIME" });
                assert_eq!(told["failure"], failure);
            }
        }
    }

    #[test]
    fn a_message_of_the_stream_is_sent_when_it_is_first_handed_out() {
        let mut message = Interaction { channel: Channel::EventStream, ..text() };
        assert!(message.handed_out(start()));
        assert_eq!(message.state.status, Some(InteractionStatus::Succeeded));
        assert!(!message.handed_out(start()));
        assert!(!text().handed_out(start()));
    }
}
