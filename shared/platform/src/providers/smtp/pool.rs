//! Connections kept for the next message: greeting, TLS and signing in cost more than a message.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use domain::tenant::{SmtpAccount, TenantId};
use tokio::time::timeout;

use super::session::Session;

/// Connections kept, of all accounts: as many as a dispatcher sends messages at once.
const MOST: usize = 10;

/// How long one is kept. Servers hang up after five minutes at the earliest (RFC 5321, section 4.5.3.2.7), networks sooner.
const IDLE: Duration = Duration::from_secs(60);

/// For the answer of a server that is asked whether it is still there.
const ASKING: Duration = Duration::from_secs(3);

/// Whose connection it is. Whatever changes in the settings opens another, and no tenant sends by another's.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Whose.
    pub tenant: TenantId,
    /// The server, and how the tenant signs in there.
    pub smtp: SmtpAccount,
}

struct Idle {
    account: Account,
    session: Session,
    since: Instant,
}

/// Connections that nobody uses now.
#[derive(Default)]
pub struct Pool(Mutex<Vec<Idle>>);

impl Pool {
    /// One of the account's that still answers. A process may have slept since it was used: then all are dead, and asking each
    /// would take longer than a new one does.
    pub async fn take(&self, account: &Account) -> Option<Session> {
        let mut session = self.next(account)?;
        if timeout(ASKING, session.is_there()).await == Ok(true) {
            return Some(session);
        }
        self.idle().retain(|one| one.account != *account);
        None
    }

    /// Keeps one. The oldest makes room.
    pub fn put(&self, account: Account, session: Session) {
        let mut idle = self.idle();
        if idle.len() >= MOST {
            idle.remove(0);
        }
        idle.push(Idle { account, session, since: Instant::now() });
    }

    /// The newest of the account's.
    fn next(&self, account: &Account) -> Option<Session> {
        let mut idle = self.idle();
        idle.retain(|one| one.since.elapsed() < IDLE);
        let at = idle.iter().rposition(|one| one.account == *account)?;
        Some(idle.remove(at).session)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
