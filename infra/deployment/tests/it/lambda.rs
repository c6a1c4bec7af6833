//! A function as Lambda runs it: a process of its own that asks the Runtime API for work.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, process::Command, sync::oneshot, time::timeout};

use crate::cloudformation::Template;

/// The Runtime API (2018-06-01) with one invocation.
struct Runtime {
    event: Mutex<Option<Value>>,
    answer: Mutex<Option<oneshot::Sender<Value>>>,
}

async fn next(State(runtime): State<Arc<Runtime>>) -> Response {
    let event = runtime.event.lock().unwrap().take();
    match event {
        Some(event) => {
            let headers = [
                ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
                ("lambda-runtime-deadline-ms", "4102444800000"),
                (
                    "lambda-runtime-invoked-function-arn",
                    "arn:aws:lambda:us-east-1:123456789012:function:postrider-healthz-get",
                ),
                ("lambda-runtime-trace-id", "Root=1-67891233-abcdef012345678912345678"),
            ];
            (headers, Json(event)).into_response()
        }
        // As Lambda does between invocations: it lets the function wait.
        None => std::future::pending().await,
    }
}

async fn respond(
    State(runtime): State<Arc<Runtime>>,
    Path((_, outcome)): Path<(String, String)>,
    body: String,
) -> StatusCode {
    let answered = json!({ "outcome": outcome, "body": serde_json::from_str::<Value>(&body).unwrap() });
    let answer = runtime.answer.lock().unwrap().take();
    answer.unwrap().send(answered).unwrap();
    StatusCode::ACCEPTED
}

/// API Gateway, payload format 2.0, as its documentation shows it.
fn get_healthz() -> Value {
    json!({
        "version": "2.0",
        "routeKey": "GET /healthz",
        "rawPath": "/healthz",
        "rawQueryString": "",
        "headers": { "accept": "*/*", "host": "api.postrider.example", "x-amzn-trace-id": "Root=1-67891233-abcdef012345678912345678" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "domainName": "api.postrider.example",
            "domainPrefix": "api",
            "http": {
                "method": "GET",
                "path": "/healthz",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "agent",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "GET /healthz",
            "stage": "$default",
            "time": "12/Mar/2026:19:03:58 +0000",
            "timeEpoch": 1_773_342_238_000_u64,
        },
        "isBase64Encoded": false,
    })
}

/// The function: this very program, started again with nothing else to do than what its main does.
#[test]
#[ignore = "started by the test below, as Lambda starts a function"]
fn healthz() {
    functions::serve::run(const { &[functions::catalog::named("healthz-get")] }, None);
}

/// With the environment that `template.yaml` gives: a variable missing there keeps the function from starting.
#[tokio::test]
async fn a_function_answers_an_api_gateway_event() {
    let (sender, receiver) = oneshot::channel();
    let runtime =
        Arc::new(Runtime { event: Mutex::new(Some(get_healthz())), answer: Mutex::new(Some(sender)) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/{outcome}", post(respond))
        .with_state(runtime);
    tokio::spawn(axum::serve(listener, router).into_future());

    let template = Template::read("template.yaml");
    let value = |name: &str| match name {
        "FUNCTION_PREFIX" => "postrider-",
        "SES_MAX_PER_SECOND" => "14",
        _ => "https://sqs.invalid/queue",
    };
    let variables = template.environment().keys().map(|name| (name.as_str(), value(name)));
    let _function = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "lambda::healthz", "--ignored", "--nocapture"])
        .env_clear()
        .envs(variables)
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", address.to_string().as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "postrider-healthz-get"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "none"),
            ("AWS_SECRET_ACCESS_KEY", "none"),
        ])
        .kill_on_drop(true)
        .spawn()
        .unwrap();

    let answered = timeout(Duration::from_secs(20), receiver).await.expect("the function answers").unwrap();
    assert_eq!(answered["outcome"], "response", "{answered}");
    assert_eq!(answered["body"]["statusCode"], 200, "{answered}");
    assert_eq!(answered["body"]["headers"]["x-trace-id"], "1-67891233-abcdef012345678912345678");
    assert_eq!(answered["body"]["body"], r#"{"status":"ok"}"#);
}
