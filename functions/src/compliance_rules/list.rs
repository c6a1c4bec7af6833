//! Lists the outreach rules with their status for the tenant.

use domain::compliance::{
    RuleSet,
    rules::{self, Listed},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::example;
use crate::{catalog::Answer, openapi::Operation};

/// Every rule known.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    /// The version that decisions made now would name.
    rule_set: String,
    /// The law's, then your own.
    data: Vec<Listed>,
}

/// Shows them as they are stored: a change is seen at once.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = app.store.tenant(request.tenant()?).await?;
    let rules = Rules {
        rule_set: RuleSet::for_tenant(&tenant.settings).version().to_owned(),
        data: rules::list(&tenant.settings, app.now()),
    };
    json_with_etag(StatusCode::OK, &rules, tenant.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Compliance guard", "List the rules")
        .about(
            "Every rule with its citation and how sure its text is, and where it stands with you: enforced, made \
             stricter, disabled by whom and why, binding others, not yet or no longer in force, or not enforced at all.",
        )
        .answer::<Rules>(200, "Every rule that is known", json!({ "ruleSet": "2026-11-21+f862fc33", "data": [example()] }))
}
