//! Lambda's own API, as far as functions use it: to invoke each other and wait for the answer.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use functions::catalog::{self, Function, InvokeHandler};
use functions::serve;
use serde_json::{Value, json};

use super::Lambda;

/// What the names of functions begin with: the default of `template.yaml`.
pub const PREFIX: &str = "postrider-";

/// What Lambda takes and gives in one invocation.
const MAX_PAYLOAD: usize = 6 << 20;

/// `POST /2015-03-31/functions/{name}/invocations`.
pub fn routes(lambda: Arc<Lambda>) -> Router {
    Router::new().route("/2015-03-31/functions/{name}/invocations", post(invoke)).with_state(lambda)
}

async fn invoke(
    State(lambda): State<Arc<Lambda>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some((function, handler)) = named(&name) else {
        return refused(
            StatusCode::NOT_FOUND,
            "ResourceNotFoundException",
            &format!("Function not found: {name}"),
        );
    };
    if headers.get("x-amz-invocation-type").is_some_and(|kind| kind != "RequestResponse") {
        let only = "Here functions are invoked to be answered: RequestResponse.";
        return refused(StatusCode::BAD_REQUEST, "InvalidParameterValueException", only);
    }
    let Ok(body) = axum::body::to_bytes(body, MAX_PAYLOAD).await else {
        let most =
            format!("Request must be smaller than {MAX_PAYLOAD} bytes for the InvokeFunction operation");
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", &most);
    };
    let Ok(input) = serde_json::from_slice::<Value>(&body) else {
        let wrong = "Could not parse request body into json";
        return refused(StatusCode::BAD_REQUEST, "InvalidRequestContentException", wrong);
    };
    let work = lambda.run(function, |app| async move { serve::directly(&app, handler, input).await });
    match work.await {
        Ok(Ok(answer)) => {
            lambda.worked_off(function, &String::from_utf8_lossy(&body)).await;
            answered(&answer)
        }
        Ok(Err(error)) => {
            failed(&json!({ "errorType": error.error_type, "errorMessage": error.error_message }))
        }
        Err(died) => failed(&json!({ "errorType": "Runtime.ExitError", "errorMessage": died.to_string() })),
    }
}

/// A function that takes direct calls, by its name in AWS.
fn named(name: &str) -> Option<(&'static Function, InvokeHandler)> {
    let name = name.strip_prefix(PREFIX)?;
    let function = catalog::ALL.iter().find(|function| function.name == name)?;
    Some((function, function.trigger.direct()?))
}

fn answered(answer: &Value) -> Response {
    let answer = answer.to_string();
    if answer.len() > MAX_PAYLOAD {
        let most = "Response payload size exceeded maximum allowed payload size (6291456 bytes).";
        return failed(&json!({ "errorType": "Function.ResponseSizeTooLarge", "errorMessage": most }));
    }
    ([("x-amz-executed-version", "$LATEST")], answer).into_response()
}

/// An answer in place of the function's: it ran, and failed.
fn failed(error: &Value) -> Response {
    let headers = [("x-amz-executed-version", "$LATEST"), ("x-amz-function-error", "Unhandled")];
    (headers, error.to_string()).into_response()
}

/// Lambda's refusal to run anything.
fn refused(status: StatusCode, code: &'static str, message: &str) -> Response {
    let body = json!({ "Type": "User", "Message": message }).to_string();
    (status, [("x-amzn-errortype", code)], body).into_response()
}
