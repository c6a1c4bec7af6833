//! `Idempotency-Key`: the same POST sent twice is done once, and answered the same both times.

use domain::{
    Error,
    error::{Conflict, Ours as _},
};
use futures::future::BoxFuture;
use jiff::SignedDuration;
use lambda_http::{
    Body, Response,
    http::{HeaderValue, StatusCode, header},
};

use crate::{
    app::App,
    http::{Handler, Request, handle, problem, refused::refuse, response::ShownOnce},
    store::idempotency::{Remembered, RememberedAnswer},
};

/// How long a first request may be running: as long as API Gateway waits for a function.
const RUNNING: SignedDuration = SignedDuration::from_secs(30);

/// Answers above this many bytes are not kept: a storage item holds 400 KB. What answers at such length (bulk upserts,
/// imports, previews) is as good done twice as once.
const LARGEST: usize = 256 * 1024;

/// Runs a handler unless the request's key was seen before; then the first answer is given again.
///
/// Answers that say "try again", or "read it again", are not kept. Should this process die in between, the key is free again after
/// [`RUNNING`], and the things the first run made are found by their derived ids.
pub fn once<'a>(
    app: &'a App,
    request: &'a Request,
    handler: Handler,
) -> BoxFuture<'a, Result<Response<Body>, Error>> {
    Box::pin(answer(app, request, handler))
}

/// Whether a request under this one's key has begun: then this one is answered as that was.
///
/// # Errors
/// Those of storage.
pub async fn has_begun(app: &App, request: &Request) -> Result<bool, Error> {
    let (Some((key, _)), Ok(tenant)) = (request.idempotency(), request.tenant()) else { return Ok(false) };
    Ok(app.store.begun(tenant, &key).await?.is_some())
}

async fn answer(app: &App, request: &Request, handler: Handler) -> Result<Response<Body>, Error> {
    let (Some((key, digest)), Ok(tenant)) = (request.idempotency(), request.tenant()) else {
        return handle(app, request, handler).await;
    };
    let now = app.now();
    let mut known = Remembered { request: digest, running_until: now + RUNNING, answer: None };
    if let Some(first) = app.store.begin(tenant, &key, &known, now).await? {
        return replay(&first, &known);
    }
    let answered = handle(app, request, handler).await.or_else(|error| match error {
        Error::Unavailable(_)
        | Error::Internal(_)
        | Error::RateLimited { .. }
        | Error::PreconditionFailed(_)
        | Error::Conflict { conflict: Conflict::EditConflict, .. } => Err(error),
        refusal => {
            Ok(refuse(&refusal, &request.trace_id, |refusal| problem::answer(refusal, &request.trace_id)))
        }
    });
    match answered {
        Ok(response) => {
            known.answer = kept(&response, &request.trace_id);
            match known.answer {
                Some(_) => app.store.remember(tenant, &key, &known, now).await?,
                None => app.store.forget(tenant, &key).await?,
            }
            Ok(response)
        }
        Err(error) => {
            app.store.forget(tenant, &key).await?;
            Err(error)
        }
    }
}

fn replay(first: &Remembered, this: &Remembered) -> Result<Response<Body>, Error> {
    if first.request != this.request {
        return Err(Error::KeyReused);
    }
    let Some(answer) = &first.answer else {
        return Err(Error::conflict(
            Conflict::StillRunning,
            "The first request with this Idempotency-Key is still running; ask again.",
        ));
    };
    let mut response = Response::new(Body::Text(answer.body.clone()));
    *response.status_mut() = StatusCode::from_u16(answer.status).internal()?;
    let headers = response.headers_mut();
    headers.insert("idempotent-replay", HeaderValue::from_static("true"));
    for (name, value) in [(header::CONTENT_TYPE, &answer.content_type), (header::ETAG, &answer.etag)] {
        if let Some(value) = Some(value).filter(|value| !value.is_empty()) {
            headers.insert(name, HeaderValue::from_str(value).internal()?);
        }
    }
    Ok(response)
}

/// What is answered the next time; nothing, if the request is then to be done anew.
fn kept(response: &Response<Body>, trace_id: &str) -> Option<RememberedAnswer> {
    if response.extensions().get::<ShownOnce>().is_some() {
        let shown = Error::conflict(
            Conflict::AlreadyShown,
            "This was done, and its answer was shown, with a secret that is kept nowhere and shown no second time.",
        );
        return Some(remembered(&problem::answer(&shown, trace_id)));
    }
    // What must not be stored, its handler finds again.
    let is_secret = response.headers().get(header::CACHE_CONTROL).is_some_and(|value| value == "no-store");
    Some(remembered(response)).filter(|answer| answer.body.len() <= LARGEST && !is_secret)
}

fn remembered(response: &Response<Body>) -> RememberedAnswer {
    let header = |name| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    RememberedAnswer {
        status: response.status().as_u16(),
        content_type: header(header::CONTENT_TYPE),
        etag: header(header::ETAG),
        body: match response.body() {
            Body::Text(text) => text.clone(),
            _ => String::new(),
        },
    }
}
