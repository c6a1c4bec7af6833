//! Interactions with nobody the lender told us of (001): recorded, listed, and bound to a person by an update.

pub mod create;
pub mod list;
