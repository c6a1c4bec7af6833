//! The best words for a subject: by which channel if the caller leaves that open, in which language, for which product.

use std::{collections::BTreeSet, sync::Arc};

use domain::{
    Error,
    error::Conflict,
    id::Id,
    person::{ContactType, Person},
    template::{self, Descriptor, DescriptorStatus, Fallback, Source, Version, VersionStatus},
    tenant::Tenant,
    vocabulary::{Channel, KnownSubject, SendingChannel, Subject},
};
use jiff::Timestamp;
use rendering::builtin::{self, Starter};

use super::resolve::{Chosen, Matter, usable};
use crate::{
    app::App,
    digest::digest,
    needs::{Items, List, Need},
    store::templates::Template,
};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::List(List::Candidates),
    Need::Read(Items::Templates),
    Need::Read(Items::Versions),
];

/// The best template for a subject, on this channel or on the one the person likes best of those that can be used.
///
/// # Errors
/// [`Conflict::TemplateDisabled`] if all there is is disabled, [`Conflict::NoTemplate`] if there is none,
/// [`Conflict::ChannelNotConfigured`] if the choice is ours and the tenant sends nothing.
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

/// The channels the tenant sends to people by, the person's preferred one first.
fn by_preference(tenant: &Tenant, person: &Person) -> impl Iterator<Item = Channel> {
    let sends = |channel: &SendingChannel| tenant.senders.provider(*channel, true).is_some();
    let all = SendingChannel::ALL.iter().copied().filter(sends).map(Channel::from);
    let mut channels: Vec<Channel> = all.filter(|channel| channel.reaches_person()).collect();
    let preferred = person.communication_preference.preferred;
    channels.sort_by_key(|channel| Some(*channel) != preferred);
    channels.into_iter()
}

/// Whether a channel has a contact of the person's, the one that is named if one is, or needs none; and the person wants
/// it.
fn reaches(channel: Channel, person: &Person, matter: &Matter<'_>) -> bool {
    let of_kind = |kind| matter.contact.filter(|contact| Some(contact.contact_type) == kind);
    let kind = ContactType::for_channel(channel);
    let contact = match matter.contact {
        Some(_) => of_kind(kind),
        None => person.select_contact(channel),
    };
    let needs_none = kind.is_none() && matter.contact.is_none();
    !person.communication_preference.opted_out.contains(&channel)
        && (needs_none || contact.is_some())
        && person.consent_revoked(channel, contact.map(|contact| &contact.id)).is_none()
}

/// The same on one channel.
async fn on_channel(
    app: &App,
    tenant: &Tenant,
    subject: &Subject,
    channel: Channel,
    person: &Person,
    matter: &Matter<'_>,
) -> Result<Chosen, Error> {
    let product = matter.loans.first().and_then(|loan| loan.product_id.as_deref());
    in_language(app, tenant, subject, channel, person.language.as_deref(), product).await
}

/// The best template for a subject on a channel in a language, which is the lender's if none is named. If the lender
/// has none of its own, ours for subjects that have one.
///
/// # Errors
/// [`Conflict::TemplateDisabled`] if all there is is disabled, [`Conflict::NoTemplate`] if there is none.
pub async fn in_language(
    app: &App,
    tenant: &Tenant,
    subject: &Subject,
    channel: Channel,
    language: Option<&str>,
    product: Option<&str>,
) -> Result<Chosen, Error> {
    let candidates = app.candidates(&tenant.id, subject, channel).await?;
    let default = &tenant.settings.language;
    let language = language.unwrap_or(default);
    if let Some(selected) = template::select(&candidates, language, default, product) {
        let template = app.template(&tenant.id, &selected.descriptor.id).await?;
        let version = usable(&template, channel)?.clone();
        return Ok(Chosen { template, version, fallbacks: selected.fallbacks, is_built_in: false });
    }
    let is_live = |descriptor: &Descriptor| descriptor.status != DescriptorStatus::Archived;
    let ours = match candidates.iter().any(is_live) {
        true => None,
        false => built_in(tenant, subject, channel, [language, default]),
    };
    ours.ok_or_else(|| none_fits(&candidates, subject, channel, language, default))
}

