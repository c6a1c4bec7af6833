//! Adds a statement to a person, or changes it.

use domain::{
    Error,
    id::{self, Ref},
    person::Person,
    statement::{Statement, StatementUpdate},
    tenant::TenantId,
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
    race::Race,
};

use super::{example, example_update};
use crate::{catalog::Answer, openapi::Operation, people};

/// Adds or changes the statement. What changes nothing is not written.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let update: StatementUpdate = request.json()?;
    let (tenant, named) = (request.tenant()?, request.path_ref("statementId")?);
    let person = people::find(app, request).await?;
    let mut race = Race::begin();
    loop {
        let now = app.now();
        let before = known(app, tenant, &person, &named).await?;
        let base = match &before {
            Some(statement) => statement.clone(),
            None => begin(tenant, &person, &named, &update, now)?,
        };
        let mut after = base.with(&update, &person, tenant)?;
        if before.as_ref() == Some(&after) {
            return json(StatusCode::OK, &after);
        }
        after.updated_at = now;
        match app.store.save_statement(tenant, &mut after).await {
            Ok(()) if before.is_none() => return json(StatusCode::CREATED, &after),
            Ok(()) => return json(StatusCode::OK, &after),
            Err(error) if error.is_edit_conflict() => race.lost(format!("statement {named}")).await?,
            Err(error) => return Err(error),
        }
    }
}

/// The statement as it is stored; for everybody but its person there is none of the name.
async fn known(
    app: &App,
    tenant: &TenantId,
    person: &Person,
    named: &Ref<id::Statement>,
) -> Result<Option<Statement>, Error> {
    let known = app.store.find_statement(tenant, &named.resolve(tenant.as_str())).await?;
    match known {
        Some(statement) if statement.person_id != person.id => Err(named.not_found()),
        known => Ok(known),
    }
}

/// A statement of which only name and date are known. There is none for an id of ours.
fn begin(
    tenant: &TenantId,
    person: &Person,
    named: &Ref<id::Statement>,
    update: &StatementUpdate,
    now: Timestamp,
) -> Result<Statement, Error> {
    let name = named.external().ok_or_else(|| named.not_found())?;
    let issued_on = update.issued_on.ok_or_else(|| Error::invalid("/issuedOn", "must be given"))?;
    let id = named.resolve(tenant.as_str());
    Ok(Statement::new(id, Some(name.clone()), person.id.clone(), issued_on, now))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::People), Need::Read(Items::Statements), Need::Write(Items::Statements)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Statements", "Add or change a statement")
        .about("The id is yours, with ext- in front. Fields left out stay, null clears.")
        .body::<StatementUpdate>(example_update())
        .answer::<Statement>(200, "The statement, changed", example())
        .answer::<Statement>(201, "The statement, added", example())
        .problems(&[404, 409])
}
