//! Who takes messages away, what they tell us afterwards, and what they bring.
//!
//! Each provider translates between its own wire format and the types of [`domain::delivery`] and [`inbound`]; nothing outside
//! this module knows a provider's codes, headers or signatures. When to send, how often to try again and what an event does to
//! a message are decided by the pipeline. An adapter's answer says only what is certain: a message whose answer was lost is
//! [`SendOutcome::Unknown`], never refused.

pub mod drop;
pub mod endpoint;
mod exchange;
pub mod fcm;
pub mod inbound;
pub mod inbox;
mod lenient;
pub mod lob;
pub mod mapping;
pub mod mime;
pub mod sendgrid;
pub mod ses;
pub mod smtp;
pub mod sns;
pub mod twilio;
mod webhook;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use aws_config::SdkConfig;
use domain::{
    Error,
    delivery::{About, DeliveryEvent, Receipt, Refusal, Retry, SendOutcome},
    error::Conflict,
    interaction::Interaction,
    template::Source,
    tenant::Tenant,
    vocabulary::{Channel, FailureReason, MediaType, ProviderName, StatusDetails},
    webhook_endpoint::{Destination, Telling},
};
use jiff::{SignedDuration, Timestamp};
use url::Url;

pub use self::webhook::{Calls, Webhook, WebhookCall};
use self::{
    drop::Drop,
    endpoint::{Endpoint, signing::SigningKeys},
    fcm::Fcm,
    inbound::Inbound,
    inbox::Inbox,
    lob::Lob,
    mapping::Mapping,
    sendgrid::Sendgrid,
    ses::Ses,
    smtp::Smtp,
    sns::{Sns, SnsOverHttps},
    twilio::Twilio,
};
use crate::{
    aws::OnDemand,
    clock::Clock,
    config::Config,
    links::Links,
    needs::Need,
    objects::Objects,
    outbound::Outbound,
    queues::{RawInbound, RawReport},
    tenant_outbound::{SystemNames, TenantOutbound},
};

/// The providers that a function has to do with, by name.
pub struct Providers {
    carriers: BTreeMap<ProviderName, Box<dyn Carrier>>,
    endpoint: Endpoint,
}

/// What providers are made from.
pub struct Given<'a> {
    /// Where they are, if not at their own endpoints.
    pub config: &'a Config,
    /// Where AWS is.
    pub sdk: &'a SdkConfig,
    /// The way outside.
    pub outbound: &'a Outbound,
    /// Credentials of accounts.
    pub secrets: Arc<dyn Secrets>,
    /// An SNS in place of the real one.
    pub sns: Option<Arc<dyn Sns>>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Given<'_> {
    fn endpoint(&self, provider: ProviderName) -> Option<&str> {
        self.config.endpoints.get(&provider).map(String::as_str)
    }

    fn objects(&self) -> Objects {
        Objects::new(OnDemand::new(self.sdk), self.config.bucket.clone())
    }

    fn sns(&self) -> Arc<dyn Sns> {
        self.sns.clone().unwrap_or_else(|| Arc::new(SnsOverHttps::new(self.outbound.clone())))
    }

    fn webhooks(&self) -> Endpoint {
        let stand_in = self.endpoint(ProviderName::Endpoint);
        let calls = TenantOutbound::new(Arc::new(SystemNames), self.outbound, stand_in);
        Endpoint::new(calls, SigningKeys::new(self.config, self.secrets.clone()), self.clock.clone())
    }
}

