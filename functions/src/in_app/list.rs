//! Lists a person's notices.

use domain::{
    Error,
    id::{self, Kind, Ref},
};
use futures::future::try_join_all;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_within, listed},
    needs::{Items, List, Need},
    pipeline::notices,
    store::Edge,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{NoticeView, SHOW, USER, example};
use crate::{catalog::Answer, interactions::page::TOO_LONG, openapi::Operation};

/// A page of a person's notices.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Inbox {
    /// The HTTP status.
    status: u16,
    /// How many are on this page.
    count: usize,
    /// How many of the person's notices are unread, on this page or not; 1,000 stands for that many or more.
    unread_count: usize,
    data: Vec<NoticeView>,
}

/// Shows a page. What expired is neither shown nor counted.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (caller, limit) = (request.caller()?, usize::try_from(request.limit()?).unwrap_or_default());
    let only_unread = request.query("unread")?.unwrap_or(false);
    let person = super::user(app, request).await?.id;
    let tenant = app.tenant(&caller.tenant).await?;
    let since = notices::shown_since(&tenant, app.now());
    let owner = &person;
    let edge = request
        .edge(|named| async move {
            let id: Ref<id::Interaction> = listed::<id::Interaction, _>(&named)?;
            let notice = notices::find(app, &caller.tenant, owner, &id).await?;
            let is_shown = notice.takes_place_at() >= since;
            if is_shown { Ok(notice) } else { Err(Error::not_found(id::Interaction::NAME, named)) }
        })
        .await?;
    let edge = edge.as_ref().map(|edge| match edge {
        Edge::After(notice) => Edge::After(notice),
        Edge::Before(notice) => Edge::Before(notice),
    });
    let found = app.store.notices(&tenant.id, &person, only_unread, since, limit, edge).await?;
    let unread_count = match found.unread {
        Some(count) => count,
        None => app.store.unread_notices(&tenant.id, &person, since).await?,
    };
    let views = found.entries.into_iter().map(|notice| NoticeView::of(app, caller, &tenant, notice));
    let data = try_join_all(views).await?;
    let inbox = Inbox { status: StatusCode::OK.as_u16(), count: data.len(), unread_count, data };
    json_within(StatusCode::OK, &inbox, TOO_LONG)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(USER),
    Need::Read(Items::Tenants),
    Need::Read(Items::Interactions),
    Need::List(List::Notices),
    Need::All(SHOW),
];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("In-app notices", "List a person's notices")
        .about(
            "What was sent to the person by the channel in_app (000), gui (001) or InApp (004) and is shown in your \
             application, by when it appeared. userId is the person's id, your own with ext- in front or without, or a UUID. \
             What is older than the sender's expiresAfterDays is neither listed nor counted. What sensitive notices say is \
             null to viewers.",
        )
        .query_as::<bool>("unread", "true lists what was not read yet; all by default.")
        .paged::<Ref<id::Interaction>>()
        .answer::<Inbox>(
            200,
            "A page, newest first",
            json!({ "status": 200, "count": 1, "unreadCount": 1, "data": [example()] }),
        )
        .problems(&[404, 409])
}
