//! What a version keeps, as a file: items in DynamoDB's JSON, objects and the messages of queues.

use std::{collections::HashMap, fs, path::PathBuf};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use data_encoding::BASE64;
use platform::{
    queues::Queue,
    store::{LAYOUT, packed},
};
use postrider_tests::TestApp;
use serde_json::{Map, Value, json};

use super::before::Story;

/// What was kept.
pub struct Kept(Value);

impl Kept {
    fn path() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("data/layout-{LAYOUT}.json"))
    }

    /// What is kept now.
    pub async fn of(app: &TestApp, story: Story) -> Self {
        let config = &app.system.app().config;
        let (dynamodb, s3, sqs) = clients(app.system.sdk());
        let found = dynamodb.scan().table_name(&config.table).into_paginator().items().send();
        let items = found.collect::<Result<Vec<_>, _>>().await.unwrap();
        let mut items: Vec<Value> = items.into_iter().map(|item| from_members(&item)).collect();
        items.sort_by_key(|item| (item["pk"].to_string(), item["sk"].to_string()));

        let mut objects = Map::new();
        let listed = s3.list_objects_v2().bucket(&config.bucket).send().await.unwrap();
        for object in listed.contents.unwrap_or_default() {
            let key = object.key.unwrap();
            let read = s3.get_object().bucket(&config.bucket).key(&key).send().await.unwrap();
            let bytes = read.body.collect().await.unwrap().into_bytes();
            objects.insert(key, BASE64.encode(&bytes).into());
        }

        let mut queues = Map::new();
        for queue in Queue::ALL {
            let mut bodies = Vec::new();
            loop {
                let asked =
                    sqs.receive_message().queue_url(&config.queues[&queue]).max_number_of_messages(10);
                let received = asked.send().await.unwrap().messages.unwrap_or_default();
                if received.is_empty() {
                    break;
                }
                bodies.extend(received.into_iter().map(|message| message.body.unwrap()));
            }
            bodies.sort();
            queues.insert(queue.name(), bodies.into());
        }
        Self(json!({
            "story": story.names, "answers": story.answers, "items": items, "objects": objects, "queues": queues,
        }))
    }

    /// Writes the file.
    pub fn write(&self) {
        fs::create_dir_all(Self::path().parent().unwrap()).unwrap();
        fs::write(Self::path(), serde_json::to_string_pretty(&self.0).unwrap() + "\n").unwrap();
    }

    /// Reads the file.
    pub fn read() -> Self {
        let path = Self::path();
        let text = fs::read_to_string(&path).unwrap_or_else(|error| {
            panic!("{}: {error}. A new layout? See tests/it/upgrading/mod.rs", path.display())
        });
        Self(serde_json::from_str(&text).unwrap())
    }

    /// With a member that this version does not know in each entity.
    pub fn with_additions(mut self) -> Self {
        for item in self.0["items"].as_array_mut().unwrap() {
            // What a message says is one of two variants, and the members of what was counted are what is counted.
            let has_fields = !["words", "counted"].contains(&item["type"]["S"].as_str().unwrap());
            let Some(data) = item.get_mut("data").filter(|_| has_fields) else { continue };
            if let Some(packed) = data.get("B").and_then(Value::as_str) {
                let mut entity: Value = packed::unpack(&BASE64.decode(packed.as_bytes()).unwrap()).unwrap();
                if let Some(members) = entity.as_object_mut() {
                    members.insert("addedLater".into(), json!({ "by": ["a later version"] }));
                }
                data["B"] = BASE64.encode(&packed::pack(&entity).unwrap()).into();
            } else if let Some(members) = data.get_mut("M").and_then(Value::as_object_mut) {
                members.insert(
                    "addedLater".into(),
                    json!({ "M": { "by": { "L": [{ "S": "a later version" }] } } }),
                );
            }
        }
        self
    }

    /// Puts it where a system looks for it.
    pub async fn restore(&self, app: &TestApp) {
        let config = &app.system.app().config;
        let (dynamodb, s3, sqs) = clients(app.system.sdk());
        for item in self.items() {
            let item = item.as_object().unwrap().iter().map(|(name, value)| (name.clone(), to_value(value)));
            dynamodb
                .put_item()
                .table_name(&config.table)
                .set_item(Some(item.collect()))
                .send()
                .await
                .unwrap();
        }
        for (key, bytes) in self.0["objects"].as_object().unwrap() {
            let bytes = BASE64.decode(bytes.as_str().unwrap().as_bytes()).unwrap();
            s3.put_object().bucket(&config.bucket).key(key).body(bytes.into()).send().await.unwrap();
        }
        for queue in Queue::ALL {
            for body in self.0["queues"][queue.name()].as_array().unwrap() {
                let body = body.as_str().unwrap();
                sqs.send_message().queue_url(&config.queues[&queue]).message_body(body).send().await.unwrap();
            }
        }
    }

    /// The table's items.
    pub fn items(&self) -> &[Value] {
        self.0["items"].as_array().unwrap()
    }

    /// What it was answered, by path.
    pub fn answers(&self) -> &Map<String, Value> {
        self.0["answers"].as_object().unwrap()
    }

    /// What the version before calls so.
    #[track_caller]
    pub fn story(&self, name: &str) -> &str {
        self.0["story"][name].as_str().unwrap()
    }
}

