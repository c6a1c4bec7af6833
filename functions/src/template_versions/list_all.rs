//! 002 · List all template versions without paging. Deprecated by the document in favour of [`super::list`].

use domain::{Error, error::Conflict};
use lambda_http::http::{HeaderValue, StatusCode, header};
use platform::{
    app::App,
    http::{MAX_LARGE_BODY, Request, json_within},
    needs::{List, Need},
    store::Edge,
};
use serde_json::json;

use super::{VersionView, example_view};
use crate::{catalog::Answer, openapi::Operation};

const TOO_MANY: &str =
    "There are more template versions than one answer holds; use GET /v2/communicator/templates.";

/// Since when it is deprecated (RFC 9745): the start of 2026, before the first release.
const SINCE: &str = "@1767225600";

/// Shows all of them, as far as one answer goes.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = request.tenant()?;
    let (mut all, mut bytes, mut edge) = (Vec::new(), 0, None);
    loop {
        let page = app.store.versions(tenant, 100, edge).await?;
        bytes += page.entries.iter().map(|version| version.source.bytes()).sum::<usize>();
        if bytes > MAX_LARGE_BODY {
            return Err(Error::conflict(Conflict::LimitReached, TOO_MANY));
        }
        all.extend(page.entries.into_iter().map(VersionView::from));
        match page.next {
            Some(next) => edge = Some(Edge::After(next)),
            None => break,
        }
    }
    let mut response = json_within(StatusCode::OK, &all, TOO_MANY)?;
    let headers = response.headers_mut();
    let successor = HeaderValue::from_static("</v2/communicator/templates>; rel=\"successor-version\"");
    headers.insert(header::LINK, successor);
    headers.insert("deprecation", HeaderValue::from_static(SINCE));
    Ok(response)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::List(List::Versions)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "List all template versions at once")
        .deprecated()
        .about("Deprecated: use GET /v2/communicator/templates, which has pages.")
        .answer::<Vec<VersionView>>(200, "All of them, newest first", json!([example_view()]))
        .problems(&[409])
}
