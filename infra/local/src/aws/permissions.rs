//! What IAM does: each call of a function is held to what the function says it needs. What is not permitted is refused
//! as AWS refuses it, so that a need left out of a `NEEDS` shows here and not in production.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use functions::catalog::Function;
use platform::invoke::Callee;
use platform::needs::{Bodies, Call, Items, List, Need, SecretsOf, Target};
use platform::queues::Queue;
use platform::secrets;
use serde::Deserialize;
use url::Url;

use super::SECRET_PREFIX;
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

    /// Holds the calls in a request to what a function needs. Answers whether there are any, and all are permitted.
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
        let is_permitted = refused.is_empty() && !calls.is_empty();
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
    let bodies = Bodies::ALL.into_iter();
    let bodies = bodies.flat_map(|of| [Need::Fetch(of), Need::Keep(of), Need::Remove(of)]);
    let queues = Queue::ALL.into_iter().map(Need::Send);
    let secrets = SecretsOf::ALL.into_iter().map(Need::Secrets);
    let callees = Callee::all().map(Need::Invoke);
    items.chain(lists).chain(bodies).chain(queues).chain(secrets).chain(callees).chain([
        Need::Dispatch,
        Need::Tell,
        Need::Mail,
    ])
}

/// What of a request's body IAM looks at. The rest is not even read: items may be nested deeper, and hold stranger
/// numbers, than [`serde_json::Value`] takes.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Body {
    key: Option<Key>,
    item: Option<Key>,
    request_items: BTreeMap<String, Many>,
    transact_items: Vec<BTreeMap<String, Body>>,
    index_name: Option<String>,
    key_condition_expression: String,
    expression_attribute_values: BTreeMap<String, Text>,
    queue_url: String,
    secret_id: String,
}

/// What is read of a table together, or written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Many {
    #[serde(rename_all = "PascalCase")]
    Read {
        keys: Vec<Key>,
    },
    Write(Vec<BTreeMap<String, Body>>),
}

impl Many {
    fn items(&self) -> Vec<Target> {
        match self {
            Self::Read { keys } => keys.iter().map(Target::from).collect(),
            Self::Write(writes) => writes.iter().flat_map(BTreeMap::values).map(Body::item).collect(),
        }
    }
}

#[derive(Deserialize)]
struct Key {
    pk: Text,
}

/// An attribute value, where it is text.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Text {
    s: String,
}

impl From<&Key> for Target {
    fn from(key: &Key) -> Self {
        Self::Partition(key.pk.s.clone())
    }
}

impl Body {
    /// The item that is read or written by its key. One without a key is in no partition that anybody may touch.
    fn item(&self) -> Target {
        self.key.as_ref().or(self.item.as_ref()).map_or(Target::Partition(String::new()), Target::from)
    }

    /// What a query is about: `pk = :pk AND …`, by the value its first condition names. DynamoDB takes no `OR`.
    fn queried(&self) -> Target {
        let words: Vec<&str> = self.key_condition_expression.split_whitespace().collect();
        let name = match words[..] {
            [_, "=", name] | [_, "=", name, "AND", ..] => name,
            _ => "",
        };
        let partition = self.expression_attribute_values.get(name).map_or("", |value| &value.s).to_owned();
        match &self.index_name {
            Some(index) => Target::Listed { index: index.clone(), partition },
            None => Target::Partition(partition),
        }
    }
}

/// A request as IAM looks at it: each item of a transaction is a call of its own. What cannot be read, or is about nothing,
/// is a call to a partition that nobody may touch.
pub fn calls(service: &str, operation: &str, request: &HttpRequest) -> Vec<Call> {
    let call = |action: &str, to: Target| Call { action: format!("{service}:{action}"), to };
    let nowhere = || Target::Partition(String::new());
    let body = request.body().bytes().and_then(|body| serde_json::from_slice::<Body>(body).ok());
    let calls = match (service, operation, body) {
        // As IAM names it.
        ("s3", "ListObjectsV2", _) => vec![call("ListBucket", Target::Service)],
        ("s3", "CopyObject", _) => {
            vec![call("GetObject", copied(request)), call("PutObject", object(request.uri()))]
        }
        ("s3", _, _) => vec![call(operation, object(request.uri()))],
        // As IAM names it.
        ("lambda", "Invoke", _) => vec![call("InvokeFunction", invoked(request.uri()))],
        (_, _, None) => Vec::new(),
        ("dynamodb", "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem", Some(body)) => {
            vec![call(operation, body.item())]
        }
        ("dynamodb", "Query", Some(body)) => vec![call(operation, body.queried())],
        ("dynamodb", "BatchGetItem" | "BatchWriteItem", Some(body)) => {
            body.request_items.values().flat_map(Many::items).map(|item| call(operation, item)).collect()
        }
        ("dynamodb", "TransactWriteItems", Some(body)) => {
            let actions = body.transact_items.iter().flatten();
            actions
                .map(|(kind, action)| match kind.as_str() {
                    "Put" => call("PutItem", action.item()),
                    "Update" => call("UpdateItem", action.item()),
                    "Delete" => call("DeleteItem", action.item()),
                    "ConditionCheck" => call("ConditionCheckItem", action.item()),
                    _ => call(kind, nowhere()),
                })
                .collect()
        }
        // The right to send many at once is the right to send.
        ("sqs", "SendMessageBatch" | "SendMessage", Some(body)) => {
            vec![call("SendMessage", Target::Queue(body.queue_url))]
        }
        ("sqs", "ReceiveMessage" | "DeleteMessage", Some(body)) => {
            vec![call(operation, Target::Queue(body.queue_url))]
        }
        ("secretsmanager", "GetSecretValue", Some(body)) => {
            let name = secrets::below(SECRET_PREFIX, &body.secret_id).unwrap_or_default();
            vec![call(operation, Target::Secret(name.to_owned()))]
        }
        (_, _, Some(_)) => vec![call(operation, Target::Service)],
    };
    if calls.is_empty() { vec![call(operation, nowhere())] } else { calls }
}

/// A function, by its name: `/2015-03-31/functions/<name>/invocations`.
fn invoked(uri: &str) -> Target {
    let path = Url::parse(uri).map(|url| url.path().to_owned()).unwrap_or_default();
    Target::Function(path.split('/').nth(3).unwrap_or_default().to_owned())
}

/// An object, in path style: `/<bucket>/<key>`.
fn object(uri: &str) -> Target {
    let path = Url::parse(uri).map(|url| url.path().to_owned()).unwrap_or_default();
    let key = path.trim_start_matches('/').split_once('/').map(|(_, key)| key.to_owned());
    key.filter(|key| !key.is_empty()).map_or(Target::Service, Target::Object)
}

/// The object that is copied, as the header names it: `<bucket>/<key>`.
fn copied(request: &HttpRequest) -> Target {
    let source = request.headers().get("x-amz-copy-source").unwrap_or_default();
    object(&format!("http://s3/{}", source.trim_start_matches('/')))
}

#[cfg(test)]
mod tests;