/// Whether an answer says all that one before said, and maybe more.
pub fn says_all_of(now: &Value, before: &Value) -> bool {
    match (now, before) {
        (Value::Object(now), Value::Object(before)) => {
            before.iter().all(|(name, value)| now.get(name).is_some_and(|now| says_all_of(now, value)))
        }
        (Value::Array(now), Value::Array(before)) => {
            now.len() == before.len() && now.iter().zip(before).all(|(now, before)| says_all_of(now, before))
        }
        _ => now == before,
    }
}

fn clients(aws: &SdkConfig) -> (aws_sdk_dynamodb::Client, aws_sdk_s3::Client, aws_sdk_sqs::Client) {
    let s3 = aws_sdk_s3::config::Builder::from(aws).force_path_style(true).build();
    (aws_sdk_dynamodb::Client::new(aws), aws_sdk_s3::Client::from_conf(s3), aws_sdk_sqs::Client::new(aws))
}

/// How names begin that `serde_json` takes for signs of its own wherever it reads them, and what stands for that in the file.
const OF_SERDE: (&str, &str) = ("$serde_json::private::", "$private::");

fn from_members(members: &HashMap<String, AttributeValue>) -> Value {
    let member =
        |(name, value): (&String, &AttributeValue)| (name.replace(OF_SERDE.0, OF_SERDE.1), from_value(value));
    members.iter().map(member).collect::<Map<_, _>>().into()
}

fn to_members(members: &Map<String, Value>) -> HashMap<String, AttributeValue> {
    members.iter().map(|(name, value)| (name.replace(OF_SERDE.1, OF_SERDE.0), to_value(value))).collect()
}

fn from_value(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::B(bytes) => json!({ "B": BASE64.encode(bytes.as_ref()) }),
        AttributeValue::Bool(value) => json!({ "BOOL": value }),
        AttributeValue::Null(_) => json!({ "NULL": true }),
        AttributeValue::M(members) => json!({ "M": from_members(members) }),
        AttributeValue::L(values) => json!({ "L": values.iter().map(from_value).collect::<Vec<_>>() }),
        other => panic!("write how {other:?} is kept"),
    }
}

fn to_value(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().and_then(|value| value.iter().next()).unwrap();
    match (kind.as_str(), value) {
        ("S", Value::String(text)) => AttributeValue::S(text.clone()),
        ("N", Value::String(number)) => AttributeValue::N(number.clone()),
        ("B", Value::String(bytes)) => AttributeValue::B(Blob::new(BASE64.decode(bytes.as_bytes()).unwrap())),
        ("BOOL", Value::Bool(value)) => AttributeValue::Bool(*value),
        ("NULL", _) => AttributeValue::Null(true),
        ("M", Value::Object(members)) => AttributeValue::M(to_members(members)),
        ("L", Value::Array(values)) => AttributeValue::L(values.iter().map(to_value).collect()),
        other => panic!("no value of DynamoDB: {other:?}"),
    }
}
