//! Downloads a file that came in with a message. Nobody vouches for what is in it.

use std::time::Duration;

use domain::{
    Error,
    error::Ours as _,
    id::{self, Ref},
    vocabulary::Role,
};
use lambda_http::{
    Body, Response,
    http::{StatusCode, header},
};
use platform::{
    app::App,
    documents::disposition,
    http::Request,
    needs::{Bodies, Items, Need},
};

use super::EnclosureNumber;
use crate::{catalog::Answer, openapi::Operation};

/// How long the address is good for: long enough to follow a redirect.
const ADDRESS: Duration = Duration::from_secs(60);
/// Whatever its sender calls it: a browser saves it, and shows and runs nothing.
const UNKNOWN: &str = "application/octet-stream";

/// Says where the file is for a minute.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let caller = request.caller()?;
    let named: Ref<id::Interaction> = request.path_ref("id")?;
    let interaction = app.store.interaction(&caller.tenant, &named).await?;
    if interaction.sensitive && caller.role < Role::LoanOfficer {
        return Err(Error::Forbidden(Role::LoanOfficer));
    }
    let number = request.path("number");
    let missing = || Error::not_found("file", number);
    let EnclosureNumber(place) = serde_json::from_str(number).map_err(|_| missing())?;
    let enclosure = interaction.enclosures.get(place).ok_or_else(missing)?;
    let key = enclosure.key.as_ref().ok_or_else(missing)?;
    let address = app.objects.address(key, UNKNOWN, &disposition(&enclosure.name), ADDRESS).await?;
    Response::builder()
        .status(StatusCode::FOUND)
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::LOCATION, address)
        .body(Body::Empty)
        .internal()
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Interactions), Need::Fetch(Bodies::Contents)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Interactions", "Download a file that came in with a message")
        .about(
            "As it came: look at it with care. Files of sensitive messages are not for viewers. {number} counts from 0, in the \
             order of the message's enclosures.",
        )
        .empty(302, "Where the file is for a minute")
        .problems(&[404])
}
