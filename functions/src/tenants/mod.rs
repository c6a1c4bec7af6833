//! What whoever runs the installation sets.

pub mod provision;
