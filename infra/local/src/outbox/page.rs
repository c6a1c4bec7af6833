//! The page for people: what left the building, and one message as its reader would see it.

use std::sync::{Arc, LazyLock};

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{Html, IntoResponse};
use domain::vocabulary::SendingChannel;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tera::{Context, Kwargs, Tera};

use super::{Filter, Message, Outbox};
use crate::problem::Problem;

/// How many messages the page lists; `/_local/outbox` has all.
const LISTED: usize = 200;

/// A message's own HTML may show pictures and styles and do nothing else; its frame is sandboxed as well, and lets links open a
/// window of their own.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:; frame-src 'self'";

/// `.html` in the name turns escaping on.
const NAME: &str = "outbox.html";

static PAGES: LazyLock<Tera> = LazyLock::new(|| {
    let mut pages = Tera::new();
    pages.register_filter("moment", |at: &str, _: Kwargs, _: &tera::State| {
        at.parse::<Timestamp>().map_or(at.to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
    });
    pages.register_filter("linked", |text: &str, _: Kwargs, _: &tera::State| linked(text));
    pages
        .add_raw_template(NAME, include_str!("../../assets/outbox.html"))
        .expect("the compiled-in page is a template");
    pages
});

/// A text as HTML whose URLs can be followed, as mail programs show it.
fn linked(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("https://").into_iter().chain(rest.find("http://")).min() {
        let (before, found) = rest.split_at(start);
        let end = found.find(|c: char| c.is_whitespace() || "<>\"'".contains(c)).unwrap_or(found.len());
        let url = found[..end].trim_end_matches(['.', ',', ';', ')']);
        let shown = escaped(url);
        html.push_str(&escaped(before));
        html.push_str(&format!("<a href=\"{shown}\" target=\"_blank\" rel=\"noreferrer\">{shown}</a>"));
        rest = &found[url.len()..];
    }
    html + &escaped(rest)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    #[serde(deserialize_with = "super::channel", default)]
    channel: Option<SendingChannel>,
    #[serde(default)]
    to: String,
    /// The sequence number of the message to open; the newest when not said.
    message: Option<u64>,
}

#[derive(Serialize)]
struct Page {
    channels: &'static [SendingChannel],
    filter: Filter,
    /// The filter as the query of an address.
    query: String,
    messages: Vec<Message>,
    opened: Option<Message>,
    /// The numbers of its pages, where it is a letter.
    pages: Vec<usize>,
}

/// `GET /_local/`.
pub async fn show(
    State(outbox): State<Arc<Outbox>>,
    choice: Result<Query<Choice>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Query(choice) = choice.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
    let html = render(&outbox, choice).map_err(|error| Problem::bad_request(error.to_string()))?;
    Ok(([(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "no-referrer")], Html(html)))
}

fn render(outbox: &Outbox, Choice { channel, to, message }: Choice) -> Result<String, tera::Error> {
    let filter = Filter { channel, to: (!to.is_empty()).then_some(to), limit: None };
    let query = serde_urlencoded::to_string(&filter).map_err(tera::Error::message)?;
    let mut messages = outbox.list(&filter);
    messages.truncate(LISTED);
    let opened = message.map_or_else(|| messages.first().cloned(), |sequence| outbox.get(sequence));
    let letter = opened.as_ref().and_then(|message| outbox.letter(message.sequence));
    let pages = (1..=letter.map_or(0, |pdf| pictures::count(pdf.to_vec()))).collect();
    PAGES.render(
        NAME,
        &Context::from_serialize(&Page {
            channels: SendingChannel::ALL,
            filter,
            query,
            messages,
            opened,
            pages,
        })?,
    )
}
