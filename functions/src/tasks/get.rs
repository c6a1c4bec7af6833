//! Shows a task.

use domain::task::TaskView;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
};

use super::example;
use crate::{catalog::Answer, openapi::Operation};

/// Shows one.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let task = app.store.task(request.tenant()?, &request.path_ref("id")?).await?;
    json_with_etag(StatusCode::OK, &task.view(), task.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tasks)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Tasks", "Get a task")
        .answer::<TaskView>(200, "The task as it is stored", example())
        .problems(&[404])
}
