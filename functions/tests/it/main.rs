//! The functions as a whole: one list, one document.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod catalogue;
mod openapi;
