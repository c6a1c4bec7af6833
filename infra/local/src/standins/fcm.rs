//! The stand-in for Fcm.

use axum::Router;

use super::StandIn;

/// The stand-in.
pub struct Fcm;

impl StandIn for Fcm {
    fn api(&self) -> Option<Router> {
        None
    }

    fn controls(&self) -> Router {
        Router::new()
    }

    fn resume(&self) {}
}
