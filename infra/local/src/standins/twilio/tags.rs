//! What the stand-in remembers of a message beside what all providers have, under Twilio's names.

/// Tags of the outbox, by Twilio's names.
pub const ACCOUNT: &str = "AccountSid";
/// The messaging service a text was sent with.
pub const SERVICE: &str = "MessagingServiceSid";
/// Where to report what becomes of it.
pub const CALLBACK: &str = "StatusCallback";
