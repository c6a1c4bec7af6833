//! Documents of people, without the bytes of their content ([`crate::documents`]).

use domain::{
    Error,
    document::Document,
    error::Conflict,
    id::{self, Id, Kind, Names},
    tenant::TenantId,
};

use super::{
    Edge, Page, Position, Refused, Store, item,
    keys::{self, BY_OWNER},
};

/// What a person's documents stand under.
const KIND: &str = "DOCUMENTS";

impl Store {
    /// A document.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn document(
        &self,
        tenant: &TenantId,
        named: &impl Names<id::Document>,
    ) -> Result<Document, Error> {
        let document = self.get(keys::document(tenant, &named.id_within(tenant.as_str()))).await?;
        document.ok_or_else(|| Error::not_found(id::Document::NAME, named))
    }

    /// A person's documents, newest first.
    pub async fn documents(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        limit: i32,
        after: Option<Position>,
    ) -> Result<Page<Document>, Error> {
        self.list(BY_OWNER, &keys::kept_for(tenant, person, KIND), None, limit, after.map(Edge::After)).await
    }

    /// Removes a document, without the bytes it held.
    pub async fn remove_document(&self, tenant: &TenantId, id: &Id<id::Document>) -> Result<(), Error> {
        self.remove(keys::document(tenant, id)).await
    }

    /// Writes a document. `document.revision` is the one the change was made on, 0 for a new document; it moves here.
    ///
    /// # Errors
    /// [`Conflict::DuplicateExternalId`] for a new document that exists, [`Conflict::EditConflict`] for one that moved.
    pub async fn save_document(&self, tenant: &TenantId, document: &mut Document) -> Result<(), Error> {
        let before = document.revision;
        document.revision += 1;
        let place = keys::moment(document.created_at, document.id.as_str());
        let indexes = [(BY_OWNER, keys::kept_for(tenant, &document.person_id, KIND), place)];
        let item = item(keys::document(tenant, &document.id), "document", &indexes, document)?;
        self.put(self.put_after(before, item)?).await.map_err(|refused| match refused {
            Refused::Condition(_) if before == 0 => Error::conflict(
                Conflict::DuplicateExternalId,
                "A document with this id exists already; choose another id.",
            ),
            refused => refused.changed("document"),
        })
    }
}
