//! Who is calling.

use crate::{tenant::TenantId, vocabulary::Role};

/// Who is calling, as the authorizer established it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whose data it may see.
    pub tenant: TenantId,
    /// What it may do.
    pub role: Role,
    /// Whether it speaks for an agent, a person who works with borrowers: such a one sends only what agents may (001,
    /// `agentCanSend`).
    pub agent: bool,
    /// The API key's id or the token's subject, for audit.
    pub subject: String,
}
