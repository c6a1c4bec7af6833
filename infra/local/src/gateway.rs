//! What API Gateway and function URLs do: find the function of a request, establish the caller, make the event.
//!
//! The event goes through JSON, so that a function reads here exactly what it reads in Lambda.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{RawPathParams, Request, State, rejection::RawPathParamsRejection};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use data_encoding::BASE64;
use domain::Error;
use functions::authorizer;
use functions::catalog::{self, Api, Function, Trigger};
use functions::serve;
use jiff::Timestamp;
use platform::http::problem;
use serde_json::{Map, Value, json};

use crate::lambda::Lambda;
use crate::watcher::{Seen, Watcher};

/// What Lambda takes in one event.
const MAX_BODY: usize = 6 << 20;

/// Where a request's trace begins, as X-Ray names it.
const TRACE: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// What a request is answered with.
#[derive(Clone)]
pub struct Gateway {
    /// Where functions run.
    pub lambda: Arc<Lambda>,
    /// Who is told what they answer.
    pub watcher: Watcher,
}

/// The routes of the catalogue.
pub fn routes(gateway: Gateway) -> Router {
    let mut router = Router::new();
    for (function, api) in catalog::routes() {
        let answer =
            async move |State(gateway): State<Gateway>, parameters: PathParameters, request: Request| {
                match parameters {
                    Ok(parameters) => gateway.answer(function, *api, &parameters, request).await,
                    // What is no UTF-8 names nothing.
                    Err(_) => unknown(request),
                }
            };
        let method = MethodFilter::try_from(api.method.clone()).expect("the catalogue has methods of HTTP");
        for path in paths(*api) {
            router = router.route(&path, on(method, answer));
        }
    }
    router.with_state(gateway)
}

type PathParameters = Result<RawPathParams, RawPathParamsRejection>;

fn unknown(request: Request) -> Response {
    let path: String = request.uri().path().chars().take(80).collect();
    refuse(&request.into_parts().0, &Error::not_found("path", path))
}

/// The paths of a route. `{proxy+}` is any that is not there otherwise; but what is asked before a request is asked of those that are
/// there, so that other methods of the others stay unknown.
fn paths(api: Api) -> BTreeSet<Cow<'static, str>> {
    let is_of_api = |function: &Function| matches!(function.trigger, Trigger::Api(_));
    let of_api = catalog::routes().filter(|(function, api)| is_of_api(function) && !api.is_preflight());
    match api.path.strip_suffix("{proxy+}") {
        _ if api.is_preflight() => {
            of_api.map(|(_, api)| Cow::from(api.path)).filter(|path| !path.contains('+')).collect()
        }
        Some(before) => BTreeSet::from([before.into(), format!("{before}{{*proxy}}").into()]),
        None => BTreeSet::from([api.path.into()]),
    }
}

/// Answers what no route takes, begins the trace of each request and prints a line about it. Comes last: routes added
/// later would have none of it.
pub fn in_front_of(router: Router) -> Router {
    let unsupported = async |request: Request| refuse(&request.into_parts().0, &Error::MethodNotAllowed);
    router
        .fallback(async |request: Request| unknown(request))
        .method_not_allowed_fallback(unsupported)
        .layer(from_fn(follow))
}

/// Follows a request from its trace to its answer.
async fn follow(mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    request.headers_mut().entry(TRACE).or_insert_with(new_trace);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answer = next.run(request).await;
    tracing::info!("{method} {path} {} {} ms", answer.status().as_u16(), begun.elapsed().as_millis());
    answer
}

impl Gateway {
    async fn answer(
        self,
        function: &'static Function,
        api: Api,
        parameters: &RawPathParams,
        request: Request,
    ) -> Response {
        let (parts, body) = request.into_parts();
        let parameters = parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        match self.event(api, &parts, parameters, body).await {
            Ok(event) => self.invoke(function, api, &parts, event).await,
            Err(error) => refuse(&parts, &error),
        }
    }

    async fn event(
        &self,
        api: Api,
        parts: &Parts,
        parameters: BTreeMap<String, String>,
        body: Body,
    ) -> Result<Value, Error> {
        let context = match api.role {
            Some(_) => Some(self.authorize(api.path, parts.headers.clone()).await?),
            None => None,
        };
        let body = read(&parts.headers, body).await?;
        Ok(event(api, parts, &parameters, context, &body))
    }

