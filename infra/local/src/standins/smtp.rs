//! The stand-in for Smtp.

use axum::Router;

use super::StandIn;

/// The stand-in.
pub struct Smtp;

impl StandIn for Smtp {
    fn api(&self) -> Option<Router> {
        None
    }

    fn controls(&self) -> Router {
        Router::new()
    }

    fn resume(&self) {}
}
