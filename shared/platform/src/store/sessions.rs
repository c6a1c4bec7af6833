//! Sessions of those who signed in to the console, known only by the digest of their token.

use domain::{Error, error::Ours as _, tenant::TenantId};

use super::{
    Refused, Store, credentials::ApiKey, entity, item, keys, keys::key_of, number, tenants::IssuerEntry,
};
use crate::auth::{
    Voucher,
    session::{Session, Ticket},
};

/// What a session was begun with, as it is stored now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vouching {
    /// An API key.
    Key(ApiKey),
    /// An issuer, which speaks for this tenant.
    Issuer(TenantId),
}

impl Store {
    /// Keeps a session until it ends.
    pub async fn begin_session(&self, ticket: &Ticket, session: &Session) -> Result<(), Error> {
        let mut item = item(keys::session(ticket.digest().as_str()), "session", &[], session)?;
        item.insert("expires_at".into(), number(session.ends_at.as_second().max(0).unsigned_abs()));
        let put = self.put_of(item).condition_expression("attribute_not_exists(pk)");
        self.put(put.build().internal()?).await.map_err(Refused::unexpected)
    }

    /// The session that a ticket is for, and what it was begun with, as the ticket says, in one call.
    pub async fn session(&self, ticket: &Ticket) -> Result<(Option<Session>, Option<Vouching>), Error> {
        let session = keys::session(ticket.digest().as_str());
        let voucher = match ticket.voucher() {
            Voucher::Key(hash) => keys::api_key(hash.as_str()),
            Voucher::Issuer(name) => keys::issuer(name),
        };
        let items = self.read_together([session.clone(), voucher].into_iter()).await?;
        let (mut sessions, mut vouching): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| key_of(item).as_ref() == Some(&session));
        let vouching = match (ticket.voucher(), vouching.pop()) {
            (_, None) => None,
            (Voucher::Key(_), Some(key)) => Some(Vouching::Key(entity(key)?)),
            (Voucher::Issuer(_), Some(issuer)) => {
                Some(Vouching::Issuer(entity::<IssuerEntry>(issuer)?.tenant))
            }
        };
        Ok((sessions.pop().map(entity).transpose()?, vouching))
    }

    /// Ends a session. Safe to repeat.
    pub async fn end_session(&self, ticket: &Ticket) -> Result<(), Error> {
        self.remove(keys::session(ticket.digest().as_str())).await
    }
}
