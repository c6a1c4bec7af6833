//! What SendGrid's refusals mean: the status, and for the message's own faults the field that is named.
//! <https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/responses>

use domain::{
    delivery::{ContactEffect, Refusal, Retry},
    vocabulary::{FailureReason, StatusDetails},
};
use reqwest::StatusCode;
use serde::Deserialize;

use crate::providers::refusal;

#[derive(Deserialize, Default)]
struct Answer {
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    field: Option<String>,
}

/// The recipient's address, in the request.
const RECIPIENT: &str = "personalizations.0.to.0.email";

/// What a refusal means. Its texts are left out: they repeat addresses.
pub fn of(status: StatusCode, answer: &[u8]) -> Refusal {
    use FailureReason::{
        EmailServiceNotEnabled, InvalidSmtpCredentials, MaxMessageSizeLimitExceeded, MessagingException,
        MissingEmailRecipientAddress,
    };
    let answer: Answer = serde_json::from_slice(answer).unwrap_or_default();
    let field = answer.errors.into_iter().find_map(|fault| fault.field).filter(|field| is_path(field));
    let named = field.as_deref().unwrap_or_default();
    let never = |reason, description: &str| refusal(None, reason, Retry::Never, description);
    let again = |reason, description: &str| refusal(None, reason, Retry::WhileAllowed, description);
    let meaning = match status {
        StatusCode::BAD_REQUEST if named == RECIPIENT => Refusal {
            details: Some(StatusDetails::InvalidContact),
            effect: Some(ContactEffect::Invalid),
            ..never(MissingEmailRecipientAddress, "SendGrid does not take the recipient's address for one.")
        },
        StatusCode::BAD_REQUEST if named.starts_with("from") || named.starts_with("reply_to") => never(
            EmailServiceNotEnabled,
            "SendGrid does not take the sender's address for one. Correct the tenant's e-mail sender.",
        ),
        StatusCode::FORBIDDEN if named.starts_with("from") => never(
            EmailServiceNotEnabled,
            "The sender's address is not verified. Authenticate its domain in SendGrid, or correct the tenant's e-mail sender.",
        ),
        StatusCode::UNAUTHORIZED => again(
            InvalidSmtpCredentials,
            "SendGrid does not accept the API key, or the account has no credits left. Correct the secret, or the account.",
        ),
        StatusCode::FORBIDDEN => again(
            InvalidSmtpCredentials,
            "The API key may not send mail. Give it the permission Mail Send, or correct the secret.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => {
            never(MaxMessageSizeLimitExceeded, "The message with its files is larger than SendGrid's 30 MB.")
        }
        StatusCode::TOO_MANY_REQUESTS => {
            again(MessagingException, "SendGrid is receiving too many requests from this account.")
        }
        status if status.is_server_error() => again(MessagingException, "SendGrid is not available."),
        _ => never(MessagingException, "SendGrid does not take the message as it is."),
    };
    let code = [Some(status.as_str()), field.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Refusal { code: Some(code), ..meaning }
}

/// Whether it is the name of a field, such as `content.0.value`, and can be nothing of the message.
fn is_path(field: &str) -> bool {
    (1..=100).contains(&field.len())
        && field.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_refusal_means_what_its_status_and_field_say() {
        use ContactEffect::Invalid;
        use FailureReason::*;
        use Retry::{Never, WhileAllowed};
        use StatusDetails::InvalidContact;
        for (status, field, details, reason, retry, effect) in [
            (400, Some(RECIPIENT), Some(InvalidContact), MissingEmailRecipientAddress, Never, Some(Invalid)),
            (400, Some("personalizations.0.cc.0.email"), None, MessagingException, Never, None),
            (400, Some("content.0.value"), None, MessagingException, Never, None),
            (400, Some("from.email"), None, EmailServiceNotEnabled, Never, None),
            (400, Some("reply_to.email"), None, EmailServiceNotEnabled, Never, None),
            (400, None, None, MessagingException, Never, None),
            (401, None, None, InvalidSmtpCredentials, WhileAllowed, None),
            (403, None, None, InvalidSmtpCredentials, WhileAllowed, None),
            (403, Some("from"), None, EmailServiceNotEnabled, Never, None),
            (404, None, None, MessagingException, Never, None),
            (406, None, None, MessagingException, Never, None),
            (413, None, None, MaxMessageSizeLimitExceeded, Never, None),
            (415, None, None, MessagingException, Never, None),
            (429, None, None, MessagingException, WhileAllowed, None),
            (500, None, None, MessagingException, WhileAllowed, None),
            (503, None, None, MessagingException, WhileAllowed, None),
        ] {
            let told = "Does not contain a valid address: john@borrower.example";
            let body = json!({ "errors": [{ "message": told, "field": field, "help": null }] });
            let refusal = of(StatusCode::from_u16(status).unwrap(), body.to_string().as_bytes());
            assert_eq!(
                (refusal.details, refusal.reason, refusal.retry, refusal.effect),
                (details, reason, retry, effect),
                "{status} {field:?}"
            );
            let code = field.map_or(status.to_string(), |field| format!("{status} {field}"));
            assert_eq!(refusal.code, Some(code));
            assert!(!refusal.description.contains('@'));
        }
    }

    #[test]
    fn a_body_that_cannot_be_read_or_names_no_field_leaves_the_status() {
        for body in
            ["", "<html>", "{}", "[]", r#"{"errors":[{"message":"no","field":"john@borrower.example"}]}"#]
        {
            assert_eq!(of(StatusCode::BAD_REQUEST, body.as_bytes()).code.as_deref(), Some("400"), "{body}");
        }
    }
}
