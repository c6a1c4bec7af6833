//! The best words for a subject: by which channel where the caller leaves that open, in which language, for which product.

use domain::{
    Error,
    error::Conflict,
    person::{ContactType, Person},
    template::{self, Descriptor, DescriptorStatus},
    tenant::Tenant,
    vocabulary::{Channel, SendingChannel, Subject},
};

use super::resolve::{Chosen, Matter, usable};
use crate::app::App;

/// The best template for a subject, on this channel or on the one the person likes best of those that can be used.
///
/// # Errors
/// [`Conflict::TemplateDisabled`] where all there is is disabled, [`Conflict::NoTemplate`] where there is none,
/// [`Conflict::ChannelNotConfigured`] where the choice is ours and the tenant sends nothing.
pub(super) async fn best(
    app: &App,
    tenant: &Tenant,
    subject: &Subject,
    channel: Option<Channel>,
    person: &Person,
    matter: &Matter<'_>,
) -> Result<Chosen, Error> {
    if let Some(channel) = channel {
        return on_channel(app, tenant, subject, channel, person, matter).await;
    }
    let (reachable, others): (Vec<Channel>, Vec<Channel>) =
        by_preference(tenant, person).partition(|channel| reaches(*channel, person, matter));
    let mut refusal = None;
    // Where none reaches the person, the guard says of the first why not.
    for channel in reachable.into_iter().chain(others) {
        match on_channel(app, tenant, subject, channel, person, matter).await {
            Err(error @ Error::Conflict { .. }) => refusal = refusal.or(Some(error)),
            found => return found,
        }
    }
    Err(refusal.unwrap_or_else(|| {
        let detail = format!("{} sends by no channel yet; ask whoever runs this installation.", tenant.name);
        Error::conflict(Conflict::ChannelNotConfigured, detail)
    }))
}

/// The channels the tenant sends by, the person's preferred one first.
fn by_preference(tenant: &Tenant, person: &Person) -> impl Iterator<Item = Channel> {
    let sends = |channel: &SendingChannel| tenant.senders.provider(*channel, true).is_some();
    let mut channels: Vec<Channel> =
        SendingChannel::ALL.iter().copied().filter(sends).map(Channel::from).collect();
    let preferred = person.communication_preference.preferred;
    channels.sort_by_key(|channel| Some(*channel) != preferred);
    channels.into_iter()
}

/// Whether a channel has a contact of the person's, the one that is named where one is, and the person wants it.
fn reaches(channel: Channel, person: &Person, matter: &Matter<'_>) -> bool {
    let of_kind = |kind| matter.contact.filter(|contact| Some(contact.contact_type) == kind);
    let contact = match (matter.contact, ContactType::for_channel(channel)) {
        (Some(_), kind) => of_kind(kind),
        (None, _) => person.select_contact(channel),
    };
    !person.communication_preference.opted_out.contains(&channel)
        && contact.is_some_and(|contact| person.consent_revoked(channel, Some(&contact.id)).is_none())
}

/// The best template for a subject on a channel.
///
/// # Errors
/// [`Conflict::TemplateDisabled`] where all there is is disabled, [`Conflict::NoTemplate`] where there is none.
async fn on_channel(
    app: &App,
    tenant: &Tenant,
    subject: &Subject,
    channel: Channel,
    person: &Person,
    matter: &Matter<'_>,
) -> Result<Chosen, Error> {
    let candidates = app.candidates(&tenant.id, subject, channel).await?;
    let default = &tenant.settings.language;
    let language = person.language.as_ref().unwrap_or(default);
    let product = matter.loans.first().and_then(|loan| loan.product_id.as_deref());
    let Some(selected) = template::select(&candidates, language, default, product) else {
        return Err(none_fits(&candidates, subject, channel, language, default));
    };
    let template = app.template(&tenant.id, &selected.descriptor.id).await?;
    let version = usable(&template, channel)?.clone();
    Ok(Chosen { template, version, fallbacks: selected.fallbacks })
}

fn none_fits(
    candidates: &[Descriptor],
    subject: &Subject,
    channel: Channel,
    language: &str,
    default: &str,
) -> Error {
    let live = |descriptor: &&Descriptor| descriptor.status != DescriptorStatus::Archived;
    let disabled = |descriptor: &Descriptor| descriptor.status == DescriptorStatus::Disabled;
    let mut live = candidates.iter().filter(live).peekable();
    if live.peek().is_some() && live.all(disabled) {
        let detail = format!("The template for {subject} on the channel {channel} is disabled.");
        return Error::conflict(Conflict::TemplateDisabled, detail);
    }
    let languages =
        if language == default { language.to_owned() } else { format!("{language} or {default}") };
    Error::conflict(
        Conflict::NoTemplate,
        format!(
            "There is no enabled template with an active version for {subject} on the channel {channel} in {languages}, \
             for this loan's product or for all; create one or activate a version."
        ),
    )
}
