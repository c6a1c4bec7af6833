//! 002 · Get a template descriptor.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
};

use super::{DescriptorView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// Shows it, archived ones too.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = request.tenant()?;
    let descriptor = app.store.descriptor(tenant, &request.path_ref("id")?).await?;
    let revision = descriptor.revision;
    json_with_etag(StatusCode::OK, &DescriptorView::of(tenant, descriptor), revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Templates)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "Get a template descriptor")
        .answer::<DescriptorView>(200, "The descriptor as it is stored", example_view())
        .problems(&[404])
}
