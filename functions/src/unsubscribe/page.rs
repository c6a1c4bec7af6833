//! Shows what can be unsubscribed. It changes nothing: mail scanners open every link.

use lambda_http::http::StatusCode;
use pages::Matter;
use platform::{
    app::App,
    http::Request,
    needs::{Items, Need},
    pipeline::unsubscribe,
};

use super::Visit;
use crate::{catalog::Answer, openapi::Operation};

/// Shows the page.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let visit = Visit::begin(app, request).await?;
    let matter = match unsubscribe::is_wanted(app, &visit.opened).await? {
        true => Matter::Choose,
        false => Matter::Unsubscribed { everything: false },
    };
    visit.show(StatusCode::OK, matter)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::AddressBook), Need::All(super::VISIT)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Borrowers", "The page that the link in a message leads to")
        .about(
            "For browsers. A page in the colors of the lender and the language of the message, where its recipient says \
             what is no longer wanted. It changes nothing.",
        )
        .page(200, "The unsubscribe page, in HTML")
        .problems(&[404, 500, 503])
}
