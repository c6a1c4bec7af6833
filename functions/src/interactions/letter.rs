//! Downloads the pages of a letter, as they were printed when it was accepted.

use domain::{
    Error,
    error::Ours as _,
    id::{self, Id, Ref},
    letter::Letter,
    vocabulary::{MediaType, Role},
};
use lambda_http::{
    Body, Response,
    http::{StatusCode, header},
};
use platform::{
    app::App,
    documents::{self, MAX_ANSWER},
    http::Request,
    needs::{Bodies, Items, Need},
};

use super::is_kept_from;
use crate::{catalog::Answer, openapi::Operation};

/// Answers the pages, or where to get those that are too large to answer.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (id, letter) = kept(app, request).await?;
    let (media_type, name) = (MediaType::Pdf, format!("{id}.pdf"));
    let disposition = documents::disposition(&name);
    let answer = Response::builder().header(header::CACHE_CONTROL, "no-store");
    let answered = if letter.bytes > MAX_ANSWER {
        let good_for = documents::ADDRESS;
        let address =
            app.objects.address(&letter.key, media_type.content_type(), &disposition, good_for).await?;
        answer.status(StatusCode::FOUND).header(header::LOCATION, address).body(Body::Empty)
    } else {
        answer
            .header(header::CONTENT_TYPE, media_type.content_type())
            .header(header::CONTENT_DISPOSITION, disposition)
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .body(Body::Binary(app.objects.get(&letter.key).await?))
    };
    answered.internal()
}

/// The letter that the path names, with the message's id.
///
/// # Errors
/// [`Error::Forbidden`] if it is kept from this caller; [`Error::NotFound`].
pub(crate) async fn kept(app: &App, request: &Request) -> Result<(Id<id::Interaction>, Letter), Error> {
    let caller = request.caller()?;
    let named: Ref<id::Interaction> = request.path_ref("id")?;
    let interaction = app.store.interaction(&caller.tenant, &named).await?;
    if is_kept_from(caller, &interaction) {
        return Err(Error::Forbidden(Role::LoanOfficer));
    }
    let letter = interaction.letter.ok_or_else(|| Error::not_found("letter of interaction", &named))?;
    Ok((interaction.id, letter))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Interactions), Need::Fetch(Bodies::Letters)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Interactions", "Download the pages of a letter")
        .about(
            "The PDF that was printed when the letter was accepted, with what is enclosed. Letters that are sensitive are not \
             for viewers.",
        )
        .file(200, "The pages, as an attachment", &[MediaType::Pdf])
        .empty(302, "Where the pages are for a minute, when they have more than 4.4 MB")
        .problems(&[404])
}
