//! What FCM's error codes mean for a message and its device: one table.
//!
//! Codes: <https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode>.

use domain::{
    delivery::{
        About::{self, Account, Message, Recipient, Server},
        ContactEffect::{self, Invalid},
        Refusal,
        Retry::{self, Never, Times, WhileAllowed},
    },
    vocabulary::{
        FailureReason::{InvalidHttpResponse, MaxMessageSizeLimitExceeded, UndefinedDestination},
        StatusDetails::InvalidContact,
    },
};
use reqwest::StatusCode;
use serde::Deserialize;

use crate::providers::{exchange::is_busy, mapping::Mapping, refusal};

/// Code, about whom it is (its recipient is the device), whether to try again, what it says about the token, and what to tell the lender's
/// people.
type Row = (&'static str, About, Retry, Option<ContactEffect>, &'static str);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    ("UNREGISTERED", Recipient, Never, Some(Invalid),
        "The device is no longer registered: the application was removed from it, or has another token by now."),
    // The token may be right and the service account another project's: then no token is to be given up.
    ("SENDER_ID_MISMATCH", Recipient, Never, None,
        "The device's token belongs to another Firebase project than the service account. Check which of them is right."),
    ("QUOTA_EXCEEDED", Server, WhileAllowed, None,
        "FCM is receiving too many messages for this project or this device."),
    ("UNAVAILABLE", Server, WhileAllowed, None,
        "FCM is overloaded."),
    ("INTERNAL", Server, WhileAllowed, None,
        "FCM reports an error of its own."),
    // Devices of other platforms get theirs.
    ("THIRD_PARTY_AUTH_ERROR", Server, WhileAllowed, None,
        "FCM cannot reach the device's platform for this project. Correct the APNs key, or the key for web push, in the Firebase console."),
    ("UNSPECIFIED_ERROR", Message, Times(2), None,
        "FCM reports a failure without saying why."),
];

/// An answer that is no success.
#[derive(Debug, Default, Deserialize)]
pub struct Fault {
    #[serde(default)]
    error: Told,
}

#[derive(Debug, Default, Deserialize)]
struct Told {
    #[serde(default)]
    message: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    error_code: Option<String>,
    #[serde(default)]
    field_violations: Vec<FieldViolation>,
}

#[derive(Debug, Deserialize)]
struct FieldViolation {
    #[serde(default)]
    field: String,
}

impl Fault {
    /// What an answer says; nothing if it is none of FCM's.
    pub fn read(answer: &[u8]) -> Self {
        serde_json::from_slice(answer).unwrap_or_default()
    }

    fn code(&self) -> Option<&str> {
        self.error.details.iter().find_map(|detail| detail.error_code.as_deref())
    }

    /// Whether our access token is what FCM does not accept, and not a key of the project's.
    pub fn is_about_our_token(&self, status: StatusCode) -> bool {
        status == StatusCode::UNAUTHORIZED && self.code() != Some("THIRD_PARTY_AUTH_ERROR")
    }

    /// What it means.
    pub fn refusal(&self, status: StatusCode) -> Refusal {
        let code = self.code().unwrap_or(&self.error.status);
        let refusal = match TABLE.iter().find(|row| row.0 == code) {
            Some(row) => meaning(row),
            None if code == INVALID_ARGUMENT => {
                let (argument, field) = self.argument();
                argument.refusal(field)
            }
            None => by_status(status),
        };
        Refusal { code: Some(code.to_owned()).filter(|code| !code.is_empty()), ..refusal }
    }

    /// FCM has one code for a token that is none and for a message it cannot take; the field distinguishes them, and where no
    /// field is named, the wording.
    fn argument(&self) -> (Argument, Option<&str>) {
        let mut fields =
            self.error.details.iter().flat_map(|detail| &detail.field_violations).map(|of| of.field.as_str());
        let message = self.error.message.to_lowercase();
        if fields.clone().any(|field| field == "message.token") || message.contains("registration token") {
            return (Argument::Token, None);
        }
        if message.contains("too big") || message.contains("too large") {
            return (Argument::Size, None);
        }
        (Argument::Other, fields.next())
    }
}

