//! Logs and metrics: JSON lines on standard output, which CloudWatch turns into both.
//!
//! No address, name, content or secret is ever a field of a log line; people appear by id. Metrics use the embedded
//! metric format (EMF), so that counting costs no call.

use std::sync::Arc;

use domain::{heading::is_hidden, tenant::TenantId, vocabulary::Channel};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::clock::Clock;

/// A trace id in X-Ray's form, if nothing else gave one.
pub fn new_trace_id(now: Timestamp) -> String {
    format!("1-{:08x}-{:024x}", now.as_second(), rand::random::<u128>() >> 32)
}

/// The trace header of a queue message that belongs to a trace, for its attribute `AWSTraceHeader`: so what the sweep hands
/// out is joined to the request that made it. `None` in an invocation of that very trace, because the SDK sends along the
/// header of the invocation, which has the parent and the sampling decision besides; and for an id that is not in X-Ray's
/// form, with which SQS would refuse the message.
pub fn trace_header(trace_id: &str) -> Option<String> {
    // As Lambda's runtime leaves it, and as the SDK reads it.
    trace_header_within(std::env::var("_X_AMZN_TRACE_ID").ok().as_deref(), trace_id)
}

fn trace_header_within(invocation: Option<&str>, trace_id: &str) -> Option<String> {
    let root = format!("Root={trace_id}");
    let is_of_invocation = invocation.is_some_and(|header| header.split(';').any(|part| part == root));
    (is_of_x_ray(trace_id) && !is_of_invocation).then_some(root)
}

/// `1-67891233-abcdef012345678912345678`: a version, the second of the beginning, and 96 bits.
fn is_of_x_ray(trace_id: &str) -> bool {
    let mut parts = trace_id.split('-');
    let mut is_hex = |digits: usize| {
        let part = parts.next().unwrap_or_default();
        part.len() == digits && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    is_hex(1) && is_hex(8) && is_hex(24) && parts.next().is_none() && trace_id.starts_with('1')
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

/// What is counted of messages, by channel and tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// A message was accepted.
    Accepted,
    /// The guard said no.
    Blocked,
    /// A message arrived.
    Delivered,
    /// A message failed permanently.
    Failed,
    /// A message is to be tried again.
    Retried,
    /// A message may have left twice: its first dispatcher vanished and the provider cannot say.
    PossiblySentTwice,
}

impl Metric {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::Accepted,
        Self::Blocked,
        Self::Delivered,
        Self::Failed,
        Self::Retried,
        Self::PossiblySentTwice,
    ];

    fn measure(self) -> Measure {
        Measure::count(match self {
            Self::Accepted => "Accepted",
            Self::Blocked => "Blocked",
            Self::Delivered => "Delivered",
            Self::Failed => "Failed",
            Self::Retried => "Retried",
            Self::PossiblySentTwice => "PossiblySentTwice",
        })
    }
}

/// A metric as CloudWatch knows it.
#[derive(Clone, Copy)]
struct Measure {
    name: &'static str,
    unit: &'static str,
    /// The sets of dimensions that it is kept under. An alarm names one whole set with its values, so what rings has a set
    /// without tenants; and of percentiles none follows from others.
    dimensions: &'static [&'static [&'static str]],
}

impl Measure {
    const fn count(name: &'static str) -> Self {
        Self { name, unit: "Count", dimensions: &[&["Channel", "Tenant"]] }
    }
}

const SENT: Measure = Measure::count("Sent");
const TIME_TO_SEND: Measure =
    Measure { name: "TimeToSend", unit: "Milliseconds", dimensions: &[&["Channel"]] };
const ACCOUNT_OUT_OF_ORDER: Measure = Measure {
    name: "AccountOutOfOrder",
    unit: "Count",
    dimensions: &[&["Provider"], &["Provider", "Tenant"]],
};
const DUE: Measure = Measure { name: "Due", unit: "Count", dimensions: &[&[]] };
const OVERDUE: Measure = Measure { name: "Overdue", unit: "Seconds", dimensions: &[&[]] };

/// Measurements in a namespace of the installation's, so that those of an account do not ring each other's alarms. Alarms and the
/// dashboard name them (`infra/deployment/pages`), and a test compares.
pub struct Metrics {
    clock: Arc<dyn Clock>,
    namespace: String,
}

impl Metrics {
    /// With timestamps by this clock, of the installation whose functions' names begin so ([`crate::config::Config::function_prefix`]).
    pub fn new(clock: Arc<dyn Clock>, function_prefix: &str) -> Self {
        Self { clock, namespace: format!("Postrider/{}", function_prefix.trim_end_matches('-')) }
    }

