//! Records that the lender's counsel signed off a version of its rules.

use domain::compliance::{
    RuleSet,
    sign_off::{NewSignOff, SignOff, remember},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
    race::Race,
};
use serde_json::json;

use super::example;
use crate::{catalog::Answer, openapi::Operation};

/// Records it, and has decisions say so from now on.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: NewSignOff = request.json()?;
    let caller = request.caller()?;
    let mut race = Race::begin();
    loop {
        let mut tenant = app.store.tenant(&caller.tenant).await?;
        let current = RuleSet::for_tenant(&tenant.settings);
        let (now, trace_id) = (app.now(), &request.trace_id);
        let today = now.to_zoned(tenant.settings.zone()).date();
        let sign_off = body.clone().recorded(&caller.subject, (now, today), trace_id, current.version())?;
        remember(&mut tenant.signed, (&sign_off).into());
        match app.store.save_sign_off(&mut tenant, &sign_off).await {
            Ok(()) => {
                app.forget_tenant(&tenant.id);
                return json(StatusCode::CREATED, &sign_off);
            }
            Err(error) if error.is_edit_conflict() => {
                race.lost(format!("the settings of {}", caller.tenant)).await?
            }
            Err(error) => return Err(error),
        }
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Tenants), Need::Write(Items::Tenants), Need::Write(Items::RuleChanges)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Compliance guard", "Sign the rules off")
        .about(
            "Records who signed which version, and when. It stays on record; every decision by that version names it. If rules \
             change, their version does, and decisions say that nobody signed it.",
        )
        .body::<NewSignOff>(json!({
            "counsel": "J. Doe, counsel",
            "ruleSet": "2026-11-27+4bdb5f92",
            "signedOn": "2026-12-04",
            "note": "All rules but those of states in which we lend to nobody.",
        }))
        .answer::<SignOff>(201, "The sign-off as it is recorded", example())
}