/// The code for whatever is wrong with a message.
const INVALID_ARGUMENT: &str = "INVALID_ARGUMENT";

/// What is.
#[derive(Clone, Copy)]
enum Argument {
    Token,
    Size,
    Other,
}

impl Argument {
    const ALL: [Self; 3] = [Self::Token, Self::Size, Self::Other];

    fn about(self) -> &'static str {
        match self {
            Self::Token => "about `message.token`",
            Self::Size => "about the size",
            Self::Other => "about another field, or none",
        }
    }

    fn refusal(self, field: Option<&str>) -> Refusal {
        match self {
            Self::Token => device(Never, Some(Invalid), "The device's token is none that FCM gives."),
            Self::Size => Refusal::new(
                Message,
                MaxMessageSizeLimitExceeded,
                Never,
                "The notification is larger than the 4,096 bytes FCM carries. Shorten the message, or its template.",
            ),
            Self::Other => {
                let field = field.map(|field| format!(": {field}")).unwrap_or_default();
                Refusal::new(
                    Message,
                    InvalidHttpResponse,
                    Never,
                    format!("FCM does not accept the message{field}."),
                )
            }
        }
    }
}

/// Everything FCM has a code for.
pub fn mappings() -> impl Iterator<Item = Mapping> {
    let known = TABLE.iter().map(|row| Mapping::sending(row.0, meaning(row)));
    let arguments = Argument::ALL
        .into_iter()
        .map(|argument| Mapping::sending(INVALID_ARGUMENT, argument.refusal(None)).given(argument.about()));
    known.chain(arguments)
}

fn meaning((_, about, retry, effect, description): &Row) -> Refusal {
    match about {
        Recipient => device(*retry, *effect, description),
        about => {
            Refusal { effect: *effect, ..Refusal::new(*about, InvalidHttpResponse, *retry, *description) }
        }
    }
}

fn device(retry: Retry, effect: Option<ContactEffect>, description: &str) -> Refusal {
    Refusal { effect, ..refusal(Recipient, Some(InvalidContact), UndefinedDestination, retry, description) }
}

