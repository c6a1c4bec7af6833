//! The stand-in for Inbox.

use axum::Router;

use super::StandIn;

/// The stand-in.
pub struct Inbox;

impl StandIn for Inbox {
    fn api(&self) -> Option<Router> {
        None
    }

    fn controls(&self) -> Router {
        Router::new()
    }

    fn resume(&self) {}
}
