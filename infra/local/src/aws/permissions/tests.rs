use aws_smithy_types::body::SdkBody;
use functions::catalog::{ALL, named};
use serde_json::{Value, json};

use super::*;

fn request(uri: &str, body: &Value) -> HttpRequest {
    let mut request = HttpRequest::new(SdkBody::from(body.to_string()));
    request.set_uri(uri.to_owned()).unwrap();
    request
}

fn dynamodb(operation: &str, body: Value) -> Vec<(String, Target)> {
    let calls = calls("dynamodb", operation, &request("http://127.0.0.1:4566/", &body));
    calls.into_iter().map(|call| (call.action, call.to)).collect()
}

#[test]
fn every_item_a_request_touches_is_a_call() {
    let person = || Target::Partition("T#acme#BO-1".into());
    let nowhere = || Target::Partition(String::new());
    let key = json!({ "pk": { "S": "T#acme#BO-1" }, "sk": { "S": "PERSON" } });
    for (operation, body, action, to) in [
        ("GetItem", json!({ "Key": key }), "GetItem", vec![person()]),
        ("PutItem", json!({ "Item": key }), "PutItem", vec![person()]),
        (
            "BatchGetItem",
            json!({ "RequestItems": { "t": { "Keys": [key, key] } } }),
            "BatchGetItem",
            vec![person(), person()],
        ),
        (
            "TransactWriteItems",
            json!({ "TransactItems": [{ "Put": { "Item": key } }] }),
            "PutItem",
            vec![person()],
        ),
        (
            "TransactWriteItems",
            json!({ "TransactItems": [{ "Update": { "Key": key } }] }),
            "UpdateItem",
            vec![person()],
        ),
        (
            "Query",
            json!({
                "IndexName": "by_owner",
                "KeyConditionExpression": "#p = :p AND #s BETWEEN :from AND :to",
                "ExpressionAttributeValues": { ":p": { "S": "T#acme#BO-1" }, ":from": { "S": "a" }, ":to": { "S": "b" } },
            }),
            "Query",
            vec![Target::Listed { index: "by_owner".into(), partition: "T#acme#BO-1".into() }],
        ),
        (
            "Query",
            json!({ "KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": { ":pk": { "S": "T#acme#BO-1" } } }),
            "Query",
            vec![person()],
        ),
        // As an amount looks that came with more digits than a float has.
        (
            "PutItem",
            json!({ "Item": { "pk": { "S": "T#acme#BO-1" }, "data": { "M": { "$serde_json::private::Number": { "S": "1.5" } } } } }),
            "PutItem",
            vec![person()],
        ),
        ("Scan", json!({}), "Scan", vec![Target::Service]),
        ("BatchGetItem", json!({ "RequestItems": {} }), "BatchGetItem", vec![nowhere()]),
        ("TransactWriteItems", json!({}), "TransactWriteItems", vec![nowhere()]),
        (
            "TransactWriteItems",
            json!({ "TransactItems": [{ "Upsert": { "Key": key } }] }),
            "Upsert",
            vec![nowhere()],
        ),
        (
            "BatchGetItem",
            json!({ "RequestItems": { "t": { "Keys": [{ "pk": 1 }] } } }),
            "BatchGetItem",
            vec![nowhere()],
        ),
        ("GetItem", json!({ "Key": { "sk": { "S": "PERSON" } } }), "GetItem", vec![nowhere()]),
        (
            "Query",
            json!({
                "KeyConditionExpression": "sk > :from AND pk = :pk",
                "ExpressionAttributeValues": { ":from": { "S": "T#acme#BO-1" }, ":pk": { "S": "T#acme#BO-1" } },
            }),
            "Query",
            vec![nowhere()],
        ),
    ] {
        let expected: Vec<_> = to.into_iter().map(|to| (format!("dynamodb:{action}"), to)).collect();
        assert_eq!(dynamodb(operation, body), expected, "{operation}");
    }
    let put = request("http://127.0.0.1:4566/bodies/acme/documents/DC-1/00ff?x-id=PutObject", &Value::Null);
    let put = calls("s3", "PutObject", &put);
    assert_eq!(put[0].to, Target::Object("acme/documents/DC-1/00ff".into()));
    let mut copy = request("http://127.0.0.1:4566/bodies/acme/letters/aside", &Value::Null);
    copy.headers_mut().insert("x-amz-copy-source", "bodies/acme/letters/status");
    let object = |key: &str| Target::Object(key.into());
    let expected =
        [("s3:GetObject", object("acme/letters/status")), ("s3:PutObject", object("acme/letters/aside"))];
    let copied = calls("s3", "CopyObject", &copy).into_iter();
    assert_eq!(
        copied.map(|call| (call.action, call.to)).collect::<Vec<_>>(),
        expected.map(|(action, to)| (action.to_owned(), to))
    );
    let invoke =
        request("http://127.0.0.1:4566/2015-03-31/functions/postrider-dispatch-text/invocations", &json!({}));
    let invoke = &calls("lambda", "Invoke", &invoke)[0];
    assert_eq!(invoke.action, "lambda:InvokeFunction");
    assert_eq!(invoke.to, Target::Function("postrider-dispatch-text".into()));
    for (secret, name) in [("postrider/providers/acme/twilio", "providers/acme/twilio"), ("other/acme", "")] {
        let get = request("http://127.0.0.1:4566/", &json!({ "SecretId": secret }));
        assert_eq!(calls("secretsmanager", "GetSecretValue", &get)[0].to, Target::Secret(name.into()));
    }
}

/// A request that this cannot read is refused whoever makes it, and not waved through.
#[test]
fn what_cannot_be_read_is_permitted_to_nobody() {
    let mut unread = HttpRequest::new(SdkBody::from("{"));
    unread.set_uri("http://127.0.0.1:4566/".to_owned()).unwrap();
    for (service, operation) in [
        ("dynamodb", "GetItem"),
        ("dynamodb", "Query"),
        ("dynamodb", "BatchGetItem"),
        ("dynamodb", "TransactWriteItems"),
        ("sqs", "SendMessageBatch"),
        ("ses", "SendEmail"),
        ("lambda", "Invoke"),
        ("secretsmanager", "GetSecretValue"),
    ] {
        let calls = calls(service, operation, &unread);
        for function in ALL {
            assert!(
                !Permissions::default().permit(function, &calls),
                "{service} {operation} {}",
                function.name
            );
        }
    }
    assert!(!Permissions::default().permit(&named("people-get"), &[]));
}

#[test]
fn what_a_function_does_not_need_is_refused_and_told() {
    let permissions = Permissions::default();
    let function = named("people-get");
    let call = |action: &str, key: &str| Call { action: action.into(), to: Target::Partition(key.into()) };
    assert!(permissions.permit(&function, &[call("dynamodb:Query", "T#acme#BO-1")]));
    assert!(permissions.refused().is_empty());
    assert!(!permissions.permit(&function, &[call("dynamodb:PutItem", "T#acme#BO-1")]));
    assert!(!permissions.permit(&function, &[call("dynamodb:GetItem", "APIKEY#00ff")]));
    assert!(!permissions.permit(&function, &[call("dynamodb:Scan", "T#acme")]));
    let refused = permissions.refused();
    let endings = ["lacks Write(People)", "lacks Read(ApiKeys)", "lacks a kind of need there is none of"];
    assert!(refused.iter().zip(endings).all(|(told, ending)| told.ends_with(ending)), "{refused:#?}");
    assert!(refused[0].starts_with("people-get may not dynamodb:PutItem"), "{refused:#?}");
}
