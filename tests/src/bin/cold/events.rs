//! What the functions are asked, as API Gateway and SQS word it.

use std::collections::BTreeMap;

use local::standins::twilio::signature;
use serde_json::{Value, json};

/// Who calls, as the authorizer tells the functions behind it.
pub struct Caller(Value);

impl Caller {
    /// By an answer of the authorizer's.
    pub fn of(answer: &Value) -> Self {
        assert_eq!(answer["isAuthorized"], true, "{answer}");
        Self(answer["context"].clone())
    }
}

/// Payload format 2.0.
fn request(method: &str, path: &str, query: &str, headers: Value, body: Option<&str>) -> Value {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let parameters: BTreeMap<_, _> = pairs.collect();
    json!({
        "version": "2.0", "routeKey": format!("{method} {path}"), "rawPath": path, "rawQueryString": query,
        "headers": headers, "queryStringParameters": parameters, "body": body, "isBase64Encoded": false,
        "requestContext": {
            "accountId": "123456789012", "apiId": "api", "domainName": "api.postrider.example", "domainPrefix": "api",
            "http": {
                "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "agent",
            },
            "requestId": "JKJaXmPLvHcESHA=", "routeKey": format!("{method} {path}"), "stage": "$default",
            "time": "12/Mar/2026:19:03:58 +0000", "timeEpoch": 1_773_342_238_000_u64,
        },
    })
}

/// Whether the system is there.
pub fn healthz() -> Value {
    request("GET", "/healthz", "", json!({}), None)
}

/// Who calls?
pub fn authorize() -> Value {
    let path = "/api/v1/communications/send";
    let mut event = request("POST", path, "", json!({ "x-api-key": "demo-admin" }), None);
    event["type"] = json!("REQUEST");
    event["routeArn"] = json!(format!("arn:aws:execute-api:us-east-1:123456789012:api/$default/POST{path}"));
    event["identitySource"] = json!(["demo-admin"]);
    event
}

/// A message to be sent.
pub fn send(template: &str, caller: &Caller) -> Value {
    let context = include_str!("../../../../shared/rendering/examples/render_bench/reminder.json");
    let context: Value = serde_json::from_str(context).expect("the context is JSON");
    let body = json!({ "template_id": template, "borrower_id": "ext-john", "context": context });
    let headers = json!({ "content-type": "application/json" });
    let mut event = request("POST", "/api/v1/communications/send", "", headers, Some(&body.to_string()));
    event["requestContext"]["authorizer"] = json!({ "lambda": caller.0 });
    event
}

/// A message of a queue.
pub fn delivery(body: &str) -> Value {
    json!({ "Records": [{
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d", "receiptHandle": "r", "body": body, "md5OfBody": "",
        "attributes": {
            "ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183", "SenderId": "A",
            "ApproximateFirstReceiveTimestamp": "1545082649185",
        },
        "messageAttributes": {}, "eventSource": "aws:sqs", "awsRegion": local::aws::REGION,
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:dispatch-email",
    }]})
}

/// A report of Twilio's, signed.
pub fn report(webhooks: &str) -> Value {
    let (path, query) = ("/api/v1/communications/webhooks/delivery-status", "tenant=demo");
    let parameters = [
        ("AccountSid", "AC00000000000000000000000000000001"),
        ("From", "+13125550100"),
        ("MessageSid", "SM00000000000000000000000000000001"),
        ("MessageStatus", "delivered"),
        ("To", "+13125550111"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let signed = signature("demo-twilio-auth-token", &format!("{webhooks}{path}?{query}"), &parameters);
    let form: Vec<_> =
        parameters.iter().map(|(name, value)| format!("{name}={}", value.replace('+', "%2B"))).collect();
    let headers =
        json!({ "content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signed });
    request("POST", path, query, headers, Some(&form.join("&")))
}

/// Whether an answer says that it was done.
pub fn expect_success(answer: &Value) -> Result<(), String> {
    let status = answer["statusCode"].as_u64();
    let failed = answer["batchItemFailures"].as_array().is_some_and(|failed| !failed.is_empty());
    match status.is_some_and(|status| status >= 300) || failed {
        true => Err(answer.to_string()),
        false => Ok(()),
    }
}
