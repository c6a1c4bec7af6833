//! Status callbacks: what Twilio tells about a message after taking it.

use domain::{
    delivery::{self, DeliveryEvent, News, Refusal, Retry},
    id::{self, Id},
    tenant::TenantId,
    vocabulary::{FailureReason, InteractionStatus, ProviderName},
};
use jiff::Timestamp;
use url::Url;

use super::refusals;
use crate::providers::{
    Malformed,
    mapping::{Mapping, Meaning},
};

/// What a status tells.
enum Told {
    Progress(InteractionStatus),
    /// The code says why.
    Failed,
    Canceled,
}

/// Statuses that are news. 001 has no text detail for "sent" and "delivered".
const TABLE: &[(&str, Told)] = &[
    ("sent", Told::Progress(InteractionStatus::Attempted)),
    ("delivered", Told::Progress(InteractionStatus::Succeeded)),
    ("read", Told::Progress(InteractionStatus::Succeeded)),
    ("failed", Told::Failed),
    ("undelivered", Told::Failed),
    ("canceled", Told::Canceled),
];

/// Whom a callback is about. Twilio repeats nothing of ours in the form it posts, so the URL says it; the signature
/// covers the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Whose message, and so whose auth token verifies the signature.
    pub tenant: TenantId,
    /// Which message.
    pub interaction: Id<id::Interaction>,
}

impl About {
    /// The URL Twilio shall call: `webhook` with our ids in its query.
    pub fn url(&self, webhook: &Url) -> Url {
        let mut url = webhook.clone();
        url.query_pairs_mut()
            .append_pair("tenant", self.tenant.as_str())
            .append_pair("interaction", self.interaction.as_str());
        url
    }

    /// Reads the query of a call. To be believed once the signature is verified.
    ///
    /// # Errors
    /// When it does not name a tenant and an interaction.
    pub fn from_query(query: &str) -> Result<Self, Malformed> {
        let find = |wanted: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find_map(|(name, value)| (name == wanted).then_some(value))
                .ok_or_else(|| Malformed(format!("the query names no {wanted}")))
        };
        let invalid = |error: id::InvalidId| Malformed(error.to_string());
        Ok(Self {
            tenant: find("tenant")?.parse().map_err(invalid)?,
            interaction: find("interaction")?.parse().map_err(invalid)?,
        })
    }
}

/// Reads a status callback's form. `None` when it is no news: before the carrier has the message there is nothing to
/// know beyond our own record, and statuses may be added by Twilio without notice.
///
/// # Errors
/// When the form names no message or no status.
pub fn read(
    form: &[(String, String)],
    interaction: Id<id::Interaction>,
    received_at: Timestamp,
) -> Result<Option<DeliveryEvent>, Malformed> {
    let reference = field(form, "MessageSid").or_else(|| field(form, "SmsSid"));
    let reference = reference.ok_or_else(|| Malformed("no MessageSid".into()))?;
    let status = field(form, "MessageStatus").or_else(|| field(form, "SmsStatus"));
    let status = status.ok_or_else(|| Malformed("no MessageStatus".into()))?;
    let Some((_, told)) = TABLE.iter().find(|row| row.0 == status) else { return Ok(None) };
    let news = match told {
        Told::Progress(status) => progress(*status),
        Told::Failed => News::Failed(match field(form, "ErrorCode").map(str::parse) {
            Some(Ok(code)) => refusals::of(code),
            _ => refusals::unexplained(),
        }),
        Told::Canceled => News::Failed(canceled()),
    };
    Ok(Some(DeliveryEvent {
        interaction_id: Some(interaction),
        provider: ProviderName::Twilio,
        reference: reference.to_owned(),
        event_id: format!("{reference}:{status}"),
        occurred_at: received_at,
        news,
    }))
}

/// Every status that Twilio has.
pub fn mappings() -> impl Iterator<Item = Mapping> {
    let known = TABLE.iter().flat_map(|(status, told)| match told {
        Told::Progress(reached) => vec![Mapping::afterwards(status, Some(progress(*reached)))],
        Told::Failed => vec![
            Mapping::afterwards(status, Meaning::ByCode).given("with a code"),
            Mapping::afterwards(status, refusals::unexplained()).given("without a code"),
        ],
        Told::Canceled => vec![Mapping::afterwards(status, canceled())],
    });
    known.chain([Mapping::afterwards("", Meaning::NoNews).given("any other status")])
}

fn progress(status: InteractionStatus) -> News {
    News::Progress { status, details: None, effect: None }
}

fn canceled() -> Refusal {
    let description = "The message was canceled at Twilio before it was sent.";
    Refusal::new(delivery::About::Message, FailureReason::SmsNotSent, Retry::Never, description)
}

