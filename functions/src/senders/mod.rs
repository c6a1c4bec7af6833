//! Where a tenant's messages come from.

pub mod list;
