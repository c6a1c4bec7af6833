//! The alarms and the dashboard of `infra/alarms.yaml`, as they were deployed.
//!
//! The emulator evaluates alarms without regard to dimensions and missing data: one function's error sets off the alarms of all.
//! So alarms are evaluated here, as CloudWatch documents it, over the data that the emulator's CloudWatch has for exactly their
//! namespace, metric and dimensions. Errors, throttles, invocations and dead letters really happen. The emulator publishes no
//! metrics of SQS, streams, tables, API Gateway and SES; those are published here, for a queue, function, table or API that must
//! exist. Nor does it read metrics from logs: those are published here if a function really logged them.

use std::collections::BTreeSet;

use aws_sdk_lambda::types::Environment;
use aws_sdk_sqs::types::QueueAttributeName;
use jiff::{SignedDuration, Timestamp};
use local::aws::REGION;
use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::installation::Installation;
use crate::scenario::Scenario;

const CLOUDWATCH: &str = "GraniteServiceVersion20100801";

/// A metric with the names of a set of its dimensions, as searches of CloudWatch write it: in quotation marks what is more than
/// letters and digits.
fn searched<'a>(namespace: &str, dimensions: impl IntoIterator<Item = &'a str>, name: &str) -> String {
    let dimensions: String = dimensions.into_iter().map(|name| format!(",{name}")).collect();
    format!(r#"{{"{namespace}"{dimensions}}} MetricName="{name}""#)
}

/// What functions counted since the setup began.
async fn counted(installation: &Installation) -> BTreeSet<String> {
    let mut counted = BTreeSet::new();
    let log = installation.emulator.log(installation.begun).await;
    for line in log.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        for directive in line["_aws"]["CloudWatchMetrics"].as_array().into_iter().flatten() {
            let namespace = text(&directive["Namespace"]);
            for set in directive["Dimensions"].as_array().unwrap() {
                let dimensions: Vec<&str> = set.as_array().unwrap().iter().map(text).collect();
                for metric in directive["Metrics"].as_array().unwrap() {
                    counted.insert(searched(namespace, dimensions.iter().copied(), text(&metric["Name"])));
                }
            }
        }
    }
    counted
}

/// Functions counted each metric that a widget searches for during the scenarios, with the dimensions that it names.
pub async fn the_dashboard_shows_what_functions_count(scenario: &Scenario) {
    let installation = &scenario.installation;
    let request = json!({ "DashboardName": "postrider" });
    let action = format!("{CLOUDWATCH}.GetDashboard");
    let dashboard = installation.emulator.call("monitoring", &action, request).await;
    let dashboard: Value = serde_json::from_str(text(&dashboard["DashboardBody"])).unwrap();
    let metrics = dashboard["widgets"].as_array().unwrap().iter().filter_map(|widget| {
        let expression = widget["properties"]["metrics"][0][0]["expression"].as_str()?;
        let (metric, _) = expression.strip_prefix("SEARCH('")?.split_once('\'')?;
        metric.starts_with("{\"Postrider/").then(|| metric.to_owned())
    });
    let wanted: BTreeSet<String> = metrics.collect();
    assert!(!wanted.is_empty(), "{dashboard:#}");
    let counted = counted(installation).await;
    let never: Vec<_> = wanted.difference(&counted).collect();
    assert!(
        never.is_empty(),
        "no function counted what these search for: {never:#?}; they counted {counted:#?}"
    );
}

