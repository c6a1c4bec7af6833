//! Runs one function of the catalogue as a Lambda.
//!
//! Nothing here is generic over a handler, so that each main stays a few lines of machine code and links fast.

use std::{process::ExitCode, sync::Arc};

use aws_lambda_events::{
    apigw::{ApiGatewayV2CustomAuthorizerSimpleResponse, ApiGatewayV2CustomAuthorizerV2Request},
    sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent},
};
use lambda_http::{
    Body, Request, RequestExt as _, Response,
    http::{HeaderValue, header},
    request::RequestContext,
};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use platform::{
    app::App,
    config,
    http::{self, problem},
    printing::Printer,
    store::changes::ChangeBatch,
    telemetry,
};
use serde_json::Value;

use crate::catalog::{
    Api, AuthorizerHandler, ChangesHandler, Function, InvokeHandler, QueueHandler, Trigger,
};

/// The main of a program that holds the functions of these names. Where some of them print, a printer comes first.
#[macro_export]
macro_rules! program {
    ($($name:literal),+ $(,)?) => {
        $crate::program!(None; $($name),+);
    };
    ($printer:expr; $($name:literal),+ $(,)?) => {
        fn main() -> std::process::ExitCode {
            const FUNCTIONS: &[$crate::catalog::Function] = &[$($crate::catalog::named($name)),+];
            $crate::serve::run(FUNCTIONS, $printer)
        }
    };
}

/// Records of one queue delivery worked on at the same time.
const AT_ONCE: usize = 10;

/// Runs one of a program's functions, the one that Lambda starts by its name, until Lambda ends the process.
pub fn run(functions: &[Function], printer: Option<Arc<dyn Printer>>) -> ExitCode {
    telemetry::init();
    let function = match named(functions) {
        Ok(function) => function,
        Err(error) => {
            tracing::error!(%error, "no function");
            return ExitCode::FAILURE;
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "no runtime");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(serve(function, printer)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, function = function.name, "cannot run");
            ExitCode::FAILURE
        }
    }
}

fn named(functions: &[Function]) -> Result<Function, domain::Error> {
    let name = config::function()?;
    functions.iter().find(|function| function.name == name).copied().ok_or_else(|| {
        let known: Vec<&str> = functions.iter().map(|function| function.name).collect();
        domain::Error::Internal(
            format!("{name:?} is none of this program's functions: {}", known.join(", ")).into(),
        )
    })
}

async fn serve(function: Function, printer: Option<Arc<dyn Printer>>) -> Result<(), Error> {
    let mut app = platform::aws::app(&function.parts)?;
    if let Some(printer) = printer {
        app.printer = printer;
    }
    // It lives as long as the process.
    let app: &'static App = Box::leak(Box::new(app));
    function.parts.connect(app).await;
    match function.trigger {
        Trigger::Api(routes) | Trigger::Webhook(routes) => {
            let answer = move |request| async move { Ok::<_, Error>(answer(app, routes, request).await) };
            lambda_http::run(service_fn(answer)).await
        }
        Trigger::Authorizer(handler) => {
            lambda_runtime::run(service_fn(move |event| authorize(app, handler, event))).await
        }
        Trigger::Queue { handler, direct, .. } => {
            let work = move |event: LambdaEvent<Value>| consume(app, handler, direct, event.payload);
            lambda_runtime::run(service_fn(work)).await
        }
        Trigger::Changes { handler, .. } => {
            let work = move |event: LambdaEvent<ChangeBatch>| async move {
                Ok::<_, Error>(follow(app, handler, event.payload).await?)
            };
            lambda_runtime::run(service_fn(work)).await
        }
        Trigger::Schedule { handler, .. } => {
            let work = move |_: LambdaEvent<Value>| async move { Ok::<_, Error>(handler(app).await?) };
            lambda_runtime::run(service_fn(work)).await
        }
        Trigger::Invoke(handler) => {
            let answer = move |event: LambdaEvent<Value>| directly(app, handler, event.payload);
            lambda_runtime::run(service_fn(answer)).await
        }
    }
}

