//! Templates as lenders write them, and what becomes of them.

mod amounts;
#[path = "../cases/mod.rs"]
mod cases;
mod email;
mod jinja;
mod locales;
mod properties;
mod shared;
mod starters;
mod versions;