/// Each alarm is quiet, then its cause happens and it rings. A subscriber of its topic is notified.
pub async fn every_alarm_rings_and_is_heard(scenario: &Scenario) {
    let emulator = &scenario.installation.emulator;
    let alarms = deployed(emulator).await;
    let topics: BTreeSet<&str> = alarms.iter().map(|alarm| text(&alarm.0["AlarmActions"][0])).collect();
    assert_eq!(topics.len(), 1, "{topics:?}");
    let listener = Listener::subscribe(emulator, topics.first().unwrap()).await;

    let counted = counted(&scenario.installation).await;
    let mut wrong = Vec::new();
    for alarm in &alarms {
        if alarm.cause() == Cause::Silence {
            scenario.within(SILENCE, || alarm.rings(emulator, Timestamp::now()), |rings| !rings).await;
        } else if alarm.rings(emulator, Timestamp::now()).await {
            wrong.push(format!("{} rings before anything is wrong", alarm.name()));
        }
        let at = alarm.happen(&scenario.installation, &counted).await;
        if !alarm.rings(emulator, at).await {
            wrong.push(format!("{} does not ring", alarm.name()));
        }
        let state = json!({ "AlarmName": alarm.name(), "StateValue": "ALARM", "StateReason": "a scenario" });
        emulator.call("monitoring", &format!("{CLOUDWATCH}.SetAlarmState"), state).await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let names: BTreeSet<String> = alarms.iter().map(|alarm| alarm.name().to_owned()).collect();
    assert!(names.len() > 50, "{names:#?}");
    assert_eq!(listener.heard(emulator).await, names);
}

/// A schedule runs at the latest a minute after it was deployed.
const SILENCE: std::time::Duration = std::time::Duration::from_secs(90);

/// The cause of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// A message is in a dead-letter queue.
    DeadLetter,
    /// A message of a queue is old.
    OldMessage,
    /// A function fails.
    Error,
    /// A function is held back.
    Throttle,
    /// A function is not invoked.
    Silence,
    /// A stream's records are old.
    OldRecord,
    /// API Gateway answers 5xx.
    ApiFailure,
    /// A table is asked for more than it takes.
    HeldBack,
    /// SES counts too much that came back.
    Reputation,
    /// Functions count it.
    Counted,
}

/// An alarm as `DescribeAlarms` shows it.
struct Alarm(Value);

async fn deployed(emulator: &Emulator) -> Vec<Alarm> {
    let (mut alarms, mut request) = (Vec::new(), json!({ "MaxRecords": 100 }));
    loop {
        let page =
            emulator.call("monitoring", &format!("{CLOUDWATCH}.DescribeAlarms"), request.clone()).await;
        alarms.extend(page["MetricAlarms"].as_array().unwrap().iter().cloned().map(Alarm));
        match page["NextToken"].as_str() {
            Some(next) => request["NextToken"] = json!(next),
            None => return alarms,
        }
    }
}

impl Alarm {
    fn name(&self) -> &str {
        text(&self.0["AlarmName"])
    }

    fn cause(&self) -> Cause {
        match (text(&self.0["Namespace"]), text(&self.0["MetricName"])) {
            ("AWS/SQS", "ApproximateNumberOfMessagesVisible") => Cause::DeadLetter,
            ("AWS/SQS", "ApproximateAgeOfOldestMessage") => Cause::OldMessage,
            ("AWS/Lambda", "Errors") => Cause::Error,
            ("AWS/Lambda", "Throttles") => Cause::Throttle,
            ("AWS/Lambda", "Invocations") => Cause::Silence,
            ("AWS/Lambda", "IteratorAge") => Cause::OldRecord,
            ("AWS/ApiGateway", "5xx") => Cause::ApiFailure,
            ("AWS/DynamoDB", "ReadThrottleEvents" | "WriteThrottleEvents") => Cause::HeldBack,
            ("AWS/SES", "Reputation.BounceRate" | "Reputation.ComplaintRate") => Cause::Reputation,
            ("Postrider/postrider", _) => Cause::Counted,
            other => panic!("{}: nothing here makes {other:?} happen; write what does", self.name()),
        }
    }

    fn dimensions(&self) -> &[Value] {
        self.0["Dimensions"].as_array().unwrap()
    }

    /// The queue, function, table or API that it watches, or the table whose index it does.
    fn watched(&self) -> &str {
        match self.dimensions() {
            [watched] => text(&watched["Value"]),
            [table, index] if index["Name"] == "GlobalSecondaryIndexName" => text(&table["Value"]),
            other => panic!("{}: {other:?}", self.name()),
        }
    }

