//! 000 · Get an auto-response.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
};

use super::{AutoResponseView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// Shows a rule.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, named) = (request.tenant()?, request.path_ref("id")?);
    let rules = app.store.auto_responses(tenant).await?;
    let rule = rules.find(&named.resolve(tenant.as_str())).ok_or_else(|| named.not_found())?;
    json_with_etag(StatusCode::OK, &AutoResponseView::from(rule), rule.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Auto-responses", "Get an auto-response rule")
        .answer::<AutoResponseView>(200, "The rule as it is stored", example_view())
        .problems(&[404])
}
