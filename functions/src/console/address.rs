//! Addresses of pages: what they ask for, and where their lists go on.

use domain::id::{Id, Kind};
use pages::console;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use platform::http::Request;
use url::form_urlencoded;

/// A parameter of the page's address, without white space around it; nothing, if it is not there.
pub(super) fn parameter<'r>(request: &'r Request, name: &str) -> &'r str {
    request.query_pairs().get(name).map_or("", |value| value.trim())
}

/// A page that is asked for the same as this one, but for these parameters, and for more. What was done is not said again, and a
/// language is remembered.
pub(super) fn alike<'p>(
    request: &Request,
    path: &str,
    without: &[&str],
    more: impl IntoIterator<Item = (&'p str, &'p str)>,
) -> String {
    let is_kept = |name: &str| !["done", console::LANGUAGE].contains(&name) && !without.contains(&name);
    let kept = request.query_pairs().iter().filter(|(name, value)| is_kept(name) && !value.is_empty());
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept).extend_pairs(more);
    format!("{path}?{}", query.finish())
}

/// An id as people write it: ours as it is, and the lender's with or without `ext-`.
pub(super) fn named<K: Kind>(text: &str) -> String {
    let is_said = text.starts_with("ext-") || text.parse::<Id<K>>().is_ok();
    if is_said { text.to_owned() } else { format!("ext-{text}") }
}

/// A text as a part of a path or as the value of a parameter.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
