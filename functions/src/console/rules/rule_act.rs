//! What can be done about a rule: one of the law is made stricter or switched off, or holds again as it is written; one of the
//! lender's own is changed or removed.

use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::json;

use super::{
    rule::{self, REMOVE, path_of},
    rule_form,
    rules::PUT,
};
use crate::{
    compliance_rules,
    console::{Form, Shown, TELL},
};

/// Does it, and leads to the rule, or to all of them if it is gone.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let (visit, form) = Form::read(app, request).await?;
    let id = request.path("id");
    let (path, reason) = ([("ruleId", id)], form.text("reason"));
    let told = match form.action() {
        "tighten" => {
            let body = json!({ "reason": reason, "tightened": rule_form::tightened(&form) });
            visit.tell(&PUT, &path, &body, &form).await?
        }
        "disable" => visit.tell(&PUT, &path, &json!({ "reason": reason, "disabled": true }), &form).await?,
        "change" => {
            let body = json!({ "reason": reason, "rule": rule_form::rule(id, &form) });
            visit.tell(&PUT, &path, &body, &form).await?
        }
        "remove" => {
            let query: Vec<_> =
                (!reason.is_empty()).then(|| ("reason", reason.to_owned())).into_iter().collect();
            visit.remove(&REMOVE, &path, &query, &form).await?
        }
        _ => return rule::show(&visit, StatusCode::BAD_REQUEST, None).await,
    };
    match told {
        Ok(_) if form.action() != "remove" => visit.done(&path_of(id), "rule_changed"),
        Ok(_) if id.starts_with(rule_form::OWN) => visit.done("/console/rules", "rule_removed"),
        Ok(_) => visit.done(&path_of(id), "rule_removed"),
        Err(problem) => rule::show(&visit, problem.status, Some(form.refused(&problem))).await,
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(TELL),
    Need::All(rule::NEEDS),
    Need::All(compliance_rules::put::NEEDS),
    Need::All(compliance_rules::remove::NEEDS),
];
