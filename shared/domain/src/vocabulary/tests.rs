//! Holds the vocabulary to the documents. `tests/spec` has the documents' lists, one value per line.

use std::{fmt::Debug, str::FromStr};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use super::*;

/// The lines of a list copied from a document.
macro_rules! listed {
    ($name:literal) => {
        include_str!(concat!("../../tests/spec/", $name, ".txt")).lines().collect::<Vec<_>>()
    };
}

fn spelled_as_listed<T>(all: &[T], listed: &[&str])
where
    T: FromStr<Err = UnknownValue> + ToString + Copy + Debug + PartialEq + Serialize + DeserializeOwned,
{
    assert_eq!(all.iter().map(T::to_string).collect::<Vec<_>>(), listed);
    for (value, text) in all.iter().zip(listed) {
        assert_eq!(text.parse(), Ok(*value));
        assert_eq!(serde_json::to_value(value).unwrap(), json!(text));
        assert_eq!(serde_json::from_value::<T>(json!(text)).unwrap(), *value);
    }
}

#[test]
fn every_enumeration_is_the_documents_value_for_value() {
    spelled_as_listed(KnownSubject::ALL, &listed!("subject"));
    spelled_as_listed(Theme::ALL, &listed!("theme"));
    spelled_as_listed(CaseType::ALL, &listed!("case_type"));
    spelled_as_listed(Direction::ALL, &listed!("direction"));
    spelled_as_listed(CommunicationsApiChannel::ALL, &listed!("channel_000"));
    spelled_as_listed(CommunicatorChannel::ALL, &listed!("channel_001"));
    spelled_as_listed(MessageType::ALL, &listed!("channel_003"));
    spelled_as_listed(DispatchChannel::ALL, &listed!("channel_004"));
    spelled_as_listed(Event::ALL, &listed!("event"));
    spelled_as_listed(FailureReason::ALL, &listed!("failure_reason"));
    spelled_as_listed(MessageState::ALL, &listed!("message_state"));
}

#[test]
fn null_is_listed_with_the_statuses_but_only_asks_for_their_absence() {
    let [statuses @ .., "null"] = &listed!("interaction_status")[..] else { panic!("null comes last") };
    spelled_as_listed(InteractionStatus::ALL, statuses);
    let [details @ .., "null"] = &listed!("status_details")[..] else { panic!("null comes last") };
    spelled_as_listed(StatusDetails::ALL, details);

    assert_eq!(or_null::<InteractionStatus>("null"), Ok(None));
    assert_eq!(or_null("failed"), Ok(Some(InteractionStatus::Failed)));
    assert!(or_null::<InteractionStatus>("nul").is_err());
    assert!("null".parse::<InteractionStatus>().is_err());
}

#[test]
fn an_agent_outcome_is_one_the_document_lists_or_describes() {
    let mut known = listed!("agent_outcome");
    known.extend(
        listed!("agent_outcome_described")
            .iter()
            .filter(|described| !listed!("agent_outcome").contains(described)),
    );
    spelled_as_listed(AgentOutcome::ALL, &known);
    // Each is also a technical detail, spelled the same.
    assert!(known.iter().all(|outcome| outcome.parse::<StatusDetails>().is_ok()));
}

#[test]
fn an_unknown_value_is_answered_with_what_is_allowed() {
    assert_eq!(
        "sms".parse::<CommunicatorChannel>().unwrap_err().to_string(),
        "must be one of voice, email, fax, text, chat, mail, gui, document"
    );
    assert_eq!(
        "LETTER".parse::<MessageType>().unwrap_err().to_string(),
        "must be one of EMAIL, SMS, WEB_HOOK, EVENT_STREAM, TASK"
    );
    assert_eq!(
        "LOAN_REPAID".parse::<Event>().unwrap_err().to_string(),
        "must be one of LOAN_REPAYMENT, LOAN_REPAYMENT_REVERSAL, LOAN_CREATED, LOAN_APPROVAL, LOAN_ACCOUNT_CLOSURE, LOAN_ACCOUNT_WRITE_OFF, LOAN_ACCOUNT_REJECTION, LOAN_ACCOUNT_RESCHEDULED and 67 others"
    );
    let long = "x".repeat(10_000).parse::<Event>().unwrap_err().to_string();
    assert!(long.len() < 400, "{long}");
}