    /// Makes its cause happen; returns the instant at which it must ring.
    async fn happen(&self, installation: &Installation, counted: &BTreeSet<String>) -> Timestamp {
        let emulator = &installation.emulator;
        match self.cause() {
            Cause::DeadLetter => {
                let queue = emulator.queue(self.watched()).await;
                emulator.sqs.send_message().queue_url(&queue).message_body("dead").send().await.unwrap();
                self.publish(emulator, emulator.depth(&queue).await.into()).await;
            }
            Cause::OldMessage => {
                emulator.queue(self.watched()).await;
                self.publish(emulator, self.beyond()).await;
            }
            Cause::Error => break_and_invoke(emulator, self.watched()).await,
            Cause::Throttle => hold_back_and_invoke(emulator, self.watched()).await,
            Cause::Silence => return Timestamp::now() + self.span(),
            Cause::OldRecord => {
                let watched = self.watched();
                let request = emulator.lambda.get_function_configuration().function_name(watched);
                request
                    .send()
                    .await
                    .unwrap_or_else(|error| panic!("{watched}: {}", error.into_service_error()));
                self.publish(emulator, self.beyond()).await;
            }
            Cause::ApiFailure => {
                assert_eq!(self.watched(), installation.outputs["ApiId"], "{}", self.name());
                self.publish(emulator, self.beyond()).await;
            }
            Cause::HeldBack => {
                let table = json!({ "TableName": self.watched() });
                emulator.call("dynamodb", "DynamoDB_20120810.DescribeTable", table).await;
                self.publish(emulator, self.beyond()).await;
            }
            Cause::Reputation => {
                assert!(
                    self.dimensions().is_empty(),
                    "SES counts the account's reputation without dimensions"
                );
                self.publish(emulator, self.beyond()).await;
            }
            Cause::Counted => {
                let dimensions = self.dimensions().iter().map(|dimension| text(&dimension["Name"]));
                let metric = searched(text(&self.0["Namespace"]), dimensions, text(&self.0["MetricName"]));
                assert!(
                    counted.contains(&metric),
                    "{}: no function counted {metric}: {counted:#?}",
                    self.name()
                );
                self.publish(emulator, self.beyond()).await;
            }
        }
        Timestamp::now()
    }

    /// A value above its threshold.
    fn beyond(&self) -> f64 {
        self.0["Threshold"].as_f64().unwrap() + 1.0
    }

    fn period(&self) -> SignedDuration {
        SignedDuration::from_secs(self.0["Period"].as_i64().unwrap())
    }

    fn periods(&self) -> i32 {
        self.0["EvaluationPeriods"].as_i64().unwrap().try_into().unwrap()
    }

    /// The time that it evaluates.
    fn span(&self) -> SignedDuration {
        self.period() * self.periods()
    }

    /// Publishes a value for each period, as the service that is watched does.
    async fn publish(&self, emulator: &Emulator, value: f64) {
        let now = Timestamp::now();
        let data = (0..self.periods()).map(|period| {
            json!({
                "MetricName": self.0["MetricName"], "Dimensions": self.0["Dimensions"], "Value": value,
                "Timestamp": seconds(now - self.period() * period),
            })
        });
        let data = json!({ "Namespace": self.0["Namespace"], "MetricData": data.collect::<Vec<_>>() });
        emulator.call("monitoring", &format!("{CLOUDWATCH}.PutMetricData"), data).await;
    }

    /// Whether it rings at an instant: if as many of its periods as it asks for breach the threshold, or have no data and that counts
    /// as a breach. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html>
    async fn rings(&self, emulator: &Emulator, at: Timestamp) -> bool {
        let (mut breaching, enough) =
            (0, self.0["DatapointsToAlarm"].as_i64().unwrap_or(self.periods().into()));
        for period in 0..self.periods() {
            let end = at - self.period() * period;
            let is_breaching = match self.statistic(emulator, end - self.period(), end).await {
                Some(value) => self.breaches(value),
                None => self.0["TreatMissingData"] == "breaching",
            };
            breaching += i64::from(is_breaching);
        }
        breaching >= enough
    }

