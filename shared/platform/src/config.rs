//! Configuration, read once at start. Every variable a function understands is a field here.

use std::collections::BTreeMap;

use domain::{Error, vocabulary::ProviderName};

use crate::queues::{Queue, QueueUrls};

/// See the module documentation. Names of environment variables stand at the fields.
#[derive(Debug, Clone)]
pub struct Config {
    /// `TABLE`: the DynamoDB table.
    pub table: String,
    /// `BUCKET`: the S3 bucket for rendered bodies, batches and attachments.
    pub bucket: String,
    /// Queue URLs, one variable each: [`Queue::variable`].
    pub queues: QueueUrls,
    /// `ASIDE_QUEUE_URL`: the queue in which changes of the table are put aside that cannot be read.
    pub aside_queue: String,
    /// `FUNCTION_PREFIX`: what the names of all functions begin with, for [`function`] and those that invoke others.
    pub function_prefix: String,
    /// `BUS`: the event bus on which the lender's systems hear of tasks.
    pub bus: String,
    /// `PUBLIC_WEBHOOK_URL`: where providers reach our webhooks, without a trailing slash. Signatures cover this URL, so it is
    /// configured and never taken from a `Host` header.
    pub public_webhook_url: String,
    /// `PUBLIC_URL`: where borrowers reach the API, by the links in messages to them, without a trailing slash. If it is empty,
    /// messages have no links.
    pub public_url: Option<String>,
    /// `SECRET_PREFIX`: what the names of all secrets begin with. Below it, [`crate::secrets::SecretsOf`] have a folder each.
    pub secret_prefix: String,
    /// `SES_MAX_PER_SECOND`: how many messages a second SES takes of the installation's account, of all tenants together; 0 if it is
    /// not known.
    pub ses_max_per_second: Option<u16>,
    /// `SES_URL`, `TWILIO_URL`: a provider's API, if that is not at its usual address; `SMTP_URL`, in place of every tenant's
    /// mail server, is `smtp://127.0.0.1:2525`. Only to point at a stand-in.
    /// `ENDPOINT_URL` is for webhooks to names within `example.com` alone ([`crate::tenant_outbound`]).
    pub endpoints: BTreeMap<ProviderName, String>,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// The name of the first variable that is missing.
    pub fn from_env() -> Result<Self, Error> {
        Ok(Self {
            table: required("TABLE")?,
            bucket: required("BUCKET")?,
            queues: Queue::ALL
                .into_iter()
                .map(|queue| Ok((queue, required(&queue.variable())?)))
                .collect::<Result<_, Error>>()?,
            aside_queue: required("ASIDE_QUEUE_URL")?,
            function_prefix: required("FUNCTION_PREFIX")?,
            bus: required("BUS")?,
            public_webhook_url: required("PUBLIC_WEBHOOK_URL")?.trim_end_matches('/').to_owned(),
            public_url: Some(required("PUBLIC_URL")?.trim_end_matches('/').to_owned())
                .filter(|url| !url.is_empty()),
            secret_prefix: required("SECRET_PREFIX")?,
            ses_max_per_second: rate("SES_MAX_PER_SECOND", &required("SES_MAX_PER_SECOND")?)?,
            endpoints: ProviderName::ALL
                .iter()
                .filter_map(|&provider| {
                    let variable = format!("{}_URL", provider.as_str().to_uppercase());
                    Some((provider, std::env::var(variable).ok()?))
                })
                .collect(),
        })
    }
}

/// Which function this process is: `AWS_LAMBDA_FUNCTION_NAME`, which Lambda sets, without `FUNCTION_PREFIX`.
///
/// # Errors
/// Where either is missing, or the name does not begin with the prefix.
pub fn function() -> Result<String, Error> {
    let (name, prefix) = (required("AWS_LAMBDA_FUNCTION_NAME")?, required("FUNCTION_PREFIX")?);
    name.strip_prefix(&prefix).map(str::to_owned).ok_or_else(|| {
        let wrong =
            format!("AWS_LAMBDA_FUNCTION_NAME is {name:?}, and must begin with FUNCTION_PREFIX, {prefix:?}");
        Error::Internal(wrong.into())
    })
}

/// A variable that must be there.
pub(crate) fn required(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|_| Error::Internal(format!("environment variable {name} is not set").into()))
}

/// The most messages a second that an account of the installation's may be said to take.
const FASTEST: u16 = 1_000;

fn rate(variable: &str, text: &str) -> Result<Option<u16>, Error> {
    let most = text.parse().ok().filter(|most| *most <= FASTEST);
    let most = most.ok_or_else(|| {
        Error::Internal(
            format!("environment variable {variable} is {text:?}, and must be 0 to {FASTEST}").into(),
        )
    })?;
    Ok(Some(most).filter(|most| *most > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_and_none_where_it_is_nought() {
        for (text, expected) in [("0", None), ("1", Some(1)), ("14", Some(14)), ("1000", Some(1_000))] {
            assert_eq!(rate("SES_MAX_PER_SECOND", text).unwrap(), expected, "{text}");
        }
        for text in ["", "-1", "1001", "14.5", "many"] {
            let error = rate("SES_MAX_PER_SECOND", text).unwrap_err().to_string();
            assert!(error.contains("SES_MAX_PER_SECOND"), "{error}");
        }
    }
}
