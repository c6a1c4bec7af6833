//! The system, started and stopped.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use domain::Error;
use domain::tenant::{OptOutHandling, Tenant, TenantId};
use domain::vocabulary::ProviderName;
use functions::catalog::{self, Function, Trigger};
use platform::app::App;
use platform::config::Config;
use platform::outbound::Outbound;
use platform::providers::sns::Sns;
use platform::queues::Queue;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use crate::aws::{self, Aws, Calls, Permissions, Resources, Units, Watch};
use crate::bus::{CoreSystem, Heard};
use crate::changes::Changes;
use crate::clock::{self, Clock};
use crate::faults::{self, Faults};
use crate::gateway::{self, Gateway};
use crate::invocations::Invocations;
use crate::lambda::{self, Lambda, MakeApp, WorkedOff};
use crate::outbox::{self, Message, Outbox};
use crate::queues::{self, Depth, Drained, Queues};
use crate::schedules::Schedules;
use crate::seed::Demo;
use crate::standins::inbox::Inbox;
use crate::standins::ses::Ses;
use crate::standins::twilio::{TakesKeywords, Twilio};
use crate::standins::{Setup, StandIns, Surroundings};
use crate::token;
use crate::watcher::{self, Watcher};
use crate::{Failure, controls, ministack, seed};

/// How long work under way may take to end when the system is stopped.
const LAST_WORK: Duration = Duration::from_secs(10);

/// How to start a system.
pub struct Options {
    /// Where to listen on this machine; 0 for any free port.
    pub port: u16,
    /// The AWS to live in.
    pub aws: Aws,
    /// When queues and schedules are worked off.
    pub work: Work,
    /// When set, the providers report by themselves that messages arrived, their reports this far apart.
    pub deliver: Option<Duration>,
    /// The time.
    pub clock: Arc<Clock>,
    /// What left the building, now and before.
    pub outbox: Outbox,
    /// Who is told what functions do.
    pub watcher: Watcher,
}

/// When queues and schedules are worked off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// All the time.
    ByItself,
    /// By [`System::drain`] and [`System::run_schedule`] only, so that a test decides what happens before what.
    WhenAsked,
}

impl Options {
    /// A system of its own for one test: nothing happens by itself.
    pub async fn for_test() -> Result<Self, Failure> {
        Ok(Self {
            port: 0,
            aws: ministack::shared().await?,
            work: Work::WhenAsked,
            deliver: None,
            clock: Arc::default(),
            outbox: Outbox::default(),
            watcher: watcher::nobody,
        })
    }
}

/// A running system. One that is dropped without [`System::stop`] stops at once, whatever it is doing.
pub struct System {
    machine: Arc<Machine>,
    url: String,
    stop: watch::Sender<bool>,
    /// What takes requests and messages.
    inside: JoinSet<()>,
    /// The providers' stand-ins, and Lambda for functions that invoke others: work that is under way needs them to its end.
    outside: JoinSet<()>,
}

/// The parts the controls reach.
pub(crate) struct Machine {
    /// The machine's own. Each function has one of its own.
    app: Arc<App>,
    lambda: Arc<Lambda>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) calls: Arc<Calls>,
    units: Arc<Units>,
    permissions: Arc<Permissions>,
    pub(crate) queues: Queues,
    changes: Changes,
    pub(crate) schedules: Schedules,
    pub(crate) heard: Heard,
    pub(crate) core_system: CoreSystem,
    outbox: Arc<Outbox>,
    faults: Arc<Faults>,
    standins: StandIns,
    invocations: Arc<Invocations>,
    own: aws_config::SdkConfig,
    watcher: Watcher,
    pub(crate) token: String,
}

