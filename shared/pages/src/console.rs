//! The console's pages: for the people of a lender, in English and Spanish, complete without a script.
//!
//! Templates stand in `console/`, every word in `console/words.toml`, all of the look in `console/style.css`. What a page
//! shows is what the API answered; its handler puts that in as it is.

mod labels;
mod values;
mod words;

use std::sync::LazyLock;

use data_encoding::HEXLOWER;
use domain::{Error, vocabulary::Role};
use jiff::{Timestamp, tz::TimeZone};
use lambda_http::{
    Body, Response,
    http::{HeaderValue, StatusCode, header},
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tera::{Context, Kwargs, State, Tera, TeraResult};

pub use self::{
    labels::is_filled_in,
    words::{has_word, spanish_title},
};
use crate::Language;

/// The sections that have pages, in the order of the navigation: their names in `section` of the words, and their first pages. A
/// page belongs to the section whose path its own begins with.
pub const SECTIONS: &[(&str, &str)] = &[
    ("messages", "/console/messages"),
    ("borrowers", "/console/borrowers"),
    ("inbox", "/console/inbox"),
    ("batches", "/console/batches"),
    ("problems", "/console/problems"),
    ("health", "/console/health"),
    ("rules", "/console/rules"),
    ("what_if", "/console/what-if"),
    ("templates", "/console/templates"),
    ("settings", "/console/settings"),
];

/// Every template. The base and what pages are made of come first.
const TEMPLATES: &[(&str, &str)] = &[
    ("base.html", include_str!("console/base.html")),
    ("ui.html", include_str!("console/ui.html")),
    ("refused.html", include_str!("console/refused.html")),
    ("session_over.html", include_str!("console/session_over.html")),
    ("sign_in.html", include_str!("console/sign_in.html")),
    ("messages.html", include_str!("console/messages.html")),
    ("message.html", include_str!("console/message.html")),
    ("borrowers.html", include_str!("console/borrowers.html")),
    ("borrower.html", include_str!("console/borrower.html")),
    ("rules.html", include_str!("console/rules.html")),
    ("rule.html", include_str!("console/rule.html")),
    ("rules_history.html", include_str!("console/rules_history.html")),
    ("what_if.html", include_str!("console/what_if.html")),
    ("health.html", include_str!("console/health.html")),
    ("batches.html", include_str!("console/batches.html")),
    ("batch.html", include_str!("console/batch.html")),
    ("problems.html", include_str!("console/problems.html")),
    ("dead_letters.html", include_str!("console/dead_letters.html")),
    ("templates.html", include_str!("console/templates.html")),
    ("template_new.html", include_str!("console/template_new.html")),
    ("template.html", include_str!("console/template.html")),
    ("version.html", include_str!("console/version.html")),
    ("inbox.html", include_str!("console/inbox.html")),
    ("again.html", include_str!("console/again.html")),
    ("task.html", include_str!("console/task.html")),
    ("auto_responses.html", include_str!("console/auto_responses.html")),
    ("auto_response.html", include_str!("console/auto_response.html")),
    ("settings.html", include_str!("console/settings.html")),
    ("keys.html", include_str!("console/keys.html")),
    ("streams.html", include_str!("console/streams.html")),
];

const STYLE: &str = include_str!("console/style.css");

/// What the style sheet's address ends in, so that a browser may keep it for good.
static STYLE_VERSION: LazyLock<String> =
    LazyLock::new(|| HEXLOWER.encode(&Sha256::digest(STYLE)).get(..16).unwrap_or_default().to_owned());

/// Nothing but what we serve ourselves, and no script.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-src 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";
/// What a message says may bring its own styles and pictures, and does nothing.
const POLICY_OF_CONTENT: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

static TERA: LazyLock<Result<Tera, tera::Error>> = LazyLock::new(|| {
    let mut tera = Tera::default();
    tera.register_function("t", words::t);
    tera.register_function("word", words::word);
    tera.register_function("rule_title", words::rule_title);
    tera.register_function("label", labels::label);
    tera.register_function("moment", Moment);
    tera.register_function("detail", Detail);
    tera.register_function("day", day);
    tera.register_function("number", number);
    tera.register_function("money", money);
    tera.register_filter("humane", |value: &str, _: Kwargs, _: &State| words::humane(value));
    tera.register_filter("kind_of_fault", |message: &str, _: Kwargs, _: &State| {
        words::kind_of_fault(message)
    });
    tera.register_function("once", |_: Kwargs, _: &State| crate::nonce());
    tera.add_raw_templates(TEMPLATES.iter().copied())?;
    Ok(tera)
});

/// What stands around every page.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// In which language.
    pub language: Language,
    /// Its path and query.
    pub path: &'a str,
    /// Who looks at it; nobody, where one signs in.
    pub visitor: Option<Visitor<'a>>,
    /// What was just done, as a key of `done` in the words; others are passed over.
    pub done: Option<&'a str>,
}

