//! The guard held to the law's words, to itself, and to its documents.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod answers;
mod caps;
mod case_types;
mod cases;
mod cells;
mod conditions;
mod contacts;
mod days;
mod documents;
mod hours;
mod naive;
mod properties;
mod relationships;
mod stated;
mod stops;
mod tenants;
mod windows;
mod world;
