//! Notification rules: which events make which messages (003).

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod try_out;
pub mod update;

use domain::{
    Error,
    id::{self, Id, Ref},
    notification_rule::{ContextCondition, NotificationRule, NotificationRules},
    person::PersonKind,
    tenant::TenantId,
    vocabulary::{Channel, Event, MessageType, SendingChannel, Theme},
    webhook_endpoint::{WebhookEndpoint, WebhookEndpointUpdate},
};
use jiff::Timestamp;
use platform::{
    app::App,
    http::problem,
    needs::{Items, Need},
    pipeline::resolve,
    race::Race,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::webhook_endpoints;

/// What changing rules needs of AWS.
const CHANGE: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::NotificationRules),
    Need::Write(Items::NotificationRules),
    Need::Read(Items::Templates),
    Need::Read(Items::Versions),
    Need::Read(Items::WebhookEndpoints),
    Need::Write(Items::WebhookEndpoints),
];

/// A notification rule as it is stored.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationRuleView {
    id: Id<id::NotificationRule>,
    name: Option<String>,
    event: Event,
    #[serde(rename = "type")]
    message_type: MessageType,
    template_key: Option<Ref<id::Descriptor>>,
    /// As it was said. Calls go to where the endpoint is.
    url: Option<String>,
    /// The webhook endpoint that is or was at the URL, whose secret signs the calls: rotate it to see one.
    endpoint_id: Option<Id<id::WebhookEndpoint>>,
    /// Whether it makes messages now.
    enabled: bool,
    conditions: Vec<ContextCondition>,
    recipient: PersonKind,
    delay_minutes: u32,
    theme: Option<Theme>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<&NotificationRule> for NotificationRuleView {
    fn from(rule: &NotificationRule) -> Self {
        let rule = rule.clone();
        Self {
            id: rule.id,
            name: rule.name,
            event: rule.event,
            message_type: rule.message_type,
            template_key: rule.template_key,
            url: rule.url,
            endpoint_id: rule.endpoint_id,
            enabled: rule.enabled,
            conditions: rule.conditions,
            recipient: rule.recipient,
            delay_minutes: rule.delay_minutes,
            theme: rule.theme,
            created_at: rule.created_at,
            updated_at: rule.updated_at,
        }
    }
}

/// Makes a change of a lender's rules, again if somebody else made one meanwhile.
async fn change<T: Send>(
    app: &App,
    tenant: &TenantId,
    change: impl Fn(&mut NotificationRules) -> Result<T, Error> + Send + Sync,
) -> Result<T, Error> {
    let mut race = Race::begin();
    loop {
        let mut all = app.store.notification_rules(tenant).await?;
        let changed = change(&mut all)?;
        match app.store.save_notification_rules(tenant, &mut all).await {
            Ok(()) => {
                app.forget_notification_rules(tenant);
                return Ok(changed);
            }
            Err(error) if error.is_edit_conflict() => race.lost(format!("the rules of {tenant}")).await?,
            Err(error) => return Err(error),
        }
    }
}

/// Whether a rule can make its message, as far as that hangs on other things: the lender's senders, its template and its URL. Of a
/// rule that is switched off nothing is asked, so that it can be whatever became of these.
///
/// # Errors
/// [`Error::Invalid`] in the words of its author.
async fn works(app: &App, tenant: &TenantId, rule: &NotificationRule) -> Result<(), Error> {
    if !rule.enabled {
        return Ok(());
    }
    let told = |place: &str, what: &str, checked: Result<(), Error>| match checked {
        Err(error) if !error.is_ours() => {
            let why = problem::detail(&error);
            Err(Error::invalid(
                place,
                format!("must be {what} that works here: {}", why.trim_end_matches('.')),
            ))
        }
        checked => checked,
    };
    let channel = Some(Channel::from(rule.message_type));
    if let Some(channel) = channel.filter(|channel| SendingChannel::try_from(*channel).is_ok()) {
        let lender = app.tenant(tenant).await?;
        told("/type", "a type", app.providers.serving(&lender, channel, true).map(drop))?;
    }
    if let Some(named) = &rule.template_key {
        let channel = channel.filter(|_| rule.message_type != MessageType::Task);
        told("/templateKey", "a template", may_say(app, tenant, named, channel).await)?;
    }
    match &rule.url {
        Some(url) => webhook_endpoints::check_url(app, "/url", url).await,
        None => Ok(()),
    }
}

/// Whether a template is in use, for this channel, and may go out as it is.
async fn may_say(
    app: &App,
    tenant: &TenantId,
    named: &Ref<id::Descriptor>,
    channel: Option<Channel>,
) -> Result<(), Error> {
    let chosen = resolve::named_template(app, tenant, named, channel).await?;
    let subjects = app.subjects(tenant).await?;
    subjects.descriptor(&chosen.template.descriptor.subject).may_say(false)
}

/// The endpoint of a rule: its own, one that is at its URL, or a new one that hears of nothing else. Whoever asks again finds what
/// was made there.
async fn endpoint(
    app: &App,
    tenant: &TenantId,
    rule: &NotificationRule,
) -> Result<Option<Id<id::WebhookEndpoint>>, Error> {
    // One that is switched off may have any URL.
    let Some(url) = rule.url.as_ref().filter(|_| rule.enabled) else { return Ok(rule.endpoint_id.clone()) };
    let (id, now) = (app.new_id(), app.now());
    let update = WebhookEndpointUpdate { url: Some(url.clone()), ..WebhookEndpointUpdate::default() };
    let made = webhook_endpoints::change(app, tenant, |all| {
        let own = rule.endpoint_id.as_ref().and_then(|id| all.find(id));
        if let Some(known) = own.or_else(|| all.all().iter().find(|endpoint| endpoint.url == *url)) {
            return Ok(known.id.clone());
        }
        all.add(WebhookEndpoint::new(id.clone(), &update, now))?;
        Ok(id.clone())
    });
    made.await.map(Some)
}

/// A rule as the OpenAPI document shows it said.
fn example_body() -> Value {
    json!({
        "name": "Thank for large repayments",
        "event": "LOAN_REPAYMENT",
        "type": "EMAIL",
        "templateKey": "ext-repayment-received",
        "conditions": [{ "path": "amount", "operator": "MORE_THAN", "value": 100 }],
    })
}

/// The same as an answer.
fn example_view() -> Value {
    let mut view = example_body();
    if let Value::Object(members) = &mut view {
        let more = [
            ("id", json!("NR-01JD3V9K2M-8ZQ4T6WX1N3F5G7H")),
            ("url", Value::Null),
            ("endpointId", Value::Null),
            ("enabled", json!(true)),
            ("recipient", json!("client")),
            ("delayMinutes", json!(0)),
            ("theme", Value::Null),
            ("createdAt", json!("2026-01-05T15:00:00Z")),
            ("updatedAt", json!("2026-01-05T15:00:00Z")),
        ];
        members.extend(more.map(|(name, value)| (name.to_owned(), value)));
    }
    view
}
