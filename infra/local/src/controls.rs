//! The runner's own controls: schedules, queues, and functions that have no trigger but a call.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::Error;
use serde_json::{Value, json};

use crate::problem::{Control, Problem};
use crate::queues::Depth;
use crate::schedules::Schedule;
use crate::system::Machine;

/// `GET /_local/events`: what the bus of tasks said; `POST /_local/events`: an event of a core system, with its tenant, put on the
/// bus of events; `GET /_local/schedules`, `POST /_local/schedules/{name}`, `GET /_local/queues`, `POST /_local/functions/{name}`,
/// which stands for `aws lambda invoke`, `GET /_local/token`: a bearer token to try the API with, and `GET`, `DELETE /_local/calls`: calls to AWS by operation.
pub fn routes(machine: Arc<Machine>) -> Router {
    Router::new()
        .route("/_local/schedules", get(schedules))
        .route("/_local/schedules/{name}", post(run_schedule))
        .route("/_local/queues", get(queues))
        .route("/_local/functions/{name}", post(invoke))
        .route("/_local/events", get(events).post(tell))
        .route("/_local/token", get(token))
        .route("/_local/calls", get(calls).delete(forget_calls))
        .with_state(machine)
}

async fn schedules(State(machine): State<Arc<Machine>>) -> Json<Vec<Schedule>> {
    Json(machine.schedules.list())
}

async fn run_schedule(
    State(machine): State<Arc<Machine>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    machine.schedules.run(&name).await.map_err(problem)?;
    Ok(Json(json!({ "schedule": name, "ran_at": machine.clock.now() })))
}

async fn events(State(machine): State<Arc<Machine>>) -> Result<Json<Vec<Value>>, Problem> {
    machine.heard.events().await.map(Json).map_err(problem)
}

async fn tell(
    State(machine): State<Arc<Machine>>,
    Control(detail): Control<Value>,
) -> Result<Json<Value>, Problem> {
    machine.core_system.tell(&detail).await.map_err(problem)?;
    Ok(Json(json!({ "told": detail })))
}

async fn queues(State(machine): State<Arc<Machine>>) -> Result<Json<Vec<Depth>>, Problem> {
    machine.queues.depths().await.map(Json).map_err(|error| Problem::bad_gateway(error.to_string()))
}

async fn invoke(
    State(machine): State<Arc<Machine>>,
    Path(name): Path<String>,
    Control(input): Control<Value>,
) -> Result<Json<Value>, Problem> {
    machine.invoke(&name, input).await.map(Json).map_err(problem)
}

async fn token(State(machine): State<Arc<Machine>>) -> String {
    machine.token.clone()
}

async fn calls(State(machine): State<Arc<Machine>>) -> Json<Value> {
    Json(json!(machine.calls.counts()))
}

async fn forget_calls(State(machine): State<Arc<Machine>>) -> Json<Value> {
    machine.calls.reset();
    Json(json!(machine.calls.counts()))
}

/// The controls are for whoever runs the system, so that even our own faults are told in full.
fn problem(error: Error) -> Problem {
    match error {
        Error::NotFound { .. } => Problem::not_found(error.to_string()),
        Error::Invalid(_) => Problem::bad_request(error.to_string()),
        Error::Conflict { .. } => Problem::conflict(error.to_string()),
        _ => Problem::bad_gateway(error.to_string()),
    }
}
