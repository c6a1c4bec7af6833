//! Errors as answers: RFC 9457 `application/problem+json`. The one place where an [`Error`] meets HTTP.

use domain::{
    Error,
    compliance::{Decision, ReasonCode},
};
use lambda_http::{Body, Response, http::StatusCode};
use serde_json::{Map, Value, json};

/// Every problem type is this plus its slug; the pages are in `docs/problems.md`.
pub const TYPE: &str = "urn:postrider:problem:";

/// The last part of the problem type.
pub fn slug(error: &Error) -> &'static str {
    match error {
        Error::Invalid(_) => "invalid-request",
        Error::Unauthenticated => "unauthenticated",
        Error::Forbidden(_) => "forbidden",
        Error::NotFound { .. } => "not-found",
        Error::MethodNotAllowed => "method-not-allowed",
        Error::Blocked(blocked) => blocked_by(&blocked.decision),
        Error::Conflict { conflict, .. } => conflict.slug(),
        Error::PreconditionFailed(_) => "precondition-failed",
        Error::TooLarge(_) => "body-too-large",
        Error::UnsupportedMediaType(_) => "unsupported-media-type",
        Error::Template(_) => "template-does-not-render",
        Error::KeyReused => "idempotency-key-reused",
        Error::RateLimited { .. } => "too-many-requests",
        Error::Unavailable(_) => "unavailable",
        Error::Internal(_) => "internal",
    }
}

/// 001 names what most often is in the way; the guard's other reasons are told by their codes.
fn blocked_by(decision: &Decision) -> &'static str {
    if decision.next_right_hour().is_some() {
        return "outside-allowed-hours";
    }
    match decision.ruling().map(|reason| reason.code) {
        Some(ReasonCode::NoContact) => "no-contact",
        Some(ReasonCode::ContactInvalid) => "contact-invalid",
        Some(ReasonCode::PersonInactive | ReasonCode::PersonDeceased | ReasonCode::CaseDoNotInteract) => {
            "person-not-eligible"
        }
        Some(ReasonCode::ConsentRevoked) => "consent-revoked",
        Some(ReasonCode::ChannelOptedOut) => "channel-opted-out",
        Some(ReasonCode::LocationUnknown) => "location-unknown",
        Some(
            ReasonCode::DoNotContact
            | ReasonCode::ConsentMissing
            | ReasonCode::RecentlyContacted
            | ReasonCode::OutsideHours
            | ReasonCode::InconvenientTime
            | ReasonCode::CaseOpen
            | ReasonCode::AttorneyRepresented
            | ReasonCode::WorkContact
            | ReasonCode::ContactOfAnother,
        )
        | None => "blocked-by-compliance-guard",
    }
}

/// The HTTP status.
pub fn status(error: &Error) -> StatusCode {
    match error {
        Error::Invalid(_) => StatusCode::BAD_REQUEST,
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Error::Blocked(_) | Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::PreconditionFailed(_) => StatusCode::PRECONDITION_FAILED,
        Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Error::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Error::Template(_) | Error::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What happened and what to do, for the caller. Our own faults say nothing of their cause.
pub fn detail(error: &Error) -> String {
    match error {
        Error::Invalid(violations) => match &violations[..] {
            [one] => format!("{} {}", one.pointer, one.message),
            many => format!("{} fields are wrong; see violations.", many.len()),
        },
        Error::Unauthenticated => "Send a valid X-API-KEY header or Authorization: Bearer token.".into(),
        Error::Forbidden(role) => {
            format!("This needs a credential with the role {} or above.", role.as_str())
        }
        Error::NotFound { what, id } => format!("There is no {what} {id}."),
        Error::MethodNotAllowed => "This path does not take this method.".into(),
        Error::Blocked(blocked) => blocked.decision.detail(),
        Error::Conflict { detail, .. } => detail.clone(),
        Error::PreconditionFailed(revision) => format!(
            "This changed since you read it: its ETag is now \"{revision}\". Read it again and repeat the change."
        ),
        Error::TooLarge(limit) => format!("The body may have at most {limit} bytes."),
        Error::UnsupportedMediaType(allowed) => format!("Send the body as Content-Type: {allowed}."),
        Error::Template(fault) => match (fault.line, fault.column) {
            (Some(line), Some(column)) => {
                format!("{}, line {line}, column {column}: {}", fault.part, fault.message)
            }
            (Some(line), None) => format!("{}, line {line}: {}", fault.part, fault.message),
            (None, _) => format!("{}: {}", fault.part, fault.message),
        },
        Error::KeyReused => "This Idempotency-Key was used with another request; choose a new one.".into(),
        Error::RateLimited { retry_after_seconds } => {
            format!("Too many requests; try again in {retry_after_seconds} s.")
        }
        Error::Unavailable(_) => "A service Postrider relies on is away; send the same request again.".into(),
        Error::Internal(_) => "Something went wrong on our side; the trace id helps us find it.".into(),
    }
}

fn title(error: &Error) -> String {
    let mut title = slug(error).replace('-', " ");
    title[..1].make_ascii_uppercase();
    title
}

/// The answer to a request that failed.
pub fn answer(error: &Error, trace_id: &str) -> Response<Body> {
    let status = status(error);
    let mut problem = Map::new();
    problem.insert("type".into(), json!(format!("{TYPE}{}", slug(error))));
    problem.insert("title".into(), json!(title(error)));
    problem.insert("status".into(), json!(status.as_u16()));
    problem.insert("detail".into(), json!(detail(error)));
    problem.insert("traceId".into(), json!(trace_id));
    match error {
        Error::Invalid(violations) => {
            problem.insert("violations".into(), json!(violations));
        }
        Error::Blocked(blocked) => {
            let decision = &blocked.decision;
            if let Some(record) = &blocked.interaction {
                problem.insert("interactionId".into(), json!(record.id));
            }
            problem.insert("reasons".into(), json!(decision.reasons));
            if let Some(at) = decision.next_allowable_at {
                problem.insert("sendAt".into(), json!(at));
            }
        }
        Error::Template(fault) => {
            problem.insert("template".into(), json!(fault));
        }
        _ => {}
    }
    let mut response = Response::new(Body::Text(Value::Object(problem).to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert("content-type", lambda_http::http::HeaderValue::from_static("application/problem+json"));
    let retry_after = match error {
        Error::RateLimited { retry_after_seconds } => Some(*retry_after_seconds),
        Error::Conflict { conflict: domain::error::Conflict::StillRunning, .. } | Error::Unavailable(_) => {
            Some(1)
        }
        _ => None,
    };
    if let Some(seconds) = retry_after {
        headers.insert("retry-after", seconds.into());
    }
    response
}
