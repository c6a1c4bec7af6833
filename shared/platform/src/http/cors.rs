//! Which pages may read our answers: those of origins that a tenant lists (the Fetch standard's CORS protocol).
//!
//! A preflight carries no credential, so any tenant's list answers it. The answer itself is for the caller's own list, or, if
//! there is no caller, for any. No cookie is a credential here, so no page acts for whoever looks at it.

use lambda_http::{
    Body, Response,
    http::{HeaderMap, HeaderValue, header},
};

/// Seconds for which a browser need not ask again. What a tenant lists no longer is asked for that long.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, DELETE");
const TAKEN: HeaderValue =
    HeaderValue::from_static("Authorization, Content-Type, Idempotency-Key, If-Match, X-API-KEY");
const READABLE: HeaderValue =
    HeaderValue::from_static("ETag, Idempotent-Replay, Location, Retry-After, WWW-Authenticate, X-Trace-Id");

/// The answer to a preflight from an origin, if any tenant lists it; `None` says that nobody does.
pub fn preflight(origin: Option<&str>) -> Response<Body> {
    let mut response = super::no_content();
    let headers = response.headers_mut();
    if allow(headers, origin) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, TAKEN);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    }
    response
}

/// Lets pages of an origin read an answer; `None` lets none.
pub fn share(headers: &mut HeaderMap, origin: Option<&str>) {
    if allow(headers, origin) {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, READABLE);
    }
}

/// Whatever the origin: the answer to another would be another.
fn allow(headers: &mut HeaderMap, origin: Option<&str>) -> bool {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = origin.and_then(|origin| HeaderValue::from_str(origin).ok()) else { return false };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    true
}