#[test]
fn one_channel_has_each_documents_name() {
    use Channel as C;
    #[rustfmt::skip]
    let names = [
        // core         000             001                003                   004
        (C::Voice,       None,           Some("voice"),     None,                 None),
        (C::Email,       Some("email"),  Some("email"),     Some("EMAIL"),        Some("Email")),
        (C::Fax,         None,           Some("fax"),       None,                 None),
        (C::Text,        Some("sms"),    Some("text"),      Some("SMS"),          Some("Sms")),
        (C::Chat,        None,           Some("chat"),      None,                 None),
        (C::Mail,        Some("letter"), Some("mail"),      None,                 None),
        (C::Gui,         Some("in_app"), Some("gui"),       None,                 Some("InApp")),
        (C::Document,    None,           Some("document"),  None,                 None),
        (C::Push,        None,           None,              None,                 Some("Push")),
        (C::Webhook,     None,           None,              Some("WEB_HOOK"),     Some("Webhook")),
        (C::EventStream, None,           None,              Some("EVENT_STREAM"), None),
        (C::Task,        None,           None,              Some("TASK"),         None),
    ];
    assert_eq!(names.map(|(core, ..)| core), Channel::ALL);
    for (core, in_000, in_001, in_003, in_004) in names {
        assert_eq!(
            CommunicationsApiChannel::try_from(core).ok().map(CommunicationsApiChannel::as_str),
            in_000
        );
        assert_eq!(CommunicatorChannel::try_from(core).ok().map(CommunicatorChannel::as_str), in_001);
        assert_eq!(MessageType::try_from(core).ok().map(MessageType::as_str), in_003);
        assert_eq!(DispatchChannel::try_from(core).ok().map(DispatchChannel::as_str), in_004);
        assert!(in_001.is_none_or(|name| name == core.as_str()), "the core spells as 001 does");
    }
}

#[test]
fn a_details_status_is_the_one_the_document_lists_it_under() {
    use StatusDetails as D;
    for line in listed!("status_of_details") {
        let (details, status) = line.split_once(' ').unwrap();
        assert_eq!(details.parse::<D>().unwrap().status(), Some(status.parse().unwrap()), "{details}");
    }
    let on_no_list =
        |details: &D| !listed!("status_of_details").iter().any(|l| l.starts_with(&format!("{details} ")));
    for details in D::ALL.iter().copied().filter(on_no_list) {
        let prevented = matches!(details, D::BlockedByComplianceGuard | D::InvalidContact);
        assert_eq!(details.status(), prevented.then_some(InteractionStatus::Failed), "{details}");
    }
}

#[test]
fn a_details_channel_is_in_its_name_except_the_two_for_all_channels() {
    for details in StatusDetails::ALL {
        let by_name = [
            ("voice", Channel::Voice),
            ("email", Channel::Email),
            ("letter", Channel::Mail),
            ("chat", Channel::Chat),
            ("text", Channel::Text),
        ]
        .iter()
        .find_map(|(prefix, channel)| details.as_str().starts_with(prefix).then_some(*channel));
        assert_eq!(details.channel(), by_name, "{details}");
    }
    assert_eq!(StatusDetails::BlockedByComplianceGuard.channel(), None);
    assert_eq!(StatusDetails::InvalidContact.channel(), None);
}

#[test]
fn what_a_provider_took_is_attempted() {
    for channel in Channel::ALL {
        if let Some(details) = StatusDetails::sent_on(*channel) {
            let state = State { status: Some(InteractionStatus::Attempted), details: Some(details) };
            assert_eq!(state.check(*channel, Direction::Outbound), Ok(()));
        }
    }
}

