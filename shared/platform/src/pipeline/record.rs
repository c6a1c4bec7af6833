//! Recording what others did: stored with its place in the person's ledger, and moved on as the lender says. Nothing is
//! judged and nothing is sent.

use domain::{
    Error,
    compliance::Circumstances,
    id::{self, Id, Ref},
    interaction::{Content, ExternalIds, Interaction, InteractionUpdate, NewInteraction, Origin, Outline},
    person::Person,
    tenant::TenantId,
    update::Change,
};
use jiff::Timestamp;
use serde_json::Map;

use super::{
    resolve::{self, About, Matter},
    writer::{self, New},
};
use crate::{
    app::{App, Lender},
    needs::{Bodies, Items, Need},
    race::Race,
    store::people::Known,
};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants), Need::All(AMEND)];

/// The same for what is said later.
pub const AMEND: &[Need] = &[Need::Keep(Bodies::Contents), Need::All(writer::NEEDS)];

/// Records an interaction under this id. The same request again is answered as before.
pub async fn record(
    app: &App,
    lender: &Lender,
    person: &Ref<id::Person>,
    id: &Id<id::Interaction>,
    said: NewInteraction,
    trace_id: &str,
) -> Result<Interaction, Error> {
    let tenant = &lender.tenant.id;
    said.check(app.now())?;
    let theme = resolve::theme(app, tenant, said.subject.as_ref(), said.theme).await?;
    let theme =
        theme.ok_or_else(|| Error::invalid("/theme", "is required where the subject implies none"))?;
    let mut known = app.store.person(tenant, person).await?;
    let about = About {
        contact: said.contact(),
        loans: said.loans(),
        previous: said.previous_interaction_id.clone(),
        ..About::default()
    };
    about.of(tenant, &known.person)?;
    let previous = about.previous(app, tenant, &known.person).await?;
    let content = app.objects.keep(tenant, id, said.content.clone().unwrap_or_default()).await?;
    let outline = Outline {
        id: id.clone(),
        tenant: tenant.clone(),
        person_id: Some(known.person.id.clone()),
        channel: said.channel,
        direction: said.direction(),
        theme,
        trace_id: trace_id.to_owned(),
    };
    let mut race = Race::begin();
    loop {
        let Known { person, mut ledger } = known;
        let (now, before) = (app.now(), ledger.version);
        let matter = about.of(tenant, &person)?;
        let mut interaction = Interaction {
            content: content.clone(),
            ..begun(outline.clone(), &said, &person, &matter, previous.clone(), now)
        };
        match interaction.entry(&lender.rules, &person, &ledger) {
            Some(entry) => ledger.record(id.clone(), entry, now),
            // Every write of a ledger moves its version.
            None => ledger.version += 1,
        }
        interaction.ledger_version = ledger.version;
        match writer::new(app, &interaction, &ledger, before, &mut race).await? {
            New::Stored => {
                tracing::info!(interaction = %interaction.id, trace = interaction.trace_id, "recorded");
                return Ok(interaction);
            }
            New::Existing(existing) => return writer::repeated(said.external_id.as_ref(), *existing),
            New::Again(changed) => known = *changed,
        }
    }
}

/// An interaction as its recorder tells of it.
fn begun(
    outline: Outline,
    said: &NewInteraction,
    person: &Person,
    matter: &Matter<'_>,
    previous: Option<Id<id::Interaction>>,
    now: Timestamp,
) -> Interaction {
    Interaction {
        external_id: said.external_id.clone(),
        contact_id: matter.contact.map(|contact| contact.id.clone()),
        to: matter.contact.map(|contact| contact.value.clone()).unwrap_or_default(),
        external_ids: ExternalIds::of(person, matter.contact, &matter.loans),
        subject: said.subject.clone(),
        circumstances: Circumstances {
            purpose: said.purpose,
            prior_consent: said.prior_consent.unwrap_or(false),
            reply_to: previous,
            ..Circumstances::default()
        },
        transactional: said.is_transactional.unwrap_or(false),
        loan_ids: matter.loans.iter().map(|loan| loan.id.clone()).collect(),
        sensitive: said.sensitive.unwrap_or(false),
        state: said.state(),
        failure: said.failure(),
        ..Interaction::begin(outline, Origin::Recorded(said.record(now)), now)
    }
}

/// Takes in what is said of an interaction later. Of changes at the same time none is lost.
///
/// # Errors
/// [`Error::Unavailable`] when it never rests; those of [`Interaction::amend`].
pub async fn amend(
    app: &App,
    tenant: &TenantId,
    named: &Ref<id::Interaction>,
    said: &InteractionUpdate,
) -> Result<Interaction, Error> {
    let mut race = Race::begin();
    loop {
        let before = app.store.interaction(tenant, named).await?;
        let mut after = before.clone();
        let now = app.now();
        after.amend(said, now)?;
        match &said.content {
            Change::Keep => {}
            Change::Clear => after.content = Content::Inline(Map::new()),
            Change::Set(content) => {
                after.content = app.objects.keep(tenant, &before.id, content.clone()).await?;
            }
        }
        if after == before {
            return Ok(before);
        }
        after.updated_at = now;
        if writer::moved(app, &mut after, before.place(), &mut race).await? {
            tracing::info!(interaction = %after.id, trace = after.trace_id, "amended");
            return Ok(after);
        }
        race.lost(format!("interaction {}", before.id)).await?;
    }
}
