//! Template versions (002): the wordings of a template, of which exactly one is in use.

pub mod activate;
pub mod context_variables;
pub mod create;
pub mod export;
pub mod get;
pub mod import;
pub mod list;
pub mod list_all;
mod reading;
pub mod render;
pub mod render_file;
pub mod update;

use domain::{
    Error,
    error::Violation,
    id::{self, Id},
    template::{Source, Version, VersionStatus},
    tenant::TenantId,
    vocabulary::Channel,
};
use jiff::Timestamp;
use platform::{app::App, templates::authoring};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// A template version as 002 shows it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionView {
    id: Id<id::Version>,
    descriptor_id: Id<id::Descriptor>,
    /// Counts the versions of its descriptor, from 1.
    number: u32,
    status: VersionStatus,
    subject_line_template: Option<String>,
    content_text_template: Option<String>,
    content_html_template: Option<String>,
    created_at: Timestamp,
    /// Who made it, or edited it last.
    created_by: String,
    /// Attributes it uses that our objects do not have, such as `borrower.frist_name`; reported when it is saved. Of a
    /// loan, case or statement it may be an attribute of your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    undefined_variables: Option<Vec<String>>,
}

impl VersionView {
    /// A version that was saved.
    async fn saved(app: &App, tenant: &TenantId, version: Version) -> Result<Self, Error> {
        let undefined = authoring::unknown_attributes(app, tenant, &version).await?;
        Ok(Self { undefined_variables: Some(undefined), ..Self::from(version) })
    }
}

impl From<Version> for VersionView {
    fn from(version: Version) -> Self {
        Self {
            id: version.id,
            descriptor_id: version.descriptor_id,
            number: version.number,
            status: version.status,
            subject_line_template: version.source.subject_line,
            content_text_template: version.source.content_text,
            content_html_template: version.source.content_html,
            created_at: version.created_at,
            created_by: version.created_by,
            undefined_variables: None,
        }
    }
}

/// Whether a wording says anything, and has what the channel needs if it is in use. What a draft lacks is reported when it is
/// activated; whether it renders, when it is saved.
fn check(source: &Source, in_use: Option<Channel>) -> Result<(), Error> {
    let lacking = match in_use {
        Some(channel) => source.lacks(channel),
        None if source.is_empty() => vec![Violation::new("/contentTextTemplate", NOTHING)],
        None => Vec::new(),
    };
    if lacking.is_empty() { Ok(()) } else { Err(Error::Invalid(lacking)) }
}

const NOTHING: &str = "must be given, or subjectLineTemplate or contentHtmlTemplate: a draft says something";

/// The status that a body may say: versions are put into use by activating them.
fn check_status(status: Option<VersionStatus>) -> Result<(), Error> {
    match status {
        None | Some(VersionStatus::Draft) => Ok(()),
        Some(VersionStatus::Active | VersionStatus::Retired) => Err(Error::invalid(
            "/status",
            "must be draft here; POST /communicator/templates/{id}/activate puts a version into use",
        )),
    }
}

/// The document's example.
fn example_body() -> Value {
    json!({
        "descriptorId": "TD-AAAA-BBBB",
        "status": "draft",
        "subjectLineTemplate": "Hello {{foobar}}",
        "contentTextTemplate": "Hello {{foobar}}",
        "contentHtmlTemplate": "Hello,<br/><p>{{foobar}}</p>",
    })
}

/// The same as an answer.
pub(super) fn example_view() -> Value {
    let mut view = example_body();
    if let Value::Object(members) = &mut view {
        let more = [
            ("id", json!("TV-AAAA-BBBB")),
            ("number", json!(1)),
            ("createdAt", json!("2026-01-05T15:00:00Z")),
            ("createdBy", json!("AK-AAAA-BBBB")),
        ];
        members.extend(more.map(|(name, value)| (name.to_owned(), value)));
    }
    view
}
