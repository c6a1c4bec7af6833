//! 002 · List all context variables used in the given template version, those of macros and included templates too.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
    templates::authoring,
};
use serde_json::json;

use crate::{catalog::Answer, openapi::Operation};

/// Lists their names.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = request.tenant()?;
    let version = app.store.version(tenant, &request.path_ref("id")?).await?;
    let compiled = authoring::compile(app, tenant, &version.source).await?;
    json(StatusCode::OK, &compiled.demands().variables)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Versions), Need::All(authoring::COMPILE)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "List the context variables of a template version")
        .about("Also those of macros it calls and of shared templates it takes from; macros themselves are none.")
        .answer::<Vec<String>>(
            200,
            "Their names, in alphabetical order",
            json!(["companyName", "dueDate", "loanName", "name"]),
        )
        .problems(&[404, 422])
}
