//! Everything a function needs, built once per process and handed down by reference.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use domain::{
    Error,
    auto_response::AutoResponses,
    batch::BatchStatus,
    compliance::RuleSet,
    event_subscription::EventSubscriptions,
    id::{self, Id, Names},
    notification_rule::NotificationRules,
    subjects::Subjects,
    template::Descriptor,
    tenant::{Tenant, TenantId},
    vocabulary::{Channel, Subject},
    webhook_endpoint::WebhookEndpoints,
};
use jiff::Timestamp;

use crate::{
    auth::KeySets,
    bus::Bus,
    cache::Cache,
    clock::Clock,
    config::Config,
    invoke::Invoker,
    links::Links,
    objects::Objects,
    outbound::Outbound,
    pipeline::{circuit::Circuits, counts::Hours, event_log::Ends, rate::Rates},
    printing::{NoPrinter, Printer},
    providers::{Providers, Secrets},
    queues::Queues,
    race::Lines,
    store::{Store, credentials::KeyNames, people::Known, templates::Template},
    telemetry::Metrics,
    templates::shelf::Shelf,
};

/// How long configuration is remembered: the longest a change made elsewhere stays unseen.
const CONFIGURATION: Duration = Duration::from_secs(30);
/// Compiled template versions kept in memory.
const COMPILED: usize = 500;
/// How long a batch is taken to go on: the longest its messages still leave after it was called off.
const BATCHES: Duration = Duration::from_secs(2);

/// The AWS services functions keep things in.
pub struct Services {
    /// The table.
    pub store: Store,
    /// The queues.
    pub queues: Queues,
    /// The bucket.
    pub objects: Objects,
    /// The event bus.
    pub bus: Bus,
    /// Other functions.
    pub invoker: Invoker,
    /// Credentials of provider accounts and token issuers.
    pub secrets: Arc<dyn Secrets>,
}

/// A tenant with the outreach rules it is bound by, made once from its settings.
pub struct Lender {
    /// The tenant.
    pub tenant: Arc<Tenant>,
    /// Its rules, made when they are asked for the first time.
    pub rules: LazyLock<RuleSet, Box<dyn FnOnce() -> RuleSet + Send>>,
}

impl From<Tenant> for Lender {
    fn from(tenant: Tenant) -> Self {
        let tenant = Arc::new(tenant);
        let of = tenant.clone();
        let rules = move || RuleSet::for_tenant(&of.settings).signed_by(&of.signed);
        Self { rules: LazyLock::new(Box::new(rules)), tenant }
    }
}

/// See the module documentation.
pub struct App {
    /// Read once from the environment.
    pub config: Config,
    /// The table.
    pub store: Store,
    /// The queues.
    pub queues: Queues,
    /// The bucket.
    pub objects: Objects,
    /// The event bus.
    pub bus: Bus,
    /// Other functions.
    pub invoker: Invoker,
    /// Who takes messages away.
    pub providers: Providers,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Counters, as EMF log lines.
    pub metrics: Metrics,
    /// Credentials of provider accounts and token issuers.
    pub secrets: Arc<dyn Secrets>,
    /// Links in messages to borrowers.
    pub links: Links,
    /// HTTPS to everything outside AWS.
    pub outbound: Outbound,
    /// Prints letters, if the function that this is for does.
    pub printer: Arc<dyn Printer>,
    /// Keys of token issuers.
    pub key_sets: KeySets,
    /// Compiled template versions, under names that change when what they are compiled from does.
    pub compiled: Arc<rendering::Versions>,
    /// Which accounts at providers are in order.
    pub circuits: Circuits,
    /// Places in line under accounts' rates.
    pub rates: Rates,
    /// Where those stand who write into one person's ledger.
    pub ledgers: Lines<(TenantId, Id<id::Person>), Known>,
    /// Where lenders' logs of what happened end.
    pub ends: Ends,
    /// Hours whose counts this process has begun.
    pub hours: Hours,
    lenders: Cache<TenantId, Lender>,
    subjects: Cache<TenantId, Subjects>,
    auto_responses: Cache<TenantId, AutoResponses>,
    templates: Cache<(TenantId, Id<id::Descriptor>), Template>,
    candidates: Cache<(TenantId, Subject, Channel), Vec<Descriptor>>,
    shelves: Cache<TenantId, Shelf>,
    webhook_endpoints: Cache<TenantId, WebhookEndpoints>,
    notification_rules: Cache<TenantId, NotificationRules>,
    event_subscriptions: Cache<TenantId, EventSubscriptions>,
    batches: Cache<(TenantId, Id<id::Batch>), BatchStatus>,
    key_names: Cache<TenantId, KeyNames>,
}

