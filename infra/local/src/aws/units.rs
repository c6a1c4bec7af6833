//! What calls to DynamoDB and SQS are charged for: write and read request units, and queue requests of 64 KB, as AWS's price
//! lists count them.
//!
//! Writes are counted from the requests, beside what stood there before as far as that was written since counting began; an index
//! entry is charged when it appears, vanishes, or moves (twice). Reads are counted from the answers.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// The indexes, with their partition and sort attributes.
const INDEXES: [(&str, [&str; 2]); 4] = [
    ("by_owner", ["owner_pk", "owner_sk"]),
    ("by_day", ["day_pk", "day_sk"]),
    ("by_alias", ["alias_pk", "alias_sk"]),
    ("by_due", ["due_pk", "due_sk"]),
];
/// The last of them.
const BY_DUE: usize = 3;
const KB: usize = 1024;

/// Units since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Used {
    /// Write request units.
    pub writes: f64,
    /// Read request units.
    pub reads: f64,
    /// SQS requests, each up to 64 KB.
    pub queue_requests: f64,
    /// Objects put into S3.
    pub puts: f64,
    /// Objects fetched from S3.
    pub gets: f64,
}

impl std::ops::AddAssign for Used {
    fn add_assign(&mut self, other: Self) {
        self.writes += other.writes;
        self.reads += other.reads;
        self.queue_requests += other.queue_requests;
        self.puts += other.puts;
        self.gets += other.gets;
    }
}

/// See the module documentation. Counts nothing before it is switched on: it reads every request and answer.
#[derive(Debug, Default)]
pub struct Units(Mutex<Option<Counter>>);

#[derive(Debug, Default)]
struct Counter {
    used: Used,
    /// What was written since counting began: bytes, and keys in the indexes.
    items: HashMap<String, Written>,
    /// Write units by partition: of the table by its key, of an index by its name and key.
    partitions: HashMap<String, f64>,
}

#[derive(Debug, Clone, Default)]
struct Written {
    bytes: usize,
    indexes: BTreeMap<usize, [String; 2]>,
}

impl Units {
    /// Starts counting from nothing.
    pub fn start(&self) {
        *self.counter() = Some(Counter::default());
    }

    /// What was used since; what was written is remembered.
    pub fn take(&self) -> Used {
        self.counter().as_mut().map(|counter| std::mem::take(&mut counter.used)).unwrap_or_default()
    }

    /// The partitions that were written most since counting began, with their write units.
    pub fn hottest(&self, many: usize) -> Vec<(String, f64)> {
        let counter = self.counter();
        let partitions = counter.iter().flat_map(|counter| &counter.partitions);
        let mut all: Vec<_> = partitions.map(|(name, units)| (name.clone(), *units)).collect();
        all.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        all.truncate(many);
        all
    }

    /// Whether anything is counted.
    pub fn is_on(&self) -> bool {
        self.counter().is_some()
    }

    /// Counts a call that succeeded.
    pub fn count(&self, service: &str, operation: &str, request: &[u8], answer: &[u8]) {
        let mut counter = self.counter();
        let Some(counter) = counter.as_mut() else { return };
        let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
        match service {
            "dynamodb" => counter.dynamodb(operation, &read(request), &read(answer)),
            "sqs" if operation.starts_with("SendMessage") => {
                counter.used.queue_requests += units(request.len(), 64 * KB);
            }
            "s3" if operation == "PutObject" => counter.used.puts += 1.0,
            "s3" if operation == "GetObject" => counter.used.gets += 1.0,
            _ => {}
        }
    }

