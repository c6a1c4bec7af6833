//! Requests as handlers see them, and the frame every HTTP function runs in: who calls, may they, what do they say.

pub mod body;
pub mod cors;
mod idempotency;
mod location;
pub mod problem;
mod query;
mod refused;
mod sent;

pub use self::idempotency::has_begun;

use std::{borrow::Cow, collections::BTreeMap, net::IpAddr, str::FromStr};

use domain::{
    Error,
    caller::Caller,
    error::{Conflict, Ours as _},
    id::{ExternalId, Id, Kind, Ref},
    tenant::TenantId,
    vocabulary::Role,
};
use lambda_http::{
    Body, Request as LambdaRequest, RequestExt, Response,
    aws_lambda_events::apigw::ApiGatewayV2httpRequestContext,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    request::RequestContext,
};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::{
    app::App,
    auth::Verdict,
    digest::digest,
    needs::{Items, Need},
    store::Position,
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

/// An authenticated request.
pub struct Request {
    caller: Option<Caller>,
    method: Method,
    path: String,
    path_parameters: BTreeMap<String, String>,
    query: BTreeMap<String, String>,
    /// As it stood in the URL.
    pub raw_query: String,
    /// The address it came from, as AWS says and whatever a header says.
    pub source: Option<IpAddr>,
    /// The domain it came by, as AWS says and whatever its `Host` header says.
    pub domain: Option<String>,
    /// All of them.
    pub headers: HeaderMap,
    /// As it came.
    pub body: Vec<u8>,
    /// Given by the caller with `Idempotency-Key`.
    idempotency_key: Option<String>,
    /// Joins logs from this request to the last webhook about what it caused.
    pub trace_id: String,
}

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
            asked.body = Some(bytes(request.into_body()))
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

impl Request {
    fn read(
        request: LambdaRequest,
        caller: Option<Caller>,
        trace_id: String,
        max_body: usize,
    ) -> Result<Self, Error> {
        let parameters = |map: lambda_http::aws_lambda_events::query_map::QueryMap| {
            map.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect::<BTreeMap<_, _>>()
        };
        let key =
            request.headers().get("idempotency-key").map(|value| value.to_str().unwrap_or_default().trim());
        let idempotency_key = match key {
            None => None,
            Some(key)
                if (1..=255).contains(&key.len()) && key.bytes().all(|byte| matches!(byte, b' '..=b'~')) =>
            {
                Some(key.to_owned())
            }
            Some(_) => {
                return Err(Error::invalid(
                    "Idempotency-Key",
                    "must have 1 to 255 printable ASCII characters",
                ));
            }
        };
        let (path_parameters, query) =
            (parameters(request.path_parameters()), parameters(request.query_string_parameters()));
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let raw_query = request.uri().query().unwrap_or_default().to_owned();
        let (domain, source) = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => {
                let source = context.http.source_ip.as_ref().and_then(|address| address.parse().ok());
                (context.domain_name.clone(), source)
            }
            _ => (None, None),
        };
        let headers = request.headers().clone();
        let body = bytes(request.into_body());
        if body.len() > max_body {
            return Err(Error::TooLarge(max_body));
        }
        Ok(Self {
            caller,
            method,
            path,
            path_parameters,
            query,
            raw_query,
            source,
            domain,
            headers,
            body,
            idempotency_key,
            trace_id,
        })
    }

    /// A request for the same caller in the same trace: what a page asks of the API.
    #[must_use]
    pub fn on_behalf(
        &self,
        method: Method,
        path: String,
        path_parameters: BTreeMap<String, String>,
        query: BTreeMap<String, String>,
        body: Option<&Value>,
    ) -> Self {
        let mut headers = HeaderMap::new();
        if body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Self {
            caller: self.caller.clone(),
            method,
            path,
            path_parameters,
            raw_query: form_urlencoded::Serializer::new(String::new()).extend_pairs(&query).finish(),
            query,
            source: self.source,
            domain: self.domain.clone(),
            headers,
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
            idempotency_key: None,
            trace_id: self.trace_id.clone(),
        }
    }

    /// The same request under this name, its idempotency key: it is done once, however often it is sent.
    #[must_use]
    pub fn sent_as(self, name: Option<&str>) -> Self {
        Self { idempotency_key: name.map(str::to_owned), ..self }
    }

    /// The same request on a condition, such as `If-Match`. What cannot be an entity tag is that of nothing.
    #[must_use]
    pub fn on_condition(mut self, header: HeaderName, tag: &str) -> Self {
        let tag = HeaderValue::from_str(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
        self.headers.insert(header, tag);
        self
    }

    /// Its path, without the query.
    pub fn own_path(&self) -> &str {
        &self.path
    }

    /// All query parameters.
    pub fn query_pairs(&self) -> &BTreeMap<String, String> {
        &self.query
    }

    /// Who is calling.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] on routes that ask for no role.
    pub fn caller(&self) -> Result<&Caller, Error> {
        self.caller.as_ref().ok_or(Error::Unauthenticated)
    }

    /// Whose data this is about.
    pub fn tenant(&self) -> Result<&TenantId, Error> {
        Ok(&self.caller()?.tenant)
    }

    /// The body, a JSON object.
    pub fn json<T: DeserializeOwned + JsonSchema>(&self) -> Result<T, Error> {
        body::read(self.json_bytes()?)
    }

    /// The body, a JSON object whose values pass a check. What is wrong with values is told together with what is mistyped or
    /// missing elsewhere.
    pub fn json_checked<T: DeserializeOwned + JsonSchema>(
        &self,
        check: impl Fn(&T) -> Result<(), Error>,
    ) -> Result<T, Error> {
        body::read_checked(self.json_bytes()?, check)
    }

    /// The body, a JSON array.
    pub fn json_list<T: DeserializeOwned + JsonSchema>(&self) -> Result<Vec<T>, Error> {
        body::read_list(self.json_bytes()?)
    }

    fn json_bytes(&self) -> Result<&[u8], Error> {
        let media =
            self.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case("application/json") {
            return Err(Error::UnsupportedMediaType("application/json".into()));
        }
        Ok(&self.body)
    }

    /// A header, if it is readable text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A parameter in the path.
    pub fn path(&self, name: &str) -> &str {
        self.path_parameters.get(name).map_or("", String::as_str)
    }

    /// Holds a change to the revision its caller saw, if they say so with `If-Match`.
    ///
    /// # Errors
    /// [`Error::PreconditionFailed`] when it is another by now.
    pub fn expect_revision(&self, revision: u64) -> Result<(), Error> {
        let Some(header) = self.condition(header::IF_MATCH) else { return Ok(()) };
        let own = etag(revision);
        if header.split(',').map(str::trim).any(|given| given == "*" || given == own) {
            Ok(())
        } else {
            Err(Error::PreconditionFailed(Some(revision)))
        }
    }

    /// The same about what may be made, and then has no revision: `If-Match` says that it is there.
    ///
    /// # Errors
    /// As [`Self::expect_revision`], and where there is nothing.
    pub fn expect_existing(&self, revision: Option<u64>) -> Result<(), Error> {
        match revision {
            Some(revision) => self.expect_revision(revision),
            None if self.headers.contains_key(header::IF_MATCH) => Err(Error::PreconditionFailed(None)),
            None => Ok(()),
        }
    }

    /// The same about one of several that share a revision: `If-Match: *` says that this one is there.
    ///
    /// # Errors
    /// As there.
    pub fn expect_among(&self, revision: u64, is_there: bool) -> Result<(), Error> {
        match self.condition(header::IF_MATCH).is_some_and(|tag| tag.trim() == "*") && !is_there {
            true => Err(Error::PreconditionFailed(None)),
            false => self.expect_revision(revision),
        }
    }

    /// Holds a request to making something new, if its caller says so with `If-None-Match: *`.
    ///
    /// # Errors
    /// [`Error::PreconditionFailed`] when there is one already, in this revision.
    pub fn expect_new(&self, existing: Option<u64>) -> Result<(), Error> {
        match existing.filter(|_| self.condition(header::IF_NONE_MATCH).is_some_and(|tag| tag.trim() == "*"))
        {
            Some(revision) => Err(Error::PreconditionFailed(Some(revision))),
            None => Ok(()),
        }
    }

    /// What a change is held to. What is no text holds it all the same, and to nothing that there is.
    fn condition(&self, name: HeaderName) -> Option<Cow<'_, str>> {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// The id in the path, ours or the lender's.
    pub fn path_ref<K: Kind>(&self, name: &str) -> Result<Ref<K>, Error> {
        let text = self.path(name);
        // What cannot be an id of ours names nothing: 404 rather than 400, as for any unknown resource.
        Ref::from_str(text).map_err(|_| Error::not_found(K::NAME, text.chars().take(80).collect::<String>()))
    }

    /// The id of a thing this request creates: fresh, or derived from the idempotency key, so that the request sent
    /// again after a crash meets what it already made.
    pub fn new_id<K: Kind>(&self, app: &App) -> Result<Id<K>, Error> {
        Ok(match &self.idempotency_key {
            Some(key) => Id::keyed(self.tenant()?.as_str(), &self.digest_of(key), K::PREFIX),
            None => app.new_id(),
        })
    }

    /// The same if its caller may name the thing: then the id follows from that name, so that no other gets it.
    ///
    /// # Errors
    /// As there.
    pub fn id_named<K: Kind>(&self, app: &App, name: Option<&ExternalId>) -> Result<Id<K>, Error> {
        match name {
            Some(name) => Ok(Id::external(self.tenant()?.as_str(), name.as_str())),
            None => self.new_id(app),
        }
    }

    /// Names this request if it names itself by an idempotency key: the same when it is sent again.
    pub fn own_name(&self) -> Option<String> {
        self.idempotency_key.as_deref().map(|key| self.digest_of(key))
    }

    /// Names an idempotency key on this route.
    fn digest_of(&self, key: &str) -> String {
        digest(&[self.method.as_str(), &self.path, key])
    }

    /// The storage name of this request's idempotency key, and the digest of what it says.
    pub(crate) fn idempotency(&self) -> Option<(String, String)> {
        let key = self.idempotency_key.as_deref()?;
        let body = body::canonical(&self.body);
        let said = |name: HeaderName| Some(format!("{name}: {}", self.condition(name.clone())?));
        let conditions = [header::IF_MATCH, header::IF_NONE_MATCH].map(said);
        let mut parts = vec![self.method.as_str(), &self.path, &self.raw_query, &body];
        parts.extend(conditions.iter().flatten().map(String::as_str));
        Some((self.digest_of(key), digest(&parts)))
    }
}

fn bytes(body: Body) -> Vec<u8> {
    match body {
        Body::Text(text) => text.into_bytes(),
        Body::Binary(bytes) => bytes,
        _ => Vec::new(),
    }
}

/// What is left of a body some of whose members were read apart.
///
/// # Errors
/// [`Error::Invalid`] with every fault.
pub fn read_members<T: DeserializeOwned + JsonSchema>(members: Map<String, Value>) -> Result<T, Error> {
    body::fields(Value::Object(members), |_| Ok(()))
}

/// An answer in JSON.
pub fn json<T: Serialize>(status: StatusCode, body: &T) -> Result<Response<Body>, Error> {
    let text = serde_json::to_string(body).internal()?;
    let mut response = Response::new(Body::Text(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Marks what [`json_shown_once`] answers.
#[derive(Debug, Clone, Copy)]
struct ShownOnce;

/// An answer in JSON with a secret that is kept nowhere. Whoever sends the request again is told that it was shown, and no more.
pub fn json_shown_once<T: Serialize>(status: StatusCode, body: &T) -> Result<Response<Body>, Error> {
    let mut response = json(status, body)?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(ShownOnce);
    Ok(response)
}

/// An answer in JSON that may be too long for one; then `remedy` is told.
///
/// A Lambda's answer has at most 6 MB, in which the JSON is a JSON text itself, quotes and all.
///
/// # Errors
/// [`Conflict::LimitReached`] above [`MAX_LARGE_BODY`], which is also what an import takes.
pub fn json_within<T: Serialize>(
    status: StatusCode,
    body: &T,
    remedy: &str,
) -> Result<Response<Body>, Error> {
    let response = json(status, body)?;
    let written = match response.body() {
        Body::Text(text) => text.len() + text.bytes().filter(|b| matches!(b, b'"' | b'\\')).count(),
        _ => 0,
    };
    if written > MAX_LARGE_BODY {
        return Err(Error::conflict(Conflict::LimitReached, remedy));
    }
    Ok(response)
}

/// An answer in JSON about a thing that may be changed under `If-Match`.
pub fn json_with_etag<T: Serialize>(
    status: StatusCode,
    body: &T,
    revision: u64,
) -> Result<Response<Body>, Error> {
    let mut response = json(status, body)?;
    let value = HeaderValue::from_str(&etag(revision)).internal()?;
    response.headers_mut().insert(header::ETAG, value);
    Ok(response)
}

/// A revision as an entity tag (RFC 9110).
pub fn etag(revision: u64) -> String {
    format!("\"{revision}\"")
}

/// An answer without a body.
pub fn no_content() -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// A list cursor as callers see it: opaque.
pub fn encode_cursor<T: Serialize>(position: &T) -> Result<String, Error> {
    let bytes = serde_json::to_vec(position).internal()?;
    Ok(data_encoding::BASE64URL_NOPAD.encode(&bytes))
}

/// What a cursor of ours says; `pointer` is where it stands in the request.
///
/// # Errors
/// [`Error::Invalid`] for what is none.
pub fn decode_cursor<T: DeserializeOwned + Serialize>(text: &str, pointer: &str) -> Result<T, Error> {
    let bytes = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    let cursor = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    // Whatever else reads as one was not answered.
    let cursor = cursor.filter(|cursor| encode_cursor(cursor).is_ok_and(|ours| ours == text));
    cursor.ok_or_else(|| Error::invalid(pointer, "must be a cursor as it was answered; start without one"))
}

/// The cursor of the next page, if there is one.
pub fn next_cursor(position: Option<&Position>) -> Result<Option<String>, Error> {
    position.map(encode_cursor).transpose()
}

/// An id that [`Request::edge`] asks for; what is none is not in the list.
pub fn listed<K: Kind, I: FromStr>(text: &str) -> Result<I, Error> {
    text.parse().map_err(|_| Error::not_found(K::NAME, text))
}
