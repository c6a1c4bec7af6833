//! Where a person can be reached.

pub mod create;
pub mod list;
pub mod update;
