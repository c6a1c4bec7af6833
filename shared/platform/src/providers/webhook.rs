//! Our webhooks as providers call them.

use lambda_http::http::HeaderMap;

/// A webhook of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Webhook {
    /// Takes reports of what became of a message.
    DeliveryStatus,
    /// Takes texts that borrowers write.
    InboundSms,
    /// Takes mail that borrowers write.
    InboundEmail,
}

impl Webhook {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::DeliveryStatus, Self::InboundSms, Self::InboundEmail];

    /// Its path below [`Config::public_webhook_url`](crate::config::Config::public_webhook_url).
    pub const fn path(self) -> &'static str {
        match self {
            Self::DeliveryStatus => "/api/v1/communications/webhooks/delivery-status",
            Self::InboundSms => "/api/v1/communications/webhooks/inbound/sms",
            Self::InboundEmail => "/api/v1/communications/webhooks/inbound/email",
        }
    }
}

/// The calls of a provider.
#[derive(Debug, Clone, Copy)]
pub struct Calls {
    /// The header that all of them have, and no other provider's.
    pub header: &'static str,
    /// What is called.
    pub webhooks: &'static [Webhook],
}

/// A call of a webhook, as it came.
#[derive(Debug, Clone, Copy)]
pub struct WebhookCall<'a> {
    /// Which was called.
    pub webhook: Webhook,
    /// The domain of the function URL by which the call came, as AWS says and never a `Host` header.
    pub domain: Option<&'a str>,
    /// All of them.
    pub headers: &'a HeaderMap,
    /// The query of the URL that was called, as it stood there.
    pub query: &'a str,
    /// The body.
    pub body: &'a [u8],
}

impl WebhookCall<'_> {
    /// A header's value; `None` when it is absent or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
