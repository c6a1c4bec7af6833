use aws_config::{BehaviorVersion, SdkConfig};
use domain::vocabulary::{InteractionStatus, StatusDetails::*};
use serde_json::{Value, json};

use super::*;
use crate::{
    aws::OnDemand,
    providers::fixtures::{INTERACTION, Message, now},
};

fn drop_folder() -> Drop {
    let sdk = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
    Drop::new(Objects::new(OnDemand::new(&sdk), "bucket".into()))
}

fn read_as(name: &str, body: &str) -> Result<Vec<DeliveryEvent>, Malformed> {
    let tenant: TenantId = "demo".parse().unwrap();
    let report = RawReport {
        query: format!("{}{name}", Objects::drop_reports_prefix(&tenant)),
        tenant,
        provider: ProviderName::Drop,
        body: body.into(),
        received_at: now(),
        kept: false,
    };
    drop_folder().read(&report)
}

fn read(body: &Value) -> DeliveryEvent {
    let events = read_as(&format!("{INTERACTION}.json"), &body.to_string()).unwrap();
    let [event] = &events[..] else { panic!("{events:?}") };
    event.clone()
}

#[test]
fn a_report_is_the_progress_or_the_end_it_tells() {
    use InteractionStatus::{Attempted, Failed, Succeeded};
    for (status, expected, details, effect) in [
        ("printed", Attempted, LetterRenderedPdf, None),
        ("mailed", Attempted, LetterInTransit, None),
        ("delivered", Succeeded, LetterDelivered, None),
        ("returned", Failed, LetterReturnedToSender, Some(ContactEffect::Invalid)),
        ("failed", Failed, LetterFailedToCreate, None),
    ] {
        let event = read(&json!({ "status": status, "at": "2026-11-20T09:00:00Z" }));
        assert_eq!(event.interaction_id.as_ref().map(Id::as_str), Some(INTERACTION));
        assert_eq!((event.reference.as_str(), event.provider), (INTERACTION, ProviderName::Drop));
        assert_eq!(event.occurred_at.to_string(), "2026-11-20T09:00:00Z");
        let told = match event.news {
            News::Progress { status, details, effect } => (status, details, effect),
            News::Failed(refusal) => {
                assert!(!refusal.description.is_empty());
                (Failed, refusal.details, refusal.effect)
            }
        };
        assert_eq!(told, (expected, Some(details), effect), "{status}");
    }
}

#[test]
fn the_print_houses_words_are_kept_as_far_as_they_go_and_its_clock_is_not_believed_to_be_ahead() {
    let event = read(&json!({
        "status": "failed", "at": "2030-01-01T00:00:00Z",
        "code": "c".repeat(CODE + 1), "description": "d".repeat(DESCRIPTION + 1),
    }));
    assert_eq!(event.occurred_at, now());
    let News::Failed(refusal) = event.news else { panic!("{:?}", event.news) };
    assert_eq!((refusal.code.unwrap().len(), refusal.description.len()), (CODE, DESCRIPTION));
}

#[test]
fn what_says_nothing_or_is_named_after_nothing_is_malformed() {
    let good = json!({ "status": "mailed", "at": "2026-11-20T09:00:00Z" });
    for body in [
        json!({ "status": "lost", "at": "2026-11-20T09:00:00Z" }),
        json!({ "status": "mailed" }),
        json!({ "status": "mailed", "at": "yesterday" }),
        json!({ "status": "mailed", "at": "2026-11-20T09:00:00Z", "sent": true }),
        json!([]),
    ] {
        assert!(read_as(&format!("{INTERACTION}.json"), &body.to_string()).is_err(), "{body}");
    }
    for name in ["nonsense.json", "", INTERACTION, "BO-1-2.json", "a/IN-1-2.json"] {
        assert!(read_as(name, &good.to_string()).is_err(), "{name}");
    }
}

#[test]
fn the_manifest_says_all_that_a_print_house_must_know() {
    let message = Message::letter(b"pages");
    let manifest = Manifest::of(&message.outgoing(), message.interaction.letter.as_ref().unwrap());
    assert_eq!(
        serde_json::to_value(manifest).unwrap(),
        json!({
            "version": 1,
            "id": INTERACTION,
            "file": format!("{INTERACTION}.pdf"),
            "pages": 2,
            "bytes": 5,
            "sha256": "0123abcd",
            "pageSize": "letter",
            "window": "clear",
            "to": ["John Doe", "233 S Wacker Dr", "Chicago IL 606061234"],
            "from": ["Acme Lending", "500 W Madison St", "Chicago IL 60661"],
            "color": false,
            "doubleSided": true,
            "mailClass": "firstClass",
            "returnEnvelope": false,
            "acceptedAt": now(),
        })
    );
}

#[test]
fn every_attempt_puts_a_letter_in_the_same_place() {
    let message = Message::letter(b"pages");
    let first = prefix(&message.outgoing());
    assert_eq!(first, format!("demo/letters/out/2026-11-21/{INTERACTION}."));
    let mut again = Message::letter(b"pages");
    again.interaction.due_at = Some(now());
    again.interaction.claim(now());
    let day = jiff::SignedDuration::from_hours(24);
    again.interaction.claim(now() + day);
    assert_eq!(again.interaction.attempts, 2);
    assert_eq!(prefix(&again.outgoing()), first);
}

#[tokio::test]
async fn a_letter_without_pages_is_not_laid_out() {
    let mut message = Message::letter(b"pages");
    message.attachments.clear();
    let outcome = drop_folder().send(&message.outgoing()).await;
    assert!(matches!(outcome, SendOutcome::Refused(refusal) if refusal.retry == Retry::Never));
}
