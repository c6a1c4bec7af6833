//! Events: what Lob tells about a letter after taking it, and what the Postal Service tells Lob.
//!
//! Types: <https://docs.lob.com/#section/Webhooks/Event-Types>.

use std::collections::BTreeMap;

use domain::{
    delivery::{ContactEffect, DeliveryEvent, News, Retry},
    id::{self, Id},
    tenant::TenantId,
    vocabulary::{FailureReason, InteractionStatus, ProviderName, StatusDetails},
};
use jiff::Timestamp;
use serde::Deserialize;

use crate::providers::{Malformed, refusal};

/// What we read of an event.
#[derive(Deserialize)]
struct Event {
    id: String,
    reference_id: String,
    event_type: EventType,
    date_created: Timestamp,
    body: Body,
}

#[derive(Deserialize)]
struct EventType {
    id: String,
}

/// The letter, with our ids.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// The names of our ids in a letter's metadata.
pub const TENANT: &str = "tenant";
/// See [`TENANT`].
pub const INTERACTION: &str = "interaction";

/// Reads an event about a message of this tenant. `None` when it is no news, or news of another tenant with the same account.
///
/// # Errors
/// When it is none of Lob's.
pub fn read(body: &str, tenant: &TenantId) -> Result<Option<DeliveryEvent>, Malformed> {
    let event: Event = serde_json::from_str(body).map_err(|error| {
        Malformed(format!("no event of Lob's, at line {}, column {}", error.line(), error.column()))
    })?;
    let ours = &event.body.metadata;
    if ours.get(TENANT).is_some_and(|owner| owner != tenant.as_str()) {
        return Ok(None);
    }
    let interaction: Option<Id<id::Interaction>> = match ours.get(INTERACTION) {
        Some(id) => Some(id.parse().map_err(|error: id::InvalidId| Malformed(error.to_string()))?),
        None => None,
    };
    let Some(news) = news(&event.event_type.id) else { return Ok(None) };
    Ok(Some(DeliveryEvent {
        interaction_id: interaction,
        provider: ProviderName::Lob,
        reference: event.reference_id,
        event_id: event.id,
        occurred_at: event.date_created,
        news,
    }))
}

