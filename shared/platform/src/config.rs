//! Configuration, read once at start. Every variable a function understands is a field here.

use domain::Error;

/// See the module documentation. Names of environment variables stand at the fields.
#[derive(Debug, Clone)]
pub struct Config {
    /// `TABLE`: the DynamoDB table.
    pub table: String,
    /// `BUCKET`: the S3 bucket for rendered bodies, batches and attachments.
    pub bucket: String,
    /// Queue URLs.
    pub queues: QueueUrls,
    /// `PUBLIC_WEBHOOK_URL`: where providers reach our webhooks, without a trailing slash. Signatures cover this URL, so it is
    /// configured and never taken from a `Host` header.
    pub public_webhook_url: String,
    /// `TWILIO_URL`: Twilio's API; another value only to point at a stand-in.
    pub twilio_url: String,
}

/// Queue URLs, one variable each.
#[derive(Debug, Clone)]
pub struct QueueUrls {
    /// `DISPATCH_EMAIL_QUEUE_URL`
    pub dispatch_email: String,
    /// `DISPATCH_TEXT_QUEUE_URL`
    pub dispatch_text: String,
    /// `BATCHES_QUEUE_URL`
    pub batches: String,
    /// `SETTLEMENTS_QUEUE_URL`
    pub settlements: String,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// The name of the first variable that is missing.
    pub fn from_env() -> Result<Self, Error> {
        let required = |name: &str| {
            std::env::var(name)
                .map_err(|_| Error::Internal(format!("environment variable {name} is not set")))
        };
        Ok(Self {
            table: required("TABLE")?,
            bucket: required("BUCKET")?,
            queues: QueueUrls {
                dispatch_email: required("DISPATCH_EMAIL_QUEUE_URL")?,
                dispatch_text: required("DISPATCH_TEXT_QUEUE_URL")?,
                batches: required("BATCHES_QUEUE_URL")?,
                settlements: required("SETTLEMENTS_QUEUE_URL")?,
            },
            public_webhook_url: required("PUBLIC_WEBHOOK_URL")?.trim_end_matches('/').to_owned(),
            twilio_url: required("TWILIO_URL").unwrap_or_else(|_| "https://api.twilio.com".into()),
        })
    }
}
