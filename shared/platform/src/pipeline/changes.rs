//! What changes of the table mean to the lender: what happened to messages, accounts and endpoints.
//!
//! Changes come from DynamoDB's stream, each thing's in their order, and again if telling was cut off.

use std::collections::BTreeMap;

use domain::{
    Error,
    circuit::Circuit,
    error::Ours as _,
    id::{self, Id},
    interaction::{Interaction, MessageNews},
    task::Task,
    tenant::TenantId,
    vocabulary::{AnyEvent, MessageEvent, ServiceEvent},
    webhook_endpoint::{DisabledReason, WebhookEndpoint, WebhookEndpoints},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{
    counts,
    tell::{self, Listeners, News, Sink},
};
use crate::{
    app::App,
    needs::{Items, Need},
    store::changes::{Change, Changed, RawChange, Unreadable},
};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(tell::NEEDS), Need::Write(Items::Tasks), Need::All(counts::COUNT)];

/// What is reported about an account at a provider, or about an endpoint or a server of the lender's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountNews {
    /// Which: `ses`, `twilio:AC…:+13125550100`, `endpoint:WE-…`, `endpoint:https://hooks.acme.example`.
    pub account: String,
    /// Since when it is so.
    pub since: Timestamp,
    /// The message that met it last, while it is out of order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction_id: Option<Id<id::Interaction>>,
    /// The provider's code, while it is out of order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the provider said, while it is out of order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// What is reported about an endpoint that is no longer called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndpointNews {
    /// Which.
    pub endpoint_id: Id<id::WebhookEndpoint>,
    /// Your description of it.
    pub description: Option<String>,
    /// Why.
    pub reason: DisabledReason,
    /// The message that met it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction_id: Option<Id<id::Interaction>>,
    /// Since when.
    pub at: Timestamp,
}

/// Notifies lenders of changes. One that cannot be read holds up no other: it is put aside, for people to look at.
///
/// # Errors
/// [`Error::Unavailable`]: then some may have been reported.
pub async fn tell_of(app: &App, batch: Vec<RawChange>) -> Result<(), Error> {
    let mut of_tenants = BTreeMap::<TenantId, Vec<Change>>::new();
    let mut unreadable = Vec::new();
    for raw in batch {
        match Change::read(raw) {
            Ok(change) => of_tenants.entry(change.tenant.clone()).or_default().push(change),
            Err(nobodys) => unreadable.push(*nobodys),
        }
    }
    let mut told = Vec::new();
    for (tenant, changes) in of_tenants {
        let is_heard = Listeners::of(app, &tenant).await?.hear_of_messages();
        let (mut all, mut counted) = (Vec::<(News, Option<Task>)>::new(), Vec::new());
        for change in changes {
            let read = change.what().and_then(|what| {
                let is_told = is_heard || !matches!(what, Changed::Message(..));
                let news = if is_told { of(&tenant, &what)? } else { Vec::new() };
                Ok((counts::of(&what), news))
            });
            match read {
                Ok((more, news)) => {
                    counted.extend(more);
                    all.extend(news);
                }
                Err(why) => unreadable.push(change.unreadable(why)),
            }
        }
        counts::count(app, &tenant, counted).await?;
        told.push((tenant, all));
    }
    for (tenant, all) in told {
        for task in all.iter().filter_map(|(_, task)| task.as_ref()) {
            app.store.keep_task(task).await?;
        }
        let news: Vec<News> = all.into_iter().map(|(news, _)| news).collect();
        tell::tell(app, &tenant, &news).await?;
    }
    for Unreadable { why, .. } in &unreadable {
        tracing::error!(error = %why, "a change is put aside");
    }
    app.queues.put_aside(unreadable.into_iter().map(|one| one.raw).collect()).await
}

