//! Claims a task, gives it back, ends it, or notes something about it.

use domain::{
    Error, id,
    task::{TaskUpdate, TaskView},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
    race::Race,
};
use serde_json::json;

use super::example;
use crate::{catalog::Answer, openapi::Operation};

/// Takes in what is said of it. Of changes at the same time none is lost, and of two who claim it one has it.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let update: TaskUpdate = request.json()?;
    let (caller, named) = (request.caller()?, request.path_ref::<id::Task>("id")?);
    if let Some(answer) = update.answer_id.given() {
        let known =
            app.store.find_interaction(&caller.tenant, &answer.resolve(caller.tenant.as_str())).await?;
        known.ok_or_else(|| Error::invalid("/answerId", "must be the id of an interaction that is there"))?;
    }
    let mut race = Race::begin();
    loop {
        let before = app.store.task(&caller.tenant, &named).await?;
        let mut task = before.clone();
        // Before the condition: whoever claims what another has is told who has it.
        task.amend(&update, &caller.subject, app.now())?;
        request.expect_revision(before.revision)?;
        if task == before {
            return json_with_etag(StatusCode::OK, &task.view(), task.revision);
        }
        match app.store.save_task(&mut task).await {
            Ok(()) => return json_with_etag(StatusCode::OK, &task.view(), task.revision),
            Err(error) if error.is_edit_conflict() => race.lost(format!("task {named}")).await?,
            Err(error) => return Err(error),
        }
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Tasks), Need::Write(Items::Tasks), Need::Read(Items::Interactions)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Tasks", "Update a task")
        .about(
            "If two people claim a task at the same time, one gets it, and the answer to the other says who. A task that is done is opened \
             again with {\"status\": \"open\"}.",
        )
        .body::<TaskUpdate>(json!({ "status": "claimed", "assignee": "ada@acme.example" }))
        .answer::<TaskView>(200, "The task as it is stored", example())
        .problems(&[404, 409, 412])
}
