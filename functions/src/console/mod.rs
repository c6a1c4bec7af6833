//! The console: pages on which a lender's people see what was sent and why, and act on it.
//!
//! A page is a client of the API in the same process. It asks the API's own handlers, with the caller whose session it is, and
//! shows what they answer; so their rules, roles and limits are the page's, and so are their needs. What is done is done by forms:
//! each posts to its page's path, becomes the JSON that the API takes, and leads on to a page, or is shown again with what the API
//! says is wrong.

#![expect(clippy::module_inception, reason = "a section begins with the page of its own name")]

mod address;
mod ask;
mod chart;
mod forms;
mod session_over;
#[cfg(test)]
mod tests;

pub mod session {
    pub mod home;
    pub mod nowhere;
    pub mod sign_in;
    pub mod sign_in_act;
    pub mod sign_out;
    pub mod style;
}
pub mod messages {
    pub mod message;
    pub mod message_act;
    pub mod message_content;
    pub mod message_letter;
    pub mod message_page;
    pub mod messages;
}
pub mod borrowers {
    pub mod borrower;
    pub mod borrower_act;
    pub mod borrowers;
}
pub mod rules {
    pub mod rule;
    pub mod rule_act;
    pub(super) mod rule_form;
    pub mod rules;
    pub mod rules_act;
    pub mod rules_history;
    pub mod rules_history_act;
}
pub mod what_if {
    mod forecast;
    pub mod what_if;
    pub mod what_if_act;
}
pub mod batches {
    pub mod batch;
    pub mod batch_act;
    pub mod batches;
}
pub mod problems {
    pub mod dead_letters;
    pub mod dead_letters_act;
    pub mod problems;
    pub mod problems_act;
}
pub mod health {
    pub mod health;
}
pub mod inbox {
    pub mod auto_response;
    pub mod auto_response_act;
    pub mod auto_responses;
    pub mod auto_responses_act;
    pub mod inbox;
    pub mod task;
    pub mod task_act;
}
pub mod settings {
    pub mod settings;
    pub mod settings_act;
    pub mod streams;
    pub mod streams_act;
}
pub mod keys {
    pub mod keys;
    pub mod keys_act;
}
pub mod templates {
    pub mod template;
    pub mod template_act;
    pub mod template_new;
    pub mod templates;
    pub mod templates_act;
    pub mod version;
    pub mod version_act;
    pub mod version_content;
    pub mod version_letter;
    pub mod version_page;
}

use std::sync::Arc;

use domain::{Error, caller::Caller, error::Ours as _, tenant::Tenant};
use jiff::Timestamp;
use lambda_http::{
    Body, Response,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};
