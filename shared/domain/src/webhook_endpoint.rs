//! A lender's URLs that receive events, called according to Standard Webhooks.
//!
//! Here is what an endpoint is, which of its secrets are valid, and when it is no longer called. Whether its URL may be called
//! at all is for the platform to know; so is what the secrets are, of which only the number stands here.

mod telling;
mod update;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::{
    telling::Telling,
    update::{NewWebhookEndpoint, WebhookEndpointUpdate},
};
use crate::{
    error::{Conflict, Error},
    id::{self, Id},
    vocabulary::{AnyEvent, vocabulary},
};

vocabulary! {
    /// Why an endpoint is not called.
    DisabledReason {
        /// The lender said so.
        Requested "requested",
        /// It answered 410 Gone.
        Gone "gone",
        /// All attempts of five days failed.
        Failing "failing",
    }
}

/// That an endpoint is not called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Disabled {
    /// When that began.
    pub at: Timestamp,
    /// Why it was switched off.
    pub reason: DisabledReason,
    /// The message that met it, if one did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<Id<id::Interaction>>,
}

/// Which of the secrets of an endpoint are valid. They are numbered from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Secrets {
    /// The newest.
    pub generation: u32,
    /// When it took the place of the one before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rotated_at: Option<Timestamp>,
    /// Which request made it the newest, if that named itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rotated_by: Option<String>,
}

impl Default for Secrets {
    fn default() -> Self {
        Self { generation: 1, rotated_at: None, rotated_by: None }
    }
}

impl Secrets {
    /// How long the one before stays valid beside the newest, for the receiver to learn it.
    pub const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

    /// Makes another the newest. Of the older ones only the last stays valid for a while.
    pub fn rotate(&mut self, by: Option<&str>, now: Timestamp) {
        self.generation += 1;
        self.rotated_at = Some(now);
        self.rotated_by = by.map(str::to_owned);
    }

    /// Whether the newest is what this very request made, which comes again because its answer was lost. Another rotation would
    /// leave the receiver with a secret that is valid no more.
    pub fn were_rotated_by(&self, request: Option<&str>, now: Timestamp) -> bool {
        request.is_some() && self.rotated_by.as_deref() == request && self.previous_until(now).is_some()
    }

    /// Until when the one before is valid; `None` if there is none, or it is no longer.
    pub fn previous_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.rotated_at.map(|at| at + Self::OVERLAP).filter(|until| now < *until)
    }

    /// The valid ones, the newest first.
    pub fn valid(&self, now: Timestamp) -> Vec<u32> {
        let previous = self.previous_until(now).map(|_| self.generation - 1);
        std::iter::once(self.generation).chain(previous.filter(|number| *number > 0)).collect()
    }
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEndpoint {
    /// The id that Postrider gave it.
    pub id: Id<id::WebhookEndpoint>,
    /// Where it is.
    pub url: String,
    /// What it hears of.
    pub events: Vec<AnyEvent>,
    /// A description for people to read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
    /// Its secrets.
    pub secrets: Secrets,
    /// Since when no attempt succeeded; absent after one that did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failing_since: Option<Timestamp>,
    /// That it is not called.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub disabled: Option<Disabled>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When last changed by the lender.
    pub updated_at: Timestamp,
    /// Moves with every change; the `ETag`.
    pub revision: u64,
}

/// How a call to an endpoint ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Called {
    /// It took the message.
    Taken,
    /// It did not.
    Failed,
    /// It answered that it is not there any more and will not be.
    Gone,
}

impl WebhookEndpoint {
    /// How long all attempts may fail before the endpoint is no longer called.
    pub const PATIENCE: SignedDuration = SignedDuration::from_hours(5 * 24);