/// Our own wording, in the first of these languages it is in, else in English: for what Postrider sends by itself.
pub(super) fn built_in(
    tenant: &Tenant,
    subject: &Subject,
    channel: Channel,
    languages: [&str; 2],
) -> Option<Chosen> {
    const OURS: [KnownSubject; 4] = [
        KnownSubject::FreeFormBranded,
        KnownSubject::ConfirmationCode,
        KnownSubject::ElectronicConsentOptOut,
        KnownSubject::UnmonitoredEmailAddress,
    ];
    if !OURS.iter().any(|ours| *subject == Subject::from(*ours)) {
        return None;
    }
    let all: Vec<Starter> = builtin::starters()
        .filter(|starter| starter.subject == *subject && starter.channel == channel)
        .collect();
    let in_this = |language: &str| all.iter().find(|starter| starter.language == language);
    let starter = languages.into_iter().find_map(in_this).or_else(|| in_this("en"))?;
    let fallbacks = if starter.language == languages[0] { Vec::new() } else { vec![Fallback::Language] };
    let name = format!("{subject} {channel} {}", starter.language);
    let words = Words { name: starter.name, language: starter.language, source: starter.source.clone() };
    let made = no_template(tenant, subject.clone(), channel, &name, words);
    Some(Chosen { fallbacks, ..made })
}

/// Words that are no template of the lender's, in this language.
pub(super) fn free(
    tenant: &Tenant,
    subject: Subject,
    channel: Channel,
    language: &str,
    source: Source,
) -> Chosen {
    let parts = [&source.subject_line, &source.content_text, &source.content_html];
    let [line, text, html] = parts.map(|part| part.as_deref().unwrap_or_default());
    let name = digest(&[language, line, text, html]);
    let words = Words { name: subject.as_str(), language, source };
    no_template(tenant, subject.clone(), channel, &name, words)
}

/// No words at all, if what a message carries is all there is to send.
pub fn unworded(tenant: &Tenant, subject: Subject, channel: Channel) -> Chosen {
    free(tenant, subject, channel, &tenant.settings.language, Source::default())
}

struct Words<'a> {
    name: &'a str,
    language: &'a str,
    source: Source,
}

/// Words that stand in no template of the lender's, under ids that say what they are. They are compiled with the lender's
/// shared templates, so that each lender's are others.
fn no_template(tenant: &Tenant, subject: Subject, channel: Channel, name: &str, words: Words<'_>) -> Chosen {
    let (descriptor_id, version_id) = (
        Id::keyed(tenant.id.as_str(), "built-in template", name),
        Id::keyed(tenant.id.as_str(), "built-in version", name),
    );
    let version = Arc::new(Version {
        id: version_id.clone(),
        descriptor_id: descriptor_id.clone(),
        number: 1,
        status: VersionStatus::Active,
        source: words.source,
        shared: BTreeSet::new(),
        shared_revision: 0,
        revision: 0,
        created_at: Timestamp::UNIX_EPOCH,
        created_by: "Postrider".into(),
    });
    let descriptor = Descriptor {
        id: descriptor_id,
        external_id: None,
        name: words.name.to_owned(),
        subject,
        channel,
        language: words.language.to_owned(),
        product_id: None,
        sensitive: false,
        status: DescriptorStatus::Enabled,
        active_version_id: Some(version_id),
        versions: 1,
        revision: 0,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    };
    let template = Arc::new(Template { descriptor, active: Some(version.clone()) });
    Chosen { template, version, fallbacks: Vec::new(), is_built_in: true }
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
        let detail =
            format!("The template for {subject} on the channel {channel} is disabled; enable it first.");
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
