//! 000 · Archive a template. It can no longer be used; its versions and messages stay.

use domain::template::DescriptorStatus;
use platform::{
    app::App,
    http::{Request, no_content},
    needs::{Items, Need},
};

use crate::{catalog::Answer, openapi::Operation};

/// Archives. Doing it twice is as good as once.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = request.tenant()?;
    let mut descriptor = app.store.descriptor(tenant, &request.path_ref("id")?).await?;
    request.expect_revision(descriptor.revision)?;
    if descriptor.status != DescriptorStatus::Archived {
        descriptor.status = DescriptorStatus::Archived;
        descriptor.updated_at = app.now();
        app.store.save_template(tenant, &mut descriptor, &mut []).await?;
        app.forget_template(tenant, &descriptor);
    }
    Ok(no_content())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Templates), Need::Write(Items::Templates)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communication templates", "Archive a template")
        .empty(204, "Archived; kept for history")
        .problems(&[404, 409, 412])
}