impl System {
    /// Starts a system: makes what is missing of its AWS resources and demo data, and serves.
    pub async fn start(options: Options) -> Result<Self, Failure> {
        let Options { port, aws, work, deliver, clock, outbox, watcher } = options;
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .map_err(|error| format!("cannot listen on port {port}: {error}"))?;
        let url = format!("http://{}", listener.local_addr()?);
        let demo = Demo::read()?;
        let (stop, stopped) = watch::channel(false);
        let (mut inside, mut outside) = (JoinSet::new(), JoinSet::new());
        let (lambda_listener, lambda_url) = listen().await?;

        let own = aws.own_config();
        let resources = aws::deploy(&own).await?;

        let (outbox, faults, invocations) = (Arc::new(outbox), Arc::default(), Arc::<Invocations>::default());
        let around = Surroundings::new(
            Arc::clone(&outbox),
            Arc::clone(&clock),
            Arc::clone(&faults),
            crash(&invocations),
        );
        let setup = Setup {
            aws: aws.endpoint.clone(),
            sdk: own.clone(),
            bucket: resources.bucket()?,
            webhooks: url.clone(),
            auto_deliver: deliver,
        };
        let standins = StandIns::new(&demo, &setup, &around)?;
        let mut endpoints = BTreeMap::new();
        for (provider, standin) in standins.all() {
            if let Some(api) = standin.api() {
                let (listener, url) = listen().await?;
                serve_outside(&mut outside, listener, api);
                endpoints.insert(provider, url);
            }
        }

        let mail = TcpListener::bind("127.0.0.1:0").await?;
        endpoints.insert(ProviderName::Smtp, format!("smtp://{}", mail.local_addr()?));
        outside.spawn(Arc::clone(&standins.smtp).serve(mail));

        let permissions = Arc::new(Permissions::watched_by(watcher));
        let watch = Watch { permissions, faults: Arc::clone(&faults), ..Watch::default() };
        let sdk = aws::app_config(&aws, &watch, lambda_url);
        let Watch { calls, units, permissions, .. } = watch;
        let (config, outbound) = (config(&resources, &url, endpoints)?, Outbound::new());
        let (ses, time) = (Arc::clone(&standins.ses), Arc::clone(&clock));
        let make_app: MakeApp = Box::new(move |parts| {
            let sns = Some(Arc::new(LocalSns(Arc::clone(&ses))) as _);
            platform::aws::assemble(
                config.clone(),
                &sdk,
                outbound.clone(),
                sns,
                Arc::clone(&time) as _,
                parts,
            )
        });
        let app = Arc::new(make_app(&lambda::EVERY_PART)?);
        seed::fill(&app, &own, &demo).await?;
        calls.reset();
        standins.twilio.take_keywords_where(as_lenders_say(&app, &demo));

        let lambda = Arc::new(Lambda::new(make_app, Arc::clone(&invocations), shown(&standins.inbox, &app)));
        serve_outside(&mut outside, lambda_listener, lambda::api::routes(Arc::clone(&lambda)));
        let machine = Arc::new(Machine {
            changes: Changes::new(&aws, &resources, Arc::clone(&lambda)).await?,
            queues: Queues::new(&own, &resources, Arc::clone(&lambda))?,
            schedules: Schedules::new(Arc::clone(&clock), Arc::clone(&lambda)),
            app,
            lambda,
            clock,
            calls,
            units,
            permissions,
            heard: Heard::new(&own, &resources)?,
            core_system: CoreSystem::new(&own, &resources)?,
            outbox,
            faults,
            standins,
            invocations,
            own,
            watcher,
            token: token::bearer(&demo)?,
        });
        let mut ended = stopped.clone();
        let server = axum::serve(listener, machine.router()).with_graceful_shutdown(async move {
            // An error means that the system itself is gone.
            let _ = ended.wait_for(|stop| *stop).await;
        });
        inside.spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "no longer listening");
            }
        });
        if work == Work::ByItself {
            machine.work_by_itself(&mut inside, &stopped);
        }
        machine.standins.all().for_each(|(_, standin)| standin.resume());
        Ok(Self { machine, url, stop, inside, outside })
    }

    /// Stops taking requests and messages, and lets work under way end.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let work = async {
            while self.inside.join_next().await.is_some() {}
            self.machine.invocations.all_ended().await;
        };
        if tokio::time::timeout(LAST_WORK, work).await.is_err() {
            tracing::warn!("work under way did not end and is broken off");
        }
        self.outside.shutdown().await;
    }

    /// Where the API and the controls are: `http://127.0.0.1:<port>`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A bearer token of a loan officer of the demo's.
    pub fn token(&self) -> &str {
        &self.machine.token
    }

    /// What functions work with, for looking at what they left. Each of them has one of its own.
    pub fn app(&self) -> &Arc<App> {
        &self.machine.app
    }

    /// What one more process of functions works with, beside those there are: what it remembers is its own.
    ///
    /// # Errors
    /// What making it ran into.
    pub fn another_process(&self) -> Result<App, Error> {
        self.machine.lambda.new_app()
    }

    /// For clients of AWS that are nobody's function: their calls are neither counted nor fail.
    pub fn sdk(&self) -> &aws_config::SdkConfig {
        &self.machine.own
    }

    /// The clock everything goes by.
    pub fn clock(&self) -> &Clock {
        &self.machine.clock
    }

    /// What left the building.
    pub fn outbox(&self) -> &Outbox {
        &self.machine.outbox
    }

    /// The faults to happen.
    pub fn faults(&self) -> &Faults {
        &self.machine.faults
    }

    /// Twilio.
    pub fn twilio(&self) -> &Twilio {
        &self.machine.standins.twilio
    }

    /// How often the app called each operation of AWS, as `dynamodb.GetItem`, since the start or the last reset.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.machine.calls.counts()
    }

    /// What calls are charged for.
    pub fn units(&self) -> &Units {
        &self.machine.units
    }

    /// Forgets the calls counted so far.
    pub fn reset_calls(&self) {
        self.machine.calls.reset();
    }

    /// What functions were refused because their `NEEDS` do not have it, since the start.
    pub fn refused(&self) -> Vec<String> {
        self.machine.permissions.refused()
    }

    /// Works off what is in the queues, what changed in the table, and what comes of it, until nothing is left to take. Each message is tried once;
    /// those that fail are put back.
    pub async fn drain(&self) -> Result<Drained, Failure> {
        self.machine.queues.drain(None, 1, &self.machine.changes).await
    }

    /// The same for one queue only.
    pub async fn drain_queue(&self, queue: Queue) -> Result<Drained, Failure> {
        self.machine.queues.drain(Some(queue), 1, &self.machine.changes).await
    }

    /// Works off one message of a queue. Answers whether there was one.
    pub async fn work_off_one(&self, queue: Queue) -> Result<bool, Failure> {
        self.machine.queues.work_off_one(queue).await
    }

    /// The same as [`Self::drain`] with every message delivered twice, as SQS may do.
    pub async fn drain_repeating(&self) -> Result<Drained, Failure> {
        self.machine.queues.drain(None, 2, &self.machine.changes).await
    }

    /// Up to ten changes of the table that were put aside, as `tell` takes them.
    pub async fn put_aside(&self) -> Result<Vec<Value>, Failure> {
        self.machine.changes.put_aside().await
    }

    /// What is in each queue.
    pub async fn queues(&self) -> Result<Vec<Depth>, Failure> {
        self.machine.queues.depths().await
    }

    /// Runs a scheduled function now.
    ///
    /// # Errors
    /// What it ran into; [`Error::NotFound`] where there is none of that name.
    pub async fn run_schedule(&self, name: &str) -> Result<(), Error> {
        self.machine.schedules.run(name).await
    }

    /// Calls a function that takes direct calls, as `aws lambda invoke` does.
    ///
    /// # Errors
    /// What it ran into; [`Error::NotFound`] where there is none of that name.
    pub async fn invoke(&self, name: &str, input: Value) -> Result<Value, Error> {
        self.machine.invoke(name, input).await
    }

    /// Lets SES send mail from an address or a domain, as its owner would prove to AWS once.
    pub async fn verify_sender(&self, identity: &str) -> Result<(), Failure> {
        seed::verify_sender(&self.machine.own, identity).await
    }
}

