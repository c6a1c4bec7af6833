//! Updates a notification rule.

use domain::{
    id,
    notification_rule::{NotificationRule, NotificationRuleUpdate},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::Need,
};
use serde_json::json;

use super::{CHANGE, NotificationRuleView, change, endpoint, example_view, works};
use crate::{catalog::Answer, openapi::Operation};

/// Changes the rule, if it can still make its message then.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::NotificationRule>("id")?);
    let update: NotificationRuleUpdate = request.json_checked(NotificationRuleUpdate::check)?;
    let (id, now) = (named.resolve(tenant.as_str()), app.now());
    let known = app.store.notification_rules(tenant).await?;
    let changed = known.find(&id).ok_or_else(|| named.not_found())?.with(&update, now)?;
    works(app, tenant, &changed).await?;
    let endpoint_id = endpoint(app, tenant, &changed).await?;
    let rule = change(app, tenant, |all| {
        let rule = all.find(&id).ok_or_else(|| named.not_found())?;
        request.expect_revision(rule.revision)?;
        let rule = NotificationRule { endpoint_id: endpoint_id.clone(), ..rule.with(&update, now)? };
        all.put(rule.clone())?;
        Ok(rule)
    });
    let rule = rule.await?;
    json_with_etag(StatusCode::OK, &NotificationRuleView::from(&rule), rule.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = CHANGE;

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Events", "Update a notification rule")
        .about(
            "What is left out stays. What the rule's events made before is not changed. A rule that is switched on must be able to make \
             its message.",
        )
        .body::<NotificationRuleUpdate>(json!({ "enabled": false }))
        .answer::<NotificationRuleView>(200, "The rule as it is stored", {
            let mut view = example_view();
            view["enabled"] = json!(false);
            view
        })
        .problems(&[404, 409, 412])
}
