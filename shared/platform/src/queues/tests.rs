use std::collections::BTreeSet;

use aws_sdk_sqs::config::{BehaviorVersion, Config};
use domain::vocabulary::Channel;

use super::*;
use crate::providers::fixtures::{Message, now};

#[test]
fn a_queue_has_a_name_and_a_variable() {
    let named = Queue::ALL.map(|queue| (queue.name(), queue.variable()));
    let named: Vec<_> = named.iter().map(|(name, variable)| (name.as_str(), variable.as_str())).collect();
    assert_eq!(
        named,
        [
            ("dispatch-email", "DISPATCH_EMAIL_QUEUE_URL"),
            ("dispatch-text", "DISPATCH_TEXT_QUEUE_URL"),
            ("dispatch-mail", "DISPATCH_MAIL_QUEUE_URL"),
            ("dispatch-gui", "DISPATCH_GUI_QUEUE_URL"),
            ("dispatch-push", "DISPATCH_PUSH_QUEUE_URL"),
            ("dispatch-webhook", "DISPATCH_WEBHOOK_QUEUE_URL"),
            ("batches", "BATCHES_QUEUE_URL"),
            ("settlements", "SETTLEMENTS_QUEUE_URL"),
            ("inbound", "INBOUND_QUEUE_URL"),
            ("events", "EVENTS_QUEUE_URL"),
        ]
    );
}

#[test]
fn every_channel_that_is_sent_has_a_queue_of_its_own() {
    let queues = BTreeSet::from(Queue::ALL);
    assert_eq!(queues.len(), Queue::ALL.len());
    for channel in SendingChannel::ALL {
        assert!(queues.contains(&Queue::Dispatch(*channel)), "{channel}");
    }
}

#[tokio::test]
async fn a_message_of_a_channel_that_is_not_sent_is_an_error_and_never_passed_over() {
    let config = Config::builder().behavior_version(BehaviorVersion::latest()).build();
    let queues = Queues::new(Client::from_conf(config), QueueUrls::new(), "aside".into());
    let mut message = Message::text("Hi").interaction;
    for channel in Channel::ALL.iter().filter(|channel| channel.sending().is_none()) {
        message.channel = *channel;
        match queues.dispatch(std::slice::from_ref(&message), now()).await {
            Err(Error::Internal(why)) => assert!(why.words().contains(channel.as_str()), "{why}"),
            other => panic!("{channel}: {other:?}"),
        }
    }
    message.channel = Channel::Text;
    match queues.dispatch(&[message], now()).await {
        Err(Error::Internal(why)) => assert_eq!(why.words(), "DISPATCH_TEXT_QUEUE_URL is not set"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_longest_body_that_travels_fits_into_a_message_with_what_goes_with_it() {
    let raw = RawInbound {
        tenant: "t".repeat(40).parse().unwrap(),
        provider: ProviderName::Sendgrid,
        content_type: "c".repeat(1_000),
        query: "q".repeat(1_000),
        body: RawBody::here(&[0xff; RawBody::LARGEST_HERE]),
        received_at: Timestamp::UNIX_EPOCH,
        trace_id: "x".repeat(64),
    };
    assert!(Parcel::of(&raw).unwrap().body.len() < Queues::BATCH_BYTES);
}

#[test]
fn a_message_is_joined_to_its_trace_and_waits_as_long_as_it_says() {
    let header = "Root=1-67891233-abcdef012345678912345678";
    for (delay, trace_header, expected) in
        [(0, None, (None, None)), (7, Some(header), (Some(7), Some(header)))]
    {
        let message = Parcel { body: "{}".into(), delay, trace_header: trace_header.map(str::to_owned) };
        let entry = message.entry(3).unwrap();
        let attributes = entry.message_system_attributes();
        let header = attributes.and_then(|all| all.get(&MessageSystemAttributeNameForSends::AwsTraceHeader));
        assert_eq!((entry.id(), entry.message_body()), ("3", "{}"));
        assert_eq!((entry.delay_seconds(), header.and_then(|header| header.string_value())), expected);
    }
}
