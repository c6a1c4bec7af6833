//! Reports of delivery as mail servers write them (RFC 3462, RFC 3464).

use jiff::{Timestamp, fmt::rfc2822};
use serde::Deserialize;

use crate::outbox::Message;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Given up.
    Failed,
    /// Still being tried.
    Delayed,
    /// In the mailbox.
    Delivered,
    /// Given to a system that does not report.
    Relayed,
    /// Given to a list of others.
    Expanded,
}

impl Action {
    /// The word of RFC 3464.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Relayed => "relayed",
            Self::Expanded => "expanded",
        }
    }

    /// The status where none is asked for.
    pub fn usual_code(self) -> &'static str {
        match self {
            Self::Failed => "5.1.1",
            Self::Delayed => "4.4.1",
            Self::Delivered => "2.0.0",
            Self::Relayed => "2.1.9",
            Self::Expanded => "2.1.5",
        }
    }
}

/// A report about a message, to whom it comes back to.
pub fn compose(
    message: &Message,
    to: &str,
    recipient: &str,
    action: Action,
    code: &str,
    at: Timestamp,
) -> String {
    let id = format!("{:032x}", rand::random::<u128>());
    let date = rfc2822::to_string(&at.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default();
    let header = message.raw.split("\r\n\r\n").next().unwrap_or_default();
    let action = action.as_str();
    [
        "Return-Path: <>".to_owned(),
        format!("Date: {date}"),
        "From: Mail Delivery System <MAILER-DAEMON@smtp.local>".to_owned(),
        format!("To: {to}"),
        "Subject: Delivery Status Notification".to_owned(),
        format!("Message-ID: <{id}@smtp.local>"),
        "Auto-Submitted: auto-replied".to_owned(),
        "MIME-Version: 1.0".to_owned(),
        format!("Content-Type: multipart/report; report-type=delivery-status; boundary=\"{id}\""),
        String::new(),
        format!("--{id}"),
        "Content-Type: text/plain; charset=us-ascii".to_owned(),
        String::new(),
        format!("This is the mail system at smtp.local. Your message to {recipient}: {action}."),
        String::new(),
        format!("--{id}"),
        "Content-Type: message/delivery-status".to_owned(),
        String::new(),
        "Reporting-MTA: dns; smtp.local".to_owned(),
        String::new(),
        format!("Final-Recipient: rfc822; {recipient}"),
        format!("Action: {action}"),
        format!("Status: {code}"),
        String::new(),
        format!("--{id}"),
        "Content-Type: text/rfc822-headers".to_owned(),
        String::new(),
        header.to_owned(),
        String::new(),
        format!("--{id}--"),
        String::new(),
    ]
    .join("\r\n")
}
