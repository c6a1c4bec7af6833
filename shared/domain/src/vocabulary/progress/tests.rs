use proptest::{prelude::*, sample::subsequence};

use super::*;
use Direction::{Inbound, Outbound};
use InteractionStatus::*;
use StatusDetails::*;

fn state(status: impl Into<Option<InteractionStatus>>, details: impl Into<Option<StatusDetails>>) -> State {
    State { status: status.into(), details: details.into() }
}

/// A detail with the status it goes with.
fn told(details: StatusDetails) -> State {
    state(details.status(), details)
}

fn plain(status: InteractionStatus) -> State {
    state(status, None)
}

/// Every state some interaction can be in.
fn possible() -> Vec<State> {
    let statuses = || std::iter::once(None).chain(InteractionStatus::ALL.iter().copied().map(Some));
    let details = || std::iter::once(None).chain(StatusDetails::ALL.iter().copied().map(Some));
    let possible = |state: &State| {
        Channel::ALL
            .iter()
            .any(|channel| Direction::ALL.iter().any(|direction| state.check(*channel, *direction).is_ok()))
    };
    statuses().flat_map(|s| details().map(move |d| state(s, d))).filter(possible).collect()
}

/// Takes in reports without regard to channel and direction.
fn after(start: State, reports: impl IntoIterator<Item = State>) -> State {
    reports
        .into_iter()
        .fold(start, |current, report| if report.may_follow(current) { report } else { current })
}

/// What happens to messages, each in the order it happens.
fn stories() -> Vec<Vec<State>> {
    vec![
        [EmailSent, EmailDelivered, EmailOpened, EmailClick, EmailReportedAsSpam].map(told).to_vec(),
        [EmailSent, EmailDelivered, EmailOpened, EmailBounced].map(told).to_vec(),
        [EmailSent, EmailBlocked].map(told).to_vec(),
        [EmailSent, EmailDropped].map(told).to_vec(),
        vec![plain(Scheduled), plain(Attempted), plain(Succeeded)],
        vec![plain(Attempted), told(TextDeviceUnreachable)],
        vec![plain(Attempted), plain(Failed), told(TextUnknownError)],
        [
            LetterCreated,
            LetterRenderedPdf,
            LetterRenderedThumbnails,
            LetterInTransit,
            LetterInLocalArea,
            LetterProcessedForDelivery,
            LetterRerouted,
            LetterDelivered,
            LetterReturnedToSender,
        ]
        .map(told)
        .to_vec(),
        vec![plain(InProgress), told(VoiceConnected), state(Succeeded, VoiceSpokeWithFirstParty)],
        vec![plain(InProgress), told(ChatPosted), told(ChatRead)],
        vec![plain(Scheduled), plain(Canceled)],
        vec![told(BlockedByComplianceGuard)],
        vec![told(InvalidContact)],
    ]
}

#[test]
fn a_detail_is_refused_with_another_status() {
    let refused = |state: State| state.check(Channel::Email, Outbound).unwrap_err().to_string();
    assert_eq!(
        refused(state(Failed, EmailDelivered)),
        "must go with the status: emailDelivered goes with succeeded, and the status is failed"
    );
    assert_eq!(
        refused(state(None, EmailSent)),
        "must go with the status: emailSent goes with attempted, and the status is null"
    );
}

#[test]
fn the_outcome_of_a_call_goes_with_any_status_of_a_call_that_began() {
    for status in [InProgress, Attempted, Succeeded, Failed] {
        assert_eq!(state(status, VoiceLeftVoicemail).check(Channel::Voice, Outbound), Ok(()));
    }
    assert_eq!(
        state(Scheduled, VoiceLeftVoicemail).check(Channel::Voice, Outbound).unwrap_err().to_string(),
        "must go with the status: voiceLeftVoicemail goes with inProgress, attempted, succeeded, failed, and the status is scheduled"
    );
}

#[test]
fn a_detail_is_refused_on_another_channel() {
    assert_eq!(
        told(VoiceNumberDisconnected).check(Channel::Text, Outbound).unwrap_err().to_string(),
        "must go with the channel: voiceNumberDisconnected is for voice, and the channel is text"
    );
    for channel in Channel::ALL {
        assert_eq!(told(InvalidContact).check(*channel, Outbound), Ok(()));
        assert_eq!(told(BlockedByComplianceGuard).check(*channel, Outbound), Ok(()));
    }
}

#[test]
fn a_detail_is_refused_in_the_other_direction() {
    assert!(told(VoiceReceivedNoAgentsAvailable).check(Channel::Voice, Inbound).is_ok());
    assert_eq!(
        told(VoiceReceivedNoAgentsAvailable).check(Channel::Voice, Outbound).unwrap_err().to_string(),
        "must go with the direction: voiceReceivedNoAgentsAvailable is for inbound interactions, and this one is outbound"
    );
    assert!(told(VoiceNumberDisconnected).check(Channel::Voice, Outbound).is_ok());
    assert!(told(VoiceNumberDisconnected).check(Channel::Voice, Inbound).is_err());
    for direction in [Inbound, Outbound] {
        assert!(state(Attempted, VoiceUnexpectedDisconnect).check(Channel::Voice, direction).is_ok());
    }
}

