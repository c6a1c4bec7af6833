//! What SendGrid's refusals mean: the status, and for the message's own faults the field that is named.
//! <https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/responses>

use domain::{
    delivery::{
        About::{self, Account, Message, Recipient, Server},
        ContactEffect::{self, Invalid},
        Refusal,
        Retry::{Never, WhileAllowed},
    },
    vocabulary::{
        FailureReason::{self, *},
        StatusDetails::{self, InvalidContact},
    },
};
use reqwest::StatusCode;
use serde::Deserialize;

use crate::providers::{mapping::Mapping, refusal};

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

/// What the field tells: the status, what its name begins with, about whom that is, and what it means.
type Row =
    (u16, &'static str, About, Option<StatusDetails>, FailureReason, Option<ContactEffect>, &'static str);

/// A sender's address is one mailbox's; others may have another.
#[rustfmt::skip]
const FIELDS: &[Row] = &[
    (400, "personalizations.0.to.0.email", Recipient, Some(InvalidContact), MissingEmailRecipientAddress, Some(Invalid),
        "SendGrid does not take the recipient's address for one."),
    (400, "from", Server, None, EmailServiceNotEnabled, None,
        "SendGrid does not take the sender's address for one. Correct the tenant's e-mail sender."),
    (400, "reply_to", Server, None, EmailServiceNotEnabled, None,
        "SendGrid does not take the address for answers for one. Correct the tenant's e-mail sender."),
    (403, "from", Server, None, EmailServiceNotEnabled, None,
        "The sender's address is not verified. Authenticate its domain in SendGrid, or correct the tenant's e-mail sender."),
];

/// Every field that counts.
pub fn mappings() -> impl Iterator<Item = Mapping> {
    FIELDS
        .iter()
        .map(|row| Mapping::sending(row.0, about(row)).given(format_args!("the field is `{}…`", row.1)))
}

/// What a refusal means. Its texts are left out: they repeat addresses.
pub fn of(status: StatusCode, answer: &[u8]) -> Refusal {
    let answer: Answer = serde_json::from_slice(answer).unwrap_or_default();
    let field = answer.errors.into_iter().find_map(|fault| fault.field).filter(|field| is_path(field));
    let named = field.as_deref().unwrap_or_default();
    let row = FIELDS.iter().find(|row| row.0 == status.as_u16() && named.starts_with(row.1));
    let code = [Some(status.as_str()), field.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Refusal { code: Some(code), ..row.map_or_else(|| by_status(status), about) }
}

fn about((_, _, about, details, reason, effect, description): &Row) -> Refusal {
    let retry = if *about == Server { WhileAllowed } else { Never };
    Refusal { effect: *effect, ..refusal(*about, *details, *reason, retry, *description) }
}

fn by_status(status: StatusCode) -> Refusal {
    let never = |reason, description: &str| Refusal::new(Message, reason, Never, description);
    let again = |about, reason, description: &str| Refusal::new(about, reason, WhileAllowed, description);
    match status {
        StatusCode::UNAUTHORIZED => again(
            Account,
            InvalidSmtpCredentials,
            "SendGrid does not accept the API key, or the account has no credits left. Correct the secret, or the account.",
        ),
        StatusCode::FORBIDDEN => again(
            Account,
            InvalidSmtpCredentials,
            "The API key may not send mail. Give it the permission Mail Send, or correct the secret.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => {
            never(MaxMessageSizeLimitExceeded, "The message with its files is larger than SendGrid's 30 MB.")
        }
        StatusCode::TOO_MANY_REQUESTS => {
            again(Server, MessagingException, "SendGrid is receiving too many requests from this account.")
        }
        status if status.is_server_error() => again(Server, MessagingException, "SendGrid is not available."),
        _ => never(MessagingException, "SendGrid does not take the message as it is."),
    }
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
        for (status, field, details, reason, retry, effect) in [
            (
                400,
                Some(FIELDS[0].1),
                Some(InvalidContact),
                MissingEmailRecipientAddress,
                Never,
                Some(Invalid),
            ),
            (400, Some("personalizations.0.cc.0.email"), None, MessagingException, Never, None),
            (400, Some("content.0.value"), None, MessagingException, Never, None),
            (400, Some("from.email"), None, EmailServiceNotEnabled, WhileAllowed, None),
            (400, Some("reply_to.email"), None, EmailServiceNotEnabled, WhileAllowed, None),
            (400, None, None, MessagingException, Never, None),
            (401, None, None, InvalidSmtpCredentials, WhileAllowed, None),
            (403, None, None, InvalidSmtpCredentials, WhileAllowed, None),
            (403, Some("from"), None, EmailServiceNotEnabled, WhileAllowed, None),
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
    fn keys_and_credits_are_the_accounts_and_a_senders_address_a_part_of_it() {
        for (status, field, about) in [
            (401, "", Account),
            (403, "", Account),
            (403, "from", Server),
            (400, "from.email", Server),
            (429, "", Server),
            (500, "", Server),
            (400, "personalizations.0.to.0.email", Recipient),
            (400, "content.0.value", Message),
            (413, "", Message),
        ] {
            let body = json!({ "errors": [{ "field": field }] });
            let refusal = of(StatusCode::from_u16(status).unwrap(), body.to_string().as_bytes());
            assert_eq!(refusal.about, about, "{status} {field}");
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