    fn counter(&self) -> MutexGuard<'_, Option<Counter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counter {
    fn dynamodb(&mut self, operation: &str, request: &Value, answer: &Value) {
        let consistent = request["ConsistentRead"] == true;
        match operation {
            "PutItem" => self.put(&request["Item"], 1.0),
            "UpdateItem" => self.update(request, 1.0),
            "DeleteItem" => self.delete(&request["Key"]),
            "TransactWriteItems" => {
                for action in request["TransactItems"].as_array().into_iter().flatten() {
                    self.put(&action["Put"]["Item"], 2.0);
                    if action["Update"].is_object() {
                        self.update(&action["Update"], 2.0);
                    }
                    if action["Delete"].is_object() {
                        self.delete(&action["Delete"]["Key"]);
                    }
                }
            }
            "BatchWriteItem" => {
                for write in request["RequestItems"].as_object().into_iter().flat_map(|of| of.values()) {
                    for one in write.as_array().into_iter().flatten() {
                        self.put(&one["PutRequest"]["Item"], 1.0);
                    }
                }
            }
            "GetItem" => self.read(size(&answer["Item"]), consistent),
            "Query" => {
                let items = answer["Items"].as_array();
                self.read(items.into_iter().flatten().map(size).sum(), consistent);
            }
            "BatchGetItem" => {
                for (table, items) in answer["Responses"].as_object().into_iter().flatten() {
                    let consistent = request["RequestItems"][table]["ConsistentRead"] == true;
                    let asked = request["RequestItems"][table]["Keys"].as_array().map_or(0, Vec::len);
                    let items: Vec<_> = items.as_array().into_iter().flatten().collect();
                    items.iter().for_each(|item| self.read(size(item), consistent));
                    // What is not there is charged as the smallest that is.
                    (items.len()..asked).for_each(|_| self.read(0, consistent));
                }
            }
            _ => {}
        }
    }

    fn read(&mut self, bytes: usize, consistent: bool) {
        self.used.reads += units(bytes.max(1), 4 * KB) * if consistent { 1.0 } else { 0.5 };
    }

    fn put(&mut self, item: &Value, times: f64) {
        if !item.is_object() {
            return;
        }
        let text = |name: &str| item[name]["S"].as_str();
        let entry =
            |[partition, sort]: [&str; 2]| Some([text(partition)?.to_owned(), text(sort)?.to_owned()]);
        let indexes = INDEXES.into_iter().enumerate();
        let after = Written {
            bytes: size(item),
            indexes: indexes.filter_map(|(at, (_, names))| Some((at, entry(names)?))).collect(),
        };
        let before = self.items.insert(key(item), after.clone()).unwrap_or_default();
        self.charge(text("pk").unwrap_or_default(), times * units(after.bytes.max(before.bytes), KB));
        for at in 0..INDEXES.len() {
            self.moved(at, before.indexes.get(&at), after.indexes.get(&at));
        }
    }

    /// An update in place: of what is due, its entry in that index moves.
    fn update(&mut self, request: &Value, times: f64) {
        let key = key(&request["Key"]);
        let before = self.items.get(&key).cloned().unwrap_or_default();
        let partition = request["Key"]["pk"]["S"].as_str().unwrap_or_default();
        self.charge(partition, times * units(before.bytes.max(1), KB));
        let Some(due) = before.indexes.get(&BY_DUE) else { return };
        let expression = request["UpdateExpression"].as_str().unwrap_or_default();
        let later = request["ExpressionAttributeValues"][":later"]["S"].as_str();
        let after = match later {
            Some(later) if expression.contains("due_sk = :later") => [due[0].clone(), later.to_owned()],
            _ if expression.contains("due_sk") => return self.gone(&key, due),
            _ => return,
        };
        self.moved(BY_DUE, Some(due), Some(&after));
        self.items.entry(key).or_default().indexes.insert(BY_DUE, after);
    }

    /// An update takes an item off what is due.
    fn gone(&mut self, key: &str, due: &[String; 2]) {
        self.moved(BY_DUE, Some(due), None);
        self.items.entry(key.to_owned()).or_default().indexes.remove(&BY_DUE);
    }

    fn delete(&mut self, item: &Value) {
        let before = self.items.remove(&key(item)).unwrap_or_default();
        self.charge(item["pk"]["S"].as_str().unwrap_or_default(), units(before.bytes.max(1), KB));
        for (at, entry) in &before.indexes {
            self.moved(*at, Some(entry), None);
        }
    }

