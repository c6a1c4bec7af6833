//! Starts a batch, for every API dialect: stores its list, then the batch, then enqueues it.

use domain::{
    Error,
    batch::{Batch, BatchReasons, BatchStatus, Counts, Words},
    error::Violation,
    id::{self, Id},
    interaction::Interaction,
    tenant::TenantId,
    update::Faults,
};
use jiff::Timestamp;
use platform::{
    app::App,
    http::Request,
    needs::{Bodies, Items, Need},
    objects::Objects,
    pipeline::batch::MAX_BORROWER_ID,
    queues::{BatchWork, Queue},
};
use serde_json::{Map, Value};

/// The largest context of a batch, in bytes of JSON.
const MAX_CONTEXT: usize = 64 * 1024;

/// What it needs of AWS.
pub(crate) const NEEDS: &[Need] = &[
    Need::Read(Items::Batches),
    Need::Write(Items::Batches),
    Need::Keep(Bodies::Batches),
    Need::Send(Queue::Batches),
];

/// Whom a batch goes to, as its dialect says it.
pub(crate) struct People {
    /// Their ids.
    pub ids: Option<Vec<String>>,
    /// Or an object in the bucket that lists them.
    pub s3_key: Option<String>,
    /// What the dialect calls the two.
    pub names: [&'static str; 2],
}

/// Notes a context that cannot be kept with a batch.
pub(crate) fn check_context(faults: &mut Faults, context: &Map<String, Value>) {
    faults.object("/context", context, MAX_CONTEXT);
}

/// A batch in these words, of which nothing else is said yet.
pub(crate) fn new(id: Id<id::Batch>, words: Words, request: &Request, now: Timestamp) -> Batch {
    Batch {
        id,
        words,
        theme: None,
        transactional: true,
        strict_undefined: false,
        supercase_bulk_operation_id: None,
        context: Map::new(),
        purpose: None,
        send_jitter: 0,
        send_at: None,
        requested_by: request.caller().ok().map(|caller| caller.subject.clone()),
        canceled_by: None,
        borrowers_key: String::new(),
        total: None,
        repeated: 0,
        status: BatchStatus::Processing,
        counts: Counts::default(),
        reasons: Some(BatchReasons::default()),
        trace_id: request.trace_id.clone(),
        created_at: now,
        updated_at: now,
        due_at: Some(now + Interaction::GRACE),
    }
}

/// Begins a batch to these people. The same request again finds the first.
///
/// # Errors
/// [`Error::Invalid`] with what is wrong with the list.
pub(crate) async fn begin(
    app: &App,
    tenant: &TenantId,
    mut batch: Batch,
    people: People,
) -> Result<Batch, Error> {
    let [ids, s3_key] = people.names;
    (batch.borrowers_key, batch.total) = match (&people.ids, &people.s3_key) {
        (Some(named), None) => {
            check_list(named, &people)?;
            let borrowers = Batch::each_once(tenant, named.clone());
            let key = Objects::batch_key(tenant, &batch.id);
            app.objects.put(&key, lines(&borrowers)).await?;
            batch.repeated = u32::try_from(named.len() - borrowers.len()).unwrap_or(u32::MAX);
            (key, u32::try_from(borrowers.len()).ok())
        }
        (None, Some(key)) if Objects::belongs_to(key, tenant) => (key.clone(), None),
        (None, Some(_)) => {
            return Err(Error::invalid(format!("/{s3_key}"), format!("must start with {tenant}/lists/")));
        }
        (Some(_), Some(_)) | (None, None) => {
            return Err(Error::invalid(
                format!("/{ids}"),
                format!("must be given if {s3_key} is not; give one of the two"),
            ));
        }
    };
    let batch = app.store.create_batch(tenant, batch).await?;
    let work = BatchWork::Expand { tenant: tenant.clone(), batch: batch.id.clone() };
    if let Err(error) = app.queues.batch_work(&[work]).await {
        tracing::warn!(%error, "left to the sweep");
    }
    Ok(batch)
}

/// Whether a list can be one of borrowers.
fn check_list(ids: &[String], people: &People) -> Result<(), Error> {
    let [name, s3_key] = people.names;
    if ids.is_empty() || ids.len() > Batch::MAX_INLINE {
        let most = Batch::MAX_INLINE;
        let message = format!("must have 1 to {most} ids; put more into an object and give {s3_key}");
        return Err(Error::invalid(format!("/{name}"), message));
    }
    let too_long = |id: &String| id.chars().count() > MAX_BORROWER_ID;
    let message = format!("must have at most {MAX_BORROWER_ID} characters");
    let violations: Vec<Violation> = (0..)
        .zip(ids)
        .filter(|(_, id)| too_long(id))
        .map(|(at, _): (usize, _)| Violation::new(format!("/{name}/{at}"), &message))
        .take(50)
        .collect();
    if violations.is_empty() { Ok(()) } else { Err(Error::Invalid(violations)) }
}

/// The list as it is stored: one JSON string a line.
fn lines(ids: &[String]) -> Vec<u8> {
    let mut list = String::new();
    for id in ids {
        list.push_str(&Value::String(id.clone()).to_string());
        list.push('\n');
    }
    list.into_bytes()
}