fn field<'a>(form: &'a [(String, String)], wanted: &str) -> Option<&'a str> {
    form.iter().find(|(name, value)| name == wanted && !value.is_empty()).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use domain::{delivery::ContactEffect, vocabulary::StatusDetails};
    use proptest::prelude::*;

    use super::*;

    fn interaction() -> Id<id::Interaction> {
        Id::new(1_763_722_800_000, [7; 10])
    }

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn read_form(fields: &[(&str, &str)]) -> Result<Option<DeliveryEvent>, Malformed> {
        let form: Vec<_> = fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        read(&form, interaction(), now())
    }

    fn news(status: &str, code: &str) -> Option<News> {
        let event = read_form(&[("MessageSid", "SM1"), ("MessageStatus", status), ("ErrorCode", code)]);
        event.unwrap().map(|event| event.news)
    }

    #[test]
    fn an_event_names_our_message_twilios_message_and_itself() {
        let event = read_form(&[
            ("ApiVersion", "2010-04-01"),
            ("MessageSid", "SM0123"),
            ("SmsSid", "SM0123"),
            ("MessageStatus", "delivered"),
            ("SmsStatus", "delivered"),
        ]);
        let event = event.unwrap().unwrap();
        assert_eq!(event.interaction_id, Some(interaction()));
        assert_eq!((event.provider, event.reference.as_str()), (ProviderName::Twilio, "SM0123"));
        assert_eq!((event.event_id.as_str(), event.occurred_at), ("SM0123:delivered", now()));
    }

    #[test]
    fn a_status_is_the_progress_it_reports() {
        use InteractionStatus::{Attempted, Succeeded};
        for (status, expected) in [
            ("accepted", None),
            ("scheduled", None),
            ("queued", None),
            ("sending", None),
            ("sent", Some(Attempted)),
            ("delivered", Some(Succeeded)),
            ("read", Some(Succeeded)),
            ("partially_delivered", None),
            ("receiving", None),
            ("received", None),
            ("invented tomorrow", None),
        ] {
            let expected = expected.map(|status| News::Progress { status, details: None, effect: None });
            assert_eq!(news(status, ""), expected, "{status}");
        }
    }

    #[test]
    fn a_failure_is_read_from_the_table_of_codes() {
        for status in ["failed", "undelivered"] {
            assert_eq!(news(status, "30005"), Some(News::Failed(refusals::of(30005))));
        }
        let Some(News::Failed(refusal)) = news("undelivered", "21610") else { panic!() };
        assert_eq!(refusal.details, Some(StatusDetails::TextUnsubscribedRecipient));
        assert_eq!(refusal.effect, Some(ContactEffect::OptedOut));
    }

    #[test]
    fn a_failure_without_a_readable_code_is_an_unknown_error() {
        for code in ["", "-1", "many", "99999999999"] {
            let Some(News::Failed(refusal)) = news("failed", code) else { panic!("{code}") };
            assert_eq!(refusal.details, Some(StatusDetails::TextUnknownError), "{code}");
            assert_eq!((refusal.code, refusal.retry), (None, Retry::Never), "{code}");
        }
    }

    #[test]
    fn a_message_canceled_at_twilio_failed() {
        assert!(matches!(news("canceled", ""), Some(News::Failed(refusal)) if refusal.retry == Retry::Never));
    }

    #[test]
    fn a_form_without_message_or_status_is_malformed() {
        assert!(read_form(&[("MessageSid", "SM1")]).is_err());
        assert!(read_form(&[("MessageStatus", "sent")]).is_err());
        assert!(read_form(&[("MessageSid", ""), ("MessageStatus", "sent")]).is_err());
        assert!(read_form(&[("SmsSid", "SM1"), ("SmsStatus", "sent")]).unwrap().is_some());
    }

    #[test]
    fn the_callback_url_carries_our_ids_and_gives_them_back() {
        let about = About { tenant: "demo".parse().unwrap(), interaction: interaction() };
        for (webhook, expected) in [
            ("https://hooks.example/status", "https://hooks.example/status?tenant=demo&interaction=IN-"),
            (
                "https://hooks.example/status?v=1",
                "https://hooks.example/status?v=1&tenant=demo&interaction=IN-",
            ),
        ] {
            let url = about.url(&webhook.parse().unwrap());
            assert!(url.as_str().starts_with(expected), "{url}");
            assert_eq!(About::from_query(url.query().unwrap()), Ok(about.clone()));
        }
    }

    #[test]
    fn a_query_that_names_nobody_is_malformed() {
        let id = interaction();
        for query in [
            String::new(),
            "tenant=demo".into(),
            format!("interaction={id}"),
            format!("tenant=A&interaction={id}"),
        ] {
            assert!(About::from_query(&query).is_err(), "{query}");
        }
        assert!(About::from_query("tenant=demo&interaction=BO-1-2").is_err());
    }

    proptest! {
        #[test]
        fn no_form_and_no_query_makes_it_panic(sid in ".{0,9}", status in ".{0,9}", code in ".{0,9}", query in ".{0,60}") {
            let _ = read_form(&[("MessageSid", &sid), ("MessageStatus", &status), ("ErrorCode", &code)]);
            let _ = About::from_query(&query);
        }

        #[test]
        fn unknown_fields_change_nothing(name in "[A-Z][a-zA-Z]{3,12}", value in ".{0,12}") {
            prop_assume!(!["MessageSid", "MessageStatus", "ErrorCode", "SmsSid", "SmsStatus"].contains(&name.as_str()));
            let known = [("MessageSid", "SM1"), ("MessageStatus", "sent")];
            let more = [(name.as_str(), value.as_str()), known[0], known[1]];
            prop_assert_eq!(read_form(&known), read_form(&more));
        }
    }
}
