//! The tenant's settings.

use domain::tenant::Settings;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
};

use super::example_settings;
use crate::{catalog::Answer, openapi::Operation};

/// Shows them as they are now, past the cache, so that an admin sees a change at once.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = app.store.tenant(request.tenant()?).await?;
    json_with_etag(StatusCode::OK, &tenant.settings, tenant.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Administration", "Get the tenant's settings").answer::<Settings>(
        200,
        "The settings as they are stored",
        example_settings(),
    )
}