#[test]
fn a_detail_has_a_failure_reason_exactly_when_it_means_failure() {
    for details in StatusDetails::ALL {
        for channel in Channel::ALL {
            assert_eq!(
                FailureReason::of(*details, *channel).is_some(),
                details.status() == Some(InteractionStatus::Failed),
                "{details} on {channel}"
            );
        }
    }
}

#[test]
fn a_missing_contact_is_named_by_its_channel() {
    let reason = |channel| FailureReason::of(StatusDetails::InvalidContact, channel);
    assert_eq!(reason(Channel::Email), Some(FailureReason::MissingEmailRecipientAddress));
    assert_eq!(reason(Channel::Text), Some(FailureReason::MissingSmsRecipient));
    assert_eq!(reason(Channel::Webhook), Some(FailureReason::UndefinedDestination));
}

#[test]
fn a_message_state_tells_how_far_an_interaction_is() {
    use InteractionStatus as S;
    use MessageState as M;
    let unclaimed = |status| MessageState::of(status, Channel::Email, false);
    assert_eq!(unclaimed(None), M::Queued);
    assert_eq!(unclaimed(Some(S::Scheduled)), M::Waiting);
    assert_eq!(unclaimed(Some(S::InProgress)), M::SendingAsync);
    assert_eq!(unclaimed(Some(S::Attempted)), M::Sent);
    assert_eq!(unclaimed(Some(S::Succeeded)), M::Sent);
    assert_eq!(unclaimed(Some(S::Failed)), M::Failed);
    assert_eq!(unclaimed(Some(S::Canceled)), M::Failed);
    assert_eq!(MessageState::of(None, Channel::EventStream, false), M::QueuedForStream);
    assert_eq!(MessageState::of(None, Channel::EventStream, true), M::SendingAsync);
    assert_eq!(MessageState::of(Some(S::Scheduled), Channel::Text, true), M::SendingAsync);
    assert_eq!(MessageState::of(Some(S::Succeeded), Channel::Text, true), M::Sent);
}

#[test]
fn a_deprecated_theme_names_its_replacement() {
    let deprecated: Vec<_> = Theme::ALL.iter().filter_map(|t| Some((*t, t.replacement()?))).collect();
    assert_eq!(
        deprecated,
        [(Theme::InbBug, Theme::InbGeneralInquiry), (Theme::InbHumanLove, Theme::InbGeneralInquiry)]
    );
}

#[test]
fn a_themes_purpose_is_in_its_name() {
    for theme in Theme::ALL {
        let by_name = match theme.as_str() {
            name if name.starts_with("opsColl") => Purpose::Collections,
            name if name.starts_with("opsServicing") => Purpose::Servicing,
            name if name.starts_with("inb") => Purpose::Inbound,
            "opsAccountCredentials" => Purpose::Credentials,
            "agentNotification" => Purpose::Agent,
            other => panic!("{other} has no purpose"),
        };
        assert_eq!(theme.purpose(), by_name);
    }
}

#[test]
fn every_documents_word_for_a_channel_is_understood_and_no_other() {
    for (word, channel) in [
        ("text", Channel::Text),
        ("sms", Channel::Text),
        ("SMS", Channel::Text),
        ("Sms", Channel::Text),
        ("letter", Channel::Mail),
        ("in_app", Channel::Gui),
        ("InApp", Channel::Gui),
        ("WEB_HOOK", Channel::Webhook),
        ("eventStream", Channel::EventStream),
    ] {
        assert_eq!(word.parse::<AnyChannel>().map(Channel::from), Ok(channel), "{word}");
    }
    for channel in Channel::ALL {
        assert_eq!(channel.as_str().parse::<AnyChannel>(), Ok(AnyChannel(*channel)));
    }
    let unknown = "pigeon".parse::<AnyChannel>().unwrap_err().to_string();
    assert!(unknown.contains("text") && unknown.contains("sms") && unknown.contains("in_app"), "{unknown}");
}
