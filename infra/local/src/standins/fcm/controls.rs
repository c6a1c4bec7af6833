//! What a person makes FCM do.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Fcm, Refusal, locked};
use crate::problem::{Control, Problem};

/// A device whose application was removed, or is there again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unregister {
    token: String,
    /// Whether the device is registered again.
    #[serde(default)]
    registered: bool,
}

/// Unregisters a device.
pub async fn unregister(
    State(fcm): State<Arc<Fcm>>,
    Control(Unregister { token, registered }): Control<Unregister>,
) -> Json<Value> {
    let mut unregistered = locked(&fcm.unregistered);
    if registered {
        unregistered.remove(&token);
    } else {
        unregistered.insert(token.clone());
    }
    Json(json!({ "token": token, "registered": registered }))
}

/// Ends every access token before its time.
pub async fn expire_tokens(State(fcm): State<Arc<Fcm>>) -> Json<Value> {
    let mut granted = locked(&fcm.granted);
    let expired = granted.len();
    granted.clear();
    Json(json!({ "expired": expired }))
}

/// What the next sends are refused with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// FCM's code.
    code: String,
    /// How many sends; one when not said.
    #[serde(default = "once")]
    times: usize,
}

fn once() -> usize {
    1
}

/// The most sends that wait for a refusal.
const MOST: usize = 1000;

/// Refuses the next sends.
pub async fn answer(
    State(fcm): State<Arc<Fcm>>,
    Control(Answer { code, times }): Control<Answer>,
) -> Result<Json<Value>, Problem> {
    let refusal = Refusal::of(&code).ok_or_else(|| {
        Problem::bad_request(format!("FCM has no code {code}; it has {}", Refusal::codes().join(", ")))
    })?;
    let mut next = locked(&fcm.next);
    next.extend(std::iter::repeat_n(refusal, times.min(MOST)));
    next.truncate(MOST);
    Ok(Json(json!({ "waiting": next.len() })))
}
