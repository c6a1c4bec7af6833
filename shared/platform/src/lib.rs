//! What connects Postrider to the world: AWS, providers, HTTP, credentials, and the pipeline that uses them.

pub mod app;
pub mod auth;
pub mod aws;
pub mod bus;
pub mod cache;
pub mod clock;
pub mod config;
pub mod digest;
pub mod documents;
pub mod http;
pub mod invoke;
pub mod links;
pub mod mailbox;
pub mod needs;
pub mod objects;
pub mod outbound;
pub mod pipeline;
pub mod printing;
pub mod providers;
pub mod queues;
pub mod race;
pub mod secrets;
pub mod store;
pub mod telemetry;
pub mod templates;
