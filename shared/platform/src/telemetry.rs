//! Logs and metrics: JSON lines on standard output, which CloudWatch turns into both.
//!
//! No address, name, content or secret is ever a field of a log line; people appear by id. Metrics use the embedded
//! metric format (EMF), so that counting costs no call.

use std::sync::Arc;

use domain::{heading::is_hidden, tenant::TenantId, vocabulary::Channel};
use jiff::Timestamp;
use tracing::level_filters::LevelFilter;

use crate::clock::Clock;

/// A trace id in X-Ray's form, where nothing else gave one.
pub fn new_trace_id(now: Timestamp) -> String {
    format!("1-{:08x}-{:024x}", now.as_second(), rand::random::<u128>() >> 32)
}

/// The most characters that a log has of what somebody unproven said.
const MAX_UNPROVEN: usize = 80;

/// What a log may have of a text that somebody unproven had a part in: its first 80 characters, on one line. Whoever may
/// send us anything must neither fill the log nor write lines of it.
pub fn unproven(text: impl std::fmt::Display) -> String {
    let visible = |c: char| match c.is_control() || is_hidden(c) || matches!(c, '\u{2028}' | '\u{2029}') {
        true => char::REPLACEMENT_CHARACTER,
        false => c,
    };
    text.to_string().chars().take(MAX_UNPROVEN).map(visible).collect()
}

/// What is counted, by channel and tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// A message was accepted.
    Accepted,
    /// The guard said no.
    Blocked,
    /// A provider took a message.
    Sent,
    /// A message arrived.
    Delivered,
    /// A message failed for good.
    Failed,
    /// A message is to be tried again.
    Retried,
    /// A message may have left twice: its first dispatcher vanished and the provider cannot say.
    PossiblySentTwice,
}

impl Metric {
    fn name(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Blocked => "Blocked",
            Self::Sent => "Sent",
            Self::Delivered => "Delivered",
            Self::Failed => "Failed",
            Self::Retried => "Retried",
            Self::PossiblySentTwice => "PossiblySentTwice",
        }
    }
}

/// Counters in the namespace `Postrider`.
pub struct Metrics {
    clock: Arc<dyn Clock>,
}

impl Metrics {
    /// With timestamps by this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }

    /// Counts one.
    pub fn count(&self, metric: Metric, tenant: &TenantId, channel: Channel) {
        let name = metric.name();
        let line = serde_json::json!({
            "_aws": {
                "Timestamp": self.clock.now().as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": "Postrider",
                    "Dimensions": [["Channel", "Tenant"]],
                    "Metrics": [{ "Name": name, "Unit": "Count" }],
                }],
            },
            "Tenant": tenant,
            "Channel": channel,
            name: 1,
        });
        tracing::info!(target: EMF, "{line}");
    }
}

/// Lines of this target are EMF and printed as they are.
pub const EMF: &str = "emf";

/// Starts logging for a Lambda: JSON lines, levels by `RUST_LOG` (`info`, `warn,platform=debug`; default `info`), EMF lines bare.
///
/// Both filters say what the most is that they let pass, so that spans and events of libraries below it are not even looked at.
pub fn init() {
    use tracing_subscriber::{Layer, filter::Targets, fmt, prelude::*};

    let levels = std::env::var("RUST_LOG").ok().and_then(|levels| levels.parse().ok());
    let levels = levels.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let logs = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    let logs = logs.with_filter(levels.with_target(EMF, LevelFilter::OFF));
    let metrics =
        fmt::layer().event_format(Bare).with_filter(Targets::new().with_target(EMF, LevelFilter::INFO));
    tracing_subscriber::registry().with(logs).with(metrics).init();
}

/// Prints an event's message and nothing else: CloudWatch reads EMF only from whole JSON lines.
struct Bare;

impl<S, N> tracing_subscriber::fmt::FormatEvent<S, N> for Bare
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    N: for<'a> tracing_subscriber::fmt::FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &tracing_subscriber::fmt::FmtContext<'_, S, N>,
        mut writer: tracing_subscriber::fmt::format::Writer<'_>,
        event: &tracing::Event<'_>,
    ) -> std::fmt::Result {
        context.field_format().format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_somebody_unproven_said_a_log_has_80_characters_on_one_line() {
        for (said, logged) in [
            ("unknown API key", "unknown API key".to_owned()),
            (&"é".repeat(81), "é".repeat(80)),
            (
                "a\nERROR forged\r\t\u{1b}[31m\u{0}\u{85}",
                "a\u{fffd}ERROR forged\u{fffd}\u{fffd}\u{fffd}[31m\u{fffd}\u{fffd}".into(),
            ),
            ("abc\u{202e}gpj.\u{2028}", "abc\u{fffd}gpj.\u{fffd}".into()),
        ] {
            assert_eq!(unproven(said), logged);
        }
    }
}
