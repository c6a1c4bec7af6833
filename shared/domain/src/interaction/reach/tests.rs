//! How far every detail and every word of an agent says a contact got.

use super::*;
use crate::{
    interaction::{
        Origin, Record,
        tests::{after, start, text},
    },
    vocabulary::{AgentOutcome, State},
};
use Direction::{Inbound, Outbound};
use InteractionStatus::{Attempted, Canceled, Failed, InProgress, Scheduled, Succeeded};

const BEGUN: [InteractionStatus; 4] = [InProgress, Attempted, Succeeded, Failed];

fn recorded(channel: Channel, direction: Direction, state: State) -> Interaction {
    let record = Record { started_at: Some(after(60)), ..Record::default() };
    let origin = Origin::Recorded(record);
    let recorded = Interaction { channel, direction, state, origin, due_at: None, ..text() };
    state.check(channel, direction).expect("it can be");
    recorded
}

fn call(direction: Direction, status: InteractionStatus, details: Option<StatusDetails>) -> Interaction {
    recorded(Channel::Voice, direction, State { status: Some(status), details })
}

#[test]
fn every_detail_of_a_call_tells_how_far_it_got() {
    use Outcome as O;
    use StatusDetails as D;
    // What it tells of a call that failed, and of any other.
    let table = [
        (Outbound, D::VoiceSpokeWithFirstParty, O::Conversation, O::Conversation),
        (Inbound, D::VoiceSpokeWithFirstParty, O::Conversation, O::Conversation),
        (Outbound, D::VoiceSpokeWithThirdParty, O::Connected, O::Connected),
        (Inbound, D::VoiceSpokeWithThirdParty, O::Connected, O::Connected),
        (Outbound, D::VoiceLeftVoicemailFirstParty, O::Connected, O::Connected),
        (Outbound, D::VoiceLeftVoicemailThirdParty, O::Connected, O::Connected),
        (Outbound, D::VoiceLeftVoicemail, O::Connected, O::Connected),
        (Outbound, D::VoiceLineBusyNoRing, O::NotConnected, O::NotConnected),
        (Outbound, D::VoiceReachedVoicemailNoMessageLeft, O::Failed, O::Attempted),
        (Outbound, D::VoiceRangNoPickup, O::Failed, O::Attempted),
        (Outbound, D::VoicePickedHungUp, O::Connected, O::Connected),
        (Outbound, D::VoiceFailedToInitiate, O::NotConnected, O::NotConnected),
        (Outbound, D::VoiceNumberDisconnected, O::NotConnected, O::NotConnected),
        (Outbound, D::VoiceNumberInvalid, O::NotConnected, O::NotConnected),
        (Inbound, D::VoiceReceivedOutsideOpenHours, O::Attempted, O::Attempted),
        (Outbound, D::VoiceUnexpectedDisconnect, O::Connected, O::Connected),
        (Inbound, D::VoiceUnexpectedDisconnect, O::Conversation, O::Conversation),
        (Inbound, D::VoiceDisconnectedWhileQueuedOnHold, O::Attempted, O::Attempted),
        (Inbound, D::VoiceReceivedNoAgentsAvailable, O::Attempted, O::Attempted),
        (Inbound, D::VoiceLenderDisabledInboundCalls, O::Attempted, O::Attempted),
        (Outbound, D::VoiceConnected, O::Connected, O::Connected),
        (Inbound, D::VoiceConnected, O::Conversation, O::Conversation),
    ];
    for (direction, details, failed, otherwise) in table {
        for status in BEGUN.into_iter().filter(|status| details.status().is_none_or(|only| only == *status)) {
            let expected = if status == Failed { failed } else { otherwise };
            let found = call(direction, status, Some(details)).outcome();
            assert_eq!(found, Some(expected), "{direction} {status} {details}");
        }
    }
    for details in StatusDetails::ALL.iter().filter(|details| details.channel() == Some(Channel::Voice)) {
        assert!(table.iter().any(|(_, listed, ..)| listed == details), "{details}");
    }
}

#[test]
fn a_detail_of_any_other_channel_leaves_it_to_the_status() {
    for details in StatusDetails::ALL.iter().copied() {
        let Some(channel) = details.channel().filter(|channel| *channel != Channel::Voice) else { continue };
        for direction in [Outbound, Inbound] {
            if details.direction().is_some_and(|only| only != direction) {
                continue;
            }
            for status in
                BEGUN.into_iter().filter(|status| details.status().is_none_or(|only| only == *status))
            {
                let state = State { status: Some(status), details: Some(details) };
                let bare = State { details: None, ..state };
                let [found, expected] =
                    [state, bare].map(|state| recorded(channel, direction, state).outcome());
                assert_eq!(found, expected, "{details}");
            }
        }
    }
    for details in [StatusDetails::BlockedByComplianceGuard, StatusDetails::InvalidContact] {
        assert_eq!(call(Outbound, Failed, Some(details)).outcome(), Some(Outcome::Failed), "{details}");
    }
}

