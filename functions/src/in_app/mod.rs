//! Notices inside the lender's own application: what it shows a borrower, and what the borrower read of it.
//!
//! How notices are kept is `platform::pipeline::notices`'s.

pub mod list;
pub mod read;
pub mod read_all;

use domain::{
    Error,
    caller::Caller,
    id::{self, ExternalId, Id, Ref},
    interaction::{Interaction, Notice},
    person::Person,
    template::Source,
    tenant::Tenant,
    vocabulary::{Subject, Theme},
};
use jiff::Timestamp;
use platform::{
    app::App,
    http::Request,
    needs::{Bodies, Items, Need},
    pipeline::notices,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::interactions::content_for;

/// A notice as the lender's application shows it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoticeView {
    id: Id<id::Interaction>,
    external_id: Option<ExternalId>,
    /// Null if it has none, and to viewers if the notice is sensitive.
    title: Option<String>,
    /// What it says, in plain text. Null if its template has HTML only, and to viewers if it is sensitive.
    text: Option<String>,
    /// The same in HTML, if its template has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
    sensitive: bool,
    /// What it is about.
    subject: Option<Subject>,
    theme: Theme,
    loan_ids: Vec<Id<id::Loan>>,
    /// When it appeared.
    at: Timestamp,
    /// When it is no longer shown. Null if it has no end.
    expires_at: Option<Timestamp>,
    is_read: bool,
    /// Null until it was read.
    read_at: Option<Timestamp>,
}

/// What [`NoticeView::of`] needs of AWS.
const SHOW: &[Need] = &[Need::Fetch(Bodies::Contents)];

impl NoticeView {
    /// What this caller sees of it.
    async fn of(app: &App, caller: &Caller, tenant: &Tenant, notice: Interaction) -> Result<Self, Error> {
        let content = Source::from(content_for(app, caller, &notice).await?);
        Ok(Self {
            title: content.subject_line,
            text: content.content_text,
            html: content.content_html,
            sensitive: notice.sensitive,
            at: notice.takes_place_at(),
            expires_at: notices::shown_until(tenant, &notice),
            is_read: notice.notice() == Some(Notice::Read),
            read_at: notice.read_at(),
            id: notice.id,
            external_id: notice.external_id,
            subject: notice.subject,
            theme: notice.theme,
            loan_ids: notice.loan_ids,
        })
    }
}

/// What [`user`] needs of AWS.
const USER: &[Need] = &[Need::Read(Items::People)];

/// The person the path names: by our id, by the lender's with `ext-` in front or without, or by a UUID.
async fn user(app: &App, request: &Request) -> Result<Person, Error> {
    let bare = || request.path("userId").parse().map(Ref::External);
    let named = request.path_ref::<id::Person>("userId").or_else(|unknown| bare().map_err(|_| unknown))?;
    Ok(app.store.person(request.tenant()?, &named).await?.person)
}

fn example() -> Value {
    json!({
        "id": "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
        "externalId": null,
        "title": "Your statement is ready",
        "text": "Hello John, the statement for January is in your documents.",
        "sensitive": false,
        "subject": "statement",
        "theme": "opsServicing",
        "loanIds": ["LN-AAAA-BBBB"],
        "at": "2026-01-05T15:00:00Z",
        "expiresAt": "2026-02-04T15:00:00Z",
        "isRead": false,
        "readAt": null,
    })
}
