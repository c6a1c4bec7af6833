//! Receiving: what people sent us, by whatever it came. It is stored with its place in its person's ledger and with a task
//! for the lender's people, all at once; then it is answered where the lender wants that.

use domain::{
    Error,
    id::{self, Id, Ref},
    interaction::{NewInteraction, Origin},
    person::BookAddress,
};

use super::{
    answer,
    record::{self, Keeping, Kept},
    writer,
};
use crate::{
    app::{App, Lender},
    needs::{Items, Need},
    store::people::Known,
};

/// From whom and to what it came.
#[derive(Debug, Clone, Default)]
pub struct Came {
    /// The person, where that is known.
    pub person: Option<Ref<id::Person>>,
    /// Where it came from.
    pub from: Option<BookAddress>,
    /// The address or number of ours that it came to.
    pub to: Option<String>,
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::AddressBook),
    Need::Write(Items::Tasks),
    Need::All(record::NEEDS),
    Need::All(answer::NEEDS),
];

/// Takes in what came, under this id. The same again is answered as before, and answers nothing twice.
///
/// # Errors
/// [`Error::Invalid`] with every fault; whatever of the person's it names and is not the person's.
pub async fn receive(
    app: &App,
    lender: &Lender,
    id: &Id<id::Interaction>,
    said: NewInteraction,
    came: Came,
    trace_id: &str,
) -> Result<Kept, Error> {
    said.check(app.now())?;
    let known = sender(app, lender, &came).await?;
    let new = Keeping { lender, id, said: &said, came: Some(&came), trace_id };
    let (kept, is_new) = new.keep(app, known).await?;
    tracing::info!(interaction = %kept.interaction.id, trace = trace_id, is_new, "received");
    // What is there under this id already may be something else.
    let known = &kept.interaction;
    let is_from = |from: &BookAddress| from.as_str().eq_ignore_ascii_case(&known.to);
    let is_this = matches!(known.origin, Origin::Received(_))
        && known.ours == came.to
        && came.from.as_ref().is_none_or(is_from);
    if is_new || is_this {
        answer::unmonitored(app, lender, &kept, &came).await?;
    }
    if is_new {
        return Ok(kept);
    }
    let interaction = writer::repeated(said.external_id.as_ref(), kept.interaction)?;
    Ok(Kept { interaction, ..kept })
}

/// The person who is named, else the only one who has the address it came from.
async fn sender(app: &App, lender: &Lender, came: &Came) -> Result<Option<Known>, Error> {
    let tenant = &lender.tenant.id;
    match (&came.person, &came.from) {
        (Some(named), _) => app.store.person(tenant, named).await.map(Some),
        (None, Some(from)) => match &app.store.people_at(tenant, from).await?[..] {
            [only] => app.store.find_person(tenant, only).await,
            _ => Ok(None),
        },
        (None, None) => Ok(None),
    }
}
