//! Who is calling.

use crate::{tenant::TenantId, vocabulary::Role};

/// Who is calling, as the authorizer established it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whose data it may see.
    pub tenant: TenantId,
    /// What it may do.
    pub role: Role,
    /// The API key's id or the token's subject, for audit.
    pub subject: String,
}
