//! The stand-in for Lob.

use axum::Router;

use super::StandIn;

/// The stand-in.
pub struct Lob;

impl StandIn for Lob {
    fn api(&self) -> Option<Router> {
        None
    }

    fn controls(&self) -> Router {
        Router::new()
    }

    fn resume(&self) {}
}