    /// Counts one message.
    pub fn count(&self, metric: Metric, tenant: &TenantId, channel: Channel) {
        self.emit(&[(metric.measure(), 1)], json!({ "Channel": channel, "Tenant": tenant }));
    }

    /// Counts a message that a provider took, so long after it was to leave.
    pub fn sent(&self, tenant: &TenantId, channel: Channel, waited: SignedDuration) {
        let waited = i64::try_from(waited.as_millis().max(0)).unwrap_or(i64::MAX);
        let dimensions = json!({ "Channel": channel, "Tenant": tenant });
        self.emit(&[(SENT, 1), (TIME_TO_SEND, waited)], dimensions);
    }

    /// Counts a message that a provider did not take while its account takes none.
    pub fn account_out_of_order(&self, tenant: &TenantId, provider: &str) {
        self.emit(&[(ACCOUNT_OUT_OF_ORDER, 1)], json!({ "Provider": provider, "Tenant": tenant }));
    }

    /// Tells how much a sweep of the due index found, and how late the most overdue of it was.
    pub fn swept(&self, found: usize, overdue: SignedDuration) {
        let found = i64::try_from(found).unwrap_or(i64::MAX);
        self.emit(&[(DUE, found), (OVERDUE, overdue.as_secs().max(0))], json!({}));
    }

    /// A line with values, and with those of the dimensions that they are kept under.
    fn emit(&self, measured: &[(Measure, i64)], mut line: Value) {
        let directive = |measure: &Measure| {
            json!({
                "Namespace": self.namespace,
                "Dimensions": measure.dimensions,
                "Metrics": [{ "Name": measure.name, "Unit": measure.unit }],
            })
        };
        let directives: Vec<Value> = measured.iter().map(|(measure, _)| directive(measure)).collect();
        line["_aws"] =
            json!({ "Timestamp": self.clock.now().as_millisecond(), "CloudWatchMetrics": directives });
        for (measure, value) in measured {
            line[measure.name] = json!(value);
        }
        tracing::info!(target: EMF, "{line}");
    }
}

/// Lines of this target are EMF and printed as they are.
pub const EMF: &str = "emf";

/// Starts logging for a Lambda, on standard output.
pub fn init() {
    use tracing_subscriber::util::SubscriberInitExt;

    subscriber(std::io::stdout).init();
}

/// Writes the log of a Lambda: JSON lines, levels by `RUST_LOG` (`info`, `warn,platform=debug`; default `info`), EMF lines bare.
///
/// Both filters say what the most is that they let pass, so that spans and events of libraries below it are not even looked at.
pub fn subscriber<W>(writer: W) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Clone + Send + Sync + 'static,
{
    use tracing_subscriber::{Layer, filter::Targets, fmt, prelude::*};

    let levels = std::env::var("RUST_LOG").ok().and_then(|levels| levels.parse().ok());
    let levels = levels.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let logs = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    let logs = logs.with_writer(writer.clone()).with_filter(levels.with_target(EMF, LevelFilter::OFF));
    let metrics = fmt::layer().event_format(Bare).with_writer(writer);
    let metrics = metrics.with_filter(Targets::new().with_target(EMF, LevelFilter::INFO));
    tracing_subscriber::registry().with(logs).with(metrics)
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
        for (text, logged) in [
            ("unknown API key", "unknown API key".to_owned()),
            (&"é".repeat(81), "é".repeat(80)),
            (
                "a\nERROR forged\r\t\u{1b}[31m\u{0}\u{85}",
                "a\u{fffd}ERROR forged\u{fffd}\u{fffd}\u{fffd}[31m\u{fffd}\u{fffd}".into(),
            ),
            ("abc\u{202e}gpj.\u{2028}", "abc\u{fffd}gpj.\u{fffd}".into()),
        ] {
            assert_eq!(unproven(text), logged);
        }
    }
}
