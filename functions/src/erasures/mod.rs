//! The record of erased people.

pub mod list;
