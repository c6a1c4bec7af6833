//! Events: what Lob tells about a letter after taking it, and what the Postal Service tells Lob.
//!
//! Types: <https://docs.lob.com/#section/Webhooks/Event-Types>.

use std::collections::BTreeMap;

use domain::{
    delivery::{
        About::{Message, Recipient},
        ContactEffect::Invalid,
        DeliveryEvent, News,
    },
    id::{self, Id},
    tenant::TenantId,
    vocabulary::{
        Channel, ProviderName,
        StatusDetails::{
            LetterCreated, LetterDeleted, LetterDelivered, LetterFailedToCreate, LetterInLocalArea,
            LetterInTransit, LetterProcessedForDelivery, LetterRenderedPdf, LetterRenderedThumbnails,
            LetterRerouted, LetterReturnedToSender,
        },
    },
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::providers::{
    Malformed, lenient,
    mapping::{
        Mapping, Meaning,
        Says::{self, Failed, Progress},
    },
};

/// What we read of an event.
#[derive(Deserialize)]
struct Event {
    id: String,
    reference_id: String,
    event_type: EventType,
    #[serde(default, deserialize_with = "lenient::or_default")]
    date_created: Option<Timestamp>,
    body: Body,
}

#[derive(Deserialize)]
struct EventType {
    id: String,
}

/// The letter, with our ids.
#[derive(Deserialize)]
struct Body {
    #[serde(default, deserialize_with = "lenient::or_default")]
    metadata: BTreeMap<String, Value>,
}

/// The names of our ids in a letter's metadata.
pub const TENANT: &str = "tenant";
/// See [`TENANT`].
pub const INTERACTION: &str = "interaction";

/// Reads an event about a message of this tenant. `None` when it is no news, or news of another tenant with the same account.
///
/// # Errors
/// When it is none of Lob's.
pub fn read(
    body: &str,
    tenant: &TenantId,
    received_at: Timestamp,
) -> Result<Option<DeliveryEvent>, Malformed> {
    let event: Event = serde_json::from_str(body).map_err(|error| {
        Malformed(format!("no event of Lob's, at line {}, column {}", error.line(), error.column()))
    })?;
    let ours = |name| event.body.metadata.get(name).and_then(Value::as_str);
    if ours(TENANT).is_some_and(|owner| owner != tenant.as_str()) {
        return Ok(None);
    }
    let interaction: Option<Id<id::Interaction>> = match ours(INTERACTION) {
        Some(id) => Some(id.parse().map_err(|error: id::InvalidId| Malformed(error.to_string()))?),
        None => None,
    };
    let Some(news) = news(&event.event_type.id) else { return Ok(None) };
    Ok(Some(DeliveryEvent {
        interaction_id: interaction,
        provider: ProviderName::Lob,
        reference: event.reference_id,
        event_id: event.id,
        occurred_at: event.date_created.unwrap_or(received_at),
        news,
    }))
}

/// Types of events about letters, and what they say. Certified letters have types of their own, of the same names. What becomes
/// of the answer's envelope, who looked at the letter's page, and trouble of the carrier's that another event settles is no
/// news, nor is what Lob adds tomorrow.
#[rustfmt::skip]
const TABLE: &[(&str, Says)] = &[
    ("created", Progress(LetterCreated)),
    ("rendered_pdf", Progress(LetterRenderedPdf)),
    ("rendered_thumbnails", Progress(LetterRenderedThumbnails)),
    ("mailed", Progress(LetterInTransit)),
    ("in_transit", Progress(LetterInTransit)),
    ("international_exit", Progress(LetterInTransit)),
    // At the post office of the addressee.
    ("in_local_area", Progress(LetterInLocalArea)),
    ("pickup_available", Progress(LetterInLocalArea)),
    ("processed_for_delivery", Progress(LetterProcessedForDelivery)),
    ("re-routed", Progress(LetterRerouted)),
    ("delivered", Progress(LetterDelivered)),
    ("returned_to_sender", Failed(Recipient, LetterReturnedToSender, Some(Invalid),
        "The letter came back: it cannot be delivered at this address. Ask the borrower for the right one.")),
    ("rejected", Failed(Message, LetterFailedToCreate, None,
        "Lob rejected the letter after taking it; see Lob's dashboard.")),
    ("failed", Failed(Message, LetterFailedToCreate, None, "Lob could not make the letter; see Lob's dashboard.")),
    ("deleted", Failed(Message, LetterDeleted, None, "The letter was deleted at Lob before it was printed.")),
];

/// What all types about letters begin with.
const LETTER: &str = "letter.";
/// What follows there for certified ones.
const CERTIFIED: &str = "certified.";

/// Every event about a letter.
pub fn mappings() -> impl Iterator<Item = Mapping> {
    let known = TABLE.iter().map(|(what, says)| {
        Mapping::afterwards(format_args!("{LETTER}[{CERTIFIED}]{what}"), says.news(Channel::Mail, None))
    });
    known.chain([Mapping::afterwards("", Meaning::NoNews).given("any other event")])
}

/// What an event of this type says about the letter.
fn news(event_type: &str) -> Option<News> {
    let what = event_type.strip_prefix(LETTER)?;
    let what = what.strip_prefix(CERTIFIED).unwrap_or(what);
    let (_, says) = TABLE.iter().find(|row| row.0 == what)?;
    says.news(Channel::Mail, Some(event_type.to_owned()))
}

#[cfg(test)]
mod tests {
    use domain::{
        interaction::Interaction,
        vocabulary::{InteractionStatus, State, StatusDetails},
    };
    use proptest::prelude::*;
    use serde_json::json;

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
        read(&event.to_string(), &"demo".parse().unwrap(), now()).unwrap()
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
            assert_eq!(effect, returned.then_some(Invalid), "{what}");
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
                Interaction { channel: Channel::Mail, due_at: Some(now()), ..Message::text("").interaction };
            assert_eq!(letter.claim(now()), domain::interaction::Claim::Taken);
            letter.asks(ProviderName::Lob, None);
            for event in order {
                assert!(letter.settle(event, jiff::SignedDuration::ZERO, now()).is_some());
            }
            letter.state
        };
        let delivered = State { status: Some(InteractionStatus::Succeeded), details: Some(LetterDelivered) };
        assert_eq!(settled(&mut news.iter()), delivered);
        assert_eq!(settled(&mut news.iter().rev()), delivered);
        assert_eq!(settled(&mut news.iter().chain(news.iter())), delivered, "delivered twice");
    }

    #[test]
    fn what_is_another_tenants_or_nobodys_is_told_apart() {
        let read = |metadata: Value| {
            read(&event("letter.mailed", &metadata).to_string(), &"demo".parse().unwrap(), now())
        };
        assert_eq!(read(json!({ "tenant": "other", "interaction": OURS })).unwrap(), None);
        // Made in Lob's dashboard: found by Lob's id, if at all.
        assert_eq!(read(json!({})).unwrap().unwrap().interaction_id, None);
        assert!(read(json!({ "tenant": "demo", "interaction": "BO-1" })).is_err());
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in ".{0,80}", what in "[a-z_.]{0,20}") {
            let tenant = "demo".parse().unwrap();
            prop_assert!(read(&body, &tenant, now()).is_err());
            let _ = read(&event(&what, &json!({ "interaction": body })).to_string(), &tenant, now());
        }
    }

    #[test]
    fn an_event_without_its_parts_is_malformed() {
        for part in ["id", "reference_id", "event_type", "body"] {
            let mut body = event("letter.mailed", &json!({}));
            body.as_object_mut().unwrap().remove(part);
            assert!(read(&body.to_string(), &"demo".parse().unwrap(), now()).is_err(), "{part}");
        }
    }

    #[test]
    fn an_oddly_typed_member_costs_no_event() {
        let ours = json!({ "tenant": "demo", "interaction": OURS, "campaign": 7 });
        for (date, metadata) in [
            (json!("yesterday"), ours.clone()),
            (json!(1_763_722_800), ours.clone()),
            (json!(null), ours),
            (json!("2026-11-20T22:14:28.763Z"), json!(null)),
            (json!("2026-11-20T22:14:28.763Z"), json!([])),
        ] {
            let mut body = event("letter.mailed", &metadata);
            body["date_created"] = date.clone();
            let event = read(&body.to_string(), &"demo".parse().unwrap(), now()).unwrap().unwrap();
            assert_eq!(event.interaction_id.is_some(), metadata.is_object(), "{metadata}");
            assert_eq!(event.occurred_at == now(), metadata.is_object(), "{date}");
        }
    }
}
