//! Every metric that an alarm or the dashboard names is one that somebody emits: the functions, as their own log shows it, or
//! AWS, as its documents list it.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use domain::vocabulary::{Channel, ProviderName};
use jiff::SignedDuration;
use platform::{
    clock::SystemClock,
    telemetry::{self, Metric, Metrics},
};
use serde_json::Value;

use crate::cloudformation::Template;

/// A metric: namespace, name, and the names of its dimensions. CloudWatch keeps one for each set of dimensions.
type Kept = (String, String, BTreeSet<String>);

fn kept<'a>(namespace: &str, name: &str, dimensions: impl IntoIterator<Item = &'a str>) -> Kept {
    (namespace.into(), name.into(), dimensions.into_iter().map(str::to_owned).collect())
}

/// What AWS's services publish of themselves: namespace, names, dimensions.
const BY_AWS: &[(&str, &[&str], &[&str])] = &[
    ("AWS/SQS", &["ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"], &["QueueName"]),
    ("AWS/Lambda", &["Duration", "Errors", "Invocations", "IteratorAge", "Throttles"], &["FunctionName"]),
    ("AWS/Lambda", &["Errors", "Throttles"], &[]),
    ("AWS/DynamoDB", &["ReadThrottleEvents", "WriteThrottleEvents"], &["TableName"]),
    (
        "AWS/DynamoDB",
        &["ReadThrottleEvents", "WriteThrottleEvents"],
        &["GlobalSecondaryIndexName", "TableName"],
    ),
    ("AWS/ApiGateway", &["5xx", "Latency"], &["ApiId"]),
    ("AWS/SES", &["Reputation.BounceRate", "Reputation.ComplaintRate"], &[]),
];

fn by_aws() -> BTreeSet<Kept> {
    let all = BY_AWS.iter().flat_map(|(namespace, names, dimensions)| {
        names.iter().map(|name| kept(namespace, name, dimensions.iter().copied()))
    });
    all.collect()
}

/// A log that is read again.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What functions emit, read from the lines that they log as CloudWatch reads them.
fn emitted() -> BTreeSet<Kept> {
    let log = Log::default();
    let writer = log.clone();
    tracing::subscriber::with_default(telemetry::subscriber(move || writer.clone()), || {
        let (metrics, tenant) = (Metrics::new(Arc::new(SystemClock), "${Prefix}-"), "acme".parse().unwrap());
        for metric in Metric::ALL {
            metrics.count(metric, &tenant, Channel::Email);
        }
        metrics.sent(&tenant, Channel::Email, SignedDuration::from_secs(2));
        metrics.account_out_of_order(&tenant, "ses");
        metrics.swept(7, SignedDuration::from_secs(61));
    });
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    log.lines().flat_map(read).collect()
}

/// What CloudWatch keeps of a line in the embedded metric format. Without its value or its dimensions' it keeps nothing.
fn read(line: &str) -> Vec<Kept> {
    let line: Value = serde_json::from_str(line).expect(line);
    let texts =
        |list: &Value| list.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect();
    let mut all = Vec::new();
    for directive in line["_aws"]["CloudWatchMetrics"].as_array().expect("directives") {
        for metric in directive["Metrics"].as_array().unwrap() {
            let name = metric["Name"].as_str().unwrap();
            assert!(line[name].is_number(), "{name} has no value in {line}");
            for dimensions in directive["Dimensions"].as_array().unwrap() {
                let dimensions: BTreeSet<String> = texts(dimensions);
                assert!(dimensions.iter().all(|dimension| line[dimension].is_string()), "{line}");
                all.push((directive["Namespace"].as_str().unwrap().to_owned(), name.to_owned(), dimensions));
            }
        }
    }
    all
}

/// A metric that is named somewhere, with the values of its dimensions where they are told.
struct Named {
    kept: Kept,
    values: Vec<(String, String)>,
}

/// The metric of each alarm.
fn alarmed() -> Vec<Named> {
    let alarms = Template::read("infra/alarms.yaml");
    let named = |alarm: &Value| {
        let dimensions = alarm["Dimensions"].as_array().map(Vec::as_slice).unwrap_or_default();
        let value = |dimension: &Value| {
            let value = &dimension["Value"];
            let value =
                value.as_str().or(value["Fn::Sub"].as_str()).or(value["Fn::ImportValue"]["Fn::Sub"].as_str());
            (dimension["Name"].as_str().unwrap().to_owned(), value.unwrap().to_owned())
        };
        let values: Vec<_> = dimensions.iter().map(value).collect();
        let names = values.iter().map(|(name, _)| name.as_str());
        let text = |member: &str| alarm[member].as_str().unwrap();
        let namespace = alarm["Namespace"]["Fn::Sub"].as_str().unwrap_or_else(|| text("Namespace"));
        Named { kept: kept(namespace, text("MetricName"), names), values }
    };
    alarms.resources("AWS::CloudWatch::Alarm").map(|(_, alarm)| named(alarm)).collect()
}

