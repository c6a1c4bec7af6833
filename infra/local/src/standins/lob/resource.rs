//! Lob's letter, one and listed, and taken back.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::request::Refusal;
use super::{Lob, events};
use crate::outbox::Message;

/// How long a letter can be canceled: Lob's default.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// Letters to a page, unless the client says otherwise.
const PAGE_SIZE: usize = 10;

/// The letter as Lob shows it.
pub fn letter(message: &Message, deleted: bool) -> Value {
    let tag = |name: &str| message.tags.get(name);
    let metadata: Map<String, Value> = message
        .tags
        .iter()
        .filter_map(|(name, value)| {
            let name = name.strip_prefix("metadata[")?.strip_suffix(']')?;
            Some((name.to_owned(), json!(value)))
        })
        .collect();
    let address = |who: &str| {
        let lines: Map<String, Value> = message
            .tags
            .iter()
            .filter_map(|(name, value)| {
                let name = name.strip_prefix(who)?.strip_prefix('[')?.strip_suffix(']')?;
                Some((name.to_owned(), json!(value.to_uppercase())))
            })
            .collect();
        Value::Object(lines)
    };
    let flag = |name: &str| tag(name).is_some_and(|value| value == "true");
    let mut shown = json!({
        "id": message.provider_message_id,
        "object": "letter",
        "to": address("to"),
        "from": address("from"),
        "color": flag("color"),
        "double_sided": flag("double_sided"),
        "return_envelope": flag("return_envelope"),
        "address_placement": tag("address_placement"),
        "mail_type": tag("mail_type"),
        "use_type": tag("use_type"),
        "extra_service": tag("extra_service"),
        "metadata": metadata,
        "date_created": message.at,
        "date_modified": message.reports.last().map_or(message.at, |report| report.at),
        "send_date": message.at + WINDOW,
    });
    if deleted {
        shown["deleted"] = json!(true);
    }
    shown
}

/// `GET /v1/letters/{id}`.
pub async fn fetch(
    State(lob): State<Arc<Lob>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let found = lob.find(&headers, &id)?;
    Ok(Json(letter(&found, lob.is_canceled(&found))))
}

/// `GET /v1/letters`, newest first, with `metadata[…]` and `limit`.
pub async fn list(
    State(lob): State<Arc<Lob>>,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<Value>, Refusal> {
    let owner = lob.authenticate(&headers)?.owner.clone();
    let mut letters = lob.letters_of(&owner);
    let mut limit = PAGE_SIZE;
    for (name, value) in &query {
        if name.starts_with("metadata[") {
            letters.retain(|letter| letter.tags.get(name) == Some(value));
        } else if name == "limit" {
            limit = value.parse().map_err(|_| Refusal::invalid("invalid", "limit must be a number"))?;
        }
    }
    letters.truncate(limit.clamp(1, 100));
    let data: Vec<Value> = letters.iter().map(|one| letter(one, lob.is_canceled(one))).collect();
    Ok(Json(
        json!({ "object": "list", "count": data.len(), "data": data, "next_url": null, "previous_url": null }),
    ))
}

/// `DELETE /v1/letters/{id}`: while it is not being printed.
pub async fn cancel(
    State(lob): State<Arc<Lob>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let found = lob.find(&headers, &id)?;
    if lob.is_canceled(&found) {
        return Err(Refusal::not_found());
    }
    let is_late = lob.around.clock.now() > found.at + WINDOW;
    if is_late || found.reports.iter().any(|report| events::is_with_the_post(&report.event)) {
        return Err(Refusal::invalid("not_deletable", "letter has been sent to production"));
    }
    lob.cancel(&found);
    Ok(Json(json!({ "id": found.provider_message_id, "deleted": true, "object": "letter" })))
}

impl Lob {
    /// The caller's letter of that id.
    fn find(&self, headers: &HeaderMap, id: &str) -> Result<Message, Refusal> {
        let owner = &self.authenticate(headers)?.owner;
        let letters = self.letters_of(owner);
        letters.into_iter().find(|letter| letter.provider_message_id == id).ok_or_else(Refusal::not_found)
    }
}
