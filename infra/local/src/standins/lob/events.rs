//! Events: Lob telling our webhook what became of a letter.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use data_encoding::HEXLOWER;
use domain::vocabulary::ProviderName;
use ring::hmac;
use serde::Deserialize;
use serde_json::json;

use super::request::OWNER;
use super::{Lob, resource};
use crate::outbox::{Message, Report};
use crate::problem::{Control, Problem};
use crate::standins::webhook::{self, WebhookAnswer};

/// What Lob reports of a letter by itself, until it arrived.
const JOURNEY: [&str; 7] = [
    "letter.created",
    "letter.rendered_pdf",
    "letter.mailed",
    "letter.in_transit",
    "letter.in_local_area",
    "letter.processed_for_delivery",
    "letter.delivered",
];

/// Types of events about a letter, without `letter.`.
const TYPES: [&str; 33] = [
    "created",
    "rendered_pdf",
    "rendered_thumbnails",
    "mailed",
    "in_transit",
    "in_local_area",
    "processed_for_delivery",
    "re-routed",
    "international_exit",
    "delivered",
    "returned_to_sender",
    "rejected",
    "failed",
    "deleted",
    "viewed",
    "certified.mailed",
    "certified.in_transit",
    "certified.in_local_area",
    "certified.processed_for_delivery",
    "certified.re-routed",
    "certified.returned_to_sender",
    "certified.delivered",
    "certified.pickup_available",
    "certified.issue",
    "return_envelope.created",
    "return_envelope.in_transit",
    "return_envelope.in_local_area",
    "return_envelope.processed_for_delivery",
    "return_envelope.re_routed",
    "return_envelope.returned_to_sender",
    "return_envelope.delivered",
    "return_envelope.mailed",
    "billed",
];

/// Whether nothing more follows by itself after an event of this type.
fn is_final(event: &str) -> bool {
    let ends = ["delivered", "returned_to_sender", "rejected", "failed", "deleted"];
    ends.iter().any(|end| event == format!("letter.{end}") || event == format!("letter.certified.{end}"))
}

/// Whether such an event says that the letter left the house.
pub fn is_with_the_post(event: &str) -> bool {
    !matches!(
        event,
        "letter.created" | "letter.rendered_pdf" | "letter.rendered_thumbnails" | "letter.viewed"
    )
}

/// The body of `POST /_local/providers/lob/status`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusControl {
    /// Lob's id of the letter, or our interaction's.
    message: String,
    /// `letter.mailed`, or `mailed`.
    #[serde(alias = "status")]
    event: String,
}

/// Makes Lob report an event; answers what our webhook answered.
pub async fn control(
    State(lob): State<Arc<Lob>>,
    Control(asked): Control<StatusControl>,
) -> Result<Json<WebhookAnswer>, Problem> {
    let what = asked.event.strip_prefix("letter.").unwrap_or(&asked.event);
    if !TYPES.contains(&what) {
        return Err(Problem::bad_request(format!("{what:?} is no event; allowed: {}", TYPES.join(", "))));
    }
    let letter = lob.around.outbox.find(ProviderName::Lob, &asked.message);
    let letter = letter.ok_or_else(|| Problem::not_found(format!("Lob has no letter {}", asked.message)))?;
    lob.report(&letter, &format!("letter.{what}")).await.map(Json)
}

/// Reports a letter's journey after a while, when Lob is set to, unless it came to another end.
pub fn deliver_by_itself(lob: &Arc<Lob>, letter: Message) {
    let Some(pause) = lob.config.auto_deliver else { return };
    let lob = Arc::clone(lob);
    tokio::spawn(async move {
        for event in JOURNEY {
            if letter.reports.iter().any(|report| report.was_taken() && report.event == event) {
                continue;
            }
            tokio::time::sleep(pause).await;
            let Some(letter) = lob.around.outbox.get(letter.sequence) else { return };
            if lob.is_canceled(&letter) || letter.reports.iter().any(|report| is_final(&report.event)) {
                return;
            }
            for pause in webhook::PAUSES {
                tokio::time::sleep(pause).await;
                if lob.report(&letter, event).await.is_ok_and(|answer| answer.was_taken()) {
                    break;
                }
            }
        }
    });
}

impl Lob {
    /// Calls our webhook about a letter and notes what it answered.
    async fn report(&self, letter: &Message, event: &str) -> Result<WebhookAnswer, Problem> {
        let owner = letter.tags.get(OWNER);
        let account = self.config.accounts.iter().find(|account| Some(&account.owner) == owner);
        let account = account.ok_or_else(|| Problem::conflict("the account that made the letter is gone"))?;
        let at = self.around.clock.now();
        let body = json!({
            "id": format!("evt_{}", HEXLOWER.encode(&rand::random::<[u8; 8]>())),
            "body": resource::letter(letter, self.is_canceled(letter)),
            "reference_id": letter.provider_message_id,
            "event_type": {
                "id": event,
                "enabled_for_test": true,
                "resource": "letters",
                "object": "event_type",
            },
            "date_created": at,
            "object": "event",
        });
        let (body, timestamp) = (body.to_string(), at.as_millisecond().to_string());
        let request = self
            .around
            .http
            .post(&account.webhook_url)
            .header("content-type", "application/json")
            .header("lob-signature", signature(&account.webhook_secret, &timestamp, &body))
            .header("lob-signature-timestamp", timestamp)
            .body(body);
        let answer = webhook::call(&account.webhook_url, request).await?;
        let report = Report { at, event: event.to_owned(), detail: None, answered: answer.status };
        self.around.outbox.report(letter.sequence, report);
        Ok(answer)
    }
}

/// How Lob signs a body at a time.
pub fn signature(secret: &str, timestamp: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    HEXLOWER.encode(hmac::sign(&key, format!("{timestamp}.{body}").as_bytes()).as_ref())
}
