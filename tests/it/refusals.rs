//! What callers read when something is refused: what must be, what was sent instead, and no parser's words. Every field of
//! every body, every query parameter and every path is walked with values of the wrong type and of the wrong form.

use std::collections::BTreeSet;

use postrider_tests::{TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

/// What is said by libraries that read text.
const PARSERS_WORDS: &[&str] = &[
    "failed to parse",
    "invalid digit",
    "expected value",
    "invalid type",
    "invalid value",
    "unknown variant",
    "unknown field",
    "missing field",
    "did not match any variant",
    "at line",
    "parse error",
    "invalid length",
    "relative URL",
    "provided string was not",
    "duplicate field",
    "invalid character",
];
/// How deep bodies are walked.
const DEPTH: usize = 3;

/// Values of which at least one fits no field.
fn wrong() -> Vec<Value> {
    vec![json!(true), json!(-1), json!("01/15/2026"), json!([]), json!({ "no such field": 1 })]
}

/// Every place in a body of this schema, with what must be there to reach it.
fn places(document: &Value, schema: &Value, place: &str, depth: usize, found: &mut BTreeSet<String>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    if let Some(path) = schema["$ref"].as_str() {
        let named = document.pointer(&path[1..]).unwrap_or_else(|| panic!("{path}"));
        return places(document, named, place, depth + 1, found);
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let place = format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
        found.insert(place.clone());
        places(document, member, &place, depth, found);
    }
    if schema["items"].is_object() {
        found.insert(format!("{place}/0"));
        places(document, &schema["items"], &format!("{place}/0"), depth, found);
    }
    for one in ["anyOf", "oneOf", "allOf"].iter().filter_map(|name| schema[*name].as_array()).flatten() {
        places(document, one, place, depth, found);
    }
}

/// A body with a value at a place, whatever stands on the way there.
fn with(body: &Value, place: &str, value: &Value) -> Value {
    let Some((name, rest)) = place.strip_prefix('/').map(|path| path.split_once('/').unwrap_or((path, "")))
    else {
        return value.clone();
    };
    let rest = if rest.is_empty() { String::new() } else { format!("/{rest}") };
    let name = name.replace("~1", "/").replace("~0", "~");
    match (body, name.parse::<usize>()) {
        (Value::Array(entries), Ok(_)) => {
            let mut entries = entries.clone();
            let first = entries.first().cloned().unwrap_or_default();
            entries.splice(..entries.len().min(1), [with(&first, &rest, value)]);
            Value::Array(entries)
        }
        (_, Ok(_)) => json!([with(&Value::Null, &rest, value)]),
        (body, Err(_)) => {
            let mut members = body.as_object().cloned().unwrap_or_default();
            let inner = with(members.get(&name).unwrap_or(&Value::Null), &rest, value);
            members.insert(name, inner);
            Value::Object(members)
        }
    }
}

/// What is wrong with how a refusal is told.
fn fault(status: u16, told: &Value) -> Option<String> {
    let text = told.to_string();
    if let Some(words) = PARSERS_WORDS.iter().find(|words| text.contains(**words)) {
        return Some(format!("a parser's words, {words:?}"));
    }
    let detail = told["detail"].as_str().unwrap_or_default();
    let is_sentence = detail.starts_with(|c: char| c.is_uppercase() || "/?{\u{201c}".contains(c));
    if !(is_sentence || detail.contains("must ")) {
        return Some("no sentence".into());
    }
    if status >= 500 {
        return Some("our own fault".into());
    }
    for violation in told["violations"].as_array().into_iter().flatten() {
        let message = violation["message"].as_str().unwrap_or_default();
        let says = message.starts_with("must ")
            || (message.starts_with("is not a known ") && message.contains(" must be "));
        if !says {
            return Some(format!("no requirement: {violation}"));
        }
    }
    None
}

async fn refused(
    app: &TestApp,
    method: &Method,
    path: &str,
    body: Option<&Value>,
    seen: &mut BTreeSet<String>,
) {
    let mut request = app.request(method.clone(), path);
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = answer(request).await;
    let status = answer.status.as_u16();
    // Borrowers read pages.
    if status >= 400
        && !path.starts_with("/u/")
        && let Some(why) = fault(status, &answer.body)
    {
        let told = answer.body["violations"]
            .as_array()
            .map_or_else(|| answer.body["detail"].to_string(), |all| json!(all).to_string());
        seen.insert(format!(
            "{status} {method} {path}: {why}: {}",
            told.chars().take(300).collect::<String>()
        ));
    }
}

#[tokio::test]
async fn every_refusal_says_what_must_be_in_words_of_ours() {
    let app = TestApp::start().await;
    let document = functions::openapi::document();
    let (mut badly_told, mut asked) = (BTreeSet::new(), 0);
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let parameters = || operation["parameters"].as_array().into_iter().flatten();
            // What is not there, and what belongs to the demo tenant.
            let named = |of: &str| {
                let mut path = path.replace("{subject}", "paymentReminder");
                path = path.replacen("{id}", of, 1);
                path.split('/')
                    .map(|part| if part.contains('{') { "ext-none" } else { part })
                    .collect::<Vec<_>>()
                    .join("/")
            };
            for of in ["ext-john", "no such id", "%C3%A9/x"] {
                refused(&app, &method, &named(of), None, &mut badly_told).await;
            }
            let path = named("ext-john");
            for parameter in parameters().filter(|parameter| parameter["in"] == "query") {
                let name = parameter["name"].as_str().unwrap();
                for value in ["", "-1", "99999999999999999999", "01/15/2026", "x", "%00"] {
                    refused(&app, &method, &format!("{path}?{name}={value}"), None, &mut badly_told).await;
                    asked += 1;
                }
            }
            let json = &operation["requestBody"]["content"]["application/json"];
            if json.is_null() {
                continue;
            }
            let mut found = BTreeSet::from([String::new()]);
            places(&document, &json["schema"], "", DEPTH, &mut found);
            for place in found {
                for value in wrong() {
                    let body = with(&json["example"], &place, &value);
                    refused(&app, &method, &path, Some(&body), &mut badly_told).await;
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 1_000, "{asked}");
    let told: Vec<_> = badly_told.iter().take(60).collect();
    assert!(badly_told.is_empty(), "{} of {asked}: {told:#?}", badly_told.len());
}

#[tokio::test]
async fn a_refusal_says_what_was_sent_where_it_is_short_and_no_secret() {
    let app = TestApp::start().await;
    let loan = "/people/ext-john/loans/ext-x";
    let send = "/communicator/send";
    for (method, path, body, detail) in [
        ("PUT", loan, json!({ "rate": "-0.1" }), "/rate must not be negative; -0.1 was sent"),
        (
            "PUT",
            loan,
            json!({ "dueDate": "01/15/2026" }),
            "/dueDate must be a date such as 2026-01-15; 01/15/2026 was sent",
        ),
        ("PUT", loan, json!({ "balance": true }), "/balance must be an amount such as 312.50; true was sent"),
        (
            "PUT",
            loan,
            json!({ "daysPastDue": "5" }),
            "/daysPastDue must be a whole number from 0 to 4294967295, not a text; 5 was sent",
        ),
        (
            "PUT",
            loan,
            json!({ "currency": "" }),
            "/currency must be an ISO 4217 code of three capitals, such as USD; an empty text was sent",
        ),
        (
            "GET",
            "/api/v1/communication-templates?limit=1000",
            json!(null),
            "?limit must be 1 to 100; 1000 was sent",
        ),
        (
            "GET",
            "/api/v1/communication-logs?from=yesterday",
            json!(null),
            "?from must be a time such as 2026-01-15T15:00:00Z; yesterday was sent",
        ),
        (
            "POST",
            send,
            json!({ "subject": "paymentReminder", "personId": "ext-john", "channel": "pigeon" }),
            "/channel must be one of voice, email, fax, text, chat, mail, gui, document, push; pigeon was sent",
        ),
        ("PUT", loan, json!({ "balance": 1, "hue": 1 }), "/hue is not a known field; "),
    ] {
        let mut request = app.request(method.parse().unwrap(), path);
        if !body.is_null() {
            request = request.json(&body);
        }
        let told = answer(request).await.problem(400, "invalid-request");
        let told = told["detail"].as_str().unwrap();
        assert!(told.starts_with(detail), "{told}\n{detail}");
    }
    let secret = "whsec_0123456789abcdef";
    let contact = json!({ "contactType": "pushToken", "value": "word ".repeat(30) });
    for (method, path, body, never) in [
        (
            "POST",
            "/webhook-endpoints",
            json!({ "url": format!("https://pat:{secret}@acme.example"), "events": [] }),
            secret,
        ),
        (
            "PUT",
            "/people/ext-john/contacts/ext-x?confirmationCode=123456",
            contact,
            "word word word word word word word word w",
        ),
        ("POST", "/api/v1/communications/send", json!({ "accessToken": secret }), secret),
    ] {
        let told = answer(app.request(method.parse().unwrap(), path).json(&body)).await;
        assert_eq!(told.status, 400, "{path}");
        assert!(!told.body.to_string().contains(never), "{:#}", told.body);
    }
}
