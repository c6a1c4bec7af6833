//! Marks a notice as read.

use domain::id::{self, Ref};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
    pipeline::notices,
};

use super::{NoticeView, SHOW, USER, example};
use crate::{catalog::Answer, envelope::One, openapi::Operation};

/// Moves the notice to succeeded, and answers it. Read again, it stays as it is.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let caller = request.caller()?;
    let named: Ref<id::Interaction> = request.path_ref("id")?;
    let person = super::user(app, request).await?;
    let notice = notices::find(app, &caller.tenant, &person.id, &named).await?;
    let read = notices::read(app, notice).await?;
    let tenant = app.tenant(&caller.tenant).await?;
    let view = NoticeView::of(app, caller, &tenant, read).await?;
    json(StatusCode::OK, &One::of(StatusCode::OK, view))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::All(USER), Need::Read(Items::Tenants), Need::All(notices::READ), Need::All(SHOW)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let mut read = example();
    read["isRead"] = true.into();
    read["readAt"] = "2026-01-05T18:20:00Z".into();
    Operation::new("In-app notices", "Mark a notice as read")
        .about(
            "The interaction moves to succeeded, and to connected in the person's contact ledger. Read again, it stays as it \
             was. One that expired in the meantime was read anyway.",
        )
        .answer::<One<NoticeView>>(
            200,
            "The notice as it is stored",
            serde_json::json!({ "status": 200, "message": "OK", "data": read }),
        )
        .problems(&[404])
}
