//! What FCM refuses a send with.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

const FCM_ERROR: &str = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";

/// Why FCM does not do what it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    /// As gRPC names the status.
    canonical: &'static str,
    message: String,
    details: Vec<Value>,
}

/// FCM's own codes: each with its HTTP status, gRPC's name for that, and FCM's wording or near it.
#[rustfmt::skip]
const CODES: &[(&str, StatusCode, &str, &str)] = &[
    ("UNREGISTERED", StatusCode::NOT_FOUND, "NOT_FOUND", "Requested entity was not found."),
    ("SENDER_ID_MISMATCH", StatusCode::FORBIDDEN, "PERMISSION_DENIED", "SenderId mismatch"),
    ("QUOTA_EXCEEDED", StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Send requests' and limit 'Send requests per minute'."),
    ("UNAVAILABLE", StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "The service is currently unavailable."),
    ("INTERNAL", StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "Internal error encountered."),
    ("THIRD_PARTY_AUTH_ERROR", StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service"),
    ("INVALID_ARGUMENT", StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", "Request contains an invalid argument."),
    ("UNSPECIFIED_ERROR", StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", "Unknown error."),
];

impl Refusal {
    /// One of FCM's codes; `None` where it has no such code.
    pub fn of(code: &str) -> Option<Self> {
        let (code, status, canonical, message) = CODES.iter().find(|known| known.0 == code)?;
        let details = vec![json!({ "@type": FCM_ERROR, "errorCode": code })];
        Some(Self { status: *status, canonical, message: (*message).to_owned(), details })
    }

    /// Every code of FCM's.
    pub fn codes() -> Vec<&'static str> {
        CODES.iter().map(|known| known.0).collect()
    }

    /// The access token is not, or no longer, good.
    pub fn unauthenticated() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            canonical: "UNAUTHENTICATED",
            message: "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other \
                      valid authentication credential."
                .to_owned(),
            details: vec![json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_TYPE_UNSUPPORTED",
                "domain": "googleapis.com",
            })],
        }
    }

    /// The access token is another project's.
    pub fn forbidden(project: &str) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            canonical: "PERMISSION_DENIED",
            message: format!(
                "Permission 'cloudmessaging.messages.create' denied on resource '//cloudresourcemanager.googleapis.com/projects/{project}' (or it may not exist)."
            ),
            details: Vec::new(),
        }
    }

    /// There is no such method.
    pub fn not_found() -> Self {
        let message = "Method not found.".to_owned();
        Self { status: StatusCode::NOT_FOUND, canonical: "NOT_FOUND", message, details: Vec::new() }
    }

    /// The request cannot be read.
    pub fn unreadable(message: impl Into<String>) -> Self {
        let message = message.into();
        let violation = json!({ "description": message });
        let details = vec![json!({ "@type": BAD_REQUEST, "fieldViolations": [violation] })];
        Self { status: StatusCode::BAD_REQUEST, canonical: "INVALID_ARGUMENT", message, details }
    }

    /// A field is wrong.
    pub fn invalid(field: Option<&str>, message: &str) -> Self {
        let mut details = vec![json!({ "@type": FCM_ERROR, "errorCode": "INVALID_ARGUMENT" })];
        details.extend(field.map(|field| {
            let violation = json!({ "field": field, "description": message });
            json!({ "@type": BAD_REQUEST, "fieldViolations": [violation] })
        }));
        Self {
            status: StatusCode::BAD_REQUEST,
            canonical: "INVALID_ARGUMENT",
            message: message.to_owned(),
            details,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "error": {
            "code": self.status.as_u16(),
            "message": self.message,
            "status": self.canonical,
            "details": self.details,
        } });
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("60"));
        }
        response
    }
}
