//! Unsubscribing by the link in a message: of which message, what is wanted, and what became of it. Whose click it was,
//! nobody can tell: it holds for everybody who has the address.

use std::str::FromStr;

use domain::{
    Error,
    id::{self, Kind},
    interaction::Interaction,
    person::{BookAddress, ConsentStatus, Person, Reach, Wish},
    tenant::TenantId,
    vocabulary::SendingChannel,
};
use jiff::Timestamp;

use super::{
    heed::{self, holders},
    strangers,
};
use crate::{
    app::App,
    links,
    needs::{Items, Need},
    race::Race,
};

/// How consent records name the link.
pub const SOURCE: &str = "unsubscribe link";

/// A message that its recipient opened the link of.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// The message.
    pub message: Interaction,
    /// Where it went.
    pub address: BookAddress,
}

/// What whoever opened the link wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// No more messages to this address on this channel.
    Channel,
    /// No more messages.
    Everything,
    /// These messages again.
    Again,
}

impl FromStr for Choice {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "channel" => Ok(Self::Channel),
            "all" => Ok(Self::Everything),
            "again" => Ok(Self::Again),
            _ => Err(()),
        }
    }
}

/// What [`open`] needs of AWS.
pub const OPEN: &[Need] = &[Need::All(links::NEEDS), Need::Read(Items::Interactions)];

/// What [`wish`] needs of AWS.
pub const WISH: &[Need] =
    &[Need::All(heed::NEEDS), Need::Read(Items::Interactions), Need::Write(Items::Interactions)];

/// The message that a link is about.
///
/// # Errors
/// [`Error::NotFound`] for a link that is none, and for one of a message that was erased.
pub async fn open(app: &App, tenant: &str, token: &str) -> Result<Opened, Error> {
    let unknown = || Error::not_found(id::Interaction::NAME, "with this link");
    let tenant: TenantId = tenant.parse().map_err(|_| unknown())?;
    let id = app.links.read(&tenant, token).await?;
    let message = app.store.interaction(&tenant, &id).await?;
    let address = match message.channel.sending() {
        Some(SendingChannel::Email) => BookAddress::email(&message.to),
        Some(SendingChannel::Text) => BookAddress::phone(&message.to),
        Some(SendingChannel::Mail | SendingChannel::Gui | SendingChannel::Push | SendingChannel::Webhook)
        | None => return Err(unknown()),
    };
    // Of an erased message the address is gone.
    Ok(Opened { address: address.map_err(|_| unknown())?, message })
}

/// Does what is wanted; done again, it changes nothing. `wording` is what the recipient chose, as they read it. Returns
/// whether it is as they want it now: what was said elsewhere is not taken back from here.
///
/// # Errors
/// [`Error::Unavailable`]: then it is to be asked for again.
pub async fn wish(app: &App, opened: &Opened, choice: Choice, wording: &str) -> Result<bool, Error> {
    let Opened { message, address } = opened;
    let channel = message.channel;
    let wish = Wish {
        wording: Some(wording.to_owned()),
        ..Wish::opt_out(address.clone(), channel, app.now(), SOURCE)
    };
    match choice {
        Choice::Channel => refuse(app, opened, &wish).await.map(|()| true),
        Choice::Everything => {
            let wish = Wish { reach: Reach::Everything(message.person_id.clone()), ..wish };
            refuse(app, opened, &wish).await.map(|()| true)
        }
        Choice::Again => again(app, opened, &Wish { status: ConsentStatus::Consented, ..wish }).await,
    }
}

async fn refuse(app: &App, opened: &Opened, wish: &Wish) -> Result<(), Error> {
    let tenant = &opened.message.tenant;
    let told = heed::heed(app, tenant, wish).await?;
    note(app, &opened.message, wish.at).await?;
    // Whoever it went to may have another address by now, and wants no message there either.
    let Reach::Everything(Some(person)) = &wish.reach else { return Ok(()) };
    if told.iter().all(|known| known.person.id != *person)
        && let Some(known) = app.store.find_person(tenant, person).await?
    {
        heed::tell(app, tenant, vec![known], |person| person.heed(wish)).await?;
    }
    Ok(())
}

/// Keeps with the message that its recipient refused to have more, for who is told what becomes of messages.
async fn note(app: &App, message: &Interaction, at: Timestamp) -> Result<(), Error> {
    let (mut message, mut race) = (message.clone(), Race::begin());
    while message.erased_at.is_none() && message.opts_out(at) {
        if app.store.save_interaction(&mut message).await? {
            break;
        }
        race.lost(format!("message {}", message.id)).await?;
        message = app.store.interaction(&message.tenant, &message.id).await?;
    }
    Ok(())
}

async fn again(app: &App, opened: &Opened, wish: &Wish) -> Result<bool, Error> {
    let Opened { message, address } = opened;
    let tenant = &message.tenant;
    strangers::tell(app, tenant, address, |stranger| stranger.take_back(wish)).await?;
    let holders = holders(app, tenant, address).await?;
    heed::tell(app, tenant, holders, |person| person.take_back(wish)).await?;
    is_wanted(app, opened).await
}

/// Whether messages such as this one may still be wanted at its address: nobody who has it opted out there.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn is_wanted(app: &App, opened: &Opened) -> Result<bool, Error> {
    let Opened { message, address } = opened;
    let holders = holders(app, &message.tenant, address).await?;
    let mut people: Vec<Person> = holders.into_iter().map(|known| known.person).collect();
    if people.is_empty() {
        people.extend(app.store.stranger(&message.tenant, address).await?.map(|stranger| stranger.person));
    }
    Ok(people.iter().all(|person| {
        let mut contacts = person.contacts.iter().filter(|of| BookAddress::of(of).as_ref() == Some(address));
        !person.communication_preference.opted_out.contains(&message.channel)
            && contacts.all(|contact| person.consent_revoked(message.channel, Some(&contact.id)).is_none())
    }))
}