/// What an event of this type says about the letter. Certified ones have types of their own, of the same names.
fn news(event_type: &str) -> Option<News> {
    use StatusDetails::*;
    let what = event_type.strip_prefix("letter.")?;
    let what = what.strip_prefix("certified.").unwrap_or(what);
    let attempted = |details| {
        let (status, details) = (InteractionStatus::Attempted, Some(details));
        Some(News::Progress { status, details, effect: None })
    };
    let failed = |details, effect, description: &str| {
        let reason = FailureReason::of(details, domain::vocabulary::Channel::Mail);
        let mut refusal =
            refusal(Some(details), reason.unwrap_or(FailureReason::Other), Retry::Never, description);
        refusal.code = Some(event_type.to_owned());
        refusal.effect = effect;
        Some(News::Failed(refusal))
    };
    match what {
        "created" => attempted(LetterCreated),
        "rendered_pdf" => attempted(LetterRenderedPdf),
        "rendered_thumbnails" => attempted(LetterRenderedThumbnails),
        "mailed" | "in_transit" | "international_exit" => attempted(LetterInTransit),
        // At the post office of the addressee.
        "in_local_area" | "pickup_available" => attempted(LetterInLocalArea),
        "processed_for_delivery" => attempted(LetterProcessedForDelivery),
        "re-routed" => attempted(LetterRerouted),
        "delivered" => Some(News::Progress {
            status: InteractionStatus::Succeeded,
            details: Some(LetterDelivered),
            effect: None,
        }),
        "returned_to_sender" => failed(
            LetterReturnedToSender,
            Some(ContactEffect::Invalid),
            "The letter came back: it cannot be delivered at this address. Ask the borrower for the right one.",
        ),
        "rejected" => failed(
            LetterFailedToCreate,
            None,
            "Lob rejected the letter after taking it; see Lob's dashboard.",
        ),
        "failed" => failed(LetterFailedToCreate, None, "Lob could not make the letter; see Lob's dashboard."),
        "deleted" => failed(LetterDeleted, None, "The letter was deleted at Lob before it was printed."),
        // What becomes of the answer's envelope, who looked at the letter's page, trouble of the carrier's that another
        // event settles, and what Lob adds tomorrow.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::{interaction::Interaction, vocabulary::State};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::providers::fixtures::{INTERACTION as OURS, Message, now};

    /// As Lob documents it.
    fn event(event_type: &str, metadata: &Value) -> Value {
        json!({
            "id": "evt_d95ff8ffd2b5cfb4",
            "body": {
                "id": "ltr_4868c3b754655f90", "object": "letter", "color": true, "metadata": metadata,
                "to": { "id": "adr_bae820679f3f536b", "name": "HARRY ZHANG", "address_country": "UNITED STATES" },
            },
            "reference_id": "ltr_4868c3b754655f90",
            "event_type": {
                "id": event_type, "enabled_for_test": true, "resource": "letters", "object": "event_type",
            },
            "date_created": "2026-11-20T22:14:28.763Z",
            "object": "event",
        })
    }

    fn read_about_us(event_type: &str) -> Option<DeliveryEvent> {
        let event = event(event_type, &json!({ "tenant": "demo", "interaction": OURS }));
        read(&event.to_string(), &"demo".parse().unwrap()).unwrap()
    }

    #[test]
    fn an_event_names_our_message_lobs_letter_and_itself() {
        let event = read_about_us("letter.mailed").unwrap();
        assert_eq!(event.interaction_id.as_ref().map(Id::as_str), Some(OURS));
        assert_eq!((event.provider, event.reference.as_str()), (ProviderName::Lob, "ltr_4868c3b754655f90"));
        assert_eq!(event.event_id, "evt_d95ff8ffd2b5cfb4");
        assert_eq!(event.occurred_at.to_string(), "2026-11-20T22:14:28.763Z");
    }

    /// The binding list of the provider contract.
    #[test]
    fn an_event_is_the_progress_or_the_end_it_reports() {
        use InteractionStatus::{Attempted, Failed, Succeeded};
        for (what, status, details) in [
            ("created", Attempted, "letterCreated"),
            ("rendered_pdf", Attempted, "letterRenderedPdf"),
            ("rendered_thumbnails", Attempted, "letterRenderedThumbnails"),
            ("mailed", Attempted, "letterInTransit"),
            ("in_transit", Attempted, "letterInTransit"),
            ("international_exit", Attempted, "letterInTransit"),
            ("in_local_area", Attempted, "letterInLocalArea"),
            ("certified.pickup_available", Attempted, "letterInLocalArea"),
            ("processed_for_delivery", Attempted, "letterProcessedForDelivery"),
            ("re-routed", Attempted, "letterRerouted"),
            ("delivered", Succeeded, "letterDelivered"),
            ("returned_to_sender", Failed, "letterReturnedToSender"),
            ("rejected", Failed, "letterFailedToCreate"),
            ("failed", Failed, "letterFailedToCreate"),
            ("deleted", Failed, "letterDeleted"),
            ("certified.mailed", Attempted, "letterInTransit"),
            ("certified.in_transit", Attempted, "letterInTransit"),
            ("certified.in_local_area", Attempted, "letterInLocalArea"),
            ("certified.processed_for_delivery", Attempted, "letterProcessedForDelivery"),
            ("certified.re-routed", Attempted, "letterRerouted"),
            ("certified.delivered", Succeeded, "letterDelivered"),
            ("certified.returned_to_sender", Failed, "letterReturnedToSender"),
        ] {
            let event = read_about_us(&format!("letter.{what}")).expect(what);
            let (found, effect) = match event.news {
                News::Progress { status, details, effect } => ((status, details), effect),
                News::Failed(refusal) => ((Failed, refusal.details), refusal.effect),
            };
            assert_eq!(found.0, status, "{what}");
            assert_eq!(found.1.map(StatusDetails::as_str), Some(details), "{what}");
            let returned = what.ends_with("returned_to_sender");
            assert_eq!(effect, returned.then_some(ContactEffect::Invalid), "{what}");
        }
    }

    #[test]
    fn what_says_nothing_about_the_letter_is_no_news() {
        for event_type in [
            "letter.viewed",
            "letter.certified.issue",
            "letter.return_envelope.created",
            "letter.return_envelope.in_transit",
            "letter.return_envelope.in_local_area",
            "letter.return_envelope.processed_for_delivery",
            "letter.return_envelope.re_routed",
            "letter.return_envelope.returned_to_sender",
            "letter.invented_tomorrow",
            "postcard.delivered",
        ] {
            assert_eq!(read_about_us(event_type), None, "{event_type}");
        }
    }

    #[test]
    fn in_whatever_order_they_come_the_last_in_the_mail_counts() {
        let types = [
            "created",
            "rendered_pdf",
            "mailed",
            "in_transit",
            "in_local_area",
            "processed_for_delivery",
            "delivered",
        ];
        let news: Vec<_> =
            types.iter().map(|what| read_about_us(&format!("letter.{what}")).unwrap()).collect();
        let settled = |order: &mut dyn Iterator<Item = &DeliveryEvent>| {
            let mut letter: Interaction =
                Interaction { channel: domain::vocabulary::Channel::Mail, ..Message::text("").interaction };
            for event in order {
                letter.settle(event, jiff::SignedDuration::ZERO);
            }
            letter.state
        };
        let delivered = State {
            status: Some(InteractionStatus::Succeeded),
            details: Some(StatusDetails::LetterDelivered),
        };
        assert_eq!(settled(&mut news.iter()), delivered);
        assert_eq!(settled(&mut news.iter().rev()), delivered);
        assert_eq!(settled(&mut news.iter().chain(news.iter())), delivered, "delivered twice");
    }

    #[test]
    fn what_is_another_tenants_or_nobodys_is_told_apart() {
        let read =
            |metadata: Value| read(&event("letter.mailed", &metadata).to_string(), &"demo".parse().unwrap());
        assert_eq!(read(json!({ "tenant": "other", "interaction": OURS })).unwrap(), None);
        // Made in Lob's dashboard: found by Lob's id, if at all.
        assert_eq!(read(json!({})).unwrap().unwrap().interaction_id, None);
        assert!(read(json!({ "tenant": "demo", "interaction": "BO-1" })).is_err());
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in ".{0,80}", what in "[a-z_.]{0,20}") {
            let tenant = "demo".parse().unwrap();
            prop_assert!(read(&body, &tenant).is_err());
            let _ = read(&event(&what, &json!({ "interaction": body })).to_string(), &tenant);
        }
    }

    #[test]
    fn an_event_without_its_parts_is_malformed() {
        for part in ["id", "reference_id", "event_type", "date_created", "body"] {
            let mut body = event("letter.mailed", &json!({}));
            body.as_object_mut().unwrap().remove(part);
            assert!(read(&body.to_string(), &"demo".parse().unwrap()).is_err(), "{part}");
        }
        let _ = now();
    }
}