impl App {
    /// Puts the parts together.
    pub fn new(
        config: Config,
        services: Services,
        providers: Providers,
        outbound: Outbound,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let Services { store, queues, objects, bus, invoker, secrets } = services;
        let metrics = Metrics::new(clock.clone(), &config.function_prefix);
        let links = Links::new(&config, secrets.clone());
        Self {
            config,
            store,
            queues,
            objects,
            bus,
            invoker,
            providers,
            clock,
            metrics,
            secrets,
            links,
            printer: Arc::new(NoPrinter),
            key_sets: KeySets::new(outbound.clone()),
            outbound,
            compiled: Arc::new(rendering::Versions::new(COMPILED)),
            circuits: Circuits::default(),
            rates: Rates::default(),
            ledgers: Lines::default(),
            ends: Ends::default(),
            hours: Hours::default(),
            lenders: Cache::new(CONFIGURATION),
            subjects: Cache::new(CONFIGURATION),
            auto_responses: Cache::new(CONFIGURATION),
            templates: Cache::new(CONFIGURATION),
            candidates: Cache::new(CONFIGURATION),
            shelves: Cache::new(CONFIGURATION),
            webhook_endpoints: Cache::new(CONFIGURATION),
            notification_rules: Cache::new(CONFIGURATION),
            event_subscriptions: Cache::new(CONFIGURATION),
            batches: Cache::new(BATCHES),
            key_names: Cache::new(CONFIGURATION),
        }
    }

    /// Now, by this process's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A fresh id.
    pub fn new_id<K: id::Kind>(&self) -> Id<K> {
        Id::new(self.now().as_millisecond().max(0).unsigned_abs(), rand::random())
    }

    /// A tenant with its settings, up to 30 s old.
    pub async fn tenant(&self, id: &TenantId) -> Result<Arc<Tenant>, Error> {
        Ok(self.lender(id).await?.tenant.clone())
    }

    /// A tenant with its settings and the rules that follow from them, up to 30 s old.
    pub async fn lender(&self, id: &TenantId) -> Result<Arc<Lender>, Error> {
        let load = || async { self.store.tenant(id).await.map(Lender::from) };
        self.lenders.get_or_load(id.clone(), load).await
    }

    /// What a tenant's messages are about, up to 30 s old.
    pub async fn subjects(&self, tenant: &TenantId) -> Result<Arc<Subjects>, Error> {
        self.subjects.get_or_load(tenant.clone(), || self.store.subjects(tenant)).await
    }

    /// By which rules a tenant answers, up to 30 s old.
    pub async fn auto_responses(&self, tenant: &TenantId) -> Result<Arc<AutoResponses>, Error> {
        self.auto_responses.get_or_load(tenant.clone(), || self.store.auto_responses(tenant)).await
    }

    /// A tenant's webhook endpoints, up to 30 s old.
    pub async fn webhook_endpoints(&self, tenant: &TenantId) -> Result<Arc<WebhookEndpoints>, Error> {
        self.webhook_endpoints.get_or_load(tenant.clone(), || self.store.webhook_endpoints(tenant)).await
    }

    /// Which events make which messages with a tenant, up to 30 s old.
    pub async fn notification_rules(&self, tenant: &TenantId) -> Result<Arc<NotificationRules>, Error> {
        self.notification_rules.get_or_load(tenant.clone(), || self.store.notification_rules(tenant)).await
    }

