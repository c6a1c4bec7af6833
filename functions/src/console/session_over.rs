//! What somebody is answered whose form comes from a page of a session that has ended: that nothing was done, and what they typed, which
//! would be lost if they were led elsewhere.

use domain::{Error, error::Ours as _};
use lambda_http::{
    Body, Response,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use pages::console::{self, Frame};
use platform::{auth::session::COOKIE, http::Asked};
use serde_json::{Value, json};

use crate::form;

/// What stands in the names of fields that hold what is shown nowhere.
const SECRET: [&str; 4] = ["credential", "password", "secret", "token"];

/// Fields that are shown: more than any form of ours has.
const MOST: usize = 200;
/// Bytes of them that are shown: more than a template's wording has, and as many as an answer takes, however much of it is escaped.
const MOST_BYTES: usize = 512 * 1024;
/// Characters in a line, about, and the most lines that a field is high.
const WIDTH: usize = 60;
const HEIGHT: usize = 12;

/// The page, with where one signs in.
pub(super) fn page(asked: &Asked, frame: &Frame<'_>, sign_in: &str) -> Result<Response<Body>, Error> {
    let shown = json!({ "sign_in": sign_in, "typed": typed(&asked.headers, &asked.body) });
    let mut answer = console::page(StatusCode::UNAUTHORIZED, "session_over.html", frame, shown)?;
    // A scheme that no browser knows: one they know has them ask for a password.
    let challenge =
        HeaderValue::from_str(&format!("Cookie realm=\"postrider\", name=\"{COOKIE}\"")).internal()?;
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    Ok(answer)
}

/// What somebody typed into a form, for a page to show; null, if that is nothing.
pub(super) fn typed(headers: &HeaderMap, body: &[u8]) -> Value {
    // What is no form has nothing that somebody typed.
    let sent = form::read(headers, body).unwrap_or_default();
    let action = sent.iter().find(|(name, _)| name == "action").map_or("", |(_, action)| action).to_owned();
    match filled(sent) {
        (fields, true) if fields.is_empty() => Value::Null,
        (fields, is_all) => json!({ "action": action, "fields": fields, "is_all": is_all }),
    }
}

/// What somebody filled in, field by field, and whether that is all.
fn filled(sent: Vec<(String, String)>) -> (Vec<Value>, bool) {
    let (mut typed, mut is_all, mut bytes) = (Vec::new(), true, 0);
    for (name, text) in sent.into_iter().filter(|(name, text)| is_shown(name) && !text.trim().is_empty()) {
        let with_it = bytes + name.len() + text.len();
        if typed.len() == MOST || with_it > MOST_BYTES {
            is_all = false;
            continue;
        }
        bytes = with_it;
        typed.push(json!({ "name": name, "text": text, "rows": rows(&text) }));
    }
    (typed, is_all)
}

fn is_shown(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    console::is_filled_in(name) && !SECRET.iter().any(|part| lower.contains(part))
}

fn rows(text: &str) -> usize {
    text.lines().map(|line| 1 + line.chars().count() / WIDTH).sum::<usize>().clamp(1, HEIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled_of(sent: &[(&str, &str)]) -> (Vec<Value>, bool) {
        filled(sent.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
    }

    #[test]
    fn what_was_typed_is_shown_and_neither_secrets_nor_what_pages_have_for_themselves() {
        let own = [("action", "finish"), ("stamp", "s"), ("once", "o"), ("etag", "\"1\"")];
        let secret =
            [("credential", "demo-admin"), ("apiSecret", "s"), ("Password", "p"), ("push_token", "t")];
        let sent = [&own[..], &secret, &[("note", "He called.\n"), ("due", " "), ("enabled", "on")]].concat();
        let note = json!({ "name": "note", "text": "He called.\n", "rows": 1 });
        let enabled = json!({ "name": "enabled", "text": "on", "rows": 1 });
        assert_eq!(filled_of(&sent), (vec![note, enabled], true));
    }

    #[test]
    fn a_field_is_as_high_as_what_stands_in_it_up_to_a_limit() {
        for (text, high) in
            [("", 1), ("a", 1), ("a\r\n\r\nb", 3), (&"a".repeat(150), 3), (&"a\n".repeat(99), HEIGHT)]
        {
            assert_eq!(rows(text), high, "{text}");
        }
    }

    #[test]
    fn no_more_is_shown_than_an_answer_takes() {
        let (short, long) = ("a".repeat(10), "a".repeat(MOST_BYTES));
        let (shown, is_all) = filled_of(&[("wording", &long), ("name", &short)]);
        assert_eq!((shown.len(), is_all), (1, false), "what is short is shown beside what is too long");
        let (shown, is_all) = filled_of(&vec![("name", short.as_str()); MOST + 1]);
        assert_eq!((shown.len(), is_all), (MOST, false));
    }
}
