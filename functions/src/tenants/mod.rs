//! What the operator of the installation sets.

pub mod provision;
