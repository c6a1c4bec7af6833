//! Accepting a message: from a request to a frozen, durable message with its place in the person's ledger.

use domain::{
    Error,
    compliance::{self, Circumstances, Decision, Facts},
    error::{Blocked, Conflict},
    id::{self, ExternalId, Id, Ref},
    interaction::{Content, Interaction, Moment, Step},
    ledger::Ledger,
    person::{Contact, Loan, Person},
    template::{Descriptor, Source, Version},
    tenant::TenantId,
    vocabulary::{Channel, Direction, InteractionStatus, State, Subject, Theme},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{compose, context::Occasion, pause};
use crate::{
    app::{App, Lender},
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
    /// What its sender says of it besides.
    pub circumstances: Circumstances,
    /// 001's distinction.
    pub transactional: bool,
    /// Whether an undefined variable is an error.
    pub strict_undefined: bool,
    /// Not before this instant. Where it is left open and only the hour is wrong, the next right one is taken.
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
    lender: &Lender,
    template: &Template,
    person: &Id<id::Person>,
    request: &Request,
) -> Result<Interaction, Error> {
    let known = app.store.person(&lender.tenant.id, person).await?;
    let (interaction, is_new) = store(app, lender, template, known, request).await?;
    if is_new {
        hand_over(app, std::slice::from_ref(&interaction)).await;
    }
    Ok(interaction)
}

/// Everything but the queue. Returns whether the message is new.
pub(super) async fn store(
    app: &App,
    lender: &Lender,
    template: &Template,
    known: Known,
    request: &Request,
) -> Result<(Interaction, bool), Error> {
    let tenant = &*lender.tenant;
    let version = compose::usable(template, request.channel)?;
    app.provider(tenant, request.channel)?;
    let jitter = jitter(request);
    let theme = theme(app, &tenant.id, &template.descriptor.subject, request.theme).await?;
    let stored = commit(app, &tenant.id, known, |Known { person, mut ledger }| async move {
        let now = app.now();
        let message = Draft::new(lender, &template.descriptor, &person, theme, request)?;
        let facts = message.facts(&ledger);
        let (decision, untimely) = decide(&facts, request.send_at, jitter, now);
        if !decision.allowed {
            let interaction = Some(message.refused(version, decision.clone(), ledger.version, now));
            return Err(Error::Blocked(Box::new(Blocked { decision, interaction })));
        }
        let entry = facts.entry(theme, decision.evaluated_at);
        let rendered = message.render(app, version, now).await?;
        let content = app.objects.keep(&tenant.id, &request.id, rendered.into()).await?;
        ledger.record(request.id.clone(), entry, now);
        let mut interaction = message.into_interaction(version, content, decision, ledger.version, now);
        interaction.earlier_decisions.extend(untimely);
        Ok((interaction, ledger))
    })
    .await;
    match stored {
        Ok((interaction, true)) => {
            app.metrics.count(Metric::Accepted, &tenant.id, request.channel);
            tracing::info!(interaction = %interaction.id, trace = interaction.trace_id, "accepted");
            Ok((interaction, true))
        }
        Ok((existing, false)) => repeated(request.external_id.as_ref(), existing),
        // A repetition of what was accepted already is answered as before, not blocked by itself.
        Err(Error::Blocked(blocked)) => match app.store.find_interaction(&tenant.id, &request.id).await? {
            Some(existing) => repeated(request.external_id.as_ref(), existing),
            None => {
                if let Some(record) = &blocked.interaction {
                    app.store.keep_refusal(record).await?;
                }
                app.metrics.count(Metric::Blocked, &tenant.id, request.channel);
                Err(Error::Blocked(blocked))
            }
        },
        Err(error) => Err(error),
    }
}

/// Stores an interaction with its place in the ledger of its person, as `make` makes both of what is known; and makes
/// them again where the person changed meanwhile. Returns whether the interaction is new; if not, the one that was
/// there.
pub(super) async fn commit<F: Future<Output = Result<(Interaction, Ledger), Error>>>(
    app: &App,
    tenant: &TenantId,
    mut known: Known,
    make: impl Fn(Known) -> F,
) -> Result<(Interaction, bool), Error> {
    let person = known.person.id.clone();
    for race in 0..RACES {
        let before = known.ledger.version;
        let (interaction, ledger) = make(known).await?;
        match app.store.accept(&interaction, &ledger, before).await? {
            Stored::New => return Ok((interaction, true)),
            Stored::Existing(existing) => return Ok((*existing, false)),
            Stored::PersonChanged => {
                pause(race).await;
                known = app.store.person(tenant, &person).await?;
            }
        }
    }
    Err(Error::Unavailable(format!("person {person} keeps changing")))
}

/// The answer to an interaction that exists already: the same as before when the request was sent again, a refusal when
/// the lender named another so (001: "subsequent attempts with the same external ID will be blocked").
pub(super) fn repeated(
    external_id: Option<&ExternalId>,
    existing: Interaction,
) -> Result<(Interaction, bool), Error> {
    match external_id {
        None => Ok((existing, false)),
        Some(external) => Err(Error::conflict(
            Conflict::DuplicateExternalId,
            format!("The interaction {} has the external id {} already.", existing.id, external.as_str()),
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

/// Why a message is sent: as the caller says, else as the lender's subject does. 000 names no theme: its messages
/// serve the loan unless one of the two says otherwise.
pub async fn theme(
    app: &App,
    tenant: &TenantId,
    subject: &Subject,
    named: Option<Theme>,
) -> Result<Theme, Error> {
    Ok(match named {
        Some(theme) => theme,
        None => app.subjects(tenant).await?.descriptor(subject).theme.unwrap_or(Theme::OpsServicing),
    })
}

/// The message's share of the jitter.
fn jitter(request: &Request) -> SignedDuration {
    SignedDuration::from_millis(rand::random_range(0..=i64::from(request.send_jitter) * 1000))
}

/// Asks the guard about the instant the message is to leave, after the jitter or as much of it as is right. Where the
/// caller left that open and only the hour is wrong, about the next right one (001, `sendAt`): then, what was decided
/// about the first comes second.
fn decide(
    facts: &Facts<'_>,
    send_at: Option<Timestamp>,
    jitter: SignedDuration,
    now: Timestamp,
) -> (Decision, Option<Decision>) {
    let first = decide_after(facts, send_at.unwrap_or(now).max(now), jitter);
    match first.next_right_hour().filter(|_| send_at.is_none()) {
        None => (first, None),
        Some(next) => match decide_after(facts, next, jitter) {
            later if later.allowed => (later, Some(first)),
            _ => (first, None),
        },
    }
}

/// The decision about `at` after the jitter; where that is too late, after less of it or none. What is refused in any
/// case is refused as of `at`.
fn decide_after(facts: &Facts<'_>, at: Timestamp, jitter: SignedDuration) -> Decision {
    let shares = [jitter, jitter / 2, jitter / 4, jitter / 8].into_iter().filter(|share| !share.is_zero());
    shares
        .map(|share| compliance::decide_on_record(facts, at + share))
        .find(|decision| decision.allowed)
        .unwrap_or_else(|| compliance::decide_on_record(facts, at))
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

/// A message in the making: everything resolved, nothing stored.
struct Draft<'a> {
    lender: &'a Lender,
    descriptor: &'a Descriptor,
    person: &'a Person,
    contact: Option<&'a Contact>,
    loans: Vec<&'a Loan>,
    loan_ids: Vec<Id<id::Loan>>,
    theme: Theme,
    request: &'a Request,
}

impl<'a> Draft<'a> {
    fn new(
        lender: &'a Lender,
        descriptor: &'a Descriptor,
        person: &'a Person,
        theme: Theme,
        request: &'a Request,
    ) -> Result<Self, Error> {
        let tenant = &*lender.tenant;
        let contact = match &request.contact {
            Some(named) => Some(compose::contact(tenant, person, named)?),
            None => person.select_contact(request.channel),
        };
        let loans = compose::loans(tenant, person, &request.loans)?;
        if let Some(bare) = loans.iter().find(|loan| !request.loans.is_empty() && loan.is_a_name_only()) {
            let detail = format!(
                "Of the loan {} nothing but its id is known; push its details before writing about it.",
                bare.id
            );
            return Err(Error::conflict(Conflict::LoanIncomplete, detail));
        }
        let loan_ids = loans.iter().map(|loan| loan.id.clone()).collect();
        Ok(Self { lender, descriptor, person, contact, loans, loan_ids, theme, request })
    }

    fn facts<'f>(&'f self, ledger: &'f Ledger) -> Facts<'f> {
        Facts {
            contact: self.contact,
            subject: Some(&self.descriptor.subject),
            theme: Some(self.theme),
            said: &self.request.circumstances,
            loans: &self.loan_ids,
            interaction: Some(&self.request.id),
            ..Facts::new(&self.lender.rules, self.person, self.request.channel, ledger)
        }
    }

    async fn render(&self, app: &App, version: &Version, now: Timestamp) -> Result<Source, Error> {
        let occasion = Occasion {
            tenant: &self.lender.tenant,
            person: Some(self.person),
            channel: self.request.channel,
            language: &self.descriptor.language,
            loans: &self.loans,
            case: None,
            statement: None,
            now,
        };
        let (own, strict) = (&self.request.context, self.request.strict_undefined);
        let compiled = authoring::compiled(app, &self.lender.tenant.id, version).await?;
        Ok(compose::compose(compiled, &occasion, own, strict).await?.rendered)
    }

    /// The record of a message the guard refused, under an id of its own: the request may come again when it is right.
    fn refused(
        self,
        version: &Version,
        decision: Decision,
        ledger_version: u64,
        now: Timestamp,
    ) -> Interaction {
        let id = Id::keyed(
            self.lender.tenant.id.as_str(),
            self.request.id.as_str(),
            &format!("refused in {}", self.request.trace_id),
        );
        let rule_id = decision.ruling().map(|ruling| ruling.rule_id.clone());
        let (description, nothing) = (decision.detail(), Content::Inline(Map::new()));
        let mut interaction = Interaction {
            id,
            external_id: None,
            ..self.into_interaction(version, nothing, decision, ledger_version, now)
        };
        interaction.refused_by_guard(rule_id, description, now);
        interaction
    }

    fn into_interaction(
        self,
        version: &Version,
        content: Content,
        decision: Decision,
        ledger_version: u64,
        now: Timestamp,
    ) -> Interaction {
        let send_at = Some(decision.evaluated_at).filter(|at| *at > now);
        let step = |what| Moment { at: now, what, note: None };
        let mut timeline = vec![step(Step::Accepted)];
        timeline.extend(send_at.map(|_| step(Step::Scheduled)));
        Interaction {
            id: self.request.id.clone(),
            tenant: self.lender.tenant.id.clone(),
            external_id: self.request.external_id.clone(),
            person_id: self.person.id.clone(),
            contact_id: self.contact.map(|contact| contact.id.clone()),
            to: self.contact.map(|contact| contact.value.clone()).unwrap_or_default(),
            channel: self.request.channel,
            direction: Direction::Outbound,
            subject: Some(self.descriptor.subject.clone()),
            theme: self.theme,
            circumstances: self.request.circumstances.clone(),
            transactional: self.request.transactional,
            loan_ids: self.loan_ids,
            descriptor_id: Some(self.descriptor.id.clone()),
            version_id: Some(version.id.clone()),
            batch_id: self.request.batch.clone(),
            content,
            sensitive: self.descriptor.sensitive,
            recorded: None,
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
            decision: Some(decision),
            earlier_decisions: Vec::new(),
            ledger_version,
            trace_id: self.request.trace_id.clone(),
            timeline,
            created_at: now,
            updated_at: now,
            revision: 1,
        }
    }
}
