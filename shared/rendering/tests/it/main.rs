//! Templates as lenders write them, and what becomes of them.

#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod amounts;
#[path = "../cases/mod.rs"]
mod cases;
mod email;
mod jinja;
mod locales;
mod lookups;
mod properties;
mod shared;
mod starters;
mod versions;
