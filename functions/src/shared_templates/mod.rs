//! Shared templates: branding shells, footers and macros that a lender's templates include, import and extend.

pub mod delete;
pub mod get;
pub mod list;
pub mod put;

use domain::{
    Error,
    template::shared::{SharedName, SharedTemplate},
};
use jiff::Timestamp;
use platform::http::Request;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// A shared template.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedTemplateView {
    /// How templates name it.
    name: SharedName,
    /// The content of the shared template, in Jinja.
    content: String,
    updated_at: Timestamp,
    /// Who changed it last.
    updated_by: String,
}

impl SharedTemplateView {
    fn of(name: SharedName, SharedTemplate { content, updated_at, updated_by }: SharedTemplate) -> Self {
        Self { name, content, updated_at, updated_by }
    }
}

/// The name in the path, if it can be one.
fn known_name(request: &Request) -> Result<SharedName, Error> {
    let name = request.path("name");
    name.parse().map_err(|_| absent(name))
}

fn absent(name: &str) -> Error {
    Error::not_found("shared template", name.chars().take(100).collect::<String>())
}

fn example() -> Value {
    json!({
        "name": "footer.html",
        "content": "<p>{{ company.name }}</p>",
        "updatedAt": "2026-01-05T15:00:00Z",
        "updatedBy": "AK-AAAA-BBBB",
    })
}
