//! The pages that borrowers see: in the colors of their lender, in their language, without a script. The [`console`]'s pages, which
//! their lender's people see. And the API as people read it.
//!
//! Here is how a page looks and with which headers it is answered. What it does stands with its handlers.

mod api;
pub mod console;
mod look;
mod words;

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use domain::{Error, tenant::Tenant};
use lambda_http::{
    Body, Response,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use serde::Serialize;
use tera::{Context, Tera};

pub use self::api::api;
pub use self::words::{Language, Matter, Medium};
use self::{look::Look, words::Words};

/// `.html` in the name turns escaping on.
const NAME: &str = "page.html";

static TERA: LazyLock<Result<Tera, tera::Error>> = LazyLock::new(|| {
    let mut tera = Tera::default();
    tera.add_raw_templates([(NAME, include_str!("page.html")), ("api.html", include_str!("api.html"))])?;
    Ok(tera)
});

/// Whose page, and whom it speaks to.
#[derive(Debug, Clone, Copy)]
pub struct Audience<'a> {
    /// Whose name, logo and color it has.
    pub lender: &'a Tenant,
    /// Which messages it is about.
    pub medium: Medium,
    /// The address they go to, masked.
    pub address: &'a str,
    /// In which language.
    pub language: Language,
}

impl Audience<'_> {
    /// What they read beside the choice that is sent as this; `None` if there is no such choice.
    pub fn label(&self, choice: &str) -> Option<String> {
        let matters = [Matter::Choose, Matter::Unsubscribed { everything: false }];
        matters.into_iter().find_map(|matter| Words::of(matter, self).label(choice))
    }
}

/// What stands in the page.
#[derive(Serialize)]
struct Shown<'a> {
    lender: Option<&'a str>,
    look: Look,
    nonce: &'a str,
    /// The page once in each language it is in.
    texts: Vec<Words>,
}

/// A page of a lender's.
///
/// # Errors
/// [`Error::Internal`] if the page cannot be written, which no input can cause.
pub fn show(status: StatusCode, audience: &Audience<'_>, matter: Matter) -> Result<Response<Body>, Error> {
    let look = Look::of(audience.lender);
    let texts = vec![Words::of(matter, audience)];
    page(status, Some(&audience.lender.name), look, texts)
}

/// The page in the place of an answer that a borrower cannot be given. It is the same for everything unknown, and nobody's.
pub fn refuse(error: &Error, _trace_id: &str) -> Response<Body> {
    let status = status(error);
    let texts = Language::ALL.into_iter().map(|language| Words::refusing(status, language)).collect();
    page(status, None, Look::default(), texts).unwrap_or_else(|_| {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Error::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Invalid(_)
        | Error::MethodNotAllowed
        | Error::Conflict { .. }
        | Error::PreconditionFailed(_)
        | Error::KeyReused => StatusCode::BAD_REQUEST,
        Error::Unauthenticated
        | Error::Unproven
        | Error::Forbidden(_)
        | Error::Template(_)
        | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn page(
    status: StatusCode,
    lender: Option<&str>,
    look: Look,
    texts: Vec<Words>,
) -> Result<Response<Body>, Error> {
    let nonce = nonce();
    let policy = policy(&look, &nonce);
    answer(status, NAME, &Shown { lender, look, nonce: &nonce, texts }, &policy)
}

/// Names the styles of one page in its policy.
fn nonce() -> String {
    BASE64URL_NOPAD.encode(&rand::random::<[u8; 16]>())
}

fn answer(
    status: StatusCode,
    name: &str,
    shown: &impl Serialize,
    policy: &str,
) -> Result<Response<Body>, Error> {
    let internal = |error: &dyn std::error::Error| Error::Internal(format!("a page: {error}").into());
    let context = Context::from_serialize(shown).map_err(|e| internal(&e))?;
    let tera = TERA.as_ref().map_err(|e| internal(e))?;
    let html = tera.render(name, &context).map_err(|e| internal(&e))?;
    let mut response = Response::new(Body::Text(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let policy = HeaderValue::from_str(policy).map_err(|e| internal(&e))?;
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// The link in the address bar is a credential: it goes to no logo's server, no search engine and no cache.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
];

/// The page's own styles, the lender's logo, and a form that goes back to where it came from.
fn policy(look: &Look, nonce: &str) -> String {
    let images = look.logo_origin().map(|origin| format!(" img-src {origin};")).unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'nonce-{nonce}';{images} form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests;
