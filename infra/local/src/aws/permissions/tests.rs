use aws_smithy_types::body::SdkBody;
use functions::catalog::named;
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
    ] {
        let expected: Vec<_> = to.into_iter().map(|to| (format!("dynamodb:{action}"), to)).collect();
        assert_eq!(dynamodb(operation, body), expected, "{operation}");
    }
    let put = request("http://127.0.0.1:4566/bodies/acme/documents/DC-1/00ff?x-id=PutObject", &Value::Null);
    let put = calls("s3", "PutObject", &put);
    assert_eq!(put[0].to, Target::Object("acme/documents/DC-1/00ff".into()));
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
