//! Does what whoever opened the link wants: by the form of the page, or by one click in a mailbox (RFC 8058).

use lambda_http::http::StatusCode;
use pages::Matter;
use platform::{
    app::App,
    http::Request,
    needs::Need,
    pipeline::unsubscribe::{self, Choice},
    providers::mime::ONE_CLICK,
};
use schemars::JsonSchema;
use serde_json::json;

use super::Visit;
use crate::{catalog::Answer, form, openapi::Operation};

/// The form of the unsubscribe page: one of two choices.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is of use; the form is read member by member")]
pub struct UnsubscribeForm {
    /// `One-Click`: no more messages to this address on this channel.
    #[serde(rename = "List-Unsubscribe")]
    list_unsubscribe: Option<String>,
    /// `channel`: the same; `all`: no more messages of any kind; `again`: these messages again.
    choice: Option<String>,
}

/// Does it and shows that it is done.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let members = form::read(&request.headers, &request.body)?;
    let visit = Visit::begin(app, request).await?;
    let field = |name: &str| members.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let (one_click, click) = ONE_CLICK.split_once('=').unwrap_or_default();
    let choice =
        field("choice").and_then(|choice| Some((choice.parse().ok()?, visit.audience().label(choice)?)));
    let (choice, wording) = match choice {
        _ if field(one_click) == Some(click) => (Choice::Channel, ONE_CLICK.to_owned()),
        Some(chosen) => chosen,
        None => return visit.show(StatusCode::BAD_REQUEST, Matter::Choose),
    };
    let is_so = unsubscribe::wish(app, &visit.opened, choice, &wording).await?;
    let message = &visit.opened.message;
    tracing::info!(interaction = %message.id, trace = request.trace_id, ?choice, is_so, "unsubscribe link used");
    let matter = match (choice, is_so) {
        (Choice::Channel, _) => Matter::Unsubscribed { everything: false },
        (Choice::Everything, _) => Matter::Unsubscribed { everything: true },
        (Choice::Again, true) => Matter::SubscribedAgain,
        (Choice::Again, false) => Matter::SettledElsewhere,
    };
    visit.show(StatusCode::OK, matter)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(super::VISIT), Need::All(unsubscribe::WISH)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Borrowers", "Unsubscribe")
        .about(
            "For the form of the page, and for mailboxes with one click (RFC 8058). It holds for everybody of the lender's \
             who has the address; done again, it changes nothing. Members that are not known are passed over.",
        )
        .form::<UnsubscribeForm>(json!({ "List-Unsubscribe": "One-Click" }))
        .page(200, "It is done; the page says so")
        .problems(&[404, 500, 503])
}
