//! The functions as a whole: one list told in several places, one document, one of them run as Lambda runs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod catalogue;
mod cloudformation;
mod lambda;
mod openapi;
