//! Every function of the system, once. Lambdas, routes, roles, the OpenAPI document and the local system come from here.

use std::collections::BTreeSet;

use domain::vocabulary::Role;
use futures::future::BoxFuture;
use lambda_http::{
    Body, Response,
    http::{HeaderMap, Method},
};
use platform::{
    app::App,
    http,
    needs::{self, Need},
    parts::Parts,
    queues::Queue,
    store::changes::RawChange,
};
use serde_json::{Map, Value};

pub use self::all::ALL;
use crate::openapi::Operation;

mod all;
mod declare;

/// A function.
#[derive(Clone, Copy)]
pub struct Function {
    /// `<family>-<verb>`, as the module is named: the Lambda's handler, and the last part of its name.
    pub name: &'static str,
    /// The program that it is a part of, with other functions that use much of the same code.
    pub program: &'static str,
    /// What it is for, in a few words.
    pub about: &'static str,
    /// What its handler reads, writes and sends. [`Self::may`] has what its trigger asks for besides.
    pub needs: &'static [Need],
    /// What it has that not every function has, by its needs.
    pub parts: Parts,
    /// What calls it, and what answers.
    pub trigger: Trigger,
}

impl Function {
    /// All it may do: what its handler needs, and what its trigger asks for.
    pub fn may(&self) -> BTreeSet<Need> {
        let mut all = needs::flat(self.needs);
        match self.trigger {
            Trigger::Api(routes) if routes.iter().any(|api| api.may_be_repeated()) => {
                all.extend(http::ONCE);
            }
            Trigger::Queue { queue, .. } => {
                all.insert(Need::Receive(queue));
            }
            Trigger::Changes { .. } => {
                all.insert(Need::Follow);
            }
            Trigger::Api(_)
            | Trigger::Webhook(_)
            | Trigger::Authorizer(_)
            | Trigger::Schedule { .. }
            | Trigger::Invoke(_) => {}
        }
        all
    }

    /// The routes and webhooks it answers.
    pub const fn routes(&self) -> &'static [Api] {
        match self.trigger {
            Trigger::Api(routes) | Trigger::Webhook(routes) => routes,
            Trigger::Authorizer(_)
            | Trigger::Queue { .. }
            | Trigger::Changes { .. }
            | Trigger::Schedule { .. }
            | Trigger::Invoke(_) => &[],
        }
    }

    /// Whether it is of the console, whose pages people open, and not of the API.
    pub fn is_of_the_console(&self) -> bool {
        self.routes().iter().any(|api| !api.is_published)
    }
}

/// Every route and webhook, with the function that answers.
pub fn routes() -> impl Iterator<Item = (&'static Function, &'static Api)> {
    ALL.iter().flat_map(|function| function.routes().iter().map(move |api| (function, api)))
}

