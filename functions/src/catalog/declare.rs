//! How [`super::all`] is written: a block for each program and a line for each function, from which its name, needs and trigger
//! follow.

/// `people::can_interact` as names are written: `people-can-interact`.
pub(super) const fn hyphenated<const N: usize>(path: &str) -> [u8; N] {
    let (mut name, mut at) = ([0; N], 0);
    while at < N {
        name[at] = match path.as_bytes()[at] {
            b'_' => b'-',
            other => other,
        };
        at += 1;
    }
    name
}

pub(super) const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("a module's path is ASCII"),
    }
}

macro_rules! functions {
    ($($program:ident {
        $($(#[doc = $about:literal])+ $family:ident $(:: $verb:ident)? => $kind:ident $what:tt;)*
    })*) => {
        /// Every function.
        pub const ALL: &[Function] = &[$($(Function {
            name: functions!(@name $family $(:: $verb)?),
            program: stringify!($program),
            about: concat!($($about),+),
            needs: functions!(@needs $kind $what $family $(:: $verb)?),
            parts: Parts::of(functions!(@needs $kind $what $family $(:: $verb)?)),
            trigger: functions!(@$kind $what $family $(:: $verb)?),
        },)*)*];
    };
    (@name $family:ident $(:: $verb:ident)?) => {{
        const PATH: &str = concat!(stringify!($family) $(, "-", stringify!($verb))?);
        const NAME: [u8; PATH.len()] = hyphenated(PATH);
        text(&NAME)
    }};
    (@needs pages { $($page:ident $route:tt;)+ } $family:ident :: $section:ident) => {
        &[$(Need::All(crate::$family::$section::$page::NEEDS)),+]
    };
    (@needs $kind:ident $what:tt $($module:ident)::+) => {
        crate::$($module)::+::NEEDS
    };
    (@api($method:expr, $path:expr, $role:expr) $($module:ident)::+) => {
        functions!(@api($method, $path, $role, http::MAX_BODY) $($module)::+)
    };
    (@api($method:expr, $path:expr, $role:expr, $max_body:expr) $($module:ident)::+) => {
        Trigger::Api(&[functions!(@route($method, $path, $role, $max_body, {
            fn described() -> Vec<&'static str> {
                crate::$($module)::+::describe().query_names()
            }
            Some(described)
        }) $($module)::+)])
    };
    (@page($method:expr, $path:expr, $max_body:expr) $($module:ident)::+) => {
        Trigger::Api(&[functions!(@route($method, $path, None, $max_body, None) $($module)::+).shown_as_a_page()])
    };
    (@webhook($method:expr, $path:expr) $($module:ident)::+) => {
        functions!(@webhook($method, $path, http::MAX_BODY) $($module)::+)
    };
    (@webhook($method:expr, $path:expr, $max_body:expr) $($module:ident)::+) => {
        Trigger::Webhook(&[functions!(@route($method, $path, None, $max_body, None) $($module)::+)])
    };
    (@route($method:expr, $path:expr, $role:expr, $max_body:expr, $query:expr) $($module:ident)::+) => {
        Api {
            name: functions!(@name $($module)::+),
            method: &$method,
            path: $path,
            role: $role,
            handler: {
                fn call<'a>(app: &'a App, request: &'a http::Request) -> BoxFuture<'a, Answer> {
                    Box::pin(crate::$($module)::+::handle(app, request))
                }
                call
            },
            once: http::once($role),
            max_body: $max_body,
            describe: crate::$($module)::+::describe,
            query: $query,
            refusal: http::problem::refuse,
            makes_in: {
                fn collection() -> Option<&'static str> {
                    crate::$($module)::+::describe().makes_in
                }
                collection
            },
            is_published: true,
        }
    };
    (@pages { $($page:ident $route:tt;)+ } $family:ident :: $section:ident) => {
        Trigger::Api(&[$(functions!(@page_of_console $route $family::$section::$page)),+])
    };
    (@page_of_console($method:expr, $path:expr, $role:expr) $family:ident :: $section:ident :: $page:ident) => {
        Api {
            name: functions!(@name $family::$page),
            method: &$method,
            path: $path,
            role: $role,
            handler: {
                fn call<'a>(app: &'a App, request: &'a http::Request) -> BoxFuture<'a, Answer> {
                    Box::pin(async move {
                        let shown = crate::$family::$section::$page::handle(app, request).await;
                        crate::$family::answered(app, request, shown).await
                    })
                }
                call
            },
            once: None,
            max_body: crate::$family::MAX_FORM,
            describe: crate::$family::describe,
            query: None,
            refusal: crate::$family::refuse,
            makes_in: || None,
            is_published: false,
        }
    };
    (@preflight($path:expr) $($module:ident)::+) => {
        Trigger::Api(&[functions!(@route(Method::OPTIONS, $path, None, http::MAX_BODY, None) $($module)::+)])
    };
    (@authorizer() $($module:ident)::+) => {
        Trigger::Authorizer({
            fn call<'a>(
                app: &'a App,
                path: &'a str,
                headers: &'a HeaderMap,
            ) -> BoxFuture<'a, Map<String, Value>> {
                Box::pin(crate::$($module)::+::context(app, path, headers))
            }
            call
        })
    };
    (@queue($queue:expr) $($module:ident)::+) => {
        functions!(@consumer({
            const QUEUE: Queue = $queue;
            const { assert!(!matches!(QUEUE, Queue::Dispatch(_)), "a dispatcher is also invoked: declare it as such") };
            QUEUE
        }, None) $($module)::+)
    };
    (@dispatcher($channel:expr) $($module:ident)::+) => {
        functions!(@consumer(Queue::Dispatch($channel), Some({
            fn call(app: &App, input: Value) -> BoxFuture<'_, Result<Value, domain::Error>> {
                Box::pin(crate::$($module)::+::answer(app, input))
            }
            call
        })) $($module)::+)
    };
    (@consumer($queue:expr, $direct:expr) $($module:ident)::+) => {
        Trigger::Queue {
            queue: $queue,
            handler: {
                fn call<'a>(app: &'a App, body: &'a str) -> BoxFuture<'a, Result<(), domain::Error>> {
                    Box::pin(crate::$($module)::+::handle(app, body))
                }
                call
            },
            direct: $direct,
        }
    };
    (@changes($of:expr) $($module:ident)::+) => {
        Trigger::Changes {
            of: $of,
            handler: {
                fn call(app: &App, all: Vec<RawChange>) -> BoxFuture<'_, Result<(), domain::Error>> {
                    Box::pin(crate::$($module)::+::handle(app, all))
                }
                call
            },
        }
    };
    (@schedule($every:expr) $($module:ident)::+) => {
        Trigger::Schedule {
            every: $every,
            handler: {
                fn call(app: &App) -> BoxFuture<'_, Result<(), domain::Error>> {
                    Box::pin(crate::$($module)::+::handle(app))
                }
                call
            },
        }
    };
    (@invoke() $($module:ident)::+) => {
        Trigger::Invoke({
            fn call(app: &App, input: Value) -> BoxFuture<'_, Result<Value, domain::Error>> {
                Box::pin(crate::$($module)::+::handle(app, input))
            }
            call
        })
    };
}

pub(super) use functions;
