//! A send as Twilio reads it, and everything it refuses one for.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The longest body, in characters.
const LONGEST_BODY: usize = 1600;

/// Numbers that Twilio's test credentials refuse as a recipient.
/// <https://www.twilio.com/docs/iam/test-credentials>
const MAGIC_RECIPIENTS: &[(&str, u32, &str)] = &[
    ("+15005550001", 21211, "Invalid 'To' Phone Number"),
    (
        "+15005550002",
        21612,
        "The 'To' phone number is not currently reachable using the 'From' phone number via SMS",
    ),
    (
        "+15005550003",
        21408,
        "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    ),
    ("+15005550004", 21610, "Attempt to send to unsubscribed recipient"),
    ("+15005550009", 21614, "'To' number is not a valid mobile number"),
];

/// Numbers that Twilio's test credentials refuse as a sender.
const MAGIC_SENDERS: &[(&str, u32, &str)] = &[
    ("+15005550001", 21212, "The 'From' number is not a valid phone number"),
    (
        "+15005550007",
        21606,
        "The 'From' phone number is not a valid, SMS-capable inbound phone number for your account",
    ),
    ("+15005550008", 21611, "This 'From' number has exceeded the maximum number of queued messages"),
];

/// Why Twilio does not do what it is asked.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// Twilio's error code.
    pub code: u32,
    /// Twilio's wording, or near it; clients go by the code.
    pub message: String,
}

impl Refusal {
    /// The request is wrong.
    pub fn invalid(code: u32, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    /// The caller does not have the account's credentials.
    pub fn unauthenticated() -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code: 20003, message: "Authenticate".to_owned() }
    }

    /// There is no such resource.
    pub fn not_found(path: &str) -> Self {
        let message = format!("The requested resource {path} was not found");
        Self { status: StatusCode::NOT_FOUND, code: 20404, message }
    }

    /// Too many requests at once.
    pub fn throttled() -> Self {
        Self { status: StatusCode::TOO_MANY_REQUESTS, code: 20429, message: "Too Many Requests".to_owned() }
    }

    /// Twilio failed.
    pub fn server_error() -> Self {
        let message = "An internal server error has occurred".to_owned();
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, code: 20500, message }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self { status, code, message } = self;
        let more_info = format!("https://www.twilio.com/docs/errors/{code}");
        let body =
            json!({ "code": code, "message": message, "more_info": more_info, "status": status.as_u16() });
        (status, Json(body)).into_response()
    }
}

/// A send Twilio could queue.
#[derive(Debug, PartialEq, Eq)]
pub struct SendRequest {
    /// The recipient, E.164.
    pub to: String,
    /// The number, short code or name to send from; `None` leaves it to the messaging service.
    pub from: Option<String>,
    /// The messaging service to send with.
    pub messaging_service_sid: Option<String>,
    /// The text; empty only beside media.
    pub body: String,
    /// Addresses of pictures and other files.
    pub media_urls: Vec<String>,
    /// Where to report what becomes of it.
    pub status_callback: Option<String>,
}

impl SendRequest {
    /// Reads the form of a send. Parameters Twilio knows but the stand-in has no use for are passed over.
    pub fn parse(form: &str) -> Result<Self, Refusal> {
        let parameters: Vec<(String, String)> = serde_urlencoded::from_str(form).unwrap_or_default();
        let values = |name: &'static str| {
            parameters
                .iter()
                .filter(move |(key, value)| key == name && !value.is_empty())
                .map(|(_, value)| value.clone())
        };
        let value = |name| values(name).next();

        let request = Self {
            to: value("To").ok_or_else(|| Refusal::invalid(21604, "A 'To' phone number is required."))?,
            from: value("From"),
            messaging_service_sid: value("MessagingServiceSid"),
            body: value("Body").unwrap_or_default(),
            media_urls: values("MediaUrl").collect(),
            status_callback: value("StatusCallback"),
        };
        request.check().map(|()| request)
    }

    fn check(&self) -> Result<(), Refusal> {
        refuse_magic(MAGIC_RECIPIENTS, &self.to)?;
        if !is_e164(&self.to) {
            return Err(Refusal::invalid(21211, format!("Invalid 'To' Phone Number: {}", self.to)));
        }
        if let Some(from) = &self.from {
            refuse_magic(MAGIC_SENDERS, from)?;
        } else if self.messaging_service_sid.is_none() {
            return Err(Refusal::invalid(21603, "A 'From' phone number is required."));
        }
        if self.body.is_empty() && self.media_urls.is_empty() {
            return Err(Refusal::invalid(21602, "Message body is required."));
        }
        if self.body.chars().count() > LONGEST_BODY {
            let message = format!("The concatenated message body exceeds the {LONGEST_BODY} character limit");
            return Err(Refusal::invalid(21617, message));
        }
        if self.status_callback.as_deref().is_some_and(|url| !is_http_url(url)) {
            return Err(Refusal::invalid(21609, "The 'StatusCallback' URL is not a valid URL."));
        }
        Ok(())
    }

    /// The name of what it is sent from.
    pub fn sender(&self) -> String {
        self.from.clone().or_else(|| self.messaging_service_sid.clone()).unwrap_or_default()
    }
}

