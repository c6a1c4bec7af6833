//! Contact with a person, forbidden and allowed again.

pub mod clear;
pub mod set;
