//! Secrets of providers and token issuers, kept in Secrets Manager and never logged.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_sdk_secretsmanager::{Client, error::DisplayErrorContext};
use domain::Error;

use crate::{cache::Cache, providers::Secrets};

/// Reads secrets, each remembered for a short while so that a rotation is noticed.
pub struct SecretsManager {
    client: Client,
    known: Cache<String, String>,
}

impl SecretsManager {
    /// Over Secrets Manager.
    pub fn new(client: Client) -> Arc<Self> {
        Arc::new(Self { client, known: Cache::new(Duration::from_secs(60)) })
    }
}

#[async_trait]
impl Secrets for SecretsManager {
    async fn secret(&self, name: &str) -> Result<String, Error> {
        let value = self
            .known
            .get_or_load(name.to_owned(), || async {
                let answer = self.client.get_secret_value().secret_id(name).send().await;
                let answer = answer
                    .map_err(|e| Error::Unavailable(format!("secret {name}: {}", DisplayErrorContext(e))))?;
                answer.secret_string.ok_or_else(|| Error::Internal(format!("secret {name} holds no text")))
            })
            .await?;
        Ok(value.to_string())
    }
}
