//! What SES does by itself with each message, and the addresses of its mailbox simulator.
//! <https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator>
//!
//! At `simulator.amazonses.com`, with or without a `+label`: `success`, `bounce`, `complaint`, `suppressionlist`. Ours
//! alone is `rejected`, which SES refuses at once with `MessageRejected` as it does an unverified sender. Any other
//! address gets its mail.

use std::sync::Arc;

use super::Ses;
use super::events::{Event, EventType};
use super::sns::SignatureVersion;
use crate::outbox::Message;
use crate::standins::webhook;

const DOMAIN: &str = "simulator.amazonses.com";

/// Whether SES refuses to take a message to one of these recipients.
pub fn is_rejected(to: &str) -> bool {
    mailbox(to) == Some("rejected")
}

/// The simulator's mailbox among the recipients: `bounce` of `bounce+label@simulator.amazonses.com`.
fn mailbox(to: &str) -> Option<&str> {
    to.split(", ").find_map(|address| {
        let (local, domain) = address.rsplit_once('@')?;
        let mailbox = local.split_once('+').map_or(local, |(mailbox, _)| mailbox);
        domain.eq_ignore_ascii_case(DOMAIN).then_some(mailbox)
    })
}

/// What becomes of a message to these recipients.
fn course(to: &str) -> Vec<Event> {
    let bounce =
        |sub_type: &str| Event { bounce_sub_type: sub_type.to_owned(), ..Event::of(EventType::Bounce) };
    let then = match mailbox(to) {
        Some("bounce") => vec![bounce("General")],
        Some("suppressionlist") => vec![bounce("Suppressed")],
        Some("complaint") => vec![Event::of(EventType::Delivery), Event::of(EventType::Complaint)],
        _ => vec![Event::of(EventType::Delivery)],
    };
    [vec![Event::of(EventType::Send)], then].concat()
}

/// Publishes what becomes of a message, when SES is set to. An event our webhook took already is not told again.
pub fn report_by_itself(ses: &Arc<Ses>, message: Message) {
    let Some(pause) = ses.config.auto_deliver else { return };
    let was_told = |event: &Event| {
        message.reports.iter().any(|report| report.was_taken() && report.event == event.kind.as_str())
    };
    let mut course = course(&message.to);
    course.retain(|event| !was_told(event));
    if course.is_empty() {
        return;
    }
    let ses = Arc::clone(ses);
    tokio::spawn(async move {
        for event in course {
            tokio::time::sleep(pause).await;
            for pause in webhook::PAUSES {
                tokio::time::sleep(pause).await;
                let answer =
                    ses.publish(&message, &event, &ses.config.topic_arn, SignatureVersion::default()).await;
                if answer.is_ok_and(|answer| answer.was_taken()) {
                    break;
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simulator_s_mailboxes_take_their_course() {
        let cases = [
            ("john@example.com", "Send Delivery"),
            ("success@simulator.amazonses.com", "Send Delivery"),
            ("bounce@simulator.amazonses.com", "Send Bounce(Permanent General)"),
            ("bounce+label1@Simulator.AmazonSES.com", "Send Bounce(Permanent General)"),
            ("suppressionlist@simulator.amazonses.com", "Send Bounce(Permanent Suppressed)"),
            ("complaint@simulator.amazonses.com", "Send Delivery Complaint"),
            ("bounce@example.com", "Send Delivery"),
            ("john@example.com, bounce@simulator.amazonses.com", "Send Bounce(Permanent General)"),
        ];
        for (to, expected) in cases {
            let events: Vec<String> = course(to)
                .iter()
                .map(|event| match event.detail() {
                    Some(detail) => format!("{}({detail})", event.kind.as_str()),
                    None => event.kind.as_str().to_owned(),
                })
                .collect();
            assert_eq!(events.join(" "), expected, "{to}");
        }
    }

    #[test]
    fn only_the_simulator_s_rejected_mailbox_is_rejected() {
        assert!(is_rejected("rejected+x@simulator.amazonses.com"));
        assert!(!is_rejected("rejected@example.com"));
        assert!(!is_rejected("bounce@simulator.amazonses.com"));
    }
}