    fn breaches(&self, value: f64) -> bool {
        let threshold = self.0["Threshold"].as_f64().unwrap();
        match text(&self.0["ComparisonOperator"]) {
            "GreaterThanThreshold" => value > threshold,
            "LessThanThreshold" => value < threshold,
            other => panic!("{}: {other} is not evaluated here; write how it is", self.name()),
        }
    }

    /// Its statistic of what was published between two instants.
    async fn statistic(&self, emulator: &Emulator, from: Timestamp, to: Timestamp) -> Option<f64> {
        let statistic = text(&self.0["Statistic"]);
        let request = json!({
            "Namespace": self.0["Namespace"], "MetricName": self.0["MetricName"], "Dimensions": self.0["Dimensions"],
            "StartTime": seconds(from), "EndTime": seconds(to), "Period": self.0["Period"], "Statistics": [statistic],
        });
        let found = emulator.call("monitoring", &format!("{CLOUDWATCH}.GetMetricStatistics"), request).await;
        // There are two if a boundary of CloudWatch's periods lies between the instants.
        let values =
            found["Datapoints"].as_array().unwrap().iter().map(|point| point[statistic].as_f64().unwrap());
        values.reduce(match statistic {
            "Sum" => |sum, value| sum + value,
            "Maximum" => f64::max,
            other => panic!("{}: {other} is not evaluated here; write how it is", self.name()),
        })
    }
}

/// No function starts without its environment variables.
async fn break_and_invoke(emulator: &Emulator, function: &str) {
    let lambda = &emulator.lambda;
    let change = lambda.update_function_configuration().function_name(function);
    change.environment(Environment::builder().build()).send().await.unwrap();
    let answer = lambda.invoke().function_name(function).send().await.unwrap();
    assert!(answer.function_error().is_some(), "{function} works without its variables");
}

async fn hold_back_and_invoke(emulator: &Emulator, function: &str) {
    let lambda = &emulator.lambda;
    let none = lambda.put_function_concurrency().function_name(function).reserved_concurrent_executions(0);
    none.send().await.unwrap();
    let refused = lambda.invoke().function_name(function).send().await.unwrap_err().into_service_error();
    assert!(refused.is_too_many_requests_exception(), "{refused}");
}

/// The queue of the subscriber.
const LISTENER: &str = "alarms-heard";

/// A subscriber of the alarms' topic.
struct Listener(String);

impl Listener {
    async fn subscribe(emulator: &Emulator, topic: &str) -> Self {
        let queue = format!("arn:aws:sqs:{REGION}:{}:{LISTENER}", emulator.aws.account);
        let policy = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" }, "Action": "sqs:SendMessage",
            "Resource": queue, "Condition": { "ArnEquals": { "aws:SourceArn": topic } },
        }] });
        let made = emulator.sqs.create_queue().queue_name(LISTENER);
        let made = made.attributes(QueueAttributeName::Policy, policy.to_string()).send().await.unwrap();
        let fields = [("TopicArn", topic), ("Protocol", "sqs"), ("Endpoint", &queue)];
        emulator.call_by_query("sns", "Subscribe", &fields).await;
        Self(made.queue_url.unwrap())
    }

    /// The alarms that it was notified of.
    async fn heard(&self, emulator: &Emulator) -> BTreeSet<String> {
        let mut heard = BTreeSet::new();
        loop {
            let request = emulator.sqs.receive_message().queue_url(&self.0).max_number_of_messages(10);
            let messages = request.send().await.unwrap().messages.unwrap_or_default();
            if messages.is_empty() {
                return heard;
            }
            for message in messages {
                let notification: Value = serde_json::from_str(&message.body.unwrap()).unwrap();
                let alarm: Value = serde_json::from_str(text(&notification["Message"])).unwrap();
                heard.insert(text(&alarm["AlarmName"]).to_owned());
            }
        }
    }
}

fn seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value:#}"))
}
