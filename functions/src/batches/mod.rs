//! Messages to many borrowers: how far they are, what became of each, and the work itself.

pub(crate) mod begin;
pub mod cancel;
pub mod get;
pub mod list;
pub mod results;
pub mod work;
