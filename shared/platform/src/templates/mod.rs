//! Lenders' templates: authored, compiled, and run apart.

pub mod authoring;
pub mod jobs;
pub mod shelf;