/// Makes a provider.
pub type Adapter = fn(&Given<'_>) -> Result<Box<dyn Carrier>, Error>;

/// How providers are made, each in the place of its name; none where a function has nothing to do with it.
pub type Adapters = [Option<Adapter>; ProviderName::ALL.len()];

/// Of a function that has nothing to do with any.
pub const NO_ADAPTERS: Adapters = [None; ProviderName::ALL.len()];

/// Of whoever has to do with all.
pub const EVERY_ADAPTER: Adapters = {
    let (mut all, mut at) = (NO_ADAPTERS, 0);
    while at < all.len() {
        all[at] = Some(adapter(ProviderName::ALL[at]));
        at += 1;
    }
    all
};

/// How a provider is made.
pub const fn adapter(of: ProviderName) -> Adapter {
    match of {
        ProviderName::Drop => |given| Ok(Box::new(Drop::new(given.objects()))),
        ProviderName::Endpoint => |given| Ok(Box::new(given.webhooks())),
        ProviderName::Fcm => |given| {
            let Given { outbound, secrets, clock, .. } = given;
            let instead = given.endpoint(ProviderName::Fcm);
            Ok(Box::new(Fcm::new((*outbound).clone(), instead, secrets.clone(), clock.clone())))
        },
        ProviderName::Inbox => |_| Ok(Box::new(Inbox)),
        ProviderName::Lob => |given| {
            let Given { outbound, secrets, clock, .. } = given;
            let endpoint = given.endpoint(ProviderName::Lob).unwrap_or(lob::ENDPOINT);
            Ok(Box::new(Lob::new((*outbound).clone(), endpoint, secrets.clone(), clock.clone())))
        },
        ProviderName::Sendgrid => |given| {
            let Given { outbound, secrets, clock, .. } = given;
            let endpoint = given.endpoint(ProviderName::Sendgrid);
            Ok(Box::new(Sendgrid::new((*outbound).clone(), endpoint, secrets.clone(), clock.clone())))
        },
        ProviderName::Ses => |given| {
            let client = ses::client(given.sdk, given.endpoint(ProviderName::Ses));
            Ok(Box::new(Ses::new(client, given.sns(), given.clock.clone(), given.config.bucket.clone())))
        },
        ProviderName::Smtp => |given| {
            let Given { config, secrets, clock, .. } = given;
            let links = Links::new(config, secrets.clone());
            let endpoint = given.endpoint(ProviderName::Smtp);
            Ok(Box::new(Smtp::new(endpoint, secrets.clone(), links, clock.clone())?))
        },
        ProviderName::Twilio => |given| {
            let Given { config, outbound, secrets, clock, .. } = given;
            let endpoint = given.endpoint(ProviderName::Twilio).unwrap_or(twilio::ENDPOINT);
            let (outbound, webhooks) = ((*outbound).clone(), &config.public_webhook_url);
            Ok(Box::new(Twilio::new(outbound, endpoint, webhooks, secrets.clone(), clock.clone())?))
        },
    }
}

/// What reading and proving the calls of those needs who call our webhooks.
pub const CALLING: &[Need] = &[
    Need::Provider(ProviderName::Lob),
    Need::Provider(ProviderName::Sendgrid),
    Need::Provider(ProviderName::Ses),
    Need::Provider(ProviderName::Twilio),
];

impl Providers {
    /// Those that `adapters` make, at the endpoints they have in the configuration, or else at their own.
    ///
    /// # Errors
    /// [`Error::Internal`] when [`Config::public_webhook_url`] is no URL.
    pub fn new(given: &Given<'_>, adapters: &Adapters) -> Result<Self, Error> {
        let carriers = adapters.iter().flatten().map(|make| {
            let carrier = make(given)?;
            Ok((carrier.name(), carrier))
        });
        Ok(Self { carriers: carriers.collect::<Result<_, Error>>()?, endpoint: given.webhooks() })
    }

    /// All of them, in the order of their names in [`ProviderName`].
    pub fn all(&self) -> impl Iterator<Item = &dyn Carrier> {
        self.carriers.values().map(AsRef::as_ref)
    }

    /// The provider of that name.
    ///
    /// # Errors
    /// [`Error::Internal`] in a function that was to have nothing to do with it.
    pub fn named(&self, name: ProviderName) -> Result<&dyn Carrier, Error> {
        self.carriers.get(&name).map(AsRef::as_ref).ok_or_else(|| {
            Error::Internal(
                format!("this function does not know {name}: its NEEDS lacks Provider({name:?})").into(),
            )
        })
    }

    /// Whoever calls webhooks: it knows which URLs may be called, and by which secrets calls are signed.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Who takes the tenant's messages of a channel away, whether or not this function has to do with it.
    ///
    /// # Errors
    /// 409 for a channel that is not sent, or that the tenant has no sender for.
    pub fn serving(
        &self,
        tenant: &Tenant,
        channel: Channel,
        transactional: bool,
    ) -> Result<ProviderName, Error> {
        let name = channel.sending().and_then(|channel| tenant.senders.provider(channel, transactional));
        name.ok_or_else(|| {
            Error::conflict(
                Conflict::ChannelNotConfigured,
                format!(
                    "{} has no sender for the channel {channel}; ask whoever runs this installation.",
                    tenant.name
                ),
            )
        })
    }

    /// Who a call of a webhook says it comes from; whether that is true, [`Provider::verify`] finds out.
    pub fn calling(&self, call: &WebhookCall<'_>) -> Option<&dyn Provider> {
        let all = self.all().map(|carrier| -> &dyn Provider { carrier });
        all.into_iter().find(|provider| provider.recognizes(call))
    }
}

/// A message ready to leave.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Whose, with its sender addresses and accounts.
    pub tenant: &'a Tenant,
    /// The message.
    pub interaction: &'a Interaction,
    /// Its rendered parts, fetched from wherever [`Interaction::content`] says.
    pub content: &'a Source,
    /// The files that go with it.
    pub attachments: &'a [File],
    /// Where the provider fetches the files that go with it instead, for a channel that is given addresses.
    pub media: &'a [String],
    /// The link by which its recipient unsubscribes with one click, if there is one.
    pub unsubscribe: Option<&'a str>,
    /// The Message-ID of the mail it answers, if it answers one.
    pub answers: Option<&'a str>,
    /// Where a webhook goes, and what signs it.
    pub destination: Option<&'a Destination>,
    /// What a webhook tells of, in place of words.
    pub telling: Option<&'a Telling>,
}

