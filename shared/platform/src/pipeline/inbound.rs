//! What providers bring: read by then, it is put into the words of [`receive`], its files are kept, and it is received as
//! anything else that comes in.

use domain::{
    Error,
    heard::Asks,
    id::{self, Id},
    interaction::{Enclosure, NewInteraction},
    person::BookAddress,
    tenant::{Tenant, TenantId},
    vocabulary::{Channel, ProviderName, SendingChannel, Theme},
};
use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use super::{
    answer,
    receive::{self, Brought, Came},
};
use crate::{
    app::App,
    digest::digest,
    mailbox::Address,
    needs::{Bodies, Need, SecretsOf},
    objects::Objects,
    providers::inbound::{Enclosed, Inbound, Keyword, What},
};

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Keep(Bodies::Contents), Need::Secrets(SecretsOf::Providers), Need::All(receive::BROUGHT)];

/// Characters of a text that are shown; what came is kept whole beside it.
const MOST_TEXT: usize = 60_000;
/// Bytes of HTML that are shown. Where there is more, the text says what it says.
const MOST_HTML: usize = 60_000;

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
    let lender = app.lender(tenant).await?;
    let provider = inbound.provider;
    // Some mail programs give one Message-ID to several mails.
    let said = [
        &inbound.reference,
        &inbound.from,
        inbound.subject_line.as_deref().unwrap_or_default(),
        &inbound.text,
    ];
    let id = Id::keyed(tenant.as_str(), &format!("inbound {provider}"), &digest(&said));
    let channel = Channel::from(inbound.channel);
    let came = Came {
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
            enclosures: enclosures(app, &lender.tenant, provider, &id, &inbound.files).await?,
        }),
    };
    let at = received_at.min(app.now());
    let said = NewInteraction::inbound(channel, Theme::InbUnknown, content(&inbound, &came), at);
    receive::receive(app, &lender, &id, said, came, trace_id).await.map(drop)
}

/// Where it came from; nothing where that is no address, such as a sender's name in letters.
fn from(inbound: &Inbound) -> Option<BookAddress> {
    match inbound.channel {
        SendingChannel::Email => BookAddress::email(&Address::parse(&inbound.from)?.address).ok(),
        SendingChannel::Text => BookAddress::phone(&inbound.from).ok(),
    }
}

/// The first of the addresses it came to that is one of the lender's; else the first.
fn ours(tenant: &Tenant, inbound: &Inbound) -> Option<String> {
    let bare = |text: &String| match inbound.channel {
        SendingChannel::Email => Address::parse(text).map(|address| address.address.to_lowercase()),
        SendingChannel::Text => Some(text.clone()),
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
    let of_tag = tags.filter_map(|(_, tag)| tag.to_uppercase().parse().ok()).next();
    let words = || inbound.subject_line.as_deref().unwrap_or_default().split_whitespace();
    of_tag.or_else(|| words().find_map(|word| word.parse().ok()))
}

fn content(inbound: &Inbound, came: &Came) -> Map<String, Value> {
    let shorten = |text: &String| text.chars().take(MOST_TEXT).collect::<String>();
    let html = inbound.html.as_ref().filter(|html| html.len() <= MOST_HTML);
    let members = [
        ("from", Some(inbound.from.chars().take(320).collect())),
        ("to", came.to.clone()),
        ("subjectLine", inbound.subject_line.as_ref().map(|line| line.chars().take(998).collect())),
        ("body", Some(shorten(&inbound.text))),
        ("quoted", inbound.quoted.as_ref().map(shorten)),
        ("bodyHtml", html.cloned()),
    ];
    let given = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    given.collect()
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
    for (at, file) in files.iter().take(Enclosure::MOST).enumerate() {
        let bytes = match &file.what {
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

/// A file that is at the provider; nothing where it is there no more, or is too large.
async fn fetched(
    app: &App,
    tenant: &Tenant,
    provider: ProviderName,
    url: &Url,
    room: u64,
) -> Result<Option<Vec<u8>>, Error> {
    let most = usize::try_from(room).unwrap_or(usize::MAX);
    match app.providers.named(provider).fetch(tenant, url, most).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_ours() => Err(error),
        Err(error) => {
            tracing::warn!(%error, "a file that came in cannot be had");
            Ok(None)
        }
    }
}