    /// An entry of an index appears, vanishes or moves.
    fn moved(&mut self, index: usize, before: Option<&[String; 2]>, after: Option<&[String; 2]>) {
        if before != after {
            for [partition, _] in [before, after].into_iter().flatten() {
                self.charge(&format!("{} {partition}", INDEXES[index].0), 1.0);
            }
        }
    }

    fn charge(&mut self, partition: &str, units: f64) {
        self.used.writes += units;
        *self.partitions.entry(partition.to_owned()).or_default() += units;
    }
}

fn key(item: &Value) -> String {
    format!(
        "{}\n{}",
        item["pk"]["S"].as_str().unwrap_or_default(),
        item["sk"]["S"].as_str().unwrap_or_default()
    )
}

#[expect(clippy::cast_precision_loss, reason = "kilobytes")]
fn units(bytes: usize, of: usize) -> f64 {
    bytes.div_ceil(of) as f64
}

/// Bytes of an item, as DynamoDB counts them: names and values.
fn size(item: &Value) -> usize {
    item.as_object().into_iter().flatten().map(|(name, value)| name.len() + of_value(value)).sum()
}

fn of_value(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|value| value.iter().next()) else { return 0 };
    match (kind.as_str(), value) {
        ("S", Value::String(text)) => text.len(),
        // Two digits a byte, and one more.
        ("N", Value::String(digits)) => digits.len().div_ceil(2) + 1,
        ("B", Value::String(base64)) => base64.trim_end_matches('=').len() * 3 / 4,
        ("M", Value::Object(members)) => {
            3 + members.iter().map(|(name, value)| name.len() + of_value(value) + 1).sum::<usize>()
        }
        ("L", Value::Array(all)) => 3 + all.iter().map(|value| of_value(value) + 1).sum::<usize>(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn put(due: Option<&str>, kilobytes: usize) -> Value {
        let mut item = json!({
            "pk": { "S": "T#acme#IN-1" }, "sk": { "S": "INTERACTION" },
            "owner_pk": { "S": "T#acme#BO-1" }, "owner_sk": { "S": "2026-01-05" },
            "data": { "B": "A".repeat(kilobytes * 1024 * 4 / 3) },
        });
        if let Some(due) = due {
            item["due_pk"] = json!({ "S": "DUE#01" });
            item["due_sk"] = json!({ "S": due });
        }
        json!({ "Item": item })
    }

    #[test]
    fn an_index_is_charged_when_its_entry_appears_moves_or_vanishes() {
        let units = Units::default();
        units.start();
        for (operation, request, expected) in [
            ("PutItem", put(Some("1"), 0), 3.0),
            ("PutItem", put(Some("1"), 0), 1.0),
            ("PutItem", put(Some("2"), 0), 3.0),
            ("PutItem", put(None, 0), 2.0),
            ("PutItem", put(None, 2), 3.0),
            ("PutItem", put(None, 0), 3.0),
            ("TransactWriteItems", json!({ "TransactItems": [{ "Put": put(Some("3"), 0) }] }), 3.0),
        ] {
            units.count("dynamodb", operation, request.to_string().as_bytes(), b"{}");
            assert!((units.take().writes - expected).abs() < f64::EPSILON, "{operation} {request}");
        }
    }

    #[test]
    fn a_read_is_charged_by_4_kb_and_half_if_it_may_be_old() {
        let answer = json!({ "Item": put(None, 5)["Item"] }).to_string();
        for (request, expected) in [(json!({ "ConsistentRead": true }), 2.0), (json!({}), 1.0)] {
            let units = Units::default();
            units.start();
            units.count("dynamodb", "GetItem", request.to_string().as_bytes(), answer.as_bytes());
            assert!((units.take().reads - expected).abs() < f64::EPSILON);
        }
    }
}
