//! A person's loans.

pub mod list;
pub mod upsert;
