//! What providers bring: read by then, it is put into the words of [`receive`], its files are kept, and it is received as
//! anything else that comes in.

use domain::{
    Error,
    heading::is_hidden,
    heard::Asks,
    id::{self, Id},
    interaction::{Enclosure, NewInteraction},
    person::BookAddress,
    tenant::{Tenant, TenantId},
    vocabulary::{Channel, InboundChannel, ProviderName, Theme},
};
use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use super::{
    answer,
    receive::{self, Brought, Came},
    returned,
};
use crate::{
    app::App,
    digest::digest,
    links::returns,
    mailbox::Address,
    needs::{Bodies, Need, SecretsOf},
    objects::Objects,
    providers::inbound::{Enclosed, Inbound, Keyword, What},
};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Keep(Bodies::Contents),
    Need::Secrets(SecretsOf::Providers),
    Need::All(receive::BROUGHT),
    Need::All(returned::NEEDS),
];

/// Bytes of a text, as JSON, that are shown; what came is kept whole beside it. With the others they are within what an
/// interaction may say (256 KB).
const MOST_TEXT: usize = 100_000;
/// The same of what it quotes.
const MOST_QUOTED: usize = 60_000;
/// The same of HTML. If there is more, the text says what it says.
const MOST_HTML: usize = 80_000;

/// Takes in something that a provider brought. Safe to repeat.
///
/// # Errors
/// Our own trouble: the provider's message must be brought again.
pub async fn take_in(
    app: &App,
    tenant: &TenantId,
    inbound: Inbound,
    received_at: Timestamp,
    trace_id: &str,
) -> Result<(), Error> {
    if returned::take_in(app, tenant, &inbound, received_at).await? {
        return Ok(());
    }
    let lender = app.lender(tenant).await?;
    let provider = inbound.provider;
    // Some mail programs give one Message-ID to several mails.
    let parts = [
        &inbound.reference,
        &inbound.from,
        inbound.subject_line.as_deref().unwrap_or_default(),
        &inbound.text,
    ];
    let id = Id::keyed(tenant.as_str(), &format!("inbound {provider}"), &digest(&parts));
    let channel = Channel::from(inbound.channel);
    let mut came = Came {
        person: None,
        from: from(&inbound),
        to: ours(&lender.tenant, &inbound),
        brought: Some(Brought {
            provider,
            reference: inbound.reference.clone(),
            is_automatic: inbound.automatic,
            is_proven: inbound.is_proven,
            done: inbound.keyword.map(|keyword| match keyword {
                Keyword::Stop => Asks::OptOut,
                Keyword::Start => Asks::OptIn,
                Keyword::Help => Asks::Help,
            }),
            answers: inbound.answers.clone(),
            names: named(&inbound),
            enclosures: Vec::new(),
        }),
    };
    let at = received_at.min(app.now());
    let new = NewInteraction::inbound(channel, Theme::InbUnknown, content(&inbound, &came), at);
    if !inbound.files.is_empty() {
        // What it asks must not wait for its files.
        receive::heed_first(app, &lender, &new, &came).await?;
        let enclosures = enclosures(app, &lender.tenant, provider, &id, &inbound.files).await?;
        came.brought = came.brought.map(|brought| Brought { enclosures, ..brought });
    }
    receive::receive(app, &lender, &id, new, came, trace_id).await.map(drop)
}

/// Where it came from; nothing if that is no address, such as a sender's name in letters.
fn from(inbound: &Inbound) -> Option<BookAddress> {
    match inbound.channel {
        InboundChannel::Email => BookAddress::email(&Address::parse(&inbound.from)?.address).ok(),
        // `whatsapp:+1…` is another network, on which no text goes back.
        InboundChannel::Sms if inbound.from.contains(':') => None,
        InboundChannel::Sms => BookAddress::phone(&inbound.from).ok(),
    }
}

