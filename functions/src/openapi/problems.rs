//! Problem answers: one response for each status, with examples made by the code that answers.

use domain::{
    Error,
    compliance::{
        Decision, Reason, ReasonCode, ReasonKind,
        rule::{Confidence, Jurisdiction},
    },
    error::{Conflict, TemplateFault, Violation},
    id::Id,
    vocabulary::Role,
};
use jiff::Timestamp;
use lambda_http::{Body, Response, http::StatusCode};
use platform::http::{MAX_BODY, problem};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::schemas::Schemas;
use crate::communications::dispatch::{self, ChannelResult};

/// The trace id of the examples.
const TRACE: &str = "1-67891233-abcdef012345678912345678";

/// One answer of each problem type that a route documents.
fn samples() -> Vec<Response<Body>> {
    let conflict = |conflict, detail: &str| Error::conflict(conflict, detail);
    let errors = [
        Error::Invalid(vec![
            Violation::new("/borrower_id", "must be given"),
            Violation::new("/channel", "must be one of email, sms, letter, in_app; fax was sent"),
        ]),
        Error::Unauthenticated,
        Error::Forbidden(Role::Admin),
        Error::not_found("person", "ext-jane"),
        conflict(Conflict::TemplateDisabled, "The template is disabled; enable it or use another."),
        conflict(
            Conflict::StillRunning,
            "The first request with this Idempotency-Key is still running; ask again.",
        ),
        Error::PreconditionFailed(Some(7)),
        Error::TooLarge(MAX_BODY),
        Error::UnsupportedMediaType("application/json".into()),
        Error::Template(TemplateFault {
            part: "contentText".into(),
            line: Some(3),
            column: Some(21),
            message: "unknown filter: curency".into(),
        }),
        Error::KeyReused,
        Error::RateLimited { retry_after_seconds: 60 },
        Error::Internal("".into()),
        Error::Unavailable("".into()),
    ];
    let refusal = Id::external("acme", "refused");
    let mut answers: Vec<_> = errors.iter().map(|error| problem::answer(error, TRACE)).collect();
    answers.push(problem::blocked(&blocked(), &refusal, TRACE));
    answers.push(problem::nothing_sent(dispatch::example_refusal(), TRACE));
    answers
}

fn blocked() -> Decision {
    let (now, until) = (Timestamp::UNIX_EPOCH, "2026-01-06T14:00:00Z".parse().ok());
    Decision {
        allowed: false,
        reasons: vec![Reason {
            rule_id: "US-REGF-TIME".into(),
            kind: ReasonKind::Law,
            jurisdiction: Some(Jurisdiction::US),
            citation: Some("12 CFR 1006.6(b)(1)(i); 15 USC 1692c(a)(1)".into()),
            confidence: Some(Confidence::Verified),
            tightened: false,
            code: ReasonCode::OutsideHours,
            detail: "Debt collection only from 8 a.m. to 9 p.m.: it is Mon 2026-01-05 21:30 in America/Chicago; the \
                     hours are 08:00–21:00; wait until 2026-01-06T14:00:00Z."
                .into(),
            until,
        }],
        next_allowable_at: until,
        evaluated_at: now,
        time_zones: vec!["America/Chicago".into()],
        jurisdictions: vec![Jurisdiction::US],
        expires_at: None,
        rule_set: String::new(),
        sign_off: None,
        rules: Vec::new(),
        facts_digest: None,
    }
}

/// The name of the response that stands for all problems of a status.
pub(super) fn name(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or_default().replace(' ', "")
}

/// What a status says of a request.
fn meaning(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "The request is not valid: violations say where, and what must be there.",
        StatusCode::UNAUTHORIZED => "There is no credential, or it is not valid.",
        StatusCode::FORBIDDEN => "The role of the credential is too low.",
        StatusCode::NOT_FOUND => "The caller's tenant has no such thing.",
        StatusCode::CONFLICT => "A rule of the business forbids it: the problem's type says which.",
        StatusCode::PRECONDITION_FAILED => "The thing has changed since it was read (If-Match).",
        StatusCode::PAYLOAD_TOO_LARGE => "The body is too large.",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "The body is of a media type that is not read here.",
        StatusCode::UNPROCESSABLE_ENTITY => {
            "The template does not render, or the Idempotency-Key was used with another request."
        }
        StatusCode::TOO_MANY_REQUESTS => "There were too many requests: Retry-After says when to come back.",
        StatusCode::SERVICE_UNAVAILABLE => {
            "A service that Postrider relies on is down: send the request again."
        }
        _ => "Something went wrong on Postrider's side.",
    }
}

/// Every response by its name.
pub(super) fn responses() -> Map<String, Value> {
    let mut responses = Map::new();
    for answer in samples() {
        let status = answer.status();
        let response = responses.entry(name(status)).or_insert_with(|| {
            json!({
                "description": meaning(status),
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" }, "examples": {} } },
            })
        });
        if answer.headers().contains_key("retry-after") {
            response["headers"] = json!({ "Retry-After": { "$ref": "#/components/headers/RetryAfter" } });
        }
        let example: Value = match answer.body() {
            Body::Text(text) => serde_json::from_str(text).unwrap_or_default(),
            _ => Value::Null,
        };
        let slug =
            example["type"].as_str().and_then(|name| name.strip_prefix(problem::TYPE)).unwrap_or_default();
        let examples = &mut response["content"]["application/problem+json"]["examples"];
        examples[slug] = json!({ "value": example });
    }
    responses
}

/// What every problem looks like.
pub(super) fn schema(schemas: &mut Schemas) -> Value {
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "properties": {
            "type": { "type": "string", "format": "uri", "description": format!("{}… names the kind of problem.", problem::TYPE) },
            "title": { "type": "string", "description": "The kind of problem in words." },
            "status": { "type": "integer", "description": "The HTTP status." },
            "detail": { "type": "string", "description": "What happened and what to do." },
            "traceId": { "type": "string", "description": "Helps us find what happened; also in the header X-Trace-Id." },
            "violations": {
                "type": "array",
                "description": "Every field that is wrong, when the request is.",
                "items": schemas.written(SchemaGenerator::subschema_for::<Violation>),
            },
            "reasons": {
                "type": "array",
                "description": "Every reason against the message, when the compliance guard blocks it.",
                "items": schemas.written(SchemaGenerator::subschema_for::<Reason>),
            },
            "interactionId": {
                "type": "string",
                "description": "The record of the guard's refusal: GET /interactions/{id}/compliance explains it permanently.",
            },
            "sendAt": {
                "type": "string",
                "format": "date-time",
                "description": "When nothing will be in the way of a blocked message; absent when a reason has no end.",
            },
            "results": {
                "type": "array",
                "description": "Why a dispatched message left by none of its channels, for each.",
                "items": schemas.written(SchemaGenerator::subschema_for::<ChannelResult>),
            },
            "template": {
                "type": "object",
                "description": "Where a template fails.",
                "properties": {
                    "part": { "type": "string", "description": "subjectLine, contentText or contentHtml; or the name of a shared template." },
                    "line": { "type": "integer", "minimum": 1 },
                    "column": { "type": "integer", "minimum": 1, "description": "The column in that line, in characters." },
                    "message": { "type": "string" },
                },
                "required": ["part", "message"],
                "additionalProperties": false,
            },
        },
        "required": ["type", "title", "status", "detail", "traceId"],
        "additionalProperties": false,
    })
}
