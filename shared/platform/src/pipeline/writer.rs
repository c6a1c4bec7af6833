//! The one writer of interactions with their places in their persons' ledgers: new, moved on, ended, and what was
//! learned by them. Everything else in the pipeline decides; this writes, and decides nothing.

use domain::{
    Error,
    delivery::ContactEffect,
    error::Conflict,
    id::{self, ExternalId, Id},
    interaction::Interaction,
    ledger::{Ledger, Outcome},
    person::{BookAddress, Wish},
    tenant::TenantId,
};
use jiff::Timestamp;

use super::heed;
use crate::{
    app::App,
    needs::{Items, Need},
    race::{Race, Turn},
    store::{
        interactions::{Beside, Stored, Taken, Unbound},
        people::Known,
    },
};

/// Interactions written together: with all they keep, they fit into one transaction of DynamoDB's, which has 4 MB.
pub const TOGETHER: usize = 25;

/// What writing a new message with its place in the ledger needs of AWS.
pub const NEW: &[Need] = &[
    Need::Read(Items::Interactions),
    Need::Read(Items::People),
    Need::Write(Items::Interactions),
    Need::Write(Items::People),
];

/// The same for one that moves on.
pub const NEEDS: &[Need] = &[Need::All(NEW)];

/// The same with what became of it at a provider, which teaches about its contact.
pub const LEARN: &[Need] = &[Need::All(NEEDS), Need::All(heed::NEEDS)];

/// What became of an interaction that was to be stored.
pub enum New {
    /// It is stored, with its place in the ledger.
    Stored,
    /// One with its id was there already: the request is a repetition.
    Existing(Box<Interaction>),
    /// The person changed meanwhile: decide again.
    Again {
        /// To this.
        known: Box<Known>,
        /// Whether the message is stored all the same, and waits for its place in the ledger.
        kept: bool,
    },
}

/// The answer to an interaction that exists already: the same as before when the request was sent again, a refusal when
/// the lender named another so (001: "subsequent attempts with the same external ID will be blocked").
///
/// # Errors
/// [`Conflict::DuplicateExternalId`].
pub fn repeated(external_id: Option<&ExternalId>, existing: Interaction) -> Result<Interaction, Error> {
    match external_id {
        None => Ok(existing),
        Some(external) => Err(Error::conflict(
            Conflict::DuplicateExternalId,
            format!("Another interaction has the external id {} already.", external.as_str()),
        )),
    }
}

/// A person read again, since something about the person changed.
///
/// # Errors
/// [`Conflict::PersonErased`].
pub async fn again(app: &App, tenant: &TenantId, person: &Id<id::Person>) -> Result<Known, Error> {
    let known = app.store.find_person(tenant, person).await?;
    known.ok_or_else(|| {
        Error::conflict(Conflict::PersonErased, "The person was erased while the message was being accepted.")
    })
}

/// Waits until it is our turn to write into a person's ledger, among those who would in this process.
///
/// # Errors
/// [`Error::Unavailable`] when too many stand before us.
pub async fn turn(
    app: &App,
    interaction: &Interaction,
    person: &Id<id::Person>,
    race: &mut Race,
) -> Result<Turn<Known>, Error> {
    race.turn(&app.ledgers, ledger(interaction, person), format!("person {person}")).await
}

/// The same behind those whom somebody waits for. It changes the ledger in place, so that whoever is next reads it again.
async fn give_way(
    app: &App,
    interaction: &Interaction,
    person: &Id<id::Person>,
    race: &mut Race,
) -> Result<Turn<Known>, Error> {
    let what = format!("person {person}");
    let mut turn = race.give_way(&app.ledgers, ledger(interaction, person), what).await?;
    turn.take();
    Ok(turn)
}

/// Whose ledger it is that one stands in line for.
fn ledger(interaction: &Interaction, person: &Id<id::Person>) -> (TenantId, Id<id::Person>) {
    (interaction.tenant.clone(), person.clone())
}

