//! The event webhook: SendGrid telling us what became of a message, signed with the lender's key.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::vocabulary::ProviderName;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{ACCOUNT, Sendgrid};
use crate::outbox::{Message, Report};
use crate::problem::{Control, Problem};
use crate::standins::webhook::{self, WebhookAnswer};

/// The body of `POST /_local/providers/sendgrid/status`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusControl {
    /// SendGrid's id of the message, or our interaction's.
    message: String,
    /// SendGrid's word: `delivered`, `bounce`.
    #[serde(alias = "status")]
    event: String,
    /// Members of the event, more or others: `{"type": "blocked"}`; `null` takes one away.
    #[serde(default)]
    more: Map<String, Value>,
    /// How many times the event stands in the call.
    #[serde(default = "once")]
    times: usize,
}

fn once() -> usize {
    1
}

/// The most of one event in one call: more than SendGrid's 768 kB.
const MOST: usize = 2_000;

/// Makes SendGrid report an event; answers what our webhook answered.
pub async fn status(
    State(sendgrid): State<Arc<Sendgrid>>,
    Control(asked): Control<StatusControl>,
) -> Result<Json<WebhookAnswer>, Problem> {
    let message = sendgrid
        .around
        .outbox
        .find(ProviderName::Sendgrid, &asked.message)
        .ok_or_else(|| Problem::not_found(format!("SendGrid has no message {}", asked.message)))?;
    if !(1..=MOST).contains(&asked.times) {
        return Err(Problem::bad_request(format!("times must be 1 to {MOST}")));
    }
    sendgrid.report(&message, &asked.event, asked.more, asked.times).await.map(Json)
}

/// Reports `processed` and `delivered` after a while, when SendGrid is set to. What our webhook took already is not told
/// again.
pub fn deliver_by_itself(sendgrid: &Arc<Sendgrid>, message: Message) {
    let Some(pause) = sendgrid.config.auto_deliver else { return };
    let sendgrid = Arc::clone(sendgrid);
    tokio::spawn(async move {
        for event in ["processed", "delivered"] {
            if message.reports.iter().any(|report| report.was_taken() && report.event == event) {
                continue;
            }
            tokio::time::sleep(pause).await;
            for pause in webhook::PAUSES {
                tokio::time::sleep(pause).await;
                let told = sendgrid.report(&message, event, Map::new(), 1).await;
                if told.is_ok_and(|answer| answer.was_taken()) {
                    break;
                }
            }
        }
    });
}

impl Sendgrid {
    /// Posts an event about a message, so many times in one call, and notes what our webhook answered.
    async fn report(
        &self,
        message: &Message,
        event: &str,
        more: Map<String, Value>,
        times: usize,
    ) -> Result<WebhookAnswer, Problem> {
        let tenant = message.tags.get(ACCOUNT);
        let account = self.config.accounts.iter().find(|one| Some(&one.tenant) == tenant);
        let account = account.ok_or_else(|| Problem::conflict("the message's account is gone"))?;
        let now = self.around.clock.now();
        let detail =
            more.get("type").or_else(|| more.get("reason")).and_then(Value::as_str).map(str::to_owned);
        let events: Vec<Value> = (0..times).map(|_| posted(message, event, now.as_second(), &more)).collect();
        let (at, body) = (now.as_second().to_string(), json!(events).to_string());
        let request = self
            .around
            .http
            .post(&account.event_url)
            .header("user-agent", "SendGrid Event API")
            .header("content-type", "application/json")
            .header("x-twilio-email-event-webhook-timestamp", &at)
            .header("x-twilio-email-event-webhook-signature", account.signature(&at, body.as_bytes())?)
            .body(body);
        let answer = webhook::call(&account.event_url, request).await?;
        let report = Report { at: now, event: event.to_owned(), detail, answered: answer.status };
        self.around.outbox.report(message.sequence, report);
        Ok(answer)
    }
}

/// An event as it is posted.
fn posted(message: &Message, event: &str, seconds: i64, more: &Map<String, Value>) -> Value {
    let mut posted = Map::new();
    let of_mail = message.headers.get("Message-ID").cloned().unwrap_or_default();
    for (name, value) in [
        ("email", json!(message.to.split(", ").next())),
        ("timestamp", json!(seconds)),
        ("smtp-id", json!(of_mail)),
        ("event", json!(event)),
        ("category", json!([])),
        ("sg_event_id", json!(format!("{:032x}", rand::random::<u128>()))),
        ("sg_message_id", json!(format!("{}.recvd-local-1-65A1-0.0", message.provider_message_id))),
    ] {
        posted.insert(name.to_owned(), value);
    }
    let told: &[(&str, &str)] = match event {
        "deferred" => &[("response", "400 try again later"), ("attempt", "1")],
        "delivered" => &[("response", "250 OK"), ("ip", "192.0.2.1")],
        "bounce" => &[("type", "bounce"), ("status", "5.1.1"), ("reason", "550 5.1.1 no such user")],
        "dropped" => &[("reason", "Bounced Address"), ("status", "5.0.0")],
        "open" | "click" => &[("useragent", "Mozilla/5.0"), ("ip", "192.0.2.1")],
        _ => &[],
    };
    posted.extend(told.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    let arguments = message.tags.iter().filter(|(name, _)| *name != ACCOUNT);
    posted.extend(arguments.map(|(name, value)| (name.clone(), json!(value))));
    posted.extend(more.clone());
    posted.retain(|_, value| !value.is_null());
    Value::Object(posted)
}
