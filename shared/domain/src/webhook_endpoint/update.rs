//! Updates of an endpoint by the lender.

use std::borrow::Cow;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use super::{Disabled, DisabledReason, Secrets, WebhookEndpoint};
use crate::{
    error::Error,
    id::{self, Id},
    shape,
    update::{Change, Faults, Ignored},
    vocabulary::AnyEvent,
};

/// What to store about an endpoint. Fields left out stay, or have the default described here if it is new.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WebhookEndpointUpdate {
    /// Where it is: https, on a public address. An endpoint needs one.
    #[schemars(with = "Option<shape::HttpsUrl>")]
    pub url: Option<String>,
    /// What it hears of: names of events (003), and what became of messages, accounts and endpoints. 1 to 100, each once; an endpoint needs them.
    #[schemars(length(min = 1, max = 100), extend("uniqueItems" = true))]
    pub events: Option<Vec<AnyEvent>>,
    /// For people. 1 to 255 characters on one line.
    #[schemars(with = "Option<shape::Line<255>>")]
    pub description: Change<String>,
    /// Whether it is called; true by default. True calls one again that was disabled.
    pub enabled: Option<bool>,
    /// As answers show it.
    pub id: Ignored,
    /// As answers show it.
    pub failing_since: Ignored,
    /// As answers show it.
    pub disabled_at: Ignored,
    /// As answers show it.
    pub disabled_reason: Ignored,
    /// As answers show it.
    pub previous_secret_until: Ignored,
    /// As answers show it.
    pub created_at: Ignored,
    /// As answers show it.
    pub updated_at: Ignored,
}

/// The same of a new endpoint, in schemas: with all that it needs.
#[derive(Debug)]
pub struct NewWebhookEndpoint;

impl JsonSchema for NewWebhookEndpoint {
    fn schema_name() -> Cow<'static, str> {
        "NewWebhookEndpoint".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = WebhookEndpointUpdate::json_schema(generator);
        shape::require(&mut schema, &["url", "events"]);
        schema
    }
}

impl WebhookEndpointUpdate {
    /// Whether it can be said of an endpoint. Of its URL only that there is one.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn check(&self) -> Result<(), Error> {
        self.faults().none()
    }

    /// The same of a new one.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn expect_whole(&self) -> Result<(), Error> {
        let mut faults = self.faults();
        faults.expect(self.url.is_some(), "/url", "must be given");
        faults.expect(self.events.is_some(), "/events", "must be given");
        faults.none()
    }

    fn faults(&self) -> Faults {
        let mut faults = Faults::default();
        if let Some(events) = &self.events {
            faults.events(events);
        }
        faults.line("/description", self.description.given(), 255);
        faults
    }
}

impl WebhookEndpoint {
    /// A new endpoint.
    pub fn new(id: Id<id::WebhookEndpoint>, update: &WebhookEndpointUpdate, now: Timestamp) -> Self {
        let endpoint = Self {
            id,
            url: String::new(),
            events: Vec::new(),
            description: None,
            secrets: Secrets::default(),
            failing_since: None,
            disabled: None,
            created_at: now,
            updated_at: now,
            revision: 0,
        };
        endpoint.with(update, now)
    }

    /// The endpoint after this was said of it.
    pub fn with(&self, update: &WebhookEndpointUpdate, now: Timestamp) -> Self {
        let mut endpoint = self.clone();
        if let Some(url) = &update.url {
            endpoint.url.clone_from(url);
        }
        if let Some(events) = &update.events {
            endpoint.events.clone_from(events);
        }
        update.description.apply(&mut endpoint.description);
        match update.enabled {
            Some(true) if endpoint.disabled.is_some() => {
                endpoint.disabled = None;
                endpoint.failing_since = None;
            }
            Some(false) if endpoint.disabled.is_none() => {
                endpoint.disabled =
                    Some(Disabled { at: now, reason: DisabledReason::Requested, message: None });
            }
            Some(_) | None => {}
        }
        endpoint.updated_at = now;
        endpoint.revision += 1;
        endpoint
    }
}
