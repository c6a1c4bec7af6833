//! Sessions of those who signed in to the console, known only by the digest of their token.

use domain::{Error, error::Ours as _};

use super::{Refused, Store, credentials::ApiKey, entity, item, keys, keys::key_of, number};
use crate::auth::{
    KeyHash,
    session::{Session, Ticket},
};

impl Store {
    /// Keeps a session until it ends.
    pub async fn begin_session(&self, ticket: &Ticket, session: &Session) -> Result<(), Error> {
        let mut item = item(keys::session(ticket.digest().as_str()), "session", &[], session)?;
        item.insert("expires_at".into(), number(session.ends_at.as_second().max(0).unsigned_abs()));
        let put = self.put_of(item).condition_expression("attribute_not_exists(pk)");
        self.put(put.build().internal()?).await.map_err(Refused::unexpected)
    }

    /// The session that a ticket is for, and the API key that it names, in one call.
    pub async fn session(&self, ticket: &Ticket) -> Result<(Option<Session>, Option<ApiKey>), Error> {
        let session = keys::session(ticket.digest().as_str());
        let key = ticket.key().map(KeyHash::as_str).map(keys::api_key);
        let items = self.read_together([session.clone()].into_iter().chain(key)).await?;
        let (mut sessions, mut keys): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| key_of(item).as_ref() == Some(&session));
        Ok((sessions.pop().map(entity).transpose()?, keys.pop().map(entity).transpose()?))
    }

    /// Ends a session. Safe to repeat.
    pub async fn end_session(&self, ticket: &Ticket) -> Result<(), Error> {
        self.remove(keys::session(ticket.digest().as_str())).await
    }
}
