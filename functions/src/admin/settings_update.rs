//! Changes the tenant's settings.

use domain::{Error, tenant::Settings};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
};

use super::{configuration, example_settings};
use crate::{catalog::Answer, openapi::Operation};

/// Puts new settings in place of all old ones.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let settings: Settings = request.json()?;
    let faults = configuration::settings(&settings, "");
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let mut tenant = app.store.tenant(request.tenant()?).await?;
    tenant.settings = settings;
    app.store.save_tenant(&tenant).await?;
    app.forget_tenant(&tenant.id);
    json(StatusCode::OK, &tenant.settings)
}

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Administration", "Change the tenant's settings")
        .about(
            "Replaces all settings: what is left out goes back to its default. \
             Messages follow the change after at most 30 seconds.",
        )
        .body::<Settings>(example_settings())
        .answer::<Settings>(200, "The settings", example_settings())
}
