//! How an interaction came about.

use serde::{Deserialize, Serialize};

use super::{history::Step, record::Record};

/// How an interaction came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// We send it: the guard judges it, a provider takes it, and we know how it stands.
    Sent,
    /// It notifies the lender of something, and nothing is reported about it.
    Told,
    /// Others had it and reported what is known about it.
    Recorded(Record),
    /// The person sent it to us.
    Received(Record),
}

impl Origin {
    /// What is known of an interaction that we do not send ourselves.
    pub fn record(&self) -> Option<&Record> {
        match self {
            Self::Sent | Self::Told => None,
            Self::Recorded(record) | Self::Received(record) => Some(record),
        }
    }

    /// The same, to be changed.
    pub fn record_mut(&mut self) -> Option<&mut Record> {
        match self {
            Self::Sent | Self::Told => None,
            Self::Recorded(record) | Self::Received(record) => Some(record),
        }
    }

    pub(super) const fn first_step(&self) -> Step {
        match self {
            Self::Sent | Self::Told => Step::Accepted,
            Self::Recorded(_) => Step::Recorded,
            Self::Received(_) => Step::Received,
        }
    }
}
