//! What a person agreed to, and took back.

pub mod list;
pub mod record;
