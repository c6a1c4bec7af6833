//! What may be said of an interaction later, as a specification.

use serde_json::json;

use super::*;
use crate::{
    interaction::{
        NewInteraction, Origin,
        tests::{after, start, text},
    },
    ledger::Outcome,
    vocabulary::Channel,
};

fn update(content: Value) -> InteractionUpdate {
    serde_json::from_value(content).unwrap()
}

/// A call as it was recorded.
fn call(content: Value) -> Interaction {
    let mut body = json!({ "channel": "voice", "theme": "opsCollDebt" });
    body.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
    let new: NewInteraction = serde_json::from_value(body).unwrap();
    new.check(start()).unwrap();
    Interaction {
        channel: Channel::Voice,
        direction: new.direction(),
        state: new.state(),
        failure: new.failure(),
        origin: Origin::Recorded(new.record(start())),
        due_at: None,
        ..text()
    }
}

fn amended(mut call: Interaction, content: Value) -> Result<Interaction, Error> {
    call.amend(&update(content), "AK-1", after(600)).map(|()| call)
}

#[test]
fn a_call_moves_on_and_its_place_in_the_ledger_with_it() {
    let going_on = || call(json!({ "status": "inProgress" }));
    for (content, expected) in [
        (json!({ "status": "attempted" }), Outcome::Attempted),
        (
            json!({ "status": "succeeded", "statusDetails": "voiceSpokeWithFirstParty" }),
            Outcome::Conversation,
        ),
        (json!({ "statusDetails": "voiceLeftVoicemail" }), Outcome::Connected),
        (json!({ "status": "failed" }), Outcome::Failed),
        (json!({ "status": "failed", "statusDetails": "voiceNumberDisconnected" }), Outcome::NotConnected),
        (json!({ "agentOutcome": "voiceSpokeWithFirstParty" }), Outcome::Conversation),
    ] {
        let after = amended(going_on(), content.clone()).unwrap();
        assert_eq!(after.place(), Some((start(), expected)), "{content}");
        assert_eq!(after.timeline.len(), 2, "{content}");
        assert_eq!(
            amended(after.clone(), content.clone()).unwrap(),
            after,
            "said twice is said once: {content}"
        );
    }
}

#[test]
fn what_was_scheduled_begins_when_it_is_said_to_or_now() {
    let planned = || call(json!({ "status": "scheduled", "scheduledAtFrom": "2026-01-05T17:00:00Z" }));
    assert_eq!(planned().takes_place_at(), after(7200));
    let began = amended(planned(), json!({ "status": "inProgress" })).unwrap();
    assert_eq!(began.takes_place_at(), after(600));
    let content = json!({ "status": "attempted", "startedAt": "2026-01-05T15:05:00Z" });
    assert_eq!(amended(planned(), content).unwrap().takes_place_at(), after(300));
    let later = amended(planned(), json!({ "scheduledAtFrom": "2026-01-05T18:00:00Z" })).unwrap();
    assert_eq!(later.takes_place_at(), after(3 * 3600));
    assert_eq!(amended(planned(), json!({ "status": "canceled" })).unwrap().place(), None);
}

#[test]
fn an_agent_may_think_better_of_it_however_the_call_ended() {
    let over = || call(json!({ "status": "failed", "agentOutcome": "voiceRangNoPickup" }));
    let corrected = amended(over(), json!({ "agentOutcome": "voiceSpokeWithFirstParty" })).unwrap();
    assert_eq!(corrected.outcome(), Some(Outcome::Conversation));
    let taken_back = amended(corrected, json!({ "agentOutcome": null })).unwrap();
    assert_eq!(taken_back.outcome(), Some(Outcome::Failed));
    let notes: Vec<_> = taken_back.timeline.iter().filter_map(|moment| moment.note.as_deref()).collect();
    assert_eq!(notes, ["voiceSpokeWithFirstParty", "no agentOutcome"]);
}

#[test]
fn fields_left_out_stay_and_null_clears() {
    let told = json!({
        "status": "failed", "endedAt": "2026-01-05T15:00:30Z", "metaData": { "queue": "7" },
        "failureDescriptionShort": "No line", "failureDescriptionLong": "Ask the carrier.", "twilioErrorCode": "31005",
    });
    let before = call(told);
    assert_eq!(amended(before.clone(), json!({})).unwrap(), before);
    let cleared = json!({ "endedAt": null, "failureDescriptionLong": null, "metaData": {} });
    let after = amended(before, cleared).unwrap();
    let (record, failure) = (after.origin.record().unwrap(), after.failure.unwrap());
    assert_eq!((record.ended_at, record.meta_data.len()), (None, 0));
    assert_eq!((failure.summary.as_deref(), &*failure.description), (Some("No line"), ""));
}

#[test]
fn nothing_goes_back_and_nothing_becomes_what_cannot_be() {
    for (before, content, conflict, pointer) in [
        ("succeeded", json!({ "status": "attempted" }), true, ""),
        ("failed", json!({ "status": "succeeded" }), true, ""),
        ("canceled", json!({ "status": "attempted" }), true, ""),
        ("attempted", json!({ "status": "canceled" }), true, ""),
        ("attempted", json!({ "status": "scheduled", "scheduledAtFrom": "2026-01-06" }), true, ""),
        (
            "attempted",
            json!({ "status": "succeeded", "statusDetails": "emailOpened" }),
            false,
            "/statusDetails",
        ),
        (
            "attempted",
            json!({ "agentOutcome": "voiceDisconnectedWhileQueuedOnHold" }),
            false,
            "/agentOutcome",
        ),
        ("attempted", json!({ "startedAt": "2026-01-06" }), false, "/startedAt"),
        ("attempted", json!({ "content": { "": 1 } }), false, "/content"),
    ] {
        match amended(call(json!({ "status": before })), content.clone()) {
            Err(Error::Conflict { conflict: Conflict::StatusCannotChange, .. }) => {
                assert!(conflict, "{content}")
            }
            Err(Error::Invalid(faults)) => assert_eq!(faults[0].pointer, pointer, "{content}"),
            other => panic!("{before} {content}: {other:?}"),
        }
    }
}

#[test]
fn what_we_send_is_called_off_while_it_waits_and_nothing_else_is_said_of_it() {
    let canceled = amended(text(), json!({ "status": "canceled" })).unwrap();
    assert_eq!((canceled.place(), canceled.due_at), (None, None));
    assert_eq!(amended(canceled.clone(), json!({ "status": "canceled" })).unwrap(), canceled);
    assert_eq!(amended(text(), json!({})).unwrap(), text());
    for content in [
        json!({ "status": "succeeded" }),
        json!({ "status": "canceled", "sensitive": true }),
        json!({ "content": {} }),
    ] {
        let refused = amended(text(), content.clone());
        assert!(
            matches!(refused, Err(Error::Conflict { conflict: Conflict::SentByPostrider, .. })),
            "{content}"
        );
    }
    let mut taken = text();
    taken.claim(start());
    let late = amended(taken, json!({ "status": "canceled" }));
    assert!(matches!(late, Err(Error::Conflict { conflict: Conflict::StatusCannotChange, .. })));
}