/// What is reported about a change, with what somebody is to do about it.
fn of(tenant: &TenantId, what: &Changed) -> Result<Vec<(News, Option<Task>)>, Error> {
    match what {
        Changed::Message(before, after) => {
            let news = of_message(before.as_deref(), after)?;
            Ok(news.into_iter().map(|news| (news, None)).collect())
        }
        Changed::Circuit(before, after) => {
            Ok(of_account(tenant, before.as_deref(), after)?.into_iter().collect())
        }
        Changed::Endpoints(before, after) => of_endpoints(tenant, before.as_ref(), after),
    }
}

fn of_message(before: Option<&Interaction>, after: &Interaction) -> Result<Vec<News>, Error> {
    let events = MessageEvent::between(before, after);
    events
        .into_iter()
        .map(|event| {
            Ok(News {
                id: format!("{}.{}.{event}", after.id, after.revision),
                event: AnyEvent::Message(event),
                sink: Sink::Everywhere,
                at: after.updated_at,
                data: json(&MessageNews::from(after))?,
            })
        })
        .collect()
}

fn of_account(
    tenant: &TenantId,
    before: Option<&Circuit>,
    after: &Circuit,
) -> Result<Option<(News, Option<Task>)>, Error> {
    let was_out = before.is_some_and(|before| before.outage().is_some());
    let outage = after.outage();
    let event = match (was_out, outage.is_some()) {
        (false, true) => ServiceEvent::AccountOutOfOrder,
        (true, false) => ServiceEvent::AccountInOrder,
        (false, false) | (true, true) => return Ok(None),
    };
    let (account, since) = (after.account.to_string(), after.since);
    let message = outage.and_then(|outage| outage.message.clone());
    let task = outage.zip(message.clone()).map(|(outage, message)| {
        let note = format!("{account} takes no messages: {}", outage.refusal.description);
        Task::to_put_in_order(tenant, message, &format!("{account} {since}"), note, since)
    });
    let data = AccountNews {
        account: account.clone(),
        since,
        interaction_id: message,
        code: outage.and_then(|outage| outage.refusal.code.clone()),
        description: outage.map(|outage| outage.refusal.description.clone()),
    };
    let id = format!("{account}.{}.{event}", since.as_microsecond());
    let news =
        News { id, event: AnyEvent::Service(event), sink: Sink::Everywhere, at: since, data: json(&data)? };
    Ok(Some((news, task)))
}

fn of_endpoints(
    tenant: &TenantId,
    before: Option<&WebhookEndpoints>,
    after: &WebhookEndpoints,
) -> Result<Vec<(News, Option<Task>)>, Error> {
    let was_called = |endpoint: &WebhookEndpoint| {
        let before = before.and_then(|before| before.find(&endpoint.id));
        before.is_none_or(|before| before.disabled.is_none())
    };
    let mut all = Vec::new();
    for endpoint in after.all().iter().filter(|endpoint| was_called(endpoint)) {
        let Some(disabled) = &endpoint.disabled else { continue };
        let why = match disabled.reason {
            // Who said so knows.
            DisabledReason::Requested => continue,
            DisabledReason::Gone => "it answered 410 Gone",
            DisabledReason::Failing => "all attempts of five days failed",
        };
        let event = ServiceEvent::EndpointDisabled;
        let (id, at) = (&endpoint.id, disabled.at);
        let task = disabled.message.clone().map(|message| {
            let note = format!("The webhook endpoint {id} is no longer called: {why}. Enable it with PUT.");
            Task::to_put_in_order(tenant, message, &format!("{id} {at}"), note, at)
        });
        let data = EndpointNews {
            endpoint_id: id.clone(),
            description: endpoint.description.clone(),
            reason: disabled.reason,
            interaction_id: disabled.message.clone(),
            at,
        };
        let name = format!("{id}.{}.{event}", at.as_microsecond());
        let news = News {
            id: name,
            event: AnyEvent::Service(event),
            sink: Sink::Everywhere,
            at,
            data: json(&data)?,
        };
        all.push((news, task));
    }
    Ok(all)
}

fn json<T: Serialize>(data: &T) -> Result<Value, Error> {
    serde_json::to_value(data).internal()
}
