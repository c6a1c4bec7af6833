//! Where a person can be reached.

mod confirmed;
pub mod create;
pub mod list;
pub mod update;