/// What an answer means in which FCM itself says nothing.
fn by_status(status: StatusCode) -> Refusal {
    let (about, retry, description) = match status {
        StatusCode::UNAUTHORIZED => (
            Account,
            WhileAllowed,
            "FCM does not accept the access token it was given for the service account.".to_owned(),
        ),
        StatusCode::FORBIDDEN => (
            Account,
            Never,
            "The service account may not send: give it the role Firebase Cloud Messaging API Admin, and enable that API in \
             the project."
                .to_owned(),
        ),
        StatusCode::NOT_FOUND => {
            (Account, Never, "FCM knows no project of the service account's project_id.".to_owned())
        }
        status if is_busy(status) => {
            (Server, WhileAllowed, format!("FCM is busy or not available ({status})."))
        }
        status => (Message, Never, format!("FCM refuses the message ({status}).")),
    };
    Refusal::new(about, InvalidHttpResponse, retry, description)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::vocabulary::{Channel, FailureReason};
    use serde_json::{Value, json};

    use super::*;

    /// As FCM writes it.
    fn told(status: u16, canonical: &str, message: &str, details: Value) -> (StatusCode, Fault) {
        let body = json!({ "error": { "code": status, "message": message, "status": canonical, "details": details } });
        (StatusCode::from_u16(status).unwrap(), Fault::read(body.to_string().as_bytes()))
    }

    fn fcm_error(code: &str) -> Value {
        json!({ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code })
    }

    fn violation(field: &str) -> Value {
        json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{ "field": field, "description": "…" }],
        })
    }

    #[test]
    fn every_code_means_what_the_provider_contract_says() {
        let device = Some(InvalidContact);
        for (status, canonical, code, details, retry, effect) in [
            (404, "NOT_FOUND", "UNREGISTERED", device, Never, Some(Invalid)),
            (403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", device, Never, None),
            (429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", None, WhileAllowed, None),
            (503, "UNAVAILABLE", "UNAVAILABLE", None, WhileAllowed, None),
            (500, "INTERNAL", "INTERNAL", None, WhileAllowed, None),
            (401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR", None, WhileAllowed, None),
            (500, "UNKNOWN", "UNSPECIFIED_ERROR", None, Times(2), None),
        ] {
            let (status, fault) = told(status, canonical, "…", json!([fcm_error(code)]));
            let refusal = fault.refusal(status);
            assert_eq!((refusal.details, refusal.retry, refusal.effect), (details, retry, effect), "{code}");
            assert_eq!(refusal.code.as_deref(), Some(code));
            assert!(!fault.is_about_our_token(status), "{code}");
        }
    }

    #[test]
    fn a_token_that_is_none_is_told_from_a_message_that_cannot_be_taken() {
        let code = || fcm_error("INVALID_ARGUMENT");
        const TOKEN: &str = "The registration token is not a valid FCM registration token";
        for (message, details, reason, effect) in [
            (TOKEN, json!([code(), violation("message.token")]), UndefinedDestination, Some(Invalid)),
            (TOKEN, json!([code()]), UndefinedDestination, Some(Invalid)),
            (
                "Invalid value",
                json!([code(), violation("message.token")]),
                UndefinedDestination,
                Some(Invalid),
            ),
            ("Message is too big", json!([code()]), MaxMessageSizeLimitExceeded, None),
            ("Invalid value", json!([violation("message.data[0].value")]), InvalidHttpResponse, None),
            ("Request contains an invalid argument.", json!([code()]), InvalidHttpResponse, None),
        ] {
            let (status, fault) = told(400, "INVALID_ARGUMENT", message, details);
            let refusal = fault.refusal(status);
            assert_eq!((refusal.reason, refusal.effect, refusal.retry), (reason, effect, Never), "{message}");
            assert_eq!(refusal.code.as_deref(), Some("INVALID_ARGUMENT"));
        }
        let (status, fault) = told(400, "INVALID_ARGUMENT", "…", json!([violation("message.data[0].value")]));
        assert!(fault.refusal(status).description.contains("message.data[0].value"));
    }

    #[test]
    fn what_fcm_does_not_explain_is_told_by_its_status() {
        for (status, retry) in [
            (401, WhileAllowed),
            (403, Never),
            (404, Never),
            (400, Never),
            (429, WhileAllowed),
            (500, WhileAllowed),
            (503, WhileAllowed),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            for answer in ["", "<html>", "[]", r#"{"error": {}}"#, r#"{"error": {"details": []}}"#] {
                let refusal = Fault::read(answer.as_bytes()).refusal(status);
                assert_eq!(
                    (refusal.retry, refusal.effect, refusal.code),
                    (retry, None, None),
                    "{status} {answer}"
                );
            }
        }
        let (status, fault) = told(
            401,
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials.",
            json!([{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_EXPIRED" }]),
        );
        assert!(fault.is_about_our_token(status));
        let (status, fault) = told(403, "PERMISSION_DENIED", "Permission denied on resource", json!([]));
        assert!(fault.refusal(status).description.contains("role"));
    }

    #[test]
    fn a_service_account_that_may_not_send_is_out_of_order() {
        for (status, about) in
            [(401, Account), (403, Account), (404, Account), (400, Message), (429, Server), (503, Server)]
        {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(Fault::default().refusal(status).about, about, "{status}");
        }
        for (code, about) in
            [("UNREGISTERED", Recipient), ("THIRD_PARTY_AUTH_ERROR", Server), ("INTERNAL", Server)]
        {
            let (status, fault) = told(500, "INTERNAL", "…", json!([fcm_error(code)]));
            assert_eq!(fault.refusal(status).about, about, "{code}");
        }
    }

    #[test]
    fn every_code_stands_once_and_a_device_is_an_undefined_destination() {
        let codes: BTreeSet<_> = TABLE.iter().map(|row| row.0).collect();
        assert_eq!(codes.len(), TABLE.len());
        assert_eq!(FailureReason::of(InvalidContact, Channel::Push), Some(UndefinedDestination));
    }
}