/// A file that goes with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What it is called if it is saved.
    pub name: String,
    /// What kind of file.
    pub media_type: MediaType,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Whoever calls our webhooks: to report what became of messages, to bring what borrowers wrote.
///
/// One that reports nothing, or brings nothing, leaves that part out.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Which it is.
    fn name(&self) -> ProviderName;

    /// Everything it may say of a message, and what that means, from the tables by which its adapter reads: what it says when
    /// a message is sent, then what it reports. If several fit, the first counts.
    fn mappings(&self) -> Vec<Mapping>;

    /// Which webhooks it calls; `None` if it calls nobody.
    fn calls(&self) -> Option<Calls> {
        None
    }

    /// Whether a call says, by the webhook it is made to and its headers, that it comes from this provider. No two say yes
    /// to one call.
    fn recognizes(&self, call: &WebhookCall<'_>) -> bool {
        self.calls().is_some_and(|calls| {
            calls.webhooks.contains(&call.webhook) && call.header(calls.header).is_some()
        })
    }

    /// Proves that a call comes from this provider and is about the tenant's account. Gives what it says, to be stored as
    /// it is and read later; `None` when there is nothing in it and everything was done that it asks for.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when it is not proven, others when that could not be found out now.
    async fn verify(&self, tenant: &Tenant, call: &WebhookCall<'_>) -> Result<Option<Vec<u8>>, Error> {
        let _ = (tenant, call);
        Err(Error::Unauthenticated)
    }

    /// The same in pieces, for a provider that reports of so many messages at once that they are not settled in one go:
    /// each is what [`Self::read`] reads.
    fn pieces(&self, body: String) -> Vec<String> {
        vec![body]
    }

    /// The events in a report about messages of the report's tenant, in the order they stand there. What is no news is
    /// left out, and so is what is news of another tenant with the same account.
    ///
    /// # Errors
    /// When it is not what this provider sends.
    fn read(&self, report: &RawReport) -> Result<Vec<DeliveryEvent>, Malformed> {
        Err(Malformed(format!("{} reports nothing", report.provider)))
    }

    /// Where in the bucket the mail lies that a call only tells of; `None` if the call has all of it.
    ///
    /// # Errors
    /// When it is not what this provider sends, or lies where the tenant's mail does not belong.
    fn lies_at(&self, raw: &RawInbound, body: &[u8]) -> Result<Option<String>, Malformed> {
        let _ = (raw, body);
        Ok(None)
    }

    /// What borrowers wrote. `mail` is what lay where [`Self::lies_at`] says.
    ///
    /// # Errors
    /// When it is not what this provider sends.
    async fn read_inbound(
        &self,
        raw: &RawInbound,
        body: &[u8],
        mail: Option<&[u8]>,
    ) -> Result<Vec<Inbound>, Malformed> {
        let _ = (body, mail);
        Err(Malformed(format!("{} brings nothing", raw.provider)))
    }

    /// Fetches a file that came as an [address](inbound::What::At) at the provider, with the credentials of the tenant's
    /// account.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not there any more, [`Error::TooLarge`] above `most` bytes, others when it cannot be
    /// had now.
    async fn fetch(&self, tenant: &Tenant, at: &Url, most: usize) -> Result<Vec<u8>, Error> {
        let _ = (tenant, most);
        Err(Error::Internal(format!("{} keeps no files: {}", self.name(), at.path()).into()))
    }
}

