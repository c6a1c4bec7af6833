//! Template descriptors (002): what a template is for. Its wordings are [`super::template_versions`].

pub mod create;
pub mod get;
pub mod list;
pub mod update;
pub mod versions;

use domain::{
    Error,
    error::Violation,
    formats,
    id::{self, ExternalId, Id},
    template::{Descriptor, DescriptorStatus},
    tenant::TenantId,
    vocabulary::{Subject, TemplateChannel},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// A template descriptor as 002 shows it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DescriptorView {
    id: Id<id::Descriptor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<ExternalId>,
    /// Yours: the same in all answers.
    company_id: Id<id::Company>,
    /// The version in use; null before the first is activated.
    active_version_id: Option<Id<id::Version>>,
    subject: Subject,
    /// Null for a channel that no borrower is written to by.
    channel: Option<TemplateChannel>,
    language: String,
    /// Null for all products.
    product_id: Option<String>,
    sensitive: bool,
    enabled: bool,
    /// Whether it is kept for history only.
    archived: bool,
    name: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl DescriptorView {
    pub(crate) fn of(tenant: &TenantId, descriptor: Descriptor) -> Self {
        Self {
            id: descriptor.id,
            external_id: descriptor.external_id,
            company_id: tenant.company(),
            active_version_id: descriptor.active_version_id,
            subject: descriptor.subject,
            channel: TemplateChannel::try_from(descriptor.channel).ok(),
            language: descriptor.language,
            product_id: descriptor.product_id,
            sensitive: descriptor.sensitive,
            enabled: descriptor.status == DescriptorStatus::Enabled,
            archived: descriptor.status == DescriptorStatus::Archived,
            name: descriptor.name,
            created_at: descriptor.created_at,
            updated_at: descriptor.updated_at,
        }
    }
}

/// What is wrong with a descriptor's own fields.
pub(super) fn check(name: &str, language: &str, product_id: Option<&str>) -> Result<(), Error> {
    let verdicts = [
        ("/name", formats::line(name.trim(), 200)),
        ("/language", formats::language(language)),
        ("/productId", product_id.map_or(Ok(()), |product| formats::line(product, 255))),
    ];
    let faults: Vec<_> = verdicts
        .into_iter()
        .filter_map(|(pointer, verdict)| Some(Violation::new(pointer, verdict.err()?)))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

pub(super) fn status(enabled: bool) -> DescriptorStatus {
    if enabled { DescriptorStatus::Enabled } else { DescriptorStatus::Disabled }
}

/// The document's example.
fn example_body() -> Value {
    json!({
        "subject": "annualPrivacyPolicyNotice",
        "channel": "voice",
        "language": "en",
        "productId": "LT-AAAA-BBBB",
        "sensitive": false,
        "enabled": true,
        "name": "string",
    })
}

/// The same as an answer.
fn example_view() -> Value {
    let mut view = example_body();
    if let Value::Object(members) = &mut view {
        let more = [
            ("id", json!("TD-AAAA-BBBB")),
            ("companyId", json!("CP-AAAA-BBBB")),
            ("activeVersionId", json!("TV-AAAA-BBBB")),
            ("archived", json!(false)),
            ("createdAt", json!("2026-01-05T15:00:00Z")),
            ("updatedAt", json!("2026-01-05T15:00:00Z")),
        ];
        members.extend(more.map(|(name, value)| (name.to_owned(), value)));
    }
    view
}
