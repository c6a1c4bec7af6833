//! Auto-responses (000): rules that answer what borrowers write automatically.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod try_out;
pub mod update;

use domain::{
    auto_response::{AutoResponse, Reply, Trigger, TriggerKind},
    id::{self, ExternalId, Id},
    vocabulary::InboundChannel,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// A rule as 000 shows it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AutoResponseView {
    id: Id<id::AutoResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<ExternalId>,
    name: String,
    channel: Option<InboundChannel>,
    trigger: TriggerKind,
    /// With the trigger `keyword`.
    #[serde(skip_serializing_if = "Option::is_none")]
    keywords: Option<Vec<String>>,
    /// With the trigger `pattern`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<String>,
    /// What it answers, unless that is a template.
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template_id: Option<Id<id::Descriptor>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    priority: u32,
    enabled: bool,
    /// Minutes between two answers to one sender.
    cooldown_minutes: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<&AutoResponse> for AutoResponseView {
    fn from(rule: &AutoResponse) -> Self {
        let rule = rule.clone();
        let (cooldown, trigger) = (rule.cooldown(), rule.trigger.kind());
        let (keywords, pattern) = match rule.trigger {
            Trigger::Keyword { keywords } => (Some(keywords), None),
            Trigger::Pattern { pattern } => (None, Some(String::from(pattern))),
            Trigger::Any | Trigger::OutsideHours | Trigger::UnmonitoredAddress => (None, None),
        };
        let (reply_text, reply_subject, language, template_id) = match rule.reply {
            Reply::Text { text, subject_line, language } => (Some(text), subject_line, language, None),
            Reply::Template { id } => (None, None, None, Some(id)),
        };
        Self {
            id: rule.id,
            external_id: rule.external_id,
            name: rule.name,
            channel: InboundChannel::try_from(rule.channel).ok(),
            trigger,
            keywords,
            pattern,
            reply_text,
            template_id,
            reply_subject,
            language,
            priority: rule.priority,
            enabled: rule.enabled,
            cooldown_minutes: cooldown.as_mins(),
            created_at: rule.created_at,
            updated_at: rule.updated_at,
        }
    }
}

/// A rule as the OpenAPI document shows it said.
fn example_body() -> Value {
    json!({
        "name": "Payoff quotes",
        "channel": "sms",
        "trigger": "keyword",
        "keywords": ["payoff", "pay off", "payoff quote"],
        "reply_text": "{{ tenant.name }}: you find your payoff amount in your account. We are here {{ office_hours }}.",
        "priority": 10,
    })
}

/// The same as an answer.
fn example_view() -> Value {
    let mut view = example_body();
    if let Value::Object(members) = &mut view {
        let more = [
            ("id", json!("AR-01JD3V9K2M-8ZQ4T6WX1N3F5G7H")),
            ("enabled", json!(true)),
            ("cooldown_minutes", json!(0)),
            ("created_at", json!("2026-01-05T15:00:00Z")),
            ("updated_at", json!("2026-01-05T15:00:00Z")),
        ];
        members.extend(more.map(|(name, value)| (name.to_owned(), value)));
    }
    view
}
