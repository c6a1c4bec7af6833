//! What connects Postrider to the world: AWS, providers, HTTP, credentials, and the pipeline that uses them.

pub mod app;
pub mod auth;
pub mod authoring;
pub mod aws;
pub mod body;
pub mod cache;
pub mod config;
pub mod documents;
pub mod http;
pub mod idempotency;
pub mod needs;
pub mod objects;
pub mod outbound;
pub mod pipeline;
pub mod printing;
pub mod problem;
pub mod providers;
pub mod queues;
pub mod race;
pub mod secrets;
pub mod store;
pub mod telemetry;
