//! Work on many messages at once.

pub mod get;
