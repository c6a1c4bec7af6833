//! Requests as handlers see them, and the frame every HTTP function runs in: who calls, may they, what do they say.

pub mod body;
pub mod cors;
mod cursor;
mod idempotency;
mod location;
pub mod problem;
mod query;
mod refused;
mod request;
mod response;
mod sent;

use domain::{Error, caller::Caller, vocabulary::Role};
use lambda_http::{
    Body, Request as LambdaRequest, RequestExt, Response,
    aws_lambda_events::apigw::ApiGatewayV2httpRequestContext,
    http::{HeaderMap, HeaderValue, Method, Uri, header},
    request::RequestContext,
};

pub use self::{
    cursor::{decode_cursor, encode_cursor, listed, next_cursor},
    idempotency::has_begun,
    request::Request,
    response::{etag, json, json_shown_once, json_with_etag, json_within, no_content},
};
use crate::{
    app::App,
    auth::Verdict,
    needs::{Items, Need},
    telemetry::new_trace_id,
};

/// A handler of one route.
pub type Handler =
    for<'a> fn(&'a App, &'a Request) -> futures::future::BoxFuture<'a, Result<Response<Body>, Error>>;

/// Answers a request by its handler, unless it was answered before.
pub type Once = for<'a> fn(
    &'a App,
    &'a Request,
    Handler,
) -> futures::future::BoxFuture<'a, Result<Response<Body>, Error>>;

/// What is answered instead of an error.
pub type Refusal = fn(&Error, &Asked) -> Response<Body>;

/// What an answer in the place of an error may be worded by.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Names the request in our logs.
    pub trace_id: String,
    /// What was asked for.
    pub method: Method,
    /// The path and the query.
    pub uri: Uri,
    /// All headers.
    pub headers: HeaderMap,
    /// What came, where nobody is known who sent it, unless it is too long. Otherwise it is read by whoever answers, and nothing is left
    /// of it here.
    pub body: Vec<u8>,
}

/// What the frame must know about a route.
#[derive(Clone, Copy)]
pub struct Route {
    /// The least role that may call it; `None` for everybody.
    pub role: Option<Role>,
    /// Who answers.
    pub handler: Handler,
    /// How it is answered once, where a request that is sent twice may not be done twice.
    pub once: Option<Once>,
    /// The longest body that is read, in bytes.
    pub max_body: usize,
    /// The query parameters it knows; `None` for one that takes any.
    pub query: Option<fn() -> Vec<&'static str>>,
    /// How its errors are answered.
    pub refusal: Refusal,
    /// The path of the collection that holds what it makes, if that is not the path it is asked at.
    pub makes_in: fn() -> Option<&'static str>,
}

/// How a route is answered that asks for this role. Where nobody is known, no request is known again; and what a viewer may call
/// changes nothing, so that it is answered anew each time, whatever `Idempotency-Key` it has.
pub const fn once(role: Option<Role>) -> Option<Once> {
    match role {
        None | Some(Role::Viewer) => None,
        Some(_) => Some(idempotency::once),
    }
}

/// What [`Route::max_body`] is unless a route needs more.
pub const MAX_BODY: usize = 1024 * 1024;
/// What it can be: a Lambda's payload has at most 6 MB, of which JSON in JSON takes its share.
pub const MAX_LARGE_BODY: usize = 5 * 1024 * 1024;

/// What a Lambda takes in one event: a function URL answers 413 above it. A body that is no text arrives in base64, and so
/// may be three quarters as long.
pub const MAX_EVENT: usize = 6 * 1024 * 1024;

