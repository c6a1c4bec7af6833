//! One batch: how far it is, what became of its borrowers and why.

use std::collections::BTreeMap;

use domain::{
    Error,
    batch::{BatchOutcome, BatchResult, BatchStatus},
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
        Shown, VISIT, Visit,
        address::{encoded, named, parameter},
    },
};

pub(super) const CANCEL: Function = catalog::named("batches-cancel");

/// Chunks that are read at once: 1,000 borrowers.
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
    let (batch, chunks) =
        futures::join!(app.store.batch(tenant, &reference), app.store.chunks(tenant, &id, begin, CHUNKS));
    let (batch, chunks) = (batch?, chunks?);
    let outcome = OUTCOMES.into_iter().find(|one| *one == parameter(request, "outcome"));
    let (mut results, mut next) = (Vec::new(), None);
    let mut reasons = BTreeMap::<(&str, String), usize>::new();
    let mut counted = 0;
    for (number, chunk) in &chunks {
        counted += chunk.results.len();
        for result in &chunk.results {
            if result.outcome != BatchOutcome::Accepted {
                *reasons.entry((name_of(result.outcome), reason(result).to_owned())).or_default() += 1;
            }
        }
        if results.len() < ENOUGH {
            let meant = chunk
                .results
                .iter()
                .filter(|one| outcome.is_none_or(|outcome| name_of(one.outcome) == outcome));
            results.extend(meant.map(view).collect::<Result<Vec<_>, Error>>()?);
            next = Some(number + 1);
        }
    }
    // A short page is the last; so far, if the batch goes on.
    let is_end = chunks.len() < usize::try_from(CHUNKS).unwrap_or_default();
    let is_last = |next: &u32| is_end && chunks.last().is_none_or(|(last, _)| next > last);
    let next = next.filter(|next| !is_last(next)).map(|next| from_place(id.as_str(), outcome, next));
    let mut reasons: Vec<_> = reasons
        .into_iter()
        .map(|((outcome, code), count)| json!({ "outcome": outcome, "code": code, "count": count }))
        .collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason["count"].as_u64()));
    let is_going_on = batch.status == BatchStatus::Processing;
    let mut page = vec![
        ("batch", serde_json::to_value(Progress::of(&batch)).internal()?),
        ("results", json!(results)),
        ("reasons", json!(reasons)),
        ("counted", json!(counted)),
        ("is_all", json!(begin == 0 && is_end)),
        ("outcome", json!(outcome)),
        ("outcomes", json!(OUTCOMES)),
        ("offers", json!({ "cancel": is_going_on && visit.may(&CANCEL) })),
        ("path", json!(path_of(id.as_str()))),
        ("next", json!(next)),
        ("first", json!((begin > 0).then(|| from_place(id.as_str(), outcome, 0)))),
    ];
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "batch.html", shown(page))
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
    view["reason"] = json!(reason(result));
    let is_known = !matches!(reason(result), "not-found" | "invalid-request");
    let path = || format!("/console/borrowers/{}", encoded(&named::<id::Person>(&result.borrower_id)));
    view["path"] = json!(is_known.then(path));
    Ok(view)
}

/// Why it was not accepted: the first code, or else the problem.
fn reason(result: &BatchResult) -> &str {
    result.reasons.first().or(result.problem.as_ref()).map_or("", String::as_str)
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
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::Read(Items::Batches)];
