//! One batch: how far it is, what became of its borrowers and why.

use domain::{
    Error,
    batch::{Batch, BatchOutcome, BatchReasons, BatchResult, BatchStatus},
    error::Ours as _,
    id::{self, Ref},
};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{
    app::App,
    http::Request,
    needs::{Items, Need},
};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    batches::get::Progress,
    catalog::{self, Function},
    console::{
        NAMES, Shown, VISIT, Visit,
        address::{encoded, named, parameter},
    },
};

pub(super) const CANCEL: Function = catalog::named("batches-cancel");

/// Chunks that are read at once: 1,000 borrowers, among whom those of one outcome are looked for.
const CHUNKS: i32 = 20;
/// Results after which a page ends, once a chunk is shown whole.
const ENOUGH: usize = 60;
/// What may become of a borrower.
const OUTCOMES: [&str; 4] = ["accepted", "blocked", "failed", "canceled"];

/// Shows it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None).await
}

/// Where a batch's page is.
pub(super) fn path_of(id: &str) -> String {
    format!("/console/batches/{}", encoded(id))
}

/// The page, with a form that was refused. The API's handlers would read the batch twice; we read it once.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>) -> Shown {
    let (app, request) = (visit.app, visit.request);
    let tenant = request.tenant()?;
    let reference: Ref<id::Batch> = request.path_ref("id")?;
    let id = reference.resolve(tenant.as_str());
    let begin = parameter(request, "from").parse().unwrap_or(0);
    let (batch, chunks, names) = futures::join!(
        app.store.batch(tenant, &reference),
        app.store.chunks(tenant, &id, begin, CHUNKS),
        visit.names()
    );
    let (batch, chunks) = (batch?, chunks?);
    let outcome = OUTCOMES.into_iter().find(|one| *one == parameter(request, "outcome"));
    let (mut results, mut next) = (Vec::new(), None);
    for (number, chunk) in &chunks {
        if results.len() >= ENOUGH {
            break;
        }
        let is_meant = |one: &&BatchResult| outcome.is_none_or(|outcome| name_of(one.outcome) == outcome);
        let meant = chunk.results.iter().filter(is_meant);
        results.extend(meant.map(view).collect::<Result<Vec<_>, Error>>()?);
        next = Some(number + 1);
    }
    // A short page is the last; so far, if the batch goes on.
    let is_end = chunks.len() < usize::try_from(CHUNKS).unwrap_or_default();
    let is_last = |next: &u32| is_end && chunks.last().is_none_or(|(last, _)| next > last);
    let next = next.filter(|next| !is_last(next)).map(|next| from_place(id.as_str(), outcome, next));
    let can_be_called_off = batch.can_be_called_off(app.now());
    let mut page = vec![
        ("batch", serde_json::to_value(Progress::of(&batch)).internal()?),
        ("results", json!(results)),
        ("reasons", json!(reasons(&batch))),
        ("names", names?),
        ("outcome", json!(outcome)),
        ("outcomes", json!(OUTCOMES)),
        ("offers", json!({ "cancel": can_be_called_off && visit.may(&CANCEL) })),
        ("leaves_until", json!((batch.send_jitter > 0).then(|| batch.leaves_until()))),
        ("is_still_to_leave", json!(batch.status == BatchStatus::Completed && can_be_called_off)),
        ("path", json!(path_of(id.as_str()))),
        ("next", json!(next)),
        ("first", json!((begin > 0).then(|| from_place(id.as_str(), outcome, 0)))),
    ];
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "batch.html", shown(page))
}

/// Why borrowers get nothing, the most frequent first; nothing where it was not counted.
fn reasons(batch: &Batch) -> Option<Vec<Value>> {
    let BatchReasons { blocked, failed } = batch.reasons.as_ref()?;
    let of = |outcome, code: &str, count: u32| json!({ "outcome": outcome, "code": code, "count": count });
    let mut reasons: Vec<_> = blocked.iter().map(|(code, count)| of("blocked", code, *count)).collect();
    reasons.extend(failed.iter().map(|(code, count)| of("failed", code, *count)));
    reasons.extend((batch.counts.canceled > 0).then(|| of("canceled", "", batch.counts.canceled)));
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason["count"].as_u64()));
    Some(reasons)
}

fn from_place(id: &str, outcome: Option<&str>, place: u32) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(outcome.map(|outcome| ("outcome", outcome)));
    query.append_pair("from", &place.to_string());
    format!("{}?{}#results", path_of(id), query.finish())
}

/// A result as the API shows it, with where its borrower is; of one whom nobody knows there is no page.
fn view(result: &BatchResult) -> Result<Value, Error> {
    let mut view = serde_json::to_value(result).internal()?;
    view["reason"] = json!(result.reason());
    let is_known = !matches!(result.reason(), "not-found" | "invalid-request");
    let path = || format!("/console/borrowers/{}", encoded(&named::<id::Person>(&result.borrower_id)));
    view["path"] = json!(is_known.then(path));
    Ok(view)
}

const fn name_of(outcome: BatchOutcome) -> &'static str {
    match outcome {
        BatchOutcome::Accepted => "accepted",
        BatchOutcome::Blocked => "blocked",
        BatchOutcome::Failed => "failed",
        BatchOutcome::Canceled => "canceled",
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(NAMES), Need::Read(Items::Batches)];
