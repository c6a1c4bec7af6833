//! Accepting a message: from a request to a frozen, durable message with its place in the person's ledger.

use domain::{
    Error,
    compliance::{self, Decision, Facts},
    error::Conflict,
    id::{self, ExternalId, Id, Ref},
    interaction::{Interaction, Moment, Step},
    ledger::{Ledger, LedgerEntry},
    person::{Contact, Loan, Person},
    template::{Descriptor, Source, Version},
    tenant::Tenant,
    vocabulary::{Channel, Direction, InteractionStatus, State, Subject, Theme},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{compose, context::Occasion};
use crate::{
    app::App,
    authoring,
    store::{interactions::Stored, people::Known, templates::Template},
    telemetry::Metric,
};

/// What every dialect asks for when it sends from a template.
#[derive(Debug, Clone)]
pub struct Request {
    /// The message's id: fresh, or derived so that a repetition meets the first.
    pub id: Id<id::Interaction>,
    /// The lender's id for it.
    pub external_id: Option<ExternalId>,
    /// By which channel; must be the template's.
    pub channel: Channel,
    /// The contact to use; the best one of the person where absent.
    pub contact: Option<Ref<id::Contact>>,
    /// About which loans. Where none is named and the person has just one, that one.
    pub loans: Vec<Ref<id::Loan>>,
    /// The caller's variables.
    pub context: Map<String, Value>,
    /// Why, where the subject does not imply it.
    pub theme: Option<Theme>,
    /// 001's distinction.
    pub transactional: bool,
    /// Whether an undefined variable is an error.
    pub strict_undefined: bool,
    /// Not before this instant.
    pub send_at: Option<Timestamp>,
    /// Up to this many seconds later.
    pub send_jitter: u32,
    /// Part of which batch.
    pub batch: Option<Id<id::Batch>>,
    /// Joins logs from request to webhook.
    pub trace_id: String,
}

/// How often a decision is made again because the person changed while it was made.
pub(super) const RACES: u32 = 100;

/// The farthest a message may be scheduled ahead (001, `sendAt`).
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Accepts a message to one person and hands it to the queue.
pub async fn accept(
    app: &App,
    tenant: &Tenant,
    template: &Template,
    person: &Id<id::Person>,
    request: &Request,
) -> Result<Interaction, Error> {
    let known = app.store.person(&tenant.id, person).await?;
    let (interaction, is_new) = store(app, tenant, template, known, request).await?;
    if is_new {
        hand_over(app, std::slice::from_ref(&interaction)).await;
    }
    Ok(interaction)
}

/// Everything but the queue. Returns whether the message is new.
pub(super) async fn store(
    app: &App,
    tenant: &Tenant,
    template: &Template,
    mut known: Known,
    request: &Request,
) -> Result<(Interaction, bool), Error> {
    let version = compose::usable(template, request.channel)?;
    app.provider(tenant, request.channel)?;
    let send_at = send_time(request, app.now());
    let theme = theme(app, tenant, &template.descriptor.subject, request).await?;
    for race in 0..RACES {
        let now = app.now();
        let message = Draft::new(tenant, &template.descriptor, &known.person, theme, request)?;
        let leaves_at = send_at.unwrap_or(now);
        let decision = message.guard(&known.ledger, &request.id, leaves_at);
        if !decision.allowed {
            // A repetition of what was accepted already is answered as before, not blocked by itself.
            if let Some(existing) = app.store.find_interaction(&tenant.id, &request.id).await? {
                return repeated(request, existing);
            }
            app.metrics.count(Metric::Blocked, &tenant.id, request.channel);
            return Err(Error::Blocked(Box::new(decision)));
        }
        let rendered = message.render(app, version, now).await?;
        let content = app.objects.keep(&tenant.id, &request.id, rendered).await?;
        let before = known.ledger.version;
        known.ledger.record(request.id.clone(), message.entry(leaves_at), now);
        let interaction = message.into_interaction(version, content, known.ledger.version, send_at, now);
        match app.store.accept(&interaction, &known.ledger, before).await? {
            Stored::New => {
                app.metrics.count(Metric::Accepted, &tenant.id, request.channel);
                tracing::info!(interaction = %interaction.id, trace = interaction.trace_id, "accepted");
                return Ok((interaction, true));
            }
            Stored::Existing(existing) => return repeated(request, *existing),
            Stored::PersonChanged => {
                pause(race).await;
                known = app.store.person(&tenant.id, &known.person.id).await?;
            }
        }
    }
    Err(Error::Unavailable(format!("person {} keeps changing", known.person.id)))
}

/// The answer to a message that exists already: the same as before when the request was sent again, a refusal when the
/// lender named another message so (001: "subsequent attempts with the same external ID will be blocked").
fn repeated(request: &Request, existing: Interaction) -> Result<(Interaction, bool), Error> {
    match &request.external_id {
        None => Ok((existing, false)),
        Some(external) => Err(Error::conflict(
            Conflict::DuplicateExternalId,
            format!("The message {} has the external id {} already.", existing.id, external.as_str()),
        )),
    }
}

/// Enqueues accepted messages whose time is near. One that does not get into the queue now is found by the sweep.
pub(super) async fn hand_over(app: &App, interactions: &[Interaction]) {
    let now = app.now();
    let near: Vec<Interaction> = interactions.iter().filter(|i| is_near(i.send_at, now)).cloned().collect();
    if let Err(error) = app.queues.dispatch(&near, now).await {
        tracing::warn!(%error, "left to the sweep");
    }
}

/// Why the message is sent: as the caller says, else as the lender's subject does. 000 names no theme: its messages
/// serve the loan unless one of the two says otherwise.
async fn theme(app: &App, tenant: &Tenant, subject: &Subject, request: &Request) -> Result<Theme, Error> {
    Ok(match request.theme {
        Some(theme) => theme,
        None => app.subjects(&tenant.id).await?.descriptor(subject).theme.unwrap_or(Theme::OpsServicing),
    })
}

/// When the message leaves, if not at once: the time asked for plus its share of the jitter.
fn send_time(request: &Request, now: Timestamp) -> Option<Timestamp> {
    let jitter = SignedDuration::from_millis(rand::random_range(0..=i64::from(request.send_jitter) * 1000));
    let at = request.send_at.filter(|at| *at > now).unwrap_or(now) + jitter;
    (at > now).then_some(at)
}

/// Refuses a time too far ahead; `pointer` is what the dialect calls the field.
pub fn check_send_at(send_at: Option<Timestamp>, now: Timestamp, pointer: &str) -> Result<(), Error> {
    if send_at.is_some_and(|at| at.duration_since(now) > MAX_AHEAD) {
        return Err(Error::invalid(pointer, "lies more than 7 days ahead"));
    }
    Ok(())
}

/// Whether a message goes to the queue at once, with a delay where it has one, rather than through the sweep.
fn is_near(send_at: Option<Timestamp>, now: Timestamp) -> bool {
    send_at.is_none_or(|at| at.duration_since(now) <= Interaction::GRACE)
}

/// Waits a moment before a race is run again; longer the more often it was lost.
pub(super) async fn pause(race: u32) {
    let most = 20 * u64::from(race.min(10) + 1);
    tokio::time::sleep(std::time::Duration::from_millis(rand::random_range(1..=most))).await;
}

/// A message in the making: everything resolved, nothing stored.
struct Draft<'a> {
    tenant: &'a Tenant,
    descriptor: &'a Descriptor,
    person: &'a Person,
    contact: Option<&'a Contact>,
    loans: Vec<&'a Loan>,
    theme: Theme,
    request: &'a Request,
}

