//! What IAM does: each call of a function is held to what the function says it needs. What is not permitted is refused
//! as AWS refuses it, so that a need left out of a `NEEDS` shows here and not in production.

use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use functions::catalog::Function;
use platform::needs::{Bodies, Call, Items, List, Need, Target};
use platform::queues::Queue;
use serde_json::Value;
use url::Url;

use crate::watcher::{self, Seen, Watcher};

/// What functions may do, and what was refused since the start.
#[derive(Debug)]
pub struct Permissions {
    watcher: Watcher,
    refused: Mutex<Vec<String>>,
}

impl Default for Permissions {
    fn default() -> Self {
        Self::watched_by(watcher::nobody)
    }
}

impl Permissions {
    /// Whoever watches is told of each permission that is used.
    pub fn watched_by(watcher: Watcher) -> Self {
        Self { watcher, refused: Mutex::default() }
    }

    /// Holds the calls in a request to what a function needs. Answers whether all of them are permitted.
    pub fn permit(&self, function: &Function, calls: &[Call]) -> bool {
        let may = function.may();
        let refused = calls.iter().filter(|call| {
            let permitting: Vec<Need> = may.iter().copied().filter(|need| need.permits(call)).collect();
            let used = |need: &Need| (self.watcher)(Seen::Permitted { function: function.name, need: *need });
            permitting.iter().for_each(used);
            permitting.is_empty()
        });
        let refused: Vec<String> = refused.map(|call| told(function, call)).collect();
        for refusal in &refused {
            tracing::error!("{refusal}");
        }
        let is_permitted = refused.is_empty();
        self.refusals().extend(refused);
        is_permitted
    }

    /// What was refused since the start, each with what would have permitted it.
    pub fn refused(&self) -> Vec<String> {
        self.refusals().clone()
    }

    fn refusals(&self) -> MutexGuard<'_, Vec<String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn told(function: &Function, call: &Call) -> String {
    let Call { action, to } = call;
    let missing: Vec<String> =
        every_need().filter(|need| need.permits(call)).map(|need| format!("{need:?}")).collect();
    let missing =
        if missing.is_empty() { "a kind of need there is none of".into() } else { missing.join(" or ") };
    format!("{} may not {action} {to:?}: its NEEDS lacks {missing}", function.name)
}

fn every_need() -> impl Iterator<Item = Need> {
    let items = Items::ALL.into_iter();
    let items = items.flat_map(|i| [Need::Read(i), Need::Write(i), Need::Amend(i), Need::Delete(i)]);
    let lists = List::ALL.into_iter().map(Need::List);
    let bodies = Bodies::ALL.into_iter().flat_map(|bodies| [Need::Fetch(bodies), Need::Keep(bodies)]);
    let queues = Queue::ALL.into_iter().map(Need::Send);
    items.chain(lists).chain(bodies).chain(queues).chain([Need::Dispatch, Need::Mail, Need::Secrets])
}

/// A request as IAM looks at it: each item of a transaction is a call of its own.
pub fn calls(service: &str, operation: &str, request: &HttpRequest) -> Vec<Call> {
    let body =
        request.body().bytes().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or(Value::Null);
    let call = |action: &str, to: Target| Call { action: format!("{service}:{action}"), to };
    match (service, operation) {
        ("dynamodb", "GetItem" | "UpdateItem" | "DeleteItem") => {
            vec![call(operation, partition(&body["Key"]))]
        }
        ("dynamodb", "PutItem") => vec![call(operation, partition(&body["Item"]))],
        ("dynamodb", "Query") => vec![call(operation, queried(&body))],
        ("dynamodb", "BatchGetItem") => {
            let tables = body["RequestItems"].as_object().into_iter().flat_map(|tables| tables.values());
            let keys = tables.flat_map(|table| table["Keys"].as_array().into_iter().flatten());
            keys.map(|key| call(operation, partition(key))).collect()
        }
        ("dynamodb", "TransactWriteItems") => {
            let actions = body["TransactItems"].as_array().into_iter().flatten();
            let actions = actions.flat_map(|action| action.as_object().into_iter().flatten());
            actions
                .map(|(kind, action)| match kind.as_str() {
                    "Put" => call("PutItem", partition(&action["Item"])),
                    "Update" => call("UpdateItem", partition(&action["Key"])),
                    "Delete" => call("DeleteItem", partition(&action["Key"])),
                    _ => call("ConditionCheckItem", partition(&action["Key"])),
                })
                .collect()
        }
        ("s3", _) => vec![call(operation, object(request.uri()))],
        // The right to send many at once is the right to send.
        ("sqs", "SendMessageBatch" | "SendMessage") => {
            vec![call("SendMessage", Target::Queue(text(&body["QueueUrl"])))]
        }
        _ => vec![call(operation, Target::Service)],
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn partition(key: &Value) -> Target {
    Target::Partition(text(&key["pk"]["S"]))
}

/// What a query is about: `pk = :pk AND …`, by the value its first condition names.
fn queried(body: &Value) -> Target {
    let condition = body["KeyConditionExpression"].as_str().unwrap_or_default();
    let name = condition.split_whitespace().nth(2).unwrap_or_default();
    let partition = text(&body["ExpressionAttributeValues"][name]["S"]);
    match body["IndexName"].as_str() {
        Some(index) => Target::Listed { index: index.to_owned(), partition },
        None => Target::Partition(partition),
    }
}

/// An object, in path style: `/<bucket>/<key>`.
fn object(uri: &str) -> Target {
    let path = Url::parse(uri).map(|url| url.path().to_owned()).unwrap_or_default();
    let key = path.trim_start_matches('/').split_once('/').map(|(_, key)| key.to_owned());
    key.filter(|key| !key.is_empty()).map_or(Target::Service, Target::Object)
}

#[cfg(test)]
mod tests;
