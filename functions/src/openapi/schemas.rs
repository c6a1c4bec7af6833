//! The schemas of all routes under one set of names.
//!
//! One type may be read in another shape than it is written: fields left out have defaults, an amount may come as a
//! number. Such a type stands twice in the document, its request side with `Input` after its name.

use std::collections::{BTreeMap, BTreeSet};

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Map, Value};

/// Where the document keeps its schemas.
const PLACE: &str = "#/components/schemas/";
/// Where references from requests point until it is known which types have two shapes.
const REQUESTS: &str = "#/requests/";

/// Collects the schemas of requests and answers.
pub(super) struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = |place: &str| {
            let path = place.trim_start_matches('#').trim_end_matches('/').to_owned();
            SchemaSettings::draft2020_12()
                .with(|settings| {
                    settings.definitions_path = path.into();
                    settings.meta_schema = None;
                })
                .with_transform(RecursiveTransform(list_values))
                .with_transform(RecursiveTransform(leave_out_null))
                .with_transform(RecursiveTransform(write_out_any))
                .with_transform(RecursiveTransform(name_apart))
        };
        Self {
            read: settings(REQUESTS).for_deserialize().into_generator(),
            written: settings(PLACE).for_serialize().into_generator(),
        }
    }

    /// The schema of something callers send.
    pub(super) fn read(&mut self, schema: fn(&mut SchemaGenerator) -> Schema) -> Value {
        schema(&mut self.read).to_value()
    }

    /// The schema of something we answer.
    pub(super) fn written(&mut self, schema: fn(&mut SchemaGenerator) -> Schema) -> Value {
        schema(&mut self.written).to_value()
    }

    /// Every schema by its name, with all references, those of `paths` too, pointing at them.
    pub(super) fn name_all(mut self, paths: &mut Value) -> Map<String, Value> {
        let mut read = self.read.take_definitions(true);
        let mut all = self.written.take_definitions(true);
        let two_shapes = two_shapes(&read, &all);
        let name = |name: &str| match two_shapes.contains(name) {
            true => format!("{name}Input"),
            false => name.to_owned(),
        };
        each_reference(paths, &mut |to| redirect(to, &name));
        for schema in read.values_mut() {
            each_reference(schema, &mut |to| redirect(to, &name));
        }
        all.extend(read.into_iter().map(|(known, schema)| (name(&known), schema)));
        all
    }
}

fn redirect(to: &mut String, name: &impl Fn(&str) -> String) {
    if let Some(known) = to.strip_prefix(REQUESTS) {
        *to = format!("{PLACE}{}", name(known));
    }
}

/// The names of types whose two sides differ, in themselves or in what they refer to.
fn two_shapes(read: &Map<String, Value>, written: &Map<String, Value>) -> BTreeSet<String> {
    let mut refers = BTreeMap::new();
    let mut differ = BTreeSet::new();
    for (name, schema) in read {
        let Some(other) = written.get(name) else { continue };
        let (mut schema, mut to) = (schema.clone(), BTreeSet::new());
        each_reference(&mut schema, &mut |reference| {
            to.extend(reference.strip_prefix(REQUESTS).map(str::to_owned));
            redirect(reference, &str::to_owned);
        });
        if schema != *other {
            differ.insert(name.clone());
        }
        refers.insert(name, to);
    }
    loop {
        let more = refers.iter().filter(|(name, to)| !differ.contains(**name) && !to.is_disjoint(&differ));
        let more: Vec<String> = more.map(|(name, _)| (*name).clone()).collect();
        if more.is_empty() {
            return differ;
        }
        differ.extend(more);
    }
}

/// Calls `change` with every `$ref` in a schema or document.
fn each_reference(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(to) if name == "$ref" => change(to),
                    member => each_reference(member, change),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_reference(item, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Takes away a default of `null`, which says no more than that a member may be left out, and less than the truth if
/// leaving out and `null` differ.
fn leave_out_null(schema: &mut Schema) {
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
}

/// Writes elements that may be anything as a schema without a word rather than as `true`, which generators of clients stumble
/// over.
fn write_out_any(schema: &mut Schema) {
    if schema.get("items") == Some(&Value::Bool(true)) {
        schema.insert("items".into(), Value::Object(Map::new()));
    }
}

/// Gives values of an enumeration that differ in capitals alone names by which code can tell them apart. Generators of clients
/// make constants of them.
fn name_apart(schema: &mut Schema) {
    let Some(values) = schema.get("enum").and_then(Value::as_array) else { return };
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let names: Vec<String> = values
        .iter()
        .filter_map(Value::as_str)
        .map(|value| {
            let name = value.to_uppercase().replace('.', "_");
            let times = known.entry(name.clone()).and_modify(|times| *times += 1).or_insert(1);
            if *times == 1 { name } else { format!("{name}_{times}") }
        })
        .collect();
    if known.len() < names.len() {
        schema.insert("x-enum-varnames".into(), names.into());
    }
}

/// Turns an enumeration with a description at each value into one list of values, which generators of clients
/// understand, and puts the descriptions into the type's own.
fn list_values(schema: &mut Schema) {
    let Some(alternatives) = schema.get("oneOf").and_then(Value::as_array) else { return };
    let mut values = Vec::new();
    let mut described = Vec::new();
    for alternative in alternatives {
        match (alternative.get("const"), alternative.get("enum").and_then(Value::as_array)) {
            (Some(Value::String(value)), None) => {
                if let Some(description) = alternative.get("description").and_then(Value::as_str) {
                    described.push(format!("- `{value}`: {description}"));
                }
                values.push(Value::String(value.clone()));
            }
            (None, Some(more)) => values.extend(more.iter().cloned()),
            _ => return,
        }
    }
    schema.remove("oneOf");
    schema.insert("type".into(), "string".into());
    schema.insert("enum".into(), values.into());
    if !described.is_empty() {
        let own = schema.get("description").and_then(Value::as_str).map(|own| format!("{own}\n\n"));
        schema.insert(
            "description".into(),
            format!("{}{}", own.unwrap_or_default(), described.join("\n")).into(),
        );
    }
}