/// Takes messages of one channel away.
#[async_trait]
pub trait Carrier: Provider {
    /// Makes one attempt.
    async fn send(&self, message: &Outgoing<'_>) -> SendOutcome;

    /// Whether [`Self::find`] really asks: if it does not, a second attempt may be a second message.
    fn can_be_asked(&self) -> bool {
        false
    }

    /// Whether whoever gets a message knows by its id when it comes again, so that a second attempt is never a second message,
    /// whatever [`Self::find`] finds.
    fn knows_repeats(&self) -> bool {
        false
    }

    /// What the provider has, newest first, that could be this message, from attempts made at or after `since` whose answer
    /// was lost: nothing if it keeps no record that could be asked. Whether it is another message's own is for the caller
    /// to know; only if nothing is left, another attempt is permitted.
    ///
    /// # Errors
    /// Why the provider does not answer now either.
    async fn find(&self, message: &Outgoing<'_>, since: Timestamp) -> Result<Vec<Receipt>, String> {
        let _ = (message, since);
        Ok(Vec::new())
    }

    /// Asks the provider to give a message back that it took and has not passed on. Safe to repeat. Returns whether it did;
    /// if it keeps nothing that could be given back, it did not.
    ///
    /// # Errors
    /// When that could not be found out now.
    async fn recall(&self, tenant: &Tenant, reference: &str) -> Result<bool, Error> {
        let _ = (tenant, reference);
        Ok(false)
    }
}

/// Values kept outside the table: credentials of provider accounts.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The value of the secret with this name or ARN.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be read now, [`Error::Internal`] when there is none.
    async fn secret(&self, name: &str) -> Result<String, Error>;
}

/// How long a provider may keep a text in its own queue: what does not leave by then comes back, and is judged anew.
pub const TEXT_QUEUED: SignedDuration = SignedDuration::from_hours(4);

/// A refusal that taught nothing about the contact.
fn refusal(
    about: About,
    details: Option<StatusDetails>,
    reason: FailureReason,
    retry: Retry,
    description: impl Into<String>,
) -> Refusal {
    Refusal { details, ..Refusal::new(about, reason, retry, description) }
}

/// A webhook body that is not what its provider sends. The text is for logs and repeats nothing of the body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed: {0}")]
pub struct Malformed(pub String);

#[cfg(test)]
pub(crate) mod fixtures;

#[cfg(test)]
mod tests;
