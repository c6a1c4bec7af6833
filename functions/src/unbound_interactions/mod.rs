//! Interactions with somebody unknown to the lender (001): recorded, listed, and bound to a person by an update.

pub mod create;
pub mod list;