fn refuse_magic(numbers: &[(&str, u32, &str)], number: &str) -> Result<(), Refusal> {
    match numbers.iter().find(|(magic, _, _)| *magic == number) {
        Some((_, code, message)) => Err(Refusal::invalid(*code, *message)),
        None => Ok(()),
    }
}

/// `+`, then 8 to 15 digits that do not start with 0 (ITU-T E.164 names the longest; no country has shorter).
fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn is_http_url(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TO: &str = "To=%2B13125550100";
    const FROM: &str = "From=%2B13125550199";

    #[test]
    fn send_is_refused_with_twilio_s_code() {
        let cases = [
            (format!("{FROM}&Body=Hi"), 21604),
            (format!("To=3125550100&{FROM}&Body=Hi"), 21211),
            (format!("To=%2B0125550100&{FROM}&Body=Hi"), 21211),
            (format!("To=%2B1312555&{FROM}&Body=Hi"), 21211),
            (format!("To=%2B1312555010012345&{FROM}&Body=Hi"), 21211),
            (format!("To=%2B1312555x100&{FROM}&Body=Hi"), 21211),
            (format!("To=%2B15005550001&{FROM}&Body=Hi"), 21211),
            (format!("To=%2B15005550002&{FROM}&Body=Hi"), 21612),
            (format!("To=%2B15005550003&{FROM}&Body=Hi"), 21408),
            (format!("To=%2B15005550004&{FROM}&Body=Hi"), 21610),
            (format!("To=%2B15005550009&{FROM}&Body=Hi"), 21614),
            (format!("{TO}&From=%2B15005550001&Body=Hi"), 21212),
            (format!("{TO}&From=%2B15005550007&Body=Hi"), 21606),
            (format!("{TO}&From=%2B15005550008&Body=Hi"), 21611),
            (format!("{TO}&Body=Hi"), 21603),
            (format!("{TO}&From=&Body=Hi"), 21603),
            (format!("{TO}&{FROM}"), 21602),
            (format!("{TO}&{FROM}&Body={}", "x".repeat(1601)), 21617),
            (format!("{TO}&{FROM}&Body=Hi&StatusCallback=not-a-url"), 21609),
            (format!("{TO}&{FROM}&Body=Hi&StatusCallback=ftp%3A%2F%2Fhost%2F"), 21609),
        ];
        for (form, code) in cases {
            assert_eq!(SendRequest::parse(&form).map_err(|refusal| refusal.code), Err(code), "{form}");
        }
    }

    #[test]
    fn send_is_read_from_its_form() {
        let form = format!(
            "{TO}&{FROM}&Body={}&StatusCallback=http%3A%2F%2F127.0.0.1%3A8080%2Fhook%3Fi%3D1",
            "é".repeat(1600)
        );
        let request = SendRequest::parse(&form).unwrap();
        assert_eq!(request.to, "+13125550100");
        assert_eq!(request.sender(), "+13125550199");
        assert_eq!(request.body.chars().count(), 1600);
        assert_eq!(request.status_callback.as_deref(), Some("http://127.0.0.1:8080/hook?i=1"));
    }

    #[test]
    fn messaging_service_or_media_take_the_place_of_sender_and_body() {
        let form =
            format!("{TO}&MessagingServiceSid=MG1&MediaUrl=https%3A%2F%2Fx%2Fa&MediaUrl=https%3A%2F%2Fx%2Fb");
        let request = SendRequest::parse(&form).unwrap();
        assert_eq!(request.sender(), "MG1");
        assert_eq!(request.media_urls, ["https://x/a", "https://x/b"]);
    }

    proptest! {
        #[test]
        fn whatever_is_sent_only_what_twilio_could_queue_is_accepted(
            to in "(\\+?[0-9]{0,17}|.*)",
            from in ".*",
            body in ".{0,1700}",
        ) {
            let form = serde_urlencoded::to_string([("To", &to), ("From", &from), ("Body", &body)]).unwrap();
            if let Ok(request) = SendRequest::parse(&form) {
                prop_assert!(is_e164(&request.to));
                prop_assert!(!request.sender().is_empty());
                prop_assert!((1..=1600).contains(&request.body.chars().count()));
                prop_assert_eq!(request.body, body);
            }
        }

        #[test]
        fn any_form_is_read_or_refused(form in ".*") {
            let _ = SendRequest::parse(&form);
        }
    }
}
