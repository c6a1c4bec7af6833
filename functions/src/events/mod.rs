//! Events of the lender's core system (003).

pub mod take;
pub mod work;

use domain::{
    Error,
    id::{self, Id},
    occurrence::{Occurrence, ToldOccurrence},
    update::Faults,
};
use jiff::Timestamp;
use platform::http::body;
use serde_json::Value;

/// An event as it was reported, accepted now. Without an id of its own it gets `name`.
pub(crate) fn told(entry: &Value, name: &Id<id::Interaction>, now: Timestamp) -> Result<Occurrence, Error> {
    let told: ToldOccurrence = body::read_checked(entry.to_string().as_bytes(), |told: &ToldOccurrence| {
        let mut faults = Faults::default();
        told.check(&mut faults, "");
        faults.none()
    })?;
    Ok(told.taken(|| name.to_string(), now))
}
