//! The emulator of AWS, as an operator reaches it.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_sqs::types::QueueAttributeName;
use jiff::Timestamp;
use local::aws::{Aws, REGION};
use local::ministack::Temporary;
use local::{Failure, http_client};
use serde_json::{Value, json};

/// What the names of everything begin with: the default of the templates.
pub const PREFIX: &str = "postrider";

/// Whose resources the emulator takes requests for that nobody signed, as those of API Gateway's callers are.
const ACCOUNT: &str = "000000000000";

/// An account in an emulator that enforces IAM.
pub struct Emulator {
    /// The account, as its root.
    pub aws: Aws,
    /// The same for clients.
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
    /// Starts one. Its variables are those of the functions, too, where the template does not set them.
    pub async fn start(variables: &[(String, String)]) -> Result<Self, Failure> {
        let variables = variables.iter().cloned().chain([("AUTH".to_owned(), "true".to_owned())]);
        let process = Temporary::start(&variables.collect::<Vec<_>>()).await?;
        let aws = Aws { endpoint: process.endpoint().to_owned(), account: ACCOUNT.to_owned() };
        let sdk = aws.own_config();
        let (lambda, sqs) = (aws_sdk_lambda::Client::new(&sdk), aws_sdk_sqs::Client::new(&sdk));
        Ok(Self { aws, sdk, lambda, sqs, http: http_client(), _process: process })
    }

    /// Invokes a function, as `aws lambda invoke` does: its answer, or its error.
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

    /// How many messages wait in a queue.
    pub async fn depth(&self, queue: &str) -> u32 {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let asked = self.sqs.get_queue_attributes().queue_url(queue).attribute_names(name.clone());
        asked.send().await.unwrap().attributes.unwrap()[&name].parse().unwrap()
    }

    /// An operation of a service that speaks JSON, one that the functions do not use.
    pub async fn ask(&self, service: &str, operation: &str, body: Value) -> Value {
        let request = self.http.post(&self.aws.endpoint).header("authorization", self.proof(service));
        let request =
            request.header("x-amz-target", operation).header("content-type", "application/x-amz-json-1.0");
        let answer = request.body(body.to_string()).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{operation}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The same of a service that speaks forms.
    pub async fn ask_by_form(&self, service: &str, operation: &str, fields: &[(&str, &str)]) {
        let request = self.http.post(&self.aws.endpoint).header("authorization", self.proof(service));
        let form: Vec<(&str, &str)> =
            [("Action", operation)].into_iter().chain(fields.iter().copied()).collect();
        let answer = request.form(&form).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{operation}: {status} {text}");
    }

    /// The emulator does not check the signature of an account's root.
    fn proof(&self, service: &str) -> String {
        let scope = format!("{}/20260101/{REGION}/{service}/aws4_request", self.aws.account);
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
    }

    /// The lines that functions logged since then.
    pub async fn log(&self, since: Timestamp) -> Vec<String> {
        let (mut lines, mut next) = (Vec::new(), Value::Null);
        loop {
            let mut asked = json!({ "logGroupName": format!("/aws/lambda/{PREFIX}"), "startTime": since.as_millisecond() });
            if next.is_string() {
                asked["nextToken"] = next;
            }
            let found = self.ask("logs", "Logs_20140328.FilterLogEvents", asked).await;
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