#[test]
fn the_status_tells_where_nothing_else_does() {
    use Channel::{Chat, Email, Fax, Gui, Mail, Text, Voice};
    for (channels, direction, status, expected) in [
        (&[Voice, Email, Text, Mail][..], Outbound, InProgress, Some(Outcome::Attempted)),
        (&[Voice, Email, Text, Mail], Outbound, Attempted, Some(Outcome::Attempted)),
        (&[Email, Text, Mail, Fax, Chat, Gui], Outbound, Succeeded, Some(Outcome::Attempted)),
        (&[Voice], Outbound, Succeeded, Some(Outcome::Conversation)),
        (&[Voice, Email, Text, Mail], Outbound, Failed, Some(Outcome::Failed)),
        (&[Voice, Email, Text, Mail, Fax, Chat], Inbound, InProgress, Some(Outcome::Conversation)),
        (&[Voice, Email, Text, Mail, Fax, Chat], Inbound, Attempted, Some(Outcome::Conversation)),
        (&[Voice, Email, Text, Mail, Fax, Chat], Inbound, Succeeded, Some(Outcome::Conversation)),
        (&[Voice, Email, Text, Mail, Fax, Chat], Inbound, Failed, Some(Outcome::Failed)),
        (&[Voice, Email], Outbound, Scheduled, Some(Outcome::Attempted)),
        (&[Voice, Email], Inbound, Scheduled, Some(Outcome::Attempted)),
        (&[Voice, Email], Outbound, Canceled, None),
    ] {
        for channel in channels {
            let found =
                recorded(*channel, direction, State { status: Some(status), details: None }).outcome();
            assert_eq!(found, expected, "{direction} {channel} {status}");
        }
    }
}

#[test]
fn the_agents_word_counts_for_more_than_the_line_and_the_status() {
    use AgentOutcome as A;
    let table = [
        (Outbound, A::VoiceSpokeWithFirstParty, Outcome::Conversation),
        (Outbound, A::VoiceSpokeWithThirdParty, Outcome::Connected),
        (Outbound, A::VoiceLeftVoicemail, Outcome::Connected),
        (Outbound, A::VoiceLineBusyNoRing, Outcome::NotConnected),
        (Outbound, A::VoiceReachedVoicemailNoMessageLeft, Outcome::Attempted),
        (Outbound, A::VoiceRangNoPickup, Outcome::Attempted),
        (Outbound, A::VoicePickedHungUp, Outcome::Connected),
        (Outbound, A::VoiceFailedToInitiate, Outcome::NotConnected),
        (Outbound, A::VoiceNumberDisconnected, Outcome::NotConnected),
        (Outbound, A::VoiceUnexpectedDisconnect, Outcome::Connected),
        (Inbound, A::VoiceUnexpectedDisconnect, Outcome::Conversation),
        (Inbound, A::VoiceDisconnectedWhileQueuedOnHold, Outcome::Attempted),
    ];
    for (direction, stated, expected) in table {
        assert_eq!(StatusDetails::from(stated).as_str(), stated.as_str());
        for status in BEGUN {
            for details in [None, Some(StatusDetails::VoiceSpokeWithThirdParty)] {
                let mut call = call(direction, status, details);
                call.origin.record_mut().unwrap().agent_outcome = Some(stated);
                assert_eq!(call.outcome(), Some(expected), "{direction} {status} {details:?} {stated}");
            }
        }
    }
    for stated in AgentOutcome::ALL {
        assert!(table.iter().any(|(_, listed, _)| listed == stated), "{stated}");
    }
}

#[test]
fn what_is_scheduled_stands_at_its_time_and_what_began_at_its_start() {
    let mut planned = call(Outbound, Scheduled, None);
    let record = Record { scheduled_at_from: Some(after(3600)), ..Record::default() };
    planned.origin = Origin::Recorded(record.clone());
    assert_eq!(planned.place(), Some((after(3600), Outcome::Attempted)));
    planned.origin = Origin::Recorded(Record { started_at: Some(after(60)), ..record });
    assert_eq!(planned.takes_place_at(), after(3600));
    planned.state.status = Some(Attempted);
    assert_eq!(planned.takes_place_at(), after(60));
    assert_eq!(call(Outbound, Canceled, None).place(), None);
}

#[test]
fn what_we_send_stands_where_it_was_put_when_it_was_accepted() {
    let mut sent = text();
    assert_eq!(sent.place(), Some((start(), Outcome::Attempted)));
    sent.send_at = Some(after(7200));
    assert_eq!(sent.takes_place_at(), after(7200));
}