    /// Takes in how a call with a message ended. Returns whether that changed anything.
    pub fn called(&mut self, how: Called, message: &Id<id::Interaction>, now: Timestamp) -> bool {
        let before = (self.failing_since, self.disabled.is_some());
        let failing_since = self.failing_since.unwrap_or(now);
        match how {
            Called::Taken => self.failing_since = None,
            Called::Failed => {
                self.failing_since = Some(failing_since);
                if now.duration_since(failing_since) >= Self::PATIENCE {
                    self.disable(DisabledReason::Failing, message, now);
                }
            }
            Called::Gone => {
                self.failing_since = Some(failing_since);
                self.disable(DisabledReason::Gone, message, now);
            }
        }
        // How calls end says nothing about how it is set up: whoever changes that has not been overtaken by a delivery.
        self.revision += u64::from(before.1 != self.disabled.is_some());
        before != (self.failing_since, self.disabled.is_some())
    }

    fn disable(&mut self, reason: DisabledReason, message: &Id<id::Interaction>, now: Timestamp) {
        self.disabled.get_or_insert_with(|| Disabled { at: now, reason, message: Some(message.clone()) });
    }

    /// Makes another secret the newest.
    pub fn rotate(&mut self, by: Option<&str>, now: Timestamp) {
        self.secrets.rotate(by, now);
        self.updated_at = now;
        self.revision += 1;
    }
}

/// A lender's endpoints, kept in one piece: they are few, and everything that happens asks all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEndpoints {
    /// Moves with every change; 0 before the first.
    pub revision: u64,
    /// The secrets for URLs that a single message names.
    #[serde(default)]
    pub default_secrets: Secrets,
    /// The oldest first.
    #[serde(default)]
    endpoints: Vec<WebhookEndpoint>,
}

impl WebhookEndpoints {
    /// Endpoints of one lender. With the longest URL and every event one has 5 KB; a storage item has at most 400.
    pub const MOST: usize = 50;

    /// All, the oldest first.
    pub fn all(&self) -> &[WebhookEndpoint] {
        &self.endpoints
    }

    /// Those that are called, the oldest first.
    pub fn called(&self) -> impl Iterator<Item = &WebhookEndpoint> {
        self.endpoints.iter().filter(|endpoint| endpoint.disabled.is_none())
    }

    /// The endpoint with this id.
    pub fn find(&self, id: &Id<id::WebhookEndpoint>) -> Option<&WebhookEndpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.id == *id)
    }

    /// The same, to be changed.
    pub fn find_mut(&mut self, id: &Id<id::WebhookEndpoint>) -> Option<&mut WebhookEndpoint> {
        self.endpoints.iter_mut().find(|endpoint| endpoint.id == *id)
    }

    /// Adds one, under an id that none has: what goes to an endpoint is signed by secrets that follow from its id.
    ///
    /// # Errors
    /// [`Conflict::LimitReached`]; [`Error::Internal`] if one has this id.
    pub fn add(&mut self, endpoint: WebhookEndpoint) -> Result<(), Error> {
        if self.find(&endpoint.id).is_some() {
            return Err(Error::Internal(format!("another webhook endpoint {}", endpoint.id).into()));
        }
        if self.endpoints.len() >= Self::MOST {
            let detail = format!("A lender has at most {} webhook endpoints; delete one first.", Self::MOST);
            return Err(Error::conflict(Conflict::LimitReached, detail));
        }
        self.endpoints.push(endpoint);
        Ok(())
    }

    /// Removes one. Returns whether there was one.
    pub fn remove(&mut self, id: &Id<id::WebhookEndpoint>) -> bool {
        let before = self.endpoints.len();
        self.endpoints.retain(|endpoint| endpoint.id != *id);
        self.endpoints.len() < before
    }
}

/// Whose secrets sign a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// The lender's own, for a URL that only the message names.
    Lender,
    /// Those of an endpoint.
    Endpoint(Id<id::WebhookEndpoint>),
}

/// Where a message goes, and what signs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Where.
    pub url: String,
    /// Whose secrets.
    pub signer: Signer,
    /// Which of them: those valid now, the newest first.
    pub generations: Vec<u32>,
}

impl Destination {
    /// Whether it is an endpoint of the lender's, and not a URL that only the message names.
    pub fn is_registered(&self) -> bool {
        matches!(self.signer, Signer::Endpoint(_))
    }
}

#[cfg(test)]
mod tests;
