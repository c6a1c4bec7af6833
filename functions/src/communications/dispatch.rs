//! 004 · Dispatch: a subject and a body to one recipient, by any channels at the same time. It shares its path with
//! [`send`](super::send), and is told by its body.

mod request;
mod webhook_url;

use domain::{
    Error,
    error::Conflict,
    id::{self, Id, Ref},
    tenant::TenantId,
    vocabulary::{Channel, DispatchChannel, Role},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, problem},
    needs::{Items, Need},
    pipeline::fan_out::{self, Addressed, Fate, Recipient},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

pub use self::request::DispatchRequest;
use crate::catalog::Answer;

/// What became of it on each channel, in the request's order.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CommunicationBatchResponseDto {
    results: Vec<ChannelResult>,
}

/// What became of it on one channel.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct ChannelResult {
    channel: DispatchChannel,
    /// Whether it left.
    success: bool,
    /// Why it did not. What is "Still being sent" may yet arrive.
    error: Option<String>,
}

/// Sends by all channels and waits for what becomes of it, up to ten seconds.
pub async fn handle(app: &App, request: &Request) -> Answer {
    if request.caller()?.role < Role::Admin {
        return Err(Error::Forbidden(Role::Admin));
    }
    let body: DispatchRequest = request.json_checked(DispatchRequest::check)?;
    let tenant = request.tenant()?;
    let (lender, all, mail) = (app.lender(tenant).await?, request.new_id(app)?, body.mail().await?);
    let (mut addressed, mut unknown) = (Vec::new(), Vec::new());
    for channel in &body.channels {
        match recipient(app, tenant, &body, *channel).await? {
            None => unknown.push(*channel),
            Some(to) => addressed.push(Addressed {
                id: one_of(tenant, &all, *channel),
                channel: Channel::from(*channel),
                to,
                said: body.said(*channel, mail.as_ref()),
            }),
        }
    }
    let mut sent = fan_out::send(app, &lender, addressed, &request.trace_id).await.into_iter();
    let mut fates = Vec::new();
    for channel in &body.channels {
        let fate = match unknown.contains(channel) {
            true => Some(Ok(Fate::Ended("User not found".into()))),
            false => sent.next(),
        };
        fates.extend(fate.map(|fate| (*channel, fate)));
    }
    answer(fates, &request.trace_id)
}

/// The id of a channel's message.
fn one_of(tenant: &TenantId, all: &Id<id::Interaction>, channel: DispatchChannel) -> Id<id::Interaction> {
    Id::keyed(tenant.as_str(), all.as_str(), channel.as_str())
}

/// Whom it goes to by a channel. `None` for a user who is not there.
async fn recipient(
    app: &App,
    tenant: &TenantId,
    body: &DispatchRequest,
    channel: DispatchChannel,
) -> Result<Option<Recipient>, Error> {
    let given = body.recipient(channel).unwrap_or_default();
    match channel {
        DispatchChannel::Email | DispatchChannel::Sms | DispatchChannel::Push | DispatchChannel::Webhook => {
            Ok(Some(Recipient::Address(given.to_owned())))
        }
        DispatchChannel::InApp => {
            // A word that is no id of ours is the lender's own.
            let named = given.parse::<Ref<id::Person>>().or_else(|_| format!("ext-{given}").parse());
            let Ok(named) = named else { return Ok(None) };
            let known = app.store.find_person(tenant, &named.resolve(tenant.as_str())).await?;
            Ok(known.map(|known| Recipient::Person(Box::new(known))))
        }
    }
}

/// 200 where anything left or may yet leave, else 400. Where only our own faults kept it from leaving, they are answered:
/// whoever asks again may do better.
fn answer(fates: Vec<(DispatchChannel, Result<Fate, Error>)>, trace_id: &str) -> Answer {
    let is_alive = fates.iter().any(|(_, fate)| matches!(fate, Ok(Fate::Left | Fate::UnderWay)));
    let ours = fates.iter().filter_map(|(_, fate)| fate.as_ref().err()).find(|error| error.is_ours());
    if let Some(error) = ours.filter(|_| !is_alive) {
        return Err(error.clone());
    }
    let results = fates.into_iter().map(|(channel, fate)| ChannelResult::of(channel, fate)).collect();
    let all = CommunicationBatchResponseDto { results };
    match is_alive {
        true => json(StatusCode::OK, &all),
        false => Ok(problem::nothing_sent(json!(all.results), trace_id)),
    }
}

impl ChannelResult {
    fn of(channel: DispatchChannel, fate: Result<Fate, Error>) -> Self {
        let error = match fate {
            Ok(Fate::Left) => None,
            Ok(Fate::UnderWay) => Some("Still being sent".into()),
            Ok(Fate::OptedOut) => Some("Recipient opted out".into()),
            Ok(Fate::Ended(why)) => Some(why),
            Err(error @ Error::Conflict { conflict: Conflict::ChannelNotConfigured, .. }) => {
                Some(format!("Channel not configured: {}", problem::detail(&error)))
            }
            Err(error) => {
                if error.is_ours() {
                    tracing::error!(%error, %channel, "not sent");
                }
                Some(problem::detail(&error))
            }
        };
        Self { channel, success: error.is_none(), error }
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::People), Need::All(fan_out::NEEDS)];

/// The answer of the document.
pub fn example_answer() -> Value {
    json!({
        "results": [
            { "channel": "Email", "success": true, "error": null },
            { "channel": "Sms", "success": true, "error": null },
            { "channel": "InApp", "success": false, "error": "User not found" },
        ],
    })
}
