//! What a person makes SES and SNS do, and what SNS itself serves.

use std::sync::{Arc, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use domain::vocabulary::ProviderName;
use serde::{Deserialize, Serialize};

use super::events::{BounceType, Event, EventType};
use super::sns::{SignatureVersion, Subscription, uuid};
use super::{Ses, sns};
use crate::outbox::{Message, Report};
use crate::problem::{Control, Problem};
use crate::standins::webhook::WebhookAnswer;

/// The body of `POST /_local/providers/ses/status`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusControl {
    /// SES's id of the message, or our interaction's.
    message: String,
    #[serde(alias = "status")]
    event: EventType,
    #[serde(default)]
    bounce_type: BounceType,
    bounce_sub_type: Option<String>,
    #[serde(default)]
    signature_version: SignatureVersion,
    /// The topic to publish to, when not the configured one.
    topic: Option<String>,
}

/// Makes SES publish an event; answers what our webhook answered.
pub async fn status(
    State(ses): State<Arc<Ses>>,
    Control(asked): Control<StatusControl>,
) -> Result<Json<WebhookAnswer>, Problem> {
    let message = ses
        .around
        .outbox
        .find(ProviderName::Ses, &asked.message)
        .ok_or_else(|| Problem::not_found(format!("SES has no message {}", asked.message)))?;
    let mut event = Event { bounce: asked.bounce_type, ..Event::of(asked.event) };
    if let Some(sub_type) = asked.bounce_sub_type {
        event.bounce_sub_type = sub_type;
    }
    let topic = asked.topic.as_deref().unwrap_or(&ses.config.topic_arn);
    ses.publish(&message, &event, topic, asked.signature_version).await.map(Json)
}

/// The body of `POST /_local/providers/ses/subscribe`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscribeControl {
    /// The ARN of the topic, when not the configured one.
    topic: Option<String>,
    #[serde(default)]
    signature_version: SignatureVersion,
}

/// What our webhook made of being asked to confirm.
#[derive(Serialize)]
pub struct Subscribed {
    webhook: WebhookAnswer,
    /// Whether it visited the `SubscribeURL` before it answered.
    confirmed: bool,
}

/// Makes SNS ask our webhook to confirm its subscription to a topic.
pub async fn subscribe(
    State(ses): State<Arc<Ses>>,
    Control(asked): Control<SubscribeControl>,
) -> Result<Json<Subscribed>, Problem> {
    let topic = asked.topic.as_deref().unwrap_or(&ses.config.topic_arn);
    let webhook = ses.ask_to_confirm(topic, asked.signature_version).await?;
    let confirmed = ses.subscriptions().iter().any(|one| one.topic == topic && one.confirmed);
    Ok(Json(Subscribed { webhook, confirmed }))
}

/// The subscriptions asked for, oldest first.
pub async fn subscriptions(State(ses): State<Arc<Ses>>) -> Json<Vec<Subscription>> {
    Json(ses.subscriptions().clone())
}

/// The query of a `SubscribeURL`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Confirmation {
    token: String,
}

/// `GET /_local/sns/?Action=ConfirmSubscription&TopicArn=…&Token=…`.
pub async fn confirm(
    State(ses): State<Arc<Ses>>,
    Query(Confirmation { token }): Query<Confirmation>,
) -> Result<impl IntoResponse, Problem> {
    let arn =
        ses.confirm(&token).ok_or_else(|| Problem::bad_request("no subscription waits for this token"))?;
    let xml = format!(
        "<ConfirmSubscriptionResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><ConfirmSubscriptionResult>\
         <SubscriptionArn>{arn}</SubscriptionArn></ConfirmSubscriptionResult><ResponseMetadata><RequestId>{}</RequestId>\
         </ResponseMetadata></ConfirmSubscriptionResponse>",
        uuid()
    );
    Ok(([(header::CONTENT_TYPE, "text/xml")], xml))
}

/// The signing certificate, as real SNS serves it.
pub async fn certificate(State(ses): State<Arc<Ses>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/x-pem-file")], ses.certificate_pem().to_owned())
}

impl Ses {
    /// Confirms the subscription that waits for this token; answers the subscription's ARN.
    pub fn confirm(&self, token: &str) -> Option<String> {
        let mut subscriptions = self.subscriptions();
        let subscription = subscriptions.iter_mut().find(|one| one.token == token)?;
        subscription.confirmed = true;
        Some(format!("{}:{}", subscription.topic, uuid()))
    }

    /// Publishes an event to our webhook and notes what it answered.
    pub(super) async fn publish(
        &self,
        message: &Message,
        event: &Event,
        topic: &str,
        version: SignatureVersion,
    ) -> Result<WebhookAnswer, Problem> {
        let at = self.around.clock.now();
        let published = event.published(message, at, topic);
        let answer = self.notify(topic, sns::SUBJECT, published.to_string(), version).await?;
        let report = Report {
            at,
            event: event.kind.as_str().to_owned(),
            detail: event.detail(),
            answered: answer.status,
        };
        self.around.outbox.report(message.sequence, report);
        Ok(answer)
    }

    pub(super) fn subscriptions(&self) -> MutexGuard<'_, Vec<Subscription>> {
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
