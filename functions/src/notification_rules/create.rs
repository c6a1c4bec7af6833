//! Creates a notification rule.

use domain::notification_rule::{NewNotificationRule, NotificationRule, NotificationRuleUpdate};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::Need,
};

use super::{CHANGE, NotificationRuleView, change, endpoint, example_body, example_view, works};
use crate::{catalog::Answer, openapi::Operation};

/// Makes the rule.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = request.tenant()?;
    let update: NotificationRuleUpdate = request.json_checked(NotificationRuleUpdate::check)?;
    let rule = NotificationRule::new(request.new_id(app)?, &update, app.now())?;
    works(app, tenant, &rule).await?;
    let endpoint_id = endpoint(app, tenant, &rule).await?;
    let rule = NotificationRule { endpoint_id, ..rule };
    let rule = change(app, tenant, |all| {
        // This very request, sent again after a crash: the id was derived from its idempotency key.
        if let Some(existing) = all.find(&rule.id) {
            return Ok(existing.clone());
        }
        all.put(rule.clone())?;
        Ok(rule.clone())
    });
    let rule = rule.await?;
    json_with_etag(StatusCode::CREATED, &NotificationRuleView::from(&rule), rule.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = CHANGE;

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Events", "Create a notification rule")
        .about(
            "From now on each event of its kind whose context meets all conditions makes its message; several rules for one event \
             make several. A rule that could not make a message is refused: a template that is missing, not in use or of another \
             channel, a URL that is not public. A WEB_HOOK's URL becomes a webhook endpoint, by whose secret its calls are \
             signed. A lender has at most 150 rules. Other functions follow after at most 30 seconds.",
        )
        .body::<NewNotificationRule>(example_body())
        .answer::<NotificationRuleView>(201, "The rule as it is stored", example_view())
        .problems(&[409])
}
