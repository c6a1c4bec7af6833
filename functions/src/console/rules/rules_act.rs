//! Adds a rule of the lender's own.

use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::json;

use super::{
    rule, rule_form,
    rules::{self, PUT},
};
use crate::{
    compliance_rules,
    console::{Form, Problem, Shown, TELL},
};

/// Adds it, and leads to it. One that is there already is not overwritten by mistake.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let (visit, form) = Form::read(app, request).await?;
    if form.action() != "add" {
        return rules::show(&visit, StatusCode::BAD_REQUEST, None).await;
    }
    let form = form.of_new();
    let id = rule_form::id_of(form.text("rule.id"));
    let body = json!({ "reason": form.text("reason"), "rule": rule_form::rule(&id, &form) });
    match visit.tell(&PUT, &[("ruleId", &id)], &body, &form).await? {
        Ok(_) => visit.done(&rule::path_of(&id), "rule_added"),
        Err(problem) if problem.status == StatusCode::PRECONDITION_FAILED => {
            let taken = taken(&visit.request.trace_id);
            rules::show(&visit, taken.status, Some(form.refused(&taken))).await
        }
        Err(problem) => rules::show(&visit, problem.status, Some(form.refused(&problem))).await,
    }
}

fn taken(trace_id: &str) -> Problem {
    let fault = json!({ "pointer": "/rule/id", "message": "must be the name of no other rule" });
    Problem {
        status: StatusCode::BAD_REQUEST,
        members: json!({ "type": "urn:postrider:problem:invalid-request", "violations": [fault], "traceId": trace_id }),
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::All(TELL), Need::All(rules::NEEDS), Need::All(compliance_rules::put::NEEDS)];
