//! Secrets of providers and token issuers, kept in Secrets Manager and never logged.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use domain::{Error, error::Cause};

use crate::{aws::OnDemand, cache::Cache, providers::Secrets};

/// Whose secrets. The names of each kind begin with a folder of its own, below what all names of an installation begin
/// with, so that a function which may read the one kind does not read the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretsOf {
    /// Lenders' accounts with providers.
    Providers,
    /// Token issuers, which share a secret with us. Whoever has one can make tokens for anybody of its tenant.
    Issuers,
    /// Ours alone: the key by which links to borrowers are signed. Whoever has it can unsubscribe anybody.
    Links,
    /// Ours alone: the key from which the secrets of webhook endpoints are derived. Whoever has it can sign as we do.
    Webhooks,
}

impl SecretsOf {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Providers, Self::Issuers, Self::Links, Self::Webhooks];

    /// What their names begin with, below the installation's prefix.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Providers => "providers/",
            Self::Issuers => "issuers/",
            Self::Links => "links/",
            Self::Webhooks => "webhooks/",
        }
    }

    /// Whether a name below the installation's prefix is one of theirs.
    pub fn has(self, name: &str) -> bool {
        name.strip_prefix(self.folder()).is_some_and(|rest| !rest.is_empty())
    }
}

/// The name of a secret below an installation's prefix, from its whole name or its ARN; `None` where it stands elsewhere.
pub fn below<'a>(prefix: &str, secret: &'a str) -> Option<&'a str> {
    let name = match secret.splitn(7, ':').collect::<Vec<_>>()[..] {
        ["arn", _, "secretsmanager", _, _, "secret", name] => name,
        _ => secret,
    };
    name.strip_prefix(prefix)
}

/// Reads secrets, each remembered for a short while so that a rotation is noticed.
struct SecretsManager {
    client: OnDemand<Client>,
    known: Cache<String, String>,
}

/// Secrets as Secrets Manager has them, for functions that need any.
pub(crate) fn manager(sdk: &SdkConfig) -> Arc<dyn Secrets> {
    Arc::new(SecretsManager { client: OnDemand::new(sdk), known: Cache::new(Duration::from_secs(60)) })
}

/// Instead of secrets, in functions that need none.
pub struct NoSecrets;

#[async_trait]
impl Secrets for NoSecrets {
    async fn secret(&self, _name: &str) -> Result<String, Error> {
        Err(Error::Internal("this function was given no secrets: its NEEDS lacks Secrets".into()))
    }
}

#[async_trait]
impl Secrets for SecretsManager {
    async fn secret(&self, name: &str) -> Result<String, Error> {
        let value = self
            .known
            .get_or_load(name.to_owned(), || async {
                let answer = self.client.get_secret_value().secret_id(name).send().await;
                let answer =
                    answer.map_err(|e| Error::Unavailable(Cause::of(e).about(format!("secret {name}"))))?;
                answer
                    .secret_string
                    .ok_or_else(|| Error::Internal(format!("secret {name} holds no text").into()))
            })
            .await?;
        Ok(value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_of_the_kind_whose_folder_its_name_or_its_arn_begins_with() {
        let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:postrider/issuers/acme/loans-a1B2c3";
        for (secret, of) in [
            ("postrider/providers/acme/twilio", Some(SecretsOf::Providers)),
            ("postrider/issuers/acme/loans", Some(SecretsOf::Issuers)),
            (arn, Some(SecretsOf::Issuers)),
            ("postrider/issuers/providers/loans", Some(SecretsOf::Issuers)),
            ("postrider/links/key", Some(SecretsOf::Links)),
            ("postrider/webhooks/key", Some(SecretsOf::Webhooks)),
            ("postrider/acme/twilio", None),
            ("postrider/providers/", None),
            ("other/providers/acme/twilio", None),
            ("arn:aws:ssm:us-east-1:123456789012:secret:postrider/issuers/acme/loans", None),
        ] {
            let name = below("postrider/", secret);
            let found = SecretsOf::ALL.into_iter().find(|of| name.is_some_and(|name| of.has(name)));
            assert_eq!(found, of, "{secret}");
        }
    }
}
