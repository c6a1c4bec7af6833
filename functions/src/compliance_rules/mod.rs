//! The outreach rules as the lender has them.

pub mod audit;
pub mod list;
pub mod put;
pub mod remove;
pub mod what_if;

use domain::{
    Error,
    compliance::rules::{self, Listed},
    tenant::Settings,
};
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

/// A rule's name in a path, for the OpenAPI document.
pub(crate) struct RuleId;

impl JsonSchema for RuleId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RuleId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A rule of the law, or one of your own, whose ids begin with OWN-.",
            "examples": ["US-REGF-7IN7", "OWN-TEXTS"],
        })
    }
}

/// A rule with where it stands with the lender.
fn listed(settings: &Settings, id: &str, at: Timestamp) -> Result<Listed, Error> {
    let mut all = rules::list(settings, at).into_iter();
    all.find(|listed| listed.rule.id == id).ok_or_else(|| Error::not_found("rule", id))
}

/// A rule as the OpenAPI document shows it.
fn example() -> Value {
    json!({
        "rule": {
            "id": "OWN-TEXTS",
            "title": "Two texts a day",
            "text": "",
            "jurisdiction": "US",
            "channels": ["text"],
            "caps": [{ "most": 2, "period": { "days": 1 }, "scope": "person", "counts": "placed" }],
            "citation": "Contact policy 3.2",
            "confidence": "own",
        },
        "standing": "enforced",
    })
}
