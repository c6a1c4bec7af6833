//! How many messages came how far.

pub mod messages;
