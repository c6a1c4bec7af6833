//! Contact forbidden because of a case, and allowed again.

pub mod clear;
pub mod set;
