//! What an event would do, without doing it: which rules fire, and what each message would say.

use std::{collections::HashMap, sync::Arc};

use domain::{
    Error,
    compliance::Decision,
    id::{self, Id},
    notification_rule::ContextCondition,
    occurrence::Occurrence,
    template::Source,
    vocabulary::{Channel, FailureReason, MessageType},
};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{at_home, make::Wanted, recipient, told};
use crate::{
    app::{App, Lender},
    http::problem,
    needs::{Items, Need},
    pipeline::{accept, compose, endpoints},
    store::people::Known,
};

/// What rehearsing needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::NotificationRules), Need::Read(Items::WebhookEndpoints), Need::All(compose::PREVIEW)];

/// What a rule would do about an event.
#[derive(Debug)]
pub struct Rehearsed {
    /// Which rule.
    pub rule_id: Id<id::NotificationRule>,
    /// Its name.
    pub name: Option<String>,
    /// What it makes.
    pub message_type: MessageType,
    /// Whether it would make a message.
    pub fires: bool,
    /// The conditions that do not hold.
    pub unmet: Vec<ContextCondition>,
    /// The message, if it would make one.
    pub message: Option<RehearsedMessage>,
}

/// A message that would be made.
#[derive(Debug, Default)]
pub struct RehearsedMessage {
    /// Where it would go.
    pub destination: Option<String>,
    /// When it would leave, if that is later.
    pub send_at: Option<Timestamp>,
    /// What it would say.
    pub rendered: Source,
    /// What a webhook or the stream would say.
    pub payload: Option<Map<String, Value>>,
    /// What the guard would decide.
    pub decision: Option<Decision>,
    /// Why it would fail.
    pub failure: Option<(FailureReason, String)>,
}

/// What each rule for an event would do about it, the oldest rule first.
///
/// # Errors
/// Ours only: what is wrong with a message stands with the message.
pub async fn rehearse(
    app: &App,
    lender: &Arc<Lender>,
    occurrence: &Occurrence,
    trace_id: &str,
) -> Result<Vec<Rehearsed>, Error> {
    let rules = app.store.notification_rules(&lender.tenant.id).await?;
    let now = at_home(app, &lender.tenant);
    let (mut all, mut people) = (Vec::new(), People::default());
    for rule in rules.all().iter().filter(|rule| rule.event == occurrence.event) {
        let fires = rule.fires(occurrence, &now);
        let wanted = Wanted { app, lender, occurrence, rule, again: None, trace_id };
        let message = match fires {
            true => Some(message(&wanted, &mut people).await?),
            false => None,
        };
        all.push(Rehearsed {
            rule_id: rule.id.clone(),
            name: rule.name.clone(),
            message_type: rule.message_type,
            fires,
            unmet: rule.unmet(&occurrence.context, &now).into_iter().cloned().collect(),
            message,
        });
    }
    Ok(all)
}

/// People as they would be after what was rehearsed before: a message has its place in the ledger for those after it.
type People = HashMap<Id<id::Person>, Known>;

async fn message(wanted: &Wanted<'_>, people: &mut People) -> Result<RehearsedMessage, Error> {
    match attempt(wanted, people).await {
        Ok(message) => Ok(message),
        Err(error) if error.is_ours() => Err(error),
        Err(error) => {
            let reason = FailureReason::of_error(&error, wanted.channel());
            let failure = Some((reason, problem::detail(&error)));
            Ok(RehearsedMessage { failure, ..RehearsedMessage::default() })
        }
    }
}

async fn attempt(wanted: &Wanted<'_>, people: &mut People) -> Result<RehearsedMessage, Error> {
    let (app, tenant) = (wanted.app, &wanted.lender.tenant.id);
    let known = match recipient(tenant, wanted.occurrence, wanted.rule) {
        Some(person) => match people.get(&person) {
            Some(known) => Some(known.clone()),
            None => app.store.find_person(tenant, &person).await?,
        },
        None => None,
    };
    let later = Some(app.now() + wanted.rule.delay()).filter(|_| !wanted.rule.delay().is_zero());
    match wanted.channel() {
        Channel::Email | Channel::Text => {
            let Some(known) = known else {
                let failure = Some(wanted.nobody());
                return Ok(RehearsedMessage { failure, ..RehearsedMessage::default() });
            };
            let resolved = wanted.resolved(Some(known)).await?;
            let rehearsed = accept::rehearse(app, &resolved, &wanted.request()).await?;
            people.insert(rehearsed.known.person.id.clone(), rehearsed.known);
            let failure = (!rehearsed.decision.allowed).then(|| {
                let reason = FailureReason::of_decision(&rehearsed.decision, wanted.channel());
                (reason, rehearsed.decision.detail())
            });
            Ok(RehearsedMessage {
                destination: Some(rehearsed.to).filter(|to| !to.is_empty()),
                send_at: Some(rehearsed.decision.evaluated_at).filter(|at| *at > app.now()),
                rendered: rehearsed.rendered,
                payload: None,
                decision: Some(rehearsed.decision),
                failure,
            })
        }
        Channel::Webhook => {
            app.providers.serving(&wanted.lender.tenant, Channel::Webhook, true)?;
            let (payload, _) = wanted.payload(known).await?;
            let endpoint = wanted.rule.endpoint_id.as_ref().map(ToString::to_string).unwrap_or_default();
            let (destination, failure) = match endpoints::named(app, tenant, &endpoint).await? {
                Ok(destination) => (Some(destination.url), None),
                Err(refusal) => (wanted.rule.url.clone(), Some((refusal.reason, refusal.description))),
            };
            Ok(RehearsedMessage {
                destination,
                send_at: later,
                payload: Some(payload),
                failure,
                ..RehearsedMessage::default()
            })
        }
        Channel::EventStream => {
            let payload = told(wanted.occurrence).as_object().cloned();
            Ok(RehearsedMessage { payload, ..RehearsedMessage::default() })
        }
        _ => {
            let (rendered, _) = wanted.rendered(known).await?.unwrap_or_default();
            Ok(RehearsedMessage { rendered, ..RehearsedMessage::default() })
        }
    }
}
