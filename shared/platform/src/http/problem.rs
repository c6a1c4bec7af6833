//! Errors and the guard's refusals as answers: RFC 9457 `application/problem+json`. The one place where they meet HTTP.

use domain::{
    Error,
    compliance::{Decision, ReasonCode},
    error::{Conflict, Violation},
    id::{self, Id},
};
use lambda_http::{
    Body, Response,
    http::{HeaderValue, StatusCode, header},
};
use serde_json::{Map, Value, json};

use super::{Asked, sent::printable};

/// Every problem type is this plus its slug; the pages are in `docs/problems.md`.
pub const TYPE: &str = "urn:postrider:problem:";

/// What a caller without a credential may prove itself by (RFC 9110, section 11.6.1): an access token (RFC 6750), or a key, for
/// which no scheme is registered.
const CHALLENGES: &str = r#"Bearer realm="postrider", ApiKey realm="postrider", header="X-API-KEY""#;

/// The last part of the problem type.
pub fn slug(error: &Error) -> &'static str {
    match error {
        Error::Invalid(_) => "invalid-request",
        Error::Unauthenticated | Error::Unproven => "unauthenticated",
        Error::Forbidden(_) => "forbidden",
        Error::NotFound { .. } => "not-found",
        Error::MethodNotAllowed => "method-not-allowed",
        Error::Conflict { conflict, .. } => conflict.as_str(),
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
pub fn blocked_by(decision: &Decision) -> &'static str {
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
        Error::Unauthenticated | Error::Unproven => StatusCode::UNAUTHORIZED,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Error::Conflict { .. } => StatusCode::CONFLICT,
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
            [] => "The request is not valid.".into(),
            [one] => told_of(one),
            [first, others @ ..] => {
                format!("{} ({} more in violations)", told_of(first), others.len())
            }
        },
        Error::Unauthenticated => "Send a valid X-API-KEY header or Authorization: Bearer token.".into(),
        Error::Unproven => "The call is not proven to be the provider's: check that the URL's tenant is the lender's, that the provider \
             signs its calls, and that the lender's senders have the credentials it signs with."
            .into(),
        Error::Forbidden(role) => {
            format!("This needs a credential with the role {} or above.", role.as_str())
        }
        Error::NotFound { what, id } => format!("There is no {what} {}; check the id.", printable(id)),
        Error::MethodNotAllowed => "This path does not take this method.".into(),
        Error::Conflict { detail, .. } => detail.clone(),
        Error::PreconditionFailed(None) => {
            "There is nothing here that If-Match could match; leave the header out and send the request again.".into()
        }
        Error::PreconditionFailed(Some(revision)) => format!(
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

/// What is wrong at a place, as a sentence.
fn told_of(Violation { pointer, message }: &Violation) -> String {
    match pointer.as_str() {
        "" => format!("The body {message}"),
        place => format!("{place} {message}"),
    }
}

/// The answer to a request that failed.
pub fn answer(error: &Error, trace_id: &str) -> Response<Body> {
    let problem = Problem::of(error).in_trace(trace_id);
    let retry_after = match error {
        Error::RateLimited { retry_after_seconds } => Some(*retry_after_seconds),
        Error::Conflict { conflict: Conflict::StillRunning, .. } | Error::Unavailable(_) => Some(1),
        _ => None,
    };
    let mut response = problem.into_response();
    let challenges = match error {
        Error::Unauthenticated => Some(CHALLENGES),
        Error::Unproven => Some("Signature"),
        _ => None,
    };
    if let Some(challenges) = challenges {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenges));
    }
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// The same, for routes.
pub fn refuse(error: &Error, asked: &Asked) -> Response<Body> {
    answer(error, &asked.trace_id)
}

/// The same as JSON, for whoever invoked a function directly.
pub fn told(error: &Error) -> String {
    Value::Object(Problem::of(error).members).to_string()
}

/// The answer to a message the guard forbids: every reason, and under which id the refusal is on record.
pub fn blocked(decision: &Decision, record: &Id<id::Interaction>, trace_id: &str) -> Response<Body> {
    let problem = Problem::new(blocked_by(decision), StatusCode::CONFLICT, decision.detail());
    let mut problem = problem.in_trace(trace_id);
    problem.tell("interactionId", json!(record));
    problem.tell("reasons", json!(decision.reasons));
    if let Some(at) = decision.next_allowable_at {
        problem.tell("sendAt", json!(at));
    }
    problem.into_response()
}

/// The answer to a message that left by none of its channels: why, for each.
pub fn nothing_sent(results: Value, trace_id: &str) -> Response<Body> {
    let detail = "The message left by none of its channels; see results.";
    let problem = Problem::new("nothing-sent", StatusCode::BAD_REQUEST, detail.into());
    let mut problem = problem.in_trace(trace_id);
    problem.tell("results", results);
    problem.into_response()
}

/// A problem as RFC 9457 writes it.
struct Problem {
    status: StatusCode,
    members: Map<String, Value>,
}

impl Problem {
    fn of(error: &Error) -> Self {
        let mut problem = Self::new(slug(error), status(error), detail(error));
        match error {
            Error::Invalid(violations) => problem.tell("violations", json!(violations)),
            Error::Template(fault) => problem.tell("template", json!(fault)),
            _ => {}
        }
        problem
    }

    fn new(slug: &str, status: StatusCode, detail: String) -> Self {
        let mut title = slug.replace('-', " ");
        title[..1].make_ascii_uppercase();
        let mut problem = Self { status, members: Map::new() };
        problem.tell("type", json!(format!("{TYPE}{slug}")));
        problem.tell("title", json!(title));
        problem.tell("status", json!(status.as_u16()));
        problem.tell("detail", json!(detail));
        problem
    }

    fn in_trace(mut self, trace_id: &str) -> Self {
        self.tell("traceId", json!(trace_id));
        self
    }

    fn tell(&mut self, member: &str, value: Value) {
        self.members.insert(member.to_owned(), value);
    }

    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::Text(Value::Object(self.members).to_string()));
        *response.status_mut() = self.status;
        let media_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        response
    }
}