#[test]
fn a_report_moves_the_state_or_leaves_it_alone() {
    let mut current = State::QUEUED;
    let mut report = |details: StatusDetails| {
        current.advance(Channel::Email, Outbound, details.status().unwrap(), Some(details))
    };
    assert_eq!(report(EmailDelivered), Movement::Advanced);
    assert_eq!(report(EmailSent), Movement::Stale);
    assert_eq!(report(EmailDelivered), Movement::Stale);
    assert!(matches!(report(TextUnknownError), Movement::Invalid(Contradiction::Channel { .. })));
    assert_eq!(current, told(EmailDelivered));
}

#[test]
fn facts_learned_late_follow_success() {
    for (known, late) in [
        (told(EmailDelivered), EmailReportedAsSpam),
        (told(EmailClick), EmailReportedAsSpam),
        (told(EmailDelivered), EmailBounced),
        (plain(Succeeded), EmailReportedAsSpam),
        (told(LetterDelivered), LetterReturnedToSender),
    ] {
        assert!(told(late).may_follow(known), "{late} after {known:?}");
        assert!(!known.may_follow(told(late)), "{known:?} after {late}");
    }
}

#[test]
fn no_other_failure_follows_success_and_no_success_follows_failure() {
    for failed in possible().into_iter().filter(|s| s.status == Some(Failed)) {
        let late =
            matches!(failed.details, Some(EmailBounced | EmailReportedAsSpam | LetterReturnedToSender));
        for succeeded in possible().into_iter().filter(|s| s.status == Some(Succeeded)) {
            assert!(!succeeded.may_follow(failed), "{succeeded:?} after {failed:?}");
            assert_eq!(failed.may_follow(succeeded), late, "{failed:?} after {succeeded:?}");
        }
    }
}

#[test]
fn a_click_follows_an_open_but_never_the_other_way_round() {
    assert!(told(EmailClick).may_follow(told(EmailOpened)));
    assert!(!told(EmailOpened).may_follow(told(EmailClick)));
}

#[test]
fn only_what_has_not_begun_can_be_canceled_and_what_is_canceled_stays_so() {
    for other in possible() {
        let waiting = matches!(other.status, None | Some(Scheduled));
        assert_eq!(plain(Canceled).may_follow(other), waiting, "{other:?}");
        assert!(!other.may_follow(plain(Canceled)), "{other:?}");
    }
}

#[test]
fn a_queued_message_can_be_scheduled_but_what_began_cannot() {
    assert!(plain(Scheduled).may_follow(State::QUEUED));
    for begun in [InProgress, Attempted, Succeeded, Failed] {
        assert!(!plain(Scheduled).may_follow(plain(begun)), "{begun}");
    }
}

#[test]
fn progress_is_a_strict_order() {
    let states = possible();
    for a in &states {
        assert!(!a.may_follow(*a), "{a:?} follows itself");
        for b in states.iter().filter(|b| b.may_follow(*a)) {
            assert!(!a.may_follow(*b), "{a:?} and {b:?} follow each other");
            for c in states.iter().filter(|c| c.may_follow(*b)) {
                assert!(c.may_follow(*a), "{c:?} follows {b:?} follows {a:?}");
            }
        }
    }
}

#[test]
fn a_state_is_stored_under_001s_names() {
    let stored = serde_json::json!({"status": "succeeded", "statusDetails": "emailOpened"});
    assert_eq!(serde_json::to_value(told(EmailOpened)).unwrap(), stored);
    assert_eq!(serde_json::from_value::<State>(stored).unwrap(), told(EmailOpened));
    assert_eq!(serde_json::from_str::<State>("{}").unwrap(), State::QUEUED);
}

fn any_state() -> impl Strategy<Value = State> {
    proptest::sample::select(possible())
}

/// Some of a story's reports in their own order, and all of them in any order with repeats.
fn reports() -> impl Strategy<Value = (Vec<State>, Vec<State>)> {
    proptest::sample::select(stories()).prop_flat_map(|story| {
        let size = story.len();
        subsequence(story, 1..=size).prop_flat_map(|told| {
            let repeats = proptest::collection::vec(proptest::sample::select(told.clone()), 0..8);
            let arriving = (Just(told.clone()), repeats)
                .prop_map(|(all, repeats)| [all, repeats].concat())
                .prop_shuffle();
            (Just(told), arriving)
        })
    })
}

proptest! {
    #[test]
    fn reports_in_any_order_never_go_back(start in any_state(), reports in proptest::collection::vec(any_state(), 0..30)) {
        let mut current = start;
        for report in reports {
            let next = after(current, [report]);
            prop_assert!(next == current || next.may_follow(current));
            prop_assert!(!start.may_follow(next));
            current = next;
        }
    }

    #[test]
    fn repeated_reports_change_nothing(start in any_state(), reports in proptest::collection::vec(any_state(), 0..30)) {
        let once = after(start, reports.clone());
        prop_assert_eq!(after(once, reports), once);
    }

    #[test]
    fn the_order_of_arrival_does_not_matter((told, arriving) in reports()) {
        prop_assert_eq!(Some(&after(State::QUEUED, arriving)), told.last());
    }
}