impl<'a> Draft<'a> {
    fn new(
        tenant: &'a Tenant,
        descriptor: &'a Descriptor,
        person: &'a Person,
        theme: Theme,
        request: &'a Request,
    ) -> Result<Self, Error> {
        let contact = match &request.contact {
            Some(named) => Some(person.contact(&named.resolve(tenant.id.as_str())).ok_or_else(|| {
                Error::conflict(
                    Conflict::ContactNotOfPerson,
                    format!("The contact {named} does not belong to the person."),
                )
            })?),
            None => person.select_contact(request.channel),
        };
        let loans = compose::loans(tenant, person, &request.loans)?;
        Ok(Self { tenant, descriptor, person, contact, loans, theme, request })
    }

    fn guard(&self, ledger: &Ledger, id: &Id<id::Interaction>, at: Timestamp) -> Decision {
        let facts = Facts {
            settings: &self.tenant.settings,
            person: self.person,
            contact: self.contact,
            channel: self.request.channel,
            subject: Some(&self.descriptor.subject),
            theme: Some(self.theme),
            ledger,
            interaction: Some(id),
        };
        compliance::decide(&facts, at)
    }

    async fn render(&self, app: &App, version: &Version, now: Timestamp) -> Result<Source, Error> {
        let occasion = Occasion {
            tenant: self.tenant,
            person: Some(self.person),
            channel: self.request.channel,
            language: &self.descriptor.language,
            loans: &self.loans,
            case: None,
            statement: None,
            now,
        };
        let (own, strict) = (&self.request.context, self.request.strict_undefined);
        let compiled = authoring::compiled(app, &self.tenant.id, version).await?;
        Ok(compose::compose(compiled, &occasion, own, strict).await?.rendered)
    }

    fn entry(&self, at: Timestamp) -> LedgerEntry {
        LedgerEntry {
            at,
            channel: self.request.channel,
            direction: Direction::Outbound,
            subject: self.descriptor.subject.clone(),
            theme: self.theme,
            loans: self.loans.iter().map(|loan| loan.id.clone()).collect(),
        }
    }

    fn into_interaction(
        self,
        version: &Version,
        content: domain::interaction::Content,
        ledger_version: u64,
        send_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Interaction {
        let step = |what| Moment { at: now, what, note: None };
        let mut timeline = vec![step(Step::Accepted)];
        timeline.extend(send_at.map(|_| step(Step::Scheduled)));
        Interaction {
            id: self.request.id.clone(),
            tenant: self.tenant.id.clone(),
            external_id: self.request.external_id.clone(),
            person_id: self.person.id.clone(),
            contact_id: self.contact.map(|contact| contact.id.clone()),
            to: self.contact.map(|contact| contact.value.clone()).unwrap_or_default(),
            channel: self.request.channel,
            direction: Direction::Outbound,
            subject: self.descriptor.subject.clone(),
            theme: self.theme,
            transactional: self.request.transactional,
            loan_ids: self.loans.iter().map(|loan| loan.id.clone()).collect(),
            descriptor_id: Some(self.descriptor.id.clone()),
            version_id: Some(version.id.clone()),
            batch_id: self.request.batch.clone(),
            content,
            state: State { status: send_at.map(|_| InteractionStatus::Scheduled), details: None },
            failure: None,
            provider: None,
            reference: None,
            segments: None,
            send_at,
            // What the queue already has is left to it for a while; the rest is the sweep's from the start.
            due_at: Some(match send_at {
                Some(at) if !is_near(send_at, now) => at,
                at => at.unwrap_or(now) + Interaction::GRACE,
            }),
            leased_until: None,
            attempts: 0,
            ledger_version,
            trace_id: self.request.trace_id.clone(),
            timeline,
            created_at: now,
            updated_at: now,
            revision: 1,
        }
    }
}