/// Who looks at a page.
#[derive(Debug, Clone, Copy)]
pub struct Visitor<'a> {
    /// The lender's name.
    pub lender: &'a str,
    /// The lender's time zone.
    pub time_zone: &'a str,
    /// What the visitor may do.
    pub role: Role,
    /// What stands in each form, so that no other site's form does anything here.
    pub stamp: &'a str,
}

/// A page: a template with what it shows.
///
/// # Errors
/// [`Error::Internal`] if the page cannot be written, which no input can cause.
pub fn page(
    status: StatusCode,
    template: &str,
    frame: &Frame<'_>,
    shown: Value,
) -> Result<Response<Body>, Error> {
    let mut context = Context::new();
    context.insert_value("page", values::of(frame.members()));
    // A form that was not sent has neither values nor faults.
    context.insert_value("form", values::of(json!({ "action": "", "values": {}, "faults": {} })));
    let Value::Object(shown) = shown else {
        return Err(Error::Internal("what a page shows is no object".into()));
    };
    for (name, value) in shown {
        context.insert_value(name, values::of(value));
    }
    let internal = |error: &tera::Error| Error::Internal(format!("page {template}: {error:?}").into());
    let html =
        TERA.as_ref().map_err(internal)?.render(template, &context).map_err(|error| internal(&error))?;
    let mut response = html_response(status, html, POLICY);
    if let Some(kept) = frame.kept_language() {
        response.headers_mut().append(header::SET_COOKIE, kept);
    }
    Ok(response)
}