/// What calls a function.
#[derive(Clone, Copy)]
pub enum Trigger {
    /// Routes behind the authorizer: one of the API, or the pages of a section of the console.
    Api(&'static [Api]),
    /// A provider, on a function URL.
    Webhook(&'static [Api]),
    /// API Gateway, before every route that asks for a role.
    Authorizer(AuthorizerHandler),
    /// A queue.
    Queue {
        /// Which.
        queue: Queue,
        /// Does one message's work.
        handler: QueueHandler,
        /// Answers a function that invokes it directly, if it may be.
        direct: Option<InvokeHandler>,
    },
    /// Changes of the table, by its stream.
    Changes {
        /// The types of items whose changes it gets.
        of: &'static [&'static str],
        /// Does the work of some changes.
        handler: ChangesHandler,
    },
    /// A schedule.
    Schedule {
        /// In seconds.
        every: u32,
        /// Does the work of one tick.
        handler: ScheduleHandler,
    },
    /// Another function, or the operator of the installation by `aws lambda invoke`.
    Invoke(InvokeHandler),
}

impl Trigger {
    /// Who answers a direct call, if the function takes any.
    pub const fn direct(self) -> Option<InvokeHandler> {
        match self {
            Self::Invoke(handler) => Some(handler),
            Self::Queue { direct, .. } => direct,
            Self::Api(_)
            | Self::Webhook(_)
            | Self::Authorizer(_)
            | Self::Changes { .. }
            | Self::Schedule { .. } => None,
        }
    }
}

/// A route.
#[derive(Clone, Copy)]
pub struct Api {
    /// `<family>-<verb>`, as the module is named; the function has the same name if it has no other route.
    pub name: &'static str,
    /// Its method.
    pub method: &'static Method,
    /// Its path, parameters in braces.
    pub path: &'static str,
    /// The least role that may call it; `None` for everybody.
    pub role: Option<Role>,
    /// Who answers.
    pub handler: http::Handler,
    /// How it is answered once.
    once: Option<http::Once>,
    /// The longest body it reads, in bytes.
    pub max_body: usize,
    /// What the OpenAPI document says about it.
    pub describe: fn() -> Operation,
    /// The query parameters it knows, which are those described; `None` for a webhook or a page, to whose address others add
    /// their own.
    pub query: Option<fn() -> Vec<&'static str>>,
    /// What is answered instead of an error.
    pub refusal: http::Refusal,
    /// Which collection holds what it makes, if that is not its own path.
    pub makes_in: fn() -> Option<&'static str>,
    /// Whether the OpenAPI document has it: pages of the console are for people, and no generator of clients need know them.
    pub is_published: bool,
}

impl Api {
    /// Whether people open it in a browser.
    const fn shown_as_a_page(self) -> Self {
        Self { refusal: |error, asked| pages::refuse(error, &asked.trace_id), ..self }
    }
}

impl Api {
    /// What the frame of every HTTP function must know.
    pub fn route(self) -> http::Route {
        http::Route {
            role: self.role,
            handler: self.handler,
            once: self.once,
            max_body: self.max_body,
            query: self.query,
            refusal: self.refusal,
            makes_in: self.makes_in,
        }
    }

    /// Whether it answers browsers that ask whether a page may call the API.
    pub fn is_preflight(self) -> bool {
        self.method == Method::OPTIONS
    }

    /// Whether its answer is remembered under an `Idempotency-Key`: if a POST changes something.
    pub fn may_be_repeated(self) -> bool {
        self.method == Method::POST && self.once.is_some()
    }
}

/// Says who sent a request, by the path of its route and its headers, as a context for the function that answers it.
pub type AuthorizerHandler = for<'a> fn(&'a App, &'a str, &'a HeaderMap) -> BoxFuture<'a, Map<String, Value>>;
/// Does the work of one queue message; an error brings the message back.
pub type QueueHandler = for<'a> fn(&'a App, &'a str) -> BoxFuture<'a, Result<(), domain::Error>>;
/// Does the work of some changes, in their order; an error brings all of them back.
pub type ChangesHandler = for<'a> fn(&'a App, Vec<RawChange>) -> BoxFuture<'a, Result<(), domain::Error>>;
/// Does the work of one tick.
pub type ScheduleHandler = for<'a> fn(&'a App) -> BoxFuture<'a, Result<(), domain::Error>>;
/// Answers a direct call.
pub type InvokeHandler = for<'a> fn(&'a App, Value) -> BoxFuture<'a, Result<Value, domain::Error>>;

/// The answer of an HTTP handler.
pub type Answer = Result<Response<Body>, domain::Error>;

/// The programs, each with its functions.
pub fn programs() -> impl Iterator<Item = (&'static str, &'static [Function])> {
    ALL.chunk_by(|one, next| one.program == next.program).map(|functions| (functions[0].program, functions))
}

/// The function of this name, found when a main is compiled: a program holds only those that it names.
pub const fn named(name: &str) -> Function {
    let mut at = 0;
    while at < ALL.len() {
        if same(ALL[at].name.as_bytes(), name.as_bytes()) {
            return ALL[at];
        }
        at += 1;
    }
    panic!("the catalogue has no function of this name")
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}
