//! The emulator of AWS, as an operator uses it.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_sqs::types::QueueAttributeName;
use jiff::Timestamp;
use local::aws::{Aws, REGION};
use local::ministack::Temporary;
use local::{Failure, http_client};
use serde_json::{Value, json};

/// The prefix of all names: the templates' default.
pub const PREFIX: &str = "postrider";

/// The emulator looks for the target of unsigned requests, such as those to API Gateway, in this account only.
const ACCOUNT: &str = "000000000000";

/// An account in an emulator that enforces IAM.
pub struct Emulator {
    /// The account, used as its root user.
    pub aws: Aws,
    /// The configuration of clients for it.
    pub sdk: aws_config::SdkConfig,
    /// AWS Lambda.
    pub lambda: aws_sdk_lambda::Client,
    /// Amazon SQS.
    pub sqs: aws_sdk_sqs::Client,
    http: reqwest::Client,
    /// It ends with this process.
    _process: Temporary,
}

impl Emulator {
    /// Starts one. Functions inherit these environment variables, unless the template sets them.
    pub async fn start(variables: &[(String, String)]) -> Result<Self, Failure> {
        let variables = variables.iter().cloned().chain([("AUTH".to_owned(), "true".to_owned())]);
        let process = Temporary::start(&variables.collect::<Vec<_>>()).await?;
        let aws = Aws { endpoint: process.endpoint().to_owned(), account: ACCOUNT.to_owned() };
        let sdk = aws.own_config();
        let (lambda, sqs) = (aws_sdk_lambda::Client::new(&sdk), aws_sdk_sqs::Client::new(&sdk));
        Ok(Self { aws, sdk, lambda, sqs, http: http_client(), _process: process })
    }

    /// Invokes a function as `aws lambda invoke` does; returns its answer or its error.
    pub async fn invoke(&self, function: &str, input: &Value) -> Result<Value, Value> {
        let request = self.lambda.invoke().function_name(format!("{PREFIX}-{function}"));
        let answer = request.payload(Blob::new(input.to_string())).send().await;
        let answer = answer.map_err(|error| json!(error.into_service_error().to_string()))?;
        let payload = answer.payload().map(Blob::as_ref).unwrap_or_default();
        let payload = serde_json::from_slice(payload).unwrap_or_default();
        if answer.function_error().is_some() { Err(payload) } else { Ok(payload) }
    }

    /// The URL of a queue.
    pub async fn queue(&self, name: &str) -> String {
        let queue = self.sqs.get_queue_url().queue_name(name).send().await;
        let queue = queue.unwrap_or_else(|error| panic!("queue {name}: {}", error.into_service_error()));
        queue.queue_url.unwrap()
    }

    /// The number of messages that wait in a queue.
    pub async fn depth(&self, queue: &str) -> u32 {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let request = self.sqs.get_queue_attributes().queue_url(queue).attribute_names(name.clone());
        request.send().await.unwrap().attributes.unwrap()[&name].parse().unwrap()
    }

    /// Calls an operation of a service that has a JSON protocol and that functions do not use, so that no client is at hand.
    pub async fn call(&self, service: &str, operation: &str, body: Value) -> Value {
        let request = self.http.post(&self.aws.endpoint).header("authorization", self.authorization(service));
        let request =
            request.header("x-amz-target", operation).header("content-type", "application/x-amz-json-1.0");
        let answer = request.body(body.to_string()).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{operation}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The same for a service that has AWS's query protocol.
    pub async fn call_by_query(&self, service: &str, operation: &str, fields: &[(&str, &str)]) {
        let request = self.http.post(&self.aws.endpoint).header("authorization", self.authorization(service));
        let form: Vec<(&str, &str)> =
            [("Action", operation)].into_iter().chain(fields.iter().copied()).collect();
        let answer = request.form(&form).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{operation}: {status} {text}");
    }

    /// The emulator checks no signature of a root user.
    fn authorization(&self, service: &str) -> String {
        let scope = format!("{}/20260101/{REGION}/{service}/aws4_request", self.aws.account);
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
    }

    /// What functions logged since that instant, line by line.
    pub async fn log(&self, since: Timestamp) -> Vec<String> {
        let (mut lines, mut next) = (Vec::new(), Value::Null);
        loop {
            let mut request = json!({ "logGroupName": format!("/aws/lambda/{PREFIX}"), "startTime": since.as_millisecond() });
            if next.is_string() {
                request["nextToken"] = next;
            }
            let found = self.call("logs", "Logs_20140328.FilterLogEvents", request).await;
            let events = found["events"].as_array().into_iter().flatten();
            lines.extend(events.filter_map(|event| Some(event["message"].as_str()?.to_owned())));
            next = found["nextToken"].clone();
            if !next.is_string() {
                return lines;
            }
        }
    }

    /// The e-mails that SES sent to an address, oldest first.
    pub async fn emails(&self, to: &str) -> Vec<Value> {
        let url = format!("{}/_ministack/ses/messages", self.aws.endpoint);
        let found: Value = self.http.get(url).send().await.unwrap().json().await.unwrap();
        let sent = found["messages"][&self.aws.account].as_array().cloned().unwrap_or_default();
        sent.into_iter().filter(|email| email["To"].as_array().unwrap().contains(&json!(to))).collect()
    }
}
