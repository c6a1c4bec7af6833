//! Letters: printed when their message is accepted, so that what is accepted is what is mailed; and called back from whoever
//! mails them, while that can be.
//!
//! Functions that accept do not link the engine that prints; they invoke the one that does.

use data_encoding::HEXLOWER;
use domain::{
    Error,
    error::Conflict,
    id::{self, Id},
    interaction::{Attachment, Interaction},
    letter::{Addressee, Letter, Sheet, Window},
    person::Person,
    tenant::{Tenant, TenantId},
    vocabulary::{InteractionStatus, MediaType, ProviderName},
};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    compose::{self, Composed},
    writer,
};
use crate::{
    app::App,
    invoke::Callee,
    needs::{Bodies, Items, Need, SecretsOf},
    objects::Objects,
    printing::{Bound, Enclosed, Unbound},
    race::Race,
};

/// What accepting one needs of AWS.
pub const ACCEPT: &[Need] = &[Need::Invoke(Callee::Printer)];

/// What printing one needs of AWS.
pub const PRINT: &[Need] = &[Need::Print, Need::Fetch(Bodies::Documents), Need::Keep(Bodies::Letters)];

/// What sending the pages again needs of AWS.
pub const AGAIN: &[Need] = &[Need::Fetch(Bodies::Letters), Need::Keep(Bodies::Letters)];

/// What calling one back needs of AWS.
pub const RECALL: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Secrets(SecretsOf::Providers),
    Need::Provider(ProviderName::Lob),
    Need::Provider(ProviderName::Drop),
    Need::All(writer::NEEDS),
];

/// Characters of what shows in a window that are told: far more than an address has.
const SHOWN: usize = 1_000;

/// What the function that prints is invoked with.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Job {
    /// Whose.
    tenant: TenantId,
    /// Of which message.
    interaction: Id<id::Interaction>,
    /// What it says; nothing if what is enclosed is all of it.
    html: Option<String>,
    /// On what.
    sheet: Sheet,
    /// What is enclosed.
    enclosed: Vec<Attachment>,
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Printed {
    key: String,
    pages: usize,
    bytes: u64,
    sha256: String,
    in_windows: String,
    in_address_window: String,
}

/// Prints what a message says as a letter to its person, and keeps the pages.
///
/// # Errors
/// [`Error::Template`] if it cannot be printed as it is written; [`Conflict::AddressNotPrintable`],
/// [`Conflict::AttachmentNotPrintable`], [`Conflict::LetterTooLong`].
pub(super) async fn print(
    app: &App,
    tenant: &Tenant,
    message: &Interaction,
    person: &Person,
    composed: &Composed,
) -> Result<Letter, Error> {
    let sender = tenant.senders.letter.as_ref();
    let sender = sender.ok_or_else(|| Error::Internal("a letter without a sender".into()))?;
    let to = addressee(person, message)?;
    let mailing = sender.mailing();
    mailing.reaches(&to)?;
    for one in &message.attachments {
        if one.media_type != MediaType::Pdf {
            let detail = format!(
                "The document \u{201c}{}\u{201d} is not a PDF, and only PDFs are enclosed in letters; leave it out or convert it.",
                one.file_name
            );
            return Err(Error::conflict(Conflict::AttachmentNotPrintable, detail));
        }
    }
    let html = compose::printable(composed).await?;
    let job = Job {
        tenant: tenant.id.clone(),
        interaction: message.id.clone(),
        html,
        sheet: Sheet { size: sender.page_size, ..compose::sheet(composed) },
        enclosed: message.attachments.clone(),
    };
    let printed: Printed = app.invoker.invoke(Callee::Printer, &job).await?;
    let most = sender.most_pages(&to);
    if printed.pages > most {
        let pages = printed.pages;
        let detail = format!(
            "The letter has {pages} pages with what is enclosed, and at most {most} are sent so; shorten it."
        );
        return Err(Error::conflict(Conflict::LetterTooLong, detail));
    }
    Ok(Letter {
        window: Window::showing(&printed.in_windows, &printed.in_address_window, &to),
        key: printed.key,
        pages: printed.pages,
        bytes: printed.bytes,
        sha256: printed.sha256,
        page_size: sender.page_size,
        to,
        from: sender.sender(),
        mailing,
    })
}