/// Answers a request that came by one of these routes.
pub async fn answer(app: &App, routes: &[Api], request: Request) -> Response<Body> {
    match asked_for(routes, &request) {
        Some(api) => http::answer(app, api.route(), request).await,
        None => {
            let path = request.uri().path().chars().take(80).collect::<String>();
            problem::answer(&domain::Error::not_found("path", path), "")
        }
    }
}

/// The route that a request came by, which API Gateway names. A function URL has one and names none.
fn asked_for<'a>(routes: &'a [Api], request: &Request) -> Option<&'a Api> {
    if let [only] = routes {
        return Some(only);
    }
    let RequestContext::ApiGatewayV2(context) = request.request_context_ref()? else { return None };
    let (method, path) = context.route_key.as_deref()?.split_once(' ')?;
    routes.iter().find(|api| *api.method == method && api.path == path)
}

/// Works off a delivery of a queue, which has `Records`; or answers a function that calls directly.
async fn consume(
    app: &App,
    handler: QueueHandler,
    direct: Option<InvokeHandler>,
    event: Value,
) -> Result<Value, Diagnostic> {
    match direct {
        Some(direct) if event.get("Records").is_none() => directly(app, direct, event).await,
        Some(_) | None => {
            let event = serde_json::from_value(event).map_err(|e| Diagnostic::from(Error::from(e)))?;
            let done = work(app, handler, event).await;
            serde_json::to_value(done).map_err(|e| Diagnostic::from(Error::from(e)))
        }
    }
}

/// Answers a direct call. An error comes to the caller as the problem that a caller of the API would see.
pub async fn directly(app: &App, handler: InvokeHandler, input: Value) -> Result<Value, Diagnostic> {
    handler(app, input).await.map_err(|error| {
        if error.is_ours() {
            tracing::error!(%error, "failed");
        }
        Diagnostic { error_type: problem::slug(&error).into(), error_message: problem::told(&error) }
    })
}

/// Does the work of a delivery of the table's stream. An error brings all of it back, in halves.
///
/// # Errors
/// What the function ran into.
pub async fn follow(app: &App, handler: ChangesHandler, event: ChangeBatch) -> Result<(), domain::Error> {
    handler(app, event.changes).await
}

/// Lets every request pass, with the context that says who sent it or why nobody did: so a refusal is answered in our words, and
/// is no error of a function, of which alarms ring.
async fn authorize(
    app: &App,
    handler: AuthorizerHandler,
    event: LambdaEvent<ApiGatewayV2CustomAuthorizerV2Request>,
) -> Result<ApiGatewayV2CustomAuthorizerSimpleResponse<Value>, Error> {
    let mut response = ApiGatewayV2CustomAuthorizerSimpleResponse::<Value>::default();
    response.is_authorized = true;
    let ApiGatewayV2CustomAuthorizerV2Request { route_key, mut headers, cookies, .. } = event.payload;
    // API Gateway hands cookies over beside the other headers.
    if let Ok(cookies) = HeaderValue::from_str(&cookies.join("; ")) {
        headers.entry(header::COOKIE).or_insert(cookies);
    }
    let route = route_key.unwrap_or_default();
    let path = route.split_once(' ').map_or("", |(_, path)| path);
    response.context = Value::Object(handler(app, path, &headers).await);
    Ok(response)
}

/// Works on the records of one delivery; the ones that fail come back alone.
pub async fn work(app: &App, handler: QueueHandler, event: SqsEvent) -> SqsBatchResponse {
    use futures::{StreamExt, stream};

    let failures: Vec<_> = stream::iter(event.records)
        .map(|record| async move {
            let body = record.body.unwrap_or_default();
            let id = record.message_id.unwrap_or_default();
            match handler(app, &body).await {
                Ok(()) => None,
                Err(error) => {
                    tracing::error!(%error, message = id, "comes back");
                    Some(id)
                }
            }
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await;
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures
        .into_iter()
        .map(|id| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            failure
        })
        .collect();
    response
}
