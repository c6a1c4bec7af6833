//! Where the tenant's messages come from, and which of the accounts they leave by are out of order.

use domain::{
    circuit::{Circuit, Outage, State},
    tenant::Senders,
    vocabulary::{ProviderName, SendingChannel},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, List, Need},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{catalog::Answer, openapi::Operation};

/// Accounts that are told of; a tenant has a handful.
const MOST: i32 = 100;

/// Senders, and what is known of accounts.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SendersView {
    /// A channel that has none is switched off.
    senders: Vec<SenderView>,
    /// Accounts that are out of order, or were within 30 days; what changed last first. All others take messages.
    accounts: Vec<AccountView>,
}

/// What messages come from.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SenderView {
    channel: SendingChannel,
    /// Of e-mail: whether messages come from it that systems send in response to an event, or those that people may answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_transactional: Option<bool>,
    /// The address, number or name that recipients see, if they see one.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// Where answers go, if that is another address.
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<String>,
    /// Who takes them away.
    provider: ProviderName,
    /// Who does while the account there is out of order.
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback: Option<ProviderName>,
    /// How many a second the account takes, if that is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_per_second: Option<u16>,
}

/// What is known of an account at a provider, or of a server of yours.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// Its name, as in the events `account.out_of_order` and `account.in_order`.
    account: String,
    state: AccountState,
    /// Since when it is in that state.
    since: Timestamp,
    /// When one message tries whether it takes messages again, if it is out of order.
    #[serde(skip_serializing_if = "Option::is_none")]
    tried_at: Option<Timestamp>,
    /// What the provider said last, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// The provider's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

/// Whether an account takes messages.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AccountState {
    /// It does.
    InOrder,
    /// It does not: messages wait.
    OutOfOrder,
    /// One message finds that out.
    Probing,
}

impl From<Circuit> for AccountView {
    fn from(circuit: Circuit) -> Self {
        let why = |outage: Outage| (Some(outage.refusal.description), outage.refusal.code);
        let (state, tried_at, (description, code)) = match circuit.state {
            State::Closed => (AccountState::InOrder, None, (None, None)),
            State::Open { until, outage } => (AccountState::OutOfOrder, Some(until), why(outage)),
            State::Probing { outage, .. } => (AccountState::Probing, None, why(outage)),
        };
        Self {
            account: circuit.account.to_string(),
            state,
            since: circuit.since,
            tried_at,
            description,
            code,
        }
    }
}

/// What each channel's messages come from.
fn views(senders: &Senders) -> Vec<SenderView> {
    let view = |channel, is_transactional: Option<bool>| {
        let stream = is_transactional.unwrap_or(true);
        let provider = senders.provider(channel, stream)?;
        Some(SenderView {
            channel,
            is_transactional,
            from: None,
            reply_to: None,
            provider,
            fallback: senders.fallback(channel, stream),
            max_per_second: senders.max_per_second(provider),
        })
    };
    let mut all = Vec::new();
    for channel in SendingChannel::ALL {
        match channel {
            SendingChannel::Email => {
                let Some(email) = &senders.email else { continue };
                for transactional in [true, false] {
                    let mailbox = email.mailbox(transactional);
                    all.extend(view(*channel, Some(transactional)).map(|view| SenderView {
                        from: Some(mailbox.from.clone()),
                        reply_to: mailbox.reply_to.clone(),
                        ..view
                    }));
                }
            }
            SendingChannel::Text => {
                for from in senders.text.iter().flat_map(|text| text.all()) {
                    all.extend(
                        view(*channel, None).map(|view| SenderView { from: Some(from.to_owned()), ..view }),
                    );
                }
            }
            SendingChannel::Mail => {
                let from = senders.letter.as_ref().map(|letter| letter.name.clone());
                all.extend(view(*channel, None).map(|view| SenderView { from, ..view }));
            }
            SendingChannel::Gui | SendingChannel::Push | SendingChannel::Webhook => {
                all.extend(view(*channel, None));
            }
        }
    }
    all
}

/// Shows them.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = app.tenant(request.tenant()?).await?;
    let accounts = app.store.circuits(&tenant.id, MOST, None).await?.entries;
    let view = SendersView {
        senders: views(&tenant.senders),
        accounts: accounts.into_iter().map(AccountView::from).collect(),
    };
    json(StatusCode::OK, &view)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants), Need::List(List::Circuits)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Administration", "List senders and the state of their accounts")
        .about(
            "What your messages come from, as the operator of the installation set it, and which accounts at providers take none at the \
             moment: messages wait for those.",
        )
        .answer::<SendersView>(
            200,
            "All senders, and what is known of accounts",
            json!({
                "senders": [{
                    "channel": "email",
                    "isTransactional": true,
                    "from": "Acme Lending <no-reply@acme.example>",
                    "provider": "ses",
                    "fallback": "sendgrid",
                    "maxPerSecond": 14,
                }],
                "accounts": [{
                    "account": "ses",
                    "state": "outOfOrder",
                    "since": "2026-01-05T15:00:00Z",
                    "triedAt": "2026-01-05T15:02:00Z",
                    "description": "Sending is paused for the account: settle that with the provider.",
                    "code": "AccountSendingPaused",
                }],
            }),
        )
}
