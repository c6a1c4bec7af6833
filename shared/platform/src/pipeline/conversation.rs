//! Closing conversations that went quiet (001, `textConvoTimeoutAutoclose`).

use domain::{Error, interaction::Interaction};
use jiff::SignedDuration;

use super::writer;
use crate::{
    app::App,
    needs::{Items, Need},
    race::Race,
};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants), Need::All(writer::NEEDS)];

/// Closes what a person wrote, if its time has come and nothing was said for as long as the lender's settings have it.
/// Safe to repeat.
///
/// # Errors
/// [`Error::Unavailable`]: the next sweep finds it again.
pub(super) async fn close_if_quiet(app: &App, open: &Interaction) -> Result<(), Error> {
    let now = app.now();
    if open.due_at.is_none_or(|due_at| now < due_at) {
        return Ok(());
    }
    let settings = &app.tenant(&open.tenant).await?.settings;
    // Where the lender changed its mind since, what is open closes at once.
    let quiet = SignedDuration::from_mins(i64::from(settings.conversation_timeout_minutes.unwrap_or(0)));
    let ledger = match &open.person_id {
        Some(person) => app.store.find_person(&open.tenant, person).await?.map(|known| known.ledger),
        None => None,
    };
    let (mut message, before) = (open.clone(), open.place());
    if message.close_if_quiet(ledger.as_ref(), quiet, now) {
        // Where somebody else moved it meanwhile, that stands.
        writer::moved(app, &mut message, before, &mut Race::begin()).await?;
    }
    Ok(())
}
