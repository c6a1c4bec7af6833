//! Statements of people.

use domain::{
    Error,
    id::{self, Id},
    statement::Statement,
    tenant::TenantId,
};

use super::{
    Edge, Page, Position, Store, item,
    keys::{self, BY_OWNER},
};

/// What a person's statements stand under.
const KIND: &str = "STATEMENTS";

impl Store {
    /// A statement.
    pub async fn find_statement(
        &self,
        tenant: &TenantId,
        id: &Id<id::Statement>,
    ) -> Result<Option<Statement>, Error> {
        self.get(keys::statement(tenant, id)).await
    }

    /// A person's statements, the one issued last first.
    pub async fn statements(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        limit: i32,
        after: Option<Position>,
    ) -> Result<Page<Statement>, Error> {
        self.list(BY_OWNER, &keys::kept_for(tenant, person, KIND), None, limit, after.map(Edge::After)).await
    }

    /// Removes a statement.
    pub async fn remove_statement(&self, tenant: &TenantId, id: &Id<id::Statement>) -> Result<(), Error> {
        self.remove(keys::statement(tenant, id)).await
    }

    /// Writes a statement. `statement.revision` is the one the change was made on, 0 for a new statement; it moves
    /// here.
    ///
    /// # Errors
    /// [`EditConflict`](domain::error::Conflict::EditConflict) when somebody else wrote meanwhile.
    pub async fn save_statement(&self, tenant: &TenantId, statement: &mut Statement) -> Result<(), Error> {
        let before = statement.revision;
        statement.revision += 1;
        let place = format!("{}#{}", statement.issued_on, statement.id);
        let indexes = [(BY_OWNER, keys::kept_for(tenant, &statement.person_id, KIND), place)];
        let item = item(keys::statement(tenant, &statement.id), "statement", &indexes, statement)?;
        self.put(self.put_after(before, item)?).await.map_err(|refused| refused.changed("statement"))
    }
}