/// The dashboard's widgets, each with its title and metrics.
fn shown() -> Vec<(String, Vec<Named>)> {
    let alarms = Template::read("infra/alarms.yaml");
    let (_, dashboard) = alarms.resources("AWS::CloudWatch::Dashboard").next().unwrap();
    let body = dashboard["DashboardBody"]["Fn::Sub"][0].as_str().unwrap();
    let body: Value = serde_json::from_str(body).expect("a dashboard is JSON");
    let widget = |widget: &Value| {
        let metrics = widget["properties"]["metrics"].as_array().unwrap();
        let named = metrics.iter().map(|metric| match metric[0]["expression"].as_str() {
            Some(search) => searched(search),
            None => listed(metric),
        });
        (widget["properties"]["title"].as_str().unwrap().to_owned(), named.collect())
    };
    body["widgets"].as_array().unwrap().iter().map(widget).collect()
}

/// `["AWS/SQS", "…", "QueueName", "…", { "stat": "Sum" }]`
fn listed(metric: &Value) -> Named {
    let texts: Vec<&str> = metric.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let [namespace, name, rest @ ..] = &texts[..] else { panic!("{metric}") };
    let values = rest.chunks(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect();
    Named { kept: kept(namespace, name, rest.iter().step_by(2).copied()), values }
}

/// `SEARCH('{"Postrider/${Prefix}",Channel,Tenant} MetricName="Sent"', 'Sum', 300)`
fn searched(search: &str) -> Named {
    let between = |from: &str, to: &str| {
        let (_, rest) = search.split_once(from).expect(search);
        rest.split_once(to).expect(search).0
    };
    let mut schema = between("SEARCH('{", "} ").split(',');
    let namespace = schema.next().unwrap().trim_matches('"');
    Named { kept: kept(namespace, between("MetricName=\"", "\""), schema), values: Vec::new() }
}

#[test]
fn every_alarm_watches_a_metric_that_is_emitted_under_those_dimensions() {
    let there: BTreeSet<Kept> = emitted().into_iter().chain(by_aws()).collect();
    let alarms = alarmed();
    assert!(alarms.len() > 50, "{}", alarms.len());
    for alarm in alarms {
        assert!(there.contains(&alarm.kept), "nobody emits {:?}", alarm.kept);
    }
}

#[test]
fn the_dashboard_shows_metrics_that_are_emitted_and_leaves_none_of_ours_out() {
    let ours = emitted();
    let mut unseen: BTreeSet<&str> = ours.iter().map(|(_, name, _)| name.as_str()).collect();
    let there: BTreeSet<Kept> = ours.iter().cloned().chain(by_aws()).collect();
    for (title, metrics) in shown() {
        assert!(!metrics.is_empty(), "{title} is empty");
        for metric in metrics {
            assert!(there.contains(&metric.kept), "{title}: nobody emits {:?}", metric.kept);
            unseen.remove(metric.kept.1.as_str());
        }
    }
    assert!(unseen.is_empty(), "{unseen:?} are emitted and not shown");
}

/// A metric of something that is not there never has a value, and an alarm on it never rings.
#[test]
fn what_alarms_and_the_dashboard_watch_is_there() {
    let (functions, queues) = (Template::read("template.yaml"), Template::read("infra/queues.yaml"));
    let names = |template: &Template, kind: &str, member: &str| -> Vec<(String, String)> {
        let all = template.resources(kind);
        let name = |one: &Value| one[member]["Fn::Sub"].as_str().unwrap().to_owned();
        let dimension = if member == "QueueName" { "QueueName" } else { "FunctionName" };
        all.map(|(_, one)| (dimension.to_owned(), name(one))).collect()
    };
    let mut there = BTreeSet::from(
        [("TableName", "${Prefix}-${Records}"), ("ApiId", "${Prefix}-api-id"), ("ApiId", "${ApiId}")]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    there.extend(names(&functions, "AWS::Serverless::Function", "FunctionName"));
    there.extend(names(&queues, "AWS::SQS::Queue", "QueueName"));
    for (_, table) in Template::read("infra/storage.yaml").resources("AWS::DynamoDB::Table") {
        let indexes = table["GlobalSecondaryIndexes"].as_array().unwrap().iter();
        let name = |index: &Value| index["IndexName"].as_str().unwrap().to_owned();
        there.extend(indexes.map(|index| ("GlobalSecondaryIndexName".to_owned(), name(index))));
    }
    there.extend(ProviderName::ALL.iter().map(|provider| ("Provider".to_owned(), provider.to_string())));
    let shown = shown().into_iter().flat_map(|(_, metrics)| metrics);
    let watched: BTreeSet<_> = alarmed().into_iter().chain(shown).flat_map(|named| named.values).collect();
    assert_eq!(watched.difference(&there).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
}
