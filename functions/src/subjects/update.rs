//! 001 · Update subject descriptor. On a name that is not on the list it makes a subject of the lender's own.

use domain::{
    Error,
    compliance::changes::RuleChange,
    formats, shape,
    subjects::SubjectUpdate,
    vocabulary::{Subject, SubjectDescriptor, subject::InvalidSubject},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
    race::Race,
};
use serde_json::json;

use super::example;
use crate::{catalog::Answer, openapi::Operation};

/// Changes the subject.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let reason = request.query::<String>("reason")?;
    if let Some(reason) = &reason {
        formats::line(reason, 500).map_err(|message| Error::invalid("?reason", message))?;
    }
    let update: SubjectUpdate = request.json()?;
    let named = request.path("subject").parse();
    let subject: Subject =
        named.map_err(|error: InvalidSubject| Error::invalid("{subject}", error.to_string()))?;
    let (tenant, caller) = (request.tenant()?, request.caller()?);
    let mut race = Race::begin();
    loop {
        let before = app.store.subjects(tenant).await?;
        let (mut after, descriptor) = before.with(&subject, &update)?;
        request.expect_among(before.revision, before.find(&subject).is_some())?;
        // A theme decides which outreach rules hold.
        let record = RuleChange::by(&caller.subject, reason.as_deref(), app.now(), &request.trace_id);
        let record = record.of_theme(&before.descriptor(&subject), &descriptor);
        match app.store.save_subjects(tenant, &mut after, record.as_ref()).await {
            Ok(()) => {
                app.forget_subjects(tenant);
                let is_known = before.find(&subject).is_some();
                let status = if is_known { StatusCode::OK } else { StatusCode::CREATED };
                return json_with_etag(status, &descriptor, after.revision);
            }
            Err(error) if error.is_edit_conflict() => race.lost(format!("the subjects of {tenant}")).await?,
            Err(error) => return Err(error),
        }
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Tenants), Need::Write(Items::Tenants), Need::Write(Items::RuleChanges)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Subjects", "Update a subject descriptor")
        .about(
            "Fields left out stay. A name that is not on the known list makes a subject of your own. \
             Messages follow the change after at most 30 seconds. A change of theme, which decides the outreach rules \
             that hold, is recorded.",
        )
        .query_as::<shape::Line<500>>("reason", "Why, for the record of a theme's change. 1 to 500 characters.")
        .body::<SubjectUpdate>(json!({
            "theme": "opsServicing",
            "caseTypes": ["bankruptcy"],
            "agentCanSend": true,
            "previewOnly": true,
        }))
        .answer::<SubjectDescriptor>(200, "The subject, changed", example())
        .answer::<SubjectDescriptor>(201, "The subject of your own, made", example())
        .problems(&[409, 412])
}
