//! The stand-in for Endpoint.

use axum::Router;

use super::StandIn;

/// The stand-in.
pub struct Endpoint;

impl StandIn for Endpoint {
    fn api(&self) -> Option<Router> {
        None
    }

    fn controls(&self) -> Router {
        Router::new()
    }

    fn resume(&self) {}
}
