//! Functions and queues as the pages show them.

use domain::vocabulary::ProviderName;
use functions::{
    catalog::{self, Trigger},
    dispatch,
};
use platform::{
    needs::Need,
    queues,
    store::keys::{self, Index},
};
use serde::Serialize;

use crate::{Role, logical, roles};

/// A function.
#[derive(Debug, Serialize)]
pub struct Function {
    name: &'static str,
    program: &'static str,
    logical: String,
    about: String,
    /// The role it runs as.
    role: String,
    /// The role itself, at the first of its functions.
    first_of: Option<Role>,
    /// Whether it runs lenders' templates, or prints what they say.
    renders: bool,
    /// Whether it takes messages from callers of the API and hands them to dispatchers.
    sends: bool,
    /// Whether nobody waits for it who would see it fail.
    is_watched: bool,
    caller: Caller,
}

/// What is asked at one path of the API.
#[derive(Debug, Serialize)]
pub struct Path {
    path: &'static str,
    methods: Vec<Method>,
}

#[derive(Debug, Serialize)]
struct Method {
    /// As OpenAPI writes it.
    name: String,
    /// Who answers.
    function: String,
    /// Whether everybody may ask.
    open: bool,
}

/// A provider whose account may be out of order, of which whoever runs the installation must hear.
#[derive(Debug, Serialize)]
pub struct Provider {
    name: &'static str,
    logical: String,
}

/// An index of the table.
#[derive(Debug, Serialize)]
pub struct Indexed {
    name: &'static str,
    logical: String,
}

/// What calls a function.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
enum Caller {
    Route,
    FunctionUrl,
    Gateway,
    Queue { name: String, concurrency: String, gathers: bool },
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
                program: function.program,
                logical: logical(function.name),
                about: about(function),
                role,
                first_of: place.filter(|_| is_first).map(|place| roles[place].clone()),
                renders: [Need::Render, Need::Print].iter().any(|need| function.may().contains(need)),
                sends: matches!(function.trigger, Trigger::Api(_))
                    && function.may().contains(&Need::Dispatch),
                is_watched: !matches!(function.trigger, Trigger::Api(_) | Trigger::Invoke(_)),
                caller: caller(function.trigger),
            }
        })
        .collect()
}

/// The API's paths, in the catalogue's order, each once.
pub fn paths(catalog: &[catalog::Function]) -> Vec<Path> {
    let mut paths: Vec<Path> = Vec::new();
    let of_api = catalog.iter().filter(|function| matches!(function.trigger, Trigger::Api(_)));
    for (function, api) in
        of_api.flat_map(|function| function.routes().iter().map(move |api| (function, api)))
    {
        let method = Method {
            name: api.method.as_str().to_ascii_lowercase(),
            function: logical(function.name),
            open: api.role.is_none(),
        };
        match paths.iter_mut().find(|known| known.path == api.path) {
            Some(known) => known.methods.push(method),
            None => paths.push(Path { path: api.path, methods: vec![method] }),
        }
    }
    paths
}

/// The indexes of the table.
pub fn indexes() -> Vec<Indexed> {
    keys::INDEXES
        .iter()
        .map(|Index { name, .. }| Indexed { name, logical: logical(&name.replace('_', "-")) })
        .collect()
}

/// Providers with accounts of the installation's or of lenders'. A lender's own endpoint is the lender's to mend, who is told.
pub fn providers() -> Vec<Provider> {
    let has_account = |provider: &&ProviderName| match provider {
        ProviderName::Ses
        | ProviderName::Sendgrid
        | ProviderName::Smtp
        | ProviderName::Twilio
        | ProviderName::Lob
        | ProviderName::Fcm => true,
        ProviderName::Drop | ProviderName::Inbox | ProviderName::Endpoint => false,
    };
    let provider =
        |provider: &ProviderName| Provider { name: provider.as_str(), logical: logical(provider.as_str()) };
    ProviderName::ALL.iter().filter(has_account).map(provider).collect()
}

fn about(function: &catalog::Function) -> String {
    function.about.trim().to_owned()
}

fn caller(trigger: Trigger) -> Caller {
    match trigger {
        Trigger::Api(_) => Caller::Route,
        Trigger::Webhook(_) => Caller::FunctionUrl,
        Trigger::Authorizer(_) => Caller::Gateway,
        Trigger::Queue { queue, .. } => Caller::Queue {
            name: queue.name(),
            concurrency: match parameter(queue) {
                Some(parameter) => format!("!Ref {}", parameter.name),
                None => at_once(queue).to_string(),
            },
            gathers: queue == queues::Queue::Settlements,
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