/// The page in the place of an answer that cannot be given: why, in words, and what our logs know it by.
pub fn refuse(status: StatusCode, trace_id: &str, frame: &Frame<'_>) -> Response<Body> {
    let shown = json!({ "status": status.as_u16(), "trace_id": trace_id, "typed": null });
    page(status, "refused.html", frame, shown).unwrap_or_else(|_| {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// Opens the page once more, from a page of ours: a browser keeps the session's cookie back from whoever follows a link of another site.
///
/// # Errors
/// As [`page`].
pub fn open_again(frame: &Frame<'_>) -> Result<Response<Body>, Error> {
    page(StatusCode::OK, "again.html", frame, json!({ "here": frame.path }))
}

/// What a message says in HTML, for a frame without rights.
pub fn content(html: String) -> Response<Body> {
    html_response(StatusCode::OK, html, POLICY_OF_CONTENT)
}

/// The style sheet. Its address changes when it does.
pub fn style() -> Response<Body> {
    let mut response = Response::new(Body::Text(STYLE.to_owned()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Leads elsewhere in the console, by GET.
///
/// # Errors
/// [`Error::Internal`] for what is no path.
pub fn lead(to: &str) -> Result<Response<Body>, Error> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::SEE_OTHER;
    let to = HeaderValue::from_str(to).map_err(|error| Error::Internal(format!("a path: {error}").into()))?;
    response.headers_mut().insert(header::LOCATION, to);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn html_response(status: StatusCode, html: String, policy: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::Text(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store"),
        // A form's request says where it comes from, to us and to nobody else.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The cookie of the language somebody chose.
pub const LANGUAGE_COOKIE: &str = "postrider-language";
/// The query parameter by which it is chosen.
pub const LANGUAGE: &str = "language";

impl Frame<'_> {
    fn members(&self) -> Value {
        let other = match self.language {
            Language::English => Language::Spanish,
            Language::Spanish => Language::English,
        };
        let bare = self.path.split('?').next().unwrap_or_default();
        let sections: Vec<_> =
            SECTIONS.iter().map(|(name, path)| json!({ "name": name, "path": path })).collect();
        let section = SECTIONS.iter().find(|(_, path)| bare.starts_with(path)).map(|(name, _)| name);
        let mut members = json!({
            "language": self.language,
            "locale": locale(self.language),
            "other_language": { "tag": other, "path": with_parameter(self.path, LANGUAGE, tag(other)) },
            "path": bare,
            "style": format!("/console/style.css?v={}", *STYLE_VERSION),
            "sections": sections,
            "section": section,
            "done": self.done.filter(|done| has_word("done", done)),
            "time_zone": "UTC",
            "visitor": null,
        });
        if let Some(Visitor { lender, time_zone, role, stamp }) = self.visitor {
            members["visitor"] = json!({
                "lender": lender,
                "role": role,
                "may_act": role >= Role::LoanOfficer,
                "may_configure": role >= Role::Admin,
                "stamp": stamp,
            });
            members["time_zone"] = time_zone.into();
        }
        members
    }

    /// Remembers a language that the address asks for.
    fn kept_language(&self) -> Option<HeaderValue> {
        let query = self.path.split_once('?')?.1;
        let asked = url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == LANGUAGE);
        let cookie = format!(
            "{LANGUAGE_COOKIE}={}; Path=/console; Max-Age=31536000; Secure; HttpOnly; SameSite=Lax",
            tag(self.language)
        );
        asked.then(|| HeaderValue::from_str(&cookie).ok())?
    }
}

/// An address with a query parameter, in the place of what it had.
fn with_parameter(path: &str, name: &str, value: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let kept =
        url::form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known != name && known != "done");
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept).append_pair(name, value);
    format!("{path}?{}", query.finish())
}

const fn tag(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::Spanish => "es",
    }
}

const fn locale(language: Language) -> &'static str {
    match language {
        Language::English => "en-US",
        Language::Spanish => "es-US",
    }
}

/// A member of `page`, which every component that writes words or times names as `@page`.
fn of_page(state: &State, name: &str) -> TeraResult<String> {
    let page: Option<tera::Value> = state.get("page")?;
    let member = page.as_ref().and_then(|page| page.get_from_path(name)).and_then(|value| value.as_str());
    member.map(str::to_owned).ok_or_else(|| tera::Error::message(format!("no page.{name} here: name @page")))
}

/// `moment(at=…, zone=…)`: an instant as `<time>`, by the clock of a zone, the lender's by default.
struct Moment;

impl tera::Function<TeraResult<String>> for Moment {
    fn call(&self, arguments: Kwargs, state: &State) -> TeraResult<String> {
        let at: &str = arguments.must_get("at")?;
        let Ok(instant) = at.parse::<Timestamp>() else { return state.escape(at) };
        let zone = match arguments.get::<&str>("zone")? {
            Some(zone) => zone.to_owned(),
            None => of_page(state, "time_zone")?,
        };
        time(instant, &zone, &of_page(state, "locale")?, state)
    }

    fn is_safe(&self) -> bool {
        true
    }
}

fn time(at: Timestamp, zone: &str, locale: &str, state: &State) -> TeraResult<String> {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let text = rendering::locale::moment(at, &zone, locale);
    let exact = format!("{at:.3}");
    Ok(format!("<time datetime=\"{exact}\" title=\"{exact}\">{}</time>", state.escape(&text)?))
}

/// `detail(text=…)`: a sentence of the API's, which is English, with its instants by the lender's clock.
struct Detail;

impl tera::Function<TeraResult<String>> for Detail {
    fn call(&self, arguments: Kwargs, state: &State) -> TeraResult<String> {
        let text: &str = arguments.must_get("text")?;
        let zone = of_page(state, "time_zone")?;
        let mut written = String::new();
        for word in text.split_inclusive(' ') {
            // What ends a sentence or a clause stands behind its last word.
            let end = word.trim_end_matches([' ', '.', ',', ';', ':', ')']).len();
            let (bare, rest) = word.split_at(end);
            let instant = bare.parse::<Timestamp>().ok().filter(|_| bare.ends_with('Z'));
            written += &match instant {
                Some(instant) => time(instant, &zone, locale(Language::English), state)?,
                None => state.escape(bare)?,
            };
            written += &state.escape(rest)?;
        }
        Ok(format!("<span lang=\"en\">{written}</span>"))
    }

    fn is_safe(&self) -> bool {
        true
    }
}

/// `day(date=…)`: a day, as `Jan 5, 2026`.
fn day(arguments: Kwargs, state: &State) -> TeraResult<String> {
    let date: &str = arguments.must_get("date")?;
    let locale = of_page(state, "locale")?;
    Ok(date
        .parse()
        .ok()
        .and_then(|date| rendering::locale::day(date, &locale))
        .unwrap_or_else(|| date.to_owned()))
}

/// `number(value=…)`: a whole number, grouped.
fn number(arguments: Kwargs, state: &State) -> TeraResult<String> {
    let value: i64 = arguments.must_get("value")?;
    Ok(rendering::locale::whole(value, &of_page(state, "locale")?))
}

/// `money(amount="1234.5", currency="USD")`: an amount as people write it, and both as they came where one is not known.
fn money(arguments: Kwargs, state: &State) -> TeraResult<String> {
    let amount: &str = arguments.must_get("amount")?;
    let currency: &str = arguments.must_get("currency")?;
    let written = rendering::locale::money(amount, currency, &of_page(state, "locale")?);
    Ok(written.unwrap_or_else(|| format!("{amount} {currency}").trim_end().to_owned()))
}

/// The members of an answer of the API, as what a page shows.
pub fn shown(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests;
