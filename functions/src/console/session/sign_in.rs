//! Where one signs in, with an API key or a token, once.

use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use crate::console::{Shown, open_page, way_back};

/// Shows the form.
pub async fn handle(_: &App, request: &Request) -> Shown {
    let to = request.query_pairs().get("to").map(String::as_str);
    show(request, StatusCode::OK, to, None)
}

/// The same after it was refused, by a key of `sign_in` in the words. What was typed is a secret, and not shown again.
pub(super) fn show(request: &Request, status: StatusCode, to: Option<&str>, fault: Option<&str>) -> Shown {
    let shown: Value = json!({ "to": way_back(to), "fault": fault });
    open_page(request, status, "sign_in.html", shown)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[];
