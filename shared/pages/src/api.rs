//! The API as people read it: what the OpenAPI document says, on one page.

use domain::Error;
use lambda_http::{Body, Response, http::StatusCode};
use serde::Serialize;
use serde_json::Value;

use crate::{answer, nonce};

/// Methods, in the order in which people look for them.
const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

/// What stands in the page.
#[derive(Serialize)]
struct Shown<'a> {
    title: &'a str,
    version: &'a str,
    summary: &'a str,
    openapi: &'a str,
    description: Vec<Vec<Piece<'a>>>,
    groups: Vec<Group<'a>>,
    nonce: &'a str,
}

#[derive(Serialize)]
struct Group<'a> {
    name: &'a str,
    anchor: String,
    operations: Vec<Operation<'a>>,
}

#[derive(Serialize)]
struct Operation<'a> {
    id: &'a str,
    method: String,
    path: &'a str,
    summary: &'a str,
    description: Vec<Vec<Piece<'a>>>,
    parameters: Vec<Parameter<'a>>,
    answers: Vec<Answer<'a>>,
}

#[derive(Serialize)]
struct Parameter<'a> {
    name: &'a str,
    place: &'a str,
    description: &'a str,
}

#[derive(Serialize)]
struct Answer<'a> {
    status: &'a str,
    description: &'a str,
}

/// A stretch of text as CommonMark marks it, of which descriptions use this much.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Piece<'a> {
    style: &'static str,
    text: &'a str,
}

/// The page of an OpenAPI document.
///
/// # Errors
/// [`Error::Internal`] if the page cannot be written, which no request can cause.
pub fn api(document: &Value) -> Result<Response<Body>, Error> {
    let nonce = nonce();
    let info = &document["info"];
    let shown = Shown {
        title: text(&info["title"]),
        version: text(&info["version"]),
        summary: text(&info["summary"]),
        openapi: text(&document["openapi"]),
        description: paragraphs(text(&info["description"])),
        groups: groups(document),
        nonce: &nonce,
    };
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    );
    answer(StatusCode::OK, "api.html", &shown, &policy)
}

fn groups(document: &Value) -> Vec<Group<'_>> {
    let names = members(&document["tags"]).map(|tag| text(&tag["name"]));
    let of = |name| Group {
        name,
        anchor: name.to_lowercase().replace(' ', "-"),
        operations: operations(document, name),
    };
    names.map(of).filter(|group| !group.operations.is_empty()).collect()
}

fn operations<'a>(document: &'a Value, group: &str) -> Vec<Operation<'a>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, methods)| METHODS.map(|method| (path, method, &methods[method])));
    let of_group = all.filter(|(_, _, operation)| members(&operation["tags"]).any(|tag| tag == group));
    of_group
        .map(|(path, method, operation)| Operation {
            id: text(&operation["operationId"]),
            method: method.to_uppercase(),
            path,
            summary: text(&operation["summary"]),
            description: paragraphs(text(&operation["description"])),
            parameters: members(&operation["parameters"])
                .map(|one| parameter(resolved(document, one)))
                .collect(),
            answers: operation["responses"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(status, one)| Answer {
                    status,
                    description: text(&resolved(document, one)["description"]),
                })
                .collect(),
        })
        .collect()
}

fn parameter(parameter: &Value) -> Parameter<'_> {
    Parameter {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        description: text(&parameter["description"]),
    }
}

/// What a reference within the document stands for.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let to = value["$ref"].as_str().and_then(|to| document.pointer(to.strip_prefix('#')?));
    to.unwrap_or(value)
}

fn members(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn paragraphs(text: &str) -> Vec<Vec<Piece<'_>>> {
    text.split("\n\n").filter(|paragraph| !paragraph.is_empty()).map(pieces).collect()
}

/// `**strong**` and `` `code` ``.
fn pieces(paragraph: &str) -> Vec<Piece<'_>> {
    let marked = |text, marker, odd: &'static str, even: &'static str| {
        str::split(text, marker)
            .enumerate()
            .map(move |(at, text)| (if at % 2 == 1 { odd } else { even }, text))
    };
    let pieces = marked(paragraph, "`", "code", "plain").flat_map(|(style, text)| match style {
        "code" => vec![Piece { style, text }],
        _ => marked(text, "**", "strong", "plain").map(|(style, text)| Piece { style, text }).collect(),
    });
    pieces.filter(|piece| !piece.text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use lambda_http::http::header;
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "openapi": "3.1.0",
            "info": { "title": "T", "version": "1", "summary": "S.", "description": "**Ids.** As `ext-1`.\n\nMore." },
            "tags": [{ "name": "People of a lender" }, { "name": "Nothing" }],
            "paths": { "/people/{id}": { "get": {
                "operationId": "people-get", "tags": ["People of a lender"], "summary": "Get <one>",
                "parameters": [{ "$ref": "#/components/parameters/Key" }],
                "responses": { "200": { "description": "The person" }, "404": { "$ref": "#/components/responses/NotFound" } },
            } } },
            "components": {
                "parameters": { "Key": { "name": "Key", "in": "header", "description": "Yours." } },
                "responses": { "NotFound": { "description": "Not Found" } },
            },
        })
    }

    #[test]
    fn the_page_shows_every_operation_with_what_is_sent_and_answered() {
        let response = api(&document()).unwrap();
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'; style-src 'nonce-") && !policy.contains("unsafe"));
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        let Body::Text(html) = response.into_body() else { panic!("a page is text") };
        for shown in [
            "<strong>Ids.</strong> As <code>ext-1</code>.",
            "href=\"#people-of-a-lender\"",
            "id=\"people-get\"",
            "<code>/people/{id}</code>",
            "Get &lt;one&gt;",
            "<td><code>Key</code></td><td>header</td><td>Yours.</td>",
            "<td>200</td><td>The person</td>",
            "<td>404</td><td>Not Found</td>",
            "href=\"/openapi.json\"",
        ] {
            assert!(html.contains(shown), "{shown}: {html}");
        }
        assert!(!html.contains("<script") && !html.contains("Nothing"));
    }
}
