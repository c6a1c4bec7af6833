//! Gets a notification rule.

use domain::id;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
};

use super::{NotificationRuleView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// Shows a rule.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::NotificationRule>("id")?);
    let all = app.store.notification_rules(tenant).await?;
    let rule = all.find(&named.resolve(tenant.as_str())).ok_or_else(|| named.not_found())?;
    json_with_etag(StatusCode::OK, &NotificationRuleView::from(rule), rule.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::NotificationRules)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Events", "Get a notification rule")
        .answer::<NotificationRuleView>(200, "The rule as it is stored", example_view())
        .problems(&[404])
}
