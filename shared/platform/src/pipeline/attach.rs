//! Documents that messages carry: what they hold is found when the message is accepted, and fetched when it leaves.

use std::time::Duration;

use domain::{
    Error,
    id::{self, Id, Ref},
    interaction::{Attachment, Interaction},
    tenant::TenantId,
    vocabulary::MediaType,
};
use futures::future::try_join_all;

use crate::{
    app::App,
    documents::disposition,
    needs::{Items, Need},
    objects::Objects,
    providers::{File, TEXT_QUEUED},
};

/// What finding them needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Documents)];

/// What these documents hold now, which must be this person's.
///
/// # Errors
/// [`Error::NotFound`] in the caller's own words; those of [`Attachment::of`] and [`Attachment::fit`].
pub async fn find(
    app: &App,
    tenant: &TenantId,
    person: &Id<id::Person>,
    named: &[Ref<id::Document>],
) -> Result<Vec<Attachment>, Error> {
    let found = try_join_all(named.iter().map(|named| async move {
        let document = app.store.document(tenant, named).await?;
        if document.person_id != *person {
            return Err(named.not_found());
        }
        Attachment::of(&document, named)
    }));
    let found = found.await?;
    Attachment::fit(&found)?;
    Ok(found)
}

/// How long a provider has to fetch the files of a text: as long as the text may stand in its queue, and half an hour.
const MEDIA: Duration = TEXT_QUEUED.unsigned_abs().saturating_add(Duration::from_secs(30 * 60));

/// Where the files of a message are for a while, as they were when it was accepted.
pub(super) async fn addresses(app: &App, message: &Interaction) -> Result<Vec<String>, Error> {
    try_join_all(message.attachments.iter().map(|attachment| async move {
        let key = Objects::document_key(&message.tenant, &attachment.document_id, &attachment.sha256);
        let shown = disposition(&attachment.file_name);
        app.objects.address(&key, attachment.media_type.content_type(), &shown, MEDIA).await
    }))
    .await
}

/// The files of a message, as they were when it was accepted; of a letter its pages, which have them.
pub(super) async fn files(app: &App, message: &Interaction) -> Result<Vec<File>, Error> {
    if let Some(letter) = &message.letter {
        let name = format!("{}.pdf", message.id);
        return Ok(vec![File {
            name,
            media_type: MediaType::Pdf,
            bytes: app.objects.get(&letter.key).await?,
        }]);
    }
    try_join_all(message.attachments.iter().map(|attachment| async move {
        let key = Objects::document_key(&message.tenant, &attachment.document_id, &attachment.sha256);
        Ok(File {
            name: attachment.file_name.clone(),
            media_type: attachment.media_type,
            bytes: app.objects.get(&key).await?,
        })
    }))
    .await
}