/// The person at the address that the message goes to.
fn addressee(person: &Person, message: &Interaction) -> Result<Addressee, Error> {
    let contact = message.contact_id.as_ref().and_then(|id| person.contact(id));
    let address = contact.and_then(|contact| contact.address.as_ref()).ok_or_else(|| {
        Error::conflict(
            Conflict::AddressNotPrintable,
            "The contact is not a postal address; name one that is.",
        )
    })?;
    Addressee::of(person, address)
}

/// Prints a letter with what is enclosed and keeps the pages, in a function that has a printer.
///
/// # Errors
/// Those of [`Printer::bind`](crate::printing::Printer::bind).
pub async fn work(app: &App, job: Job) -> Result<Printed, Error> {
    let Job { tenant, interaction, html, sheet, enclosed } = job;
    let enclosed = try_join_all(enclosed.iter().map(async |one| {
        let key = Objects::document_key(&tenant, &one.document_id, &one.sha256);
        Ok::<_, Error>(Enclosed { name: one.file_name.clone(), pdf: app.objects.get(&key).await? })
    }));
    let letter = Unbound { html, sheet, enclosed: enclosed.await? };
    let Bound { pdf, pages, in_windows, in_address_window } = app.printer.bind(letter).await?;
    let sha256 = HEXLOWER.encode(&Sha256::digest(&pdf));
    let (key, bytes) = (Objects::letter_key(&tenant, &interaction, &sha256), pdf.len() as u64);
    app.objects.put(&key, pdf).await?;
    let shown = |text: String| text.chars().take(SHOWN).collect();
    Ok(Printed {
        key,
        pages,
        bytes,
        sha256,
        in_windows: shown(in_windows),
        in_address_window: shown(in_address_window),
    })
}

/// The pages of a letter under another message's name, to where its person is now.
///
/// # Errors
/// [`Conflict::AddressNotPrintable`].
pub(super) async fn again(
    app: &App,
    message: &Interaction,
    person: &Person,
    letter: &Letter,
) -> Result<Letter, Error> {
    let to = addressee(person, message)?;
    letter.mailing.reaches(&to)?;
    let key = Objects::letter_key(&message.tenant, &message.id, &letter.sha256);
    app.objects.put(&key, app.objects.get(&letter.key).await?).await?;
    // The address that its first page shows may be another one by now.
    let window =
        if to == letter.to || letter.window == Window::Clear { letter.window } else { Window::Covered };
    Ok(Letter { key, to, window, ..letter.clone() })
}

/// Which letter is called back: what the function that does it is invoked with.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recall {
    /// Whose.
    pub tenant: TenantId,
    /// Which message.
    pub interaction: Id<id::Interaction>,
    /// Who asks for it.
    #[serde(default)]
    pub by: Option<String>,
}

/// Calls a letter back from whoever mails it; one that is canceled already stays so. Safe to repeat.
///
/// # Errors
/// [`Conflict::StatusCannotChange`] when it is too late.
pub async fn recall(app: &App, recall: &Recall) -> Result<(), Error> {
    let tenant = app.tenant(&recall.tenant).await?;
    let mut race = Race::begin();
    loop {
        let before = app.store.interaction(&recall.tenant, &recall.interaction).await?;
        if before.state.status == Some(InteractionStatus::Canceled) {
            return Ok(());
        }
        let provider = before.provider.as_deref().filter(|_| before.may_be_called_back());
        let provider = provider.and_then(|name| name.parse().ok());
        let carrier = provider.map(|name| app.providers.named(name)).transpose()?;
        let is_back = match (carrier, &before.reference) {
            (Some(carrier), Some(reference)) => carrier.recall(&tenant, reference).await?,
            _ => false,
        };
        if !is_back {
            let detail = "The letter is being printed, or on its way: it cannot be called back any more.";
            return Err(Error::conflict(Conflict::StatusCannotChange, detail));
        }
        let mut after = before.clone();
        after.called_back(recall.by.as_deref(), app.now());
        if writer::moved(app, &mut after, before.place(), &mut race).await? {
            tracing::info!(interaction = %after.id, trace = after.trace_id, "called back");
            return Ok(());
        }
        race.lost(format!("interaction {}", before.id)).await?;
    }
}
