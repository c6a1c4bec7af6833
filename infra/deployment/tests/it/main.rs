//! What is deployed: current, wired to the catalogue, watched by metrics there are, under AWS's quotas, documented as it is,
//! and one function of it run as Lambda runs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod builds_once;
mod cloudformation;
mod current;
mod documents;
mod lambda;
mod metrics;
mod quotas;
mod wiring;