/// The first of the addresses it came to that is one of the lender's; else the first.
fn ours(tenant: &Tenant, inbound: &Inbound) -> Option<String> {
    let bare = |text: &String| match inbound.channel {
        InboundChannel::Email => Address::parse(text).map(|address| address.address.to_lowercase()),
        InboundChannel::Sms => Some(text.clone()),
    };
    let known = answer::own(tenant);
    let all: Vec<String> = inbound.to.iter().filter_map(bare).collect();
    let plain = |address: &str| match (address.split_once('+'), address.rsplit_once('@')) {
        (Some((local, _)), Some((_, domain))) => format!("{local}@{domain}"),
        _ => address.to_owned(),
    };
    let own = all.iter().map(|address| plain(address)).find(|address| known.contains(address));
    own.or_else(|| all.into_iter().next())
}

/// The interaction that is named by a tag of an address it came to, or by a subject line of our own making
/// (`mailto:…?subject=unsubscribe%20IN-…`).
fn named(inbound: &Inbound) -> Option<Id<id::Interaction>> {
    let tags = inbound.to.iter().filter_map(|address| address.rsplit_once('@')?.0.split_once('+'));
    let of_tag = tags.filter_map(|(_, tag)| returns::claimed(tag)).next();
    let words = || inbound.subject_line.as_deref().unwrap_or_default().split_whitespace();
    of_tag.or_else(|| words().find_map(|word| word.parse().ok()))
}

fn content(inbound: &Inbound, came: &Came) -> Map<String, Value> {
    let html = inbound.html.as_ref().filter(|html| as_json(html) <= MOST_HTML);
    let members = [
        ("from", Some(inbound.from.chars().take(320).collect())),
        ("to", came.to.clone()),
        ("subjectLine", inbound.subject_line.as_ref().map(|line| line.chars().take(998).collect())),
        ("body", Some(shown(&inbound.text, MOST_TEXT))),
        ("quoted", inbound.quoted.as_ref().map(|text| shown(text, MOST_QUOTED))),
        ("bodyHtml", html.cloned()),
    ];
    let given = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    given.collect()
}

/// As much of a text as fits, without what controls how others are shown.
fn shown(text: &str, most: usize) -> String {
    let mut room = most;
    let is_shown = |c: &char| (!c.is_control() || matches!(c, '\n' | '\t')) && !is_hidden(*c);
    text.chars()
        .filter(is_shown)
        .take_while(|c| {
            let size = if matches!(c, '"' | '\\' | '\n' | '\t') { 2 } else { c.len_utf8() };
            let fits = size <= room;
            room = room.saturating_sub(size);
            fits
        })
        .collect()
}

/// Bytes of a text as JSON.
fn as_json(text: &str) -> usize {
    text.chars()
        .map(|c| if c.is_control() { 6 } else { c.len_utf8() + usize::from(matches!(c, '"' | '\\')) })
        .sum()
}

/// Keeps the files, as many and as large as are kept at all. Under the interaction they come with, so that they end with it.
async fn enclosures(
    app: &App,
    tenant: &Tenant,
    provider: ProviderName,
    id: &Id<id::Interaction>,
    files: &[Enclosed],
) -> Result<Vec<Enclosure>, Error> {
    let mut kept = Vec::new();
    let mut room = Enclosure::MOST_BYTES;
    for (at, file) in files.iter().enumerate() {
        let bytes = match &file.what {
            _ if at >= Enclosure::MOST => None,
            What::Bytes(bytes) => Some(bytes.clone()),
            What::At(url) => fetched(app, tenant, provider, url, room).await?,
        };
        let size = bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        let key = match bytes.filter(|_| size <= room) {
            Some(bytes) => {
                room -= size;
                let key = format!("{}enclosures/{at}", Objects::interaction_prefix(&tenant.id, id));
                app.objects.put(&key, bytes).await?;
                Some(key)
            }
            None => None,
        };
        let name = file.name.chars().take(150).collect();
        let media_type = file.media_type.chars().take(100).collect();
        kept.push(Enclosure { name, media_type, bytes: size, key });
    }
    Ok(kept)
}

/// A file that is at the provider; nothing if it is there no more, or is too large.
async fn fetched(
    app: &App,
    tenant: &Tenant,
    provider: ProviderName,
    url: &Url,
    room: u64,
) -> Result<Option<Vec<u8>>, Error> {
    let most = usize::try_from(room).unwrap_or(usize::MAX);
    match app.providers.named(provider)?.fetch(tenant, url, most).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_ours() => Err(error),
        Err(error) => {
            tracing::warn!(%error, "a file that came in cannot be had");
            Ok(None)
        }
    }
}
