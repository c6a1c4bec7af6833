//! What is deployed: current, wired to the catalogue, under AWS's quotas, and one function of it run as Lambda runs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod builds_once;
mod cloudformation;
mod current;
mod lambda;
mod quotas;
mod wiring;
