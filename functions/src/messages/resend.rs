//! 003 · Resends failed communication messages.

use domain::{
    Error,
    id::{self, Id, Kind, Ref},
    vocabulary::MessageState,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, problem},
    needs::Need,
    pipeline::events::resend,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{catalog::Answer, openapi::Operation};

/// Messages of one request.
const MOST: usize = 100;

/// The messages to send again, by their keys.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UpTo{MOST}Keys")]
pub struct Keys<const MOST: usize> {
    /// Their keys. An invalid key is reported next to the others.
    #[schemars(with = "Vec<Ref<id::Interaction>>", length(min = 1, max = MOST))]
    pub(super) messages: Vec<String>,
}

impl<const MOST: usize> Keys<MOST> {
    /// Holds them to a count.
    pub(super) fn check(&self) -> Result<(), Error> {
        match (1..=MOST).contains(&self.messages.len()) {
            true => Ok(()),
            false => Err(Error::invalid("/messages", format!("must have 1 to {MOST} keys"))),
        }
    }
}

/// The message of this key.
///
/// # Errors
/// [`Error::NotFound`] of what is no key.
pub(super) fn named(key: &str) -> Result<Ref<id::Interaction>, Error> {
    key.parse().map_err(|_| Error::not_found(id::Interaction::NAME, key))
}

/// What became of each.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResentViews {
    /// In the order of the request.
    messages: Vec<ResentView>,
}

/// What became of one.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResentView {
    encoded_key: String,
    /// How far it is now; absent if it is not sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<MessageState>,
    /// Why it is not sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Sends each again, one after the other.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body = request.json_checked(Keys::<MOST>::check)?;
    let lender = app.lender(request.tenant()?).await?;
    // The same request again, after a crash, finds what it sent.
    let by = request.new_id::<id::Operation>(app)?;
    let mut messages = Vec::new();
    for key in &body.messages {
        let sent = match named(key) {
            Ok(named) => resend::resend(app, &lender, &named, by.as_str(), &request.trace_id).await,
            Err(error) => Err(error),
        };
        messages.push(match sent {
            Ok(message) => {
                ResentView { encoded_key: key.clone(), state: Some(message.message_state()), problem: None }
            }
            Err(error) if error.is_ours() => return Err(error),
            Err(error) => {
                let problem = Some(problem::detail(&error));
                ResentView { encoded_key: key.clone(), state: None, problem }
            }
        });
    }
    json(StatusCode::ACCEPTED, &ResentViews { messages })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(resend::NEEDS)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let key: Id<id::Interaction> = Id::external("demo", "example");
    Operation::new("Communication messages", "Send messages again that failed")
        .about(
            "Up to 100 messages that are FAILED are sent again, each under its own key: in its own words where it had any, to where it \
             went; where it failed before it said anything, such as for a template that was missing, with what its event and rule make \
             now. The guard is asked anew. Others are answered with a problem and stay as they are.",
        )
        .body::<Keys<MOST>>(json!({ "messages": [key] }))
        .answer::<ResentViews>(
            202,
            "What becomes of each",
            json!({ "messages": [{ "encodedKey": key, "state": "QUEUED" }] }),
        )
}
