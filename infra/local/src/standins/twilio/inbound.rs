//! A person texting one of our numbers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use super::Twilio;
use super::segments::segments;
use super::send::message_sid;
use crate::problem::{Control, Problem};
use crate::standins::webhook::WebhookAnswer;
use crate::standins::written::WrittenFile;

/// Words that opt a person out at Twilio, when a text is nothing else.
/// <https://help.twilio.com/articles/223134027>
const STOP_WORDS: &[&str] = &["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"];

/// Words that opt a person in again.
const START_WORDS: &[&str] = &["START", "YES", "UNSTOP"];

/// The body of `POST /_local/providers/twilio/inbound`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboundControl {
    from: String,
    /// The first account's number where left out.
    to: Option<String>,
    #[serde(default)]
    body: String,
    /// Pictures and other files.
    #[serde(default)]
    media: Vec<WrittenFile>,
    /// What Advanced Opt-Out made of the text; accounts without it are not told.
    opt_out_type: Option<OptOutType>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum OptOutType {
    Stop,
    Start,
    Help,
}

impl OptOutType {
    fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "STOP",
            Self::Start => "START",
            Self::Help => "HELP",
        }
    }

    /// What a text means by its keyword.
    fn of(body: &str) -> Option<Self> {
        let is = |word: &&str| word.eq_ignore_ascii_case(body.trim());
        if STOP_WORDS.iter().any(is) {
            Some(Self::Stop)
        } else {
            START_WORDS.iter().any(is).then_some(Self::Start)
        }
    }
}

/// Makes Twilio pass an inbound text on; answers what our webhook answered.
pub async fn control(
    State(twilio): State<Arc<Twilio>>,
    Control(InboundControl { from, to, body, media, opt_out_type }): Control<InboundControl>,
) -> Result<Json<WebhookAnswer>, Problem> {
    let default = || twilio.config.accounts.iter().flat_map(|account| &account.numbers).next().cloned();
    let to = to.or_else(default).unwrap_or_default();
    let account = twilio
        .config
        .accounts
        .iter()
        .find(|account| account.numbers.contains(&to))
        .ok_or_else(|| Problem::not_found(format!("no Twilio account has the number {to}")))?;
    let url = account
        .inbound_url
        .as_deref()
        .ok_or_else(|| Problem::conflict(format!("no webhook is configured for texts to {to}")))?;

    let keyword = opt_out_type.or(OptOutType::of(&body));
    if keyword.is_some() && twilio.takes_keywords(&account.sid).await {
        match keyword {
            Some(OptOutType::Stop) => twilio.set_opted_out(&from, true),
            Some(OptOutType::Start) => twilio.set_opted_out(&from, false),
            Some(OptOutType::Help) | None => {}
        }
    }

    let sid = message_sid();
    let files = twilio.keep(account, &sid, &media)?;
    let form = [
        ("MessageSid", sid.clone()),
        ("SmsSid", sid.clone()),
        ("SmsMessageSid", sid),
        ("AccountSid", account.sid.clone()),
        ("ApiVersion", "2010-04-01".to_owned()),
        ("SmsStatus", "received".to_owned()),
        ("NumSegments", segments(&body).to_string()),
        ("From", from),
        ("To", to),
        ("Body", body),
        ("FromCountry", "US".to_owned()),
        ("FromState", String::new()),
        ("FromCity", String::new()),
        ("FromZip", String::new()),
        ("ToCountry", "US".to_owned()),
    ];
    let told = opt_out_type.map(|kind| ("OptOutType", kind.as_str().to_owned()));
    let form = form.into_iter().chain(told).map(|(name, value)| (name.to_owned(), value));
    let form: Vec<(String, String)> = form.chain(files).collect();
    twilio.post_signed(account, url, form).await.map(Json)
}
