//! Running lenders' templates apart from the threads that answer others, and telling their authors what is wrong.

use domain::{
    Error,
    error::{Cause, TemplateFault},
};
use tokio::sync::Semaphore;

/// How many templates are compiled or rendered at the same time: each may take 64 MB and its share of the time, and a
/// batch accepts ten messages at once.
const AT_ONCE: usize = 2;
static ROOM: Semaphore = Semaphore::const_new(AT_ONCE);

/// Runs what may take a second away from the threads that answer others.
pub async fn apart<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let _room = ROOM.acquire().await.map_err(|error| Error::Internal(Cause::of(error).about("rendering")))?;
    tokio::task::spawn_blocking(job)
        .await
        .map_err(|error| Error::Internal(Cause::of(error).about("rendering")))
}

/// A template's fault as callers see it.
pub fn fault(error: rendering::TemplateError) -> Error {
    Error::Template(TemplateFault {
        part: error.part.to_string(),
        line: error.line,
        column: error.column,
        message: error.message,
    })
}