/// Answers one request.
pub async fn answer(app: &App, route: Route, request: LambdaRequest) -> Response<Body> {
    let mut asked = Asked {
        trace_id: trace_id(app, &request),
        method: request.method().clone(),
        uri: request.uri().clone(),
        headers: request.headers().clone(),
        body: Vec::new(),
    };
    let (caller, origin) = match route.role {
        None => (Ok(None), None),
        Some(needed) => {
            let Verdict { caller, origin } = verdict(&request);
            let sufficient = caller.and_then(|caller| match caller.role < needed {
                true => Err(Error::Forbidden(needed)),
                false => Ok(Some(caller)),
            });
            (sufficient, Some(origin))
        }
    };
    let answered = match caller {
        Ok(caller) => respond(app, route, caller, request, &asked.trace_id).await,
        Err(error) => {
            asked.body = Some(request::bytes(request.into_body()))
                .filter(|body| body.len() <= route.max_body)
                .unwrap_or_default();
            Err(error)
        }
    };
    let mut response = match answered {
        Ok(response) => response,
        Err(error) => refused::refuse(&error, &asked.trace_id, |error| (route.refusal)(error, &asked)),
    };
    if route.role.is_some() {
        // Answers are about people; nothing between here and the lender keeps them.
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    if let Some(origin) = origin {
        cors::share(response.headers_mut(), origin.as_deref());
    }
    if let Ok(value) = HeaderValue::from_str(&asked.trace_id) {
        response.headers_mut().insert("x-trace-id", value);
    }
    response
}

async fn respond(
    app: &App,
    route: Route,
    caller: Option<Caller>,
    request: LambdaRequest,
    trace_id: &str,
) -> Result<Response<Body>, Error> {
    let request = Request::read(request, caller, trace_id.to_owned(), route.max_body)?;
    if let Some(known) = route.query {
        request.expect_query(known)?;
    }
    // What a PUT or a DELETE asks for is as good done twice as once.
    let mut response = match route.once.filter(|_| request.method == Method::POST) {
        Some(once) => once(app, &request, route.handler).await?,
        None => handle(app, &request, route.handler).await?,
    };
    location::tell(&mut response, &request, route.makes_in);
    Ok(response)
}

/// Answers a request that a page makes for its visitor ([`Request::on_behalf`]), as if it had come from outside. What a form asks for
/// under a name ([`Request::sent_as`]) is done and answered once by any method: whoever sends a form twice is to be told twice that it
/// was done, and not that it cannot be done again.
///
/// # Errors
/// Those of the handler; [`Error::Forbidden`] if the role does not suffice.
pub async fn answer_within(app: &App, route: Route, request: &Request) -> Result<Response<Body>, Error> {
    match route.role {
        Some(needed) if request.caller()?.role < needed => Err(Error::Forbidden(needed)),
        _ => {
            if let Some(known) = route.query {
                request.expect_query(known)?;
            }
            match route.once {
                Some(once) => once(app, request, route.handler).await,
                None => handle(app, request, route.handler).await,
            }
        }
    }
}

/// What [`Request::sent_as`] needs of AWS.
pub const ONCE: &[Need] =
    &[Need::Read(Items::Answers), Need::Write(Items::Answers), Need::Delete(Items::Answers)];

async fn handle(app: &App, request: &Request, handler: Handler) -> Result<Response<Body>, Error> {
    handler(app, request).await.map_err(|error| request.tell(error))
}

/// What the authorizer found. A request that comes without its context has nobody.
fn verdict(request: &LambdaRequest) -> Verdict {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(ApiGatewayV2httpRequestContext {
            authorizer: Some(authorizer),
            ..
        })) => Verdict::read(|name| authorizer.fields.get(name)),
        _ => Verdict::nobody(),
    }
}

/// The trace id of X-Ray if there is one, else a fresh one.
fn trace_id(app: &App, request: &LambdaRequest) -> String {
    let header = request.headers().get("x-amzn-trace-id").and_then(|value| value.to_str().ok());
    let root = header.and_then(|header| header.split(';').find_map(|part| part.strip_prefix("Root=")));
    let sane =
        root.filter(|root| root.len() <= 64 && root.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    sane.map_or_else(|| new_trace_id(app.now()), str::to_owned)
}
