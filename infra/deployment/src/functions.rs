//! Functions and queues as the pages show them.

use functions::{
    catalog::{self, Trigger},
    dispatch,
};
use platform::{needs::Need, queues};
use serde::Serialize;

use crate::{Role, logical, roles};

/// A function.
#[derive(Debug, Serialize)]
pub struct Function {
    name: &'static str,
    logical: String,
    about: String,
    /// The role it runs as.
    role: String,
    /// The role itself, at the first of its functions.
    first_of: Option<Role>,
    /// Whether it runs lenders' templates, or prints what they say.
    renders: bool,
    caller: Caller,
}

/// What calls a function.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
enum Caller {
    Route { method: String, path: &'static str, open: bool },
    FunctionUrl,
    Gateway,
    Queue { name: String, concurrency: String },
    Changes { of: &'static [&'static str] },
    Schedule { minutes: u32 },
    Operator,
}

/// A queue with its dead letters and its consumer.
#[derive(Debug, Serialize)]
pub struct Queue {
    /// As in AWS, without the prefix.
    pub name: String,
    logical: String,
    /// Where functions are told its URL.
    variable: String,
    /// Who takes from it.
    consumer: &'static str,
    about: String,
    /// The parameter for how many dispatchers run at the same time, with its default.
    parameter: Option<Parameter>,
}

#[derive(Debug, Serialize)]
struct Parameter {
    name: String,
    default: u8,
}

/// Functions of a catalogue.
pub fn functions(catalog: &[catalog::Function]) -> Vec<Function> {
    let roles = roles(catalog);
    catalog
        .iter()
        .map(|function| {
            let place = roles.iter().position(|role| role.functions.contains(&function.name));
            let is_first = place.is_some_and(|place| roles[place].functions.first() == Some(&function.name));
            let role = place.map(|place| roles[place].logical.clone()).unwrap_or_default();
            Function {
                name: function.name,
                logical: logical(function.name),
                about: about(function),
                role,
                first_of: place.filter(|_| is_first).map(|place| roles[place].clone()),
                renders: [Need::Render, Need::Print].iter().any(|need| function.may().contains(need)),
                caller: caller(function.trigger),
            }
        })
        .collect()
}

fn about(function: &catalog::Function) -> String {
    function.about.trim().to_owned()
}

fn caller(trigger: Trigger) -> Caller {
    match trigger {
        Trigger::Api(api) => {
            Caller::Route { method: api.method.to_string(), path: api.path, open: api.role.is_none() }
        }
        Trigger::Webhook(_) => Caller::FunctionUrl,
        Trigger::Authorizer(_) => Caller::Gateway,
        Trigger::Queue { queue, .. } => Caller::Queue {
            name: queue.name(),
            concurrency: match parameter(queue) {
                Some(parameter) => format!("!Ref {}", parameter.name),
                None => at_once(queue).to_string(),
            },
        },
        Trigger::Changes { of, .. } => Caller::Changes { of },
        Trigger::Schedule { every, .. } => Caller::Schedule { minutes: every / 60 },
        Trigger::Invoke(_) => Caller::Operator,
    }
}

/// The queues that functions of a catalogue take from.
pub fn queues(catalog: &[catalog::Function]) -> Vec<Queue> {
    let consumed = catalog.iter().filter_map(|function| match function.trigger {
        Trigger::Queue { queue, .. } => Some((function, queue)),
        Trigger::Api(_)
        | Trigger::Webhook(_)
        | Trigger::Authorizer(_)
        | Trigger::Changes { .. }
        | Trigger::Schedule { .. }
        | Trigger::Invoke(_) => None,
    });
    consumed
        .map(|(function, queue)| {
            let name = queue.name();
            Queue {
                logical: logical(&name),
                variable: queue.variable(),
                name,
                consumer: function.name,
                about: about(function),
                parameter: parameter(queue),
            }
        })
        .collect()
}

/// Whoever runs an installation says how fast its providers may be asked.
fn parameter(queue: queues::Queue) -> Option<Parameter> {
    match queue {
        queues::Queue::Dispatch(channel) => Some(Parameter {
            name: format!("{}Concurrency", logical(channel.as_str())),
            default: at_once(queue),
        }),
        queues::Queue::Batches
        | queues::Queue::Events
        | queues::Queue::Settlements
        | queues::Queue::Inbound => None,
    }
}

/// Consumers of a queue that run at the same time.
fn at_once(queue: queues::Queue) -> u8 {
    match queue {
        queues::Queue::Dispatch(channel) => dispatch::at_once(channel),
        queues::Queue::Batches | queues::Queue::Events => 5,
        queues::Queue::Settlements | queues::Queue::Inbound => 10,
    }
}