    async fn authorize(&self, path: &'static str, headers: HeaderMap) -> Result<Map<String, Value>, Error> {
        const AUTHORIZER: Function = catalog::named("authorizer");
        self.lambda
            .run(&AUTHORIZER, |app| async move { authorizer::context(&app, path, &headers).await })
            .await
    }

    async fn invoke(&self, function: &'static Function, api: Api, parts: &Parts, event: Value) -> Response {
        let answer = self.lambda.run(function, |app| async move {
            let request = lambda_http::request::from_str(&event.to_string()).map_err(internal)?;
            Ok(serve::answer(&app, function.routes(), request).await)
        });
        match answer.await.flatten() {
            Ok(response) => {
                (self.watcher)(Seen::Answered { route: api.name, status: response.status().as_u16() });
                from_lambda(response)
            }
            Err(error) => refuse(parts, &error),
        }
    }
}

fn internal(error: impl ToString) -> Error {
    Error::Internal(error.to_string().into())
}

/// Reads a body of bearable size. One that says it is larger is not read at all.
async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Error> {
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_BODY) {
        return Err(Error::TooLarge(MAX_BODY));
    }
    // An unfinished body ends here too, but then nobody is there to read the answer.
    axum::body::to_bytes(body, MAX_BODY).await.map_err(|_| Error::TooLarge(MAX_BODY))
}

/// The event of an HTTP API, payload version 2.0, which function URLs use too.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
fn event(
    api: Api,
    parts: &Parts,
    parameters: &BTreeMap<String, String>,
    context: Option<Map<String, Value>>,
    body: &Bytes,
) -> Value {
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let route = format!("{} {}", api.method, api.path);
    let (text, is_base64) = match std::str::from_utf8(body) {
        Ok(text) if is_text(&parts.headers) => (text.to_owned(), false),
        _ => (BASE64.encode(body), true),
    };
    let now = Timestamp::now();
    let mut event = json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": query,
        "headers": joined(parts.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })),
        "queryStringParameters": joined(url::form_urlencoded::parse(query.as_bytes()).into_owned()),
        "pathParameters": parameters,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "local",
            "domainName": "localhost",
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()),
            },
            "requestId": format!("{:032x}", rand::random::<u128>()),
            "routeKey": route,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "isBase64Encoded": is_base64,
    });
    if !body.is_empty() {
        event["body"] = json!(text);
    }
    if let Some(context) = context {
        event["requestContext"]["authorizer"] = json!({ "lambda": context });
    }
    event
}

/// Values of one name, joined by commas.
fn joined(pairs: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::<String, String>::new();
    for (name, value) in pairs {
        all.entry(name).and_modify(|known| *known = format!("{known},{value}")).or_insert(value);
    }
    all
}

/// Whether API Gateway hands such a body over as it is; forms and everything unknown it encodes.
fn is_text(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media.starts_with("text/")
        || matches!(media.as_str(), "application/json" | "application/javascript" | "application/xml")
}

fn new_trace() -> HeaderValue {
    let root = format!("Root=1-{:08x}-{:024x}", Timestamp::now().as_second(), rand::random::<u128>() >> 32);
    HeaderValue::try_from(root).unwrap_or(HeaderValue::from_static(""))
}

/// A refusal by the gateway itself, in the words of the API.
fn refuse(parts: &Parts, error: &Error) -> Response {
    if error.is_ours() {
        tracing::error!(%error, "cannot answer");
    }
    let trace = parts.headers.get(TRACE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let root = trace.split(';').find_map(|part| part.strip_prefix("Root="));
    from_lambda(problem::answer(error, root.unwrap_or_default()))
}

fn from_lambda(response: lambda_http::Response<lambda_http::Body>) -> Response {
    let (parts, body) = response.into_parts();
    let body = match body {
        lambda_http::Body::Empty => Body::empty(),
        lambda_http::Body::Text(text) => Body::from(text),
        lambda_http::Body::Binary(bytes) => Body::from(bytes),
        _ => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    Response::from_parts(parts, body)
}