impl Machine {
    fn router(self: &Arc<Self>) -> Router {
        let gateway = Gateway { lambda: Arc::clone(&self.lambda), watcher: self.watcher };
        let own = gateway::routes(gateway)
            .merge(controls::routes(Arc::clone(self)))
            .merge(outbox::routes(Arc::clone(&self.outbox)))
            .merge(clock::routes(Arc::clone(&self.clock)))
            .merge(faults::routes(Arc::clone(&self.faults)));
        let all = self.standins.all().fold(own, |router, (_, standin)| router.merge(standin.controls()));
        gateway::in_front_of(all)
    }

    fn work_by_itself(self: &Arc<Self>, tasks: &mut JoinSet<()>, stopped: &watch::Receiver<bool>) {
        for source in (0..self.queues.len()).flat_map(|source| [source; queues::AT_ONCE]) {
            let (machine, stopped) = (Arc::clone(self), stopped.clone());
            tasks.spawn(async move { machine.queues.consume(source, stopped).await });
        }
        let (machine, stop) = (Arc::clone(self), stopped.clone());
        tasks.spawn(async move { machine.changes.keep(stop).await });
        tasks.spawn(self.schedules.clone().keep(stopped.clone()));
    }

    pub(crate) async fn invoke(&self, name: &str, input: Value) -> Result<Value, Error> {
        let function = catalog::ALL.iter().find(|function| function.name == name);
        let named = function.and_then(|function| Some((function, function.trigger.direct()?)));
        let (function, handler) = named.ok_or_else(|| Error::not_found("function to invoke", name))?;
        self.lambda.run(function, |app| async move { handler(&app, input).await }).await.flatten()
    }
}

