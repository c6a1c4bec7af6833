//! Asks what would be: leads to the address that has the question, or shows the answer of one that is too long for an address, or
//! gives it for a spreadsheet.

use pages::console;
use platform::{app::App, http::Request, needs::Need};
use url::form_urlencoded;

use super::what_if::{self, ALWAYS, ASK, PATH};
use crate::console::{Form, Shown};

/// The longest address that is led to, in bytes: browsers and API Gateway take twice that.
const LONGEST: usize = 4_000;

/// Does it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let (visit, form) = Form::read(app, request).await?;
    if form.action() == "download" {
        let body = what_if::question(&form, &visit.lender.settings);
        if let Some(left_out) = what_if::left_out(&form) {
            return what_if::refuse(&visit, &form, visit.problem(&left_out)?, &body).await;
        }
        return match visit.download(&ASK, &body, "text/csv").await? {
            Ok(answer) => Ok(answer),
            Err(problem) => what_if::refuse(&visit, &form, problem, &body).await,
        };
    }
    let address = address(&form);
    match address.len() <= LONGEST {
        true => Ok(console::lead(&address)?),
        false => what_if::ask(&visit, &form, false).await,
    }
}

/// The page's address with the question.
fn address(form: &Form) -> String {
    let own = |name: &str| !matches!(name, "action" | "stamp" | "once");
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(form.filled(&[ALWAYS]).filter(|(name, _)| own(name)));
    format!("{PATH}?{}", query.finish())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = what_if::NEEDS;
