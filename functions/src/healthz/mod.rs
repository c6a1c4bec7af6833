//! Whether the system is there.

pub mod get;
