//! What is answered: how far the message is on each channel.

use domain::{Error, error::Conflict, vocabulary::DispatchChannel};
use lambda_http::http::StatusCode;
use platform::{
    http::{json, problem},
    pipeline::fan_out::Fate,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

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

/// 200 if anything left or may yet leave, else 400. If nothing did and our own fault is among the causes, that is
/// answered: whoever asks again may do better.
pub(super) fn answer(fates: Vec<(DispatchChannel, Result<Fate, Error>)>, trace_id: &str) -> Answer {
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

/// The results of a message that left by none of its channels.
pub fn example_refusal() -> Value {
    json!([
        { "channel": "Sms", "success": false, "error": "Recipient opted out" },
        { "channel": "InApp", "success": false, "error": "User not found" },
    ])
}