use pages::{
    Language,
    console::{self, Frame, Visitor},
};
use percent_encoding::percent_decode_str;
use platform::{
    app::App,
    auth::{
        Refusal,
        session::{Ticket, no_cookie},
    },
    http::{self, Asked, Request},
    needs::{Items, List, Need},
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use url::form_urlencoded;

use self::address::{alike, parameter};
pub(crate) use self::{ask::Problem, forms::Form};
use crate::openapi::Operation;

/// The longest form that is read, in bytes: a template's wording with room to spare.
pub const MAX_FORM: usize = http::MAX_BODY;

/// Where one signs in.
const SIGN_IN: &str = "/console/sign-in";
/// Where one signs out, which nobody has to do without a session.
const SIGN_OUT: &str = "/console/sign-out";
/// The first page.
const FIRST: &str = "/console/messages";

/// Whether a path is of the console: there, and nowhere else, the cookie of a session is a credential.
pub(crate) fn is_path(path: &str) -> bool {
    path.strip_prefix("/console").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Of a page, for whoever asks; the OpenAPI document has none.
pub fn describe() -> Operation {
    Operation::new("Console", "A page of the console")
}

/// Why a handler shows no page of its own.
#[derive(Debug)]
pub enum Stop {
    /// An error, which becomes a page in words.
    Error(Error),
    /// Something else is answered.
    Answer(Box<Response<Body>>),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What a page's handler answers.
pub type Shown = Result<Response<Body>, Stop>;

/// The same, for the frame around all functions. Why there is no page stands among the sections, from where one goes on; what we are to
/// blame for is the frame's, which logs it.
pub async fn answered(app: &App, request: &Request, shown: Shown) -> Result<Response<Body>, Error> {
    let error = match shown {
        Ok(answer) => return Ok(answer),
        Err(Stop::Answer(answer)) => return Ok(*answer),
        Err(Stop::Error(error)) if error.is_ours() => return Err(error),
        Err(Stop::Error(error)) => error,
    };
    // To what is no place in a list no page leads: the list begins anew.
    if let Error::Invalid(faults) = &error
        && !faults.is_empty()
        && faults.iter().all(|fault| matches!(fault.pointer.as_str(), "?cursor" | "?startingAfter"))
    {
        return console::lead(&alike(request, request.own_path(), &["cursor"], None));
    }
    match Visit::begin(app, request).await {
        Ok(visit) => {
            visit.framed(|frame| Ok(refused(&error, &request.trace_id, &Frame { done: None, ..*frame })))
        }
        Err(_) => Err(error),
    }
}

/// The page in the place of an error.
pub fn refuse(error: &Error, asked: &Asked) -> Response<Body> {
    let path = asked.uri.path_and_query().map_or("/console", |path| path.as_str());
    let query = asked.uri.query().unwrap_or_default();
    let frame = Frame { language: language(&asked.headers, query), path, visitor: None, done: None };
    if matches!(error, Error::Unauthenticated)
        && let Ok(answer) = have_sign_in(asked, &frame)
    {
        return answer;
    }
    refused(error, &asked.trace_id, &frame)
}

/// The page that says why.
fn refused(error: &Error, trace_id: &str, frame: &Frame<'_>) -> Response<Body> {
    let status = match error {
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::Invalid(_)
        | Error::MethodNotAllowed
        | Error::PreconditionFailed(_)
        | Error::UnsupportedMediaType(_)
        | Error::Template(_)
        | Error::KeyReused => StatusCode::BAD_REQUEST,
        Error::Unauthenticated | Error::Unproven | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut answer = console::refuse(status, trace_id, frame);
    if let Error::RateLimited { retry_after_seconds } = error {
        answer.headers_mut().insert(header::RETRY_AFTER, (*retry_after_seconds).into());
    }
    answer
}

/// What whoever has no session, or no longer, is answered. They are led to where one signs in, and back from there; but not if that would
/// lose what they typed into a form of ours.
fn have_sign_in(asked: &Asked, frame: &Frame<'_>) -> Result<Response<Body>, Error> {
    if is_led_here(asked) {
        return console::open_again(frame);
    }
    // What a form asked for is not done by opening its page.
    let back = if asked.method == Method::GET { frame.path } else { asked.uri.path() };
    let to = form_urlencoded::Serializer::new(String::new()).append_pair("to", back).finish();
    let sign_in = format!("{SIGN_IN}?{to}");
    let is_form = asked.method == Method::POST && back != SIGN_OUT && is_of_our_site(&asked.headers);
    let mut answer =
        if is_form { session_over::page(asked, frame, &sign_in)? } else { console::lead(&sign_in)? };
    forget_session(&mut answer, &asked.headers);
    Ok(answer)
}

/// Takes from the browser the cookie that it sent, if any: nobody's session is known by it, and it would be sent until its time is over.
fn forget_session(answer: &mut Response<Body>, sent: &HeaderMap) {
    if matches!(Ticket::of(sent), Err(Refusal::Missing)) {
        return;
    }
    if let Ok(gone) = HeaderValue::from_str(&no_cookie()) {
        answer.headers_mut().append(header::SET_COOKIE, gone);
    }
}

/// Whether somebody followed a link from another site, as from mail that is read in a browser. The session's cookie does not come along
/// then (`SameSite=Strict`), though there may be one.
fn is_led_here(asked: &Asked) -> bool {
    let is_from_elsewhere = asked.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    asked.method == Method::GET && is_from_elsewhere && Ticket::of(&asked.headers).is_err()
}

/// The one that the address asks for, else the one that was chosen before, else the browser's.
fn language(headers: &HeaderMap, query: &str) -> Language {
    let lines = |name| headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == console::LANGUAGE);
    let pairs = lines(header::COOKIE).flat_map(|line| line.split(';'));
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    let chosen = pairs.find(|(name, _)| *name == console::LANGUAGE_COOKIE).map(|(_, tag)| tag);
    let preferred = lines(header::ACCEPT_LANGUAGE).flat_map(|line| line.split(','));
    let preferred = preferred.filter_map(|entry| entry.split(';').next()).map(str::trim);
    Language::first_of(asked.as_ref().map(|(_, tag)| tag.as_ref()).into_iter().chain(chosen).chain(preferred))
}

/// What [`Visit`] needs of AWS.
pub const VISIT: &[Need] = &[Need::Read(Items::Tenants)];

/// What [`Visit::names`] needs of AWS.
pub const NAMES: &[Need] = &[Need::List(List::ApiKeys)];

/// What [`Visit::tell`] needs of AWS, besides what it has done.
pub const TELL: &[Need] = http::ONCE;

/// When the last of these reasons of the guard's ends by itself; null if one does not.
fn ends(reasons: &Value) -> Value {
    let ends = reasons.as_array().into_iter().flatten();
    let ends: Option<Vec<Timestamp>> = ends.map(|reason| reason["until"].as_str()?.parse().ok()).collect();
    json!(ends.and_then(|ends| ends.into_iter().max()))
}

/// Somebody with a session who opened a page.
pub(crate) struct Visit<'a> {
    pub(crate) app: &'a App,
    pub(crate) request: &'a Request,
    pub(crate) lender: Arc<Tenant>,
    ticket: Ticket,
    language: Language,
}

impl<'a> Visit<'a> {
    /// Of a page that is opened. One that acts begins with [`Form::read`].
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] without a session; as [`App::tenant`].
    pub(crate) async fn begin(app: &'a App, request: &'a Request) -> Result<Self, Error> {
        let ticket = Ticket::of(&request.headers)?;
        let lender = app.tenant(request.tenant()?).await?;
        Ok(Self { app, request, lender, ticket, language: language(&request.headers, &request.raw_query) })
    }

    /// Who it is.
    ///
    /// # Errors
    /// As [`Request::caller`].
    pub(crate) fn caller(&self) -> Result<&Caller, Error> {
        self.request.caller()
    }

    /// What those are called who are recorded as having done something: keys by their ids. A token's subject stands for itself.
    pub(crate) async fn names(&self) -> Result<Value, Error> {
        serde_json::to_value(&*self.app.key_names(&self.lender.id).await?).internal()
    }

    /// A page that shows this.
    pub(crate) fn page(&self, status: StatusCode, template: &str, shown: Value) -> Shown {
        Ok(self.framed(|frame| {
            let done = frame.done.filter(|_| status.is_success());
            console::page(status, template, &Frame { done, ..*frame }, shown)
        })?)
    }

    /// What is shown within the frame of this visitor's pages.
    fn framed<T>(&self, show: impl FnOnce(&Frame<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let caller = self.caller()?;
        let path = path_and_query(self.request);
        let stamp = self.ticket.stamp();
        let visitor = Visitor {
            lender: &self.lender.name,
            time_zone: &self.lender.settings.time_zone,
            role: caller.role,
            stamp: &stamp,
        };
        show(&Frame { language: self.language, path: &path, visitor: Some(visitor), done: self.was_done() })
    }

    /// Leads to a page after something was done, which it says by a key of `done` in the words: there, and only to this visitor.
    pub(crate) fn done(&self, path: &str, done: &str) -> Shown {
        let separator = if path.contains('?') { '&' } else { '?' };
        let seal = self.ticket.seal(&at_page(done, path));
        Ok(console::lead(&format!("{path}{separator}done={done}.{seal}"))?)
    }

    /// What was just done, if it was.
    fn was_done(&self) -> Option<&str> {
        let (done, seal) = parameter(self.request, "done").split_once('.')?;
        self.ticket.sealed(&at_page(done, self.request.own_path()), seal).then_some(done)
    }
}

/// What was done, at one page. API Gateway may tell a path in another way of encoding than we wrote it.
fn at_page(done: &str, path: &str) -> String {
    let bare = path.split(['?', '#']).next().unwrap_or_default();
    format!("{done} {}", percent_decode_str(bare).decode_utf8_lossy())
}

fn path_and_query(request: &Request) -> String {
    match request.raw_query.as_str() {
        "" => request.own_path().to_owned(),
        query => format!("{}?{query}", request.own_path()),
    }
}

/// What the API shows of a thing, with its entity tag, for the forms that are made of it.
fn tagged(view: &impl Serialize, revision: u64) -> Result<Value, Error> {
    let mut view = serde_json::to_value(view).internal()?;
    view["etag"] = http::etag(revision).into();
    Ok(view)
}

/// A page of a letter as it is printed, by its number from 1.
async fn picture(pdf: Vec<u8>, number: &str) -> Shown {
    let place = number.parse().unwrap_or_default();
    let drawn = spawn_blocking(move || pictures::page(pdf, place)).await.internal()?;
    let picture = drawn.ok_or_else(|| Error::not_found("page of the letter", number))?;
    let answer = Response::builder()
        .header(header::CONTENT_TYPE, "image/png")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(Body::Binary(picture));
    Ok(answer.internal()?)
}

/// A page without a visitor.
fn open_page(request: &Request, status: StatusCode, template: &str, shown: Value) -> Shown {
    let language = language(&request.headers, &request.raw_query);
    let path = path_and_query(request);
    let frame = Frame { language, path: &path, visitor: None, done: None };
    Ok(console::page(status, template, &frame, shown)?)
}

/// Whether a browser says that this comes from a page of ours, or from the visitor alone. What says nothing is no browser of these
/// years, and has no cookie either (`SameSite`).
fn is_of_our_site(headers: &HeaderMap) -> bool {
    let sent = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (sent("sec-fetch-site"), sent("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let own = sent("host").unwrap_or_default();
            origin.split_once("://").is_some_and(|(_, host)| !own.is_empty() && host == own)
        }
        (None, None) => true,
    }
}

/// Where to go after signing in: a path of the console, or else its first page.
fn way_back(to: Option<&str>) -> &str {
    let is_ours = |to: &&str| {
        let path = to.split('?').next().unwrap_or_default();
        let is_plain = to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        // A browser takes `..`, however it is written, for the folder above.
        let mut parts = path.split('/').map(|part| percent_decode_str(part).collect::<Vec<_>>());
        let goes_up = parts.any(|part| matches!(part.as_slice(), b"." | b".."));
        is_path(path) && is_plain && !path.contains("//") && !goes_up && !path.starts_with("/console/sign-")
    };
    to.filter(is_ours).unwrap_or(FIRST)
}

/// The page that says why a form is not taken: it is not of this session, or not of ours at all. It shows what was typed, if that is ours.
fn not_our_form(request: &Request, typed: &Value) -> Stop {
    let shown = json!({ "status": "form", "trace_id": request.trace_id, "typed": typed });
    match open_page(request, StatusCode::FORBIDDEN, "refused.html", shown) {
        Ok(answer) => Stop::Answer(Box::new(answer)),
        Err(stop) => stop,
    }
}