/// What dies when a provider took a message and our process is to die before it can record that.
fn crash(invocations: &Arc<Invocations>) -> crate::standins::CrashHook {
    let invocations = Arc::clone(invocations);
    Arc::new(move |message: &Message| {
        let queue = Queue::Dispatch(message.channel);
        let works_it_off = |function: &&Function| matches!(function.trigger, Trigger::Queue { queue: of, .. } if of == queue);
        catalog::ALL.iter().filter(works_it_off).for_each(|function| invocations.crash(function));
    })
}

/// An address of its own, as everything outside has.
async fn listen() -> Result<(TcpListener, String), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}

/// Serves what functions call outside of themselves: a stand-in, or Lambda.
fn serve_outside(outside: &mut JoinSet<()>, listener: TcpListener, router: Router) {
    outside.spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "a stand-in no longer listens");
        }
    });
}

fn config(
    resources: &Resources,
    url: &str,
    endpoints: BTreeMap<ProviderName, String>,
) -> Result<Config, Failure> {
    Ok(Config {
        table: resources.table()?,
        bucket: resources.bucket()?,
        queues: Queue::ALL
            .into_iter()
            .map(|queue| Ok((queue, resources.queue(queue)?)))
            .collect::<Result<_, Failure>>()?,
        aside_queue: resources.aside()?,
        function_prefix: lambda::api::PREFIX.to_owned(),
        bus: resources.bus()?,
        public_webhook_url: url.to_owned(),
        public_url: Some(url.to_owned()),
        secret_prefix: aws::SECRET_PREFIX.to_owned(),
        ses_max_per_second: None,
        endpoints,
    })
}

/// SNS as the stand-in for SES plays it. The production client would insist on an SNS host.
struct LocalSns(Arc<Ses>);

#[async_trait]
impl Sns for LocalSns {
    async fn certificate(&self, _: &Url) -> Result<Arc<[u8]>, Error> {
        Ok(self.0.certificate_pem().as_bytes().into())
    }

    async fn confirm(&self, subscribe_url: &Url) -> Result<(), Error> {
        let token = subscribe_url.query_pairs().find(|(name, _)| name == "Token").map(|(_, token)| token);
        let arn = token.and_then(|token| self.0.confirm(&token));
        arn.map(drop).ok_or_else(|| Error::Unavailable("no subscription waits for this token".into()))
    }
}

impl platform::clock::Clock for Clock {
    fn now(&self) -> jiff::Timestamp {
        Self::now(self)
    }
}

/// Whether a Twilio account takes keywords: as its lender's settings say that it does (`optOutHandling`).
fn as_lenders_say(app: &Arc<App>, demo: &Demo) -> TakesKeywords {
    let account =
        |tenant: &Tenant| Some((tenant.senders.text.as_ref()?.account_sid.clone(), tenant.id.clone()));
    let lenders: BTreeMap<String, TenantId> = demo.tenants.iter().filter_map(account).collect();
    let app = Arc::clone(app);
    Arc::new(move |account| {
        let (app, lender) = (Arc::clone(&app), lenders.get(&account).cloned());
        Box::pin(async move {
            let Some(lender) = lender else { return true };
            let tenant = app.store.tenant(&lender).await;
            tenant.map_or(true, |tenant| tenant.settings.opt_out_handling == OptOutHandling::Provider)
        })
    })
}

/// Has the lender's application show what is kept for it.
fn shown(inbox: &Arc<Inbox>, app: &Arc<App>) -> WorkedOff {
    let (inbox, app) = (Arc::clone(inbox), Arc::clone(app));
    Box::new(move |function, message| {
        let (inbox, app) = (Arc::clone(&inbox), Arc::clone(&app));
        Box::pin(async move {
            if let Err(error) = inbox.look(&app, function, &message).await {
                tracing::warn!(%error, "a notice is not shown in the outbox");
            }
        })
    })
}

#[cfg(test)]
mod tests;