/// Stores an interaction with its place in the ledger of its person, whose version was `before` when it was read, and with
/// what is written beside it; all or nothing.
///
/// # Errors
/// [`Error::Unavailable`] when the person never rests.
pub async fn new(
    app: &App,
    interaction: &Interaction,
    beside: Beside<'_>,
    ledger: &mut Ledger,
    before: u64,
    race: &mut Race,
) -> Result<New, Error> {
    match app.store.accept(interaction, ledger, before, beside).await? {
        Stored::New => Ok(New::Stored),
        Stored::Existing(existing) => Ok(New::Existing(existing)),
        Stored::PersonChanged { kept } => {
            let person = interaction.person_id.as_ref();
            let person = person.ok_or_else(|| Error::Internal("nobody's ledger changed".into()))?;
            race.lost(format!("person {person}")).await?;
            let known = Box::new(again(app, &interaction.tenant, person).await?);
            Ok(New::Again { known, kept })
        }
    }
}

/// Stores an interaction with nobody we know, which has a place in no ledger, and what is written beside it. Returns the
/// one that has its id already, if there is one.
pub async fn unbound(
    app: &App,
    interaction: &Interaction,
    beside: Beside<'_>,
) -> Result<Option<Interaction>, Error> {
    let mut race = Race::begin();
    loop {
        match app.store.accept_unbound(interaction, beside).await? {
            Unbound::Stored => return Ok(None),
            Unbound::Existing(existing) => return Ok(Some(*existing)),
            Unbound::Busy => race.lost(format!("interaction {}", interaction.id)).await?,
        }
    }
}

/// Writes an interaction that moved on, and its place in the ledger if that is no longer as `before`. Returns whether
/// it was written: not if somebody else moved it meanwhile.
pub async fn moved(
    app: &App,
    interaction: &mut Interaction,
    before: Option<(Timestamp, Outcome)>,
    race: &mut Race,
) -> Result<bool, Error> {
    if interaction.person_id.is_none() || interaction.place() == before {
        app.store.save_interaction(interaction).await
    } else {
        settled(app, interaction, race).await
    }
}

/// Takes a message for sending, if it did not move, and if the person did not change since the guard decided, as far as a
/// look at the ledger just before tells. Limits count from when a message leaves: if its entry says otherwise, that changes.
pub async fn taken(app: &App, leased: &mut Interaction) -> Result<Taken, Error> {
    let Some(person) = leased.person_id.clone() else { return written(app, leased).await };
    let (tenant, now) = (leased.tenant.clone(), leased.takes_place_at());
    let ledger = app.store.latest_contacts(&tenant, &person).await?;
    if ledger.version != leased.ledger_version || !ledger.contacts.contains_key(&leased.id) {
        return Ok(Taken::PersonChanged);
    }
    if ledger.says(&leased.id, now) {
        return written(app, leased).await;
    }
    let _turn = give_way(app, leased, &person, &mut Race::begin()).await?;
    let Some(Known { mut ledger, .. }) = app.store.find_person(&tenant, &person).await? else {
        return Ok(Taken::PersonChanged);
    };
    let before = ledger.version;
    if before != leased.ledger_version {
        return Ok(Taken::PersonChanged);
    }
    ledger.settle(leased.place().map(|place| (&leased.id, place)));
    leased.ledger_version = ledger.version;
    app.store.save_with_ledger(leased, &mut ledger, before).await
}

/// Writes a message taken for sending, whose entry in the ledger stays as it is.
pub async fn written(app: &App, leased: &mut Interaction) -> Result<Taken, Error> {
    Ok(if app.store.save_interaction(leased).await? { Taken::Ours } else { Taken::Moved })
}

/// Writes an interaction with the ledger that has its new place, whose version was `before` when it was read; both or
/// neither.
pub async fn placed(
    app: &App,
    interaction: &mut Interaction,
    ledger: &mut Ledger,
    before: u64,
) -> Result<Taken, Error> {
    app.store.save_with_ledger(interaction, ledger, before).await
}

/// The same for several interactions of one person, at most [`TOGETHER`]; all or nothing.
pub async fn placed_together(
    app: &App,
    interactions: &mut [Interaction],
    ledger: &mut Ledger,
    before: u64,
) -> Result<Taken, Error> {
    app.store.save_all_with_ledger(interactions, ledger, before).await
}

/// Keeps the record of a message the guard refused, which has no place in any ledger. Safe to repeat.
pub async fn refused(app: &App, record: &Interaction) -> Result<(), Error> {
    app.store.keep_refusal(record).await
}

