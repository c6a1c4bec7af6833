//! 000 · List auto-responses.

use domain::{
    auto_response::{Rank, TriggerKind},
    shape,
    vocabulary::{Channel, InboundChannel},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, encode_cursor, json},
    needs::{Items, Need},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{AutoResponseView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// A page of rules, in the order in which they are asked.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AutoResponseViews {
    data: Vec<AutoResponseView>,
    /// Where to go on. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Shows a page, as the rules are stored: a change is seen at once.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let channel = request.query::<InboundChannel>("channel")?.map(Channel::from);
    let trigger = request.query::<TriggerKind>("trigger")?;
    let enabled = request.query::<bool>("enabled")?;
    let limit = usize::try_from(request.limit()?).unwrap_or_default();
    let after = request.cursor::<Rank>()?;
    let rules = app.store.auto_responses(request.tenant()?).await?;
    let asked = rules.all().iter().filter(|rule| {
        channel.is_none_or(|channel| rule.channel == channel)
            && trigger.is_none_or(|trigger| rule.trigger.kind() == trigger)
            && enabled.is_none_or(|enabled| rule.enabled == enabled)
            && after.as_ref().is_none_or(|after| rule.rank() > *after)
    });
    let asked: Vec<_> = asked.collect();
    let page = &asked[..limit.min(asked.len())];
    let next = page.last().filter(|_| page.len() < asked.len()).map(|last| encode_cursor(&last.rank()));
    let page = AutoResponseViews {
        data: page.iter().copied().map(AutoResponseView::from).collect(),
        next_cursor: next.transpose()?,
    };
    json(StatusCode::OK, &page)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Auto-responses", "List auto-response rules")
        .query_as::<InboundChannel>("channel", "Only of this channel: sms, email.")
        .query_as::<TriggerKind>(
            "trigger",
            "Only with this trigger: keyword, pattern, any, outside_hours, unmonitored_address.",
        )
        .query_as::<bool>("enabled", "Only those that answer (true), or do not (false).")
        .limit()
        .query_as::<shape::Cursor>("cursor", "Where to go on, as the page before said.")
        .answer::<AutoResponseViews>(
            200,
            "A page, in the order in which rules are asked",
            json!({ "data": [example_view()] }),
        )
}
