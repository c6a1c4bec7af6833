//! Every call of the app to AWS passes here: it is counted, held to what its function may do, and a fault that was asked
//! for befalls it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_sqs::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::permissions::{self, Permissions};
use super::units::Units;
use crate::faults::{Faults, Mode, Target};
use crate::invocations;

/// How often each operation was called, as `dynamodb.GetItem`. A call the SDK repeats counts again.
#[derive(Debug, Default)]
pub struct Calls(Mutex<BTreeMap<String, u64>>);

impl Calls {
    /// The counts since the last reset.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.counters().clone()
    }

    /// Starts again from nothing.
    pub fn reset(&self) {
        self.counters().clear();
    }

    fn count(&self, service: &str, operation: &str) {
        *self.counters().entry(format!("{service}.{operation}")).or_default() += 1;
    }

    fn counters(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What becomes of a call.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Counts it.
    pub calls: Arc<Calls>,
    /// Counts what it is charged for.
    pub units: Arc<Units>,
    /// Refuses it.
    pub permissions: Arc<Permissions>,
    /// Disturbs it.
    pub faults: Arc<Faults>,
}

/// A client whose calls are watched.
pub fn watched(inner: SharedHttpClient, watch: Watch) -> SharedHttpClient {
    SharedHttpClient::new(Watched { inner, watch })
}

#[derive(Debug)]
struct Watched<T> {
    inner: T,
    watch: Watch,
}

impl HttpClient for Watched<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Watched {
            inner: self.inner.http_connector(settings, components),
            watch: self.watch.clone(),
        })
    }
}

impl HttpConnector for Watched<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let service = service(&request).to_owned();
        self.watch.calls.count(&service, operation(&request));
        // Who is no function is the test, or the machine itself, and may do anything.
        if let Some(function) = invocations::running_here() {
            let calls = permissions::calls(&service, operation(&request), &request);
            if !self.watch.permissions.permit(&function, &calls) {
                return HttpConnectorFuture::ready(match service.as_str() {
                    "s3" => refusal(&service, 403, "AccessDenied"),
                    _ => refusal(&service, 400, "AccessDeniedException"),
                });
            }
        }
        let fault = target(&service).and_then(|target| self.watch.faults.take(target));
        let inner = self.inner.clone();
        let units = self.watch.units.clone();
        HttpConnectorFuture::new(async move {
            match fault {
                None if units.is_on() => charged(&inner, &units, &service, request).await,
                None => inner.call(request).await,
                Some(Mode::Error) => refusal(&service, 500, "InternalServerError"),
                Some(Mode::Throttle) if service == "lambda" => {
                    refusal(&service, 429, "TooManyRequestsException")
                }
                Some(Mode::Throttle) => refusal(&service, 400, "ThrottlingException"),
                Some(Mode::Timeout) => std::future::pending().await,
                Some(Mode::DropAnswer) => {
                    inner.call(request).await?;
                    Err(ConnectorError::io("the answer was dropped, as asked".into()))
                }
                Some(Mode::CrashBeforeRecord) => {
                    inner.call(request).await?;
                    invocations::crash_this_one();
                    std::future::pending().await
                }
            }
        })
    }
}

/// Makes a call, and counts what it is charged for if it succeeds.
async fn charged(
    inner: &SharedHttpConnector,
    units: &Units,
    service: &str,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let operation = operation(&request).to_owned();
    let asked = request.body().bytes().unwrap_or_default().to_vec();
    let mut response = inner.call(request).await?;
    if response.status().is_success() && matches!(service, "dynamodb" | "sqs") {
        let answer = ByteStream::new(response.take_body()).collect().await;
        let answer = answer.map_err(|e| ConnectorError::io(e.into()))?.into_bytes();
        units.count(service, &operation, &asked, &answer);
        *response.body_mut() = SdkBody::from(answer);
    } else if response.status().is_success() {
        units.count(service, &operation, &asked, &[]);
    }
    Ok(response)
}

/// The service a call is signed for: `dynamodb` of `…Credential=<key>/<day>/<region>/dynamodb/aws4_request…`.
fn service(request: &HttpRequest) -> &str {
    let scope = request.headers().get("authorization").and_then(|value| value.split_once("Credential="));
    scope.and_then(|(_, scope)| scope.split('/').nth(3)).unwrap_or("unsigned")
}

/// The operation: JSON protocols name it in a header, S3's client in the query; SES and Lambda have a method and a path.
fn operation(request: &HttpRequest) -> &str {
    let target = request.headers().get("x-amz-target").and_then(|target| target.rsplit_once('.'));
    let in_query = || {
        let (_, query) = request.uri().split_once('?')?;
        query.split('&').find_map(|pair| pair.strip_prefix("x-id="))
    };
    match (target, in_query()) {
        (Some((_, operation)), _) | (None, Some(operation)) => operation,
        (None, None) if request.uri().ends_with("/outbound-emails") => "SendEmail",
        (None, None) if request.uri().ends_with("/invocations") => "Invoke",
        (None, None) if request.uri().contains("?list-type=2") => "ListObjectsV2",
        (None, None) => request.method(),
    }
}

fn target(service: &str) -> Option<Target> {
    match service {
        "dynamodb" => Some(Target::Dynamodb),
        "sqs" => Some(Target::Sqs),
        "s3" => Some(Target::S3),
        "events" => Some(Target::Events),
        "lambda" => Some(Target::Lambda),
        _ => None,
    }
}

/// A refusal as a service words it; `code` is what its client goes by.
fn refusal(service: &str, status: u16, code: &'static str) -> Result<HttpResponse, ConnectorError> {
    let body = match service {
        "s3" => format!("<Error><Code>{code}</Code><Message>as asked</Message></Error>"),
        _ => format!(r#"{{"__type":"{code}","message":"as asked"}}"#),
    };
    let status = StatusCode::try_from(status).map_err(|error| ConnectorError::user(error.into()))?;
    Ok(HttpResponse::new(status, SdkBody::from(body)))
}
