//! The scenarios. Requests that a document shows are sent as it prints them.

pub mod access;
pub mod batches;
pub mod communications;
pub mod communicator;
pub mod dispatch;
pub mod events;
pub mod failures;
pub mod later;
pub mod letters;
pub mod templates;
pub mod texts;
