//! Interactions with somebody the lender did not tell us about (001): recorded, listed, and bound to a person by an update.

pub mod create;
pub mod list;
