//! Cancels a batch: borrowers not yet reached get nothing, messages not yet taken by a dispatcher are canceled.

use domain::{batch::BatchStatus, vocabulary::Channel};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
    queues::{BatchWork, Queue},
};

use super::get::{self, Progress};
use crate::{catalog::Answer, openapi::Operation};

/// Calls the batch off. Doing it twice is as good as once.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let caller = request.caller()?;
    let tenant = &caller.tenant;
    let batch = get::find(app, request).await?;
    let by = Some(caller.subject.as_str());
    app.store.finish_batch(tenant, &batch.id, BatchStatus::Canceled, by, app.now()).await?;
    app.forget_batch(tenant, &batch.id);
    let call_off = BatchWork::CallOff { tenant: tenant.clone(), batch: batch.id.clone(), number: 0 };
    app.queues.batch_work(&[call_off]).await?;
    let batch = get::find(app, request).await?;
    json(StatusCode::OK, &Progress::of(&batch))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Batches), Need::Amend(Items::Batches), Need::Send(Queue::Batches)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Batches", "Cancel a batch")
        .about("Messages a provider may already have are not called back.")
        .answer::<Progress>(200, "The batch as it is stored", get::example(Channel::Email))
        .problems(&[404])
}
