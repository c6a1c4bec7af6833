//! 001 · Resend existing interaction.

use domain::{
    Error,
    id::{self, Ref},
    interaction::Overriding,
    shape,
    vocabulary::Role,
};
use platform::{
    app::App,
    http::Request,
    needs::{Bodies, Need},
    pipeline::resend::{self, Again},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::sent;
use crate::{
    catalog::Answer,
    envelope::One,
    interactions::{InteractionView, example_view},
    openapi::Operation,
};

/// What to send again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResendMessage {
    /// The interaction. Any that Postrider sent or was to send; one that still waits to be sent must be canceled first.
    interaction_id: Ref<id::Interaction>,
    /// Why it is sent although the borrower must not be contacted, or a case forbids contact: for admins only, in up to 500
    /// characters, and kept. What the borrower opted out of is not sent in any case.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<500>>")]
    override_reason: Option<String>,
}

/// Sends it again.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: ResendMessage = request.json()?;
    let caller = request.caller()?;
    let overridden = overriding(request, body.override_reason)?;
    let lender = app.lender(&caller.tenant).await?;
    let again = Again {
        named: &body.interaction_id,
        id: request.new_id(app)?,
        by: &caller.subject,
        is_agent: caller.agent,
        overridden,
        trace_id: request.trace_id.clone(),
    };
    let (outcome, person) = resend::resend(app, &lender, again).await?;
    sent::answer(app, request, outcome, person.as_ref()).await
}

/// Who answers for sending what facts about the person would stop: the caller, who must be an admin.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`].
pub(super) fn overriding(request: &Request, reason: Option<String>) -> Result<Option<Overriding>, Error> {
    let Some(reason) = reason else { return Ok(None) };
    let caller = request.caller()?;
    if caller.role < Role::Admin {
        return Err(Error::Forbidden(Role::Admin));
    }
    match Overriding::check(&reason) {
        None => Ok(Some(Overriding { by: caller.subject.clone(), reason })),
        Some(fault) => Err(Error::Invalid(vec![fault])),
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Fetch(Bodies::Contents), Need::All(resend::NEEDS)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communicator", "Resend an interaction")
        .about(
            "Sends what an interaction said once more, as it was, with its files, to where its contact is now. Hours, limits \
             on how often and required consents are not asked (001); what forbids contact altogether holds, unless an admin \
             gives overrideReason. Five times an hour at most.",
        )
        .body::<ResendMessage>(json!({ "interactionId": "IN-AAAA-BBBB" }))
        .answer::<One<InteractionView>>(
            202,
            "The new interaction, which follows the old one",
            json!({ "status": 202, "message": "Accepted", "data": example_view() }),
        )
        .problems(&[404, 409, 429])
}
