//! 004 · Dispatch: a subject and a body to one recipient, by any channels at the same time. It shares its path with
//! [`send`](super::send), and is recognized by its body.

mod request;
mod results;

use domain::{
    Error,
    id::{self, Id, Ref},
    tenant::TenantId,
    vocabulary::{Channel, DispatchChannel, Role},
};
use futures::future::join_all;
use platform::{
    app::{App, Lender},
    http::Request,
    needs::{Items, Need},
    pipeline::fan_out::{self, Addressed, Fate, Recipient},
};
use tokio::time::Instant;

pub use self::{
    request::DispatchRequest,
    results::{ChannelResult, CommunicationBatchResponseDto, example_answer, example_refusal},
};
use self::{request::Mail, results::answer};
use crate::catalog::Answer;

/// Sends by all channels at the same time and waits for what becomes of it, up to ten seconds.
pub async fn handle(app: &App, request: &Request) -> Answer {
    if request.caller()?.role < Role::Admin {
        return Err(Error::Forbidden(Role::Admin));
    }
    let body: DispatchRequest = request.json_checked(DispatchRequest::check)?;
    let message = Message {
        lender: &*app.lender(request.tenant()?).await?,
        id: request.new_id(app)?,
        mail: body.mail().await?,
        body,
        until: fan_out::patience(),
        trace_id: &request.trace_id,
    };
    let each = message.body.channels.iter().map(|channel| async {
        let fate = message.send(app, *channel).await;
        (*channel, fate)
    });
    answer(join_all(each).await, &request.trace_id)
}

/// A message on all its channels.
struct Message<'a> {
    lender: &'a Lender,
    /// From which the id on each channel is derived.
    id: Id<id::Interaction>,
    body: DispatchRequest,
    mail: Option<Mail>,
    until: Instant,
    trace_id: &'a str,
}

impl Message<'_> {
    async fn send(&self, app: &App, channel: DispatchChannel) -> Result<Fate, Error> {
        let tenant = &self.lender.tenant.id;
        let Some(to) = recipient(app, tenant, &self.body, channel).await? else {
            return Ok(Fate::Ended("User not found".into()));
        };
        let addressed = Addressed {
            id: Id::keyed(tenant.as_str(), self.id.as_str(), channel.as_str()),
            channel: Channel::from(channel),
            to,
            content: self.body.content(channel, self.mail.as_ref()),
            trace_id: self.trace_id.to_owned(),
        };
        fan_out::send(app, self.lender, addressed, self.until).await
    }
}

/// Whom it goes to by a channel. `None` for a user who is not there.
async fn recipient(
    app: &App,
    tenant: &TenantId,
    body: &DispatchRequest,
    channel: DispatchChannel,
) -> Result<Option<Recipient>, Error> {
    let given = body.recipient(channel).unwrap_or_default();
    match channel {
        DispatchChannel::Email | DispatchChannel::Sms | DispatchChannel::Push | DispatchChannel::Webhook => {
            Ok(Some(Recipient::Address(given.to_owned())))
        }
        DispatchChannel::InApp => {
            // A word that is no id of ours is the lender's own.
            let named = given.parse::<Ref<id::Person>>().or_else(|_| format!("ext-{given}").parse());
            let Ok(named) = named else { return Ok(None) };
            let known = app.store.find_person(tenant, &named.resolve(tenant.as_str())).await?;
            Ok(known.map(|known| Recipient::Person(Box::new(known))))
        }
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::People), Need::All(fan_out::NEEDS)];