    /// Who hears of what happens at a tenant's, up to 30 s old.
    pub async fn event_subscriptions(&self, tenant: &TenantId) -> Result<Arc<EventSubscriptions>, Error> {
        let load = || self.store.event_subscriptions(tenant);
        self.event_subscriptions.get_or_load(tenant.clone(), load).await
    }

    /// What a tenant calls its API keys, up to 30 s old.
    pub async fn key_names(&self, tenant: &TenantId) -> Result<Arc<KeyNames>, Error> {
        self.key_names.get_or_load(tenant.clone(), || self.store.key_names(tenant)).await
    }

    /// A template with its active version, up to 30 s old.
    pub async fn template(
        &self,
        tenant: &TenantId,
        named: &impl Names<id::Descriptor>,
    ) -> Result<Arc<Template>, Error> {
        let key = (tenant.clone(), named.id_within(tenant.as_str()));
        self.templates.get_or_load(key, || self.store.template(tenant, named)).await
    }

    /// All descriptors for a subject on a channel, up to 30 s old.
    pub async fn candidates(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        channel: Channel,
    ) -> Result<Arc<Vec<Descriptor>>, Error> {
        let key = (tenant.clone(), subject.clone(), channel);
        self.candidates.get_or_load(key, || self.store.candidates(tenant, subject, channel)).await
    }

    /// A tenant's shared templates, up to 30 s old.
    pub async fn shelf(&self, tenant: &TenantId) -> Result<Arc<Shelf>, Error> {
        self.shelves.get_or_load(tenant.clone(), || Shelf::read(&self.store, tenant)).await
    }

    /// Whether a batch goes on, as of at most two seconds ago.
    pub async fn batch_status(&self, tenant: &TenantId, id: &Id<id::Batch>) -> Result<BatchStatus, Error> {
        let load = || async { Ok(self.store.batch(tenant, id).await?.status) };
        Ok(*self.batches.get_or_load((tenant.clone(), id.clone()), load).await?)
    }

    /// Forgets what this process remembers of a batch, after it was called off here.
    pub fn forget_batch(&self, tenant: &TenantId, id: &Id<id::Batch>) {
        self.batches.forget(&(tenant.clone(), id.clone()));
    }

    /// Forgets what this process remembers of a tenant, after a change made here.
    pub fn forget_tenant(&self, id: &TenantId) {
        self.lenders.forget(id);
    }

    /// Forgets what this process remembers of a tenant's subjects, after a change made here.
    pub fn forget_subjects(&self, tenant: &TenantId) {
        self.subjects.forget(tenant);
    }

    /// Forgets by which rules a tenant answers, after a change made here.
    pub fn forget_auto_responses(&self, tenant: &TenantId) {
        self.auto_responses.forget(tenant);
    }

    /// Forgets a tenant's webhook endpoints, after a change made here.
    pub fn forget_webhook_endpoints(&self, tenant: &TenantId) {
        self.webhook_endpoints.forget(tenant);
    }

    /// Forgets which events make which messages with a tenant, after a change made here.
    pub fn forget_notification_rules(&self, tenant: &TenantId) {
        self.notification_rules.forget(tenant);
    }

    /// Forgets who hears of what happens at a tenant's, after a change made here.
    pub fn forget_event_subscriptions(&self, tenant: &TenantId) {
        self.event_subscriptions.forget(tenant);
    }

    /// Forgets what this process remembers of a template, after a change made here.
    pub fn forget_template(&self, tenant: &TenantId, descriptor: &Descriptor) {
        self.templates.forget(&(tenant.clone(), descriptor.id.clone()));
        self.candidates.forget(&(tenant.clone(), descriptor.subject.clone(), descriptor.channel));
    }

    /// Forgets what this process remembers of a tenant's shared templates, after a change made here.
    pub fn forget_shelf(&self, tenant: &TenantId) {
        self.shelves.forget(tenant);
    }
}
