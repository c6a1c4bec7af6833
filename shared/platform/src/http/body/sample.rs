//! Values that a schema allows, put where a body misses one, so that what is wrong behind it can be told too.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::money::Amount;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Number, Value, json};

use super::{escape, is_odd_instant, unescaped};

/// How deep schemas are followed; they may name themselves.
pub(super) const DEPTH: usize = 12;

/// A schema of a body, with those that it names.
pub(in super::super) struct Samples {
    root: Value,
}

/// Those that were made, by the ids of their schemas: to make one takes as long as several calls to AWS.
static KNOWN: Mutex<BTreeMap<Cow<'static, str>, Arc<Samples>>> = Mutex::new(BTreeMap::new());

impl Samples {
    pub(in super::super) fn of_type<T: JsonSchema>() -> Arc<Self> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || Self { root: SchemaGenerator::default().into_root_schema_for::<T>().to_value() };
        Arc::clone(known.entry(T::schema_id()).or_insert_with(|| Arc::new(made())))
    }

    /// The places of lists where the schema has an object or a single value, and of odd instants where it has an instant.
    pub(super) fn misplaced(&self, value: &Value) -> Vec<String> {
        let mut places = Vec::new();
        self.note_misplaced(&self.root, value, "", &mut places);
        places
    }

    fn note_misplaced(&self, schema: &Value, value: &Value, place: &str, places: &mut Vec<String>) {
        match value {
            Value::Array(_) if !self.may_be_list(schema, DEPTH) => places.push(place.to_owned()),
            Value::Array(elements) => {
                for (at, element) in elements.iter().enumerate() {
                    if let Some(schema) = self.member(schema, &at.to_string(), DEPTH) {
                        self.note_misplaced(schema, element, &format!("{place}/{at}"), places);
                    }
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    if let Some(schema) = self.member(schema, name, DEPTH) {
                        self.note_misplaced(schema, member, &format!("{place}/{}", escape(name)), places);
                    }
                }
            }
            Value::String(text) if is_odd_instant(text) && self.is_instant(schema, DEPTH) => {
                places.push(place.to_owned());
            }
            _ => {}
        }
    }

    /// Writes whole numbers as integers if the schema has those and nothing else that numbers are: to JSON Schema, 5.0 is one
    /// (Validation, section 6.1.1), and to serde it is none.
    pub(super) fn settle_integers(&self, value: &mut Value) {
        self.settle(&self.root, value);
    }

    fn settle(&self, schema: &Value, value: &mut Value) {
        match value {
            Value::Number(number) if has_fraction(number) && self.is_integer(schema, DEPTH) => {
                let whole = serde_json::from_value::<Amount>(Value::Number(number.clone())).ok();
                let whole = whole.filter(|amount| amount.0.is_integer());
                if let Some(whole) = whole.and_then(|amount| Number::from_i128(amount.0.trunc().mantissa())) {
                    *number = whole;
                }
            }
            Value::Array(elements) => {
                for (at, element) in elements.iter_mut().enumerate() {
                    if let Some(schema) = self.member(schema, &at.to_string(), DEPTH) {
                        self.settle(schema, element);
                    }
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    if let Some(schema) = self.member(schema, name, DEPTH) {
                        self.settle(schema, member);
                    }
                }
            }
            _ => {}
        }
    }

    fn is_integer(&self, schema: &Value, depth: usize) -> bool {
        let (Some(depth), Some(schema)) = (depth.checked_sub(1), self.followed(schema)) else { return false };
        match schema.get("type") {
            Some(Value::String(kind)) => kind == "integer",
            Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "integer"),
            _ => alternatives(schema).any(|one| self.is_integer(one, depth)),
        }
    }

    fn is_instant(&self, schema: &Value, depth: usize) -> bool {
        let (Some(depth), Some(schema)) = (depth.checked_sub(1), self.followed(schema)) else { return false };
        schema.get("format").is_some_and(|format| format == "date-time")
            || alternatives(schema).any(|one| self.is_instant(one, depth))
    }

    /// Whether a list may stand there; it may if the schema says nothing of the kind.
    fn may_be_list(&self, schema: &Value, depth: usize) -> bool {
        let (Some(depth), Some(schema)) = (depth.checked_sub(1), self.followed(schema)) else { return true };
        match schema.get("type") {
            Some(Value::String(kind)) => kind == "array",
            Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "array"),
            _ => {
                let mut some = alternatives(schema).peekable();
                some.peek().is_none() && schema.get("enum").is_none() && schema.get("const").is_none()
                    || some.any(|one| self.may_be_list(one, depth))
            }
        }
    }

    /// A value for what a pointer names, as far as the schema tells one.
    pub(super) fn at(&self, pointer: &str) -> Option<Value> {
        self.sample(self.schema_at(pointer)?, DEPTH)
    }

    /// The schema of what a pointer names.
    pub(super) fn schema_at(&self, pointer: &str) -> Option<&Value> {
        let names = pointer.split('/').skip(1).map(unescaped);
        names.into_iter().try_fold(&self.root, |schema, name| self.member(schema, &name, DEPTH))
    }

    /// What a schema says of a member, or of an element.
    fn member<'s>(&'s self, schema: &'s Value, name: &str, depth: usize) -> Option<&'s Value> {
        let depth = depth.checked_sub(1)?;
        let schema = self.followed(schema)?;
        let own = schema.get("properties").and_then(|members| members.get(name));
        let element = || schema.get("items").filter(|_| name.parse::<usize>().is_ok());
        let any = || schema.get("additionalProperties").filter(|any| any.is_object());
        let among = || alternatives(schema).find_map(|one| self.member(one, name, depth));
        own.or_else(element).or_else(any).or_else(among)
    }

    fn sample(&self, schema: &Value, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        let schema = self.followed(schema)?;
        let told = schema.get("const").or_else(|| {
            let first = |name: &str| schema.get(name).and_then(|values| values.get(0));
            first("examples").or_else(|| first("enum"))
        });
        if let Some(value) = told {
            return Some(value.clone());
        }
        let kind = match schema.get("type") {
            Some(Value::String(kind)) => kind.as_str(),
            Some(Value::Array(kinds)) => {
                kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null")?
            }
            _ => {
                let mut some = alternatives(schema).filter_map(|one| self.sample(one, depth));
                return some.find(|value| !value.is_null());
            }
        };
        let whole = |name: &str| schema.get(name).and_then(Value::as_u64).unwrap_or(0);
        Some(match kind {
            "string" => match schema.get("format").and_then(Value::as_str) {
                Some("date-time") => json!("2026-01-05T15:00:00Z"),
                Some("date") => json!("2026-01-05"),
                _ => json!("x".repeat(usize::try_from(whole("minLength").clamp(1, 64)).unwrap_or(1))),
            },
            "integer" | "number" => json!(whole("minimum")),
            "boolean" => json!(false),
            "array" => match whole("minItems") {
                0 => json!([]),
                _ => Value::Array(vec![self.sample(schema.get("items")?, depth)?]),
            },
            "object" => {
                let required = schema.get("required").and_then(Value::as_array);
                let names = required.into_iter().flatten().filter_map(Value::as_str);
                let members = names.map(|name| {
                    Some((name.to_owned(), self.sample(self.member(schema, name, depth)?, depth)?))
                });
                Value::Object(members.collect::<Option<Map<_, _>>>()?)
            }
            _ => Value::Null,
        })
    }

    /// The schema itself, if another is only named.
    pub(super) fn followed<'s>(&'s self, schema: &'s Value) -> Option<&'s Value> {
        let mut schema = schema;
        for _ in 0..DEPTH {
            match schema.get("$ref").and_then(Value::as_str) {
                None => return Some(schema),
                Some(path) => schema = self.root.pointer(path.strip_prefix('#')?)?,
            }
        }
        None
    }
}

/// Whether a number is written with a fraction or an exponent.
pub(super) fn has_fraction(number: &Number) -> bool {
    number.as_str().contains(['.', 'e', 'E'])
}

pub(super) fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["anyOf", "oneOf", "allOf"].into_iter();
    lists.filter_map(|name| schema.get(name).and_then(Value::as_array)).flatten()
}
