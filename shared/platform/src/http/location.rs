//! Where what a request made is found: the `Location` of every 201 (RFC 9110, section 10.2.2).

use lambda_http::{
    Body, Response,
    http::{HeaderValue, Method, StatusCode, header},
};
use serde_json::Value;

use super::Request;

/// Says where the thing is. It is in the collection that the route `makes_in` if it names one, else below the path it was posted to, or at the path
/// it was put to. What was posted and has no id of its own is read where it was posted.
pub fn tell(response: &mut Response<Body>, request: &Request, makes_in: fn() -> Option<&'static str>) {
    if response.status() != StatusCode::CREATED {
        return;
    }
    let place = place(&request.method, &request.path, makes_in(), response.body());
    // A path that no header can hold is none of ours.
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
}

fn place(method: &Method, path: &str, collection: Option<&str>, body: &Body) -> String {
    let parent = match (collection, method == Method::POST) {
        (Some(collection), _) => collection,
        (None, true) => path,
        (None, false) => return path.to_owned(),
    };
    let body: Value = match body {
        Body::Text(text) => serde_json::from_str(text).unwrap_or_default(),
        _ => Value::Null,
    };
    let ids = [&body["id"], &body["data"]["id"], &body["encodedKey"]];
    match ids.into_iter().find_map(Value::as_str) {
        Some(id) => format!("{}/{id}", parent.trim_end_matches('/')),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_found_where_it_was_put_or_by_its_id_where_it_was_posted() {
        for (method, path, collection, body, expected) in [
            (Method::PUT, "/people/ext-john", None, r#"{"id":"BO-1"}"#, "/people/ext-john"),
            (Method::POST, "/people", None, r#"{"id":"BO-1","data":{"id":"no"}}"#, "/people/BO-1"),
            (Method::POST, "/people/", None, r#"{"id":"BO-1"}"#, "/people/BO-1"),
            (Method::POST, "/interactions", None, r#"{"data":{"id":"IN-1"}}"#, "/interactions/IN-1"),
            (
                Method::POST,
                "/people/BO-1/interactions",
                Some("/interactions"),
                r#"{"data":{"id":"IN-1"}}"#,
                "/interactions/IN-1",
            ),
            (Method::PUT, "/t/TV-1", Some("/t"), r#"{"id":"TV-2"}"#, "/t/TV-2"),
            (Method::POST, "/messages", None, r#"{"encodedKey":"IN-1"}"#, "/messages/IN-1"),
            (Method::POST, "/people/BO-1/consents", None, r#"{"channel":"text"}"#, "/people/BO-1/consents"),
            (Method::POST, "/people/BO-1/consents", None, "", "/people/BO-1/consents"),
        ] {
            assert_eq!(place(&method, path, collection, &Body::from(body)), expected, "{method} {path}");
        }
    }
}