/// Writes the end of a message that was not sent, with what that means to its place in the ledger, and keeps what was
/// learned. If an event from the provider overtook us, what that recorded is kept.
pub async fn ended(
    app: &App,
    interaction: &mut Interaction,
    effect: Option<ContactEffect>,
) -> Result<(), Error> {
    let mut race = Race::begin();
    learned(app, interaction, effect, app.now(), &mut race).await?;
    let written = settled(app, interaction, &mut race).await?;
    overtaken(interaction, written);
    Ok(())
}

/// Writes a message whose place in the ledger stays as it is. Returns whether it was written: not if an event from the
/// provider overtook us.
pub async fn noted(app: &App, interaction: &mut Interaction) -> Result<bool, Error> {
    let written = app.store.save_interaction(interaction).await?;
    overtaken(interaction, written);
    Ok(written)
}

fn overtaken(interaction: &Interaction, written: bool) {
    if !written {
        tracing::info!(interaction = %interaction.id, "overtaken by a delivery event");
    }
}

/// Writes the interaction, and how far it got into the ledger. If the ledger has no entry of it (any more), it gets one.
/// Returns whether it was written: not if somebody else moved it meanwhile.
async fn settled(app: &App, interaction: &mut Interaction, race: &mut Race) -> Result<bool, Error> {
    let Some(person) = interaction.person_id.clone() else {
        return app.store.save_interaction(interaction).await;
    };
    let _turn = give_way(app, interaction, &person, race).await?;
    loop {
        let known = app.store.find_person(&interaction.tenant, &person).await?;
        // Of an erased person there is no ledger to write it in.
        let Some(Known { mut ledger, .. }) = known else {
            return app.store.save_interaction(interaction).await;
        };
        let before = ledger.version;
        match (interaction.place(), ledger.contacts.contains_key(&interaction.id)) {
            (Some(place), true) => ledger.settle([(&interaction.id, place)]),
            (Some(_), false) => match interaction.entry_anew() {
                Some(entry) => ledger.enter(interaction.id.clone(), entry, interaction.updated_at),
                None => return app.store.save_interaction(interaction).await,
            },
            (None, true) => ledger.strike(&interaction.id),
            (None, false) => return app.store.save_interaction(interaction).await,
        }
        match app.store.save_with_ledger(interaction, &mut ledger, before).await? {
            Taken::Ours => return Ok(true),
            // Or two transactions met on it and neither moved it.
            Taken::Moved => {
                let stored = app.store.interaction(&interaction.tenant, &interaction.id).await?;
                if stored.revision != interaction.revision {
                    return Ok(false);
                }
            }
            Taken::PersonChanged => {}
        }
        race.lost(format!("person {person}")).await?;
    }
}

/// Keeps what a delivery taught us about the contact it went to; an opt-out with everybody who has the address. Safe to
/// repeat.
pub async fn learned(
    app: &App,
    interaction: &Interaction,
    effect: Option<ContactEffect>,
    at: Timestamp,
    race: &mut Race,
) -> Result<(), Error> {
    let Some(effect) = effect else { return Ok(()) };
    let source = interaction.provider.as_deref().unwrap_or("provider");
    let address = BookAddress::on(interaction.channel, &interaction.to);
    if let (ContactEffect::OptedOut, Some(address)) = (effect, address) {
        let wish = Wish::opt_out(address, interaction.channel, at, source);
        return heed::heed(app, &interaction.tenant, &wish).await.map(drop);
    }
    let Some(id) = &interaction.person_id else { return Ok(()) };
    loop {
        let Some(known) = app.store.find_person(&interaction.tenant, id).await? else { return Ok(()) };
        let mut person = known.person.clone();
        let contact = person.contact_at(interaction.contact_id.as_ref(), &interaction.to);
        let Some(contact) = contact.map(|contact| contact.id.clone()) else { return Ok(()) };
        if !person.learn(&contact, interaction.channel, effect, source, at) {
            return Ok(());
        }
        match app.store.save_person(&interaction.tenant, &person, Some(&known)).await {
            Err(error) if error.is_edit_conflict() => {
                race.lost(format!("person {id}")).await?;
            }
            done => return done.map(drop),
        }
    }
}
