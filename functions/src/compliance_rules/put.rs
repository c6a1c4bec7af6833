//! Adds a rule of the lender's own, or tightens or disables one of the law's.

use domain::{
    compliance::{
        changes::RuleUpdate,
        rules::{self, Listed},
    },
    tenant::{Settings, Tenant},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::Need,
};
use serde_json::json;

use super::{example, listed};
use crate::{catalog::Answer, openapi::Operation, settings::update};

/// Puts what is said in the place of what was said about the rule before.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let update: RuleUpdate = request.json()?;
    let (id, by, now) = (request.path("ruleId"), &request.caller()?.subject, app.now());
    let changed =
        update::change(app, request, Some(&update.reason), |Tenant { settings, revision, .. }| {
            let is_known = settings.compliance.says_of(id) || rules::law().rule(id).is_some();
            request.expect_among(*revision, is_known)?;
            request.expect_new(settings.compliance.says_of(id).then_some(*revision))?;
            let compliance = settings.compliance.with_rule(id, &update, by, now)?;
            Ok(Settings { compliance, ..settings.clone() })
        });
    let changed = changed.await?;
    json_with_etag(StatusCode::OK, &listed(&changed.settings, id, now)?, changed.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(update::CHANGE)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Compliance guard", "Add, tighten or disable a rule")
        .about(
            "A rule of your own has an id that begins with OWN- and comes whole, under rule. A rule of the law is tightened \
             or disabled. Messages follow the change after at most 30 seconds; who made it, when and why is recorded. \
             If-Match takes the ETag of the list of rules, which is that of the settings; with If-None-Match: * nothing that you \
             said about the rule before is replaced.",
        )
        .body::<RuleUpdate>(json!({
            "reason": "Decided by the contact policy board on January 5",
            "rule": {
                "id": "OWN-TEXTS",
                "title": "Two texts a day",
                "citation": "Contact policy 3.2",
                "channels": ["text"],
                "caps": [{ "most": 2, "period": { "days": 1 } }],
            },
        }))
        .answer::<Listed>(200, "The rule as it stands now", example())
        .problems(&[404, 409, 412])
}
