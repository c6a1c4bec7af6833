//! The stand-in for Drop.

use axum::Router;

use super::StandIn;

/// The stand-in.
pub struct Drop;

impl StandIn for Drop {
    fn api(&self) -> Option<Router> {
        None
    }

    fn controls(&self) -> Router {
        Router::new()
    }

    fn resume(&self) {}
}
