//! Which channels a person wants.

pub mod set;
