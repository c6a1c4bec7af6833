//! A person's open cases.

pub mod get;
pub mod list;
pub mod upsert;
