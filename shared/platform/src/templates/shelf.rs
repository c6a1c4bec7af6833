//! A tenant's shared templates, ready for use.

use std::collections::BTreeMap;

use domain::{Error, error::TemplateFault, template::shared::SharedTemplates, tenant::TenantId};
use rendering::{Library, library::SharedError};

use super::jobs::apart;
use crate::store::Store;

/// A tenant's shared templates, ready for use.
pub struct Shelf {
    /// Of what they are made.
    pub revision: u64,
    /// What templates may take from.
    pub library: Library,
}

impl Shelf {
    /// As they are now.
    pub async fn read(store: &Store, tenant: &TenantId) -> Result<Self, Error> {
        let shared = store.shared_templates(tenant).await?;
        Ok(Self { revision: shared.revision, library: library(&shared).await? })
    }
}

/// Shared templates made into what others may take from.
pub(super) async fn library(shared: &SharedTemplates) -> Result<Library, Error> {
    let sources = shared.templates.iter().map(|(name, shared)| (name.to_string(), shared.content.clone()));
    let sources: BTreeMap<String, String> = sources.collect();
    apart(move || Library::new(sources)).await?.map_err(fault)
}

/// The fault of a shared template as callers see it.
pub(super) fn fault(SharedError { name, problem }: SharedError) -> Error {
    Error::Template(TemplateFault {
        part: name,
        line: problem.line,
        column: problem.column,
        message: problem.message,
    })
}
